"""Every format, compared with golden files (``pytest --update-golden`` writes them) and with its standard."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from flake8_keras_graph.project.files import Sources
from flake8_keras_graph.records import (
    Comparison,
    Edit,
    Finding,
    FindingEvidence,
    FindingResult,
    Fix,
    ModelResult,
    RankedFinding,
    Report,
    RuleInfo,
    Safety,
    Span,
    Step,
    Trial,
    Unchecked,
    run_status,
)
from flake8_keras_graph.report.findings import (
    chain,
    concise,
    github,
    gitlab,
    identity,
    json_findings,
    junit,
    markdown,
    sarif,
    summary,
    text,
)
from flake8_keras_graph.report.measured import csv_ranking, json_results, markdown_ranking, terminal, view
from flake8_keras_graph.report.measured import summary as measured_summary
from flake8_keras_graph.results import evidence

Golden = Callable[[str, str], None]

RULES = (
    RuleInfo("KG301", "unrolled-loop", "note", "A loop is unrolled", "A loop is unrolled.\n\nIts page, `code`."),
    RuleInfo("KG101", "tensor-if", "error", "Python `if` on a tensor", "Python `if` on a tensor."),
)
BREAKS = Finding(
    code="KG101",
    message="`if` on the tensor `a | b`: 100% of *fits*\nraise",
    path="src/mödel a.py",
    span=Span(14, 8, 14, 25),
    symbol="Outer.Model",
    level="error",
    why=(
        Step(Span(11, 19, 11, 25), "`inputs` is a tensor"),
        Step(Span(3, 4, 4, 9), "`helper(inputs)` returns a tensor", "src/helpers.py"),
    ),
    fix=Fix((Edit(Span(14, 8, 14, 10), "where"), Edit(Span(15, 0, 16, 0), "")), "unsafe", "evaluates both sides"),
    evidence=FindingEvidence(
        "confirmed", "slower", 11.123456, 10.8, 11.5, "eager", "train", "as written", "fixed KG101:14", True
    ),
    consequence="breaks",
    remedy="fix",
)
LOOP = Finding(
    "KG301", "loop, unrolled: 5 times", "src/b.py", Span(2, 0, 4, 7), "Model", "note",
    consequence="slow", remedy="functional",
)  # fmt: skip

SOURCES = Sources(
    {
        "src/mödel a.py": "\n" * 10
        + "def call(self, inputs):\n\n    é = 1\n        if a | b or '漢字':\n            pass\n\n",
        "src/helpers.py": "\n\n  return x\n",
        "src/b.py": "class M:\nfor x in (\n    a,\n    b): pass",
    }
)

COMPARISON = Comparison(
    "as written", "functional", "graph", "train", 1.0, 1.0, 1.0, "same graph", True, 0.0,
    original_first_call_seconds=0.2,
)  # fmt: skip
SLOWER = Comparison(
    "as written", "fixed KG101:14", "eager", "forward", 11.1, 10.8, 11.53, "slower", None, 1e-7,
    rewrite_mode="graph", original_seconds=0.0111, rewrite_seconds=0.001,
)  # fmt: skip
MEASURED = ModelResult(
    path="src/mödel a.py",
    symbol="Outer.Model",
    status="measured",
    fingerprint="abc",
    spec={"guessed": True, "where": "the defaults", "inputs": [{"shape": (32,)}], "batch_size": 32},
    findings=(FindingResult("KG101", 0, 14, 8, "confirmed", "fit raises", (), (True,), "fixed KG101:14"),),
    comparisons=(COMPARISON, SLOWER),
    trials=(Trial("as written", "eager", "forward", (0.011, 0.0112), 3, 0.5, 1),),
    compiled={"graph": {"train": {"operations": {"MatMul": 2, "Relu": 1}}}},
    rewrite_source="def build(): ...\n",
    refusals=("line 14: a reason",),
    warnings=("the machine is noisy",),
)
NOT_MEASURED = ModelResult("src/b.py", "Model", "not_measured", "needs an argument [nobody] can guess")
RANKED = RankedFinding(
    "src/mödel a.py",
    "Outer.Model",
    "KG101",
    14,
    8,
    "error",
    "confirmed",
    10.1,
    11.1,
    10.8,
    11.5,
    "slower",
    "`if`",
    "breaks",
    "fix",
)
REPORT = Report("0.1.0", {"tensorflow": "2.21.0"}, RULES, (BREAKS, LOOP), (MEASURED, NOT_MEASURED), (RANKED,))
FAILED = (Unchecked("src/bäd.py", "invalid <syntax>, 100%", 3, 7), Unchecked("nowhere", "no such file or folder"))
FAILING = dataclasses.replace(REPORT, unchecked=FAILED)


@pytest.mark.parametrize(
    ("name", "render"),
    [
        ("check.txt", text.render),
        ("check.concise", concise.render),
        ("check.json", json_findings.render),
        ("check.github", github.render),
        ("check.gitlab", gitlab.render),
        ("check.junit", junit.render),
        ("check.md", markdown.render),
        ("measure.json", json_results.render),
    ],
)
def test_formats(golden: Golden, name: str, render: Callable[..., str]) -> None:
    golden(name, render(FAILING, SOURCES) if name.startswith("check") else render(REPORT))


SILENT = dataclasses.replace(
    RANKED, code="KG203", path="=cmd.py", status="not_reached", seconds_lost=None, ratio=None, low=None, high=None,
    verdict=None, text="a | b, \"quoted\"\nand `c*d`", consequence="silent", level="warning",
)  # fmt: skip


def test_the_ranking_as_a_comment(golden: Golden) -> None:
    golden("rank.md", markdown_ranking.render((RANKED, SILENT), 1000, {"tensorflow": "2.21.0", "device": "cpu"}))
    assert "No findings." in markdown_ranking.render((), 1000)


def test_the_ranking_as_a_table(golden: Golden) -> None:
    table = csv_ranking.render((RANKED, SILENT))
    golden("rank.csv", table)
    first, second = csv.DictReader(io.StringIO(table))
    assert (first["line"], first["column"], float(first["ratio"]), first["verdict"]) == ("14", "9", 11.1, "slower")
    assert (second["path"], second["ratio"], second["text"]) == ("'=cmd.py", "", SILENT.text)


def test_terminal(golden: Golden) -> None:
    out = io.StringIO()
    terminal.write(REPORT, out, 1000)
    golden("measure.txt", out.getvalue())


CPU = {"tensorflow": "2.21.0", "device": "cpu", "processor": "Z1", "threads": 8}
GPU = {
    "tensorflow": "2.21.0",
    "device": "gpu",
    "processor": "Z1",
    "threads": 8,
    "gpu": {"device_name": "Q9", "compute_capability": "(9, 0)"},
}
ON_GPU = dataclasses.replace(
    MEASURED,
    findings=(dataclasses.replace(MEASURED.findings[0], detail="fit raises here as well"),),
    comparisons=(
        COMPARISON,
        dataclasses.replace(SLOWER, ratio=99.4, low=97.0, high=104.0, rewrite_seconds=0.0001, device="gpu"),
    ),
    warnings=("the GPU is warm",),
    environment=GPU,
)
NOT_ON_GPU = dataclasses.replace(NOT_MEASURED, reason="out of memory", environment=GPU)
DEVICES = dataclasses.replace(
    REPORT,
    environment=evidence.shared_by([CPU, GPU]),
    models=(
        dataclasses.replace(MEASURED, environment=CPU),
        ON_GPU,
        dataclasses.replace(NOT_MEASURED, environment=CPU),
        NOT_ON_GPU,
    ),
)


def test_a_column_for_each_device(golden: Golden) -> None:
    out = io.StringIO()
    terminal.write(DEVICES, out, 1000)
    golden("measure_devices.txt", out.getvalue())


def test_classes_measured_on_different_machines_say_on_which() -> None:
    other = {**CPU, "processor": "Z2"}
    models = (dataclasses.replace(MEASURED, environment=CPU), dataclasses.replace(NOT_MEASURED, environment=other))
    out = io.StringIO()
    terminal.write(dataclasses.replace(REPORT, models=models, environment=evidence.shared_by([CPU, other])), out, 1000)
    printed = out.getvalue()
    assert "Outer.Model  src/mödel a.py  on cpu, Z1, 8 threads, tensorflow 2.21.0\n" in printed
    assert "\n2 classes: 1 compared with a rewrite, 1 not run\n" in printed
    assert "\ntensorflow 2.21.0, device cpu, threads 8\n" in printed
    assert "\n  cpu, Z2, 8 threads, tensorflow 2.21.0: 0 of 1; processor Z2\n" in printed


def test_environments_are_apart_in_the_json() -> None:
    content = json.loads(json_results.render(DEVICES))
    assert content["environment"] == {"tensorflow": "2.21.0", "processor": "Z1", "threads": 8}
    assert [model["environment"] for model in content["models"]] == [CPU, GPU, CPU, GPU]


@pytest.mark.parametrize(
    ("constructor", "where", "told"),
    [
        ("()", "", "built without arguments"),
        ("()", "the defaults", "built without arguments"),
        ("()", "M() in m.py:3", "built by M() in m.py:3"),
        ("(units=4)", "M(units=4) in m.py:3", "built by M(units=4) in m.py:3"),
        ("(4)", "as Net uses it, Net(2) in m.py:3", "built as Net uses it, Net(2) in m.py:3"),
        ("()", "pyproject.toml", "built without arguments, from pyproject.toml"),
        ("(4)", "pyproject.toml, by m.py:make", "built with (4), from pyproject.toml, by m.py:make"),
        (
            "(units=16)",
            "guessed from the parameters' names",
            "built with (units=16), guessed from the parameters' names",
        ),
    ],
)
def test_how_a_class_was_built(constructor: str, where: str, told: str) -> None:
    spec = {"constructor": constructor, "where": where, "inputs": {"shape": [4], "dtype": "int32"}, "batch_size": 8}
    assert view.spec_text(spec) == f"{told}; inputs (4,) int32, batches of 8"


def test_chain(golden: Golden) -> None:
    lines = {
        "src/mödel a.py": "\n" * 10 + "def call(self, inputs):\n\n\nif a | b:\n",
        "src/helpers.py": "\n\n  return x\n",
    }
    golden("explain.txt", chain.render(BREAKS, RULES[1], Sources(lines), "a noqa comment silences it"))


@pytest.mark.parametrize("report", [FAILING, REPORT, Report("0.1.0", {})], ids=["failed", "findings", "nothing"])
def test_sarif_is_valid(report: Report, data: Path) -> None:
    log = json.loads(sarif.render(report, SOURCES))
    schema = json.loads((data / "sarif-schema-2.1.0.json").read_text(encoding="utf-8"))
    jsonschema.Draft4Validator(schema, format_checker=jsonschema.FormatChecker()).validate(log)


def test_sarif(golden: Golden, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    golden("check.sarif", sarif.render(FAILING, SOURCES))


def test_fingerprints_follow_the_code() -> None:
    """Two alike are told apart; other lines, messages and evidence change nothing, other code does."""

    def known(*findings: Finding, text: str = "a\nfor x in y:\nfor x in y:\n") -> list[str]:
        return identity.fingerprints(findings, Sources({"src/b.py": text}), Path.cwd())

    second, third = (dataclasses.replace(LOOP, span=Span(line, 0, line, 10)) for line in (2, 3))
    before = known(second, third)
    assert len(set(before)) == 2
    told = dataclasses.replace(third, message="measured", evidence=BREAKS.evidence)
    assert known(second, told) == before
    assert (
        known(third, dataclasses.replace(third, span=Span(4, 0, 4, 13)), text="\n\nfor x in y:\nfor x  in   y:")
        == before
    )
    assert not set(known(second, third, text="\nfor z in y:\nfor z in y:\n")) & set(before)


@pytest.mark.parametrize(
    ("findings", "unchecked", "counts"),
    [((), (), ("1", "0", "0")), ((BREAKS, BREAKS), (), ("2", "2", "0")), ((LOOP,), (), ("1", "0", "0")),
     ((), FAILED[:1], ("1", "0", "1"))],
)  # fmt: skip
def test_junit_counts(findings: tuple[Finding, ...], unchecked: tuple[Unchecked, ...], counts: tuple[str, ...]) -> None:
    report = Report("0.1.0", {}, RULES, findings, unchecked=unchecked)
    (suite,) = ET.fromstring(junit.render(report, SOURCES))
    assert tuple(suite.attrib[key] for key in ("tests", "failures", "errors")) == counts
    assert len(suite) == int(counts[0])


def test_junit_holds_what_xml_can_hold() -> None:
    finding = dataclasses.replace(BREAKS, message='a\x00b\x1bc\ud800<&>"', path="a\x08.py")
    root = ET.fromstring(junit.render(Report("0.1.0", {}, RULES, (finding,)), SOURCES).encode("utf-8"))
    (failure,) = root.iter("failure")
    assert failure.attrib["message"] == 'a\ufffdb\ufffdc\ufffd<&>"'


def test_gitlab_has_what_it_requires() -> None:
    entries = json.loads(gitlab.render(FAILING, SOURCES))
    assert len({entry["fingerprint"] for entry in entries}) == len(entries) == 4
    for entry in entries:
        assert set(entry) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert entry["severity"] in {"info", "minor", "major", "critical", "blocker"}
        assert entry["location"]["lines"]["begin"] >= 1
        assert not entry["location"]["path"].startswith(("./", "/"))


def test_check_json_has_the_promised_keys() -> None:
    content = json.loads(json_findings.render(FAILING, SOURCES))
    assert set(content) == {"version", "findings", "errors"}
    keys = "code name level message path line column end_line end_column symbol why fix evidence"
    breaks, loop = content["findings"]
    assert set(breaks) == set(loop) == set(keys.split())
    assert (breaks["line"], breaks["column"], breaks["end_line"], breaks["end_column"]) == (14, 9, 14, 26)
    assert (breaks["fix"]["safety"], len(breaks["fix"]["edits"])) == ("unsafe", 2)
    edit = {"line": 14, "column": 9, "end_line": 14, "end_column": 11, "text": "where"}
    assert breaks["fix"]["edits"][0] == edit
    assert content["errors"] == [
        {"path": "src/bäd.py", "line": 3, "column": 7, "message": "invalid <syntax>, 100%"},
        {"path": "nowhere", "line": None, "column": None, "message": "no such file or folder"},
    ]
    assert breaks["why"][0] == {"line": 11, "column": 20, "text": "`inputs` is a tensor"}
    assert (loop["why"], loop["fix"], loop["evidence"]) == ([], None, None)


def test_measure_json_has_the_promised_keys() -> None:
    content: dict[str, Any] = json.loads(json_results.render(REPORT))
    assert set(content) == {"version", "environment", "summary", "models", "ranking"}
    assert {key: content["summary"][key] for key in ("classes", "compared", "not_run")} == {
        "classes": 2, "compared": 1, "not_run": 1,
    }  # fmt: skip
    model = content["models"][0]
    promised = "path symbol status reason spec findings comparisons rewrite_source remedies"
    assert set(promised.split()) <= set(model)
    compared = "original rewrite mode step ratio low high verdict same_graph max_error"
    assert set(compared.split()) <= set(model["comparisons"][0])
    assert model["findings"][0]["column"] == 9
    assert content["ranking"][0]["column"] == 9


def shown(line: str, start: int, end: int, colour: bool = False) -> list[str]:
    """What is shown of a range of one line, without margins: the line, and what underlines it."""
    finding = dataclasses.replace(LOOP, span=Span(1, start, 1, end), message="a \x1b[31mmessage")
    rows = text.render(Report("0.1.0", {}, RULES, (finding,)), Sources({"src/b.py": line}), colour).splitlines()
    return [row.partition("| ")[2] for row in rows[3:5]]


@pytest.mark.parametrize(
    ("line", "start", "end", "under"),
    [
        ("if x > 0:", 3, 8, "   ^^^^^"),
        ("\tif x > 0:", 4, 9, "       ^^^^^"),  # a tab is shown as four spaces
        ("\N{CJK UNIFIED IDEOGRAPH-6F22}if x:", 3, 4, "    ^"),  # takes two columns
        ("e\N{COMBINING ACUTE ACCENT} = x", 5, 6, "    ^"),  # takes none
        ("if x", 3, 3, "   ^"),
        ("if x", 30, 40, "    ^"),  # the file is another one by now
    ],
)
def test_the_range_is_underlined(line: str, start: int, end: int, under: str) -> None:
    assert shown(line, start, end)[1] == under


def test_a_long_line_is_cut_around_the_range() -> None:
    line, under = shown("x" * 500 + "if y:" + "z" * 500, 500, 505)
    assert len(line) == text.WIDTH
    assert line[under.index("^") : under.rindex("^") + 1] == "if y:"


def test_nothing_in_a_file_gives_orders_to_a_terminal() -> None:
    finding = dataclasses.replace(LOOP, path="a\x1b]0;b.py", message="a \x1b[31mmessage", span=Span(1, 0, 1, 1))
    content = "x = '\x1b[2J\u202e'\n"
    told = text.render(Report("0.1.0", {}, RULES, (finding,)), Sources({finding.path: content}))
    assert not [each for each in told if each != "\n" and not each.isprintable()]


def test_colours_are_for_terminals(
    keras_graph_here: Callable[..., Any], fixtures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told() -> str:
        return str(keras_graph_here("check", fixtures / "breaking").stdout)

    assert "\x1b" not in told()
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[1;31merror[KG101]\x1b[0m" in told()
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in told()


@pytest.mark.parametrize(
    ("safeties", "told"),
    [
        ((), ""),
        (("safe",), "[*] 1 fixable (keras-graph fix)"),
        (("unsafe",), "[*] 0 fixable, 1 more with --unsafe (keras-graph fix)"),
        (("safe", "unsafe", "safe"), "[*] 2 fixable, 1 more with --unsafe (keras-graph fix)"),
    ],
)
def test_how_many_can_be_fixed(safeties: tuple[Safety, ...], told: str) -> None:
    findings = [LOOP, *(dataclasses.replace(BREAKS, fix=Fix((), safety)) for safety in safeties)]
    assert summary.fixable(findings) == told


@pytest.mark.parametrize(
    ("findings", "files", "problems", "told"),
    [
        ((), 1, 0, "no findings in 1 file"),
        ((), 3, 1, "no findings in 3 files; 1 file could not be checked"),
        ((LOOP,), 2, 0, "1 finding (1 note) in 1 of 2 files"),
        (
            (BREAKS, LOOP, LOOP),
            9,
            2,
            "3 findings (1 error, 2 notes) in 2 of 9 files; 2 files could not be checked",
        ),
    ],
)
def test_summary(findings: tuple[Finding, ...], files: int, problems: int, told: str) -> None:
    assert summary.sentence(findings, files, problems) == told


@pytest.mark.parametrize(
    ("refusal", "compared", "told"),
    [
        ("functional: line 5: loops", False, "not rewritten: functional: line 5: loops"),
        ("functional: line 5: loops", True, "functional: made of the fixed code, not as written: line 5: loops"),
        ("functional: train is not equal: by 3", True, "functional: train is not equal: by 3"),
        ("fixed KG101:3: does not build", True, "not rewritten: fixed KG101:3: does not build"),
    ],
)
def test_why_a_rewrite_is_missing(refusal: str, compared: bool, told: str) -> None:
    comparison = Comparison("as written", "functional", "graph", "forward", 1.0, 1.0, 1.0, "same graph", True, 0.0)
    model = ModelResult("m.py", "M", "measured", refusals=(refusal,), comparisons=(comparison,) if compared else ())
    assert view.refusal_texts(model) == [told]


ERROR = {"works": False, "error": {"type": "TypeError", "line": 9, "message": "no"}}


@pytest.mark.parametrize(
    ("compiled", "detail", "told"),
    [
        ({"graph": {"forward": ERROR, "train": ERROR}, "xla": {"forward": ERROR}}, "",
         ["compiled as fit compiles, it raises TypeError at line 9: no"]),
        ({"graph": {"forward": ERROR}}, "it raises TypeError at line 9: no; a tensor", []),
        ({"graph": {"forward": {"works": True}}, "fit": {"train": ERROR}}, "",
         ["in fit it raises TypeError at line 9: no"]),
        ({"graph": {"forward": {"works": True}}}, "", []),
    ],
)  # fmt: skip
def test_that_compiling_fails_is_told_once(compiled: dict[str, Any], detail: str, told: list[str]) -> None:
    found = FindingResult("KG101", 0, 9, 4, "confirmed", detail)
    model = ModelResult("m.py", "M", "measured", compiled=compiled, findings=(found,))
    assert view.uncompiled(model) == told


RAN = ModelResult("m.py", "Net", "probed")
FUNCTIONAL = Comparison("as written", "functional", "graph", "train", 1.0, 1.0, 1.0, "same graph", True, 0.0)
SLOWER = dataclasses.replace(FUNCTIONAL, verdict="slower", same_graph=False)
EAGER = dataclasses.replace(SLOWER, rewrite="as written", mode="eager", rewrite_mode="graph")


@pytest.mark.parametrize(
    ("models", "outcome"),
    [
        ([dataclasses.replace(RAN, status="not_measured")], "not_run"),
        ([RAN], "probed"),
        ([dataclasses.replace(RAN, comparisons=(EAGER,))], "probed"),  # with itself, run in another way
        ([dataclasses.replace(RAN, comparisons=(FUNCTIONAL, EAGER))], "proved"),
        ([dataclasses.replace(RAN, comparisons=(FUNCTIONAL, SLOWER))], "compared"),
        ([RAN, dataclasses.replace(RAN, comparisons=(FUNCTIONAL,))], "proved"),  # on another device
        ([RAN, dataclasses.replace(RAN, status="not_measured")], "probed"),
    ],
)
def test_what_was_earned(models: list[ModelResult], outcome: str) -> None:
    assert measured_summary.outcome_of(models) == outcome
    comparisons = [each for one in models for each in one.comparisons]
    assert run_status(comparisons) == ("measured" if outcome in ("compared", "proved") else "probed")


def test_reasons_are_grouped() -> None:
    reasons = [
        "building and calling it failed: TypeError at line 4: no\nTell how in pyproject.toml:\n[[tool.keras-graph.model]]",
        "building and calling it failed: TypeError at line 9: other",
        "it has no `call` of its own to run",
    ]
    refusals = ["functional: line 3: `self.a` is read", "functional: line 9: `self.b` is read", ""]
    models = [
        *(ModelResult("m.py", f"N{n}", "not_measured", reason) for n, reason in enumerate(reasons)),
        *(ModelResult("m.py", f"P{n}", "probed", refusals=(r,) if r else ()) for n, r in enumerate(refusals)),
        dataclasses.replace(RAN, comparisons=(FUNCTIONAL,)),
    ]
    earned = measured_summary.summarise(models)
    assert (
        measured_summary.sentence(earned) == "7 classes: 1 proved the same graph as a rewrite, 3 probed only, 3 not run"
    )
    assert measured_summary.reason_texts(earned) == [
        "not run, 2: building and calling it failed: TypeError",
        "not run, 1: it has no `call` of its own to run",
        "probed only, 2: `...` is read",
        "probed only, 1: no rewrite of it was made",
    ]
    assert measured_summary.sentence(measured_summary.summarise([])) == "0 classes"


def test_what_other_lengths_do_is_told() -> None:
    forward = {"works": True, "lengths": [{"text": "axis 1 of x: one graph for each length"}, "forged", {}]}
    model = dataclasses.replace(RAN, compiled={"graph": {"forward": forward}})
    assert view.length_texts(model) == ["axis 1 of x: one graph for each length"]
    assert view.length_texts(RAN) == []
