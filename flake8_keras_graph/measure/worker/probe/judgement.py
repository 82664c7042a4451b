"""What confirms a finding or refutes it, by the word that its rule declares. Runs in the worker.

The eager runs of the probe come first (``judge``); what compiling and compiled calls add is in ``worker.conclusions``,
which asks here to what it applies.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from flake8_keras_graph.measure.worker.probe.recording import Seen
from flake8_keras_graph.records import Confirmation, Status
from flake8_keras_graph.wording import counted, times


@dataclasses.dataclass(frozen=True, slots=True)
class Outcome:
    """The status of one finding and the sentence that says why."""

    status: Status
    detail: str


Acts = Literal[
    "runs less often",
    "leaves another state",
    "goes stale",
    "layers stay off",
    "results frozen",
    "results unlike eager ones",
]
# What was seen at a site that ran, and how often that was, in words.
Judge = Callable[[Seen, str], Outcome]


def _ran(seen: Seen, executed: str) -> Outcome:
    """That the code ran is all that the rule says of it."""
    return Outcome("confirmed", f"{_trips(seen)}{executed}")


def _ran_so_often(seen: Seen, executed: str) -> Outcome:
    return Outcome("confirmed", f"{_trips(seen)}{executed}{_branches(seen)}")


def _ran_eagerly(seen: Seen, executed: str) -> Outcome:
    """Eager execution is fine with this: compiling decides."""
    return Outcome("confirmed", executed)


def _came_by(seen: Seen, executed: str) -> Outcome:
    """That compiled code does something else is the claim, and eager runs do not test it."""
    return Outcome("not_confirmed", f"{_trips(seen)}{executed}")


def _held_a_tensor(seen: Seen, executed: str) -> Outcome:
    if seen.tensor:
        return Outcome("confirmed", f"a tensor, {executed}{_branches(seen)}")
    if seen.cut_short:
        return Outcome("not_reached", f"{executed}, but never to the last operand")
    kinds = ", ".join(sorted(seen.python_types)[:3])
    return Outcome("refuted", f"a Python value ({kinds}) and never a tensor, {executed}")


def _held_a_python_value(seen: Seen, executed: str) -> Outcome:
    if seen.tensor and not seen.python_types:
        return Outcome("refuted", f"a tensor, {executed}")
    return _ran_so_often(seen, executed)


@dataclasses.dataclass(frozen=True, slots=True)
class Confirming:
    """How findings of one kind are confirmed and refuted.

    ``judge`` says what the eager runs tell; ``unreached`` why none came there, where that is no matter of inputs.
    ``breaks``: an error at its line while compiling confirms it, and what AutoGraph stages is no error.
    ``by_compiling``: the eager runs say nothing, and it is refuted where compiling works.
    ``xla_raises``, ``fit_raises``: an error in a train step under XLA, or any in ``fit``, confirms it.
    ``causes``: how those changes of the feed begin that should make it trace again.
    ``of_class``: it speaks of ``call`` as a whole, at whose header nothing is recorded.
    ``acts``: what compiled calls must be seen to do otherwise than eager ones; ``worker.conclusions`` tests it.
    """

    judge: Judge
    unreached: str = ""
    breaks: bool = False
    by_compiling: bool = False
    xla_raises: bool = False
    fit_raises: bool = False
    causes: tuple[str, ...] = ()
    of_class: bool = False
    acts: Acts | None = None

    @property
    def line_raises(self) -> bool:
        """Whether an error at its line while compiling confirms it."""
        return self.breaks or self.xla_raises


_OUTSIDE = "outside call: the checker runs no such code"

CONFIRMING: Mapping[Confirmation, Confirming] = {
    "a tensor at its site": Confirming(_held_a_tensor, breaks=True),
    "compiling raises": Confirming(_ran_eagerly, breaks=True, by_compiling=True),
    "traces for training": Confirming(_held_a_python_value, causes=("training",)),
    "traces for an argument": Confirming(_held_a_python_value, causes=("the argument",)),
    "traces for a shape": Confirming(_held_a_python_value, causes=("a shorter", "another length")),
    "runs once per trace": Confirming(_came_by, acts="runs less often"),
    "leaves another state": Confirming(_came_by, acts="leaves another state"),
    "layers stay off": Confirming(_came_by, of_class=True, acts="layers stay off"),
    "goes stale": Confirming(_came_by, acts="goes stale"),
    "results frozen": Confirming(_came_by, acts="results frozen"),
    "results unlike eager ones": Confirming(_came_by, acts="results unlike eager ones"),
    "runs": Confirming(_ran_so_often),
    "training under XLA raises": Confirming(_ran, xla_raises=True),
    "fit raises": Confirming(_ran, unreached=_OUTSIDE, fit_raises=True),
    "not run": Confirming(_ran, unreached=_OUTSIDE),
}


def judge(confirmed_by: Confirmation, seen: Seen, runs: int, during: str = "") -> Outcome:
    """What the recorded runs say of a finding; ``during`` says what ran, if not ``call`` alone."""
    confirming = CONFIRMING[confirmed_by]
    if confirming.of_class and runs:
        return confirming.judge(seen, f"called {during or _in_runs(runs)}")
    if not seen.times:
        return Outcome("not_reached", confirming.unreached or f"not executed {during or _in_runs(runs)}")
    return confirming.judge(seen, _executed(seen, runs, during))


def judge_unwatched(confirmed_by: Confirmation, seen: Seen, runs: int, during: str = "") -> Outcome:
    """What can be said where the code was seen to come by, and not what it found."""
    if not seen.times:
        return judge(confirmed_by, seen, runs, during)
    return Outcome("not_reached", f"{_executed(seen, runs, during)}, up to code that is not watched")


def _executed(seen: Seen, runs: int, during: str) -> str:
    return f"executed {times(seen.times)} {during or _in_runs(runs)}"


def _in_runs(runs: int) -> str:
    return f"in {counted(runs, 'run')}"


def _branches(seen: Seen) -> str:
    if not seen.outcomes:
        return ""
    both = len(seen.outcomes) == 2
    return "; both branches taken" if both else f"; only ever {next(iter(seen.outcomes))}"


def _trips(seen: Seen) -> str:
    if not seen.trips:
        return ""
    counts: Sequence[int] = sorted(set(seen.trips))
    least = f"{counts[0]} to " if len(counts) > 1 else ""
    return f"{least}{counted(counts[-1], 'iteration')}, "
