"""KG117: what is certainly a Python bool where ``tf.cond`` needs a tensor."""

from __future__ import annotations

import pytest

LAYER = """
import keras
import tensorflow as tf
from keras import ops

class Block(keras.layers.Layer):
    def call(self, x, mask=None, training=None, flag=True):
        chosen = {test}
        y = tf.cond(chosen, lambda: x, lambda: -x)  {mark}
        return ops.cond(chosen, lambda: y, lambda: -y)
"""
PYTHON = ("training", "not training", "training is True", "bool(training)", "flag", "True", "x.shape[1] > 3",
          "len(x.shape) == 3", "isinstance(x, list)", "mask is not None", "self.trainable")  # fmt: skip
OTHERS = ("tf.reduce_sum(x) > 0", "tf.cast(training, tf.bool)", "tf.constant(training)", "tf.equal(training, True)",
          "tf.shape(x)[0] > 3", "ops.shape(x)[0] > 3", "training if tf.is_tensor(training) else tf.constant(training)",
          "mask", "unknown(x)", "tf.constant(True) if training is None else training")  # fmt: skip


@pytest.mark.parametrize("test", PYTHON)
def test_python_bools(expect, test):
    expect(LAYER.format(test=test, mark="# KG117 error"))


def test_the_pairs_of_a_case(expect):
    text = LAYER.replace("tf.cond(chosen, lambda: x, lambda: -x)", "tf.case([({test}, lambda: x)], default=lambda: -x)")
    expect(text.format(test="x.shape[1] > 3", mark="# KG117 error"))
    expect(text.format(test="tf.reduce_sum(x) > 3", mark=""))


@pytest.mark.parametrize("test", OTHERS)
def test_tensors_and_what_nobody_knows(expect, test):
    expect(LAYER.format(test=test, mark=""))
