"""Models that are one layer after the other: the Sequential form is named."""

from __future__ import annotations

import pytest
from proof import namespace_of
from readings import builder_of

TEXT = """
import keras
from keras import layers, ops


class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.a = layers.Dense(4)
        self.d = layers.Dropout(0.5)
        self.b = layers.Dense(2)
        self.act = keras.activations.relu

    def call(self, x, training=None, mask=None):
        BODY
"""


@pytest.mark.parametrize(
    ("body", "form"),
    [
        ("return self.b(self.d(self.a(x)))", "[a, d, b]"),
        ("x = self.a(x)\nx = self.d(x, training=training)\nreturn self.b(x)", "[a, d, b]"),
        ("y = self.a(x)\nz = self.d(y, training=False)\nreturn self.b(z)", "[a, b]"),
        ("y = self.a(x)\nz = self.d(y, training=True)\nreturn self.b(z)", "[a, FixedTraining(d, training=True), b]"),
        ("x = self.a(x)\nreturn self.b(x) + x", ""),
        ("x = self.a(self.a(x))\nreturn self.b(x)", ""),
        ("return self.b(self.act(self.a(x)))", ""),
        ("y = self.a(x)\nreturn self.b(ops.relu(y))", ""),
        ("return self.a(x)", ""),
    ],
)
def test_the_form_is_named(body, form):
    rewrite = builder_of(TEXT.replace("BODY", body.replace("\n", "\n        ")), "Net")
    assert rewrite.source is not None
    said = [note.text for note in rewrite.notes if "Sequential" in note.text]
    assert said == ([f"its layers stand in one line: `keras.Sequential({form})` is the same model"] if form else [])
    assert "mask" not in rewrite.source.split("def build_net")[1]


@pytest.mark.tensorflow
def test_it_is_the_same_model():
    import numpy as np

    text = TEXT.replace("BODY", "return self.b(self.d(self.a(x)))")
    namespace = namespace_of(text)
    model = namespace["Net"]()
    line = namespace["keras"].Sequential([model.a, model.d, model.b])
    data = np.ones((2, 3), "float32")
    np.testing.assert_array_equal(model(data), line(data))
