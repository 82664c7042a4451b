"""Small classes, one of a kind, measured with no spec: what each is fed, wherever the project says it or its code shows it."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("tensorflow")

from flake8_keras_graph.measure.parent.session import Settings, Target, measure
from flake8_keras_graph.records import ModelResult

pytestmark = pytest.mark.tensorflow

HEAD = """
import keras
import numpy as np
import tensorflow as tf
from keras import Input, Model, layers, ops
from tensorflow.keras.layers import Embedding

SIZE = 24
CHANNELS = 3
"""
TAGS = """
class {name}(Model):
    def __init__(self, words=50, length=12):
        super().__init__()
        self.length = length
        self.table = Embedding(words, 4)
        self.dense = layers.Dense(2)

    def call(self, inputs):
        return self.dense(ops.mean(self.table(inputs["seq"]), axis=1) * self.table(inputs["item"]))
"""
PLAIN = """
class {name}(Model):
    def __init__(self):
        super().__init__()
        self.body = [layers.Conv2D(4, 3), layers.GlobalAveragePooling2D(), layers.Dense(2)]

    def call(self, inputs, training=None):
        x = inputs
        for layer in self.body:
            x = layer(x)
        return x
"""
VECTORS = """
class {name}(Model):
    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(2)

    def call(self, inputs):
        return self.dense(ops.reshape(inputs, (-1, {size})))
"""


def _table(*shape: int, dtype: str = "float32", **limits: int) -> dict[str, Any]:
    return {"shape": list(shape), "dtype": dtype, **limits}


_SEQ = {"seq": _table(12, dtype="int32", low=0, high=50), "item": _table(dtype="int32", low=0, high=50)}
_IMAGE = _table(24, 24, 3)

# What makes the inputs, after the class or in it; what the class is then fed.
SAID: dict[str, tuple[str, str, Any]] = {
    "Summary": (TAGS, """
    def summary(self):
        inputs = {"seq": Input((self.length,), dtype=tf.int32), "item": Input((), dtype=tf.int32)}
        Model(inputs=inputs, outputs=self.call(inputs)).summary()
""", _SEQ),
    "Comprehended": (TAGS, """
    def build_graph(self):
        shapes = {"seq": (self.length,), "item": ()}
        x = {name: keras.layers.Input(shape=shape, dtype="int32") for name, shape in shapes.items()}
        return Model(x, self(x))
""", _SEQ),
    "Asked": (PLAIN, """
    def model(self, raw_shape):
        x = Input(shape=raw_shape)
        return keras.Model(inputs=[x], outputs=self.call(x))


Asked().model((24, 24, 3))
""", _IMAGE),
    "Keyword": (PLAIN, """
    def graph(self, *, shape):
        x = Input(shape)
        return Model(x, self(x, training=False))


net = Keyword()
net.graph(shape=(24, 24, 3)).summary()
""", _IMAGE),
    "OpenSizes": (PLAIN, """
    def summary(self):
        x = Input((None, None, 3))
        Model(x, self.call(x)).summary()
""", _table(32, 32, 3)),
    "Built": (PLAIN, """

model = Built()
model.build(input_shape=(None, SIZE, SIZE, CHANNELS))
""", _IMAGE),
    "BuiltItself": (PLAIN, """
    def prepare(self):
        self.build((None, SIZE, 8 * 3, CHANNELS))
""", _IMAGE),
    "Called": (PLAIN, """

x = tf.random.uniform(shape=(8, SIZE, SIZE, 3))
out = Called()(x)
""", _IMAGE),
    "Zeros": (PLAIN, """

def test():
    net = Zeros()
    batch = 16
    assert net(np.zeros((batch, SIZE, SIZE, CHANNELS), dtype=np.float32)).shape == (batch, 2)
""", _IMAGE),
    "CalledInside": (PLAIN, """
    def show(self):
        self(keras.Input((24, SIZE, 3)))
""", _IMAGE),
    "LayerSays": ("""
class {name}(Model):
    def __init__(self):
        super().__init__()
        self.first = layers.Dense(8, input_shape=(28 * 28,))

    def call(self, x):
        return self.first(x)
""", "", _table(784)),
    "Signature": ("""
class {name}(Model):
    def __init__(self):
        super().__init__()
        self.flatten = layers.Flatten()
        self.dense = layers.Dense(3)

    @tf.function(input_signature=[tf.TensorSpec(shape=[None, 28, 28, 1], dtype=tf.float32)])
    def call(self, inputs):
        return self.dense(self.flatten(inputs))
""", "", _table(28, 28, 1)),
    "SignatureByName": ("""
SIGNATURE = [tf.TensorSpec((None, 9), tf.int32)] * 1


class {name}(Model):
    def __init__(self):
        super().__init__()
        self.table = Embedding(5, 3)

    @tf.function(input_signature=SIGNATURE)
    def call(self, inputs):
        return self.table(inputs)
""", "", _table(9, dtype="int32", low=0, high=5)),
    "Sides": ("""
class {name}(Model):
    def __init__(self):
        super().__init__()
        self.conv = layers.Conv2D(4, 5, padding="same")
        self.pool = layers.MaxPool2D(2, 2)
        self.flatten = layers.Reshape((14 * 14 * 4,))
        self.dense = layers.Dense(3)

    def call(self, inputs):
        return self.dense(self.flatten(self.pool(self.conv(inputs))))
""", "", _table(28, 28, 3)),
    "SidesOfLeNet": ("""
class {name}(Model):
    def __init__(self):
        super().__init__()
        self.body = [layers.Conv2D(4, 5), layers.MaxPool2D(2), layers.Conv2D(6, 5), layers.MaxPool2D(2)]

    def call(self, inputs):
        for layer in self.body:
            inputs = layer(inputs)
        return ops.reshape(inputs, (-1, 4 * 4 * 6))
""", "", _table(28, 28, 3)),
    "Remark": (VECTORS.replace("(self, inputs):", "(self, inputs):  # [batch_size, 21]").replace("{size}", "21"), "", _table(21)),
    "Handler": (VECTORS.replace("{size}", "21"), """
    def summary(self):
        try:
            x = Input((21,))
            return Model(x, self.call(x)).summary()
        except Exception:
            return None
""", _table(21)),
}  # fmt: skip


def _measured(folder: Path, text: str, symbols: tuple[str, ...]) -> dict[str, ModelResult]:
    file = folder / "models.py"
    file.write_text(text)
    targets = [Target(str(file), symbol, "model", 3) for symbol in symbols]
    settings = Settings(root=str(folder), probe_only=True)
    return {each.symbol: each for each in measure(targets, settings)}


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ModelResult]:
    text = HEAD + "\n".join(source.replace("{name}", name) + more for name, (source, more, _) in SAID.items())
    ast.parse(text)
    return _measured(tmp_path_factory.mktemp("said"), text, tuple(SAID))


@pytest.mark.parametrize("name", SAID)
def test_what_the_code_says_of_the_inputs(said: dict[str, ModelResult], name: str) -> None:
    result = said[name]
    assert result.status == "probed", result.reason
    assert result.spec is not None
    (given,) = result.spec["inputs"].values()
    assert given == SAID[name][2]
