"""Code for Keras 2 and TensorFlow 1 that fails is told what takes the place of what it uses; run on what is installed."""

from __future__ import annotations

import pytest

pytest.importorskip("tensorflow")

from flake8_keras_graph.measure.worker.removed_names import describe_removed

pytestmark = pytest.mark.tensorflow

MODEL = "class M(keras.layers.Layer):\n    def build(self, shape):\n        {}\nM().build((1, 2))"
CASES = [
    (
        "from keras import backend as K\nK.int_shape(1)",
        "it uses keras.backend.int_shape, which Keras 3 does not have: use x.shape",
    ),
    ("keras.backend.mean(1)", "it uses keras.backend.mean, which Keras 3 does not have: use keras.ops.mean"),
    (
        "from keras.backend import learning_phase",
        "it uses keras.backend.learning_phase, which Keras 3 does not have: use the argument `training` of `call`",
    ),
    (
        "tf.keras.backend.learning_phase()",
        "it uses keras.backend.learning_phase, which Keras 3 does not have: use the argument `training` of `call`",
    ),
    (
        "tf.keras.experimental.CosineDecay(1)",
        "it uses keras.experimental, which Keras 3 does not have: use keras.optimizers.schedules",
    ),
    (
        "keras.layers.experimental.preprocessing.Rescaling(1)",
        "it uses keras.layers.experimental, which Keras 3 does not have: use keras.layers",
    ),
    (
        "from tensorflow.keras.layers.experimental import preprocessing",
        "it uses keras.layers.experimental, which Keras 3 does not have: use keras.layers",
    ),
    (
        "from keras.layers.core import Dense",
        "it uses keras.layers.core, which Keras 3 does not have: use keras.layers",
    ),
    (
        "tf.keras.optimizers.legacy.Adam()",
        "it uses keras.optimizers.legacy, which Keras 3 does not have: use keras.optimizers",
    ),
    ("keras.optimizers.Adam(lr=0.1)", "it gives lr to an optimizer, which Keras 3 does not take: use learning_rate"),
    ("keras.layers.Dense(3, weights=[1])", "it gives a layer its weights, which Keras 3 does not take: use layer.set_weights"),
    ("keras.layers.LSTM(3, time_major=True)", "it gives time_major to a layer, which Keras 3 does not take: leave it out"),
    (
        "keras.layers.Dense(3, batch_input_shape=(1, 2))",
        "it gives a layer its input shape, which Keras 3 does not take there: use keras.Input",
    ),
    (
        "keras.Input((3,)).shape.as_list()",
        "it uses as_list of a shape, which is a tuple in Keras 3: use tuple(x.shape)",
    ),
    ("keras.Input((3,)).get_shape()", "it uses KerasTensor.get_shape, which Keras 3 does not have: use x.shape"),
    (
        "keras.losses.MeanSquaredError(reduction='auto')",
        "it gives the reduction 'auto', which Keras 3 does not take: use \"sum_over_batch_size\"",
    ),
    ("tf.placeholder('float32')", "it uses tf.placeholder, which TensorFlow 2 does not have: use keras.Input"),
    ("tf.contrib.layers", "it uses tf.contrib, which TensorFlow 2 does not have, nor anything in its place"),
    ("tf.log(1.0)", "it uses tf.log, which TensorFlow 2 does not have: use tf.math.log"),
    (
        MODEL.format("self.add_weight('w', shape=(3,))"),
        "it gives the name to add_weight first, where Keras 3 takes the shape: use add_weight(shape=..., name=...)",
    ),
    (
        MODEL.format("self.add_weight('w', (3,))"),
        "it gives the name to add_weight first, where Keras 3 takes the shape: use add_weight(shape=..., name=...)",
    ),
    (MODEL.format("self.add_update(1)"), "it uses M.add_update, which Keras 3 does not have: use variable.assign(value) in `call`"),
    ("keras.layers.Dense(3).output_shape", "it uses Dense.output_shape, which Keras 3 does not have: use layer.output.shape"),
    ("keras.Sequential().fit_generator(1)", "it uses Sequential.fit_generator, which Keras 3 does not have: use model.fit"),
    (
        "keras.layers.LSTMCell(3).get_initial_state(batch_size=2, dtype='float32')",
        "it gives dtype to LSTMCell.get_initial_state, which the installed Keras does not take: it takes batch_size",
    ),
    (
        MODEL.format("self.add_variable(name='w', shape=(3,))"),
        "it does not give initializer to Layer.add_variable, which the installed Keras wants there",
    ),
    (
        "keras.layers.Dropout(0.5)(keras.ops.ones((2, 3)), True)",
        "it gives a layer a Python value by position, which Keras 3 does not take: give it by keyword (training=training)",
    ),
    # What is no matter of versions.
    ("class LSTMCell:\n    def get_initial_state(self): ...\nLSTMCell().get_initial_state(batch_size=2)", ""),
    ("class Attention:\n    def call(self, x): ...\nAttention().call(1, mask=2)", ""),
    ("class Dense:\n    def __init__(self, x): ...\nDense(1, width=2)", ""),
    ("class Layer:\n    def add_weight(self, name): ...\nLayer().add_weight()", ""),
    ("keras.layers.Dense(3).unheard_of", ""),
    ("keras.unheard_of", ""),
    ("import unheard_of.deep", ""),
    ("keras.layers.Dense(3, unheard_of=1)", ""),
]  # fmt: skip


@pytest.mark.parametrize(("code", "said"), CASES, ids=[code for code, _ in CASES])
def test_describe_removed(code: str, said: str) -> None:
    import keras
    import tensorflow as tf

    with pytest.raises(Exception) as caught:  # noqa: PT011
        exec(code, {"keras": keras, "tf": tf})
    assert describe_removed(caught.value) == said
    wrapped = RuntimeError("wrapped")
    wrapped.__cause__ = caught.value
    assert describe_removed(wrapped) == said
