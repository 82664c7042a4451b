"""The loop closed: evidence on disk changes what flake8, ``check``, ``explain`` and ``rank`` say."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from flake8_keras_graph import engine
from flake8_keras_graph.config import Options
from flake8_keras_graph.measure.parent.failures import found_by_running
from flake8_keras_graph.records import Comparison, FindingResult, ModelResult, Verdict
from flake8_keras_graph.results import evidence

Run = Callable[..., subprocess.CompletedProcess[str]]

SOURCE = """\
import keras

UNITS = 4


class Looping(keras.Model):
    def __init__(self):
        super().__init__()
        self.parts = [keras.layers.Dense(UNITS), keras.layers.Dense(UNITS)]

    def call(self, x):
        for part in self.parts:
            x = part(x)
        return x
"""

GIVEN = "m.py:12:9: KG301"


def measured(project: Path, verdict: Verdict, ratio: float = 1.0) -> None:
    """Save evidence about the code in m.py as it is now."""
    source = engine.Source(str(project / "m.py"), (project / "m.py").read_text())
    same = verdict == "same graph"
    comparison = Comparison(
        "as written", "functional", "graph", "train", ratio, ratio - 0.25, ratio + 0.25, verdict, same, 0.0,
        original_seconds=ratio, rewrite_seconds=1.0,
    )  # fmt: skip
    result = ModelResult(
        path=source.path,
        symbol="Looping",
        status="measured",
        fingerprint=engine.fingerprint(source, "Looping", Options()),
        findings=(FindingResult("KG301", 0, 12, 8, "confirmed", "2 iterations", rewrite="functional"),),
        comparisons=(comparison,),
    )
    evidence.save(project, [(result, {"device": "cpu"})])


@pytest.fixture(params=["flake8", "check"])
def lint(request: pytest.FixtureRequest, flake8: Run, keras_graph_here: Run) -> Run:
    """Both ways to lint, which must agree."""
    if request.param == "flake8":
        return lambda *arguments, **keywords: flake8("--select", "KG", *arguments, **keywords)
    return lambda *arguments, **keywords: keras_graph_here(
        "check", "--quiet", "--format", "concise", *arguments, **keywords
    )


@pytest.fixture
def code(project: Path) -> Path:
    (project / "m.py").write_text(SOURCE)
    return project


def test_a_note_that_is_free_is_gone(lint: Run, code: Path) -> None:
    assert lint("m.py", cwd=code).stdout.startswith(GIVEN)
    measured(code, "same graph")
    result = lint("m.py", cwd=code)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_a_slowdown_is_told(lint: Run, code: Path) -> None:
    before = lint("m.py", cwd=code).stdout.split()[:2]
    measured(code, "slower", 2.5)
    cost, note = lint("m.py", cwd=code).stdout.splitlines()
    assert note.split()[:2] == before
    assert note.endswith(" (measured 2.50x slower [2.25, 2.75])")
    assert cost.startswith(
        "m.py:12:9: KG002 measured 2.50x slower [2.25, 2.75] in a train step on the CPU, against the functional form;"
    )


def test_what_was_measured_to_cost_is_shown_where_notes_are_not(flake8: Run, keras_graph_here: Run, code: Path) -> None:
    measured(code, "slower", 2.5)
    assert [line.split()[1] for line in flake8("m.py", cwd=code).stdout.splitlines()] == ["KG002"]
    assert keras_graph_here("check", cwd=code).returncode == 1
    assert keras_graph_here("rank", cwd=code).returncode == 1
    assert keras_graph_here("check", "--ignore", "KG002", cwd=code).returncode == 0
    only = keras_graph_here("check", "--select", "KG002", "--format", "concise", cwd=code)
    assert [line.split()[1] for line in only.stdout.splitlines()] == ["KG002"]


@pytest.mark.parametrize(("verdict", "told"), [("same graph", "; 1 shown free by measurement; --no-evidence shows it")])
def test_what_evidence_silences_is_counted(keras_graph_here: Run, code: Path, verdict: Verdict, told: str) -> None:
    measured(code, verdict)
    result = keras_graph_here("check", cwd=code)
    assert (result.stdout, result.stderr) == ("", f"no findings in 1 file{told}\n")
    shown = keras_graph_here("check", "--no-evidence", "--format", "concise", cwd=code)
    assert shown.stdout.startswith(GIVEN)
    assert "measured" not in shown.stdout
    assert shown.stderr == "1 finding (1 note) in 1 of 1 file\n"
    (code / "m.py").write_text(SOURCE.replace("self.parts:", "self.parts:  # noqa"))
    assert keras_graph_here("check", cwd=code).stderr == "no findings in 1 file\n"


def test_from_another_folder_and_through_stdin(lint: Run, code: Path) -> None:
    measured(code, "same graph")
    assert lint(code / "m.py", cwd=code.parent).stdout == ""
    assert lint("-", "--stdin-display-name", "m.py", cwd=code, input=SOURCE).stdout == ""
    changed = SOURCE.replace("x = part(x)", "x = part(part(x))")
    assert lint("-", "--stdin-display-name", "m.py", cwd=code, input=changed).stdout.startswith(GIVEN)


@pytest.mark.parametrize(
    ("old", "new", "still_used"),
    [
        ("import keras\n", "import keras  # a comment\n", True),
        ("x = part(x)", "x = part( x )", True),
        ("class Looping", "\n\nclass Looping", True),
        ("x = part(x)", "x = part(part(x))", False),
        ("UNITS = 4", "UNITS = 5", False),  # reached from the class
        ("keras.Model):", "keras.Model):\n    limit = 1\n", False),
    ],
)
def test_only_for_the_code_it_was_made_from(lint: Run, code: Path, old: str, new: str, still_used: bool) -> None:
    measured(code, "same graph")
    (code / "m.py").write_text(SOURCE.replace(old, new, 1))
    assert (lint("m.py", cwd=code).stdout == "") is still_used


def test_damaged_evidence_is_a_warning(lint: Run, code: Path) -> None:
    measured(code, "same graph")
    (code / evidence.LOCATION).write_text("<<<<<<< ours")
    (code / "n.py").write_text(SOURCE)
    result = lint("m.py", "n.py", cwd=code)
    assert [line[:16] for line in result.stdout.splitlines()] == [GIVEN, GIVEN.replace("m.py", "n.py")]
    (warning,) = set(result.stderr.splitlines())
    assert "warning: evidence not used: " in warning
    assert "evidence.json" in warning


def test_nothing_is_read_for_a_file_without_findings(lint: Run, code: Path) -> None:
    (code / ".keras-graph").mkdir()
    (code / evidence.LOCATION).write_text("<<<<<<< ours")
    (code / "m.py").write_text(SOURCE.replace("for part in self.parts:", "if True:\n            part = self.parts[0]"))
    result = lint("m.py", cwd=code)
    assert (result.stdout, result.stderr) == ("", "")


def test_json_holds_the_evidence(keras_graph_here: Run, code: Path) -> None:
    measured(code, "slower", 2.5)
    cost, finding = json.loads(keras_graph_here("check", "--format", "json", cwd=code).stdout)["findings"]
    assert (cost["code"], cost["evidence"]) == ("KG002", finding["evidence"])
    expected = {"status": "confirmed", "verdict": "slower", "ratio": 2.5, "low": 2.25, "high": 2.75}
    assert finding["evidence"].items() >= expected.items()


def test_explain_says_why_it_is_not_reported(keras_graph_here: Run, code: Path) -> None:
    measured(code, "same graph")
    told = keras_graph_here("explain", "m.py:12", cwd=code).stdout
    assert "  when run: confirmed (2 iterations)\n" in told
    assert "  not reported by check: it was shown to cost nothing\n" in told


def test_rank(keras_graph_here: Run, code: Path) -> None:
    (code / "n.py").write_text(SOURCE)
    measured(code, "slower", 2.5)
    result = keras_graph_here("rank", "--steps", "10", cwd=code)
    first, second = result.stdout.splitlines()[2:]
    assert first.split()[:5] == ["1", "m.py:12", "KG301", "15", "s"]
    assert second.split()[:5] == ["2", "n.py:12", "KG301", "not", "known"]
    assert result.stderr == "1 finding not measured yet: keras-graph measure\n"
    assert result.returncode == 1
    measured(code, "same graph")
    (code / "n.py").unlink()
    result = keras_graph_here("rank", cwd=code)
    assert " free " in result.stdout
    assert (result.returncode, result.stderr) == (0, "")


def test_rank_writes_files(keras_graph_here: Run, code: Path) -> None:
    measured(code, "slower", 2.5)
    written = ("--json", "r.json", "--markdown", "r.md", "--csv", "r.csv")
    shown = keras_graph_here("rank", *written, cwd=code)
    assert shown.stdout == keras_graph_here("rank", cwd=code).stdout
    (place,) = json.loads((code / "r.json").read_text())["ranking"]
    assert (place["code"], place["ratio"], place["column"]) == ("KG301", 2.5, 9)
    assert "| `m.py:12` | KG301 | " in (code / "r.md").read_text()
    assert "m.py,12,9,Looping,KG301,note,confirmed," in (code / "r.csv").read_text()
    to_stdout = keras_graph_here("rank", "--markdown", "-", cwd=code)
    assert to_stdout.stdout == (code / "r.md").read_text()
    assert shown.stdout in to_stdout.stderr
    assert keras_graph_here("rank", "--csv", ".", cwd=code).returncode == 2


def test_rank_merges_evidence_of_other_machines(
    keras_graph_here: Run, code: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "evidence.json"
    measured(code, "slower", 2.5)
    (code / evidence.LOCATION).rename(elsewhere)
    (code / "sub").mkdir()
    assert "not known" in keras_graph_here("rank", cwd=code).stdout
    result = keras_graph_here("rank", "--evidence", elsewhere, ".", cwd=code)
    assert " 2.50x [2.25, 2.75] " in result.stdout
    assert result.stderr == f"1 evidence file merged into {code / evidence.LOCATION}\n"
    assert " 2.50x [2.25, 2.75] " in keras_graph_here("rank", code / "m.py", cwd=code / "sub").stdout


def test_rank_merges_nothing_stale(keras_graph_here: Run, code: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "evidence.json"
    measured(code, "slower", 2.5)
    (code / evidence.LOCATION).rename(elsewhere)
    (code / "m.py").write_text(SOURCE.replace("UNITS = 4", "UNITS = 5"))
    measured(code, "slower", 3.5)
    assert " 3.50x " in keras_graph_here("rank", "--evidence", elsewhere, cwd=code).stdout
    assert len(evidence.load(code).entries) == 1


UNFORESEEN = """\
import operator

