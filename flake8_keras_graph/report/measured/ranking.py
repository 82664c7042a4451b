"""The ranking as plain text, for ``rank`` and at the end of ``measure``."""

from __future__ import annotations

from collections.abc import Sequence

from flake8_keras_graph import runs_into
from flake8_keras_graph.records import RankedFinding
from flake8_keras_graph.results.matching import is_uncompared
from flake8_keras_graph.results.rank import is_silently_wrong
from flake8_keras_graph.wording import NOT_COMPARED, counted, ratio_text, seconds_text

HEADINGS = ("", "where", "code", "cost", "slowdown", "when run", "what")


def render(places: Sequence[RankedFinding], steps: int) -> str:
    """A table of the findings in the order of their cost; "" where there is none."""
    if not places:
        return ""
    rows = [HEADINGS, *(_row(number, place) for number, place in enumerate(places, 1))]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    title = f"Findings by what they cost over {steps} training steps:"
    return "\n".join([title, *(line.rstrip() for line in lines)]) + "\n"


def _row(number: int, place: RankedFinding) -> tuple[str, ...]:
    return (
        str(number),
        f"{place.path}:{place.line}",
        place.code,
        cost(place),
        slowdown(place),
        (place.status or "not run").replace("_", " "),
        " ".join(place.text.split()),
    )


def cost(place: RankedFinding) -> str:
    """What one finding costs, in a word or as a time."""
    if place.status == "refuted":
        return "none: refuted"
    if place.level == "error":
        return "breaks"
    if runs_into.is_established(place):
        return "breaks under XLA"
    if is_silently_wrong(place):
        return "silently wrong"
    if place.seconds_lost is None:
        return "not known"
    return seconds_text(place.seconds_lost) if place.seconds_lost > 0 else "free"


def slowdown(place: RankedFinding) -> str:
    """The ratio with its 99% interval, or what was established without timing."""
    if is_uncompared(place, place.status, place.verdict):
        return NOT_COMPARED
    late = f"; {seconds_text(place.first_call_lost)} in the first call" if (place.first_call_lost or 0) > 0 else ""
    pays = f"; pays after {counted(place.pays_after, 'step')}" if place.pays_after else ""
    if place.verdict == "same graph":
        return f"same graph{late}"
    if place.ratio is None or place.low is None or place.high is None:
        return place.verdict or ""
    return f"{ratio_text(place.ratio)}x [{ratio_text(place.low)}, {ratio_text(place.high)}]{late}{pays}"
