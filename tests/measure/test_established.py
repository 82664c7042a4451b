"""What compiling raises in real classes, and what becomes of it: a finding where nothing was guessed."""

from __future__ import annotations

import re

import pytest

pytest.importorskip("tensorflow")

from flake8_keras_graph import engine
from flake8_keras_graph.config import Options
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
        vars(tf)["print"](tf.shape(x))  # no rule tells what this is
        return self.dense(x)


class Works(Headed):
    def call(self, x):
        return self.dense(x)


class Trained(Works):
    def __init__(self):
        super().__init__()
        self.steps, self.seen = 0, []

    def train_step(self, data):
        self.steps += 1
        self.seen.append(data)
        del self.seen[:]
        return super().train_step(data)


class Stepping(Works):
    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            loss = tf.tanh(self.compute_loss(x=x, y=y, y_pred=self(x, training=True)))
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables))
        return {"loss": loss}


class Stumbling(Stepping):
    def train_step(self, data):
        if operator.truth(tf.reduce_sum(data[0]) > 0):
            data = tuple(data)
        return super().train_step(data)


class Unfitted(Works):
    def train_step(self, data):
        raise KeyError("data of another kind")
"""
TOLD = {
    "Gated": [(15, "error", "compiled as fit compiles, it raises OperatorNotAllowedInGraphError: ")],
    "Guessed": [],
    "Printed": [(30, "warning", "compiled by XLA, as fit does on a GPU, it raises InvalidArgumentError: ")],
    "Works": [],
    "Trained": [],
    "Stepping": [],
    "Stumbling": [],
    "Unfitted": [],
}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ModelResult]:
    folder = tmp_path_factory.mktemp("established")
    (folder / "m.py").write_text(SOURCE)
    specs = tuple(
        {"target": f"m.py:{name}", "inputs": {"shape": [8], "dtype": "float32"}} for name in TOLD if name != "Guessed"
    )
    found = engine.check(engine.Source(str(folder / "m.py"), SOURCE), Options())
    targets = [
        Target(str(folder / "m.py"), name, "model", 3, tuple(f for f in found if f.symbol == name)) for name in TOLD
    ]
    measured = measure(targets, Settings(root=str(folder), specs=specs, comparison_seconds=0.2))
    return {result.symbol: result for result in measured}


@pytest.mark.parametrize("symbol", TOLD)
def test_what_compiling_raises_is_a_finding(results: dict[str, ModelResult], symbol: str) -> None:
    found = [(f.line, f.ran_into.level, f.detail) for f in results[symbol].findings if f.ran_into]
    assert [each[:2] for each in found] == [each[:2] for each in TOLD[symbol]], results[symbol]
    for (_, _, detail), (_, _, start) in zip(found, TOLD[symbol], strict=True):
        assert detail.startswith(start)


def test_what_only_fit_runs_is_tested_in_fit(results: dict[str, ModelResult]) -> None:
    told = {(f.line, f.status): f.detail for f in results["Trained"].findings}
    assert sorted(told) == [(45, "confirmed"), (46, "refuted")], told
    assert re.match(r"after (\d+) steps `self.steps` is 2 compiled, and \1 run eagerly; ", told[45, "confirmed"])


def test_a_class_with_a_step_of_its_own_is_compared_with_its_functional_form(results: dict[str, ModelResult]) -> None:
    """Forward, and by its own step, which the functional form keeps."""
    found = {c.step: c for c in results["Stepping"].comparisons if c.rewrite == "functional"}
    assert {step: each.verdict for step, each in found.items()} == {"forward": "same graph", "train": "same graph"}
    fits = results["Stepping"].compiled["graph"]["train"]
    assert (fits["works"], fits["guessed"], fits["operations"]["Tanh"]) == (True, True, 1)  # only its step has one
    assert results["Unfitted"].warnings[0].startswith("its own train_step ran with no labels that were tried")
    assert {c.step for c in results["Unfitted"].comparisons} == {"forward"}


def test_what_an_own_step_raises_with_guessed_labels_is_no_finding(results: dict[str, ModelResult]) -> None:
    fits = results["Stumbling"].compiled["graph"]["train"]
    assert (fits["works"], fits["guessed"]) == (False, True)
    assert results["Stumbling"].findings == ()
