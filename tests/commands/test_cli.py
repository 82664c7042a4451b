"""The ``keras-graph`` command: what it prints, and how it ends."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
from samples import GATED, LOOP

from flake8_keras_graph import __version__, engine
from flake8_keras_graph.cli import main
from flake8_keras_graph.commands import check

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def loop(project: Path) -> Path:
    (project / "loop.py").write_text(LOOP)
    return project


def lines(text: str) -> list[str]:
    """``path:line:column: CODE`` of each finding of the default format, paths with slashes."""
    found = re.findall(r"^[a-z]+\[(\w+)\].*\n *--> (.+)$", text, re.MULTILINE)
    return [f"{place}: {code}".replace(os.sep, "/") for code, place in found]


# --- check: what it finds and prints ----------------------------------------------------------------


def test_fixtures(keras_graph: Run, fixtures: Path) -> None:
    result = keras_graph("check", "mission", "breaking", cwd=fixtures)
    assert lines(result.stdout) == [
        "mission/conditional.py:13:9: KG401",
        "mission/looping.py:12:9: KG301",
        "breaking/gated.py:14:9: KG101",
    ]
    assert result.stderr == "3 findings (1 error, 2 notes) in 3 of 4 files\n[*] 1 fixable (keras-graph fix)\n"
    assert result.returncode == 1


def test_nothing_found(keras_graph_here: Run, fixtures: Path) -> None:
    result = keras_graph_here("check", fixtures / "mission" / "simple.py")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "no findings in 1 file\n")


def test_the_current_folder_by_default_and_quietly(keras_graph_here: Run, loop: Path) -> None:
    result = keras_graph_here("check", "-q", cwd=loop)
    assert (result.returncode, lines(result.stdout), result.stderr) == (0, ["loop.py:10:9: KG301"], "")


def test_each_file_once(keras_graph_here: Run, loop: Path) -> None:
    result = keras_graph_here("check", ".", "loop.py", loop / "loop.py", cwd=loop)
    assert lines(result.stdout) == ["loop.py:10:9: KG301"]


def test_json(keras_graph_here: Run, fixtures: Path) -> None:
    content = json.loads(keras_graph_here("check", "--format", "json", "breaking", cwd=fixtures).stdout)
    assert content["version"] == __version__
    (finding,) = content["findings"]
    assert (finding["code"], finding["name"], finding["level"]) == ("KG101", "tensor-if", "error")
    assert (finding["path"], finding["symbol"]) == (os.path.join("breaking", "gated.py"), "GatedModel")
    assert (finding["line"], finding["column"], finding["end_line"]) == (14, 9, 14)
    assert [step["line"] for step in finding["why"]][:3] == [11, 12, 13]
    assert finding["evidence"] is None
    (edit,) = finding["fix"]["edits"]
    source = (fixtures / "breaking" / "gated.py").read_text()
    lines = source.splitlines(keepends=True)
    assert finding["fix"]["safety"] == "safe"
    assert (edit["line"], edit["end_line"] <= len(lines)) == (14, True)
    assert "where" in edit["text"]
    assert content["errors"] == []


def test_a_finding_is_worth_more_than_its_fix(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*arguments: object) -> None:
        raise LookupError("oops")

    (project / "gated.py").write_text(GATED)
    monkeypatch.setattr("flake8_keras_graph.rewrite.fixes.registry.with_fixes", broken)
    assert main(["check", "--format", "json", str(project)]) == 1
    captured = capsys.readouterr()
    assert [finding["fix"] for finding in json.loads(captured.out)["findings"]] == [None]
    assert "gated.py: no fixes: internal error: LookupError: oops" in captured.err


def test_sarif_of_real_findings_is_valid(keras_graph_here: Run, fixtures: Path, data: Path) -> None:
    result = keras_graph_here("check", "--format", "sarif", "mission", "breaking", cwd=fixtures)
    schema = json.loads((data / "sarif-schema-2.1.0.json").read_text(encoding="utf-8"))
    log = json.loads(result.stdout)
    jsonschema.Draft4Validator(schema).validate(log)
    found = {each["ruleId"] for each in log["runs"][0]["results"]}
    assert found == {"KG101", "KG301", "KG401"}


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ("json", '"path": "bad.py",\n      "line": 2,\n      "column": 7,\n      "message": "'),
        ("sarif", '"executionSuccessful": false'),
        ("github", "::error file=bad.py,line=2,col=7,title=not checked::"),
        ("gitlab", '"check_name": "not-checked"'),
        ("junit", '<error type="not checked"'),
        ("markdown", "| `bad.py:2:7` | error | not checked | "),
    ],
)
def test_every_machine_is_told_what_was_not_checked(
    keras_graph_here: Run, loop: Path, data: Path, form: str, told: str
) -> None:
    (loop / "bad.py").write_text("x = 1\ndef f(:\n")
    result = keras_graph_here("check", "--format", form, cwd=loop)
    assert told in result.stdout
    assert "KG301" in result.stdout
    assert result.returncode == 1
    assert told.partition("bad.py")[2] in keras_graph_here("check", "--format", form, "bad.py", cwd=loop).stdout
    assert "nowhere" in keras_graph_here("check", "--format", form, "nowhere", cwd=loop).stdout
    if form == "sarif":
        schema = json.loads((data / "sarif-schema-2.1.0.json").read_text(encoding="utf-8"))
        jsonschema.Draft4Validator(schema).validate(json.loads(result.stdout))


@pytest.mark.parametrize(
    ("form", "begins"), [("github", "::notice file=loop.py,line=10,"), ("markdown", "| where | level |")]
)
def test_other_formats(keras_graph_here: Run, loop: Path, form: str, begins: str) -> None:
    assert keras_graph_here("check", "--format", form, cwd=loop).stdout.startswith(begins)


def test_stdin(keras_graph: Run, loop: Path) -> None:
    result = keras_graph("check", "-", input=LOOP, cwd=loop)
    assert lines(result.stdout) == ["stdin:10:9: KG301"]
    (loop / "base.py").write_text("import keras\n\n\nclass Base(keras.Model):\n    pass\n")
    source = LOOP.replace("import keras\n", "import keras\nfrom base import Base\n").replace("keras.Model", "Base")
    for name in ("other.py", str(loop / "other.py")):
        result = keras_graph("check", "-", "--stdin-display-name", name, input=source, cwd=loop)
        assert lines(result.stdout) == [f"{name}:11:9: KG301"]


def test_processes_find_the_same_in_the_same_order(keras_graph: Run, project: Path) -> None:
    for number in range(12):
        (project / f"m{number}.py").write_text(LOOP if number % 3 else "x = (\n")
    one = keras_graph("check", "--jobs", "1", cwd=project)
    two = keras_graph("check", "--jobs", "2", cwd=project)
    assert (two.returncode, two.stdout, two.stderr) == (one.returncode, one.stdout, one.stderr)
    assert len(lines(one.stdout)) == 8


@pytest.mark.slow
def test_a_large_package_of_others(keras_graph: Run) -> None:
    package = importlib.util.find_spec("keras_hub")
    if package is None:
        pytest.skip("keras-hub is not installed")
    result = keras_graph("check", "--format", "json", *package.submodule_search_locations or ())
    assert result.returncode == 1, result.stderr
    assert len(result.stderr.splitlines()) == 1, result.stderr
    assert len(json.loads(result.stdout)["findings"]) > 5


# --- check: what is left out ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((), ["gated.py:6:9: KG101", "loop.py:10:9: KG301"]),
        (("--select", "KG1"), ["gated.py:6:9: KG101"]),
        (("--select", "kg1,KG3"), ["gated.py:6:9: KG101", "loop.py:10:9: KG301"]),
        (("--select", "KG3", "--select", "KG1"), ["gated.py:6:9: KG101", "loop.py:10:9: KG301"]),
        (("--ignore", "KG301"), ["gated.py:6:9: KG101"]),
        (("--ignore", "KG"), []),
        (("--exclude", "gated.py"), ["loop.py:10:9: KG301"]),
        (("--exclude", "g*,l*"), []),
    ],
)
def test_select_ignore_exclude(
    keras_graph_here: Run, loop: Path, arguments: tuple[str, ...], expected: list[str]
) -> None:
    (loop / "gated.py").write_text(GATED)
    result = keras_graph_here("check", *arguments, cwd=loop)
    assert lines(result.stdout) == expected
    assert result.returncode == ("gated.py:6:9: KG101" in expected)  # notes fail nothing


@pytest.mark.parametrize(
    ("level", "arguments", "status"),
    [
        ("error", (), 1),
        ("error", ("--fail-on", "error"), 1),
        ("error", ("--exit-zero",), 0),
        ("warning", (), 1),
        ("warning", ("--fail-on", "error"), 0),
        ("warning", ("--fail-on", "warning"), 1),
        ("note", (), 0),
        ("note", ("--fail-on", "warning"), 0),
        ("note", ("--fail-on", "note"), 1),
        ("note", ("--fail-on", "note", "--exit-zero"), 0),
    ],
)
@pytest.mark.parametrize("command", ["check", "rank"])
def test_the_level_that_fails(
    keras_graph_here: Run, loop: Path, command: str, level: str, arguments: tuple[str, ...], status: int
) -> None:
    source = {"error": GATED, "warning": LOOP.replace("x = part(x)", "print(x)"), "note": LOOP}[level]
    (loop / "loop.py").write_text(source)
    result = keras_graph_here(command, *arguments, cwd=loop)
    assert "loop.py:" in result.stdout
    assert result.returncode == status


@pytest.mark.parametrize(
    ("requirements", "arguments", "level", "status"),
    [
        ("tensorflow<2.16\n", (), "note", 0),
        ("tensorflow>=2.4\n", (), "error", 1),
        ("tensorflow>=2.16\n", (), "error", 1),
        ("tensorflow<2.16\n", ("--keras", "3"), "error", 1),
    ],
)
def test_the_versions_that_a_project_allows(
    keras_graph_here: Run, loop: Path, requirements: str, arguments: tuple[str, ...], level: str, status: int
) -> None:
    (loop / "loop.py").write_text("import tensorflow as tf\n" + GATED.replace("keras.ops.sum", "tf.reduce_sum"))
    (loop / "requirements.txt").write_text(requirements)
    for _ in range(2):  # anew, and from the cache
        result = keras_graph_here("check", "--format", "json", *arguments, cwd=loop)
        assert [each["level"] for each in json.loads(result.stdout)["findings"]] == [level]
        assert result.returncode == status


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("ignore = ['KG3']", ["sub/gated.py:6:9: KG101"]),
        ("select = ['KG3']", ["loop.py:10:9: KG301"]),
        ("exclude = ['sub']", ["loop.py:10:9: KG301"]),
        ("per-file-ignores = { 'sub/*' = ['KG1'] }", ["loop.py:10:9: KG301"]),
        ("per-file-ignores = { '*.py' = ['KG301'] }", ["sub/gated.py:6:9: KG101"]),
    ],
)
def test_configuration(keras_graph_here: Run, loop: Path, table: str, expected: list[str]) -> None:
    (loop / "sub").mkdir()
    (loop / "sub" / "gated.py").write_text(GATED)
    (loop / "pyproject.toml").write_text(f"[tool.keras-graph]\n{table}\n")
    assert lines(keras_graph_here("check", cwd=loop).stdout) == expected
    elsewhere = keras_graph_here("check", loop, cwd=loop.parent)
    assert len(lines(elsewhere.stdout)) == len(expected)


def test_noqa(keras_graph_here: Run, loop: Path) -> None:
    (loop / "one.py").write_text(LOOP.replace("self.parts:", "self.parts:  # noqa: KG301"))
    (loop / "two.py").write_text("# flake8: noqa\n" + LOOP)
    assert lines(keras_graph_here("check", cwd=loop).stdout) == ["loop.py:10:9: KG301"]


# --- check: bad input -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"x = 1\ndef f(:\n", "bad.py:2:7: "),
        (b"x = 1\n'\xff'\n", "bad.py:2:1: not utf-8: "),
        (b"# coding: klingon\n", "bad.py:1:1: unknown encoding: klingon"),
        (b"import keras\nclass M(keras.Model):\n    x = 'a\x00b'\n", "bad.py:"),
        (b"if 1:\n\tx = 1\n        y = 2\n", "bad.py:3:"),
        (b"x = " + b"(" * 5000 + b")" * 5000 + b"\n", "bad.py:1:"),
        (b"x = " + b"-" * 100_000 + b"1\n", "bad.py:1:"),
    ],
    ids=["syntax", "not utf-8", "unknown coding", "nul", "tabs", "nested", "deep"],
)
def test_a_file_that_cannot_be_read(keras_graph_here: Run, loop: Path, content: bytes, told: str) -> None:
    (loop / "bad.py").write_bytes(content)
    result = keras_graph_here("check", cwd=loop)
    assert lines(result.stdout) == ["loop.py:10:9: KG301"]
    problem, summary = result.stderr.splitlines()
    assert problem.startswith(told)
    assert "internal error" not in problem
    assert summary == "1 finding (1 note) in 1 of 2 files; 1 file could not be checked"
    assert result.returncode == 1
    assert keras_graph_here("check", "--exit-zero", cwd=loop).returncode == 0
    assert keras_graph_here("fix", "bad.py", cwd=loop).returncode == 1


def test_a_path_that_does_not_exist(keras_graph_here: Run, loop: Path) -> None:
    result = keras_graph_here("check", "nowhere/m.py", "loop.py", cwd=loop)
    assert lines(result.stdout) == ["loop.py:10:9: KG301"]
    assert result.stderr.startswith("nowhere/m.py: no such file or folder\n")
    assert result.returncode == 2


@pytest.mark.parametrize(
    ("source", "told", "status"),
    [("def f(:\n", "stdin:1:7: ", 1), ("# coding: klingon\n", "stdin:1:1: unknown", 1)],
)
def test_bad_stdin(keras_graph_here: Run, project: Path, source: str, told: str, status: int) -> None:
    result = keras_graph_here("check", "-", input=source, cwd=project)
    assert result.stderr.startswith(told)
    assert result.returncode == status


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "usage: keras-graph"),
        (("frobnicate",), "invalid choice: 'frobnicate'"),
        (("check", "--format", "yaml"), "invalid choice: 'yaml'"),
        (("check", "--select", "E501"), "'E501' is not a code"),
        (("check", "--select", "KG9"), "no rule's code begins with KG9"),
        (("check", "--jobs", "0"), "'0' is not a whole number from 1"),
        (("check", "--keras", "4"), "invalid choice: '4'"),
        (("rank", "--steps", "x"), "'x' is not a whole number from 1"),
        (("rank", "--evidence", "nowhere.json"), "evidence not merged: nowhere.json: No such file or directory"),
        (("measure", "--shard", "2"), "'2' is not K/N, such as 1/4"),
        (("measure", "--shard", "a/b"), "'a/b' is not K/N"),
        (("measure", "--shard", "0/4"), "'0/4' is not K/N"),
        (("measure", "--shard", "1/0"), "'1/0' is not K/N"),
        (("measure", "--shard", "5/4"), "there is no part 5 of 4"),
        (("measure", "--budget", "-3"), "'-3' is not a number of seconds above 0"),
        (("explain", "KG9"), "no rule's code begins with KG9"),
        (("explain", "KG999"), "'KG999' is neither a rule"),
        (("explain", "nowhere.py:3"), "nowhere.py: no such file or folder"),
    ],
)
def test_wrong_use(keras_graph_here: Run, project: Path, arguments: tuple[str, ...], told: str) -> None:
    result = keras_graph_here(*arguments, cwd=project)
    assert told in result.stderr
    assert (result.stdout, result.returncode) == ("", 2)
    assert "Traceback" not in result.stderr


def test_wrong_configuration(keras_graph_here: Run, loop: Path) -> None:
    (loop / "pyproject.toml").write_text("[tool.keras-graph]\ncolour = 1\n")
    for command in (("check",), ("rank",), ("measure",), ("explain", "loop.py:10")):
        result = keras_graph_here(*command, cwd=loop)
        assert "pyproject.toml: unknown key in [tool.keras-graph]: colour" in result.stderr
        assert (result.stdout, result.returncode) == ("", 2)


def test_an_error_of_ours_in_one_file(
    loop: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(source: engine.Source, *arguments: object) -> object:
        if source.path == "bad.py":
            raise LookupError("oops")
        return real(source, *arguments)  # type: ignore[arg-type]

    real = engine.check
    monkeypatch.setattr(engine, "check", broken)
    monkeypatch.chdir(loop)
    (loop / "bad.py").write_text(LOOP)
    assert main(["check", "bad.py", "loop.py"]) == 2
    captured = capsys.readouterr()
    assert lines(captured.out) == ["loop.py:10:9: KG301"]
    assert captured.err.startswith("bad.py:1:1: internal error: LookupError: oops (commands/checking.py:")
    assert "Traceback" not in captured.err


def test_an_error_of_ours_elsewhere(
    loop: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*arguments: object) -> None:
        raise LookupError("oops")

    monkeypatch.setattr(check.summary, "sentence", broken)
    assert main(["check", str(loop)]) == 2
    assert "keras-graph: error: internal error: LookupError: oops (" in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="pipes end otherwise on Windows")
def test_a_reader_that_has_seen_enough(project: Path) -> None:
    for number in range(200):
        (project / f"module_with_a_long_name_{number}.py").write_text(LOOP * 4)
    with subprocess.Popen(
        [sys.executable, "-m", "flake8_keras_graph", "check", "--jobs", "1", str(project)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 1


# --- explain ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["KG301", "kg301", "unrolled-loop"])
def test_explain_a_rule(keras_graph_here: Run, project: Path, what: str) -> None:
    result = keras_graph_here("explain", what, cwd=project)
    assert result.stdout.startswith("KG301 unrolled-loop (note)\n\n")
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "families", "codes"),
    [
        ((), ["KG0", "KG1", "KG2", "KG3", "KG4", "KG5"], {"KG000", "KG001", "KG101", "KG301", "KG508"}),
        (("KG",), ["KG0", "KG1", "KG2", "KG3", "KG4", "KG5"], {"KG000", "KG101", "KG508"}),
        (("KG3",), ["KG3"], {"KG301", "KG308"}),
        (("kg30",), ["KG3"], {"KG301", "KG308"}),
    ],
)
def test_explain_lists_rules(
    keras_graph_here: Run, project: Path, arguments: tuple[str, ...], families: list[str], codes: set[str]
) -> None:
    result = keras_graph_here("explain", *arguments, cwd=project)
    assert [line[:3] for line in result.stdout.splitlines() if line.startswith("KG")] == families
    listed = re.findall(r"^  (KG[0-9]{3})  (?:error|warning|note) +[a-z-]+ +\S", result.stdout, re.MULTILINE)
    assert codes <= set(listed)
    assert {code[:3] for code in listed} == set(families)
    assert result.returncode == 0


REASONS = """\
import time

