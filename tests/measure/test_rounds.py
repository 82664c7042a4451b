"""Timing, with a clock that only the contestants move."""

from __future__ import annotations

import gc
from collections.abc import Callable

import pytest

from flake8_keras_graph.measure.worker.compare import rounds


class FakeClock:
    """Seconds that pass only when a contestant works."""

    def __init__(self) -> None:
        self.now = 0.0
        self.runs: list[tuple[str, int]] = []

    def __call__(self) -> float:
        return self.now

    def contestant(self, name: str, seconds: float | Callable[[float], float]) -> rounds.Contestant:
        def run(calls: int) -> None:
            self.runs.append((name, calls))
            self.now += calls * (seconds(self.now) if callable(seconds) else seconds)

        return run


def _race(clock: FakeClock, budget: float, limit: float | None = None, **seconds: float) -> rounds.Blocks:
    contestants = {name: clock.contestant(name, each) for name, each in seconds.items()}
    return rounds.race(contestants, budget, seed=1, limit_seconds=limit, clock=clock, tick_seconds=1e-9)


def test_seconds_are_per_call() -> None:
    blocks = _race(FakeClock(), 2.0, fast=0.0001, slow=0.003)
    assert blocks.seconds["fast"] == pytest.approx([0.0001] * blocks.rounds)
    assert blocks.seconds["slow"] == pytest.approx([0.003] * blocks.rounds)


def test_steps_that_take_about_as_long_are_timed_in_blocks_of_as_many() -> None:
    clock = FakeClock()
    noise = iter([1.0, 3.0, 1.3] * 1000)
    contestants = {
        "a": clock.contestant("a", lambda now: 1e-4 * next(noise)),
        "b": clock.contestant("b", lambda now: 1.2e-4 * next(noise)),
        "c": clock.contestant("c", 1e-3),
    }
    calls = rounds.race(contestants, 2.0, clock=clock, tick_seconds=1e-9).calls
    assert calls["a"] == calls["b"] > 3 * calls["c"]


def test_blocks_are_long_against_the_clock() -> None:
    clock = FakeClock()
    contestants = {"a": clock.contestant("a", 1e-5)}
    blocks = rounds.race(contestants, 5.0, clock=clock, tick_seconds=1e-4)  # a clock of 10 kHz
    assert blocks.calls["a"] * 1e-5 >= 1000 * 1e-4


def test_every_contestant_runs_once_per_round_and_not_always_in_the_same_order() -> None:
    clock = FakeClock()
    blocks = _race(clock, 2.0, a=0.001, b=0.002, c=0.003)
    timed = [name for name, _ in clock.runs[-3 * blocks.rounds :]]
    by_round = [tuple(timed[i : i + 3]) for i in range(0, len(timed), 3)]
    assert all(sorted(one) == ["a", "b", "c"] for one in by_round)
    assert len(set(by_round)) == 6


def test_a_race_keeps_to_its_budget() -> None:
    clock = FakeClock()
    blocks = _race(clock, 3.0, a=0.01, b=0.01)
    assert blocks.rounds > 20
    assert clock.now <= 3.5


def test_slow_steps_may_take_longer_for_enough_rounds() -> None:
    assert _race(FakeClock(), 3.0, None, a=0.5, b=0.5).rounds == 2
    assert _race(FakeClock(), 3.0, 60.0, a=0.5, b=0.5).rounds == 20
    assert _race(FakeClock(), 3.0, 12.0, a=0.5, b=0.5).rounds == 11


def test_a_machine_that_slows_down_slows_both_alike() -> None:
    clock = FakeClock()
    contestants = {
        "a": clock.contestant("a", lambda now: 0.001 * (1 + now)),
        "b": clock.contestant("b", lambda now: 0.002 * (1 + now)),
    }
    blocks = rounds.race(contestants, 3.0, clock=clock, tick_seconds=1e-9)
    quotients = [b / a for a, b in zip(blocks.seconds["a"], blocks.seconds["b"], strict=True)]
    assert min(quotients) > 1.8
    assert max(quotients) < 2.2


def test_garbage_is_not_collected_while_timing_and_is_again_afterwards() -> None:
    clock = FakeClock()
    seen: list[bool] = []

    def run(calls: int) -> None:
        seen.append(gc.isenabled())
        clock.now += 0.01 * calls

    rounds.race({"a": run}, 1.0, clock=clock, tick_seconds=1e-9)
    assert seen[-1] is False
    assert gc.isenabled()
