"""The order of findings, and the seconds they cost."""

from __future__ import annotations

import dataclasses

import pytest

from flake8_keras_graph.records import Comparison, Finding, FindingResult, Level, ModelResult, Span, Status
from flake8_keras_graph.report.measured.ranking import render
from flake8_keras_graph.results.rank import pays_after, rank, seconds_lost
from flake8_keras_graph.rules import load
from flake8_keras_graph.wording import pays_text

SLOWER = Comparison(
    "as written", "fixed", "graph", "train", 2.0, 1.9, 2.1, "slower", False, 0.0,
    original_seconds=0.004, rewrite_seconds=0.002,
    original_first_call_seconds=3.0, rewrite_first_call_seconds=1.0,
)  # fmt: skip
SAME = dataclasses.replace(SLOWER, verdict="same graph", same_graph=True)


@pytest.mark.parametrize(
    ("comparison", "steps", "seconds"),
    [
        (SLOWER, 1000, 4.0),
        (SLOWER, 1, 2.002),
        (dataclasses.replace(SLOWER, original_first_call_seconds=None), 1000, 2.0),
        (dataclasses.replace(SLOWER, original_seconds=None), 1000, None),
        (dataclasses.replace(SLOWER, verdict="faster", original_seconds=0.001), 3000, 0.0),
        (dataclasses.replace(SLOWER, verdict="inconclusive"), 1000, None),
        (dataclasses.replace(SLOWER, verdict="no difference found", high=1.2), 1000, None),
        (dataclasses.replace(SLOWER, verdict="no difference found", high=1.02), 1000, 0.0),
        (SAME, 1000, 0.0),
        (dataclasses.replace(SAME, first_calls_differ=True), 1000, 2.0),
        (dataclasses.replace(SAME, first_calls_differ=False), 1000, 0.0),
        (dataclasses.replace(SAME, first_calls_differ=True, original_first_call_seconds=1.9), 1000, 0.0),
        (dataclasses.replace(SLOWER, first_calls_differ=False), 1000, 2.0),
        (dataclasses.replace(SLOWER, first_calls_differ=True), 10, 2.02),
        # The rewrite is slower per step and faster to start.
        (dataclasses.replace(SLOWER, verdict="faster", original_seconds=0.001, first_calls_differ=True), 1000, 1.0),
        (dataclasses.replace(SLOWER, verdict="faster", original_seconds=0.001, first_calls_differ=True), 3000, 0.0),
    ],
)
def test_seconds_lost(comparison: Comparison, steps: int, seconds: float | None) -> None:
    lost = seconds_lost(comparison, steps)
    assert lost == (None if seconds is None else pytest.approx(seconds))


STARTS = dataclasses.replace(SLOWER, first_calls_differ=True)


@pytest.mark.parametrize(
    ("comparison", "steps", "told"),
    [
        (STARTS, None, ""),  # slower in both
        (dataclasses.replace(STARTS, verdict="faster", original_seconds=0.001), 2000, "as written"),
        (dataclasses.replace(STARTS, original_first_call_seconds=0.5), 250, "fixed"),
        (dataclasses.replace(STARTS, original_first_call_seconds=0.5, first_calls_differ=None), None, ""),
        (dataclasses.replace(STARTS, original_first_call_seconds=0.5, first_calls_differ=False), None, ""),
        (dataclasses.replace(STARTS, original_first_call_seconds=0.5, verdict="inconclusive"), None, ""),
        (dataclasses.replace(STARTS, verdict="same graph"), None, ""),
        (
            dataclasses.replace(
                STARTS, rewrite="as written", mode="eager", rewrite_mode="graph", original_first_call_seconds=0.01,
                first_calls_differ=None,
            ),
            495,
            "compiling",
        ),
    ],
)  # fmt: skip
def test_what_pays_after_how_many_steps(comparison: Comparison, steps: int | None, told: str) -> None:
    assert pays_after(comparison) == steps
    assert pays_text(comparison, pays_after(comparison)) == (f"{told} pays after {steps} steps" if steps else "")


def case(
    code: str, level: Level, comparison: Comparison | None, status: Status | None = "confirmed"
) -> tuple[Finding, ModelResult]:
    """A finding in a class of its own, and what was measured of it."""
    symbol = f"M{code}{status}"
    rule = load()[code]
    finding = Finding(
        code, f"text of {code}", f"{code}.py", Span(3, 4, 3, 9), symbol, level,
        consequence=rule.consequence, remedy=rule.handling_at(level).remedy,
    )  # fmt: skip
    comparisons = (comparison,) if comparison else ()
    found = (FindingResult(code, 0, 3, 4, status, rewrite="fixed"),) if status else ()
    return finding, ModelResult(finding.path, symbol, "measured", "", "f", None, found, comparisons)


