"""The rewrites of one model against it as written: equal, then the same graph, then by the clock. In the worker."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

from flake8_keras_graph.measure.worker.compare.comparison import Bench, Variant
from flake8_keras_graph.measure.worker.messages import Messages
from flake8_keras_graph.records import Mode, StepKind


@dataclasses.dataclass(frozen=True, slots=True)
class Contest:
    """``left`` gives the seconds that are left for the model; one comparison takes ``seconds`` at most."""

    bench: Bench
    original: Variant
    variants: Sequence[Variant]
    say: Messages
    left: Callable[[], float]
    seconds: float

    def verify(self) -> None:
        """Only whether each rewrite computes the same, forward and in a train step, and by how much it is off."""
        for variant in self.variants:
            for step in self.bench.steps(self.original):
                if self._is_equal(variant, step):
                    self.say.verified(variant.name, step, variant.equality[step].max_error)

    def compare(self) -> None:
        """Same-graph proofs first, for they need only first calls; then the clock, the remaining time shared out.

        How a model trains comes first, what is run eagerly last: where the time does not suffice, that is worth less.
        """
        self.say.stage("graphs")
        to_time: list[tuple[Variant, StepKind, tuple[Mode, Mode]]] = []
        eagerly: list[tuple[Variant, StepKind, tuple[Mode, Mode]]] = []
        for step in self.bench.steps(self.original):
            works = self._works(self.original, step, "graph")
            for variant in self.variants:
                if not self._is_equal(variant, step):
                    continue
                spare = min(self.seconds, self.left() / 10)
                if works and (same := self.bench.same_graph(self.original, variant, step, seconds=spare)):
                    self.say.comparison(same, ())
                elif self._works(variant, step, "graph"):
                    to_time.append((variant, step, ("graph" if works else "eager", "graph")))
                if variant.eagerly and all(self._works(each, step, "eager") for each in (self.original, variant)):
                    eagerly.append((variant, step, ("eager", "eager")))
            if works and self._works(self.original, step, "eager"):
                eagerly.append((self.original, step, ("eager", "graph")))
        to_time.sort(key=lambda each: each[1] != "train")
        to_time += eagerly
        for index, (variant, step, modes) in enumerate(to_time):
            share = min(self._share(modes[0]), self.left() / (len(to_time) - index))
            if self.left() < 0.2 or not self._works(self.original, step, modes[0]):
                self.say.warning(f"no time left to time {variant.name}, {step}: --budget gives more")
                continue
            self._time(variant, step, modes, share)

    def compare_under_xla(self) -> None:
        """The rewrites whose graphs differ, once more compiled by XLA, as far as the time goes."""
        for step in self.bench.steps(self.original):
            for variant in self.variants:
                if not variant.equality[step].equal or self._same_digest(variant, step) is not False:
                    continue
                if self.left() < 2 * self._share("xla"):
                    continue
                if self._works(self.original, step, "xla") and self._works(variant, step, "xla"):
                    self._time(variant, step, ("xla", "xla"), self._share("xla"))

    def _time(self, variant: Variant, step: StepKind, modes: tuple[Mode, Mode], share: float) -> None:
        self.say.stage("time", f"{variant.name}, {step}, {modes[0]}")
        self.say.comparison(*self.bench.timed(self.original, variant, step, modes, share, self.left() / 2))

    def _is_equal(self, variant: Variant, step: StepKind) -> bool:
        """Whether the two agree in this step; if not, that is said."""
        equality = variant.equality[step]
        if not equality.equal:
            self.say.refused(variant.name, f"{step} is not equal: {equality.reason}")
        return equality.equal

    def _same_digest(self, variant: Variant, step: StepKind) -> bool | None:
        """Whether the graphs are one and the same; None where one of them is not there."""
        one, other = (self.bench.compile(each, step, "graph").facts for each in (self.original, variant))
        return one.digest == other.digest if one and other else None

    def _works(self, variant: Variant, step: StepKind, mode: Mode) -> bool:
        return self.bench.compile(variant, step, mode).works

    def _share(self, mode: Mode) -> float:
        """Seconds for one comparison; eager against graph is a matter of factors, not of percents."""
        return self.seconds / 2 if mode == "eager" else self.seconds
