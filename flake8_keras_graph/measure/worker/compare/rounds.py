"""Timing in randomised, interleaved blocks. Knows no TensorFlow: clock and contestants are handed in."""

from __future__ import annotations

import dataclasses
import gc
import math
import random
import time
from collections.abc import Callable, Mapping

# A block is at least this many ticks of the clock and this long, so that reading the clock does not count.
_TICKS_PER_BLOCK = 1000
_MIN_BLOCK_SECONDS = 0.002
# Short blocks, many rounds: what disturbs a machine lasts longer than a round then, and cancels within it.
_ROUNDS = 400
_MAX_ROUNDS = 2 * _ROUNDS
_ENOUGH_ROUNDS = 20
_WARM_UP_CALLS = 3
_CALIBRATION_ROUNDS = 3
# Steps whose times are within this factor are timed in blocks of the same number of steps.
_ALIKE = 1.5

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

    The clock alone ends it, never what was seen of the contestants: that would bias the interval.
    Slow steps may take up to ``limit_seconds`` to come to enough rounds for an interval.
    """
    if tick_seconds is None:
        tick_seconds = time.get_clock_info("perf_counter").resolution
    began = clock()
    fair = budget_seconds / (_ROUNDS * len(contestants))
    block = max(_MIN_BLOCK_SECONDS, _TICKS_PER_BLOCK * tick_seconds, fair)
    calls = _calls(contestants, block, clock)
    limit = max(budget_seconds, limit_seconds or budget_seconds)

    def goes_on(rounds: int, one_round: float) -> bool:
        ends = clock() - began + one_round
        enough = rounds >= _ENOUGH_ROUNDS
        return rounds < _MAX_ROUNDS and (rounds < 2 or ends <= (budget_seconds if enough else limit))

    return _run_rounds(contestants, calls, goes_on, random.Random(seed), clock)


def _calls(contestants: Mapping[str, Contestant], block: float, clock: Clock) -> dict[str, int]:
    """How many steps of each fill a block, the same for those that take about as long.

    On a busy machine long blocks are interrupted more often than short ones: one step of the same code would seem
    to take longer in the longer block.
    """
    calls = {name: _calibrated(run, block, clock) for name, run in contestants.items()}
    fastest = dict.fromkeys(calls, math.inf)
    for _ in range(_CALIBRATION_ROUNDS):
        for name in (n for n, count in calls.items() if count > 1):
            fastest[name] = min(fastest[name], _timed(contestants[name], calls[name], clock) / calls[name])
    return _shared({name: max(1, math.ceil(block / fastest[name])) for name in calls})


def _shared(calls: Mapping[str, int]) -> dict[str, int]:
    """The same number for all that are within a factor of the least of their group."""
    shared: dict[str, int] = {}
    group = 0
    for name, count in sorted(calls.items(), key=lambda item: item[1]):
        group = group if group and count <= group * _ALIKE else count
        shared[name] = group
    return {name: shared[name] for name in calls}


def _calibrated(run: Contestant, block: float, clock: Clock) -> int:
    """How many steps fill a block; also the warm-up. The best of a few tries counts: noise only ever adds."""
    seconds = math.inf
    for _ in range(_WARM_UP_CALLS):
        seconds = min(seconds, _timed(run, 1, clock))
        if seconds > block:
            return 1
    calls = 1
    while seconds < block and calls < 1 << 20:
        calls = max(calls + 1, min(calls * 8, int(calls * 1.1 * block / max(seconds, 1e-9))))
        seconds = min(_timed(run, calls, clock) for _ in range(2))
    return calls


def _timed(run: Contestant, calls: int, clock: Clock) -> float:
    start = clock()
    run(calls)
    return clock() - start


def _run_rounds(
    contestants: Mapping[str, Contestant],
    calls: Mapping[str, int],
    goes_on: Callable[[int, float], bool],
    order: random.Random,
    clock: Clock,
) -> Blocks:
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    typical = 0.0
    rounds = 0
    collecting = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        while goes_on(rounds, typical):
            started = clock()
            for name in order.sample(list(contestants), len(contestants)):
                seconds[name].append(_timed(contestants[name], calls[name], clock) / calls[name])
            rounds += 1
            typical += (clock() - started - typical) / rounds
    finally:
        if collecting:
            gc.enable()
    return Blocks({name: tuple(times) for name, times in seconds.items()}, dict(calls), rounds)
