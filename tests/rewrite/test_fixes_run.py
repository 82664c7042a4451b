"""Every fix on its rule's bad examples, executed: what it gives eagerly stays, and fit and XLA run it."""

from __future__ import annotations

import re

import pytest
import recurrences
from page_examples import bad_examples, check
from proof import namespace_of
from readings import reading_of

from flake8_keras_graph.rewrite.apply import fix_text

pytestmark = pytest.mark.tensorflow

# What a fix changes on purpose: random numbers are drawn anew, weights are made once, a gradient flows.
OTHER_VALUES = {"KG111", "KG201"}
RAISES_EAGERLY = {"KG116"}
OTHER_GRADIENTS = {"KG110", "KG502"}


PONDERING = """
import keras
from keras import ops


class Pondering(keras.Model):
    def __init__(self, max_steps=6):
        super().__init__()
        self.cell = keras.layers.Dense(4)
        self.halt = keras.layers.Dense(1, activation="sigmoid")
        self.head = keras.layers.Dense(1)
        self.max_steps = max_steps

    def call(self, inputs):
        state = ops.zeros_like(inputs)
        halting = self.halt(state) * 0.0
        steps = 0
        while ops.any(halting < 2.0) and steps < self.max_steps:
            # think again
            state = ops.tanh(self.cell(inputs + state))
            halting += self.halt(state)
            steps += 1
        return self.head(state)
"""

COLLECTING = """
import keras
from keras import ops


class Collecting(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        rows = []
        for row in ops.tanh(inputs):
            rows.append(row * ops.max(row))
        return self.head(ops.stack(rows))
"""

RETURNING = """
import keras
from keras import ops


class Returning(keras.Model):
    def __init__(self):
        super().__init__()
        self.left = keras.layers.Dense(1)
        self.right = keras.layers.Dense(1)

    def call(self, inputs):
        size = ops.mean(ops.abs(inputs))
        if size > 10.0:
            scaled = inputs / size
            return self.left(scaled)
        elif size > 1.0:
            return self.left(inputs) + self.right(inputs)
        x = self.right(inputs)
        return x + self.left(inputs) * 2.0
"""

# Safe by what the analysis knows of the values: nothing of it is visible where the fix is made.
PROVEN = """
import keras
import tensorflow as tf
from keras import ops


class Proven(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = keras.layers.Dense(4)
        self.head = keras.layers.Dense(1)
        self.limit = 2 * 0.05
        self.repeats = 1 + 2

    def call(self, inputs):
        x = 0.0
        x = self.hidden(inputs)
        if ops.mean(x) > self.limit:
            x = x * 0.5
        for _ in tf.range(self.repeats):
            x = x * 0.9
        longest = 0
        for part in [x, inputs]:
            length = ops.shape(part)[0]
            if length > longest:
                longest = length
        return self.head(x) / ops.cast(longest, "float32")
"""


def test_values_prove_fixes_safe():
    fixed = fix_text(reading_of(PROVEN, "model.py"), check)
    assert "x = ops.where(ops.mean(x) > self.limit, x * 0.5, x)" in fixed.text
    assert "for _ in range(self.repeats):" in fixed.text
    assert "longest = ops.cond(length > longest, lambda: length, lambda: longest)" in fixed.text


STEPPING = """
import keras
import tensorflow as tf


class Stepping(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        return self.head(inputs)

    def train_step(self, data):
        inputs, targets = data
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(self(inputs, training=True) - targets))
            if self.optimizer.iterations > 1:
                loss = loss * 0.5
        self.optimizer.apply(tape.gradient(loss, self.trainable_weights), self.trainable_weights)
        return {"loss": loss}
"""


def test_a_counter_is_known_to_be_a_scalar():
    """Trained eagerly as it was, and in a graph as it is safely fixed, a model gets the same weights."""
    import keras
    import numpy as np

    fixed = fix_text(reading_of(STEPPING, "model.py"), check)
    assert "loss = keras.ops.cond(\n                self.optimizer.iterations > 1,\n" in fixed.text
    inputs = np.random.default_rng(1).normal(size=(16, 4)).astype("float32")
    weights = []
    for text, eagerly in ((STEPPING, True), (fixed.text, False)):
        keras.utils.set_random_seed(5)
        model = model_of(text)
        model.compile(keras.optimizers.SGD(0.1), run_eagerly=eagerly)
        model.fit(inputs, inputs[:, :1], batch_size=4, epochs=2, shuffle=False, verbose=0)
        weights.append([each.numpy() for each in model.trainable_weights])
    for before, after in zip(*weights, strict=True):
        np.testing.assert_allclose(before, after, rtol=1e-5, atol=1e-7)


def cases():
    for source in (PONDERING, COLLECTING, RETURNING, PROVEN, *recurrences.sources()):
        fixed = fix_text(reading_of(source, "model.py"), check, unsafe=True)
        assert {finding.level for finding in fixed.remaining} <= {"note"}, fixed.dropped
        yield pytest.param("KG1", source, fixed.text, id=re.findall(r"class (\w+)", source)[0])
    for number, (code, source) in enumerate(bad_examples()):
        fixed = fix_text(reading_of(source, "model.py"), check, unsafe=True)
        if fixed.applied:
            yield pytest.param(code, source, fixed.text, id=f"{code}-{number}")


def model_of(text):
    """An instance of the example's class; a layer with a head of its own, so that it can be trained."""
    import keras

    symbol = re.findall(r"class (\w+)\(keras", text)[-1]
    made = namespace_of(text)[symbol]()
    return made if isinstance(made, keras.Model) else keras.Sequential([made, keras.layers.Dense(1)])


@pytest.mark.parametrize(("code", "bad", "fixed"), list(cases()))
def test_a_fixed_example_computes_the_same_and_trains(code, bad, fixed):
    import keras
    import numpy as np
    import tensorflow as tf

    inputs = np.random.default_rng(1).normal(size=(8, 4)).astype("float32")
    keras.utils.set_random_seed(5)
    before, slopes = eager(model_of(fixed if code in RAISES_EAGERLY else bad), inputs, tf)
    keras.utils.set_random_seed(5)
    rewritten = model_of(fixed)
    after, new_slopes = eager(rewritten, inputs, tf)
    if code not in OTHER_VALUES:
        np.testing.assert_allclose(before, after, rtol=1e-6)
    if code not in OTHER_VALUES | OTHER_GRADIENTS:
        assert len(slopes) == len(new_slopes)
        for left, right in zip(slopes, new_slopes, strict=True):
            np.testing.assert_allclose(left, right, rtol=1e-5, atol=1e-7)
    for settings in ({}, {"jit_compile": True}):
        rewritten.compile(keras.optimizers.SGD(1e-6), "mse", **settings)
        history = rewritten.fit(inputs, np.zeros((8, 1), "float32"), batch_size=4, epochs=1, verbose=0).history
        assert np.isfinite(history["loss"]).all(), settings


def breaks(model, tf):
    """Whether the model cannot be called symbolically."""
    try:
        model(tf.keras.Input((4,)))
    except Exception:
        return True
    return False


def eager(model, inputs, tf):
    """Outputs and gradients of a call outside any graph."""
    if breaks(model, tf):
        model(inputs)
    with tf.GradientTape() as tape:
        outputs = model(inputs)
        loss = tf.reduce_sum(outputs * outputs)
    weights = model.trainable_weights
    gradients = tape.gradient(loss, [weight.value for weight in weights])
    return outputs.numpy(), [tf.convert_to_tensor(g).numpy() for g in gradients if g is not None]
