"""What Python's own functions of numbers do with a tensor that is traced."""

from __future__ import annotations

import math
from typing import Any

import pytest

pytest.importorskip("tensorflow")

import tensorflow as tf

from flake8_keras_graph import knowledge

pytestmark = pytest.mark.tensorflow


def test_mathematics_asks_for_floats() -> None:
    def trace(x: Any) -> Any:
        for name in sorted(knowledge.bare_names("floats", modules=("math",))):
            function = getattr(math, name, None)  # some came with Python 3.11
            if function is not None:
                arguments = [x] * (2 if name in {"atan2", "fmod", "hypot", "pow"} else 1)
                with pytest.raises(TypeError):
                    function(*arguments)
        return x

    tf.function(trace, autograph=False, input_signature=[tf.TensorSpec((), tf.float32)]).get_concrete_function()
