"""What follows for findings: from what compiling raised, what compiled calls did, and what ran in ``fit``."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence, Set
from typing import Any

from flake8_keras_graph.measure.worker.probe.judgement import CONFIRMING, Acts, Confirming
from flake8_keras_graph.measure.worker.probe.stages import Key, key_of
from flake8_keras_graph.measure.worker.run import behaviour
from flake8_keras_graph.measure.worker.run.compiling import Failure
from flake8_keras_graph.measure.worker.run.lengths import Lengths
from flake8_keras_graph.records import FindingResult, ProbedFinding, Status
from flake8_keras_graph.wording import counted, times


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
    seen = {line for f in probed if f.status == "confirmed" for line in spans[f.code, f.ordinal]}
    changed = []
    for result in probed:
        key = result.code, result.ordinal
        proof = next((raised[line] for line in spans[key] if line in raised), None)
        if result.status != "confirmed" and any(line in seen for line in spans[key]):
            proof = None  # another finding of that line was seen to be what raises
        confirming = CONFIRMING[known[key]["confirmed_by"]]
        if proof is not None and confirming.line_raises:
            detail = f"compiled as fit compiles, it raises {proof}; {result.detail}"
            result = dataclasses.replace(result, status="confirmed", detail=detail)
        elif failures:
            if confirming.fit_raises:
                result = dataclasses.replace(result, status="confirmed", detail=f"fit raises {failures[-1]}")
        elif key not in not_compiled:
            result = _after_working(confirming, result, job["keras"] == 2, key in unwatched)
        changed.append(result)
    return changed


def _after_working(confirming: Confirming, result: FindingResult, keras_2: bool, unwatched: bool) -> FindingResult:
    """A finding with what it says of it that compiling worked: refuted where it could not have worked otherwise."""
    staged = confirming.breaks and keras_2
    by_compiling = confirming.by_compiling and result.status == "confirmed"
    if by_compiling or (confirming.breaks and unwatched and not staged):
        detail = f"compiled as fit compiles, it works; {result.detail}"
        return dataclasses.replace(result, status="refuted", detail=detail)
    if staged and result.status == "confirmed":
        return dataclasses.replace(result, detail=f"AutoGraph stages it, so compiling works; {result.detail}")
    return result


@dataclasses.dataclass(frozen=True, slots=True)
class Counts:
    """How often a site ran in so many compiled calls or steps, and in as many eager ones.

    ``tracing`` counts what ran before, in the call that traces; None where that is among them.
    """

    tracing: int | None
    compiled: int
    eager: int
    calls: int

    def __str__(self) -> str:
        if self.tracing is None:
            return f"compiled, it ran {times(self.compiled)} in {self.calls} steps, run eagerly {times(self.eager)}"
        return (
            f"compiled, it ran {times(self.tracing)} while tracing and {times(self.compiled)} in "
            f"{counted(self.calls, 'call')}, run eagerly {times(self.eager)}"
        )


@dataclasses.dataclass(frozen=True, slots=True)
class Acted:
    """What compiled calls did beside eager ones; ``None`` or no key where that was not tested.

    ``behaviours`` are of inference and of training. ``left`` says for a finding what was left differently, "" where
    nothing was; ``stale`` how a change of an attribute had no effect, "" where it could not be shown; ``off`` that the
    layers of the class do something else where they are told that they train, "" where they do not.
    """

    behaviours: Sequence[behaviour.Behaviour] = ()
    counts: Mapping[Key, Counts] = dataclasses.field(default_factory=dict)
    left: Mapping[Key, str] = dataclasses.field(default_factory=dict)
    stale: Mapping[Key, str] = dataclasses.field(default_factory=dict)
    off: str | None = None


def after_running(
    confirming: Confirming, result: FindingResult, acted: Acted, traced: Sequence[behaviour.Retrace]
) -> FindingResult:
    """A finding with what compiled calls did beside eager ones, and what made the step trace again."""
    details = [result.detail]
    status = result.status
    if confirming.acts is not None and status == "not_confirmed":
        status, told = _TESTS[confirming.acts]((result.code, result.ordinal), acted)
        details.insert(0, told)
    if confirming.causes:
        again = [r for r in traced[1:] if r.cause.startswith(confirming.causes)]
        details += [f"{r.cause}: {r.traces or 'no'} new trace" for r in again]
    return dataclasses.replace(result, status=status, detail="; ".join(filter(None, details)))


def at_other_lengths(confirming: Confirming, result: FindingResult, varied: Sequence[Lengths]) -> FindingResult:
    """A finding with what other lengths do to it: a loop that goes over such an axis, or a branch on a shape."""
    if result.status != "confirmed":
        return result
    of_shapes = "another length" in confirming.causes
    mine = [each for each in varied if of_shapes or set(result.trips) & set(each.lengths)]
    return dataclasses.replace(result, detail="; ".join([result.detail, *map(str, mine)]))


def without_retraces(
    found: Sequence[FindingResult], name: str, clears: Sequence[str], freed: Sequence[Lengths]
) -> list[FindingResult]:
    """The findings that the rewrite ``name`` clears, with the axes whose lengths decide the graph no more in it."""
    axes = " and ".join(f"axis {each.axis} of {', '.join(each.inputs)}" for each in freed)
    told = f"{name}: one graph for all lengths of {axes}"
    return [
        dataclasses.replace(f, detail=f"{f.detail}; {told}") if freed and f"{f.code}:{f.line}" in clears else f
        for f in found
    ]


Tested = tuple[Status, str]


def _runs_less_often(key: Key, acted: Acted) -> Tested:
    counts = acted.counts.get(key)
    if counts is None or not (counts.tracing or counts.compiled or counts.eager):
        return "not_confirmed", ""
    return "confirmed" if counts.compiled < counts.eager else "refuted", str(counts)


def _leaves_another_state(key: Key, acted: Acted) -> Tested:
    left, counts = acted.left.get(key), acted.counts.get(key)
    if left:
        return "confirmed", f"{left}; {counts}" if counts else left
    if left is None or counts is None or not counts.eager:
        return "not_confirmed", ""
    return "refuted", f"after {counted(counts.calls, 'call')} it holds the same, compiled and run eagerly"


def _goes_stale(key: Key, acted: Acted) -> Tested:
    if key not in acted.stale:
        return "not_confirmed", ""
    stale = acted.stale[key]
    return ("confirmed", stale) if stale else ("not_confirmed", "no change of it was seen to change a result")


def _layers_stay_off(key: Key, acted: Acted) -> Tested:
    if acted.off:
        return "confirmed", acted.off
    return "not_confirmed", "" if acted.off is None else "told that they train, its layers do the same"


def _results_frozen(key: Key, acted: Acted) -> Tested:
    if any(each.frozen for each in acted.behaviours):
        return "confirmed", "two compiled calls gave the same result where two eager calls differed"
    if acted.behaviours and all(each.eager_repeats for each in acted.behaviours):
        return "not_confirmed", "two eager calls gave the same result: what differs does not reach it"
    counts = acted.counts.get(key)
    if counts is not None and counts.compiled < counts.eager:
        return "confirmed", str(counts)
    return "not_confirmed", ""


def _results_unlike_eager_ones(key: Key, acted: Acted) -> Tested:
    if any(each.eager_repeats and not each.graph_is_eager for each in acted.behaviours):
        return "confirmed", "compiled it gives another result than run eagerly"
    return "not_confirmed", "compiled it gave the results of eager calls" if acted.behaviours else ""


_TESTS: Mapping[Acts, Callable[[Key, Acted], Tested]] = {
    "runs less often": _runs_less_often,
    "leaves another state": _leaves_another_state,
    "goes stale": _goes_stale,
    "layers stay off": _layers_stay_off,
    "results frozen": _results_frozen,
    "results unlike eager ones": _results_unlike_eager_ones,
}


def not_run(probed: Sequence[FindingResult]) -> frozenset[str]:
    """The findings ("KG301:14", as a variant names what it clears) of lines that the probe did not come to."""
    names = {(f"{f.code}:{f.line}", f.status == "not_reached") for f in probed}
    return frozenset(name for name, unseen in names if unseen and (name, False) not in names)


def with_xla_failure(job: Mapping[str, Any], found: Sequence[FindingResult], error: Failure) -> list[FindingResult]:
    """Findings about XLA, with the proof that compiling for it gave."""
    about = {key_of(f) for f in job["findings"] if CONFIRMING[f["confirmed_by"]].xla_raises}
    return [
        dataclasses.replace(f, status="confirmed", detail=f"trained under XLA, it raises {error}; {f.detail}")
        for f in found
        if (f.code, f.ordinal) in about
    ]
