"""Targets as jobs and messages as results, without any worker."""

from __future__ import annotations

import ast
import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from flake8_keras_graph.measure.parent.collected import Collected
from flake8_keras_graph.measure.parent.host import Ending
from flake8_keras_graph.measure.parent.jobs import described_findings, make_job
from flake8_keras_graph.measure.parent.session import Settings
from flake8_keras_graph.measure.parent.session_events import StageStarted, Target
from flake8_keras_graph.measure.parent.variants import Variants
from flake8_keras_graph.measure.project.project_files import ProjectFiles
from flake8_keras_graph.records import Comparison, Finding, FindingResult, Level, Span, Trial
from flake8_keras_graph.rules import load

NO_VARIANTS = Variants((), (), {})


def _finding(code: str, line: int) -> Finding:
    return Finding(code, "", "m.py", Span(line, 4, line, 9), "Net.call", "note")


def test_findings_are_numbered_within_their_code_in_file_order() -> None:
    findings = (_finding("KG301", 9), _finding("KG101", 5), _finding("KG301", 3))
    described = list(described_findings(Target("m.py", "Net", "model", 3, findings)))
    assert [(d["code"], d["line"], d["ordinal"]) for d in described] == [
        ("KG301", 3, 0),
        ("KG101", 5, 0),
        ("KG301", 9, 1),
    ]


@pytest.mark.parametrize("call", ["Net((1, 2), b'x', {3}, k=[None])", "Net(1e999)", "Net(...)"])
def test_any_literal_goes_into_a_job(tmp_path: Path, call: str) -> None:
    path = tmp_path / "m.py"
    path.write_text(f"class Net:\n    pass\n\nnet = {call}\n")
    job = make_job(
        Target(str(path), "Net", "model", 3), Settings(), ProjectFiles(tmp_path), tmp_path, "cpu", NO_VARIANTS
    )
    constructions = json.loads(json.dumps(job))["constructions"]
    read = [ast.literal_eval(c["arguments"]) for c in constructions]
    assert read == [eval(call.replace("Net", "_arguments"), {"_arguments": lambda *args, **kwargs: (args, kwargs)})]


def _collected(*messages: dict[str, Any]) -> Collected:
    collected = Collected(Target("m.py", "Net", "model", 3), NO_VARIANTS)
    for message in messages:
        list(collected.keep(message))
    return collected


COMPARISON = Comparison("as written", "functional", "graph", "forward", 1.0, 1.0, 1.0, "same graph", True, 0.0)
TRIAL = Trial("as written", "graph", "forward", (0.1, 0.2), 3)


def test_what_was_established_comes_back_as_it_was(tmp_path: Path) -> None:
    found = FindingResult("KG301", 0, 3, 4, "confirmed", "5 iterations", (5, 5), (False, True))
    said = json.loads(
        json.dumps(
            [
                {"event": "finding", "finding": dataclasses.asdict(found)},
                {
                    "event": "comparison",
                    "comparison": dataclasses.asdict(COMPARISON),
                    "trials": [dataclasses.asdict(TRIAL)],
                },
            ]
        )
    )
    result = _collected(*said).result(Ending("done", peak_bytes=7), tmp_path)
    assert (result.status, result.findings, result.comparisons) == ("measured", (found,), (COMPARISON,))
    assert (result.trials, result.peak_bytes) == ((TRIAL,), 7)


def test_a_finding_said_twice_counts_as_said_last(tmp_path: Path) -> None:
    first = FindingResult("KG101", 0, 3, 4, "not_reached")
    last = dataclasses.replace(first, status="confirmed")
    said = [{"event": "finding", "finding": dataclasses.asdict(f)} for f in (first, last)]
    assert _collected(*said).result(Ending("done"), tmp_path).findings == (last,)


def test_what_was_established_before_a_crash_is_kept(tmp_path: Path) -> None:
    compiled = {"event": "compiled", "mode": "graph", "step": "forward", "what": {"works": True}}
    stage = {"event": "stage", "stage": "compile", "text": "train, xla"}
    result = _collected(compiled, stage).result(Ending("signal", "ended by SIGSEGV", "last words\n"), tmp_path)
    assert result.status == "probed"
    assert result.compiled == {"graph": {"forward": {"works": True}}}
    assert result.warnings == (
        "ended early: ended by SIGSEGV (while compiling (train, xla)); its last words: last words",
    )


def test_nothing_established_is_not_measured(tmp_path: Path) -> None:
    result = _collected({"event": "stage", "stage": "build", "text": ""}).result(Ending("time", "not done"), tmp_path)
    assert (result.status, result.reason) == ("not_measured", "not done (while building and calling it)")


