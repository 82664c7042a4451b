"""What a class does compiled that it does not do run eagerly, site by site: how often it runs, what it leaves behind.

Each side has its own copy of the file and its own instance. Runs in the worker.
"""

from __future__ import annotations

import ast
import collections
import contextlib
import functools
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from flake8_keras_graph.measure.worker.build import feeding
from flake8_keras_graph.measure.worker.build.building import Builder, Program, Recipe
from flake8_keras_graph.measure.worker.build.loading import TargetFile, find_symbol
from flake8_keras_graph.measure.worker.compare import equivalence
from flake8_keras_graph.measure.worker.compare.equivalence import Snapshot
from flake8_keras_graph.measure.worker.conclusions import Acted, Counts
from flake8_keras_graph.measure.worker.probe.judgement import CONFIRMING, Acts
from flake8_keras_graph.measure.worker.probe.recording import Instrumented
from flake8_keras_graph.measure.worker.probe.stages import Key, key_of
from flake8_keras_graph.measure.worker.run import behaviour, effects, fitting
from flake8_keras_graph.measure.worker.run.compiling import Compiler
from flake8_keras_graph.measure.worker.run.steps import flat_tensors
from flake8_keras_graph.records import ProbedFinding
from flake8_keras_graph.wording import counted

CALLS = 3
"""So many calls of each kind are made after the first one, which traces."""
_BATCH = 4

Ran = dict[Key, int]


