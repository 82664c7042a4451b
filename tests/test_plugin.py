"""The plugin inside real flake8: findings, options, ``# noqa``, processes, and what must not go wrong."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from samples import LOOP

from flake8_keras_graph.plugin import KerasGraph

Run = Callable[..., subprocess.CompletedProcess[str]]

LOOP_AT = "10:9: KG301"

RECURRENT = """\
import keras


class Recurrent(keras.Model):
    def __init__(self):
        super().__init__()
        self.cell = keras.layers.Dense(4)

    def call(self, x):
        for _ in range(8):
            x = self.cell(x)
        return x
"""

BRANCH = """\
import {module}


class Branching({base}):
    def __init__(self):
        super().__init__()
        self.dense = {layers}.Dense(4)

    def call(self, x):
        y = self.dense(x)
        if helpers.total(y) > 0:
            y = -y
        return y
"""


def codes(result: subprocess.CompletedProcess[str]) -> list[str]:
    assert result.stderr == ""
    return [line.partition(":")[2] for line in result.stdout.splitlines()]


def found(result: subprocess.CompletedProcess[str]) -> list[str]:
    """``line:column: CODE`` of each finding."""
    return [" ".join(code.split()[:2]) for code in codes(result)]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("mission/simple.py", []),
        ("mission/conditional.py", ["13:9: KG401"]),
        ("mission/looping.py", ["12:9: KG301"]),
        ("breaking/gated.py", ["14:9: KG101"]),
    ],
)
def test_fixtures(flake8: Run, fixtures: Path, path: str, expected: list[str]) -> None:
    result = flake8("--isolated", "--select", "KG", Path(path).name, cwd=(fixtures / path).parent)
    assert found(result) == expected
    assert result.returncode == bool(expected)


GATED_LOOP = LOOP.replace("            x = part(x)", "            x = part(x) if keras.ops.sum(x) > 0 else x")
BREAKS_AT = "11:17: KG101"


def test_on_by_default(flake8_process: Run, project: Path) -> None:
    (project / "m.py").write_text(GATED_LOOP)
    assert found(flake8_process("m.py", cwd=project)) == [BREAKS_AT]


BOTH = [LOOP_AT, BREAKS_AT]


@pytest.mark.parametrize(
    ("arguments", "table", "given"),
    [
        ((), "", [BREAKS_AT]),
        (("--ignore", "E501"), "", [BREAKS_AT]),  # replaces flake8's own list of what is off
        ((), "ignore = E501", [BREAKS_AT]),
        ((), "select = E,F,W", []),
        ((), "extend-ignore = KG1", []),
        (("--select", "KG"), "", BOTH),
        (("--select", "KG"), "ignore = E501", BOTH),
        (("--select", "K,E"), "", BOTH),
        (("--select", "KG301"), "", [LOOP_AT]),
        (("--select", "KG1"), "", [BREAKS_AT]),
        (("--extend-select", "KG"), "", BOTH),
        (("--extend-select", "KG3"), "ignore = E501", BOTH),
        ((), "extend-select = KG301", BOTH),
        ((), "extend-select = KG4", [BREAKS_AT]),
        ((), "select = KG", BOTH),
        (("--select", "KG", "--ignore", "KG301"), "", [BREAKS_AT]),
    ],
)
def test_notes_are_given_where_they_are_selected(
    flake8: Run, project: Path, arguments: tuple[str, ...], table: str, given: list[str]
) -> None:
    (project / "m.py").write_text(GATED_LOOP)
    (project / ".flake8").write_text(f"[flake8]\n{table}\n")
    assert found(flake8(*arguments, "m.py", cwd=project)) == given


def test_column_counts_characters(flake8: Run, project: Path) -> None:
    line = "        s = 'é𝔸'; x = -x if keras.ops.sum(x) > 0 else x"
    source = LOOP.replace("        for part", f"{line}\n        for part")
    (project / "m.py").write_text(source, encoding="utf-8")
    assert found(flake8("--select", "KG", "m.py", cwd=project)) == [
        f"10:{line.index('-x') + 1}: KG101",
        "11:9: KG301",
    ]


def test_stdin(flake8_process: Run, project: Path) -> None:
    (project / "base.py").write_text("import keras\n\n\nclass Base(keras.Model):\n    pass\n")
    source = LOOP.replace("import keras\n", "import keras\n\nfrom base import Base\n").replace("keras.Model", "Base")
    arguments = ("--select", "KG", "--stdin-display-name")
    result = flake8_process(*arguments, project / "m.py", "-", cwd=project.parent, input=source)
    assert result.stdout.startswith(f"{project / 'm.py'}:12:9: KG301 ")
    assert flake8_process("--select", "KG", "-", cwd=project, input=LOOP).stdout.startswith("stdin:10:9: KG301 ")


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        ("", [LOOP_AT]),
        ("  # noqa", []),
        ("  # noqa: KG301", []),
        ("  # noqa: KG3", []),
        ("  # noqa: KG101", [LOOP_AT]),
    ],
)
def test_noqa(flake8: Run, project: Path, comment: str, expected: list[str]) -> None:
    (project / "m.py").write_text(LOOP.replace("self.parts:", f"self.parts:{comment}"))
    assert found(flake8("--select", "KG", "m.py", cwd=project)) == expected


@pytest.mark.parametrize("name", ["setup.cfg", "tox.ini", ".flake8"])
def test_options_from_configuration(flake8: Run, flake8_process: Run, project: Path, name: str) -> None:
    (project / "m.py").write_text(RECURRENT)
    (project / "n.py").write_text(LOOP.replace("keras.Model", "lib.Net"))
    before = codes(flake8("--select", "KG", "m.py", "n.py", cwd=project))
    assert [line[: len(LOOP_AT)] for line in before] == [LOOP_AT]
    bases = "keras-graph-model-bases =\n    other.Base,\n    lib.Net\n"
    (project / name).write_text(f"[flake8]\nselect = KG\nkeras-graph-max-iterations = 8\n{bases}")
    for run, jobs in ((flake8, "1"), (flake8_process, "2")):
        after = codes(run("-j", jobs, "m.py", "n.py", cwd=project))
        assert [line[: len(LOOP_AT)] for line in after] == [LOOP_AT.replace("KG301", "KG307"), LOOP_AT]


def test_options_win_over_pyproject(flake8: Run, project: Path) -> None:
    (project / "m.py").write_text(RECURRENT)
    (project / "pyproject.toml").write_text("[tool.keras-graph]\nmax-iterations = 8\nselect = ['KG1']\n")
    few = codes(flake8("--select", "KG", "m.py", cwd=project))
    many = codes(flake8("--select", "KG", "--keras-graph-max-iterations", "9", "m.py", cwd=project))
    assert len(few) == len(many) == 1
    assert few != many


def test_keras_option(flake8: Run, project: Path) -> None:
    source = BRANCH.format(module="keras", base="keras.Model", layers="keras.layers")
    (project / "m.py").write_text(source.replace("helpers.total(y)", "keras.ops.sum(y)"))
    three = codes(flake8("--select", "KG101", "m.py", cwd=project))
    two = codes(flake8("--select", "KG101", "--keras-graph-keras", "2", "m.py", cwd=project))
    assert len(three) == len(two) == 1
    assert three != two


def test_returns_option(flake8: Run, project: Path) -> None:
    source = BRANCH.format(module="keras\nimport helpers", base="keras.Model", layers="keras.layers")
    (project / "m.py").write_text(source)
    assert found(flake8("--select", "KG1", "m.py", cwd=project)) == []
    told = flake8("--select", "KG1", "--keras-graph-returns", "helpers.total=tensor", "m.py", cwd=project)
    assert found(told) == ["12:9: KG101"]


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("max-iterations", "many"),
        ("max-iterations", "0"),
        ("returns", "a.b=number"),
        ("returns", "a.b"),
        ("model-bases", "not-a-name"),
        ("keras", "4"),
    ],
)
def test_wrong_option(flake8: Run, project: Path, option: str, value: str) -> None:
    (project / ".flake8").write_text(f"[flake8]\nkeras-graph-{option} = {value}\n")
    (project / "m.py").write_text("")
    result = flake8("m.py", cwd=project)
    assert result.returncode == 1
    assert f"keras-graph-{option}: " in result.stdout
    assert "Traceback" not in result.stdout + result.stderr


def test_wrong_pyproject_is_told_at_the_file(flake8: Run, project: Path) -> None:
    (project / "pyproject.toml").write_text("[tool.keras-graph]\ncolour = 1\n")
    (project / "m.py").write_text(LOOP)
    (project / "plain.py").write_text("x = 1\n")
    (line,) = codes(flake8("--select", "KG", "m.py", "plain.py", cwd=project))
    assert line.startswith("1:1: KG000 ")
    assert "unknown key in [tool.keras-graph]: colour" in line


def test_many_processes(flake8_process: Run, project: Path) -> None:
    names = [f"m{number}.py" for number in range(6)]
    for name in names:
        (project / name).write_text(LOOP)
    result = flake8_process("--select", "KG", "-j", "2", *names, cwd=project)
    assert sorted(line.split(":")[0] for line in result.stdout.splitlines()) == names


def test_bad_syntax_is_left_to_flake8(flake8: Run, project: Path) -> None:
    (project / "m.py").write_text(LOOP + "def broken(:\n")
    assert codes(flake8("--select", "KG", "m.py", cwd=project)) == []
    assert " E999 " in flake8("--select", "KG,E9", "m.py", cwd=project).stdout


@pytest.mark.parametrize("content", [b"", b"\n", b"\xef\xbb\xbf" + LOOP.encode(), LOOP.replace("\n", "\r\n").encode()])
def test_bytes(flake8: Run, project: Path, content: bytes) -> None:
    (project / "m.py").write_bytes(content)
    assert found(flake8("--select", "KG", "m.py", cwd=project)) == ([LOOP_AT] if len(content) > 1 else [])


def test_an_error_of_ours_is_one_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: object) -> None:
        raise LookupError("first line\nsecond line")

    monkeypatch.setattr("flake8_keras_graph.engine.check", broken)
    plugin = KerasGraph(ast.parse(LOOP), "m.py", LOOP.splitlines(keepends=True))
    ((line, column, text, _),) = plugin.run()
    assert (line, column) == (1, 0)
    told = r"KG000 internal error: LookupError: first line second line \(plugin\.py:\d+\); please report it"
    assert re.fullmatch(told, text)


def test_import_loads_nothing_heavy() -> None:
    code = "import sys, flake8_keras_graph.plugin; print(*sorted(sys.modules))"
    loaded = set(subprocess.check_output([sys.executable, "-c", code], text=True).split())
    heavy = {"libcst", "tensorflow", "keras", "numpy", "rich", "scipy", "psutil", "jinja2", "tomllib"}
    assert "flake8_keras_graph.plugin" in loaded
    assert not loaded & (heavy | {"flake8_keras_graph.engine", "flake8_keras_graph.rules"})


def test_a_file_without_keras_loads_no_engine(flake8: Run, project: Path) -> None:
    (project / "m.py").write_text("import json\n\n\nclass Call(json.JSONEncoder):\n    pass\n")
    code = (
        "import ast, sys\n"
        "from flake8_keras_graph.plugin import KerasGraph as K\n"
        "source = open('m.py').read()\n"
        "print(list(K(ast.parse(source), 'm.py', source.splitlines(True)).run()), *sys.modules)"
    )
    loaded = subprocess.check_output([sys.executable, "-c", code], text=True, cwd=project).split()
    assert loaded[0] == "[]"
    assert not {"libcst", "flake8_keras_graph.engine", "flake8_keras_graph.results.evidence"} & set(loaded)