def test_a_stage_is_an_event() -> None:
    collected = Collected(Target("m.py", "Net", "model", 3), NO_VARIANTS)
    (event,) = collected.keep({"event": "stage", "stage": "probe", "text": ""})
    assert isinstance(event, StageStarted)
    assert event.stage == "probe"


def test_messages_of_another_kind_are_passed_over() -> None:
    collected = Collected(Target("m.py", "Net", "model", 3), NO_VARIANTS)
    assert list(collected.keep({"event": "from the future"})) == []


@pytest.mark.parametrize(
    "message",
    [{"event": "finding"}, {"event": "comparison", "comparison": 3}, {"event": "spec"}, {"event": ["finding"]}],
)
def test_forged_messages_are_passed_over(message: dict[str, Any]) -> None:
    assert Collected(Target("m.py", "Net", "model", 3), NO_VARIANTS).events_of(message) == []


@pytest.mark.parametrize(
    ("output", "told"),
    [
        ("step 1\nValueError: no\n", "; its last words: ValueError: no"),
        ("loading\n/lib/a.py:12: UserWarning: slow\n  warnings.warn(\n", "; its last words: loading"),
        ("/lib/a.py:12: UserWarning: slow\n  warnings.warn(\n", ""),
    ],
)
def test_last_words_are_no_warnings(tmp_path: Path, output: str, told: str) -> None:
    reason = _collected().result(Ending("signal", "ended by SIGKILL", output), tmp_path).reason
    assert reason == f"ended by SIGKILL (while importing the file){told}"


def test_a_fault_of_the_reading_is_said_and_costs_no_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "net.py"
    path.write_text("import keras\n\n\nclass Net(keras.Model):\n    def call(self, x):\n        return x\n")

    def fail(*_: object) -> None:
        raise TypeError("simulated")

    monkeypatch.setattr("flake8_keras_graph.analysis.reading.uses_of_class", fail)
    job = make_job(
        Target(str(path), "Net", "model", 3), Settings(), ProjectFiles(tmp_path), tmp_path, "cpu", NO_VARIANTS
    )
    assert job["classes"] == []
    (told,) = job["unread"]
    assert told.startswith("what Net takes could not be read: internal error: TypeError: simulated")


@pytest.mark.parametrize(
    ("code", "level", "made", "works", "against"),
    [
        ("KG301", "note", ("functional",), True, "functional"),
        ("KG301", "note", ("functional",), False, ""),  # it is faster because it compiles
        ("KG307", "warning", ("functional",), True, ""),  # it repeats the steps as the class does
        ("KG307", "warning", ("functional", "fixed KG307:3"), True, "fixed KG307:3"),
        ("KG306", "note", ("functional",), True, ""),
        ("KG306", "note", ("functional", "one fused layer (KG306:3)"), True, "one fused layer (KG306:3)"),
        ("KG302", "warning", ("functional", "fixed KG302:3"), False, "fixed KG302:3"),
        ("KG202", "warning", ("functional",), True, ""),
        ("KG101", "error", ("functional",), False, "functional"),
        ("KG101", "error", ("functional", "fixed KG101:3"), False, "fixed KG101:3"),
        ("KG101", "error", (), False, ""),
    ],
)
def test_a_cost_is_measured_against_the_remedy_of_the_rule(
    tmp_path: Path, code: str, level: Level, made: tuple[str, ...], works: bool, against: str
) -> None:
    rule = load()[code]
    remedy = rule.handling_at(level).remedy
    finding = Finding(code, "", "m.py", Span(3, 4, 3, 9), "Net", level, consequence=rule.consequence, remedy=remedy)
    variants = Variants((), (), {name: (f"{code}:3",) for name in made if name != "functional"})
    collected = Collected(Target("m.py", "Net", "model", 3, (finding,)), variants)
    found = dataclasses.asdict(FindingResult(code, 0, 3, 4, "confirmed"))
    for message in (
        {"event": "compiled", "mode": "graph", "step": "forward", "what": {"works": works}},
        {"event": "finding", "finding": found},
        *({"event": "rewrite", "name": name, "source": None} for name in made),
    ):
        list(collected.keep(message))
    (result,) = collected.result(Ending("done"), tmp_path).findings
    assert result.rewrite == against


def test_a_job_says_what_to_watch_and_what_confirms() -> None:
    (described,) = described_findings(Target("m.py", "Net", "model", 3, (_finding("KG102", 5),)))
    assert (described["sites"], described["confirmed_by"]) == (["while"], "a tensor at its site")