import keras


def now():
    return time.time()


class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.parts = [keras.layers.Dense(4)]

    def call(self, x, training=False):
        for part in self.parts:
            x = part(x)
        if training:
            self.count = self.count + 1
        return self.helper(x)

    def helper(self, x):
        print(x)
        return x + now()


@tf.function
def step(x):
    print(x)
"""
TRACED = "`call` of the model `Net` is traced by fit: its Python runs once for each graph"


@pytest.mark.parametrize(
    ("line", "code", "reasons"),
    [
        (7, "KG201", [(15, TRACED), (20, "`helper` is called while tracing"), (24, "`now` is called while tracing"),
                      (7, "this runs while tracing, and not when the graph does")]),
        (16, "KG301", [(15, TRACED), (16, "each iteration adds its operations to the graph")]),
        (18, "KG401", [(15, TRACED), (18, "`training` is a Python bool while tracing: each graph holds one side")]),
        (23, "KG202", [(15, TRACED), (20, "`helper` is called while tracing"),
                       (23, "this runs while tracing, and not when the graph does")]),
        (29, "KG202", [(28, "`step` is traced by a tf.function"),
                       (29, "this runs while tracing, and not when the graph does")]),
    ],
)  # fmt: skip
def test_reasons_where_no_value_is_the_reason(
    keras_graph_here: Run, project: Path, line: int, code: str, reasons: list[tuple[int, str]]
) -> None:
    (project / "m.py").write_text(REASONS.replace("import keras\n", "import keras, tensorflow as tf\n", 1))
    findings = json.loads(keras_graph_here("check", "--format", "json", cwd=project).stdout)["findings"]
    (why,) = (each["why"] for each in findings if (each["line"], each["code"]) == (line, code))
    assert [(step["line"], step["text"]) for step in why] == reasons


def test_explain_what_the_plugin_says_when_it_fails(keras_graph_here: Run, project: Path) -> None:
    result = keras_graph_here("explain", "KG000", cwd=project)
    assert result.stdout.startswith("KG000 internal-error (error)\n\nThe linter itself failed")
    assert result.returncode == 0


def test_explain_a_place(keras_graph_here: Run, fixtures: Path) -> None:
    result = keras_graph_here("explain", "breaking/gated.py:14", cwd=fixtures)
    assert result.stdout.startswith("breaking/gated.py:14:9: KG101 ")
    assert "    line 13: `ops.mean(x)` returns a tensor\n        strength = ops.mean(x)\n" in result.stdout
    assert "not reported" not in result.stdout
    assert result.returncode == 0
    with_column = keras_graph_here("explain", "breaking/gated.py:14:9:", cwd=fixtures)
    assert with_column.stdout == result.stdout


@pytest.mark.parametrize(
    ("comment", "table", "told"),
    [
        ("  # noqa", "", "a noqa comment silences it"),
        ("", "ignore = ['KG3']", "the configuration leaves it out"),
        ("", "select = ['KG1']", "the configuration leaves it out"),
        ("", "per-file-ignores = { 'loop.py' = ['KG'] }", "the configuration leaves it out"),
    ],
)
def test_explain_what_is_not_reported(keras_graph_here: Run, loop: Path, comment: str, table: str, told: str) -> None:
    (loop / "loop.py").write_text(LOOP.replace("self.parts:", f"self.parts:{comment}"))
    (loop / "pyproject.toml").write_text(f"[tool.keras-graph]\n{table}\n")
    assert keras_graph_here("check", "-q", cwd=loop).stdout == ""
    result = keras_graph_here("explain", "loop.py:10", cwd=loop)
    assert result.stdout.startswith("loop.py:10:9: KG301 ")
    assert f"  not reported by check: {told}\n" in result.stdout


def test_explain_nothing(keras_graph_here: Run, loop: Path) -> None:
    (loop / "plain.py").write_text("x = 1\n")
    result = keras_graph_here("explain", "loop.py:4", cwd=loop)
    assert result.stdout == "loop.py:4: no finding here; there are some on line 10\n"
    assert result.returncode == 1
    result = keras_graph_here("explain", "plain.py:1", cwd=loop)
    assert result.stdout == "plain.py:1: no finding here, nor anywhere else in this file\n"
    assert result.returncode == 1


def test_explain_a_file_that_does_not_parse(keras_graph_here: Run, project: Path) -> None:
    (project / "bad.py").write_text("def f(:\n")
    result = keras_graph_here("explain", "bad.py:1", cwd=project)
    assert "bad.py:1:7: " in result.stderr
    assert (result.stdout, result.returncode) == ("", 2)


# --- a light installation ---------------------------------------------------------------------------

LIGHT = """
import sys
for name in ("rich", "tensorflow", "keras", "scipy", "psutil", "numpy"):
    sys.modules[name] = None
from flake8_keras_graph.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("check", "."), 0),
        (("check", "--format", "sarif", "."), 0),
        (("explain", "KG301"), 0),
        (("explain", "loop.py:10"), 0),
        (("rank", "."), 0),
        (("--version",), 0),
    ],
)
def test_without_the_extra(loop: Path, arguments: tuple[str, ...], status: int) -> None:
    result = subprocess.run([sys.executable, "-c", LIGHT, *arguments], cwd=loop, capture_output=True, text=True)
    assert (result.returncode, "rror" in result.stderr) == (status, False)
    assert result.stdout


def test_measure_without_the_extra_says_what_to_install(loop: Path) -> None:
    result = subprocess.run([sys.executable, "-c", LIGHT, "measure"], cwd=loop, capture_output=True, text=True)
    assert 'pip install "flake8-keras-graph[measure]"' in result.stderr
    assert "tensorflow" in result.stderr
    assert (result.stdout, result.returncode) == ("", 2)
