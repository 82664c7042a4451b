"""What compiling makes of a finding that the probe has judged: a table."""

from __future__ import annotations

from typing import Any

import pytest

from flake8_keras_graph.measure.worker.conclusions import Acted, Counts, after_compiling, after_running
from flake8_keras_graph.measure.worker.probe.judgement import CONFIRMING
from flake8_keras_graph.measure.worker.run.behaviour import Behaviour
from flake8_keras_graph.measure.worker.run.compiling import Failure
from flake8_keras_graph.records import FindingResult
from flake8_keras_graph.rules import load

HERE = Failure("OperatorNotAllowedInGraphError", "not allowed", 4)
ELSEWHERE = Failure("ValueError", "other", 9)


def concluded(code: str, status: Any, failures: tuple[Failure, ...], keras: int = 3, **more: Any) -> tuple[str, str]:
    """Status and detail of a finding at lines 4 and 5."""
    described = {"code": code, "ordinal": 0, "line": 4, "end_line": 5, "confirmed_by": load()[code].confirmed_by}
    job = {"findings": [described], "keras": keras}
    (result,) = after_compiling(job, [FindingResult(code, 0, 4, 1, status, "probed")], failures, **more)
    return result.status, result.detail


KEY = frozenset({("KG101", 0)})


@pytest.mark.parametrize(
    ("code", "status", "failures", "more", "expected"),
    [
        ("KG101", "confirmed", (), {}, "confirmed"),
        ("KG101", "confirmed", (HERE,), {}, "confirmed: compiled as fit compiles, it raises Operator"),
        ("KG101", "not_reached", (HERE,), {}, "confirmed: compiled as fit compiles, it raises Operator"),
        ("KG101", "refuted", (ELSEWHERE,), {}, "refuted"),
        ("KG101", "not_reached", (), {}, "not_reached"),
        ("KG101", "not_reached", (), {"unwatched": KEY}, "refuted: compiled as fit compiles, it works"),
        ("KG101", "not_reached", (ELSEWHERE,), {"unwatched": KEY}, "not_reached"),
        (
            "KG101",
            "not_reached",
            (HERE,),
            {"unwatched": KEY},
            "confirmed: compiled as fit compiles, it raises Operator",
        ),
        ("KG101", "not_reached", (), {"unwatched": KEY, "not_compiled": KEY}, "not_reached"),
        ("KG101", "not_reached", (), {"unwatched": KEY, "keras": 2}, "not_reached"),
        ("KG101", "confirmed", (), {"keras": 2}, "confirmed: AutoGraph stages it, so compiling works"),
        ("KG104", "confirmed", (), {}, "refuted: compiled as fit compiles, it works"),
        ("KG104", "confirmed", (ELSEWHERE,), {}, "confirmed"),
        ("KG301", "confirmed", (HERE,), {}, "confirmed"),
        ("KG305", "confirmed", (HERE,), {}, "confirmed: compiled as fit compiles, it raises Operator"),
        ("KG305", "confirmed", (), {}, "confirmed"),
        ("KG502", "not_reached", (ELSEWHERE,), {}, "confirmed: fit raises ValueError"),
    ],
)
def test_conclusions(
    code: str, status: str, failures: tuple[Failure, ...], more: dict[str, Any], expected: str
) -> None:
    found, detail = concluded(code, status, failures, **more)
    assert f"{found}: {detail}".startswith(expected if ":" in expected else f"{expected}: probed")


REPEATS = Behaviour(eager_repeats=True, graph_repeats=True, graph_is_eager=True, largest_difference=0.0)
DIFFERS = Behaviour(eager_repeats=True, graph_repeats=True, graph_is_eager=False, largest_difference=1.0)
FROZEN = Behaviour(eager_repeats=False, graph_repeats=True, graph_is_eager=False, largest_difference=1.0)
RANDOM = Behaviour(eager_repeats=False, graph_repeats=False, graph_is_eager=False, largest_difference=1.0)


def counts(*numbers: Any) -> dict[str, Any]:
    return {"counts": Counts(*numbers)}


@pytest.mark.parametrize(
    ("code", "acted", "expected"),
    [
        ("KG201", {"behaviours": [REPEATS, FROZEN]}, "confirmed"),
        ("KG201", {"behaviours": [REPEATS, REPEATS], **counts(1, 0, 3, 3)}, "not_confirmed"),
        ("KG201", {"behaviours": [RANDOM], **counts(1, 0, 3, 3)}, "confirmed"),
        ("KG201", {"behaviours": [RANDOM], **counts(1, 3, 3, 3)}, "not_confirmed"),
        ("KG201", counts(None, 2, 20, 20), "confirmed"),
        ("KG202", counts(1, 0, 3, 3), "confirmed"),
        ("KG202", counts(1, 3, 3, 3), "refuted"),
        ("KG202", counts(1, 0, 0, 3), "refuted"),  # the first time, whoever runs it
        ("KG202", counts(0, 0, 0, 3), "not_confirmed"),
        ("KG202", counts(None, 2, 20, 20), "confirmed"),
        ("KG202", {}, "not_confirmed"),
        ("KG203", {"left": "`self.n` is 1", **counts(1, 0, 3, 3)}, "confirmed"),
        ("KG203", {"left": "", **counts(1, 0, 3, 3)}, "refuted"),
        ("KG203", {"left": "", **counts(1, 0, 0, 3)}, "not_confirmed"),
        ("KG203", counts(1, 0, 3, 3), "not_confirmed"),
        ("KG204", {"left": "`self.last` is a symbolic tensor", **counts(1, 0, 3, 3)}, "confirmed"),
        ("KG205", {"stale": "with `self.on` changed"}, "confirmed"),
        ("KG205", {"stale": ""}, "not_confirmed"),
        ("KG205", {}, "not_confirmed"),
        ("KG207", {"off": "called as fit calls it"}, "confirmed"),
        ("KG207", {"off": ""}, "not_confirmed"),
        ("KG207", {}, "not_confirmed"),
        ("KG206", {"behaviours": [REPEATS, DIFFERS]}, "confirmed"),
        ("KG206", {"behaviours": [REPEATS]}, "not_confirmed"),
        ("KG206", {"behaviours": [RANDOM]}, "not_confirmed"),
    ],
)
def test_what_is_confirmed_was_tested(code: str, acted: dict[str, Any], expected: str) -> None:
    key = (code, 0)
    given = Acted(
        acted.get("behaviours", ()),
        {key: acted["counts"]} if "counts" in acted else {},
        {key: acted["left"]} if "left" in acted else {},
        {key: acted["stale"]} if "stale" in acted else {},
        acted.get("off"),
    )
    probed = FindingResult(code, 0, 4, 1, "not_confirmed", "executed once in 1 run")
    result = after_running(CONFIRMING[load()[code].confirmed_by], probed, given, ())
    assert (result.status, result.detail.endswith("executed once in 1 run")) == (expected, True)


@pytest.mark.parametrize("status", ["not_reached", "refuted"])
def test_what_did_not_run_is_not_tested(status: Any) -> None:
    probed = FindingResult("KG202", 0, 4, 1, status, "told")
    confirming = CONFIRMING[load()["KG202"].confirmed_by]
    assert after_running(confirming, probed, Acted(counts={("KG202", 0): Counts(1, 0, 3, 3)}), ()) == probed
