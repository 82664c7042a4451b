"""Models on tf_keras, executed: builders equal to their classes, fixes that compute the same in fit and eagerly."""

from __future__ import annotations

import pytest
from page_examples import check
from proof import Tensor, namespace_of, prove
from readings import builder_of, reading_of

from flake8_keras_graph.rewrite.apply import fix_text, functional_after_fixes

pytestmark = pytest.mark.tensorflow

IMPORTS = """
import tensorflow as tf
import tf_keras as keras
from tf_keras import layers


"""

RESIDUAL = """class Residual(keras.Model):
    def __init__(self, units=4, depth=2):
        super().__init__()
        self.embed = layers.Dense(units)
        self.blocks = [layers.Dense(units, activation="relu") for _ in range(depth)]
        self.drop = layers.Dropout(0.5)
        self.norm = layers.BatchNormalization()

    def call(self, inputs, training=None):
        x = self.embed(inputs)
        batch = tf.shape(x)[0]
        for block in self.blocks:
            x = self.norm(block(x), training=training)
            if training:
                x = self.drop(x, training=training)
        x = tf.where(x == 0, tf.ones_like(x), x)
        return tf.reshape(x, (batch, -1)) + tf.reduce_mean(x, axis=1, keepdims=True)
"""

WEIGHTED = """class Weighted(keras.Model):
    def __init__(self, units=4):
        super().__init__()
        self.dense = layers.Dense(units)
        self.gate = self.add_weight(name="gate", shape=(units,), initializer="ones")
        self.scale = tf.Variable(2.0, name="scale")

    def build(self, input_shape):
        self.kernel = self.add_weight("kernel", (input_shape[-1], input_shape[-1]))
        super().build(input_shape)

    def call(self, inputs):
        return self.dense(tf.matmul(inputs, self.kernel)) * self.gate + self.scale
"""

MASKED = """class Masked(keras.Model):
    def __init__(self):
        super().__init__()
        self.embed = layers.Embedding(10, 4, mask_zero=True)
        self.rnn = layers.LSTM(3, dropout=0.2)
        self.head = layers.Dense(1)

    def call(self, inputs, training=False):
        x = self.embed(inputs["tokens"])
        x = self.rnn(x, training=training)
        x = tf.concat([x, inputs["extra"]], axis=-1)
        return {"score": self.head(x), "features": x}
"""

CODED = """class Coded(keras.Model):
    def __init__(self, size=3):
        super().__init__()
        self.encoder = keras.Sequential([layers.Dense(8, activation="relu"), layers.Dense(2 * size)])
        self.decoder = layers.Dense(6)

    def sample(self, mean, spread):
        return mean + tf.exp(0.5 * spread) * tf.random.normal(tf.shape(mean))

    def call(self, inputs):
        mean, spread = tf.split(self.encoder(inputs), 2, axis=-1)
        z = self.sample(mean, spread)
        loss = -0.5 * tf.reduce_mean(1 + spread - tf.square(mean) - tf.exp(spread))
        self.add_loss(loss)
        return self.decoder(z), mean
"""

CROSSED = """class Crossed(keras.Model):
    def __init__(self):
        super().__init__()
        self.project = layers.Dense(4)
        self.attention = layers.MultiHeadAttention(2, 4, dropout=0.1)
        self.drop = layers.Dropout(0.3)

    def call(self, query, value, training=None):
        x = self.drop(self.project(query), training=training)
        y = self.drop(self.project(value), training=training)
        return self.attention(x, y, return_attention_scores=True, training=training)
"""


@pytest.mark.parametrize(
    ("source", "inputs", "weights"),
    [
        (RESIDUAL, Tensor((5,)), 10),
        (WEIGHTED, Tensor((5,)), 5),
        (MASKED, {"tokens": Tensor((6,), "int32", 3), "extra": Tensor((2,))}, 6),
        (CODED, Tensor((6,)), 6),
        (CROSSED, (Tensor((3, 5)), Tensor((4, 5))), 10),
    ],
)
def test_a_model_is_rewritten_equal(source, inputs, weights):
    text = IMPORTS + source
    proof = prove(text, source.split("(")[0].removeprefix("class "), inputs)
    assert proof.weights == weights
    assert proof.error < 1e-6


def test_weights_are_cast_as_the_policy_says():
    import tf_keras

    text = IMPORTS + WEIGHTED.split("    def build")[0].replace('tf.Variable(2.0, name="scale")', "2.0")
    text += "    def call(self, inputs):\n        return self.dense(inputs) * self.gate * self.scale\n"
    tf_keras.mixed_precision.set_global_policy("mixed_float16")
    try:
        assert prove(text, "Weighted", Tensor((5,))).weights == 3
    finally:
        tf_keras.mixed_precision.set_global_policy("float32")


