"""Numbers asked of what has none while tracing: a tensor, and the batch dimension of a static shape."""

from __future__ import annotations

import textwrap

import pytest

HEADER = """\
import math
from math import sqrt

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

TABLE = np.arange(8)


"""

BODIES = {
    "Python's own mathematics": """
        m = ops.mean(x)
        a = math.sqrt(m)  # KG108
        b = sqrt(m)  # KG108
        c = math.floor(x.shape[0])  # KG113
        d = math.sqrt(x.shape[-1]) + math.log(2.0) + math.prod(x.shape[1:]) + math.pi
        if math.isclose(1.0, 2.0) or math.sqrt(d) > 2:
            x = x + 1
        return x
    """,
    "texts": """
        m = ops.mean(x)
        a = f"{m}" + f"{m!r:>20}" + f"{x.shape[1]:d}" + f"{1.5:.2f}"
        b = f"loss {m:.4f}"  # KG108
        c = "{:.4f}".format(m)  # KG108
        d = "{0:d} {value:.3f}".format(3, value=m)  # KG108
        e = "{} {!s:>9} {:d}".format(m, m, 3)
        f = "%.3f" % m  # KG108
        g = "%s %d%%" % (m, 3)
        h = "%s %d%%" % ("loss", m)  # KG108
        i = "%-*d" % (3, 4)
        if "%s" % m:
            x = x + 1
        return x
    """,
    "variables in texts": """
        w = tf.Variable(1.0)  # KG111
        return x + len(f"{w:.2f}")
    """,
    "NumPy and lists of tensors": """
        m = ops.mean(x)
        a = np.mean([m, m])  # KG110
        b = np.array([1.0, m])  # KG110
        c = np.concatenate((x * 2, x * 3))  # KG110
        losses = []
        for _ in range(3):
            losses.append(ops.mean(x))
        d = np.stack(losses)  # KG110
        e = np.array([1.0, 2.0]) + np.mean([x.shape[1], 2]) + np.array({"a": m})
        return x
    """,
    "arrays indexed by tensors": """
        i = ops.argmax(x, axis=-1)
        a = TABLE[i]  # KG114
        b = np.array([1, 2])[i]  # KG114
        c = TABLE[0] + TABLE[x.shape[1]] + np.array([1, 2])[-1]
        return x + c
    """,
    "sizes given to operations": """
        batch = x.shape[0]
        a = tf.zeros((batch, 3))  # KG115 warning
        b = tf.reshape(x, [x.shape[0], -1])  # KG115 warning
        c = ops.reshape(x, (batch, 4))  # KG115 warning
        d = tf.random.normal(shape=(batch, 3))  # KG115 warning
        e = tf.cast(batch, tf.float32)
        f = tf.range(batch)  # KG115 warning
        g = np.zeros((batch, 3))
        h = ops.arange(batch)  # KG115 warning
        i = tf.zeros((tf.shape(x)[0], x.shape[1])) + tf.reshape(x, [-1, x.shape[1]]) + tf.ones((2, 3)) + tf.range(0, batch)
        j = ops.zeros((ops.shape(x)[0], 3)) + ops.reshape(x, (-1, *x.shape[1:])) + tf.ensure_shape(x, (batch, 4))
        j = tf.fill((*x.shape[:2], 3), 0.0)  # KG115 warning
        k = tf.ones(x.shape[:-1] + (3,))  # KG115 warning
        l = tf.reshape(x, (-1, 3))
        m = tf.tile(x, (l.shape[0], 1))  # KG115 warning
        return x
    """,
    "whole shapes given to operations": """
        y = x * 2
        a = tf.zeros(y.shape)  # KG115 warning
        b = tf.random.normal(y.shape)  # KG115 warning
        c = keras.random.normal(shape=y.shape)  # KG115 warning
        d = ops.broadcast_to(1.0, y.shape)  # KG115 warning
        e = tf.zeros(y.shape[1:]) + tf.zeros(tf.shape(y)) + ops.zeros(ops.shape(y)) + tf.zeros(y[0].shape)
        if y.shape.is_fully_defined():
            x = x + tf.zeros(y.shape)
        return x
    """,
    "sizes looked at first": """
        if x.shape[0] is None:
            return x
        return x + tf.zeros((x.shape[0], 4)) + math.sqrt(x.shape[0])
    """,
    "a tensor and a size": """
        m = ops.mean(x)
        a = m / x.shape[0]  # KG113
        b = ops.sum(x) * x.shape[0]  # KG113
        if m is None or m == x.shape[0] or x.shape[0] != m:
            return x
        if m > x.shape[0]:  # KG101 KG113
            return x
        return m * x.shape[1]
    """,
    "the larger of a size and a number": """
        a = max(1, x.shape[0])  # KG113
        b = min(x.shape[0], 8)  # KG113
        return x + max(1, x.shape[1])
    """,
    "lists whose items are compared or tested": """
        m = ops.mean(x)
        a = max([1, m])  # KG105
        b = any([m > 0])  # KG105
        c = all([m > 0, True])  # KG105
        d = sorted([m, 2.0])  # KG105
        e = min([m, m])  # KG105
        if any([True, m]) or all([False, m]):
            x = x + 1
        return x * max([m]) + sum([m, 1.0]) + len(sorted([m], key=id)) + len(sorted([(1, m)]))
    """,
    "texts indexed by tensors": """
        a = "abc"[ops.argmax(x)]  # KG114
        return x * len("abc"[x.shape[1]])
    """,
    "the batch after an operation along another dimension": """
        y = ops.sum(x * 2, axis=1)
        a = y.shape[0] + 1  # KG113
        b = tf.reduce_mean(x * 2, axis=[1, 2]).shape[0] + 1  # KG113
        d = tf.concat([x * 2, x * 3], axis=-1).shape[0] + 1  # KG113
        e = (x * 2)[1:].shape[0] + 1  # KG113
        for i in range(ops.shape(ops.max(x * 2, axis=-1))[0]):  # KG104
            x = x + i
        f = ops.sum(x * 2, axis=0).shape[0] + ops.expand_dims(x * 2, -1).shape[0] + ops.mean(x * 2, axis=(0, 1)).shape[0]
        g = tf.concat([x * 2, tf.zeros((2, 3))], axis=-1).shape[0] + tf.reduce_sum(x * 2, self.axis).shape[0]
        h = tf.reduce_sum(x * 2, axis=-2).shape[0] + tf.reduce_sum(x * 2, axis=None).shape[0] + (x * 2)[0].shape[0]
        return x
    """,
    "items set": """
        sizes = [None, 1, 2]
        sizes[0] = ops.shape(x)[0]
        a = max(sizes[0], 1)  # KG105
        b = max(sizes[1], 1) + len(range(sizes[-1]))
        shape = [x.shape[0], 4]
        shape[0] = -1
        return ops.reshape(x, shape)
    """,
    "by a key": """
        m = ops.mean(x)
        return x * max([m, m * 2], key=id)
    """,
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_in_call(expect, body):
    source = "class Block(layers.Layer):\n    def call(self, x):\n" + textwrap.indent(
        textwrap.dedent(body).strip(), " " * 8
    )
    expect(HEADER + source)


def test_what_is_said_of_them(lint):
    """The exception is named where it is the same whatever the values are."""
    body = """
        def call(self, x):
            y = x * 2
            a = ops.mean(y) / y.shape[0]
            b = max(y.shape[0], 3)
            d = f"{ops.mean(y):.2f}"
            e = TABLE[ops.argmax(y)]
            return math.sqrt(ops.mean(y))
    """
    found = lint(HEADER + "class Block(layers.Layer):" + textwrap.indent(textwrap.dedent(body), "    "))
    assert [each.message.rpartition("; ")[0] for each in found] == [  # without what to do
        "arithmetic on the batch dimension `y.shape[0]`: None in fit unless every batch has one size, which raises ValueError",
        "`max()` on the batch dimension `y.shape[0]`: None in fit unless every batch has one size, which raises TypeError",
        "the tensor `ops.mean(y)` formatted as a number: fit raises TypeError",
        "a NumPy array indexed by the tensor `ops.argmax(y)`: fit raises NotImplementedError",
        "`math.sqrt()` of the tensor `ops.mean(y)`: fit raises TypeError",
    ]


def test_a_dimension_that_is_no_batch_for_the_caller(expect):
    """Inputs by time first: who calls says which dimension is the batch."""
    expect(
        HEADER
        + textwrap.dedent("""
        def mask(length):
            return tf.ones([length + 1, length])

        class Block(layers.Layer):
            def call(self, x):
                qlen = x.shape[0]
                bsz = tf.shape(x)[1]
                return mask(qlen) + tf.cast(bsz, tf.float32)
        """)
    )
