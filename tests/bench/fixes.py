"""Fixes thousands of tricky modules with safe fixes alone, runs each before and after, and prints where they differ.

    python tests/bench/fixes.py [--modules N] [--first N] [--keras 3|2] [--xla-every N] [--fit-every N] [--show] [NUMBER ...]

``tests/rewrite/tricky_modules.py`` generates the modules; ``--modules`` counts those with findings. Both
versions start from the same weights and get the same batches: eagerly, in a graph as ``fit`` compiles it, under XLA,
and in ``fit`` itself. Compared are outputs with their types and dtypes, gradients, variables, attributes, what the
module keeps, and exceptions. Where the original raised at a line that has a finding anything may happen; where it
raised elsewhere the fixed one has to raise, and where it did not the fixed one must not; what a call that raises has
changed until then is not compared. Where only the fixed module
runs in a graph it has to give what the original gives eagerly.
"""

from __future__ import annotations

import argparse
import collections
import dataclasses
import gc
import itertools
import linecache
import os
import sys
import time
import traceback
import types
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "rewrite")]

from readings import reading_of  # noqa: E402
from tricky_modules import module  # noqa: E402

from flake8_keras_graph import engine  # noqa: E402
from flake8_keras_graph.config import Options  # noqa: E402
from flake8_keras_graph.records import Finding  # noqa: E402
from flake8_keras_graph.rewrite.apply import FixedText, fix_text  # noqa: E402

_numbers = itertools.count()
# What marks code of which a call that raises leaves something behind.
CHANGES = ("assign", "counted", "moved", "noted", "append", "LOG", "self.n =", "self.buffer +=", "bump", "self.seen")
FINITE = 5  # so many of the batches come first
PLAIN = (bool, int, float, str, type(None))


@dataclasses.dataclass(frozen=True, slots=True)
class Seen:
    """What a call gave; ``error`` is the type of what it raised, ``line`` the last of the module that it came through."""

    output: Any = None
    gradients: Any = None
    error: str = ""
    message: str = ""
    line: int = 0


@dataclasses.dataclass(frozen=True, slots=True)
class Run:
    """All calls of one version in one mode, and what they left behind."""

    calls: tuple[Seen, ...]
    variables: tuple[Any, ...]
    kept: dict[str, Any]


@dataclasses.dataclass(frozen=True, slots=True)
class Difference:
    """Where a fixed module does something else."""

    number: int
    keras: int
    mode: str
    what: str
    codes: tuple[str, ...]


def check(path: str, text: str) -> Sequence[Finding]:
    """What the engine finds, notes included, by the default options."""
    return engine.check(engine.Source(path, text), Options())


def safely_fixed(text: str) -> FixedText:
    """``text`` with its safe fixes made."""
    return fix_text(reading_of(text), check)


class Version:
    """One text as a module that is executed anew for each model."""

    def __init__(self, text: str, keras: int) -> None:
        self.text, self.version = text, keras
        self.path = f"tricky_{next(_numbers)}.py"
        linecache.cache[self.path] = (len(text), None, text.splitlines(keepends=True), self.path)
        self._code = compile(text, self.path, "exec", dont_inherit=True)

    def model(self, keras: Any) -> tuple[Any, dict[str, Any]]:
        """A new model with the weights of every other, and its module."""
        made = types.ModuleType(self.path.removesuffix(".py"))
        sys.modules[made.__name__] = made
        exec(self._code, made.__dict__)
        keras.utils.set_random_seed(1)
        model = made.M()
        for layer in (model.dense, model.other):
            layer.build((None, 4))
        model.built = True  # else Keras builds it by a symbolic call, whose effects stay where it does not raise
        return model, made.__dict__

    def close(self) -> None:
        """Forget the module."""
        linecache.cache.pop(self.path, None)
        sys.modules.pop(self.path.removesuffix(".py"), None)


def batches(np: Any) -> list[Any]:
    """What models are called on: both signs, one sign each, zeros, one row, and what is not finite."""
    chance = np.random.default_rng(3)
    normal = chance.normal(size=(2, 4)).astype("float32")
    broken, endless = normal.copy(), np.abs(normal)
    broken[0, 1] = np.nan
    endless[1, 2] = np.inf
    return [
        normal,
        np.abs(normal) + 0.5,
        -np.abs(normal) - 0.5,
        np.zeros((2, 4), "float32"),
        normal[:1],
        broken,
        endless,
    ]


