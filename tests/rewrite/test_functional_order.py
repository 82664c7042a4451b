"""Classes that construct their layers in another order than they use them: said, and their weights can be moved."""

from __future__ import annotations

import pytest
from proof import Tensor, namespace_of, prove
from readings import builder_of

HEAD = """
import keras
import tensorflow as tf
from keras import layers


class Net(keras.Model):
    def __init__(self, units=4):
        super().__init__()
        MADE

    def call(self, x, training=None):
        BODY
        return x
"""
KERAS_2 = HEAD.replace("import keras\n", "import tf_keras as keras\n").replace("from keras", "from tf_keras")
A, B = "self.a = layers.Dense(units)", "self.b = layers.Dense(units)"
LISTED = "self.ls = [layers.Dense(units), layers.Dense(units)]"
OTHERS = {
    "two": (f"{B}\n{A}", "x = self.a(x)\nx = self.b(x)"),
    "nested": (f"{B}\n{A}", "x = self.b(self.a(x))"),
    "a list": (f"{B}\n{LISTED}", "for layer in self.ls:\n    x = layer(x)\nx = self.b(x)"),
    "a dict": (f'{B}\nself.ls = {{"p": layers.Dense(units), "q": layers.Dense(units)}}',
               'x = self.ls["q"](self.ls["p"](x))\nx = self.b(x)'),
    "a dropout between": (f"{B}\nself.d = layers.Dropout(0.5)\n{A}", "x = self.b(self.d(self.a(x)))"),
    "frozen": (f"{B}\nself.n = layers.BatchNormalization()\n{A}", "x = self.n(self.a(x), training=False)\nx = self.b(x)"),
}  # fmt: skip
SAME = {
    "two": (f"{A}\n{B}", "x = self.b(self.a(x))"),
    "a dropout first": (f"self.d = layers.Dropout(0.5)\n{A}", "x = self.d(self.a(x))"),
    "a list": (f"{LISTED}\n{B}", "for layer in self.ls:\n    x = layer(x)\nx = self.b(x)"),
}


def text_of(made: str, body: str, head: str = HEAD) -> str:
    """A model that holds ``made`` and does ``body``."""
    for name, lines in (("MADE", made), ("BODY", body)):
        head = head.replace(name, "\n        ".join(lines.splitlines()))
    return head


@pytest.mark.tensorflow
@pytest.mark.parametrize("head", [HEAD, KERAS_2], ids=["keras", "tf_keras"])
@pytest.mark.parametrize("kind", OTHERS)
def test_weights_of_another_order_can_be_moved(kind, head):
    import numpy as np

    text = text_of(*OTHERS[kind], head)
    rewrite = builder_of(text, "Net")
    assert rewrite.source is not None
    assert any("`load_net(model, source)` moves them" in note.text for note in rewrite.notes)
    namespace = namespace_of(text + rewrite.source)
    source, model = namespace["Net"](), namespace["build_net"](namespace["keras"].Input((4,)))
    data = np.random.default_rng(0).normal(size=(3, 4)).astype("float32")
    expected = source(data)
    for weight in source.weights:
        weight.assign(np.random.default_rng(len(weight.shape)).normal(size=weight.shape) ** 2)
    expected = source(data).numpy()
    model.set_weights(source.get_weights())
    namespace["load_net"](model, source)
    np.testing.assert_allclose(model(data).numpy(), expected, rtol=1e-5, atol=1e-6)
    assert len(model.weights) == len(source.weights)
    assert prove(text, "Net", Tensor((4,))).error < 1e-6


@pytest.mark.parametrize("kind", SAME)
def test_nothing_is_said_of_the_same_order(kind):
    rewrite = builder_of(text_of(*SAME[kind]), "Net")
    assert rewrite.source is not None
    assert "load_net" not in rewrite.source
    assert not any("load_" in note.text for note in rewrite.notes)