BREAKS = case("KG101", "error", None)
SLOW_AND_BREAKS = case("KG102", "error", dataclasses.replace(SLOWER, mode="eager"))
REFUTED = case("KG103", "error", None, "refuted")
WRONG = case("KG201", "warning", None)
SLOW = case("KG302", "warning", SLOWER)
SLOWEST = case("KG303", "warning", dataclasses.replace(SLOWER, original_seconds=0.1))
UNKNOWN = case("KG304", "warning", None, None)
FREE = case("KG301", "note", SAME)


def test_order() -> None:
    cases = [FREE, UNKNOWN, REFUTED, SLOW, WRONG, BREAKS, SLOWEST, SLOW_AND_BREAKS]
    ranked = rank([finding for finding, _ in cases], [model for _, model in cases], steps=1000)
    codes = [place.code for place in ranked]
    assert codes == ["KG102", "KG101", "KG201", "KG303", "KG302", "KG304", "KG301", "KG103"]


@pytest.mark.parametrize(
    ("status", "first", "cost"),
    [
        ("confirmed", True, "silently wrong"),
        (None, True, "silently wrong"),
        ("not_confirmed", False, "not known"),
        ("not_reached", False, "not known"),
        ("refuted", False, "none: refuted"),
    ],
)
def test_what_was_not_seen_to_differ_is_not_first(status: Status | None, first: bool, cost: str) -> None:
    finding, model = case("KG203", "warning", None, status)
    ranked = rank([SLOW[0], finding], [SLOW[1], model], steps=1000)
    assert [place.code for place in ranked] == (["KG203", "KG302"] if first else ["KG302", "KG203"])
    assert f" KG203  {cost} " in render(ranked, 1000)


def test_more_steps_can_change_the_order() -> None:
    traced = case("KG307", "warning", dataclasses.replace(SLOWER, original_first_call_seconds=9.0))
    stepping = case("KG302", "warning", dataclasses.replace(SLOWER, original_seconds=0.01))
    findings, models = zip(traced, stepping, strict=True)
    assert [place.code for place in rank(findings, models, 10)] == ["KG307", "KG302"]
    assert [place.code for place in rank(findings, models, 10_000)] == ["KG302", "KG307"]


def test_the_environment_where_it_costs_most() -> None:
    finding, model = SLOW
    free = dataclasses.replace(model, comparisons=(SAME,))
    assert rank([finding], [free, model, free], 1000)[0].seconds_lost == pytest.approx(4.0)


def test_what_was_not_compared_with_its_remedy_is_not_called_free() -> None:
    """The functional form has as many heads: that its graph is the same says nothing of one wider layer."""
    finding, model = case("KG306", "note", dataclasses.replace(SAME, rewrite="functional"))
    (found,) = model.findings
    model = dataclasses.replace(model, findings=(dataclasses.replace(found, rewrite="functional"),))
    (place,) = ranked = rank([finding], [model], 1000)
    assert (place.seconds_lost, place.verdict) == (None, None)
    told = render(ranked, 1000).splitlines()[-1]
    assert "not known  not compared with the advice  confirmed" in told


def test_the_first_call_is_told_and_ranked() -> None:
    late = case("KG301", "note", dataclasses.replace(SAME, first_calls_differ=True))
    told = render(rank([late[0]], [late[1]], 1000), 1000).splitlines()
    assert "KG301  2 s   same graph; 2 s in the first call  confirmed" in told[2]


def test_text() -> None:
    cases = [SLOW, BREAKS, FREE, UNKNOWN, REFUTED]
    ranked = rank([finding for finding, _ in cases], [model for _, model in cases], steps=1000)
    assert (
        render(ranked, 1000)
        == """\
Findings by what they cost over 1000 training steps:
   where       code   cost           slowdown            when run   what
1  KG101.py:3  KG101  breaks                             confirmed  text of KG101
2  KG302.py:3  KG302  4 s            2.00x [1.90, 2.10]  confirmed  text of KG302
3  KG304.py:3  KG304  not known                          not run    text of KG304
4  KG301.py:3  KG301  free           same graph          confirmed  text of KG301
5  KG103.py:3  KG103  none: refuted                      refuted    text of KG103
"""
    )
    assert render((), 1000) == ""