def test_a_fix_uses_the_keras_that_an_import_prefers():
    """There is no ``keras.ops`` where ``keras`` is tf_keras."""
    text = (
        "import tensorflow as tf\n\ntry:\n    import tf_keras as keras\nexcept ImportError:\n    import keras\n\n\n"
        "class Gated(keras.layers.Layer):\n    def call(self, x):\n"
        "        if tf.reduce_sum(x) > 0:\n            x = -x\n        return x\n"
    )
    fixed = fix_text(reading_of(text, "gated.py"), check, unsafe=True).text
    assert "x = tf.cond(tf.reduce_sum(x) > 0, lambda: -x, lambda: x)" in fixed


def test_a_wrong_builder_is_not_proved():
    rewrite = builder_of(IMPORTS + RESIDUAL, "Residual")
    assert rewrite.source is not None
    for right, wrong in [
        ("drop(x)", "x"),
        ("norm(block(x))", "norm(0.5 * block(x) + x)"),
        ("norm(block(x))", "block(x)"),
    ]:
        assert right in rewrite.source
        broken = rewrite.__class__(rewrite.source.replace(right, wrong), rewrite.name, rewrite.inputs)
        with pytest.raises(AssertionError):
            prove(IMPORTS + RESIDUAL, "Residual", Tensor((5,)), rewrite=broken)


FIXED = {
    "KG101": "x = self.dense(x)\nif tf.reduce_sum(x) > 0:\n    x = x * 2.0\nelse:\n    x = self.other(x)\nreturn x",
    "KG105": "x = self.dense(x)\nboth = tf.reduce_any(x > 0) and tf.reduce_all(x < 1)\nreturn tf.where(both, x, -x)",
    "KG106": "assert tf.reduce_all(x < 1000.0)\nreturn self.dense(x)",
    "KG107": "x = self.dense(x)\nreturn self.other(tf.stack([tf.tanh(row) for row in x]))",
    "KG113": "return tf.reshape(self.dense(x), (x.shape[0] * 2, -1))",
    "KG115": "return tf.reshape(self.dense(x), (x.shape[0], 4))",
    "KG302": "y = x\nfor i in range(6):\n    y = tf.concat([y, self.dense(x)], axis=-1)\nreturn self.other(y)",
    "KG303": "x = self.dense(x)\nparts = []\nfor i in range(x.shape[1]):\n    parts.append(tf.tanh(x[:, i]))\n"
    "return tf.stack(parts, axis=1)",
}  # fmt: skip


@pytest.mark.parametrize("code", sorted(FIXED))
def test_a_fix_computes_the_same(code):
    import numpy as np
    import tensorflow as tf
    import tf_keras

    body = FIXED[code].replace("\n", "\n        ")
    text = (
        f"{IMPORTS}class Net(keras.Model):\n    def __init__(self):\n        super().__init__()\n"
        f"        self.dense = layers.Dense(4)\n        self.other = layers.Dense(4)\n\n"
        f"    def call(self, x):\n        {body}\n"
    )
    fixed = fix_text(reading_of(text, "model.py"), check, unsafe=True)
    assert code in [made.finding.code for made in fixed.applied], fixed.dropped
    assert "ops." not in fixed.text
    assert fix_text(reading_of(fixed.text, "model.py"), check, unsafe=True).text == fixed.text
    inputs = np.random.default_rng(1).normal(size=(6, 4)).astype("float32")
    results = []
    for version in (text, fixed.text):
        tf_keras.backend.clear_session()
        tf_keras.utils.set_random_seed(5)
        model = namespace_of(version)["Net"]()
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(tf.square(model(inputs)))
        gradients = tape.gradient(loss, model.trainable_weights)
        results.append((model(inputs).numpy(), [g.numpy() for g in gradients if g is not None]))
        model.compile(tf_keras.optimizers.SGD(1e-6), lambda y, outputs: tf.reduce_mean(outputs))
        if version is fixed.text:
            np.testing.assert_allclose(model.predict(inputs, verbose=0), results[0][0], rtol=1e-5, atol=1e-6)
            model.fit(inputs, np.zeros((6, 1)), batch_size=2, verbose=0)
    np.testing.assert_allclose(results[0][0], results[1][0], rtol=1e-5, atol=1e-6)
    for left, right in zip(results[0][1], results[1][1], strict=True):
        np.testing.assert_allclose(left, right, rtol=1e-5, atol=1e-6)


def test_what_is_refused_as_written_is_built_after_its_fix():
    text = f"""{IMPORTS}class Looped(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(4)

    def call(self, inputs):
        x = self.dense(inputs)
        total = tf.zeros_like(x[:, 0])
        for i in tf.range(3):
            total += tf.gather(x, i, axis=1)
        if tf.reduce_sum(total) > 0:
            total = total * 2.0
        return total
"""
    assert builder_of(text, "Looped").source is None
    fixed, rewrite = functional_after_fixes(reading_of(text, "model.py"), "Looped", check, unsafe=True)
    assert prove(fixed.text, "Looped", Tensor((3, 5)), rewrite=rewrite, original_text=text).weights == 2
