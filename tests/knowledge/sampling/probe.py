"""Calls entries while tracing and eagerly, and says where what comes back is not what the table claims."""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import importlib
import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf
import tf_keras

from sampling import calls, fit

ROOTS: dict[str, tuple[Any, ...]] = {
    "tf": (tf, tf.compat.v1),
    "keras": (keras, tf.keras, tf_keras),
    "numpy": (np,),
}


# The tables were last checked whole on these; older packages lack some of the names.
CHECKED_ON = ((tf, (2, 21)), (keras, (3, 15)), (tf_keras, (2, 21)), (np, (2, 4)))


def is_older() -> bool:
    """Whether an installed package is older than the one that the tables were checked on."""
    return any(tuple(map(int, package.__version__.split(".")[:2])) < checked for package, checked in CHECKED_ON)


def implementations(name: str) -> list[Any]:
    """What the canonical name stands for in the installed packages, each once."""
    root, _, rest = name.partition(".")
    roots = ROOTS.get(root) or (_imported(root),)
    found = [value for value in (_attribute(package, rest) for package in roots) if value is not None]
    return list({id(value): value for value in found}.values())


def resolve(name: str) -> Any:
    return implementations(name)[0]


def _imported(package: str) -> Any:
    try:
        return importlib.import_module(package)
    except ImportError:
        return None


def _attribute(value: Any, dotted: str) -> Any:
    for part in dotted.split("."):
        try:
            value = getattr(value, part)
        except AttributeError:
            return None
    return value


@dataclasses.dataclass
class Outcome:
    """What calling one entry gave: the calls that were accepted, the claims that did not hold, the refusals."""

    accepted: list[str] = dataclasses.field(default_factory=list)
    accepted_eagerly: list[str] = dataclasses.field(default_factory=list)
    accepted_by: collections.Counter[int] = dataclasses.field(default_factory=collections.Counter)
    problems: list[str] = dataclasses.field(default_factory=list)
    refused: list[str] = dataclasses.field(default_factory=list)

    def was_called(self, spec: str) -> bool:
        """Also eagerly where that tells more: the size of the first dimension, what lies on the host."""
        if self.accepted_eagerly:
            return True
        return bool(self.accepted) and spec != "host" and not _is_about_shapes(spec)

    def had_enough(self, function: Any) -> bool:
        return self.accepted_by[id(function)] >= ENOUGH

    def left_out(self, patterns: tuple[str, ...]) -> set[str]:
        return set(patterns) - set(self.accepted) - set(self.accepted_eagerly)


class Traced(Exception):
    """Ends a trace: the graph itself is of no use."""


# Accepted calls of one function after which an entry of which no shape is claimed needs no more.
ENOUGH = 4

# What is called outside any graph: methods of models, and functions of keras.ops that the TensorFlow backend
# cannot trace, for an unknown batch or without AutoGraph.
EAGER = (
    "keras.Layer.",
    "keras.Model.",
    "keras.ops.bartlett",
    "keras.ops.corrcoef",
    "keras.ops.gcd",
    "keras.ops.isin",
    "keras.ops.kron",
    "keras.ops.lcm",
    "keras.ops.lu_factor",
    "keras.ops.unfold",
)


def _is_about_shapes(spec: str) -> bool:
    return spec == "broadcast" or keeps_first_dimension(spec)


def keeps_first_dimension(spec: str) -> bool:
    return "batched" in spec


def patterns_of(name: str) -> tuple[str, ...]:
    return calls.listed_patterns(name) or calls.PATTERNS


def check(entries: dict[str, str]) -> dict[str, Outcome]:
    """Call every entry in every world of samples; ``entries`` maps canonical names to specs."""
    outcomes = {name: Outcome() for name in entries}
    eager = {name: spec for name, spec in entries.items() if name.startswith(EAGER)}
    for name, spec in eager.items():
        for function, text in _calls(name, spec, patterns_of(name)):
            scope = {key: tf.constant(sample.value) for key, sample in calls.SAMPLES.items()}
            _check_call(outcomes[name], function, text, spec, scope | calls.derived(scope), traced=False)
    entries = {name: spec for name, spec in entries.items() if name not in eager}
    _check_world(entries, calls.SAMPLES, outcomes, patterns_of)
    shaped = {name: spec for name, spec in entries.items() if _is_about_shapes(spec)}
    for other in calls.OTHER_RANKS:
        _check_world(shaped, {**calls.SAMPLES, **other}, outcomes, lambda name: _naming({"x"}, patterns_of(name)))
    for other in calls.MIXED_RANKS:
        _check_world(shaped, {**calls.SAMPLES, **other}, outcomes, lambda name: _naming({"x", "y"}, patterns_of(name)))
    return outcomes


def check_patterns(name: str, spec: str, patterns: tuple[str, ...]) -> Outcome:
    """Call one entry in these ways only."""
    outcomes = {name: Outcome()}
    _check_world({name: spec}, calls.SAMPLES, outcomes, lambda _: patterns)
    return outcomes[name]


