"""The statistics of a comparison: the ratio, its interval, and what may be said of it. Pure functions.

Blocks are measured in rounds, one of each contestant per round. What slows a whole round down (another program,
the processor's clock) is taken out by dividing within the round; the ratio is the median of what is left.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from statistics import median

from flake8_keras_graph.records import Verdict

CONFIDENCE = 0.99
_RESAMPLES = 4999
# A difference that an interval excludes is worth saying from this bound on; wider intervals are inconclusive.
BOUND = 0.10
# Two compilations of one and the same code were seen to differ by this much for as long as a process lives
# (memory layout): what is smaller is not claimed.
LAYOUT = 0.02
# So many first calls of either side tell whether one takes longer.
FIRST_CALLS = 5
# A process that has imported TensorFlow does nothing else once that takes so long.
OBVIOUS_SECONDS = 2.0
# From this on a slowdown of the machine during one comparison is told.
DRIFT = 0.15
# The smallest number of rounds whose 99% percentile interval of a median does not simply span the sample:
# 1 - 2 * 0.5**n > 0.99 from n = 8 on (order statistics; see Hahn and Meeker, Statistical Intervals, 5.2).
MIN_ROUNDS = 8


@dataclasses.dataclass(frozen=True, slots=True)
class Ratio:
    """original / rewrite, the median over rounds, and its 99% interval."""

    value: float
    low: float
    high: float

    @property
    def half_width(self) -> float:
        """Half the interval, relative to the ratio."""
        return (self.high - self.low) / (2 * self.value)


def median_ratio(original: Sequence[float], rewrite: Sequence[float], seed: int = 0) -> Ratio:
    """The ratio of medians, each time freed of what its round has in common, with its interval.

    For two contestants that is the median of the rounds' ratios: a / sqrt(a * b) and b / sqrt(a * b) rise and fall
    together. Measured on busy machines, its interval is a third to a tenth as wide as that of
    median(original) / median(rewrite), at the same coverage. The interval is the percentile bootstrap's
    (scipy.stats.bootstrap), and at least the exact one of order statistics (scipy.stats.quantile_test; Conover,
    Practical Nonparametric Statistics, 3.2): with few rounds the bootstrap alone is too narrow.

    Raises ValueError for fewer than two rounds, unequal lengths or times that are not positive.
    """
    import numpy as np
    from scipy import stats

    if len(original) != len(rewrite) or len(original) < 2:
        raise ValueError("need two sequences of the same length, of two rounds at least")
    if min(*original, *rewrite) <= 0 or not all(map(math.isfinite, (*original, *rewrite))):
        raise ValueError("times must be positive and finite")
    logs = np.log(np.asarray(original, dtype=float)) - np.log(np.asarray(rewrite, dtype=float))
    found = stats.bootstrap(
        (logs,), np.median, n_resamples=_RESAMPLES, vectorized=True, confidence_level=CONFIDENCE,
        method="percentile", rng=np.random.default_rng(seed),
    ).confidence_interval  # fmt: skip
    exact = stats.quantile_test(logs, p=0.5).confidence_interval(CONFIDENCE)
    low = exact.low if math.isfinite(exact.low) else float(logs.min())
    high = exact.high if math.isfinite(exact.high) else float(logs.max())
    ends = (float(np.median(logs)), min(low, float(found.low)), max(high, float(found.high)))
    return Ratio(*map(math.exp, ends))


def first_calls_differ(original: Sequence[float], rewrite: Sequence[float]) -> bool | None:
    """Whether the first calls of one take longer than those of the other; None where there are too few to tell.

    All of one above all of the other, by more than the bound from which a difference is worth saying: of five each that
    has a chance of 1 in 126 where they are alike (the rank sum test at its end; Conover, 5.1). What takes twice as long
    and seconds longer needs no repetition: nothing that a process does once takes that long.
    """
    if not original or not rewrite:
        return None
    longer, shorter = sorted((original, rewrite), key=min, reverse=True)
    apart = min(longer) - max(shorter)
    if apart > OBVIOUS_SECONDS and min(longer) > 2 * max(shorter):
        return True
    if min(len(original), len(rewrite)) < FIRST_CALLS:
        return None
    return apart > BOUND * max(shorter)


@dataclasses.dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with the reason for it, and warnings with their remedies."""

    verdict: Verdict
    reason: str
    warnings: tuple[str, ...] = ()


def drift_warnings(seconds: Sequence[float]) -> tuple[str, ...]:
    """A warning where the same code became slower from the first third of the rounds to the last."""
    slower = drift(seconds) - 1
    if len(seconds) < MIN_ROUNDS or slower <= DRIFT:
        return ()
    return (f"the machine became {slower:.0%} slower while timing: it is throttled or busy; let it cool or wait",)


def judge(found: Ratio, control: Ratio, rounds: int) -> Judgement:
    """What the ratio allows to say, given the same code against itself measured in the same rounds.

    ``slower`` (of the original) needs the interval above 1, above what the control shows noise to do in
    either direction, and above what memory layout alone can do; ``faster`` likewise below.
    """
    warnings = _warnings(control, rounds)
    floor = max(1 + LAYOUT, control.high, 1 / control.low)
    ceiling = 1 / floor
    if rounds < MIN_ROUNDS:
        return Judgement("inconclusive", f"only {rounds} rounds fitted into the time", warnings)
    if found.low > floor:
        return Judgement("slower", "", warnings)
    if found.high < ceiling:
        return Judgement("faster", "", warnings)
    bound = max(found.high, 1 / found.low, control.high, 1 / control.low) - 1
    if bound <= BOUND:
        return Judgement("no difference found", f"a difference of more than {bound:.1%} is excluded", warnings)
    return Judgement("inconclusive", f"the interval leaves room for a difference of {bound:.1%}", warnings)


def _warnings(control: Ratio, rounds: int) -> tuple[str, ...]:
    found = []
    if rounds < MIN_ROUNDS:
        found.append(f"{rounds} rounds are too few for a 99% interval: give more time with --budget")
    if control.half_width > BOUND:
        found.append(
            f"the same code against itself varied by {control.half_width:.0%}: this machine is noisy; "
            "close other programs, or give more time with --budget"
        )
    if not control.low <= 1 <= control.high and max(control.high, 1 / control.low) > 1 + LAYOUT:
        found.append("the same code compiled twice differed: trust only differences well beyond the control")
    return tuple(found)


def drift(seconds: Sequence[float]) -> float:
    """Median of the last third of the blocks over that of the first: above 1 the machine became slower."""
    third = max(1, len(seconds) // 3)
    return median(seconds[-third:]) / median(seconds[:third])
