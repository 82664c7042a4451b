"""Sizes: which parameters refuse None, which XLA has to know, and what it does not compile; on the installed libraries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sampling import not_for_xla

from flake8_keras_graph import knowledge

pytestmark = [pytest.mark.tensorflow, pytest.mark.slow]

# Calls with a size ``n`` as the parameter named, in the words of tf, K (tf_keras.backend), ops and random (of Keras 3).
SIZED = {
    "tf.fill dims": "tf.fill([n, 2], 1.0)",
    "tf.zeros shape": "tf.zeros([n, 2])",
    "tf.ones shape": "tf.ones([n, 2])",
    "tf.reshape shape": "tf.reshape(x, [n, -1])",
    "tf.broadcast_to shape": "tf.broadcast_to(x[:1], [n, 4])",
    "tf.tile multiples": "tf.tile(x, [n, 1])",
    "tf.repeat repeats": "tf.repeat(x, n, axis=0)",
    "tf.one_hot depth": "tf.one_hot([1], n)",
    "tf.linspace num": "tf.linspace(0.0, 1.0, n)",
    "tf.eye num_rows": "tf.eye(n)",
    "tf.eye batch_shape": "tf.eye(4, batch_shape=[n])",
    "tf.range start": "tf.range(n)",
    "tf.range delta": "tf.range(0, 8, n)",
    "tf.pad paddings": "tf.pad(x, [[0, n], [0, 0]])",
    "tf.random.normal shape": "tf.random.normal([n, 2])",
    "tf.random.stateless_uniform shape": "tf.random.stateless_uniform([n, 2], [1, 2])",
    "tf.image.resize size": "tf.image.resize(tf.ones((1, 4, 4, 1)), [n, n])",
    "tf.math.unsorted_segment_sum num_segments": "tf.math.unsorted_segment_sum(x, tf.zeros(8, 'int32'), n)",
    "keras.ops.reshape newshape": "ops.reshape(x, [n, -1])",
    "keras.ops.zeros shape": "ops.zeros([n, 2])",
    "keras.ops.full shape": "ops.full([n, 2], 1.0)",
    "keras.ops.broadcast_to shape": "ops.broadcast_to(x[:1], [n, 4])",
    "keras.ops.tile repeats": "ops.tile(x, [n, 1])",
    "keras.ops.repeat repeats": "ops.repeat(x, n, axis=0)",
    "keras.ops.arange start": "ops.arange(n)",
    "keras.ops.eye N": "ops.eye(n)",
    "keras.ops.identity n": "ops.identity(n)",
    "keras.ops.one_hot num_classes": "ops.one_hot([1], n)",
    "keras.backend.tile n": "K.tile(x, [n, 1])",
    "keras.backend.one_hot num_classes": "K.one_hot(tf.constant([1]), n)",
}
BOUNDS = {
    "tf.slice begin": "tf.slice(x, [n, 0], [1, 2])",
    "tf.slice size": "tf.slice(x, [0, 0], [n, 2])",
    "keras.ops.slice shape": "ops.slice(x, (0, 0), (n, 2))",
}
LIMITS = {
    "tf.range limit": "tf.range(0, n)",
    "tf.eye num_columns": "tf.eye(4, num_columns=n)",
    "tf.sequence_mask maxlen": "tf.sequence_mask([1], n)",
    "keras.ops.arange stop": "ops.arange(0, n)",
    "keras.ops.eye M": "ops.eye(4, n)",
}
COMPILED = {
    "tf.boolean_mask": "tf.boolean_mask(x, x[:, 0] > 0)",
    "tf.where": "tf.where(x > 0)",
    "tf.unique": "tf.unique(n + [0, 1])[0]",
    "tf.dynamic_partition": "tf.dynamic_partition(x, tf.zeros(8, 'int32'), 2)[0]",
}


def _call(code: str) -> Callable[[Any, Any], Any]:
    import keras
    import tensorflow as tf
    import tf_keras

    scope = {"tf": tf, "ops": keras.ops, "K": tf_keras.backend}
    return eval(f"lambda x, n: {code}", scope)  # type: ignore[no-any-return]


def _compiles(code: str) -> bool:
    """Whether XLA compiles it within a step, as fit does, where ``n`` is computed from what is fed."""
    import tensorflow as tf

    call, weight = _call(code), tf.Variable(tf.ones((4, 4)) * 0.25)

    @tf.function(jit_compile=True, autograph=False)
    def step(x: Any) -> Any:
        x = tf.sigmoid(x @ weight)  # what is multiplied by weights is no constant to XLA, as it is not in fit
        return call(x, tf.cast(tf.reduce_max(x), tf.int32) + 1)

    try:
        step(tf.ones((8, 4)))
    except (tf.errors.InvalidArgumentError, tf.errors.UnimplementedError):
        return False
    return True


def _takes_none(code: str) -> bool:
    import tensorflow as tf

    call = _call(code)
    try:
        tf.function(lambda x: call(x, None), autograph=False).get_concrete_function(tf.TensorSpec((8, 4)))
    except (TypeError, ValueError):
        return False
    return True


def _column(key: str, column: str) -> bool:
    name, parameter = key.split()
    record = knowledge.record(knowledge.canonical(name))
    return record is not None and parameter in dict(getattr(record, column))


@pytest.mark.parametrize("key", SIZED)
def test_a_size_refuses_none_and_has_to_be_known_to_xla(key: str) -> None:
    assert _column(key, "sizes")
    assert not _takes_none(SIZED[key])
    assert not _compiles(SIZED[key])


@pytest.mark.parametrize("key", BOUNDS)
def test_a_bound_refuses_none(key: str) -> None:
    assert _column(key, "bounds")
    assert not _takes_none(BOUNDS[key])
    assert _compiles(BOUNDS[key])


@pytest.mark.parametrize("key", LIMITS)
def test_a_limit_may_be_none(key: str) -> None:
    assert _column(key, "limits") or _column(key, "values")
    assert _takes_none(LIMITS[key])
    assert not _compiles(LIMITS[key])


@pytest.mark.parametrize("name", not_for_xla.NEVER)
def test_what_xla_does_not_compile(name: str) -> None:
    assert not _compiles(not_for_xla.NEVER[name])


def test_everything_that_xla_is_said_not_to_compile_is_tried() -> None:
    assert set(not_for_xla.NEVER) == knowledge.names_where(xla="never")


@pytest.mark.parametrize("name", COMPILED)
def test_what_xla_compiles(name: str) -> None:
    assert name not in knowledge.names_where(xla="never")
    assert _compiles(COMPILED[name])
