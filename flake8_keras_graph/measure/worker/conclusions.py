"""What follows for findings: from what compiling raised, what compiled calls did, and what ran in ``fit``."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence, Set
from typing import Any

from flake8_keras_graph.measure.worker.probe.stages import Key
from flake8_keras_graph.measure.worker.run import behaviour
from flake8_keras_graph.measure.worker.run.compiling import Failure
from flake8_keras_graph.records import FindingResult
from flake8_keras_graph.wording import times

CALLS = 3
"""So many compiled calls are made after the one that traces, to see what runs in them."""
# The changes of the feed that a rule speaks of, by how their names begin.
_CAUSES: Mapping[str, tuple[str, ...]] = {
    "KG401": ("training",),
    "KG402": ("the argument",),
    "KG403": ("a shorter", "another length"),
}


def after_compiling(
    job: Mapping[str, Any],
    probed: Sequence[FindingResult],
    failures: Sequence[Failure],
    not_compiled: Set[Key] = frozenset(),
    unwatched: Set[Key] = frozenset(),
) -> list[FindingResult]:
    """The findings of a job with the proof that compiling gave: what raised at a finding's line confirms it.

    ``not_compiled`` names findings in code that was never compiled: that nothing failed says nothing of them; and
    ``unwatched`` those of which the probe saw no more than that the code came by.
    """
    raised = {f.line: f for f in failures if f.line is not None}
    spans = {(f["code"], f["ordinal"]): range(f["line"], f["end_line"] + 1) for f in job["findings"]}
    changed = []
    seen = {line for f in probed if f.status == "confirmed" for line in spans[f.code, f.ordinal]}
    for result in probed:
        lines = spans[result.code, result.ordinal]
        proof = next((raised[line] for line in lines if line in raised), None)
        if result.status != "confirmed" and any(line in seen for line in lines):
            proof = None  # another finding of that line was seen to be what raises
        key = result.code, result.ordinal
        worked = not failures and key not in not_compiled
        breaks = result.code.startswith("KG1")
        staged = breaks and job["keras"] == 2
        if proof is not None and (breaks or result.code == "KG305"):
            detail = f"compiled as fit compiles, it raises {proof}; {result.detail}"
            result = dataclasses.replace(result, status="confirmed", detail=detail)
        elif worked and (_is_decided_by_compiling(result) or (breaks and key in unwatched and not staged)):
            detail = f"compiled as fit compiles, it works; {result.detail}"
            result = dataclasses.replace(result, status="refuted", detail=detail)
        elif result.code == "KG502" and failures:
            result = dataclasses.replace(result, status="confirmed", detail=f"fit raises {failures[-1]}")
        elif staged and worked:
            if result.status == "confirmed":
                detail = f"AutoGraph stages it, so compiling works; {result.detail}"
                result = dataclasses.replace(result, detail=detail)
        changed.append(result)
    return changed


def _is_decided_by_compiling(result: FindingResult) -> bool:
    """Run eagerly, what these rules speak of works."""
    return result.code in ("KG104", "KG111", "KG113") and result.status == "confirmed"


def after_running(
    result: FindingResult,
    acted: behaviour.Behaviour | None,
    traced: Sequence[behaviour.Retrace],
    executed: Mapping[tuple[str, int], tuple[int, int]],
) -> FindingResult:
    """A finding with what compiled calls did; ``executed`` tells of sites while tracing, and in CALLS calls after."""
    details = [result.detail]
    status = result.status
    if (result.code, result.ordinal) in executed:
        first, later = executed[result.code, result.ordinal]
        if status == "confirmed" and first:
            details.insert(
                0,
                f"compiled, it ran {times(first)} while tracing and {times(later)} in {CALLS} calls",
            )
            status = "refuted" if later else "confirmed"
    if result.code == "KG201" and acted is not None and acted.frozen:
        details.insert(0, "two compiled calls gave the same result where two eager calls differed")
    if result.code == "KG206" and acted is not None and not acted.graph_is_eager:
        details.insert(0, "compiled it gives another result than run eagerly")
    if (causes := _CAUSES.get(result.code)) is not None:
        again = [r for r in traced[1:] if r.cause.startswith(causes)]
        details += [f"{r.cause}: {r.traces or 'no'} new trace" for r in again]
    return dataclasses.replace(result, status=status, detail="; ".join(details))


def not_run(probed: Sequence[FindingResult]) -> frozenset[str]:
    """The names of fixes of lines that the probe did not come to."""
    names = {(f"fixed {f.code}:{f.line}", f.status == "not_reached") for f in probed}
    return frozenset(name for name, unseen in names if unseen and (name, False) not in names)


def counted_in_fit(found: Sequence[FindingResult], counts: Mapping[Key, int], steps: int) -> list[FindingResult]:
    """Findings of KG2 with how often they ran while a compiled ``fit`` made so many steps."""
    changed = []
    for result in found:
        ran = counts.get((result.code, result.ordinal))
        if ran and result.status == "confirmed":
            detail = f"compiled, it ran {times(ran)} in {steps} steps of fit; {result.detail}"
            result = dataclasses.replace(result, status="refuted" if ran >= steps else "confirmed", detail=detail)
        changed.append(result)
    return changed


def with_xla_failure(found: Sequence[FindingResult], error: Failure) -> list[FindingResult]:
    """Findings about XLA, with the proof that compiling for it gave."""
    return [
        dataclasses.replace(f, status="confirmed", detail=f"trained under XLA, it raises {error}; {f.detail}")
        for f in found
        if f.code == "KG305"
    ]
