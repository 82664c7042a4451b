"""Two variants, one comparison: equal or not, one graph or two, how long each takes. Runs in the worker."""

from __future__ import annotations

import dataclasses
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from flake8_keras_graph import knowledge
from flake8_keras_graph.measure.worker.build import feeding
from flake8_keras_graph.measure.worker.build.building import Program, Recipe
from flake8_keras_graph.measure.worker.compare import equivalence, rounds, stats
from flake8_keras_graph.measure.worker.compare.equivalence import Equality, Snapshot
from flake8_keras_graph.measure.worker.device import Device
from flake8_keras_graph.measure.worker.run import steps
from flake8_keras_graph.measure.worker.run.compiling import Compiled, Compiler
from flake8_keras_graph.measure.worker.run.graphs import difference
from flake8_keras_graph.measure.worker.run.own_steps import OwnStep
from flake8_keras_graph.records import Comparison, Mode, StepKind, Trial

AS_WRITTEN = "as written"
STEPS: tuple[StepKind, ...] = ("forward", "train")
_EQUALITY_BATCHES = (3, 8)
_UNSTABLE = "gives different results for the same input, so nothing can be proved"


@dataclasses.dataclass(slots=True)
class Variant:
    """A program, its variables in the order of the original's, and its steps in the modes tried so far.

    ``eagerly``: it is compared run eagerly as well. ``clears`` are the findings ("KG301:14") that it alone is for.
    """

    name: str
    program: Program
    pairs: list[tuple[Any, Any]]
    labels: dict[int, str] = dataclasses.field(default_factory=dict)
    compiled: dict[tuple[StepKind, Mode], Compiled] = dataclasses.field(default_factory=dict)
    controls: dict[tuple[StepKind, Mode], Any] = dataclasses.field(default_factory=dict)
    equality: dict[StepKind, Equality] = dataclasses.field(default_factory=dict)
    note: str = ""
    eagerly: bool = False
    clears: tuple[str, ...] = ()

    @property
    def trained(self) -> list[Any]:
        """Trainable variables in the order of the original's."""
        wanted = {id(v) for v in self.program.trainable}
        return [theirs for _, theirs in self.pairs if id(theirs) in wanted]


@dataclasses.dataclass(frozen=True, slots=True)
class _FirstCalls:
    """Seconds for tracing, compiling and running once, of both sides; ``differ`` None where that cannot be told."""

    original: float
    rewrite: float
    differ: bool | None