class Actions:
    """Compares compiled and eager calls of a job's class, for the findings that claim a difference."""

    def __init__(self, job: Mapping[str, Any], target: TargetFile, builder: Builder, keras: Any) -> None:
        self._job, self._target, self._builder, self._keras = job, target, builder, keras
        self._text = Path(job["path"]).read_text(encoding="utf-8")
        self._tree = ast.parse(self._text)

    def in_call(self, program: Program, recipe: Recipe, compiler: Compiler) -> Acted:
        """What calls of the class show; what cannot be run is left out."""
        if not self._findings():
            return Acted()
        seed = self._job["seed"]
        phases = (False, True) if program.takes_training else (False,)
        acted = (behaviour.behaviour(program, recipe, compiler, seed, training) for training in phases)
        counts, left = self._compared(recipe, compiler, phases)
        return Acted(
            [each for each in acted if each is not None], counts, left,
            self._stale(program, recipe, compiler, phases), self._off(program, recipe),
        )  # fmt: skip

    def in_fit(self, recipe: Recipe, data: fitting.Data) -> Acted:
        """What ``fit``, ``evaluate`` and ``predict`` show, each with its own model, in as many steps."""
        found = self._findings("runs less often", "leaves another state", "results frozen")
        counts: dict[Key, Counts] = {}
        left: dict[Key, str] = {}
        if not found:
            return Acted()
        for use in ("fit", "evaluate", "predict"):
            sides = [self._used(recipe, data, use, eagerly) for eagerly in (False, True)]
            if None in sides:
                continue
            (compiled, steps, state), (eager, _, eager_state) = sides  # type: ignore[misc]
            ran = [finding for finding in found if eager[key_of(finding)]]
            counts |= {
                key: Counts(None, compiled[key], eager[key], steps) for key in map(key_of, ran) if key not in counts
            }
            changed = effects.differences(eager_state, state)
            left |= self._left(ran, changed, counted(steps, "step"))
        return Acted(counts=counts, left=left)

    def _findings(self, *acts: Acts) -> list[ProbedFinding]:
        """Those that claim a difference of one of these kinds, or of any."""
        claims = [(f, CONFIRMING[f["confirmed_by"]].acts) for f in self._job["findings"]]
        return [finding for finding, act in claims if act is not None and (not acts or act in acts)]

    def _copy(self, label: str) -> tuple[Instrumented, types.ModuleType]:
        instrumented = Instrumented(self._text, self._job["findings"])
        copy = self._target.import_text(self._text, label, instrumented.transform, instrumented.names)
        return instrumented, copy

    # -- how often, and what is left --------------------------------------------------------------------

    def _compared(
        self, recipe: Recipe, compiler: Compiler, phases: Sequence[bool]
    ) -> tuple[dict[Key, Counts], dict[Key, str]]:
        found = self._findings("runs less often", "leaves another state", "results frozen")
        if not found:
            return {}, {}
        try:
            as_fit_compiles = functools.partial(compiler.as_function, mode="graph")
            tracing, compiled, state = self._called("compiled", recipe, phases, as_fit_compiles)
            _, eager, eager_state = self._called("eager", recipe, phases, lambda step: step)
        except Exception:
            return {}, {}
        calls = CALLS * len(phases)
        counts = {key: Counts(tracing[key], compiled[key], eager[key], calls) for key in map(key_of, found)}
        changed = effects.differences(eager_state, state)
        return counts, self._left(found, changed, counted(calls + len(phases), "call"))

    def _called(
        self, label: str, recipe: Recipe, phases: Sequence[bool], compiled: Callable[[Any], Any]
    ) -> tuple[Ran, Ran, effects.State]:
        """How often sites ran in the first calls and in the others, and the state after them."""
        instrumented, copy = self._copy(label)
        program = self._builder.construct(find_symbol(copy, self._job["symbol"]), recipe)
        first: collections.Counter[Key] = collections.Counter()
        instrumented.recorder.on = True
        for training in phases:
            before = self._ran(instrumented)
            step = compiled(functools.partial(program, training=training))
            step(self._feed(recipe, 0))
            first.update({key: times - before[key] for key, times in self._ran(instrumented).items()})
            for call in range(1, CALLS + 1):
                step(self._feed(recipe, call))
        instrumented.recorder.on = False
        total = self._ran(instrumented)
        return dict(first), {key: total[key] - first[key] for key in total}, effects.state_of(program.inner, copy)

    def _feed(self, recipe: Recipe, number: int) -> Any:
        return feeding.make(recipe.feed, _BATCH, self._job["seed"] + number)

    def _ran(self, instrumented: Instrumented) -> Ran:
        return {key_of(f): instrumented.seen(instrumented.site_of(f)).times for f in self._job["findings"]}

    def _left(
        self, found: Sequence[ProbedFinding], changed: Mapping[effects.Path, tuple[str, str]], after: str
    ) -> dict[Key, str]:
        """For each finding what it names that was left differently, in words, "" where that was nothing."""
        left: dict[Key, str] = {}
        for finding in found:
            path = effects.concerned(changed, effects.updated_at(self._tree, finding))
            if path is None:
                left[key_of(finding)] = ""
                continue
            eager, compiled = (_short(value) for value in changed[path])
            left[key_of(finding)] = f"after {after} `{'.'.join(path)}` is {compiled} compiled, and {eager} run eagerly"
        return left

    def _used(
        self, recipe: Recipe, data: fitting.Data, use: str, eagerly: bool
    ) -> tuple[Ran, int, effects.State] | None:
        """How often sites ran in so many steps, and the state after them; None where that fails."""
        try:
            instrumented, copy = self._copy("fitted")
            cls = find_symbol(copy, self._job["symbol"])
            instrumented.recorder.on = True
            model, steps = fitting.run_steps(cls, data, recipe, self._keras, use, eagerly)
            return self._ran(instrumented), steps, effects.state_of(model, copy)
        except Exception:
            return None

    # -- layers that are not told that they train --------------------------------------------------------

    def _off(self, program: Program, recipe: Recipe) -> str | None:
        """How the class, called as ``fit`` calls it, differs from one whose layers of Keras are told that they train.

        "" where both do the same; None where that was not asked or cannot be told.
        """
        if not self._findings("layers stay off"):
            return None
        layers = [each for each in program.model._flatten_layers() if _asks_for_training(each)]
        saved = Snapshot(program.variables)
        feed = self._feed(recipe, 0)

        def run() -> list[Any]:
            saved.restore()
            outputs = equivalence.arrays(flat_tensors(program(feed, True)))
            return [*outputs, *(v.numpy() for v in program.fixed if not equivalence.is_seed(v))]

        try:
            as_called = run()
            if not equivalence.compare_arrays(as_called, run(), "results").equal:
                return None
            with _told_to_train(layers):
                told = run()
        except Exception:
            return None
        finally:
            saved.restore()
        if equivalence.compare_arrays(as_called, told, "results").equal:
            return ""
        names = ", ".join(f"`{each.name}`" for each in layers[:3])
        return f"called as fit calls it, results and statistics are not those of training ({names})"

    # -- attributes that are changed later ---------------------------------------------------------------

    def _stale(self, program: Program, recipe: Recipe, compiler: Compiler, phases: Sequence[bool]) -> dict[Key, str]:
        """For findings about attributes how a change of one had no effect on compiled calls."""
        stale: dict[Key, str] = {}
        for finding in self._findings("goes stale"):
            names, constants = effects.read_at(self._tree, finding)
            told = (self._stale_attribute(program, recipe, compiler, training, name, constants)
                    for training in phases for name in names)  # fmt: skip
            stale[key_of(finding)] = next(filter(None, told), "")
        return stale

    def _stale_attribute(
        self, program: Program, recipe: Recipe, compiler: Compiler, training: bool, name: str, constants: Sequence[Any]
    ) -> str:
        if not hasattr(program.inner, name):
            return ""
        old = getattr(program.inner, name)

        def step(given: Any) -> Any:
            return flat_tensors(program(given, training))

        function, feed = compiler.as_function(step, "graph"), self._feed(recipe, 0)
        try:
            traced = equivalence.arrays(function(feed))
            before = equivalence.arrays(step(feed))
            if not equivalence.compare_arrays(traced, before, "results").equal:
                return ""
            for other in _others(old, constants):
                setattr(program.inner, name, other)
                eager = equivalence.arrays(step(feed))
                if equivalence.compare_arrays(before, eager, "results").equal:
                    continue
                compiled = equivalence.arrays(function(feed))
                same = equivalence.compare_arrays(traced, compiled, "results").equal
                told = f"with `self.{name}` changed from {old!r} to {other!r}, an eager call gives another result"
                return f"{told}, and the compiled one the same as before" if same else ""
        except Exception:
            return ""
        finally:
            setattr(program.inner, name, old)
        return ""


