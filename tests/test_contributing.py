"""CONTRIBUTING.md is true: every command in it does what it is there for, every path in it is one."""

from __future__ import annotations

import ast
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
PROSE = re.sub(r"```.*?```", "", TEXT, flags=re.DOTALL)
COMMANDS = sorted(
    {line for block in BLOCKS for line in block.splitlines()}
    | set(re.findall(r"`((?:python|keras-graph) [^`]+|\.ci/run)`", PROSE))
)
PATHS = sorted(set(re.findall(r"`((?:[\w.-]+/)+[\w.-]*)`", PROSE)))
# How a command is tried without doing all of its work: what is put after it.
TRIED = {
    "pytest": ["--collect-only", "-q", "-p", "no:cacheprovider"],
    "flake8_keras_graph.rules.new": ["--help"],
    "flake8_keras_graph.rules.docs": ["{empty folder}"],
    "flake8": ["--version"],
    "mypy": ["--help"],
    "ruff": ["--help"],
}


def test_the_commands_are_found() -> None:
    words = " ".join(COMMANDS)
    assert all(
        each in words for each in (".ci/run", "rules.new", "rules.docs", "-k KG", "not tensorflow", "bench/lint.py")
    )


@pytest.mark.slow
@pytest.mark.parametrize("command", [each for each in COMMANDS if each.startswith("python -m ")])
def test_a_module_that_is_run(command: str, tmp_path: Path) -> None:
    _, _, module, *arguments = shlex.split(command)
    more = [str(tmp_path) if each == "{empty folder}" else each for each in TRIED[module]]
    if module == "pytest" and not any(each.startswith("tests/") for each in arguments):
        more = [*more, __file__]  # a test of selection collects them all
    tried = [sys.executable, "-m", module, *arguments, *more]
    done = subprocess.run(tried, cwd=ROOT, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("command", [each for each in COMMANDS if not each.startswith("python -m ")])
def test_a_file_that_is_run(command: str) -> None:
    words = shlex.split(command)
    if words[0] == "python":
        ast.parse((ROOT / words[1]).read_text(encoding="utf-8"))
    elif words[0] == "keras-graph":
        assert (ROOT / "flake8_keras_graph" / "commands" / f"{words[1]}.py").is_file()
    else:
        assert os.access(ROOT / words[0], os.X_OK)
        assert subprocess.run(["bash", "-n", words[0]], cwd=ROOT).returncode == 0


@pytest.mark.parametrize("path", PATHS)
def test_a_path_that_is_named(path: str) -> None:
    assert any((place / path).exists() for place in (ROOT, ROOT / "flake8_keras_graph"))


ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
ROOMS_NAMED = sorted(set(re.findall(r"`([a-z_0-9]+(?:/[a-z_0-9.]*)+|[a-z_]+\.py)`", ARCHITECTURE)))


@pytest.mark.parametrize("place", ROOMS_NAMED)
def test_places_of_the_architecture_are_there(place: str) -> None:
    """``breaks/`` and ``engine/check`` as well: a folder or a module, wherever in the package."""
    wanted = place.rstrip("/")
    known = [path.relative_to(ROOT).as_posix() for path in (ROOT / "flake8_keras_graph").rglob("*")]
    known += ["tests/test_layers.py", "tests/knowledge"]
    assert any(f"/{path}".endswith((f"/{wanted}", f"/{wanted}.py")) for path in known)
