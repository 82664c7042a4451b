"""The arguments that the entries are called with: named samples, patterns of them, and a table for the rest."""

from __future__ import annotations

import dataclasses
import itertools
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from sampling import einops_calls, keras_calls, numpy_calls, tensorflow_calls

BATCH = 5


@dataclasses.dataclass(frozen=True)
class Sample:
    """A value whose first dimension is the batch, None while tracing unless ``fixed``."""

    value: Any
    fixed: bool = False

    def spec(self) -> tf.TensorSpec:
        array = tf.constant(self.value)
        shape = array.shape if self.fixed or not array.shape.rank else [None, *array.shape[1:]]
        return tf.TensorSpec(shape, array.dtype)


_random = np.random.default_rng(0)


def _floats(*shape: int) -> np.ndarray:
    return _random.uniform(0.1, 0.9, shape).astype("float32")


def _integers(*shape: int) -> np.ndarray:
    return _random.integers(0, 3, shape).astype("int32")


def _symmetric(*shape: int) -> np.ndarray:
    a = _floats(*shape)
    return (a @ np.swapaxes(a, -1, -2) + 3 * np.eye(shape[-1])).astype("float32")


SAMPLES: dict[str, Sample] = {
    "x": Sample(_floats(BATCH, 4)),
    "y": Sample(_floats(BATCH, 4)),
    "z": Sample(_floats(BATCH, 4)),
    "v": Sample(_floats(BATCH)),
    "seq": Sample(_floats(BATCH, 8, 3)),
    "img": Sample(_floats(BATCH, 8, 8, 3)),
    "pixels": Sample(_floats(BATCH, 8, 8, 3) * 255),
    "vol": Sample(_floats(BATCH, 6, 6, 6, 2)),
    "m": Sample(_symmetric(BATCH, 3, 3)),
    "rhs": Sample(_floats(BATCH, 3, 2)),
    "i": Sample(_integers(BATCH, 4)),
    "ids": Sample(np.arange(BATCH, dtype="int32")),
    "b": Sample(_integers(BATCH, 4) > 0),
    "bits": Sample(_integers(BATCH).astype("uint8")),
    "c": Sample((_floats(BATCH, 4) + 1j * _floats(BATCH, 4)).astype("complex64")),
    "s": Sample(np.array([["a b", "c"]] * BATCH)),
    "square": Sample(_symmetric(3, 3), fixed=True),
    "corners": Sample(np.float32([[[0, 0], [0, 7], [7, 0], [7, 7]]] * BATCH)),
    "kernel": Sample(_floats(3, 3, 3, 2), fixed=True),
    "scalar": Sample(np.float32(0.5), fixed=True),
    "count": Sample(np.int32(3), fixed=True),
}

# The same names with other ranks, for what is said to keep the first dimension or to broadcast.
OTHER_RANKS: tuple[dict[str, Sample], ...] = (
    {"x": Sample(_floats(BATCH)), "y": Sample(_floats(BATCH))},
    {"x": Sample(_floats(BATCH, 4, 3, 2)), "y": Sample(_floats(BATCH, 4, 3, 2))},
)
# And with ranks that differ, for what takes several tensors.
MIXED_RANKS: tuple[dict[str, Sample], ...] = (
    {"x": Sample(_floats(BATCH, 4)), "y": Sample(_floats(3, 1, 4), fixed=True)},
    {"x": Sample(_floats(4), fixed=True), "y": Sample(_floats(BATCH, 4))},
    {"x": Sample(np.float32(0.5), fixed=True), "y": Sample(_floats(BATCH, 4))},
)

# Tried on every entry that CALLS does not name: every one that is accepted has to fit, and one must be.
PATTERNS = ("x", "x, y", "i", "b", "c", "i, i", "b, b", "m", "img", "s", "")

# Keywords that change shapes: each is tried on what is said to keep the first dimension.
TWISTS: dict[str, tuple[Any, ...]] = {
    "axis": (0, 1, -1, None),
    "adjoint": (True,),
    "adjoint_a": (True,),
    "dim": (0,),
    "data_format": ("channels_first",),
    "full_matrices": (False,),
    "keepdims": (True, False),
    "num_or_size_splits": (2,),
    "transpose_a": (True,),
    "transpose_b": (True,),
    "descending": (True,),
    "direction": ("DESCENDING",),
}

MODULES = {"tf": tf, "keras": keras, "np": np}


def _by_name(*tables: tuple[tuple[str, str], ...]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for patterns, names in itertools.chain(*tables):
        for name in names.split():
            found[name] = found.get(name, ()) + tuple(pattern.strip() for pattern in patterns.split(";"))
    return found


NUMPY_CALLS = _by_name(numpy_calls.CALLS)
CALLS = _by_name(einops_calls.CALLS, keras_calls.CALLS, tensorflow_calls.CALLS)


def _find(table: dict[str, tuple[str, ...]], name: str) -> tuple[str, ...] | None:
    """By the whole name, or else by its last two parts, or the last alone."""
    parts = name.split(".")
    return next((table[key] for key in (name, ".".join(parts[-2:]), parts[-1]) if key in table), None)


def listed_patterns(name: str) -> tuple[str, ...] | None:
    """The patterns listed for an entry by its whole name, or else by its last part."""
    return _find(CALLS, name)


def numpy_patterns(name: str) -> tuple[str, ...]:
    return _find(NUMPY_CALLS, name) or numpy_calls.PATTERNS


OPEN_TAPES: list[tf.GradientTape] = []
"""They record what a call computes; whoever made one with ``derived`` ends them, or all of TensorFlow is recorded."""


def derived(tensors: dict[str, tf.Tensor]) -> dict[str, Any]:
    """Objects that are made from the samples, once per trace."""
    x = tensors["x"]
    if x.shape.rank != 2 or x.shape[1] != 4:
        return {}
    tape = tf.GradientTape(persistent=True)
    tape.__enter__()
    OPEN_TAPES.append(tape)
    tape.watch(x)
    return {
        "array": tf.TensorArray(tf.float32, size=BATCH, clear_after_read=False).unstack(x),
        **OBJECTS,
        "positive_definite": tf.linalg.LinearOperatorFullMatrix(
            tensors["square"], is_self_adjoint=True, is_positive_definite=True
        ),
        "ragged": tf.RaggedTensor.from_tensor(x),
        "sparse": tf.sparse.from_dense(x),
        "tape": tape,
    }


def _model() -> keras.Model:
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    model.compile(loss="mse")
    return model


# What holds variables is made before anything is traced.
OBJECTS: dict[str, Any] = {
    "generator": tf.random.get_global_generator(),
    "layer": keras.layers.Dense(2),
    "model": _model(),
    "noise": keras.random.normal((1,)),
    "seeds": keras.random.SeedGenerator(1),
    "variable": tf.Variable(0.5),
}
