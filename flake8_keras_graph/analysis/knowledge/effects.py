"""What calling a function does besides returning."""

from __future__ import annotations

WORDS: dict[str, str] = {
    "random": "a new number every time it runs: frozen when it runs while tracing",
    "clock": "the time, the date or the process's state",
    "print": "writes to the standard output",
    "log": "writes to a log",
    "write": "writes or opens a file",
    "host-callback": "a Python function that the graph calls back on the host at every step",
    "creates-variable": "makes a new variable",
    "traces": "makes a new traced function",
    "staged-loop": "a loop that runs inside the graph",
}

EFFECTS: dict[str, str] = {
    "print": "builtins.print",
}
PREFIXES: dict[str, str] = {"numpy.random.": "random", "random.": "random"}
