"""KG115 is silent in files that say how large every batch is."""

from __future__ import annotations

import pytest

LAYER = """
import keras
import tensorflow as tf

class Block(keras.layers.Layer):
    def call(self, x):
        return tf.reshape(x, (x.shape[0], -1))  {mark}

"""
DECLARED = {
    "batch_size of an Input": "model = keras.Sequential([keras.Input((4,), batch_size=8), Block()])",
    "batch_shape of an Input": "inputs = keras.Input(batch_shape=(8, 4))",
    "after another call": "inputs = keras.layers.Input(shape=tuple([4]), batch_size=8)",
    "batch_input_shape": "first = keras.layers.Dense(4, batch_input_shape=(8, 4))",
    "no remainder": "data = data.shuffle(9).batch(8, drop_remainder=True)",
}
OPEN = {
    "nothing": "",
    "batch_size of fit": "model.fit(x, y, batch_size=8)",
    "an Input and a fit": "inputs = keras.Input((4,))\nmodel.fit(x, y, batch_size=8)",
    "some remainder": "a = a.batch(8, drop_remainder=True)\nb = b.batch(8)",
    "batch_shape of another function": "eye = tf.eye(4, batch_shape=[2])",
}


@pytest.mark.parametrize("code", DECLARED.values(), ids=DECLARED)
def test_declared(expect, code):
    expect(LAYER.format(mark="") + code + "\n")


@pytest.mark.parametrize("code", OPEN.values(), ids=OPEN)
def test_not_declared(expect, code):
    expect(LAYER.format(mark="# KG115 warning") + code + "\n")
