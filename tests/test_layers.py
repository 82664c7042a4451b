"""Imports point one way, and what is heavy is imported only where it is needed; read from the sources."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "flake8_keras_graph"
NAME = PACKAGE.name

# Part -> the parts that it may import. A part is a module or a folder of the package.
RECORDS = {"", "records"}
BASE = RECORDS | {"codec", "config", "failure", "files", "noqa", "wording"}
SYNTAX = BASE | {"index", "nodes", "presence", "project", "source"}
RULES = SYNTAX | {"analysis", "rules"}
MATCHING = BASE | {"evidence", "matching"}
RESULTS = MATCHING | {"rank", "report"}
ENGINE = RULES | {"engine", "rewrite"}
COMMANDS = ENGINE | RESULTS | {"cache", "checking", "commands", "measure"}

ALLOWED = {
    "": set(),
    "records": set(),
    "failure": set(),
    "codec": RECORDS,
    "config": RECORDS,
    "files": RECORDS,
    "noqa": RECORDS,
    "wording": RECORDS,
    "presence": set(),
    "index": BASE | {"presence"},
    "project": BASE | {"index", "presence"},
    "nodes": BASE | {"nodes"},
    "cache": SYNTAX,
    "source": SYNTAX,
    "analysis": SYNTAX | {"analysis"},
    "rules": RULES,
    "rewrite": RULES | {"rewrite"},
    "engine": ENGINE - {"engine"},
    "evidence": BASE,
    "matching": MATCHING - {"matching"},
    "rank": MATCHING,
    "report": RESULTS,
    "measure": SYNTAX | {"measure", "rewrite"},
    "plugin": ENGINE | RESULTS,
    "checking": COMMANDS - {"commands", "measure"},
    "commands": COMMANDS,
    "cli": COMMANDS,
    "__main__": {"cli"},
}

# Package of others -> the parts that may import it.
HEAVY = {
    "flake8": {"plugin"},
    "libcst": {"nodes", "source", "analysis", "rules", "rewrite"},
    "jinja2": {"report"},
    "rich": {"report", "commands"},
    "tensorflow": {"measure"},
    "keras": {"measure"},
    "tf_keras": {"measure"},
    "scipy": {"measure"},
    "numpy": {"measure"},
    "psutil": {"measure"},
}

MODULES = sorted(PACKAGE.rglob("*.py"))


def part_of(dotted: str) -> str:
    """The part that a dotted name of the package lies in."""
    pieces = dotted.split(".")
    if len(pieces) == 1:
        return ""
    return pieces[1] if (PACKAGE / pieces[1]).is_dir() or (PACKAGE / f"{pieces[1]}.py").is_file() else ""


def imported(file: Path) -> Iterator[tuple[str, int]]:
    """Dotted names that a module imports, those inside functions and for types as well, with their line."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = [NAME, *file.relative_to(PACKAGE).parts][: -node.level] if node.level else []
            base = ".".join([*parents, *([node.module] if node.module else [])])
            yield from ((f"{base}.{alias.name}", node.lineno) for alias in node.names)


@pytest.mark.parametrize("file", MODULES, ids=lambda file: file.relative_to(PACKAGE).as_posix())
def test_imports(file: Path) -> None:
    dotted = ".".join([NAME, *file.relative_to(PACKAGE).with_suffix("").parts])
    part = part_of(dotted.removesuffix(".__init__"))
    wrong = []
    for name, line in imported(file):
        package = name.partition(".")[0]
        if package == NAME and part_of(name) not in ALLOWED[part]:
            wrong.append(f"{file}:{line}: {part} must not import {part_of(name)}")
        if package in HEAVY and part not in HEAVY[package]:
            wrong.append(f"{file}:{line}: {part} must not import {package}")
    assert not wrong, "\n".join(wrong)


def test_every_part_is_listed() -> None:
    parts = {file.relative_to(PACKAGE).parts[0].removesuffix(".py") for file in MODULES}
    assert parts - {"__init__"} == set(ALLOWED) - {""}


def test_no_way_back() -> None:
    """What may be imported is ordered: no part reaches itself through others."""
    for part in ALLOWED:
        reached, queue = set(), list(ALLOWED[part] - {part})
        while queue:
            following = queue.pop()
            if following not in reached:
                reached.add(following)
                queue += ALLOWED[following]
        assert part not in reached, part
