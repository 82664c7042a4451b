"""Attributes and methods of tensors and variables, read on real ones while tracing."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest

pytest.importorskip("tensorflow")

import keras
import tensorflow as tf
from sampling import fit, probe

from flake8_keras_graph import knowledge
from flake8_keras_graph.knowledge import tensor_attributes

pytestmark = pytest.mark.tensorflow

NAMES = sorted(name for block in tensor_attributes.ATTRIBUTES.values() for name in block.split())
ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "assign": ([[1.0, 2.0], [3.0, 4.0]],),
    "assign_add": ([[1.0, 2.0], [3.0, 4.0]],),
    "assign_sub": ([[1.0, 2.0], [3.0, 4.0]],),
    "gather_nd": ([[0]],),
    "scatter_nd_add": ([[0]], [[1.0, 2.0]]),
    "scatter_nd_sub": ([[0]], [[1.0, 2.0]]),
    "scatter_nd_update": ([[0]], [[1.0, 2.0]]),
    "set_shape": ([None, 2],),
    "sparse_read": ([0],),
}
# Methods of arrays: what has no value yet lacks them, and an eager tensor does too.
ON_ARRAYS_ONLY = {"item", "tolist"}
# A method of one kind of variable is a property of the other.
PROPERTIES = {("keras.Variable", "value")}
# tf.Variable keeps methods of TensorFlow 1 that want a session.
WITHOUT_SESSION = {("tf.Variable", "experimental_ref"), ("tf.Tensor", "experimental_ref")}


def _arguments(name: str) -> tuple[Any, ...]:
    if name.startswith("scatter") and name not in ARGUMENTS:
        return (tf.IndexedSlices(tf.constant([[1.0, 2.0]]), tf.constant([0])),)
    return ARGUMENTS.get(name, ())


@pytest.fixture(scope="module")
def variables() -> dict[str, Any]:
    value = [[1.0, 2.0], [3.0, 4.0]]
    return {"tf.Variable": tf.Variable(value), "keras.Variable": keras.Variable(value)}


def _problems(name: str, kind: str, holder: Any) -> list[str]:
    spec = knowledge.tensor_attribute(name)
    assert spec is not None
    try:
        value = getattr(holder, name)
    except AttributeError:
        return []
    if not spec.startswith("call:"):
        return [] if fit.fits(value, spec, probe.resolve) else [f"{kind}.{name} is {value}, not {spec}"]
    if not callable(value):
        return [] if (kind, name) in PROPERTIES else [f"{kind}.{name} is no method"]
    return _call_problems(f"{kind}.{name}", value, _arguments(name), spec.removeprefix("call:"))


def _call_problems(where: str, method: Any, arguments: tuple[Any, ...], spec: str) -> list[str]:
    try:
        result = method(*arguments)
    except Exception as error:
        return [] if spec == "host" else [f"{where}: {type(error).__name__}: {error}"]
    if spec == "host":
        return [f"{where} gives {result} while tracing"]
    return [] if fit.fits(result, spec, probe.resolve) else [f"{where} gives {result}, not {spec}"]


@pytest.mark.parametrize("name", NAMES)
def test_attributes(name: str, variables: dict[str, Any]) -> None:
    problems: list[str] = []
    found: list[str] = []

    def trace(x: tf.Tensor) -> None:
        holders = {
            "tf.Tensor": x,
            "tf.RaggedTensor": tf.RaggedTensor.from_tensor(x),
            "tf.SparseTensor": tf.sparse.from_dense(x),
            "keras.KerasTensor": keras.KerasTensor((None, 2)),
            **variables,
        }
        for kind, holder in holders.items():
            problems.extend(_problems(name, kind, holder))
            with contextlib.suppress(AttributeError):
                getattr(holder, name)
                found.append(kind)
        raise probe.Traced

    with contextlib.suppress(probe.Traced):
        tf.function(trace, autograph=False).get_concrete_function(tf.TensorSpec([None, 2]))
    assert not problems, "\n".join(problems)
    assert bool(found) != (name in ON_ARRAYS_ONLY)
