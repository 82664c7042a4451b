"""Some of the fixture models, rewritten and proved equal; ``tests/bench/rewrite.py`` does all and prints the table."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

pytestmark = pytest.mark.tensorflow

BENCH = Path(__file__).parents[1] / "bench" / "rewrite.py"


def bench():
    """The command as a module."""
    spec = importlib.util.spec_from_file_location("bench_rewrite", BENCH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    "name",
    ["din", "film", "mlp_switches", "moe", "seq2seq", "stochastic_depth", "transformer_encoder", "unet", "vae", "vit"],
)
def test_a_fixture_model_is_rewritten_equal(name):
    command = bench()
    row, _ = command.rewrite_one(command.MODELS / f"{name}.py")
    assert row.outcome == "equal", row.detail


@pytest.mark.parametrize("name", ["gan", "counting_model"])
def test_a_fixture_model_is_refused(name):
    command = bench()
    row, _ = command.rewrite_one(command.MODELS / f"{name}.py")
    assert row.outcome == "refused"


def test_every_fixture_model_has_inputs():
    command = bench()
    assert sorted(command.INPUTS) == sorted(path.stem for path in command.MODELS.glob("*.py"))


KERAS_2 = """
import tensorflow as tf
import tf_keras as keras
from tf_keras import layers


class Net(keras.Model):
    def __init__(self, units=4, depth=2):
        super().__init__()
        self.embed = layers.Dense(units)
        self.blocks = [layers.Dense(units, activation="relu") for _ in range(depth)]
        self.drop = layers.Dropout(0.5)

    def call(self, inputs, training=None):
        x = self.embed(inputs)
        batch = tf.shape(x)[0]
        for block in self.blocks:
            x = block(x)
            if training:
                x = self.drop(x, training=training)
        x = tf.where(x == 0, tf.ones_like(x), x)
        return tf.reshape(x, (batch, -1)) + tf.reduce_mean(x, axis=1, keepdims=True)
"""


def test_a_keras_2_model_is_rewritten_equal():
    import numpy as np
    import tf_keras
    from proof import namespace_of

    from flake8_keras_graph.rewrite.functional import functional_builder

    rewrite = functional_builder(KERAS_2, "Net")
    assert rewrite.source is not None
    namespace = namespace_of(KERAS_2)
    exec(rewrite.source, namespace)
    inputs = np.random.default_rng(0).normal(size=(3, 5)).astype("float32")
    tf_keras.backend.clear_session()
    original = namespace["Net"]()
    expected = original(inputs)
    tf_keras.backend.clear_session()
    built = namespace[rewrite.name](tf_keras.Input((5,)))
    twins = {weight.name: weight for weight in built.weights}
    for weight in original.weights:
        twins.pop(weight.name.split("/", 1)[1]).assign(weight)
    assert not twins
    np.testing.assert_allclose(built(inputs), expected, rtol=1e-6)
