"""A rule's page read back: its sections, the claims of "What happens", the examples with their marked lines.

A claim is a line ``- SETTING: OUTCOME``. It holds for the examples under "Bad"; a section "Bad: VARIANT" has
claims and examples of its own, and the "Good: VARIANT" beside it, else "Good", is what to write instead.
"""

from __future__ import annotations

import dataclasses
import re

SECTIONS = ("What it finds", "What happens", "Bad", "Good", "Fix", "When to ignore", "Source")

SETTINGS: dict[str, str] = {
    "fit": "`fit` of Keras 3",
    "xla": "`fit` of Keras 3 with `jit_compile=True`",
    "tf_keras": "`fit` of tf_keras (Keras 2)",
    "eager": "`fit` with `run_eagerly=True`, the model built before",
    "function": "`tf.function(model)`, called with several values or shapes",
    "script": "the script as it stands",
}

OUTCOMES: dict[str, str] = {
    "raises": "stops with the error named",
    "runs": "trains without an error",
    "silent": "trains without an error, and never runs the line marked `never reached`",
    "staged": "decided by an operation of the graph; gives what it gives eagerly",
    "frozen": "the same value at every step",
    "fresh": "another value at every step",
    "once per trace": "runs while tracing, and no more",
    "every step": "Python runs at every step",
    "row by row": "the function of a dataset's `map` runs once a row, in the good example once a batch; same results",
    "one after another": "a dataset's `map` gets one row after another, in the good one several at once; same results",
    "sets up at every step": "a data pipeline is made at every step, in the good example once, or never",
    "calls Python": "the graph calls Python back at every step",
    "acts at every step": "runs while tracing, and puts an operation into the graph that does something at every step",
    "leaks": "the attribute holds a symbolic tensor afterwards",
    "keeps the value": "the attribute holds a value afterwards",
    "stale": "a change made later has no effect",
    "up to date": "a change made later has its effect",
    "differs from eager": "gives another result than the same code run eagerly",
    "same graph": "the same graph, operation for operation, as the good example",
    "larger graph": "more operations than the good example, and the same result's shape",
    "retraces": "one graph for each value or shape; eagerly: traced again at every step",
}

_CLAIM = re.compile(r"- (?P<setting>\w+): (?P<outcome>.+)")
_HEADING = re.compile(r"(?m)^## (.+)$")
_CODE = re.compile(r"(?ms)^```python\n(.*?)^```$")
_MARK = re.compile(r"#\s*(KG\d{3}(?:, KG\d{3})*)\s*$")


@dataclasses.dataclass(frozen=True, slots=True)
class Claim:
    """``outcome`` is a word of OUTCOMES; ``error`` the exception's name where it is "raises"."""

    setting: str
    outcome: str
    error: str = ""

    def __str__(self) -> str:
        return f"{self.setting}: {self.outcome} {self.error}".rstrip()


@dataclasses.dataclass(frozen=True, slots=True)
class Example:
    """One block of code; ``instead`` is the good one's code."""

    code: str
    claims: tuple[Claim, ...] = ()
    instead: str = ""

    @property
    def marks(self) -> set[tuple[int, str]]:
        """The findings that are due: lines from 1, and codes."""
        return {
            (number, code)
            for number, line in enumerate(self.code.splitlines(), 1)
            if (found := _MARK.search(line))
            for code in found[1].split(", ")
        }


@dataclasses.dataclass(frozen=True, slots=True)
class Page:
    """``sections`` maps a heading to its text."""

    summary: str
    sections: dict[str, str]
    bad: tuple[Example, ...]
    good: tuple[Example, ...]


def parse(text: str) -> Page:
    """Raises ValueError where a claim is not in the vocabulary."""
    head, *rest = _HEADING.split(text)
    sections: dict[str, str] = dict(zip(rest[::2], (part.strip() for part in rest[1::2]), strict=True))
    common = _claims(sections.get("What happens", ""))
    bad: list[Example] = []
    for heading, body in sections.items():
        name, _, variant = heading.partition(": ")
        if name == "Bad":
            better = sections.get(f"Good: {variant}", sections.get("Good", ""))
            instead = next(iter(_CODE.findall(better)), "")
            claims = _claims(body) or common
            bad.extend(Example(code, claims, instead) for code in _CODE.findall(body))
    good = [
        Example(code)
        for heading, body in sections.items()
        if heading.partition(": ")[0] == "Good"
        for code in _CODE.findall(body)
    ]
    return Page(head.strip(), sections, tuple(bad), tuple(good))


def _claims(text: str) -> tuple[Claim, ...]:
    return tuple(_claim(found) for line in text.splitlines() if (found := _CLAIM.fullmatch(line.rstrip())))


def _claim(found: re.Match[str]) -> Claim:
    setting, outcome = found["setting"], found["outcome"]
    error = ""
    if outcome.startswith("raises "):
        outcome, _, error = outcome.partition(" ")
    if setting not in SETTINGS or outcome not in OUTCOMES:
        raise ValueError(f"not a claim: {found[0]}")
    return Claim(setting, outcome, error)
