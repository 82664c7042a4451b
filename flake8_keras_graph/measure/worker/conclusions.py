"""What follows for findings: from what compiling raised, what compiled calls did, and what ran in ``fit``."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence, Set
from typing import Any

from flake8_keras_graph.measure.worker.probe.judgement import CONFIRMING, Confirming
from flake8_keras_graph.measure.worker.probe.stages import Key, key_of
from flake8_keras_graph.measure.worker.run import behaviour
from flake8_keras_graph.measure.worker.run.compiling import Failure
from flake8_keras_graph.records import FindingResult, ProbedFinding
from flake8_keras_graph.wording import times

CALLS = 3
"""So many compiled calls are made after the one that traces, to see what runs in them."""


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
    known: dict[Key, ProbedFinding] = {key_of(f): f for f in job["findings"]}
    spans = {key: range(f["line"], f["end_line"] + 1) for key, f in known.items()}
    changed = []
    seen = {line for f in probed if f.status == "confirmed" for line in spans[f.code, f.ordinal]}
    for result in probed:
        key = result.code, result.ordinal
        confirming = CONFIRMING[known[key]["confirmed_by"]]
        proof = next((raised[line] for line in spans[key] if line in raised), None)
        if result.status != "confirmed" and any(line in seen for line in spans[key]):
            proof = None  # another finding of that line was seen to be what raises
        worked = not failures and key not in not_compiled
        staged = confirming.breaks and job["keras"] == 2
        by_compiling = confirming.by_compiling and result.status == "confirmed"
        if proof is not None and confirming.line_raises:
            detail = f"compiled as fit compiles, it raises {proof}; {result.detail}"
            result = dataclasses.replace(result, status="confirmed", detail=detail)
        elif worked and (by_compiling or (confirming.breaks and key in unwatched and not staged)):
            detail = f"compiled as fit compiles, it works; {result.detail}"
            result = dataclasses.replace(result, status="refuted", detail=detail)
        elif confirming.fit_raises and failures:
            result = dataclasses.replace(result, status="confirmed", detail=f"fit raises {failures[-1]}")
        elif staged and worked:
            if result.status == "confirmed":
                detail = f"AutoGraph stages it, so compiling works; {result.detail}"
                result = dataclasses.replace(result, detail=detail)
        changed.append(result)
    return changed


def after_running(
    confirming: Confirming,
    result: FindingResult,
    acted: behaviour.Behaviour | None,
    traced: Sequence[behaviour.Retrace],
    executed: Mapping[Key, tuple[int, int]],
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
    if acted is not None and confirming.behaves is not None and (borne_out := confirming.behaves(acted)):
        details.insert(0, borne_out)
    if confirming.causes:
        again = [r for r in traced[1:] if r.cause.startswith(confirming.causes)]
        details += [f"{r.cause}: {r.traces or 'no'} new trace" for r in again]
    return dataclasses.replace(result, status=status, detail="; ".join(details))


def not_run(probed: Sequence[FindingResult]) -> frozenset[str]:
    """The findings ("KG301:14", as a variant names what it clears) of lines that the probe did not come to."""
    names = {(f"{f.code}:{f.line}", f.status == "not_reached") for f in probed}
    return frozenset(name for name, unseen in names if unseen and (name, False) not in names)


def counted_in_fit(found: Sequence[FindingResult], counts: Mapping[Key, int], steps: int) -> list[FindingResult]:
    """Findings that should run once per trace, with how often they ran while a compiled ``fit`` made so many steps."""
    changed = []
    for result in found:
        ran = counts.get((result.code, result.ordinal))
        if ran and result.status == "confirmed":
            detail = f"compiled, it ran {times(ran)} in {steps} steps of fit; {result.detail}"
            result = dataclasses.replace(result, status="refuted" if ran >= steps else "confirmed", detail=detail)
        changed.append(result)
    return changed


def with_xla_failure(job: Mapping[str, Any], found: Sequence[FindingResult], error: Failure) -> list[FindingResult]:
    """Findings about XLA, with the proof that compiling for it gave."""
    about = {key_of(f) for f in job["findings"] if CONFIRMING[f["confirmed_by"]].xla_raises}
    return [
        dataclasses.replace(f, status="confirmed", detail=f"trained under XLA, it raises {error}; {f.detail}")
        for f in found
        if (f.code, f.ordinal) in about
    ]