import keras


class Gated(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(4)

    def call(self, x):
        if operator.truth(keras.ops.sum(x)):
            x = x * 2
        return self.dense(x)
"""
RAISES = "compiled as fit compiles, it raises TypeError: no"
UNDER_XLA = "compiled by XLA, as fit does on a GPU, it raises TypeError: no"


def ran(project: Path, mode: str = "graph", name: str = "r.py") -> None:
    """Save that line 12 was seen to raise."""
    source = engine.Source(str(project / name), (project / name).read_text())
    raised = {mode: {"forward": {"works": False, "error": {"type": "TypeError", "message": "no", "line": 12}}}}
    result = ModelResult(
        source.path, "Gated", "measured", fingerprint=engine.fingerprint(source, "Gated", Options()),
        findings=found_by_running(raised, (), "Gated", source.text),
    )  # fmt: skip
    evidence.save(project, [(result, {"device": "cpu"})])


@pytest.fixture
def unforeseen(project: Path) -> Path:
    (project / "r.py").write_text(UNFORESEEN)
    return project


def test_what_running_established_is_a_finding(lint: Run, unforeseen: Path) -> None:
    assert lint("r.py", cwd=unforeseen).stdout == ""
    ran(unforeseen)
    result = lint("r.py", cwd=unforeseen)
    assert (result.returncode, result.stdout, result.stderr) == (1, f"r.py:12:9: KG001 {RAISES}\n", "")


CHANGES = [
    ("import operator\n", "import operator  # first\n\n\n", "14:9"),
    ("    def call", "    # why\n    def call", "13:9"),
    ("if operator.truth(keras.ops.sum(x)):", "if operator.truth(keras.ops.sum( x )):", "12:9"),
    ("x = x * 2", "x = x * 3", ""),
    ("Dense(4)", "Dense(8)", ""),
    ("class Gated", "class Other", ""),
    ("sum(x)):", "sum(x)):  # noqa: KG001", ""),
    ("sum(x)):", "sum(x)):  # noqa: E501", "12:9"),
]


def test_until_the_code_changes(lint: Run, project: Path) -> None:
    names = [f"r{number}.py" for number in range(len(CHANGES))]
    for name, (old, new, _) in zip(names, CHANGES, strict=True):
        (project / name).write_text(UNFORESEEN)
        ran(project, name=name)
        (project / name).write_text(UNFORESEEN.replace(old, new, 1))
    expected = [f"{name}:{where}: KG001 {RAISES}" for name, (_, _, where) in zip(names, CHANGES, strict=True) if where]
    assert lint(*names, cwd=project).stdout.splitlines() == expected


@pytest.mark.parametrize("command", ["check", "rank"])
def test_it_is_selected_as_any_other(keras_graph: Run, unforeseen: Path, command: str) -> None:
    ran(unforeseen)
    for chosen, told in ((("--select", "KG0"), True), (("--select", "KG1"), False), (("--ignore", "KG001"), False)):
        assert ("KG001" in keras_graph(command, *chosen, cwd=unforeseen).stdout) is told, chosen
    (unforeseen / "pyproject.toml").write_text('[tool.keras-graph]\nper-file-ignores = { "r.py" = ["KG001"] }\n')
    assert "KG001" not in keras_graph(command, cwd=unforeseen).stdout


@pytest.mark.parametrize(
    ("form", "shown"),
    [
        ("text", "{level}[KG001]: {message}\n  --> {file}:12:9\n"),
        ("concise", "{file}:12:9: KG001 {message}"),
        (
            "json",
            '"code": "KG001",\n      "name": "runs-into",\n      "level": "{level}",\n      "message": "{message}"',
        ),
        ("sarif", '"level": "{level}",\n          "message": {{\n            "text": "{message}"'),
        ("github", "::{level} file={file},line=12,endLine=12,col=9,endColumn=44,title=KG001 runs-into::{message}"),
        ("markdown", "| `{file}:12:9` | {level} | KG001 runs-into | {message} |"),
    ],
)
def test_every_format_tells_it(keras_graph: Run, unforeseen: Path, form: str, shown: str) -> None:
    (unforeseen / "x.py").write_text(UNFORESEEN)
    ran(unforeseen)
    ran(unforeseen, "xla", "x.py")
    told = keras_graph("check", "--format", form, cwd=unforeseen).stdout
    assert shown.format(file="r.py", level="error", message=RAISES) in told
    assert shown.format(file="x.py", level="warning", message=UNDER_XLA) in told


def test_explain_and_rank_tell_what_only_running_knows(keras_graph: Run, unforeseen: Path) -> None:
    assert keras_graph("explain", "r.py:12", cwd=unforeseen).returncode == 1
    ran(unforeseen)
    told = keras_graph("explain", "r.py:12", cwd=unforeseen).stdout
    assert told == (
        f"r.py:12:9: KG001 {RAISES}\n"
        "    if operator.truth(keras.ops.sum(x)):\n"
        "  rule: runs-into (error), in Gated\n"
        "  when run: confirmed\n\n"
    )
    (unforeseen / "m.py").write_text(SOURCE.replace("x = part(x)", "x = part(x) if keras.ops.sum(x) > 0 else x"))
    (unforeseen / "x.py").write_text(UNFORESEEN)
    ran(unforeseen, "xla", "x.py")
    ranked = keras_graph("rank", cwd=unforeseen)
    assert [line.split()[1:5] for line in ranked.stdout.splitlines()[2:]] == [
        ["m.py:13", "KG101", "breaks", "not"],
        ["r.py:12", "KG001", "breaks", "confirmed"],
        ["x.py:12", "KG001", "breaks", "under"],
        ["m.py:12", "KG301", "not", "known"],
    ]


def test_a_rule_that_says_so_says_it_alone(lint: Run, unforeseen: Path) -> None:
    (unforeseen / "r.py").write_text(UNFORESEEN.replace("operator.truth(keras.ops.sum(x))", "keras.ops.sum(x) > 0"))
    ran(unforeseen)
    assert [line.split()[1] for line in lint("r.py", cwd=unforeseen).stdout.splitlines()] == ["KG101"]


def test_the_page(keras_graph: Run, project: Path) -> None:
    told = keras_graph("explain", "KG001", cwd=project).stdout
    assert told.startswith("KG001 runs-into (error)\n\nA line at which the class was seen to fail")
    assert keras_graph("explain", "runs-into", cwd=project).stdout == told


@pytest.mark.parametrize(("least", "given"), [("1.1", True), ("2.5", True), ("2.6", False)])
def test_what_costs_too_little_is_left_out(keras_graph_here: Run, code: Path, least: str, given: bool) -> None:
    measured(code, "slower", 2.5)
    result = keras_graph_here("check", "--min-slowdown", least, cwd=code)
    assert result.returncode == given
    assert ("KG002" in result.stdout) is given
    assert ("2 measured to cost less than --min-slowdown" in result.stderr) is not given


def test_a_baseline_does_not_depend_on_evidence(keras_graph_here: Run, code: Path) -> None:
    known = ("--baseline", "known.json")
    keras_graph_here("check", *known, "--update-baseline", cwd=code)
    before = (code / "known.json").read_bytes()
    assert "KG301" in before.decode()
    measured(code, "same graph")
    assert keras_graph_here("check", *known, cwd=code).stdout == ""
    assert (code / "known.json").read_bytes() == before
    measured(code, "slower", 2.5)
    told = keras_graph_here("check", *known, "--format", "concise", cwd=code)
    assert [line.split()[1] for line in told.stdout.splitlines()] == ["KG002"]
    assert (code / "known.json").read_bytes() == before
