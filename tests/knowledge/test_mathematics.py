"""What Python's own functions of numbers, and NumPy's of sizes, do with a tensor that is traced."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

pytest.importorskip("tensorflow")

import tensorflow as tf

from flake8_keras_graph import knowledge

pytestmark = pytest.mark.tensorflow


def test_mathematics_asks_for_floats() -> None:
    def trace(x: Any) -> Any:
        for name in sorted(knowledge.bare_names("floats", modules=("math",))):  # noqa: KG203
            function = getattr(math, name, None)  # some came with Python 3.11
            if function is not None:
                arguments = [x] * (2 if name in {"atan2", "fmod", "hypot", "pow"} else 1)
                with pytest.raises(TypeError):
                    function(*arguments)
        return x

    tf.function(trace, autograph=False, input_signature=[tf.TensorSpec((), tf.float32)]).get_concrete_function()


def test_numpy_asks_for_sizes() -> None:
    def trace(x: Any) -> Any:
        sizes = (tf.shape(x)[0], tf.shape(x), (tf.shape(x)[0], 3))
        for name in sorted(knowledge.names_where("sizes")):
            for size in sizes:
                beta = [2.0] if name == "numpy.kaiser" else []
                with pytest.raises((TypeError, ValueError, NotImplementedError)):
                    getattr(np, name.removeprefix("numpy."))(size, *beta)
        return x

    spec = tf.TensorSpec((None, 3), tf.float32)
    tf.function(trace, autograph=False, input_signature=[spec]).get_concrete_function()
