"""KG207: what a model without ``training`` leaves off in fit, and who else may turn it on."""

from __future__ import annotations

import pytest

MODEL = """
import keras
import tensorflow as tf
from keras import layers

class Own(layers.Layer):
    def call(self, x, training=None):
        return tf.nn.dropout(x, 0.5) if training else x

class Told(layers.Layer):
    def __init__(self):
        super().__init__()
        self.drop = layers.Dropout(0.5)

    def call(self, x, training=True):
        return self.drop(x, training=training)

class Silent(layers.Layer):
    def __init__(self):
        super().__init__()
        self.drop = layers.Dropout(0.5)

    def call(self, x):
        return self.drop(x)

class Net(keras.Model):
    def __init__(self, rate):
        super().__init__()
        self.part = {part}

    def call(self, x{taken}):  {mark}
        return self.part(x{given})
{after}
"""
OFF = {
    "Dropout": "layers.Dropout(0.5)",
    "a rate that is not known": "layers.Dropout(rate)",
    "BatchNormalization": "layers.BatchNormalization()",
    "a layer of one's own": "Own()",
    "a layer that leaves it to Keras": "Silent()",
    "Sequential": "keras.Sequential([layers.Dense(3), layers.Dropout(0.5)])",
    "inside an RNN": "layers.GRU(3, dropout=0.1)",
}
SAME = {
    "Dense": "layers.Dense(3)",
    "no rate": "layers.Dropout(0.0)",
    "never trained": "layers.BatchNormalization(trainable=False)",
    "an RNN without": "layers.GRU(3)",
    "a default of its own": "Told()",
}
ELSEWHERE = {
    "part of a class": "class Outer(keras.Model):\n    def __init__(self):\n        super().__init__()\n"
    "        self.net = Net(0.5)\n",
    "called on the spot": "outputs = Net(0.5)(keras.Input((3,)))\n",
    "part of a Sequential": "model = keras.Sequential([Net(0.5), layers.Dense(1)])\n",
    "a functional model of itself": "    def whole(self, inputs):\n        return keras.Model(inputs, self(inputs))\n",
    "a loop": "with tf.GradientTape() as tape:\n    loss = model(x, training=True)\n",
}  # fmt: skip


def model(part: str, mark: str = "", taken: str = "", given: str = "", after: str = "") -> str:
    return MODEL.format(part=part, mark=mark, taken=taken, given=given, after=after)


@pytest.mark.parametrize("part", OFF.values(), ids=OFF)
def test_left_off(expect, part):
    expect(model(part, "# KG207 warning"), select=("KG207",))
    expect(model(part, "# KG207 warning", ", **kwargs"), select=("KG207",))
    expect(model(part, taken=", training=None"), select=("KG207",))


@pytest.mark.parametrize("part", SAME.values(), ids=SAME)
def test_nothing_to_turn_on(expect, part):
    expect(model(part), select=("KG207",))


def test_told_by_the_code(expect):
    expect(model("layers.Dropout(0.5)", given=", training=True"), select=("KG207",))


@pytest.mark.parametrize("after", ELSEWHERE.values(), ids=ELSEWHERE)
def test_trained_in_another_way(expect, after):
    expect(model("layers.Dropout(0.5)", after=after), select=("KG207",))
