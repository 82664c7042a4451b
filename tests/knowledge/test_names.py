"""Canonical names: every import-level spelling of one thing comes out the same."""

from __future__ import annotations

import pytest

from flake8_keras_graph.knowledge import canonical


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("tensorflow", "tf"),
        ("tensorflow.reduce_sum", "tf.reduce_sum"),
        ("tensorflow.math.reduce_sum", "tf.math.reduce_sum"),
        ("tensorflow.compat.v1.nn.relu", "tf.nn.relu"),
        ("tensorflow.compat.v2.shape", "tf.shape"),
        ("tensorflow.compat.v1.keras.layers.LSTM", "keras.layers.LSTM"),
        ("tensorflow.compat.dimension_value", "tf.compat.dimension_value"),
        ("tensorflow.keras.layers.Dense", "keras.layers.Dense"),
        ("tensorflow.keras.backend.sum", "keras.backend.sum"),
        ("tensorflow.keras.layers.experimental.preprocessing.Resizing", "keras.layers.Resizing"),
        ("tensorflow.python.keras.layers.Dense", "keras.layers.Dense"),
        ("tensorflow.python.keras.layers.core.Dense", "keras.layers.Dense"),
        ("tensorflow.python.ops.math_ops.reduce_sum", "tf.math.reduce_sum"),
        ("tensorflow.python.ops.math_ops.cast", "tf.cast"),
        ("tensorflow.python.ops.array_ops.shape", "tf.shape"),
        ("tensorflow.python.ops.array_ops.reshape", "tf.reshape"),
        ("tensorflow.experimental.numpy.sum", "tf.experimental.numpy.sum"),
        ("tf_keras.layers.Dense", "keras.layers.Dense"),
        ("tf_keras.src.engine.training.Model", "keras.Model"),
        ("tf_keras.src.backend.shape", "keras.backend.shape"),
        ("tf_keras.Sequential", "keras.Sequential"),
        ("keras.layers.Dense", "keras.layers.Dense"),
        ("keras.models.Model", "keras.Model"),
        ("keras.src.layers.core.dense.Dense", "keras.layers.Dense"),
        ("keras.src.layers.Dense", "keras.layers.Dense"),
        ("keras.src.layers.layer.Layer", "keras.layers.Layer"),
        ("keras.src.models.model.Model", "keras.Model"),
        ("keras.src.models.Model", "keras.Model"),
        ("keras.src.ops.mean", "keras.ops.mean"),
        ("keras.src.ops.numpy.mean", "keras.ops.mean"),
        ("keras.src.backend.shape", "keras.ops.shape"),
        ("keras.src.backend.numpy.mean", "keras.ops.mean"),
        ("keras.src.backend.epsilon", "keras.backend.epsilon"),
        ("keras.src.losses.losses.BinaryCrossentropy", "keras.losses.BinaryCrossentropy"),
        ("keras.src.activations.activations.relu", "keras.activations.relu"),
        ("keras.ops.nn.relu", "keras.ops.relu"),
        ("keras.ops.image.resize", "keras.ops.image.resize"),
        ("keras.Layer", "keras.Layer"),
        ("keras.src.backend.Variable", "keras.Variable"),
        ("keras.layers.Layer.add_weight", "keras.layers.Layer.add_weight"),
        ("keras_core.ops.shape", "keras.ops.shape"),
        ("numpy.random.normal", "numpy.random.normal"),
        ("numpy.core.sum", "numpy.sum"),
        ("os.path.join", "os.path.join"),
        ("tensorflow_probability.distributions.Normal", "tensorflow_probability.distributions.Normal"),
        ("keras_hub.layers.PositionEmbedding", "keras_hub.layers.PositionEmbedding"),
        ("", ""),
    ],
)
def test_canonical(written: str, expected: str) -> None:
    assert canonical(written) == expected
    assert canonical(expected) == expected
