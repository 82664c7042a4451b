"""KG113 and KG115 fixed where the shape is read elsewhere: what is written, and that ``fit`` trains it as before."""

from __future__ import annotations

import textwrap

import numpy as np
import pytest
from page_examples import check
from proof import namespace_of
from readings import reading_of

from flake8_keras_graph.rewrite.apply import fix_text
from flake8_keras_graph.rewrite.fixes.registry import why_not

KERAS_3 = "import keras\nimport tensorflow as tf\nfrom keras import ops\n\n\n"
KERAS_2 = "import tensorflow as tf\nimport tf_keras as keras\n\n\n"
MODEL = """\
class Sized(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, x):
{body}

model = Sized()
"""
DONE = {
    "a name, divided by": (
        KERAS_3,
        """
        n = x.shape[0]
        y = ops.sum(x, axis=0) / n
        return self.head(x - y)
        """,
        """
        n = ops.shape(x)[0]
        y = ops.sum(x, axis=0) / ops.cast(n, "float32")
        return self.head(x - y)
        """,
        "unsafe",
    ),
    "a name, computed with": (
        KERAS_3,
        """
        n = x.shape[0]
        y = ops.zeros((n * 2, 4))
        return self.head(x + y[:1])
        """,
        """
        n = ops.shape(x)[0]
        y = ops.zeros((n * 2, 4))
        return self.head(x + y[:1])
        """,
        "safe",
    ),
    "a name, under Keras 2": (
        KERAS_2,
        """
        n = x.shape[0]
        y = tf.zeros((n + 1, 4))
        return self.head(x + y[1:])
        """,
        """
        n = tf.shape(x)[0]
        y = tf.zeros((n + 1, 4))
        return self.head(x + y[1:])
        """,
        "safe",
    ),
    "unpacked": (
        KERAS_3,
        """
        b, w = x.shape
        y = ops.reshape(x, (b, w))
        return self.head(y)
        """,
        """
        b, w = ops.shape(x)
        y = ops.reshape(x, (b, w))
        return self.head(y)
        """,
        "safe",
    ),
    "unpacked, under Keras 2": (
        KERAS_2,
        """
        b, w = x.shape
        y = tf.reshape(x, (b, w))
        return self.head(y)
        """,
        """
        b, w = (tf.shape(x)[0], *x.shape[1:])
        y = tf.reshape(x, (b, w))
        return self.head(y)
        """,
        "safe",
    ),
    "a whole shape, under Keras 2": (
        KERAS_2,
        """
        return self.head(x + tf.ones(x.shape))
        """,
        """
        return self.head(x + tf.ones(tf.shape(x)))
        """,
        "safe",
    ),
}


def text_of(header: str, body: str) -> str:
    lines = textwrap.dedent(body).strip("\n").splitlines()
    return header + MODEL.format(body="".join(f"        {line}\n" for line in lines))


@pytest.mark.parametrize(("header", "before", "after", "safety"), DONE.values(), ids=DONE)
def test_what_is_written(header: str, before: str, after: str, safety: str) -> None:
    fixed = fix_text(reading_of(text_of(header, before), "model.py"), check, unsafe=True)
    assert fixed.text == text_of(header, after)
    assert {made.fix.safety for made in fixed.applied} == {safety}


@pytest.mark.tensorflow
@pytest.mark.parametrize(("header", "before", "after", "safety"), DONE.values(), ids=DONE)
def test_it_trains_and_computes_the_same(header: str, before: str, after: str, safety: str) -> None:
    rows = np.random.default_rng(0).normal(size=(20, 4)).astype("float32")
    original, fixed = (namespace_of(text_of(header, body))["model"] for body in (before, after))
    original.run_eagerly = True
    fixed(rows), original(rows)
    original.set_weights(fixed.get_weights())
    assert np.allclose(original(rows), fixed(rows), atol=1e-5)
    fixed.compile("sgd", "mse")
    fixed.fit(rows, np.ones((20, 1), "float32"), batch_size=8, verbose=0)


REFUSED = {
    "bound twice": ("n = x.shape[0]\nn = n * 2\nreturn self.head(x)", "is bound more than once"),
    "with what may be a tensor of floats": ("n = x.shape[0]\nreturn self.head(x * (n + 1))", "of another dtype"),
    "of a sequence": ("n = x.shape[0]\nmask = [1] * n\nreturn self.head(x) * len(mask)", "of another dtype"),
}


@pytest.mark.parametrize(("body", "reason"), REFUSED.values(), ids=REFUSED)
def test_refused(body: str, reason: str) -> None:
    text = text_of(KERAS_3, body)
    found = [each for each in check("model.py", text) if each.code == "KG113"]
    assert found
    assert all(reason in why_not(each, reading_of(text, "model.py")) for each in found)
