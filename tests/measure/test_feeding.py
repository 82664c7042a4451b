"""Inputs that a function of the project makes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from flake8_keras_graph.measure.worker.build import feeding

pytest.importorskip("tensorflow")
pytestmark = pytest.mark.tensorflow


def _pairs(batch: int, seed: int) -> Any:
    generator = np.random.default_rng(seed)
    return {
        "tokens": generator.integers(0, 9, (batch, 5 + seed)),
        "image": generator.random((batch, 4, 4, 3)).astype("float32"),
    }


def test_sizes_that_differ_between_draws_are_unknown() -> None:
    found = feeding.drawn("data.py:pairs", _pairs).described
    assert found["tokens"]["shape"] == [None]
    assert (found["image"]["shape"], found["image"]["dtype"]) == ([4, 4, 3], "float32")
    assert 0 <= found["tokens"]["low"] < found["tokens"]["high"] <= 9


def test_the_function_is_asked_for_every_batch() -> None:
    feed = {"inputs": feeding.drawn("data.py:pairs", _pairs), "scale": {"shape": [], "low": 2, "high": 3}}
    made = feeding.make(feed, 6, 1)
    assert made["inputs"]["tokens"].shape == (6, 6)
    assert made["scale"].shape == (6,)
    assert np.array_equal(made["inputs"]["image"], _pairs(6, 1)["image"])


def test_the_signature_has_an_unknown_batch() -> None:
    (found,) = feeding.signature({"inputs": feeding.drawn("data.py:pairs", _pairs)}).values()
    assert found["image"].shape.as_list() == [None, 4, 4, 3]
    assert found["tokens"].shape.as_list() == [None, None]


def test_a_number_is_no_batch() -> None:
    with pytest.raises(TypeError, match="batch dimension"):
        feeding.drawn("data.py:one", lambda batch, seed: 3.0)


NET = """
import keras


class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.embedding = keras.layers.Embedding(7, 4)
        self.dense = keras.layers.Dense(2)

    def call(self, inputs, scale):
        if inputs["flag"] is None:
            return None
        return self.dense(keras.ops.mean(self.embedding(inputs["ids"]), axis=1) * scale)
"""
DATA = """
import numpy as np

print("this is run when the function is asked for")


def both(batch, seed):
    generator = np.random.default_rng(seed)
    ids = generator.integers(0, 7, (batch, 5)).astype("int32")
    return {"inputs": {"ids": ids, "flag": np.ones((batch, 1), "float32")}, "scale": np.ones((batch, 1), "float32")}


def labels(batch, seed):
    return np.zeros((batch, 2), "float32")
"""


def test_a_model_is_measured_with_inputs_of_a_function(tmp_path: Path) -> None:
    from flake8_keras_graph.measure.parent.session import Settings, Target, measure

    (tmp_path / "net.py").write_text(NET)
    (tmp_path / "data.py").write_text(DATA)
    table = {
        "target": "net.py:Net",
        "inputs": "data.py:both",
        "labels": "data.py:labels",
        "loss": "mse",
        "batch_size": 8,
    }
    settings = Settings(root=str(tmp_path), specs=(table,), budget_seconds=40.0, comparison_seconds=0.3)
    (result,) = measure([Target(str(tmp_path / "net.py"), "Net", "model", 3)], settings)
    assert result.status != "not_measured", result.reason
    assert result.spec is not None
    assert result.spec["guessed"] is False
    assert result.spec["inputs"] == {"inputs": "data.py:both", "scale": "data.py:both"}
    assert result.compiled["graph"]["train"]["works"]