class Bench:
    """Everything that comparisons of one model share: recipe, compiler, device, inputs.

    The training step is ``own`` where the class has one; ``trains`` False leaves it out: what it does is not known.
    """

    def __init__(
        self,
        recipe: Recipe,
        compiler: Compiler,
        device: Device,
        keras: Any,
        seed: int,
        own: OwnStep | None = None,
        trains: bool = True,
    ) -> None:
        self._own, self._trains = own, trains
        self.recipe, self.compiler, self.device = recipe, compiler, device
        self._keras, self._seed = keras, seed
        self.feed = feeding.make(recipe.feed, recipe.batch_size, seed)
        self._feed_signature = feeding.signature(recipe.feed)
        labels = recipe.labels if recipe.loss else None
        self.labels = feeding.make(labels, recipe.batch_size, seed + 1) if labels is not None else None
        self._labels_signature = feeding.signature(labels) if labels is not None else None

    def steps(self, original: Variant) -> tuple[StepKind, ...]:
        """What can be done with the model: without trainable weights there is no training step."""
        return STEPS if original.trained and self._trains else STEPS[:1]

    # -- compiling --------------------------------------------------------------------------------------

    def variant(self, name: str, program: Program, pairs: list[tuple[Any, Any]] | None = None) -> Variant:
        paired = pairs if pairs is not None else [(v, v) for v in program.variables]
        labels = {id(theirs.handle): f"variable {index}" for index, (_, theirs) in enumerate(paired)}
        known = {id(theirs) for _, theirs in paired}
        alone = [v for v in program.variables if id(v) not in known]
        labels |= {id(v.handle): f"variable of its own {index}" for index, v in enumerate(alone)}
        return Variant(name, program, paired, labels)

    def compile(self, variant: Variant, step: StepKind, mode: Mode) -> Compiled:
        """The step of the variant in the mode, compiled once."""
        key = (step, mode)
        if key not in variant.compiled:
            variant.compiled[key] = self._compile(variant, step, mode)
        return variant.compiled[key]

    def _compile(self, variant: Variant, step: StepKind, mode: Mode) -> Compiled:
        try:
            function, signature, example, labels = self._step(variant, step, mode)
        except Exception as error:  # no optimizer of that name, no gradients, no such loss
            from flake8_keras_graph.measure.worker.run.compiling import failure

            return Compiled(mode, failure=failure(error, self.compiler.files))
        made = self.compiler.compile(function, mode, signature, example, {**variant.labels, **labels})
        variant.controls[step, mode] = function
        return made

    def _step(self, variant: Variant, step: StepKind, mode: Mode) -> tuple[Any, Any, Any, dict[int, str]]:
        """The plain function, its signature, an example, and labels for what it captures beside the model."""
        if step == "forward":
            if mode == "autograph":
                program = variant.program

                def direct(feed: Any) -> Any:
                    return program.direct(feed, False)

                return direct, (self._feed_signature,), (self.feed,), {}
            return steps.forward_step(variant.program), (self._feed_signature,), (self.feed,), {}
        if self._own is not None:
            own, state = self._own.of(variant.program)
            labels = {id(v.handle): f"training {index}" for index, v in enumerate(state)}
            return own, (self._own.signature,), (self._own.batch,), labels
        train, slots, _ = steps.train_step(variant.program, variant.trained, self.recipe, self._keras)
        labels = {id(v.handle): f"optimizer {index}" for index, v in enumerate(slots)}
        if self.labels is None:
            return train, (self._feed_signature,), (self.feed,), labels
        return train, (self._feed_signature, self._labels_signature), (self.feed, self.labels), labels

    def _example(self, step: StepKind) -> tuple[Any, ...]:
        if step == "train" and self._own is not None:
            return (self._own.batch,)
        return (self.feed,) if step == "forward" or self.labels is None else (self.feed, self.labels)

    # -- equality -----------------------------------------------------------------------------------------

    def paired(
        self, name: str, original: Variant, program: Program, joins: Sequence[Mapping[str, Any]] = ()
    ) -> Variant:
        """The variant with its variables matched to the original's; ``equality`` says how that went.

        ``joins`` are those of the rewrite: its variables that several of the original's make up.
        """
        first: Variant | None = None
        for pairs in _matchings(original.program, program, joins):
            if not _trained_alike(original.program, program, pairs):
                continue
            candidate = self.variant(name, program, pairs)
            candidate.equality = self._equality(original, candidate)
            if all(found.equal for found in candidate.equality.values()):
                return candidate
            if first is None or candidate.equality["forward"].equal > first.equality["forward"].equal:
                first = candidate
        if first is not None:
            return first
        unmatched = self.variant(name, program, [])
        reason = "the joined weights are not alike" if joins else _variables_differ(original.program, program)
        unmatched.equality = {step: Equality(False, None, reason) for step in STEPS}
        return unmatched

    def _equality(self, original: Variant, rewrite: Variant) -> dict[StepKind, Equality]:
        equivalence.copy_values(rewrite.pairs)
        forward = self._agree(original, rewrite, training=False)
        if not forward.equal or not rewrite.trained:
            return {"forward": forward, "train": forward}
        train = self._agree(original, rewrite, training=True)
        if not train.equal and self._random(original, rewrite) and self._draw_alike(original, rewrite):
            rewrite.note = f"compared in inference mode only: in training mode {train.reason}"
            train = forward
        if train.equal and self._own is not None:
            train = self._own_steps_agree(original, rewrite, train)
        worst = max(forward.max_error or 0.0, train.max_error or 0.0)
        return {"forward": forward, "train": dataclasses.replace(train, max_error=worst)}

    def _own_steps_agree(self, original: Variant, rewrite: Variant, otherwise: Equality) -> Equality:
        """Whether the classes' own steps tell the same, from the same weights.

        As ``otherwise``, which outputs and gradients in training mode say, where a step draws random numbers.
        """
        mine = Snapshot([*original.program.variables, *equivalence.shared_seeds()])
        told = []
        try:
            for variant in (original, original, rewrite):
                made = self.compile(variant, "train", "graph")  # which runs it once
                mine.restore()
                equivalence.copy_values(rewrite.pairs)
                if made.function is None:
                    return Equality(False, None, f"its own training step does not compile: {made.failure}")
                told.append(equivalence.arrays(made.function(self._own.batch if self._own else None)))
        finally:
            mine.restore()
            equivalence.copy_values(rewrite.pairs)
        if not equivalence.compare_arrays(told[0], told[1], "what its own step tells").equal:
            rewrite.note = "; ".join(filter(None, (rewrite.note, "its own step draws random numbers")))
            return otherwise
        found = equivalence.compare_arrays(told[0], told[2], "what its own training step tells")
        return dataclasses.replace(found, max_error=max(found.max_error or 0.0, otherwise.max_error or 0.0))

    def _agree(self, original: Variant, rewrite: Variant, training: bool) -> Equality:
        """Outputs, loss, gradients and the state left behind, from the same state, on several feeds."""
        mine = Snapshot([*original.program.variables, *equivalence.shared_seeds()])
        pairs = rewrite.pairs

        def reset() -> None:
            mine.restore()
            equivalence.copy_values(pairs)

        trainable = {id(v) for v in original.program.trainable}
        trained = [a for a, _ in pairs if id(equivalence.parts_of(a)[0]) in trainable]
        left = self._observed(original, [a for a, _ in pairs], trained, training)
        right = self._observed(rewrite, [b for _, b in pairs], rewrite.trained, training)
        feeds = [
            feeding.make(self.recipe.feed, batch, self._seed + 10 + index, profile)
            for index, (batch, profile) in enumerate(
                [(b, p) for b in _EQUALITY_BATCHES for p in ("whole range", feeding.WIDE)]
            )
        ]
        what = "outputs, gradients and state in training mode:" if training else "outputs and gradients:"
        try:
            own = equivalence.compare_runs(left, left, feeds[:1], reset, what)
            if own.max_error is None and not own.equal:
                return own
            if not own.equal:
                return Equality(False, None, _UNSTABLE)
            return equivalence.compare_runs(left, right, feeds, reset, what)
        except Exception as error:
            return Equality(False, None, f"{type(error).__name__}: {error}".splitlines()[0][:300])
        finally:
            reset()

    def _observed(
        self, variant: Variant, state: Sequence[Any], trained: Sequence[Any], training: bool
    ) -> Callable[[Mapping[str, Any]], list[Any]]:
        """feed -> everything that must agree, compiled where the variant compiles, eagerly elsewhere."""
        import tensorflow as tf

        program = variant.program

        def run(feed: Mapping[str, Any]) -> list[Any]:
            with tf.GradientTape() as tape:
                outputs = steps.flat_tensors(program(feed, training))
                floating = [t for t in outputs if t.dtype.is_floating]
                loss = steps.loss_of(program, outputs, None, None) if floating else None
            found = equivalence.gradients(tape, loss, trained) if floating and trained else []
            return [*outputs, *([loss] if floating else []), *found]

        graph = self.compile(variant, "forward", "graph")
        function = self.compiler.as_function(run, "graph" if graph.works else "eager", (self._feed_signature,))
        moving = [v for v in state if not equivalence.is_seed(v)]

        def observed(feed: Mapping[str, Any]) -> list[Any]:
            return [*function(feed), *(v.read_value() for v in moving)]

        return observed

    @staticmethod
    def _random(original: Variant, rewrite: Variant) -> bool:
        """Whether either draws random numbers in training, so that streams may differ where nothing else does."""
        return any(
            equivalence.is_seed(v) or "seed" in v.name
            for v in (*original.program.variables, *rewrite.program.variables)
        ) or any(
            any(knowledge.has(f"keras.layers.{base.__name__}", "seeded") for base in type(part).__mro__)
            for side in (original, rewrite)
            for part in _layers(side.program.model)
        )

    def _draw_alike(self, original: Variant, rewrite: Variant) -> bool:
        """Whether both draw random numbers in a train step, or neither; where one of them does not compile, as well.

        Streams differ between two that draw; one that draws and one that does not are not the same model.
        """
        facts = [self.compile(each, "train", "graph").facts for each in (original, rewrite)]
        draws = {each.draws > 0 for each in facts if each is not None}
        return len(draws) < 2

    # -- comparing ------------------------------------------------------------------------------------------

    def same_graph(
        self, original: Variant, rewrite: Variant, step: StepKind, mode: Mode = "graph", seconds: float = 0.0
    ) -> Comparison | None:
        """The comparison where both trace to one graph: but for the first call nothing needs timing then."""
        left, right = self.compile(original, step, mode), self.compile(rewrite, step, mode)
        if not (left.facts and right.facts) or left.facts.digest is None:
            return None
        if left.facts.digest != right.facts.digest:
            return None
        first = self._first_calls(original, rewrite, step, (mode, mode), seconds)
        return Comparison(
            original.name, rewrite.name, mode, step, 1.0, 1.0, 1.0, "same graph", True,
            rewrite.equality[step].max_error if rewrite.equality else 0.0,
            original_first_call_seconds=first.original, rewrite_first_call_seconds=first.rewrite,
            first_calls_differ=first.differ, reason=rewrite.note, device=self.device.kind,
        )  # fmt: skip

    def _first_calls(
        self, original: Variant, rewrite: Variant, step: StepKind, modes: tuple[Mode, Mode], seconds: float
    ) -> _FirstCalls:
        """Trace and compile both anew, in turn, as often as the time allows; what they took when compiled is the rest.

        The very first compilation of a process pays for what TensorFlow does once, so that it counts only where there
        is no other.
        """
        sides = tuple(zip((original, rewrite), modes, strict=True))
        known = [[variant.compiled[step, mode].first_call_seconds or 0.0] for variant, mode in sides]
        again: list[list[float]] = [[], []]
        saved = Snapshot([*original.program.variables, *rewrite.program.variables])
        until = time.perf_counter() + seconds
        while "eager" not in modes and len(again[0]) < stats.FIRST_CALLS:
            next_ones = sum(each[-1] for each in (again if again[0] else known))
            if time.perf_counter() + next_ones > until:
                break
            for taken, (variant, mode) in zip(again, sides, strict=True):
                taken.append(self._first_call_seconds(variant, step, mode))
        saved.restore()
        used = again if again[0] else known
        differ = None if "eager" in modes else stats.first_calls_differ(*used)
        return _FirstCalls(statistics.median(used[0]), statistics.median(used[1]), differ)

    def _first_call_seconds(self, variant: Variant, step: StepKind, mode: Mode) -> float:
        function = variant.controls[step, mode]
        return self.compiler.first_call_seconds(function, mode, self._signature(step), self._example(step))

    def _signature(self, step: StepKind) -> tuple[Any, ...]:
        if step == "train" and self._own is not None:
            return (self._own.signature,)
        if step == "forward" or self.labels is None:
            return (self._feed_signature,)
        return (self._feed_signature, self._labels_signature)

    def timed(
        self,
        original: Variant,
        rewrite: Variant,
        step: StepKind,
        modes: tuple[Mode, Mode],
        seconds: float,
        limit_seconds: float,
    ) -> tuple[Comparison, list[Trial]]:
        """The comparison by the clock: the original, a second compilation of it as control, and the rewrite."""
        left, right = self.compile(original, step, modes[0]), self.compile(rewrite, step, modes[1])
        example = self._example(step)
        saved = Snapshot([*original.program.variables, *rewrite.program.variables])
        began = time.perf_counter()
        first = self._first_calls(original, rewrite, step, modes, seconds / 3)
        contestants = {
            "original": self._contestant(left.function, example),
            "control": self._contestant(self._again(original, step, modes[0]), example),
            "rewrite": self._contestant(right.function, example),
        }
        for run in contestants.values():
            run(1)
        spent = time.perf_counter() - began
        blocks = rounds.race(contestants, max(0.2, seconds - spent), self._seed, limit_seconds - spent)
        saved.restore()
        comparison = self._judged(original, rewrite, step, modes, blocks, first)
        trials = [
            Trial(name, mode, step, blocks.seconds[who], blocks.calls[who], made.first_call_seconds, made.traces)
            for name, mode, who, made in (
                (original.name, modes[0], "original", left),
                (f"{original.name} (control)", modes[0], "control", left),
                (rewrite.name, modes[1], "rewrite", right),
            )
        ]
        return comparison, trials

    def _again(self, variant: Variant, step: StepKind, mode: Mode) -> Any:
        return self.compiler.as_function(variant.controls[step, mode], mode)

    def _contestant(self, function: Any, example: Sequence[Any]) -> rounds.Contestant:
        def run(calls: int) -> None:
            for _ in range(calls):
                function(*example)
            self.device.synchronise()

        return run

    def _judged(
        self,
        original: Variant,
        rewrite: Variant,
        step: StepKind,
        modes: tuple[Mode, Mode],
        blocks: rounds.Blocks,
        first: _FirstCalls,
    ) -> Comparison:
        times = blocks.seconds
        found = stats.median_ratio(times["original"], times["rewrite"], self._seed)
        control = stats.median_ratio(times["original"], times["control"], self._seed)
        judgement = stats.judge(found, control, blocks.rounds)
        left, right = original.compiled[step, modes[0]], rewrite.compiled[step, modes[1]]
        graphs = (left.facts, right.facts)
        reasons = [judgement.reason, rewrite.note]
        same: bool | None = None
        if graphs[0] and graphs[1] and modes[0] == modes[1]:
            same = False
            reasons.append(difference(graphs[0], graphs[1]))
        return Comparison(
            original.name, rewrite.name, modes[0], step, found.value, found.low, found.high, judgement.verdict, same,
            rewrite.equality[step].max_error if rewrite.equality else None,
            rewrite_mode=modes[1] if modes[1] != modes[0] else None,
            original_seconds=statistics.median(times["original"]), rewrite_seconds=statistics.median(times["rewrite"]),
            original_first_call_seconds=first.original, rewrite_first_call_seconds=first.rewrite,
            first_calls_differ=first.differ,
            control_low=control.low, control_high=control.high,
            reason="; ".join(filter(None, reasons)),
            warnings=(*judgement.warnings, *stats.drift_warnings(times["original"])), device=self.device.kind,
        )  # fmt: skip


