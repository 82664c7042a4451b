"""What is a law of one element, of one number or of one draw, tried on an entry with every call that it accepts."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import tensorflow as tf

from sampling import calls, probe

_random = np.random.default_rng(3)
_SHAPE = (3, 4)
_ORDER = _random.permutation(12)
_FLOATS = {name: _random.uniform(0.1, 0.9, _SHAPE).astype("float32") for name in "xyz"}
_INTEGERS = _random.integers(0, 3, _SHAPE).astype("int32")
# Arrays of one shape, which the laws take apart and put together again.
ARRAYS: dict[str, np.ndarray] = {
    **_FLOATS,
    "i": _INTEGERS,
    "b": _INTEGERS > 0,
    "c": (_FLOATS["x"] + 1j * _FLOATS["y"]).astype("complex64"),
    "s": np.array([[str(number) for number in row] for row in _FLOATS["x"]]),
}
_FIXED = {name: sample.value for name, sample in calls.SAMPLES.items() if name not in ARRAYS}
_GENERAL = ("x", "x, y", "b", "b, b", "i", "i, i")


@functools.cache
def _fixed() -> dict[str, Any]:
    return {**calls.MODULES, **{name: tf.constant(value) for name, value in _FIXED.items()}, **calls.OBJECTS}


def scope(part: Callable[[np.ndarray], np.ndarray]) -> dict[str, Any]:
    """The samples, those of one shape changed by ``part``."""
    return {**_fixed(), **{name: tf.constant(part(value)) for name, value in ARRAYS.items()}}


WHOLE = scope(lambda value: value)
FLAT = scope(np.ravel)
SHUFFLED = scope(lambda value: np.ravel(value)[_ORDER])
PARTS = {place: scope(lambda value, place=place: np.ravel(value)[place : place + 1]) for place in (0, 5, 11)}
CUBE = scope(lambda value: value.reshape(2, 3, 2))


def patterns(name: str) -> Iterator[str]:
    """The calls that are tried: those listed for the entry, and in general."""
    yield from dict.fromkeys((*probe.patterns_of(name), *_GENERAL))


def call(function: Any, pattern: str, names: dict[str, Any]) -> np.ndarray:
    """What comes back, as an array. Raises what the function raises, TypeError where it gives several."""
    positional, keywords = eval(f"_arguments({pattern})", {**names, "_arguments": lambda *a, **k: (a, k)})
    value = function(*positional, **keywords)
    if isinstance(value, (tuple, list, dict)):
        raise TypeError("several")
    return np.asarray(tf.convert_to_tensor(value).numpy())


def results(name: str) -> Iterator[tuple[Any, str, np.ndarray]]:
    """The implementations of an entry, with the calls that they accept and what these give."""
    for function in probe.implementations(name):
        for pattern in patterns(name):
            try:
                yield function, pattern, call(function, pattern, WHOLE)
            except Exception:  # another pattern may do
                continue


def is_same(left: np.ndarray, right: np.ndarray) -> bool:
    """Equal up to rounding, in shape as well."""
    if left.shape != right.shape:
        return False
    if left.dtype.kind in "SUO":
        return bool((left == right).all())
    return bool(np.allclose(left, right, rtol=1e-5, atol=1e-6, equal_nan=True))


def is_elementwise(function: Any, pattern: str, whole: np.ndarray) -> bool:
    """Whether each element is the same for the whole, the flat, the shuffled and each element alone."""
    try:
        flat = call(function, pattern, FLAT)
        alone = {place: call(function, pattern, part) for place, part in PARTS.items()}
        return (
            whole.shape == _SHAPE
            and is_same(whole.ravel(), flat)
            and is_same(flat[_ORDER], call(function, pattern, SHUFFLED))
            and all(is_same(flat[place : place + 1], part) for place, part in alone.items())
        )
    except Exception:
        return False


def names_arrays(pattern: str) -> bool:
    """Whether a call is about the samples of one shape."""
    return bool(set(re.findall(r"\w+", pattern)) & ARRAYS.keys())


def is_one_number(function: Any, pattern: str, whole: np.ndarray) -> bool:
    """Whether a call with one tensor gives one number, of whatever rank that is."""
    try:
        return not (whole.shape or call(function, pattern, FLAT).shape or call(function, pattern, CUBE).shape)
    except Exception:
        return False
