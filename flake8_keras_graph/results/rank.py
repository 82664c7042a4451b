"""Findings in the order of what they cost: breaking, silently wrong, then by time lost over a run."""

from __future__ import annotations

import collections
import dataclasses
import math
from collections.abc import Iterable, Sequence

from flake8_keras_graph import runs_into
from flake8_keras_graph.records import Comparison, Finding, ModelResult, RankedFinding
from flake8_keras_graph.results.matching import (
    Match,
    comparison_of,
    costs_nothing,
    established,
    guessed,
    result_of,
    sites,
)
from flake8_keras_graph.wording import FREE_FIRST_CALL_SECONDS

DEFAULT_STEPS = 1000


def rank(findings: Sequence[Finding], models: Sequence[ModelResult], steps: int) -> tuple[RankedFinding, ...]:
    """Every finding's place for a run of ``steps`` training steps; pure.

    Paths of findings and of models must be written alike. Findings must be complete for their codes and in
    file order. What breaks comes first, then what is silently wrong, what is slow by the seconds lost, what
    is not known, what is free, and last what running the model refuted.
    """
    by_path: dict[str, list[Finding]] = collections.defaultdict(list)
    for finding in findings:
        by_path[finding.path].append(finding)
    raising = {(f.path, f.span.line) for f in findings if f.level == "error"}
    places = [_of_established(f) for f in established(models) if (f.path, f.span.line) not in raising]
    for path, here in by_path.items():
        measured = [model for model in models if model.path == path]
        for finding, ordinal, symbol in sites(here, {model.symbol for model in measured}):
            matches = [
                (model, found)
                for model in measured
                if model.symbol == symbol and (found := result_of(model, finding.code, ordinal)) is not None
            ]
            places.append(_place(finding, matches, steps))
    return ordered(places)


def ordered(places: Iterable[RankedFinding]) -> tuple[RankedFinding, ...]:
    """Places of several files in one order."""
    return tuple(sorted(places, key=_order))


def seconds_lost(comparison: Comparison, steps: int) -> float | None:
    """What the original costs more than the rewrite: its longer first call and ``steps`` longer steps.

    0 where it was shown to cost nothing or to be faster; None where that is not known.
    """
    first = first_call_lost(comparison) or 0.0
    if costs_nothing(comparison):
        return first if first > FREE_FIRST_CALL_SECONDS else 0.0
    if comparison.verdict in ("inconclusive", "no difference found"):
        return None
    step = _difference(comparison.original_seconds, comparison.rewrite_seconds)
    return None if step is None else max(0.0, first + steps * step)


def first_call_lost(comparison: Comparison) -> float | None:
    """What the first call of the original takes longer, negative where that of the rewrite does.

    0 where both take as long as far as was seen; None where that is not known. Beside equal steps it has to be shown.
    """
    if comparison.first_calls_differ is False or (comparison.first_calls_differ is None and costs_nothing(comparison)):
        return 0.0
    return _difference(comparison.original_first_call_seconds, comparison.rewrite_first_call_seconds)


def pays_after(comparison: Comparison) -> int | None:
    """After how many steps the side that is slower to start has caught up; None where it need not or never does."""
    if not comparison.first_calls_differ and comparison.rewrite_mode is None:
        return None
    first = first_call_lost(comparison)
    step = _difference(comparison.original_seconds, comparison.rewrite_seconds)
    if comparison.verdict not in ("slower", "faster") or not first or not step or first * step > 0:
        return None
    return math.ceil(-first / step)


def is_silently_wrong(place: RankedFinding) -> bool:
    """Whether it is claimed that results or state are wrong, and running has not failed to show it."""
    return place.consequence == "silent" and place.status in ("confirmed", None)


def _difference(original: float | None, rewrite: float | None) -> float | None:
    return None if original is None or rewrite is None else original - rewrite


def _place(finding: Finding, matches: Sequence[Match], steps: int) -> RankedFinding:
    """The finding's place by the environment or device where it costs most."""
    places = [_of_match(finding, match, steps) for match in matches] or [_unmeasured(finding)]
    return min(places, key=_order)


def _unmeasured(finding: Finding) -> RankedFinding:
    span = finding.span
    return RankedFinding(
        finding.path,
        finding.symbol,
        finding.code,
        span.line,
        span.column,
        finding.level,
        status=None,
        seconds_lost=None,
        ratio=None,
        low=None,
        high=None,
        verdict=None,
        text=finding.message,
        consequence=finding.consequence,
        remedy=finding.remedy,
    )


def _of_established(finding: Finding) -> RankedFinding:
    return dataclasses.replace(_unmeasured(finding), status="confirmed")


def _of_match(finding: Finding, match: Match, steps: int) -> RankedFinding:
    model, found = match
    comparison = comparison_of(model, found, finding)
    span = finding.span
    return RankedFinding(
        finding.path,
        finding.symbol,
        finding.code,
        span.line,
        span.column,
        finding.level,
        status=found.status,
        seconds_lost=seconds_lost(comparison, steps) if comparison else None,
        ratio=comparison.ratio if comparison else None,
        low=comparison.low if comparison else None,
        high=comparison.high if comparison else None,
        verdict=comparison.verdict if comparison else None,
        text=finding.message + (" (guessed inputs)" if guessed(model) else ""),
        consequence=finding.consequence,
        remedy=finding.remedy,
        first_call_lost=first_call_lost(comparison) if comparison and comparison.first_calls_differ else None,
        pays_after=pays_after(comparison) if comparison else None,
    )


def _order(place: RankedFinding) -> tuple[int, float, str, int, int, str]:
    lost = place.seconds_lost or 0.0
    return (_group(place), -lost, place.path, place.line, place.column, place.code)


def _group(place: RankedFinding) -> int:
    if place.status == "refuted":
        return 5
    if place.level == "error":
        return 0
    if runs_into.is_established(place) or is_silently_wrong(place):
        return 1
    if place.seconds_lost is None:
        return 3
    return 2 if place.seconds_lost > 0 else 4
