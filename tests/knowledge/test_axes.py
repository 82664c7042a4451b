"""What is said to leave the first dimension alone does so, for every axis that the analysis takes it at its word for."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("tensorflow")

import tensorflow as tf
from sampling import probe

from flake8_keras_graph import knowledge

pytestmark = pytest.mark.tensorflow

NAMES = sorted(knowledge.names_where("along-axis"))


def _first_dimension(name: str, arguments: str) -> Any:
    found = []

    def trace(x: Any) -> Any:
        found.append(eval(f"_function({arguments})", {"_function": probe.resolve(name), "tf": tf, "x": x}).shape[0])
        return x

    signature = [tf.TensorSpec((None, 4, 3), tf.float32)]
    tf.function(trace, autograph=False, input_signature=signature).get_concrete_function()
    return found[0]


@pytest.mark.parametrize("name", NAMES)
def test_the_batch_stays(name: str) -> None:
    given = "x > 0" if name.rpartition(".")[2] in {"reduce_all", "reduce_any"} else "x"
    assert [_first_dimension(name, f"{given}, {axis}") for axis in ("1", "-1", "axis=2")] == [None] * 3
    assert _first_dimension(name, f"{given}, 0") == 4


@pytest.mark.parametrize("name", sorted(knowledge.names_where("joins")))
def test_parts_of_unknown_length_make_a_whole_of_one(name: str) -> None:
    assert [_first_dimension(name, f"[x, x], axis={axis}") for axis in (0, 1, -1)] == [None] * 3
    assert _first_dimension(name, "[x, tf.zeros((2, 4, 3))], axis=-1") == 2
