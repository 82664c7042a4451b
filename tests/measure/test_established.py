"""What compiling raises in real classes, and what becomes of it: a finding where nothing was guessed."""

from __future__ import annotations

import pytest

pytest.importorskip("tensorflow")

from flake8_keras_graph.measure.parent.session import Settings, Target, measure
from flake8_keras_graph.records import ModelResult

pytestmark = pytest.mark.tensorflow

SOURCE = """\
import operator

import keras
import tensorflow as tf


class Headed(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(4)


class Gated(Headed):
    def call(self, x):
        if operator.truth(tf.reduce_sum(x) > 0):
            x = x * 2
        return self.dense(x)


class Guessed(Headed):
    def call(self, x):
        if operator.truth(tf.reduce_sum(x) > 0):
            x = x * 3
        return self.dense(x)


class Printed(Headed):
    def call(self, x):
        x = x * 2
        tf.print(tf.shape(x))
        return self.dense(x)


class Works(Headed):
    def call(self, x):
        return self.dense(x)
"""
TOLD = {
    "Gated": [(15, "error", "compiled as fit compiles, it raises OperatorNotAllowedInGraphError: ")],
    "Guessed": [],
    "Printed": [(30, "warning", "compiled by XLA, as fit does on a GPU, it raises InvalidArgumentError: ")],
    "Works": [],
}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ModelResult]:
    folder = tmp_path_factory.mktemp("established")
    (folder / "m.py").write_text(SOURCE)
    specs = tuple(
        {"target": f"m.py:{name}", "inputs": {"shape": [8], "dtype": "float32"}} for name in TOLD if name != "Guessed"
    )
    targets = [Target(str(folder / "m.py"), name, "model", 3) for name in TOLD]
    found = measure(targets, Settings(root=str(folder), specs=specs, comparison_seconds=0.2))
    return {result.symbol: result for result in found}


@pytest.mark.parametrize("symbol", TOLD)
def test_what_compiling_raises_is_a_finding(results: dict[str, ModelResult], symbol: str) -> None:
    found = [(f.line, f.ran_into.level, f.detail) for f in results[symbol].findings if f.ran_into]
    assert [each[:2] for each in found] == [each[:2] for each in TOLD[symbol]], results[symbol]
    for (_, _, detail), (_, _, start) in zip(found, TOLD[symbol], strict=True):
        assert detail.startswith(start)
