"""Every fix on its rule's bad examples, executed: what it gives eagerly stays, and fit and XLA run it."""

from __future__ import annotations

import re

import pytest
from pages import bad_examples, check
from proof import namespace_of

from flake8_keras_graph.rewrite.command import fix_text

pytestmark = pytest.mark.tensorflow

# Bad examples that are for a person to rewrite; the reason is what `why_not` says.
BY_HAND = {"Matched", "Rows", "Counted", "Large"}
# What a fix changes on purpose: random numbers are drawn anew, weights are made once, nothing is printed.
OTHER_VALUES = {"KG111", "KG201"}


def cases():
    for number, (code, source) in enumerate(bad_examples()):
        fixed = fix_text("model.py", source, check, unsafe=True)
        if fixed.applied:
            yield pytest.param(code, source, fixed.text, id=f"{code}-{number}")


def model_of(text):
    symbol = re.findall(r"class (\w+)\(keras.Model\)", text)[-1]
    return namespace_of(text)[symbol]()


@pytest.mark.parametrize(("code", "bad", "fixed"), cases())
def test_a_fixed_example_computes_the_same_and_trains(code, bad, fixed):
    import keras
    import numpy as np
    import tensorflow as tf

    inputs = np.random.default_rng(1).normal(size=(8, 4)).astype("float32")
    keras.utils.set_random_seed(5)
    original = model_of(bad)
    before, slopes = eager(original, inputs, tf)
    keras.utils.set_random_seed(5)
    rewritten = model_of(fixed)
    after, new_slopes = eager(rewritten, inputs, tf)
    if code not in OTHER_VALUES:
        np.testing.assert_allclose(before, after, rtol=1e-6)
        assert len(slopes) == len(new_slopes)
        for left, right in zip(slopes, new_slopes, strict=True):
            np.testing.assert_allclose(left, right, rtol=1e-5, atol=1e-7)
    for settings in ({}, {"jit_compile": True}, {"run_eagerly": True}):
        rewritten.compile("sgd", "mse", **settings)
        history = rewritten.fit(inputs, np.zeros((8, 1), "float32"), batch_size=4, epochs=2, verbose=0).history
        assert np.isfinite(history["loss"]).all(), settings


def eager(model, inputs, tf):
    """Outputs and gradients of a call outside any graph."""
    model(inputs)
    with tf.GradientTape() as tape:
        outputs = model(inputs)
        loss = tf.reduce_sum(outputs * outputs)
    weights = model.trainable_weights
    gradients = tape.gradient(loss, [weight.value for weight in weights])
    return outputs.numpy(), [tf.convert_to_tensor(g).numpy() for g in gradients if g is not None]
