"""What the probe finds in code that only ``fit``, ``evaluate`` and ``predict`` run."""

from __future__ import annotations

import pytest

pytest.importorskip("tensorflow")

from flake8_keras_graph import engine
from flake8_keras_graph.config import Options
from flake8_keras_graph.measure.parent.session import Settings, Target, measure
from flake8_keras_graph.records import ModelResult

pytestmark = pytest.mark.tensorflow

SOURCE = """
import keras
import numpy as np
import tensorflow as tf


class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(3)

    def call(self, inputs):
        return self.dense(inputs)


class Supervised(Net):
    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            loss = self.compute_loss(x=x, y=y, y_pred=self(x, training=True))
        noise = np.random.rand()  # KG201 not_confirmed
        if loss > 100.0:  # KG101 confirmed
            loss = loss * noise
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables))
        return {"loss": loss}

    def test_step(self, data):
        x, y = data
        return {"mean": float(tf.reduce_mean(self(x)))}  # KG108 confirmed

    def predict_step(self, data):
        print("predicting")  # KG202 not_confirmed
        return self(data)


class Compiled(Net):
    def compile(self, d_optimizer, loss_fn):
        super().compile()
        self.d_optimizer, self.loss_fn = d_optimizer, loss_fn

    def train_step(self, images):
        with tf.GradientTape() as tape:
            score = self(images)
            loss = self.loss_fn(tf.ones_like(score), score)
            for _ in range(tf.shape(images)[0]):  # KG104 confirmed
                loss = loss + 0.0
        gradients = tape.gradient(loss, self.trainable_variables)
        self.d_optimizer.apply_gradients(zip(gradients, self.trainable_variables))
        return {"loss": loss}


class Lossy(Net):
    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        loss = tf.reduce_mean((y - y_pred) ** 2)
        assert loss >= 0  # KG106 confirmed
        return loss


class Leaves(Net):
    def train_step(self, data):
        print("leaving")  # KG202 not_reached
        raise SystemExit(3)


class OwnLoss(keras.losses.Loss):
    def call(self, y_true, y_pred):
        loss = tf.reduce_mean(tf.square(y_true - y_pred), axis=-1)
        return loss * 2.0 if tf.reduce_max(loss) > 1.0 else loss  # KG101 confirmed


class OwnMetric(keras.metrics.Metric):
    def __init__(self, factor, name="own"):
        super().__init__(name=name)
        self.factor, self.total = factor, self.add_weight(name="total", initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        print("updating")  # KG202 not_confirmed
        self.total.assign_add(self.factor * tf.reduce_mean(tf.abs(y_true - y_pred)))

    def result(self):
        return float(self.total)  # KG108 confirmed


class NoLoss(keras.losses.Loss):
    def call(self, y_true, y_pred):
        raise KeyError("no labels are good enough")


class Asks(Net):
    def compile(self, secret):
        super().compile()

    def train_step(self, data):
        print("never")  # KG202 not_reached
        return {}
"""


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ModelResult]:
    path = tmp_path_factory.mktemp("project") / "net.py"
    path.write_text(SOURCE)
    source = engine.Source(str(path), SOURCE)
    findings = engine.check(source, Options())
    targets = [
        Target(
            str(path), made.symbol, made.kind, 3, tuple(f for f in findings if f.symbol.startswith(f"{made.symbol}"))
        )
        for made in engine.keras_classes(source, Options())[1:]
    ]
    measured = measure(targets, Settings(root=str(path.parent), budget_seconds=60.0, probe_only=True))
    return {result.symbol: result for result in measured}


def _expected(symbol: str) -> list[tuple[str, int, str]]:
    lines = SOURCE.splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith(f"class {symbol}("))
    after = (n for n, line in enumerate(lines[start + 1 :], start + 1) if line.startswith("class "))
    marked = [(n + 1, line.partition("  # ")[2]) for n, line in enumerate(lines[start : next(after, None)], start)]
    return [(comment.split()[0], n, comment.split()[1]) for n, comment in marked if comment.startswith("KG")]


@pytest.mark.parametrize("symbol", ["Supervised", "Compiled", "Lossy", "OwnLoss", "OwnMetric", "Leaves", "Asks"])
def test_findings_outside_call_are_reached_by_fit(symbol: str, results: dict[str, ModelResult]) -> None:
    found = [(f.code, f.line, f.status) for f in results[symbol].findings]
    assert sorted(found) == sorted(_expected(symbol)), results[symbol].warnings


def test_losses_and_metrics_are_run_by_themselves(results: dict[str, ModelResult]) -> None:
    spec = results["OwnMetric"].spec
    assert spec is not None, results["OwnMetric"].reason
    assert (spec["constructor"], spec["guessed"], sorted(spec["inputs"])) == ("(factor=8)", True, ["y_pred", "y_true"])
    assert results["OwnLoss"].compiled["graph"]["forward"]["works"] is False
    assert results["NoLoss"].status == "not_measured"
    assert "no labels are good enough" in results["NoLoss"].reason


def test_what_was_guessed_for_fit_is_said(results: dict[str, ModelResult]) -> None:
    assert "guessed labels and loss" in results["Supervised"].findings[0].detail
    assert "without labels (guessed)" in results["Compiled"].findings[0].detail


def test_a_fit_that_cannot_be_tried_is_warned_of_at_the_line_of_the_file(results: dict[str, ModelResult]) -> None:
    line = next(n for n, text in enumerate(SOURCE.splitlines(), 1) if "SystemExit" in text)
    assert any(f"SystemExit at line {line}" in warning for warning in results["Leaves"].warnings)
    assert any("secret" in warning for warning in results["Asks"].warnings)
