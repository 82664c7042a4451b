"""The statistics against distributions whose true ratio is known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from flake8_keras_graph.measure.worker.compare import stats
from flake8_keras_graph.measure.worker.compare.stats import Ratio


def _times(median: float, rounds: int, seed: int, spread: float = 0.05) -> list[float]:
    """Log-normal times with the given true median."""
    generator = np.random.default_rng(seed)
    return [float(t) for t in median * np.exp(generator.normal(0.0, spread, rounds))]


_SHAPES: dict[str, Callable[[np.random.Generator, int], Any]] = {
    "normal": lambda g, n: g.normal(0.0, 0.05, n),
    "heavy tails": lambda g, n: 0.05 * g.standard_t(2, n),
    "another program now and then": lambda g, n: (
        g.normal(0.0, 0.02, n) + (g.random(n) < 0.2) * g.choice([-0.5, 0.5], n)
    ),
    "coarse clock": lambda g, n: g.integers(-2, 3, n) * 0.01,
    "skewed": lambda g, n: g.exponential(0.1, n) - 0.1 * np.log(2),
}


@pytest.mark.parametrize("shape", _SHAPES)
@pytest.mark.parametrize("rounds", [8, 20, 100])
def test_the_interval_holds_the_true_ratio(shape: str, rounds: int) -> None:
    """The machine's own noise is in both times of a round, and much larger than what is left of it."""
    missed = 0
    for seed in range(40):
        generator = np.random.default_rng(seed)
        machine = np.exp(generator.normal(0.0, 0.5, rounds))
        left = 3.0 * machine * np.exp(_SHAPES[shape](generator, rounds))
        found = stats.median_ratio(list(map(float, left)), list(map(float, machine)), seed)
        missed += not found.low - 1e-9 <= 3.0 <= found.high + 1e-9
    assert missed <= 2  # 0.4 are expected; three or more have a chance of 0.7%


def test_what_slows_a_whole_round_cancels() -> None:
    generator = np.random.default_rng(0)
    machine = np.exp(generator.normal(0.0, 1.0, 60))
    left = [float(t) for t in machine * 2.0]
    right = [float(t) for t in machine]
    found = stats.median_ratio(left, right)
    assert (found.value, found.low, found.high) == pytest.approx((2.0, 2.0, 2.0))


def test_more_rounds_narrow_the_interval() -> None:
    few = stats.median_ratio(_times(1.0, 20, 1), _times(1.0, 20, 2))
    many = stats.median_ratio(_times(1.0, 200, 1), _times(1.0, 200, 2))
    assert many.half_width < few.half_width


def test_the_same_numbers_give_the_same_interval() -> None:
    one = stats.median_ratio(_times(1.2, 30, 1), _times(1.0, 30, 2), seed=3)
    assert one == stats.median_ratio(_times(1.2, 30, 1), _times(1.0, 30, 2), seed=3)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ([1.0], [1.0]),
        ([1.0, 2.0], [1.0]),
        ([1.0, 0.0], [1.0, 1.0]),
        ([1.0, float("nan")], [1.0, 1.0]),
        ([], []),
    ],
)
def test_what_cannot_be_compared_is_refused(left: list[float], right: list[float]) -> None:
    with pytest.raises(ValueError, match=r"times must be|need two sequences"):
        stats.median_ratio(left, right)


_STILL = Ratio(1.0, 0.995, 1.005)


@pytest.mark.parametrize(
    ("found", "control", "rounds", "verdict"),
    [
        (Ratio(11.0, 10.8, 11.5), _STILL, 60, "slower"),
        (Ratio(0.5, 0.49, 0.51), _STILL, 60, "faster"),
        (Ratio(1.0, 0.98, 1.02), _STILL, 60, "no difference found"),
        (Ratio(1.03, 1.01, 1.05), _STILL, 60, "no difference found"),  # clear of 1, not of memory layout
        (Ratio(1.3, 1.2, 1.4), Ratio(1.1, 0.9, 1.25), 60, "inconclusive"),  # not clear of the control
        (Ratio(1.3, 1.26, 1.4), Ratio(1.1, 0.9, 1.25), 60, "slower"),
        (Ratio(0.5, 0.4, 0.6), Ratio(1.5, 1.2, 1.9), 60, "inconclusive"),  # noise in the other direction
        (Ratio(1.0, 0.7, 1.5), _STILL, 60, "inconclusive"),
        (Ratio(11.0, 10.8, 11.5), _STILL, 5, "inconclusive"),  # too few rounds for any interval
    ],
)
def test_verdicts(found: Ratio, control: Ratio, rounds: int, verdict: str) -> None:
    assert stats.judge(found, control, rounds).verdict == verdict


def test_no_difference_says_what_it_excludes() -> None:
    assert "more than 2.0% is excluded" in stats.judge(Ratio(1.0, 0.99, 1.02), _STILL, 60).reason


@pytest.mark.parametrize(
    ("control", "rounds", "word"),
    [
        (Ratio(1.0, 0.7, 1.4), 60, "noisy"),
        (_STILL, 4, "--budget"),
        (Ratio(1.1, 1.08, 1.12), 60, "compiled twice"),
    ],
)
def test_warnings_name_the_remedy(control: Ratio, rounds: int, word: str) -> None:
    assert any(word in warning for warning in stats.judge(Ratio(2.0, 1.9, 2.1), control, rounds).warnings)


def test_a_quiet_machine_gives_no_warning() -> None:
    assert stats.judge(Ratio(2.0, 1.9, 2.1), _STILL, 60).warnings == ()


def test_drift_is_last_third_over_first() -> None:
    assert stats.drift([1.0] * 10 + [1.0] * 10 + [2.0] * 10) == 2.0
    assert stats.drift([1.0]) == 1.0


def test_a_machine_that_becomes_slower_is_warned_of() -> None:
    assert stats.drift_warnings([1.0] * 20 + [1.5] * 10) == (
        "the machine became 50% slower while timing: it is throttled or busy; let it cool or wait",
    )
    assert stats.drift_warnings([1.0] * 30) == ()
    assert stats.drift_warnings([1.0, 1.5]) == ()


@pytest.mark.parametrize(
    ("original", "rewrite", "differ"),
    [
        ([1.0, 1.1, 1.2, 1.1, 1.0], [0.5, 0.6, 0.5, 0.7, 0.5], True),
        ([0.5, 0.6, 0.5, 0.7, 0.5], [1.0, 1.1, 1.2, 1.1, 1.0], True),
        ([1.0, 1.1, 1.2, 1.1, 1.0], [0.5, 0.6, 0.5, 1.05, 0.5], False),
        ([1.0, 1.0, 1.0, 1.0, 1.0], [0.95, 0.95, 0.95, 0.95, 0.95], False),  # apart, and not worth saying
        ([1.0, 1.1], [0.5, 0.6], None),
        ([26.0], [1.0], True),
        ([1.0], [26.0], True),
        ([2.5], [1.0], None),
        ([], [1.0], None),
    ],
)
def test_first_calls(original: list[float], rewrite: list[float], differ: bool | None) -> None:
    assert stats.first_calls_differ(original, rewrite) is differ
