"""Timing in randomised, interleaved blocks. Knows no TensorFlow: clock and contestants are handed in."""

from __future__ import annotations

import dataclasses
import gc
import random
import time
from collections.abc import Callable, Mapping

# A block is at least this many ticks of the clock and this long, so that reading the clock does not count.
_TICKS_PER_BLOCK = 1000
_MIN_BLOCK_SECONDS = 0.002
_ROUNDS = 200
_ENOUGH_ROUNDS = 20
_WARM_UP_CALLS = 3

Clock = Callable[[], float]
Contestant = Callable[[int], None]
"""Runs a number of steps and returns when the device has finished them."""


@dataclasses.dataclass(frozen=True, slots=True)
class Blocks:
    """Seconds per step of each contestant, one number per round, in the order of the rounds."""

    seconds: Mapping[str, tuple[float, ...]]
    calls: Mapping[str, int]
    rounds: int


def race(
    contestants: Mapping[str, Contestant],
    budget_seconds: float,
    seed: int = 0,
    limit_seconds: float | None = None,
    clock: Clock = time.perf_counter,
    tick_seconds: float | None = None,
) -> Blocks:
    """Measure every contestant once per round, in random order, for as many rounds as the budget allows.

    The number of rounds is fixed before the first one: stopping on what was seen would bias the interval.
    Slow steps may take up to ``limit_seconds`` to come to enough rounds for an interval.
    """
    if tick_seconds is None:
        tick_seconds = time.get_clock_info("perf_counter").resolution
    fair = budget_seconds / (_ROUNDS * len(contestants))
    block = max(_MIN_BLOCK_SECONDS, _TICKS_PER_BLOCK * tick_seconds, fair)
    began = clock()
    calls = {name: _calibrated(run, block, clock) for name, run in contestants.items()}
    one_round = sum(_timed(run, calls[name], clock) for name, run in contestants.items())
    spent = clock() - began
    one_round = max(one_round, tick_seconds)
    within = int((budget_seconds - spent) / one_round)
    at_most = int(((limit_seconds or budget_seconds) - spent) / one_round)
    rounds = max(2, min(_ROUNDS, max(within, min(_ENOUGH_ROUNDS, at_most))))
    return _run_rounds(contestants, calls, rounds, random.Random(seed), clock)


def _calibrated(run: Contestant, block: float, clock: Clock) -> int:
    """How many steps fill a block; also the warm-up."""
    for _ in range(_WARM_UP_CALLS):
        seconds = _timed(run, 1, clock)
        if seconds > block:
            return 1
    calls = 1
    while seconds < block and calls < 1 << 20:
        calls = max(calls + 1, min(calls * 8, int(calls * 1.2 * block / max(seconds, 1e-9))))
        seconds = _timed(run, calls, clock)
    return calls


def _timed(run: Contestant, calls: int, clock: Clock) -> float:
    start = clock()
    run(calls)
    return clock() - start


def _run_rounds(
    contestants: Mapping[str, Contestant],
    calls: Mapping[str, int],
    rounds: int,
    order: random.Random,
    clock: Clock,
) -> Blocks:
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    collecting = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            for name in order.sample(list(contestants), len(contestants)):
                seconds[name].append(_timed(contestants[name], calls[name], clock) / calls[name])
    finally:
        if collecting:
            gc.enable()
    return Blocks({name: tuple(times) for name, times in seconds.items()}, dict(calls), rounds)
