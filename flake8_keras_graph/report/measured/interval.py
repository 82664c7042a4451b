"""Where a ratio and its interval lie on a logarithmic scale, for drawing; pure geometry, in pixels."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable

from flake8_keras_graph.records import Comparison
from flake8_keras_graph.wording import ratio_text

WIDTH = 260
MARGIN = 14
NARROWEST = 2.0
"""The scale reaches at least this far on both sides of 1, so that noise does not look like a slowdown."""
_FEWEST_PIXELS = 26


@dataclasses.dataclass(frozen=True, slots=True)
class Scale:
    """Ratios from ``low`` to ``high``, below and above 1, over the width of a drawing."""

    low: float
    high: float

    def x(self, ratio: float) -> float:
        """The place of a ratio; what lies outside is put at the edge."""
        inside = min(max(ratio, self.low), self.high)
        share = math.log(inside / self.low) / math.log(self.high / self.low)
        return round(MARGIN + share * (WIDTH - 2 * MARGIN), 1)

    @property
    def ticks(self) -> list[tuple[float, str]]:
        """Places and labels: 1 always, and as many of 2, 5, 10, 20 ... and their inverses as there is room for."""
        taken = [1.0]
        for tick in sorted(self._candidates(), key=lambda tick: (_roundness(tick), abs(math.log(tick)))):
            if all(abs(self.x(tick) - self.x(other)) >= _FEWEST_PIXELS for other in taken):
                taken.append(tick)
        return [(self.x(tick), f"{tick:g}") for tick in sorted(taken)]

    def _candidates(self) -> list[float]:
        decades = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
        all_of_them = (float(f"{digit}e{decade}") for decade in decades for digit in (1, 2, 5))
        return [tick for tick in all_of_them if self.low <= tick <= self.high]


def _roundness(tick: float) -> int:
    """Powers of ten first."""
    return 0 if f"{tick:e}".startswith("1.0") else 1


@dataclasses.dataclass(frozen=True, slots=True)
class Drawing:
    """One comparison on a scale; ``control`` is the interval of the code compared with itself, if there is one."""

    low: float
    point: float
    high: float
    one: float
    control: tuple[float, float] | None
    label: str


def scale_for(comparisons: Iterable[Comparison]) -> Scale:
    """A scale that holds the intervals of all of them, so that they can be compared by eye."""
    bounds = [bound for comparison in comparisons for bound in _bounds(comparison) or ()]
    low = min([1 / NARROWEST, *(bound * 0.9 for bound in bounds)])
    high = max([NARROWEST, *(bound * 1.1 for bound in bounds)])
    return Scale(low, high)


def drawing(comparison: Comparison, scale: Scale) -> Drawing | None:
    """The comparison on the scale; None where nothing was timed."""
    bounds = _bounds(comparison)
    if bounds is None or comparison.verdict == "same graph":
        return None
    ratio, low, high = bounds
    label = f"{ratio_text(ratio)} times as long, 99% interval {ratio_text(low)} to {ratio_text(high)}"
    return Drawing(scale.x(low), scale.x(ratio), scale.x(high), scale.x(1.0), _control(comparison, scale), label)


def _control(comparison: Comparison, scale: Scale) -> tuple[float, float] | None:
    low, high = comparison.control_low, comparison.control_high
    if low is None or high is None or not (_drawable(low) and _drawable(high)):
        return None
    return scale.x(low), scale.x(high)


def _bounds(comparison: Comparison) -> tuple[float, float, float] | None:
    ratio, low, high = comparison.ratio, comparison.low, comparison.high
    if ratio is None or low is None or high is None or not all(map(_drawable, (ratio, low, high))):
        return None
    return ratio, low, high


def _drawable(ratio: float) -> bool:
    """A logarithm asks for more than 0, a picture for less than infinity."""
    return 1e-9 < ratio < 1e9
