"""What needs a number raises for a batch dimension that is None, and every such parameter stands where it is said to."""

from __future__ import annotations

import inspect
import math
from typing import Any

import pytest

pytest.importorskip("tensorflow")

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from flake8_keras_graph.analysis import knowledge
from flake8_keras_graph.analysis.knowledge import sizes

pytestmark = pytest.mark.tensorflow

FUNCTIONS = [name for name in knowledge.flatten(sizes.SIZES) if not name.startswith("keras.backend.")]
SCOPE = {"keras": keras, "np": np, "numpy": np, "tf": tf, "ops": ops}


def _raises(code: str) -> bool:
    """Whether ``code``, ``b`` being the batch dimension of ``x``, raises while it is traced."""
    failed = []

    def trace(x: Any) -> Any:
        try:
            eval(code, SCOPE, {"x": x, "b": x.shape[0]})
        except (TypeError, ValueError):
            failed.append(code)
        return x

    tf.function(trace, autograph=False, input_signature=[tf.TensorSpec((None, 4), tf.float32)]).get_concrete_function()
    return bool(failed)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_none_raises(name: str) -> None:
    for position, parameter in knowledge.needs_sizes(name):
        before = (
            "x, " if position == 1 and parameter in {"shape", "newshape", "repeats", "multiples"} else "1, " * position
        )
        after = ", 1" if (name.endswith(("fill", "full")) or (position == 0 and parameter == "x1")) else ""
        after = ", 0, 2" if name.endswith("randint") else after
        numbers = (
            ["b"] if parameter in {"x", "x1", "x2", "start", "stop", "limit", "N", "num_rows"} else ["(b, 2)", "[b]"]
        )
        for number in numbers:
            assert _raises(f"{name}({before}{number}{after})"), (name, number)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_parameter_is_where_it_is_said_to_be(name: str) -> None:
    function: Any = SCOPE[name.partition(".")[0]]
    for part in name.split(".")[1:]:
        function = getattr(function, part)
    try:
        parameters = list(inspect.signature(function).parameters)
    except (TypeError, ValueError):  # NumPy's are written in C
        pytest.skip("no signature")
    for position, parameter in knowledge.needs_sizes(name):
        if parameter in parameters:
            assert parameters[position] == parameter


def test_mathematics_asks_for_floats() -> None:
    def trace(x: Any) -> Any:
        for name in sizes.OF_FLOATS.split():
            function = getattr(math, name, None)  # some came with Python 3.11
            if function is not None:
                arguments = [x] * (2 if name in {"atan2", "fmod", "hypot", "pow"} else 1)
                with pytest.raises(TypeError):
                    function(*arguments)
        return x

    tf.function(trace, autograph=False, input_signature=[tf.TensorSpec((), tf.float32)]).get_concrete_function()
