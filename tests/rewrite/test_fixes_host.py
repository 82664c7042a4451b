"""Functions that TensorFlow calls on the host, as operations: the same values, and why others are left."""

from __future__ import annotations

import pytest
from page_examples import check
from readings import reading_of

from flake8_keras_graph.rewrite.apply import fix_text
from flake8_keras_graph.rewrite.fixes.registry import why_not

LAYER = """
import keras
import numpy as np
import tensorflow as tf
from keras import ops


def transformed(x):
BODY


class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(4)

    def call(self, inputs):
        x = self.dense(inputs)
        x = CALL
        return tf.ensure_shape(x, (None, 4))
"""
NUMPY = "tf.numpy_function(transformed, [x], tf.float32)"
PYTHON = "tf.py_function(transformed, [x], Tout=tf.float32)"


def source(body: str, call: str = NUMPY) -> str:
    """A model that gives its tensor to a function of ``body``."""
    return LAYER.replace("BODY", "\n".join(f"    {line}" for line in body.splitlines())).replace("CALL", call)


FIXED = [
    ("return x", "tf.numpy_function(np.tanh, [x], tf.float32)", "x = ops.tanh(x)", False),
    ("return np.tanh(x) * 2.0", NUMPY, "return ops.tanh(x) * 2.0", False),
    (
        "mean = np.mean(x, axis=-1, keepdims=True)\nx = x - mean  # centred\nreturn x / (np.std(x, -1, keepdims=True) + 1e-6)",
        NUMPY,
        "mean = ops.mean(x, axis=-1, keepdims=True)",
        False,
    ),
    ("return np.where(x > 0.0, x, 0.0)", NUMPY, "return ops.where(x > 0.0, x, 0.0)", False),
    ("y = x.numpy()\nreturn np.clip(y, -0.5, 0.5)", PYTHON, "return ops.clip(y, -0.5, 0.5)", False),
    ("x -= x.max(axis=1, keepdims=True)\nreturn x.astype(np.float32)", NUMPY, 'return ops.cast(x, "float32")', False),
    ("return tf.tanh(x) + tf.reduce_mean(x, axis=-1, keepdims=True)", PYTHON, "x = transformed(x)", True),
    ("return x", "tf.numpy_function(lambda v: np.sqrt(np.abs(v)), [x], tf.float32)", "lambda v: ops.sqrt(ops.abs(v))", False),
]  # fmt: skip


@pytest.mark.parametrize(("body", "call", "line", "safe"), FIXED)
def test_operations_take_the_place_of_the_call(body, call, line, safe):
    for unsafe in (False, True):
        fixed = fix_text(reading_of(source(body, call), "model.py"), check, unsafe=unsafe)
        assert (line in fixed.text) == (safe or unsafe), fixed.dropped
    assert "_function(" not in fixed.text
    assert ("# centred" in body) == ("# centred" in fixed.text)
    assert fix_text(reading_of(fixed.text, "model.py"), check, unsafe=True).text == fixed.text


@pytest.mark.tensorflow
@pytest.mark.parametrize(("body", "call", "line", "safe"), FIXED)
def test_fixed_functions_compute_the_same(body, call, line, safe):
    import keras
    import numpy as np
    import tensorflow as tf
    from proof import namespace_of

    inputs = np.random.default_rng(3).normal(size=(6, 5)).astype("float32")
    text = source(body, call)
    results = []
    for version in (text, fix_text(reading_of(text, "model.py"), check, unsafe=True).text):
        keras.utils.set_random_seed(4)
        model = namespace_of(version)["Net"]()
        with tf.GradientTape() as tape:
            outputs = model(inputs)
            loss = tf.reduce_sum(outputs * outputs)
        followed = safe or version is not text  # no gradient goes through NumPy
        results.append((outputs.numpy(), tape.gradient(loss, model.trainable_weights[0].value) if followed else None))
    np.testing.assert_allclose(results[0][0], results[1][0], rtol=1e-5, atol=1e-6)
    assert results[0][0].dtype == results[1][0].dtype
    assert results[1][1] is not None
    if safe:
        np.testing.assert_allclose(results[0][1], results[1][1], rtol=1e-5, atol=1e-6)
    model.compile("sgd", "mse", jit_compile=True)
    model.fit(inputs, np.zeros((6, 4)), verbose=0)


@pytest.mark.parametrize(
    ("body", "call", "reason"),
    [
        ("return np.linspace(0, 1, 4) + x", NUMPY, "`np.linspace` has no equal"),
        ("return np.where(x > 0, 1.0, 0.0)", NUMPY, "is float64 in NumPy"),
        ("return np.sqrt(2.0) * x", NUMPY, "is float64 in NumPy"),
        ("return (x * 2).astype(np.float64)", NUMPY, "`.astype()` has no equal"),
        ("return np.sum(x, axis=1, dtype=np.float32)", NUMPY, "`dtype=np.float32` is not known to mean the same"),
        ("if x.ndim > 1:\n    x = x * 2\nreturn x", NUMPY, "branches or loops"),
        ("x[0] = 0.0\nreturn x", NUMPY, "writes into `x[0]`"),
        ("print(x)\nreturn x", NUMPY, "does more than compute"),
        ("return x + SCALE", NUMPY, "`SCALE` has no equal"),
        ("return x == 0.0", NUMPY, "compares a symbolic tensor by identity"),
        ("return x * np.random.normal()", NUMPY, "`np.random.normal` has no equal"),
        ("return np.tanh(x)", "tf.numpy_function(transformed, [x], [tf.float32])[0]", "a list of one tensor"),
        ("return np.tanh(x)", f"{NUMPY} + transformed(np.ones(4))", "is used elsewhere as well"),
        ("return np.tanh(x), x", NUMPY, "does not visibly return what `Tout` says"),
        ("return x", "tf.numpy_function(np.cumsum, [x], tf.float32)", "`np.cumsum` is not one function of this file"),
    ],
)  # fmt: skip
def test_why_not(body, call, reason):
    text = source(body, call)
    [finding] = [finding for finding in check("model.py", text) if finding.code == "KG304"]
    assert reason in why_not(finding, reading_of(text))
    assert "_function(" in fix_text(reading_of(text, "model.py"), check, unsafe=True).text
