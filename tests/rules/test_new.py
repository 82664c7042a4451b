"""Rules that are begun in a copy of the project: their tests run, and only what is to be replaced is left to do."""

from __future__ import annotations

import shutil
import subprocess
import sys
import typing
from pathlib import Path

import pytest

from flake8_keras_graph.rules import new

ROOT = Path(__file__).parents[2]
BEGUN = {"KG199": "error", "KG299": "warning", "KG399": "warning", "KG499": "note", "KG599": "warning"}


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project in which a rule of each family was begun."""
    folder = tmp_path_factory.mktemp("clone")
    for name in ("flake8_keras_graph", "tests", "docs"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "CONTRIBUTING.md"):
        shutil.copy(ROOT / name, folder)
    for code in BEGUN:
        begun = run(folder, "flake8_keras_graph.rules.new", code, f"rule-to-be-{code.lower()}")
        assert begun.returncode == 0, begun.stderr
        assert f"tests/rules -k {code}" in begun.stdout
    return folder


def run(folder: Path, module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a module of the copy: a process finds what lies where it is started first."""
    return subprocess.run([sys.executable, "-m", module, *arguments], cwd=folder, capture_output=True, text=True)


def failures(folder: Path, *arguments: str) -> list[str]:
    """The tests that fail among those of every rule."""
    files = (f"tests/rules/test_{name}.py" for name in ("rules", "examples", "claims"))
    done = run(folder, "pytest", *files, "-q", "--tb=line", "-p", "no:cacheprovider", *arguments)
    assert " passed" in done.stdout, done.stdout + done.stderr
    return [line.split(" - ")[0] for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]


def test_what_is_left_to_do_is_to_replace_the_template(clone: Path) -> None:
    left = failures(clone, "-m", "not tensorflow")
    assert left == [f"FAILED tests/rules/test_rules.py::test_nothing_is_left_of_the_template[{code}]" for code in BEGUN]


def test_the_level_is_that_of_most_in_the_family(clone: Path) -> None:
    page = (clone / "docs" / "rules.md").read_text(encoding="utf-8")
    for code, level in BEGUN.items():
        assert f"## {code} rule-to-be-{code.lower()}\n\n*{level}*." in page


@pytest.mark.slow
@pytest.mark.tensorflow
def test_its_claims_hold(clone: Path) -> None:
    assert failures(clone, "-m", "tensorflow", "-k", " or ".join(BEGUN)) == []


def test_it_keeps_the_style(clone: Path) -> None:
    rules = (clone / "flake8_keras_graph" / "rules").rglob("rule_to_be_*.py")
    files = [str(file) for file in rules]
    assert len(files) == len(BEGUN)
    for command in (("ruff", "check"), ("ruff", "format", "--check")):
        done = run(clone, *command, *files)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("code", "name", "reason"),
    [
        ("KG301", "another-name", "KG301 unrolled-loop is there already"),
        ("KG399", "unrolled-loop", "KG301 unrolled-loop is there already"),
        ("KG399", "tensor-if", "KG101 tensor-if is there already"),
        ("KG999", "another-name", "no family has codes that begin with KG9: KG1, KG2, KG3, KG4, KG5"),
        ("KG39", "another-name", "KG39 is no code"),
        ("kg399", "another-name", "kg399 is no code"),
        ("KG399", "another_name", "another_name is no name"),
        ("KG399", "../another-name", "../another-name is no name"),
        ("KG399", "", " is no name"),
    ],
)
def test_what_is_refused(capsys: pytest.CaptureFixture[str], code: str, name: str, reason: str) -> None:
    assert new.main([code, name]) == 2
    assert capsys.readouterr().err.startswith(f"not made: {reason}")


def test_an_installed_package_is_no_clone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(new, "ROOT", tmp_path)
    with pytest.raises(new.Refused, match="is no clone of the project"):
        new.write("KG399", "rule-to-be")


@pytest.mark.parametrize(
    ("hint", "expected"),
    [
        (bool, False),
        (str | None, None),
        (typing.Literal["fix", "functional"] | None, None),
        (typing.Literal["compiling raises", "not run"], "not run"),
        (tuple[str, ...], ()),
    ],
)
def test_the_value_that_says_the_least(hint: object, expected: object) -> None:
    assert new.least(hint) == expected
