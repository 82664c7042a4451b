"""Which graphs are one graph up to names, and which only look like it."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
tf = pytest.importorskip("tensorflow")

from flake8_keras_graph.measure.worker.run import graphs  # noqa: E402
from flake8_keras_graph.measure.worker.run.graphs import GraphFacts  # noqa: E402

pytestmark = pytest.mark.tensorflow

Function = Callable[..., Any]


def _facts(function: Function, *variables: Any, inputs: int = 1) -> GraphFacts:
    compiled = tf.function(function, autograph=False)
    concrete = compiled.get_concrete_function(*[tf.TensorSpec([None, 4])] * inputs)
    return graphs.examine(concrete, {id(v.handle): f"variable {i}" for i, v in enumerate(variables)})


def _unrolled(x: Any) -> Any:
    for _ in range(3):
        x = tf.tanh(x * 2.0)
    return x


def _written_out(renamed: Any) -> Any:
    with tf.name_scope("elsewhere"):
        one = tf.tanh(2.0 * renamed)
    return tf.tanh(tf.tanh(one * 2.0) * 2.0)


SAME: dict[str, tuple[Function, Function]] = {
    "a loop and the same written out": (_unrolled, _written_out),
    "identities": (tf.sin, lambda x: tf.identity(tf.sin(tf.stop_gradient(x)))),
    "constants folded": (lambda x: x * 6.0, lambda x: x * (tf.constant(2.0) * tf.constant(3.0))),
    "computed twice": (lambda x: tf.sin(x) + tf.sin(x), lambda x: (lambda s: s + s)(tf.sin(x))),
    "something unused": (tf.sin, lambda x: (tf.sin(x), tf.cos(x))[0]),
    "an axis and a list of one axis": (lambda x: tf.reduce_sum(x, axis=1), lambda x: tf.reduce_sum(x, axis=[1])),
    "a nested function": (tf.sin, lambda x: tf.function(tf.sin)(x)),
    "order of independent operations": (
        lambda x: (lambda a, b: a - b)(tf.sin(x), tf.cos(x)),
        lambda x: (lambda b, a: a - b)(tf.cos(x), tf.sin(x)),
    ),
}

DIFFERENT: dict[str, tuple[Function, Function]] = {
    "another operation": (tf.sin, tf.cos),
    "another constant": (lambda x: x * 2.0, lambda x: x * 3.0),
    "operands of a subtraction": (lambda x: x - 1.0, lambda x: 1.0 - x),
    "another attribute": (
        lambda x: tf.matmul(x, x, transpose_a=True),
        lambda x: tf.matmul(x, x, transpose_b=True),
    ),
    "another axis": (lambda x: tf.reduce_sum(x, axis=1), lambda x: tf.reduce_sum(x, axis=[0])),
    "one iteration more": (_unrolled, lambda x: tf.tanh(_unrolled(x) * 2.0)),
    "outputs swapped": (lambda x: (tf.sin(x), tf.cos(x)), lambda x: (tf.cos(x), tf.sin(x))),
    "the body of a loop": (
        lambda x: tf.while_loop(lambda y: tf.reduce_sum(y) < 9.0, lambda y: [y * y], [x]),
        lambda x: tf.while_loop(lambda y: tf.reduce_sum(y) < 9.0, lambda y: [y + y], [x]),
    ),
    "one random number or two": (
        lambda x: x * (lambda r: r + r)(tf.random.uniform([])),
        lambda x: x * (tf.random.uniform([]) + tf.random.uniform([])),
    ),
}


@pytest.mark.parametrize("name", SAME)
def test_same(name: str) -> None:
    left, right = (_facts(function) for function in SAME[name])
    assert left.digest is not None
    assert left.digest == right.digest


@pytest.mark.parametrize("name", DIFFERENT)
def test_different(name: str) -> None:
    left, right = (_facts(function) for function in DIFFERENT[name])
    assert left.digest != right.digest


def test_the_same_loop_twice_is_the_same() -> None:
    function = DIFFERENT["the body of a loop"][0]
    assert _facts(function).digest == _facts(function).digest


def test_variables_count_by_what_they_are_paired_with() -> None:
    a, b = tf.Variable([1.0] * 4), tf.Variable([2.0] * 4)
    left = _facts(lambda x: x * a - b, a, b)
    assert left.digest == _facts(lambda x: x * b - a, b, a).digest
    assert left.digest != _facts(lambda x: x * b - a, a, b).digest


def test_inputs_count_by_position() -> None:
    assert _facts(lambda x, y: x - y, inputs=2).digest != _facts(lambda x, y: y - x, inputs=2).digest


def test_order_of_effects_counts() -> None:
    a = tf.Variable([0.0] * 4)

    def add_then_scale(x: Any) -> Any:
        a.assign_add(x[0])
        a.assign(a * 2.0)
        return x

    def scale_then_add(x: Any) -> Any:
        a.assign(a * 2.0)
        a.assign_add(x[0])
        return x

    assert _facts(add_then_scale, a).digest != _facts(scale_then_add, a).digest
    assert _facts(add_then_scale, a).digest == _facts(add_then_scale, a).digest


def test_gradients_of_the_same_are_the_same() -> None:
    def gradient(function: Function) -> Function:
        def inner(x: Any) -> Any:
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = function(x)
            return tape.gradient(y, x)

        return inner

    assert _facts(gradient(_unrolled)).digest == _facts(gradient(_written_out)).digest


def test_contents_are_counted_inside_loops_too() -> None:
    def function(x: Any) -> Any:
        y = tf.while_loop(lambda i, z: i < 3, lambda i, z: (i + 1, tf.sin(z)), (0, x))[1]
        y = tf.cond(tf.reduce_sum(y) > 0, lambda: tf.cos(y), lambda: y)
        return tf.py_function(lambda t: t, [y], tf.float32)

    facts = _facts(function)
    assert (facts.loops, facts.conditionals, facts.host_callbacks) == (1, 1, 1)
    assert facts.operations["Sin"] == 1
    assert facts.operations["Cos"] == 1


def test_the_difference_names_operations() -> None:
    text = graphs.difference(_facts(_unrolled), _facts(lambda x: tf.tanh(x)))
    assert "Tanh 3 against 1" in text
    assert "Mul 3 against 0" in text