def _naming(samples: set[str], patterns: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(pattern for pattern in patterns if samples <= set(re.findall(r"\w+", pattern)))


def _check_world(
    entries: dict[str, str],
    samples: dict[str, calls.Sample],
    outcomes: dict[str, Outcome],
    patterns: Callable[[str], tuple[str, ...]],
) -> None:
    if not entries:
        return

    accepted: list[tuple[str, Any, str]] = []

    def trace(**tensors: tf.Tensor) -> None:
        scope = tensors | calls.derived(tensors)  # a tape for each trace
        for name, spec in entries.items():
            for function, text in _calls(name, spec, patterns(name)):
                if outcomes[name].had_enough(function) and not _is_about_shapes(spec):
                    continue
                if _check_call(outcomes[name], function, text, spec, scope, traced=True) or spec == "host":
                    accepted.append((name, function, text))
        raise Traced

    specs = {name: sample.spec() for name, sample in samples.items()}
    with contextlib.suppress(Traced):
        tf.function(trace, autograph=False).get_concrete_function(**specs)
    values = {name: tf.constant(sample.value) for name, sample in samples.items()}
    scope = values | calls.derived(values)
    for name, function, text in accepted:
        spec = entries[name]
        if _is_about_shapes(spec) or spec == "host":
            _check_call(outcomes[name], function, text, spec, scope, traced=False)


def _calls(name: str, spec: str, patterns: tuple[str, ...]) -> Iterator[tuple[Any, str]]:
    for function in implementations(name):
        for pattern in patterns:
            yield function, pattern
            if keeps_first_dimension(spec):
                for twist in _twists(function):
                    if twist.partition("=")[0] not in pattern:
                        yield function, f"{pattern}, {twist}"


def _twists(function: Any) -> list[str]:
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return []
    return [f"{name}={value!r}" for name, values in calls.TWISTS.items() if name in parameters for value in values]


def _check_call(outcome: Outcome, function: Any, text: str, spec: str, values: dict[str, Any], traced: bool) -> bool:
    scope = calls.MODULES | values
    used: list[Any] = []
    try:
        arguments = eval(f"_arguments({text})", {**scope, "_arguments": lambda *a, **k: (a, k)})
        used = [leaf for leaf in fit.leaves([list(arguments[0]), arguments[1]]) if fit.is_tensor(leaf)]
        value = function(*arguments[0], **arguments[1])
    except Exception as error:
        outcome.refused.append(f"({text}): {type(error).__name__}: {error}"[:200])
        return False
    wrong = problem(value, spec, used, traced)
    if wrong:
        where = "traced" if traced else "eager"
        shapes = ", ".join(str(tensor.shape) for tensor in used)
        outcome.problems.append(f"{where} {function.__module__}({text}) of {shapes}: {wrong}")
    elif traced:
        outcome.accepted.append(text)
        outcome.accepted_by.update([id(function)])
    else:
        outcome.accepted_eagerly.append(text)
    return not wrong


def problem(value: Any, spec: str, used: list[Any], traced: bool = True) -> str:
    if spec == "host" and traced:
        return ""
    if not fit.fits(value, spec, resolve):
        return f"{_describe(value)} is not {spec}"
    if spec == "broadcast" and used:
        expected = _broadcast_shape([tensor.shape for tensor in used])
        if value.shape.as_list() != expected:
            return f"shape {value.shape} is not the broadcast {expected}"
    if not used or not used[0].shape.rank:
        return ""
    first = used[0].shape[0]
    for part in fit.batched_parts(value, spec):
        if part.shape.rank is not None and (not part.shape.rank or part.shape[0] != first):
            return f"shape {part.shape} does not begin with {first}"
    return ""


def _broadcast_shape(shapes: list[tf.TensorShape]) -> list[int | None]:
    result = tf.TensorShape([])
    for shape in shapes:
        result = tf.broadcast_static_shape(result, shape)
    return result.as_list()


def check_numpy(entries: dict[str, str]) -> dict[str, Outcome]:
    """Call entries of NumPy with arrays, and then with traced tensors: ``numpy`` entries must refuse these."""
    outcomes = {name: Outcome() for name in entries}
    arrays = {name: np.asarray(sample.value) for name, sample in calls.SAMPLES.items()}

    def trace(**tensors: tf.Tensor) -> None:
        for name, spec in entries.items():
            for pattern in calls.numpy_patterns(name):
                _check_numpy_call(outcomes[name], resolve(name), pattern, spec, arrays, tensors)
        raise Traced

    specs = {name: sample.spec() for name, sample in calls.SAMPLES.items()}
    with contextlib.suppress(Traced):
        tf.function(trace, autograph=False).get_concrete_function(**specs)
    return outcomes


def _check_numpy_call(
    outcome: Outcome, function: Any, text: str, spec: str, arrays: dict[str, Any], tensors: dict[str, Any]
) -> None:
    call = f"_function({text})"
    scope = calls.MODULES | {"_function": function}
    try:
        copies = {name: array.copy() for name, array in arrays.items()}  # a ufunc may be given one to write to
        value = eval(call, scope | copies)
    except Exception as error:
        outcome.refused.append(f"({text}): {type(error).__name__}: {error}"[:200])
        return
    outcome.accepted.append(text)
    if spec == "none" and value is not None:
        outcome.problems.append(f"({text}) gives {_describe(value)}")
    try:
        traced = eval(call, scope | tensors)
    except Exception as error:
        if spec != "numpy":
            outcome.problems.append(f"({text}) refuses a traced tensor: {error}"[:200])
        return
    if spec == "numpy":
        outcome.problems.append(f"({text}) takes a traced tensor and gives {_describe(traced)}")
    elif not fit.fits(traced, spec, resolve):
        outcome.problems.append(f"({text}) gives {_describe(traced)}")


def _describe(value: Any) -> str:
    if isinstance(value, (tuple, list)):
        return f"{type(value).__name__}({', '.join(_describe(item) for item in value)})"
    return f"{type(value).__name__} {getattr(value, 'shape', value)}"