def _layers(model: Any) -> list[Any]:
    return list(model._flatten_layers()) if hasattr(model, "_flatten_layers") else []


def _matchings(
    original: Program, rewrite: Program, joins: Sequence[Mapping[str, Any]]
) -> Iterator[equivalence.Mapping_]:
    """Ways to pair the variables of two programs, those that are joined as ``joins`` says."""
    try:
        joined = equivalence.joined_pairs(original.inner, rewrite.inner, joins)
    except (LookupError, TypeError, ValueError, AttributeError):
        return
    apart = {id(part) for a, b in joined for part in (*equivalence.parts_of(a), b)}
    rest = ([v for v in program.variables if id(v) not in apart] for program in (original, rewrite))
    for pairs in equivalence.matchings(*rest):
        yield [*joined, *pairs]


def _trained_alike(original: Program, rewrite: Program, pairs: Sequence[tuple[Any, Any]]) -> bool:
    """Whether every trainable variable of either side is paired with a trainable one of the other."""
    left, right = {id(v) for v in original.trainable}, {id(v) for v in rewrite.trainable}
    both = [(id(part) in left, id(b) in right) for a, b in pairs for part in equivalence.parts_of(a)]
    paired = sum(id(b) in right for _, b in pairs)
    return all(a == b for a, b in both) and sum(a for a, _ in both) == len(left) and paired == len(right)


def _variables_differ(original: Program, rewrite: Program) -> str:
    counts = f"{len(original.trainable)} trainable variables against {len(rewrite.trainable)}"
    if len(original.trainable) == len(rewrite.trainable):
        counts = "variables of other shapes"
    return f"the weights cannot be copied: {counts}"
