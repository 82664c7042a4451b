"""What compiling makes of a finding that the probe has judged: a table."""

from __future__ import annotations

from typing import Any

import pytest

from flake8_keras_graph.measure.worker.conclusions import after_compiling
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