def _asks_for_training(layer: Any) -> bool:
    """A layer of Keras itself that does something else in training."""
    ours = type(layer).__module__.partition(".")[0] in ("keras", "tf_keras")
    return ours and bool(getattr(layer, "_call_has_training_arg", False))


@contextlib.contextmanager
def _told_to_train(layers: Sequence[Any]) -> Iterator[None]:
    """Layers that are called with ``training=True``, whatever they are called with."""

    def told(call: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *args, **keywords: call(*args, **keywords | {"training": True})

    for layer in layers:
        object.__setattr__(layer, "call", told(layer.call))
    try:
        yield
    finally:
        for layer in layers:
            object.__delattr__(layer, "call")


def _others(value: Any, constants: Sequence[Any]) -> Iterator[Any]:
    """Other values that an attribute may be changed to, those that the code tests it against among them."""
    if isinstance(value, bool):
        yield not value
        return
    if isinstance(value, (int, float)):
        near = [c + step for c in constants if isinstance(c, (int, float)) for step in (0, 1, -1)]
        yield from (each for each in (*near, value + 1, value - 1, 0, 1_000_000, -1_000_000) if each != value)
        return
    if value is None:
        yield from (True, 1, *constants)
        return
    if isinstance(value, str):
        yield from (each for each in (*constants, "", "another") if isinstance(each, str) and each != value)


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."