class Runner:
    """Runs versions under one Keras."""

    def __init__(self, version: int) -> None:
        import numpy as np
        import tensorflow as tf

        self.np, self.tf, self.version = np, tf, version
        if version == 3:
            import keras
        else:
            import tf_keras as keras
        self.keras = keras
        self.batches = batches(np)

    def run(self, version: Version, mode: str) -> Run:
        """Every batch in turn, in one model; in a graph it is built eagerly first."""
        model, namespace = version.model(self.keras)
        step = self._step(model)
        calls: list[Seen] = []
        if mode != "eager":
            first = self._called(version, step, self.batches[1])
            signature = [self.tf.TensorSpec((None, 4), "float32")]
            converts = {} if self.version == 2 else {"autograph": False}
            step = self.tf.function(step, input_signature=signature, jit_compile=mode == "xla", **converts)
            calls.append(first)
        for batch in self.batches[: None if mode != "xla" else 4]:
            calls.append(self._called(version, step, batch))
            if mode != "eager" and calls[-1].error:
                break
        variables = tuple(self.np.asarray(each) for each in model.variables)
        return Run(tuple(calls), variables, self._kept(model, namespace))

    def _step(self, model: Any) -> Any:
        tf = self.tf

        def step(batch: Any) -> Any:
            with tf.GradientTape() as tape:
                tape.watch(batch)
                output = model(batch)
                parts = [tf.cast(part, "float32") for part in tf.nest.flatten(output) if _is_floating(tf, part)]
                terms = [tf.reduce_sum(part * part * 0.5 + part) for part in parts]
                loss = tf.add_n(terms) if terms else tf.constant(0.0)
            sources = [
                batch,
                *(getattr(each, "value", each) if self.version == 3 else each for each in model.trainable_variables),
            ]
            return output, tape.gradient(loss, sources)

        return step

    def _called(self, version: Version, step: Any, batch: Any) -> Seen:
        try:
            output, gradients = step(self.tf.constant(batch))
            return Seen(self._plain(output), self._plain(gradients))
        except Exception as error:
            frames = [each for each in traceback.extract_tb(error.__traceback__) if each.filename == version.path]
            line = frames[-1].lineno if frames else 0
            return Seen(error=type(error).__name__, message=str(error)[:300], line=line or 0)

    def _plain(self, value: Any) -> Any:
        """Structures with arrays; each leaf says what it was."""
        if isinstance(value, dict):
            return {key: self._plain(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [type(value).__name__, *map(self._plain, value)]
        if isinstance(value, PLAIN):
            return (type(value).__name__, value)
        if isinstance(value, self.tf.IndexedSlices):
            value = self.tf.convert_to_tensor(value)
        if isinstance(value, self.np.ndarray):
            return ("array", self.np.array(value))
        if self.tf.is_tensor(value) and not hasattr(value, "numpy"):
            return ("symbolic", str(value.dtype))
        if self.tf.is_tensor(value) or hasattr(value, "numpy"):
            # A variable of Keras is none of TensorFlow's, and later assignments are seen through either.
            return ("tensor", self.np.array(value.numpy()))
        return type(value).__name__

    def _kept(self, model: Any, namespace: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {"LOG": self._plain(namespace["LOG"])}
        for name in ("calls", "items", "buffer", "seen", "n", "k", "scale"):
            value = getattr(model, name, None)
            found[name] = self._plain(list(value) if name == "items" else value)
        return found

    def fitted(self, version: Version) -> Run:
        """Two steps of ``fit``: its losses, and what they left behind."""
        model, namespace = version.model(self.keras)
        first = self._called(version, self._step(model), self.batches[1])
        seen = Seen()
        try:
            model.compile(
                self.keras.optimizers.SGD(0.01), lambda _, output: self.tf.reduce_mean(self.tf.cast(output, "float32"))
            )
            data = self.np.concatenate(self.batches[:3])
            history = model.fit(data, data, batch_size=2, epochs=1, shuffle=False, verbose=0).history
            seen = Seen(("tensor", self.np.asarray(history["loss"], "float32")))
        except Exception as error:
            frames = [each for each in traceback.extract_tb(error.__traceback__) if each.filename == version.path]
            seen = Seen(
                error=type(error).__name__, message=str(error)[:300], line=(frames[-1].lineno or 0) if frames else 0
            )
        return Run(
            (first, seen), tuple(self.np.asarray(each) for each in model.variables), self._kept(model, namespace)
        )


def _is_none(value: Any) -> bool:
    return isinstance(value, tuple) and value[0] == "NoneType"


def _is_floating(tf: Any, part: Any) -> bool:
    return hasattr(part, "dtype") and tf.as_dtype(part.dtype).is_floating


class Comparison:
    """One module before and after its safe fixes."""

    def __init__(self, np: Any, findings: Sequence[Finding], before: str) -> None:
        self.np = np
        self._lines = {line for each in findings for line in range(each.span.line, each.span.end_line + 1)}
        self._swallows = "suppress(" in before or "except" in before
        body = before.partition("    def call(self, x):\n")[2]
        self._has_effects = any(word in body for word in CHANGES)

    def differences(self, before: Run, after: Run, mode: str) -> Iterator[str]:
        """What differs between the versions in one mode."""
        if mode != "eager" and self._swallows:
            return  # what a graph does not allow may be caught, and what is compiled then is not what is meant
        excused = False
        for number, (one, other) in enumerate(zip(before.calls, after.calls, strict=False)):
            if one.error:
                excused = excused or one.line in self._lines
                if one.line not in self._lines and not other.error and mode == "eager":
                    yield f"call {number}: raised {one.error} ({one.message[:80]}), not any more"
                if self._has_effects:
                    return  # how far a call gets that raises, and so what it leaves behind, is not compared
            elif other.error:
                yield f"call {number}: raises {other.error} ({other.message[:160]})"
                return
            else:
                yield from (f"call {number}: {each}" for each in self._unlike(one, other))
        if not excused and not (mode != "eager" and any(each.error for each in before.calls)):
            yield from self._unlike_state(before, after)

    def against_eager(self, eager: Run, graph: Run) -> Iterator[str]:
        """What a graph that the original does not have gives otherwise than the original gives eagerly."""
        if self._swallows or graph.calls[0].error:
            return
        # What is not finite is left out: fused operations treat it in their own way.
        for number, (one, other) in enumerate(zip(eager.calls[:FINITE], graph.calls[1:], strict=False)):
            if not one.error and not other.error:
                yield from (
                    f"call {number}, in the graph alone: {each}" for each in self._unlike(one, other, exactly=False)
                )

    def _unlike(self, one: Seen, other: Seen, exactly: bool = True) -> Iterator[str]:
        if reason := self._different(one.output, other.output, exactly):
            yield f"output: {reason}"
        if reason := self._different(one.gradients, other.gradients, exactly):
            yield f"gradients: {reason}"

    def _unlike_state(self, before: Run, after: Run) -> Iterator[str]:
        for one, other in zip(before.variables, after.variables, strict=True):
            if not self._close(one, other):
                yield f"variables: {one.tolist()} and {other.tolist()}"
        for name, value in before.kept.items():
            if reason := self._different(value, after.kept[name], True):
                yield f"{name}: {reason}"

    def _different(self, one: Any, other: Any, exactly: bool) -> str:
        """Why two plain structures are not equal; empty where they are.

        Unless ``exactly``, a number is equal to its tensor, and no gradient to one of zeros, as graphs give them.
        """
        if not exactly and _is_none(one) != _is_none(other):
            rest = other if _is_none(one) else one
            if isinstance(rest, tuple) and rest[0] == "tensor" and not rest[1].any():
                return ""
        if isinstance(one, tuple) and isinstance(other, tuple):
            return self._different_leaves(one, other, exactly)
        if type(one) is not type(other) or (isinstance(one, (dict, list)) and len(one) != len(other)):
            return f"{one} and {other}"[:200]
        if isinstance(one, dict):
            return next((why for key in one if (why := self._different(one[key], other.get(key), exactly))), "")
        if isinstance(one, list):
            pairs = zip(one, other, strict=True)
            return next((why for left, right in pairs if (why := self._different(left, right, exactly))), "")
        return "" if one == other else f"{one} and {other}"

    def _different_leaves(self, one: tuple[Any, ...], other: tuple[Any, ...], exactly: bool) -> str:
        if not exactly and one[0] != other[0]:  # a graph gives no Python numbers back
            one, other = (("tensor", self.np.asarray(each[1])) for each in (one, other))
            if one[1].dtype.kind == other[1].dtype.kind and one[1].dtype.kind in "fi":
                one = ("tensor", one[1].astype(other[1].dtype))
        if one[0] != other[0]:
            return f"{one} and {other}"
        left, right = one[1], other[1]
        if one[0] not in ("tensor", "array"):
            same = left == right or (left != left and right != right)
            return "" if same else f"{left!r} and {right!r}"
        if left.dtype != right.dtype or left.shape != right.shape:
            return f"{left.dtype}{left.shape} and {right.dtype}{right.shape}"
        return "" if self._close(left, right) else f"{left.tolist()} and {right.tolist()}"[:240]

    def _close(self, one: Any, other: Any) -> bool:
        if one.dtype.kind not in "fc":
            return bool(self.np.array_equal(one, other))
        tolerance = 5e-3 if one.dtype.itemsize == 2 else 1e-4
        return bool(self.np.allclose(one, other, rtol=tolerance, atol=1e-5, equal_nan=True))


@dataclasses.dataclass
class Tally:
    """What a run of the bench saw."""

    made: int = 0
    found: int = 0
    fixed: int = 0
    fixes: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)
    graphs: int = 0
    differences: list[Difference] = dataclasses.field(default_factory=list)


def compared(number: int, runner: Runner, tally: Tally, xla: bool, fit: bool) -> bool:
    """Fix one module, run it before and after, and count; whether there was anything to fix safely."""
    before = module(number, runner.version)
    tally.made += 1
    findings = list(check("model.py", before))
    tally.found += bool(findings)
    fixed = safely_fixed(before) if findings else None
    if fixed is None or not fixed.applied:
        return False
    tally.fixed += 1
    codes = tuple(sorted(each.finding.code for each in fixed.applied))
    tally.fixes.update(codes)
    versions = Version(before, runner.version), Version(fixed.text, runner.version)
    comparison = Comparison(runner.np, findings, before)
    seen = dict(
        reversed(list(_differences(runner, comparison, versions, fixed, tally, xla, fit)))
    )  # the first of a mode
    tally.differences += [Difference(number, runner.version, mode, what, codes) for mode, what in seen.items()]
    for version in versions:
        version.close()
    return True


def _differences(
    runner: Runner,
    comparison: Comparison,
    versions: tuple[Version, Version],
    fixed: FixedText,
    tally: Tally,
    xla: bool,
    fit: bool,
) -> Iterator[tuple[str, str]]:
    eager = [runner.run(version, "eager") for version in versions]
    yield from (("eager", what) for what in comparison.differences(eager[0], eager[1], "eager"))
    # What runs once per trace, and callbacks, whose shapes no graph knows, are other in a graph whatever is fixed.
    differs = any(each.code.startswith("KG2") or each.code == "KG304" for each in fixed.remaining)
    for mode in ("graph", *(["xla"] if xla else [])):
        graphs = [runner.run(version, mode) for version in versions]
        tally.graphs += not any(each.error for each in graphs[1].calls[1:])
        yield from ((mode, what) for what in comparison.differences(graphs[0], graphs[1], mode))
        if any(each.error for each in graphs[0].calls[1:]) and not differs:
            yield from ((mode, what) for what in comparison.against_eager(eager[0], graphs[1]))
    if fit:
        fits = [runner.fitted(version) for version in versions]
        yield from (("fit", what) for what in comparison.differences(fits[0], fits[1], "fit"))


def run(
    numbers: Iterator[int],
    runner: Runner,
    wanted: int,
    xla_every: int,
    fit_every: int,
    seconds: float = 1e9,
    show: Callable[[Difference], None] = lambda each: None,
) -> Tally:
    """Go through modules until ``wanted`` of those with findings were tried, or time is up; ``show`` what differs."""
    tally, until = Tally(), time.monotonic() + seconds
    for number in numbers:
        if tally.found >= wanted or time.monotonic() > until:
            break
        every, known = tally.fixed + 1, len(tally.differences)
        xla, fit = (bool(each) and every % each == 0 for each in (xla_every, fit_every))
        compared(number, runner, tally, xla, fit)
        for each in tally.differences[known:]:
            show(each)
        if tally.made % 100 == 0:
            runner.keras.backend.clear_session()
            gc.collect()
    return tally


def main() -> int:
    """The command; 1 where anything differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("numbers", nargs="*", type=int, help="only these modules")
    parser.add_argument("--modules", type=int, default=3000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--keras", type=int, choices=(2, 3), default=3)
    parser.add_argument("--xla-every", type=int, default=4)
    parser.add_argument("--fit-every", type=int, default=25)
    parser.add_argument("--seconds", type=float, default=1e9)
    parser.add_argument("--show", action="store_true", help="print the modules that differ")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    runner = Runner(options.keras)
    numbers = iter(options.numbers) if options.numbers else itertools.count(options.first)
    shown: set[int] = set()

    def show(each: Difference) -> None:
        print(f"{each.number} keras {each.keras} {each.mode} {','.join(each.codes)}: {each.what}", flush=True)
        if options.show and each.number not in shown:
            shown.add(each.number)
            before = module(each.number, each.keras)
            print(before.partition("    def call(self, x):\n")[2])
            print("--- fixed\n" + safely_fixed(before).text.partition("    def call(self, x):\n")[2], flush=True)

    tally = run(numbers, runner, options.modules, options.xla_every, options.fit_every, options.seconds, show)
    print(f"{tally.made} modules, {tally.found} with findings, {tally.fixed} fixed safely, {tally.graphs} graphs ran")
    print("safe fixes: " + ", ".join(f"{code} {count}" for code, count in sorted(tally.fixes.items())))
    print(f"{len({each.number for each in tally.differences})} modules differ")
    return int(bool(tally.differences))


if __name__ == "__main__":
    sys.exit(main())
