"""What evidence does to findings: dropped where free or refuted, told where slow, untouched where stale."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from flake8_keras_graph.records import (
    Comparison,
    Finding,
    FindingResult,
    Level,
    Mode,
    ModelResult,
    Span,
    Status,
    StepKind,
    Verdict,
)
from flake8_keras_graph.results import matching
from flake8_keras_graph.rules import load


def finding(code: str = "KG301", line: int = 5, level: Level = "note", symbol: str = "Model") -> Finding:
    rule = load()[code]
    return Finding(
        code, "message", "m.py", Span(line, 8, line, 12), symbol, level,
        consequence=rule.consequence, remedy=rule.handling_at(level).remedy,
    )  # fmt: skip


def result(
    code: str = "KG301", ordinal: int = 0, status: Status = "confirmed", rewrite: str = "functional"
) -> FindingResult:
    return FindingResult(code, ordinal, 99, 0, status, rewrite=rewrite)


def compared(
    verdict: Verdict,
    interval: tuple[float, float, float] | None = None,
    step: StepKind = "train",
    mode: Mode = "graph",
    rewrite: str = "functional",
) -> Comparison:
    low, ratio, high = interval or (1.0, 1.0, 1.0)
    same = verdict == "same graph"
    return Comparison("as written", rewrite, mode, step, ratio, low, high, verdict, same, 0.0)


def model(
    *comparisons: Comparison,
    findings: tuple[FindingResult, ...] = (result(),),
    guessed: bool = False,
    symbol: str = "Model",
) -> ModelResult:
    spec: dict[str, Any] = {"guessed": guessed}
    return ModelResult("m.py", symbol, "measured", "", "f", spec, findings, comparisons)


SAME = compared("same graph")
SAME_FORWARD = compared("same graph", step="forward")
SLOWER = compared("slower", (10.8, 11.1, 11.53))
TIGHT = compared("no difference found", (0.98, 1.0, 1.05))
WIDE = compared("no difference found", (0.9, 1.0, 1.06))
EAGER = compared("slower", (14.0, 15.0, 16.0), mode="eager")


def starting(comparison: Comparison, original: float, rewrite: float, differ: bool | None = True) -> Comparison:
    return dataclasses.replace(
        comparison, original_first_call_seconds=original, rewrite_first_call_seconds=rewrite, first_calls_differ=differ
    )


def given(levels: Finding | list[Finding], *models: ModelResult) -> list[str]:
    """The messages that are still given."""
    findings = levels if isinstance(levels, list) else [levels]
    return [told.message for told, kept in matching.with_evidence(findings, models) if kept and told.code != "KG002"]


def costs(note: Finding, *models: ModelResult) -> list[str]:
    """What is said of what a site was measured to cost, but for the advice."""
    told = matching.with_evidence([note], models)
    return [finding.message.partition("; see ")[0] for finding, _ in told if finding.code == "KG002"]


@pytest.mark.parametrize(
    ("comparisons", "kept"),
    [
        ((SAME, SAME_FORWARD), False),
        ((SAME,), False),
        ((SAME, EAGER), False),  # eagerly is not how fit runs
        ((TIGHT,), False),
        ((SAME, TIGHT), False),
        ((WIDE,), True),
        ((SAME, WIDE), True),
        ((SAME_FORWARD, SLOWER), True),
        ((compared("inconclusive", (0.5, 1.0, 2.0)),), True),
        ((compared("faster", (0.8, 0.9, 0.95)),), True),
        ((compared("same graph", rewrite="all fixed"),), True),
        ((EAGER,), True),
        ((), True),
        ((starting(SAME, 1.5, 1.0),), False),
        ((starting(SAME, 26.0, 1.0),), True),
        ((starting(SAME, 26.0, 1.0, differ=None),), False),
        ((starting(SAME, 1.0, 26.0),), False),
    ],
)
def test_a_note_goes_where_it_was_shown_to_be_free(comparisons: tuple[Comparison, ...], kept: bool) -> None:
    assert bool(given(finding(), model(*comparisons))) is kept


@pytest.mark.parametrize(
    ("code", "level", "message"),
    [
        ("KG301", "note", ""),
        ("KG401", "note", ""),
        ("KG402", "note", ""),
        ("KG403", "note", "message"),  # it was compared at one shape, and costs where there are several
        ("KG306", "note", "message"),  # the functional form has as many heads
        ("KG307", "warning", "message"),  # and as many steps
        ("KG303", "warning", "message"),
        ("KG202", "warning", "message"),
        ("KG101", "error", "message (measured: same graph)"),
    ],
)
def test_the_functional_form_tells_only_of_what_it_is_the_remedy_for(code: str, level: Level, message: str) -> None:
    measured = model(SAME, findings=(result(code),))
    assert given(finding(code, level=level), measured) == [message] * bool(message)


def test_the_remedy_of_a_loop_over_heads_tells_what_it_costs() -> None:
    wider = compared("slower", (2.0, 2.2, 2.5), rewrite="remedy KG306:5")
    measured = model(SAME, wider, findings=(result("KG306", rewrite="remedy KG306:5"),))
    assert given(finding("KG306"), measured) == ["message (measured 2.20x slower [2.00, 2.50])"]


@pytest.mark.parametrize(
    ("status", "level", "guessed", "kept"),
    [
        ("confirmed", "error", False, True),
        ("refuted", "error", False, False),
        ("refuted", "error", True, True),
        ("not_reached", "error", False, True),
        ("not_reached", "note", False, True),
        ("refuted", "note", False, False),
    ],
)
def test_status(status: Status, level: Level, guessed: bool, kept: bool) -> None:
    measured = model(SAME, findings=(result(status=status),), guessed=guessed)
    assert bool(given(finding(level=level), measured)) is kept


def test_a_site_that_was_not_reached_was_not_timed_either() -> None:
    measured = model(SLOWER, findings=(result(status="not_reached"),))
    assert given(finding(level="error"), measured) == ["message"]


def test_refuted_in_one_environment_and_confirmed_in_another() -> None:
    refuted, confirmed = (model(SLOWER, findings=(result(status=s),)) for s in ("refuted", "confirmed"))
    assert given(finding(level="error"), refuted, confirmed)


def test_free_in_one_environment_and_slow_in_another() -> None:
    assert given(finding(), model(SAME), model(SLOWER)) == ["message (measured 11.1x slower [10.8, 11.5])"]


@pytest.mark.parametrize(
    ("comparison", "guessed", "told"),
    [
        (SLOWER, False, "message (measured 11.1x slower [10.8, 11.5])"),
        (SLOWER, True, "message (measured 11.1x slower [10.8, 11.5], with guessed inputs)"),
        (EAGER, False, "message (run eagerly, measured 15.0x slower [14.0, 16.0])"),
        (WIDE, False, "message (measured: no difference found [0.90, 1.06])"),
        (SAME, False, "message (measured: same graph)"),
        (compared("faster", (0.8, 0.9, 0.95)), False, "message (measured not slower, ratio [0.80, 0.95])"),
        (compared("inconclusive", (0.5, 1.0, 2.0)), False, "message"),
        (compared("slower", (300.0, 366.4, 400.0)), False, "message (measured 366x slower [300, 400])"),
        (starting(SAME, 26.0, 1.0), False, "message (measured: same graph; first call 26 s against 1 s)"),
        (starting(SAME, 26.0, 1.0, differ=None), False, "message (measured: same graph)"),
        (starting(SAME, 1.0, 26.0), False, "message (measured: same graph)"),
    ],
)
@pytest.mark.parametrize("level", ["warning", "error"])
def test_messages(comparison: Comparison, guessed: bool, told: str, level: Level) -> None:
    fixed = "fixed KG302:5"
    comparison = dataclasses.replace(comparison, rewrite=fixed)
    measured = model(comparison, findings=(result("KG302", rewrite=fixed),), guessed=guessed)
    assert given(finding("KG302", level=level), measured) == [told]


def test_the_comparison_of_its_own_rewrite_as_a_train_step() -> None:
    comparisons = (
        compared("slower", (7.0, 7.0, 7.0), rewrite="functional"),
        compared("slower", (5.0, 5.0, 5.0), rewrite="fixed KG302:5", mode="eager"),
        compared("slower", (4.0, 4.0, 4.0), rewrite="fixed KG302:5", step="forward"),
        compared("slower", (3.0, 3.0, 3.0), rewrite="fixed KG302:5"),
    )
    findings = (result("KG302", rewrite="fixed KG302:5"),)
    ((told, _),) = matching.with_evidence([finding("KG302", level="warning")], [model(*comparisons, findings=findings)])
    assert told.evidence is not None
    assert (told.evidence.ratio, told.evidence.step, told.evidence.mode) == (3.0, "train", "graph")


def test_sites_are_told_apart_by_their_order() -> None:
    findings = [
        finding("KG301", 5),
        finding("KG302", 6, "warning"),
        finding("KG301", 7),
        finding("KG301", 20, symbol="Other"),
    ]
    free = model(SAME, findings=(result("KG301", 1),))
    kept = [f.span.line for f, kept in matching.with_evidence(findings, [free]) if kept]
    assert kept == [5, 6, 20]


@pytest.mark.parametrize("symbol", ["Outer.Inner", "Outer.Inner.call"])
def test_the_innermost_class(symbol: str) -> None:
    outer, inner = (model(SAME, symbol=name) for name in ("Outer", "Outer.Inner"))
    nested = finding(symbol=symbol)
    assert given([finding(), nested], outer) == ["message"]
    assert given([finding(symbol="Outer"), nested], outer, inner) == []
    assert given([finding(symbol="Outer"), nested], inner) == ["message"]


def test_stale_and_gone() -> None:
    def fingerprint(symbol: str) -> str:
        asked.append(symbol)
        return {"Model": "f", "Changed": "g"}[symbol]

    asked: list[str] = []
    models = [model(SAME, symbol=symbol) for symbol in ("Model", "Changed", "Gone", "Model")]
    assert matching.fresh(models, fingerprint) == [models[0], models[3]]
    assert asked == ["Model", "Changed", "Gone"]


def test_nothing_is_read_without_findings() -> None:
    def never(*arguments: object) -> str:
        raise AssertionError

    assert matching.applied([], "/nowhere/m.py", "", never, never) == []


HEADS = "remedy KG306:5"
WIDER = compared("slower", (2.0, 2.2, 2.5), rewrite=HEADS)


@pytest.mark.parametrize(
    ("comparison", "told"),
    [
        (WIDER, "measured 2.20x slower [2.00, 2.50] in a train step on the CPU, against one fused layer"),
        (
            dataclasses.replace(WIDER, step="forward", device="gpu"),
            "measured 2.20x slower [2.00, 2.50] in a forward pass on the GPU, against one fused layer",
        ),
        (
            starting(WIDER, 26.0, 1.0),
            "measured 2.20x slower [2.00, 2.50] in a train step; first call 26 s against 1 s on the CPU, "
            "against one fused layer",
        ),
        (
            starting(compared("same graph", rewrite=HEADS), 26.0, 1.0),
            "measured first call 26 s against 1 s on the CPU, against one fused layer",
        ),
        (
            dataclasses.replace(WIDER, mode="eager"),
            "measured 2.20x slower [2.00, 2.50] in a train step on the CPU, run eagerly, against one fused layer",
        ),
        (starting(compared("same graph", rewrite=HEADS), 1.5, 1.0), ""),
        (compared("same graph", rewrite=HEADS), ""),
        (compared("faster", (0.7, 0.8, 0.9), rewrite=HEADS), ""),
        (compared("inconclusive", (0.7, 1.0, 2.9), rewrite=HEADS), ""),
    ],
)
def test_what_a_site_was_measured_to_cost(comparison: Comparison, told: str) -> None:
    measured = model(SAME, comparison, findings=(result("KG306", rewrite=HEADS),))
    assert costs(finding("KG306"), measured) == [told] * bool(told)
    assert costs(finding("KG306", level="warning"), measured) == []  # it carries its numbers itself


def test_evidence_changes_nothing_that_identifies_a_finding() -> None:
    measured = model(SAME, WIDER, findings=(result("KG306", rewrite=HEADS),))
    before = finding("KG306")
    (after,) = (told for told, _ in matching.with_evidence([before], [measured]) if told.code == before.code)
    assert after.message != before.message
    assert dataclasses.replace(after, message=before.message, evidence=None) == before
