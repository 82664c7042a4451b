"""KG118: tensors of the graph in the sizes and first values of weights; each was tried in ``fit``."""

from __future__ import annotations

import pytest

BUILD = """
import keras
import numpy as np
import tensorflow as tf
from keras import initializers, ops
from keras.layers import Dense, Embedding, Layer

class Start(initializers.Initializer):
    def __init__(self, value):
        self.value = value

    def __call__(self, shape, dtype=None):
        return self.value

class Weighted(Layer):
    def __init__(self):
        super().__init__()
        self.table = tf.eye(4)
        self.count = tf.constant(4)
        self.mask = self._ones()

    def _ones(self):
        return tf.ones(4)

    def _make(self, count):
        return self.add_weight(shape=(count,))

    def build(self, input_shape):
        size = ops.prod(input_shape[1:])
        start = tf.random.normal((4,))

        def fresh(shape, dtype=None):
            start = tf.ones(shape)
            return start * 2

        self.w = {made}  {mark}

    def call(self, x):
        return x

class Holding(keras.Model):
    def __init__(self):
        super().__init__()
        self.weighted = Weighted()

    def call(self, x):
        return self.weighted(x)
"""
RAISES = (
    "self.add_weight(shape=(size, 3))",
    "self.add_weight((size, 3), 'zeros')",
    "self.add_weight('w', shape=[tf.shape(self.table)[0]])",
    "self.add_weight(shape=tf.shape(self.table))",
    "self.add_weight(shape=(4,), initializer=lambda shape, dtype=None: start)",
    "self.add_weight(shape=(4,), initializer=Start(tf.ones(4)))",
    "self.add_weight(shape=(4,), initializer=initializers.Constant(start))",
    "self.add_weight(shape=(4,), initializer=tf.ones(4))",
    "Dense(4, kernel_initializer=initializers.Constant(tf.eye(4)))",
    "Dense(units=tf.reduce_max(input_shape[1:]))",
    "Embedding(size, 4)",
)
TRAINS = (
    "self.add_weight(shape=(self.count, 3))",
    "self.add_weight(shape=(int(np.prod(input_shape[1:])),))",
    "self.add_weight(shape=(input_shape[-1], 3))",
    "self.add_weight(shape=tf.TensorShape(input_shape[1:]))",
    "self.add_weight(shape=(4, 4), initializer=initializers.Constant(self.table))",
    "self.add_weight(shape=(4,), initializer=initializers.Constant(self.mask))",
    "self.add_weight(shape=(4,), initializer=lambda shape, dtype=None: tf.ones(shape))",
    "self.add_weight(shape=(4,), initializer=fresh)",
    "Dense(4, kernel_initializer=initializers.Constant(np.eye(4)))",
    "tf.Variable(tf.ones(4))",
    "keras.Model(start, start)",
)


@pytest.mark.parametrize("made", RAISES)
def test_what_has_no_value_in_build(expect, made):
    expect(BUILD.format(made=made, mark="# KG118 error"))


@pytest.mark.parametrize("made", TRAINS)
def test_what_has_a_value_in_build(expect, made):
    expect(BUILD.format(made=made, mark=""))


@pytest.mark.parametrize("made", [*RAISES, *TRAINS])
def test_keras_2_builds_outside_of_the_graph(expect, made):
    expect(BUILD.replace("keras", "tf_keras").format(made=made, mark=""))


def test_a_helper_that_build_calls(expect):
    text = BUILD.replace("self.add_weight(shape=(count,))", "self.add_weight(shape=(count,))  # KG118 error")
    expect(text.format(made="self._make(size)", mark=""))


def test_a_layer_of_nobody_may_be_of_a_functional_model(expect):
    text = BUILD.partition("class Holding")[0]
    constant = "self.add_weight(shape=(4,), initializer=initializers.Constant(start))"
    expect(text.format(made=constant, mark="# KG118 warning"))
    expect(text.format(made="self.add_weight(shape=(size,))", mark="# KG118 error"))


def test_a_models_own_build_has_values_but_no_sizes(expect):
    expect("""
        import keras
        import tensorflow as tf

        class Own(keras.Model):
            def build(self, input_shape):
                count = tf.reduce_prod(input_shape[1:])
                self.scale = self.add_weight(shape=(4,), initializer=keras.initializers.Constant(tf.ones(4)))
                self.other = self.add_weight(shape=(count,))  # KG118 error

            def call(self, x):
                return x * self.scale
        """)


FIRST_CALL = """
import {keras}
import tensorflow as tf

class Lazy({keras}.Model):
    def __init__(self):
        super().__init__()
        self.w = None

    def call(self, x):
        if self.w is None:
            self.w = {made}
        return x * self.w
"""


@pytest.mark.parametrize(
    ("made", "keras_3", "keras_2"),
    [
        ("self.add_weight(name='w', shape=(tf.shape(x)[-1],))", "KG116 KG118", "KG118"),
        ("self.add_weight(name='w', shape=(x.shape[-1],))", "KG116", ""),
        ("self.add_weight(shape=(4,), initializer={keras}.initializers.Constant(tf.reduce_mean(x, 0)))", "KG116 KG118", "KG118"),
        ("self.add_weight(shape=(4,), initializer=lambda s, dtype=None: tf.reduce_mean(x, 0))", "KG116 KG118", ""),
        ("{keras}.layers.Dense(4, bias_initializer={keras}.initializers.Constant(x[0]))", "KG116 KG118", "KG118"),
        ("tf.Variable(tf.reduce_mean(x, 0))", "KG118", ""),
        ("tf.Variable(lambda: tf.reduce_mean(x, 0))", "KG118", ""),
        ("tf.Variable(tf.zeros(4))", "", ""),
        ("tf.Variable(tf.zeros_like(x[0]))", "", ""),
    ],
)  # fmt: skip
def test_on_the_first_call(lint, made, keras_3, keras_2):
    for keras, codes in (("keras", keras_3), ("tf_keras", keras_2)):
        text = FIRST_CALL.replace("{made}", made).replace("{keras}", keras)
        assert " ".join(sorted(finding.code for finding in lint(text))) == codes
