"""Imports point one way, and what is heavy is imported only where it is needed; read from the sources."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "flake8_keras_graph"
NAME = PACKAGE.name

# Room -> the rooms that it may import from. A room is a module or a folder, with all below it that is no room of
# its own; each may import from itself.
BASE = {"", "collector", "config", "failure", "measured_cost", "records", "runs_into", "unused_noqa", "wording"}
SYNTAX = BASE | {"knowledge", "project", "syntax"}
ANALYSIS = SYNTAX | {"analysis"}
RULES = ANALYSIS | {"rules"}
RESULTS = BASE | {"project", "results"}
REPORT = RESULTS | {"report"}
TEXT = RULES | {"rewrite.text"}
FIXES = TEXT | {"rewrite.fixes"}
REWRITE = FIXES | {"rewrite.functional", "rewrite.remedies", "rewrite"}
ENGINE = RULES | {"engine"}
MEASURED_CODE = ANALYSIS | {"measure.project"}
MEASURE = MEASURED_CODE | REWRITE | {"measure", "measure.parent", "measure.parent.cluster"}
COMMANDS = ENGINE | REPORT | MEASURE | {"commands"}

ALLOWED = {
    "": set(),
    "collector": set(),
    "records": set(),
    "failure": {"records"},
    "runs_into": {"records"},
    "unused_noqa": {"records", "runs_into", "measured_cost"},
    "measured_cost": {"records", "wording"},
    "config": {"", "records"},
    "wording": {"", "records"},
    "knowledge": set(),
    "project": BASE | {"knowledge"},
    "syntax": BASE | {"project"},
    "analysis": SYNTAX,
    "rules": ANALYSIS,
    "rewrite.text": RULES,
    "rewrite.fixes": TEXT,
    "rewrite.remedies": FIXES,
    "rewrite.functional": TEXT,
    "rewrite": REWRITE,
    "engine": RULES,
    "results": BASE | {"project"},
    "report": RESULTS,
    "measure": {"records"},  # what parent and worker share, beside the records: plain data and names
    "measure.project": ANALYSIS | {"measure"},
    "measure.worker": BASE | {"knowledge", "measure"},
    "measure.parent": MEASURE - {"measure.parent.cluster"},
    "measure.parent.cluster": MEASURE,
    "plugin": ENGINE | RESULTS,
    "commands": COMMANDS | REWRITE,
    "cli": {"", "config", "failure"},
    "__main__": {"cli"},
}

# Package of others -> the rooms that may import it.
HEAVY = {
    "flake8": {"plugin"},
    "libcst": {
        "syntax",
        "analysis",
        "rules",
        "rewrite",
        "rewrite.text",
        "rewrite.fixes",
        "rewrite.functional",
        "rewrite.remedies",
    },
    "jinja2": {"report"},
    "pathspec": {"project"},
    "rich": {"report", "commands"},
    "tensorflow": {"measure.worker"},
    "keras": {"measure.worker"},
    "tf_keras": {"measure.worker"},
    "scipy": {"measure.worker"},
    "numpy": {"measure.worker"},
    "psutil": {"measure.parent", "measure.worker"},
}

MODULES = sorted(PACKAGE.rglob("*.py"))


def room_of(dotted: str) -> str:
    """The room that a dotted name of the package lies in: the longest prefix that is one."""
    inner = dotted.partition(".")[2]
    while inner and inner not in ALLOWED:
        inner = inner.rpartition(".")[0]
    return inner


def imported(file: Path) -> Iterator[tuple[str, int]]:
    """Dotted names that a module imports, those inside functions and for types as well, with their line."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = [NAME, *file.relative_to(PACKAGE).parts][: -node.level] if node.level else []
            base = ".".join([*parents, *([node.module] if node.module else [])])
            yield from ((f"{base}.{alias.name}", node.lineno) for alias in node.names)


def module_name(file: Path) -> str:
    return ".".join([NAME, *file.relative_to(PACKAGE).with_suffix("").parts]).removesuffix(".__init__")


@pytest.mark.parametrize("file", MODULES, ids=lambda file: file.relative_to(PACKAGE).as_posix())
def test_imports(file: Path) -> None:
    room = room_of(module_name(file))
    wrong = []
    for name, line in imported(file):
        package = name.partition(".")[0]
        if package == NAME and room_of(name) not in ALLOWED[room] | {room}:
            wrong.append(f"{file}:{line}: {room} must not import {room_of(name)}")
        if package in HEAVY and room not in HEAVY[package]:
            wrong.append(f"{file}:{line}: {room} must not import {package}")
    assert not wrong, "\n".join(wrong)


def test_every_module_is_in_a_room() -> None:
    rooms = {room_of(module_name(file)) for file in MODULES}
    assert rooms == set(ALLOWED)


def test_no_way_back() -> None:
    """What may be imported is ordered: no room reaches itself through others."""
    for room in ALLOWED:
        reached, queue = set(), list(ALLOWED[room] - {room})
        while queue:
            following = queue.pop()
            if following not in reached:
                reached.add(following)
                queue += ALLOWED[following] - {following}
        assert room not in reached, room


def test_no_module_reaches_itself() -> None:
    """Imports inside functions and for types alone included."""
    known = {module_name(file): file for file in MODULES}
    graph = {}
    for name, file in known.items():
        reached = {full if full in known else full.rpartition(".")[0] for full, _ in imported(file)}
        graph[name] = (reached & set(known)) - {name}
    for start in graph:
        seen: set[str] = set()
        queue = list(graph[start])
        while queue:
            following = queue.pop()
            if following not in seen:
                seen.add(following)
                queue += graph[following]
        assert start not in seen, f"{start} imports itself through others"
