"""What a class does with its inputs and with its constructor's arguments, as the checker asks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from flake8_keras_graph.analysis.reading import read_file
from flake8_keras_graph.config import Options
from flake8_keras_graph.records import ClassUse, Use

NET = """
import keras
import tensorflow as tf
from keras import layers, ops


class Inner(layers.Layer):
    def __init__(self):
        super().__init__()
        self.conv = layers.Conv2D(4, 3)

    def call(self, x):
        return self.conv(x)


class Net(keras.Model):
    def __init__(self, encoder=None, fields=()):
        super().__init__()
        self.embed, self.dense = layers.Embedding(9, 4), layers.Dense(2)
        self.drop = layers.Dropout(0.1)
        self.inner = Inner()
        self.blocks = [layers.Conv2D(4, 3), layers.Flatten()]
        self.embeds = {"a": layers.Embedding(5, 2), "b": layers.Embedding(9, 2)}
        self.names = ["a", "b"]
        self.fields = fields
        self.encoder = encoder
"""


def use_of(text: str, symbol: str = "Net") -> ClassUse:
    return read_file("net.py", text, Options()).class_named(symbol).uses


def shown(use: Use) -> Iterator[str]:
    """A line for each thing that is done with a parameter or a part of it."""
    for name in ("annotation", "rank", "axes", "asks_rank", "count", "is_sized", "is_iterated", "is_called", "keys_at"):
        if value := getattr(use, name):
            yield f"{use.name} {name}" if value is True else f"{use.name} {name} {value}"
    for given in use.given:
        place = f" {'.'.join(map(str, given.place))}" if given.place else ""
        added = "" if given.added == 0 else " ?" if given.added is None else f" {given.added:+}"
        yield f"{use.name} -> {given.name}({given.parameter}){place}{added}"
    for _, item in use.items:
        yield from shown(item)
    for attribute in use.attributes:
        yield f"{use.name}.{attribute.name}"
        yield from (f"{use.name}.{line}" for line in shown(attribute))


def lines(code: str, parameters: str = "x", helpers: str = "") -> list[str]:
    body = "\n".join(f"        {line}" for line in code.split("\n"))
    text = f"{NET}\n    def call(self, {parameters}):\n{body}\n{helpers}"
    return [line for use in use_of(text).inputs_of("call") for line in shown(use)]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("return self.dense(x)", ["x -> keras.layers.Dense(0) dense"]),
        ("return self.dense(inputs=x)", ["x -> keras.layers.Dense(inputs) dense"]),
        ("y = x * 2.0 + 1.0\nreturn self.dense(-y)", ["x -> keras.layers.Dense(0) dense"]),
        ("y = tf.cast(x, 'float32')\nreturn self.dense(y)", ["x -> tf.cast(0)", "x -> keras.layers.Dense(0) dense"]),
        ("return self.dense(self.drop(x))", ["x -> keras.layers.Dropout(0) drop", "x -> keras.layers.Dense(0) dense"]),
        ("return self.dense(self.embed(x))", ["x -> keras.layers.Embedding(0) embed"]),
        ("return self.dense(ops.mean(x, axis=1))", ["x -> keras.ops.mean(0)", "x -> keras.layers.Dense(0) dense -1"]),
        ("return self.dense(ops.mean(x, axis=1, keepdims=True))",
         ["x -> keras.ops.mean(0)", "x -> keras.layers.Dense(0) dense"]),
        ("return self.dense(x[:, -1])", ["x axes 2", "x -> keras.layers.Dense(0) dense -1"]),
        ("return self.dense(x[..., None])", ["x -> keras.layers.Dense(0) dense +1"]),
        ("return self.embed(tf.reshape(x, (-1, 4)))",
         ["x -> tf.reshape(0)", "x -> keras.layers.Embedding(0) embed ?"]),
        ("return self.embed(tf.argmax(x, 1))", ["x -> tf.argmax(0)"]),
        ("return self.inner(x)", ["x -> keras.layers.Conv2D(0) inner.conv"]),
        ("return self.encoder(x)", ["x -> (0) encoder"]),
        ("for block in self.blocks:\n    x = block(x)\nreturn x",
         ["x -> keras.layers.Conv2D(0) blocks.*", "x -> keras.layers.Flatten(0) blocks.*"]),
        ("return self.blocks[0](x)", ["x -> keras.layers.Conv2D(0) blocks.0"]),
        ("ids, vector = x\nreturn self.embed(ids), self.dense(vector)",
         ["x count 2", "ids -> keras.layers.Embedding(0) embed", "vector -> keras.layers.Dense(0) dense"]),
        ("return self.dense(x[0]) + self.embed(x[1])",
         ["x count 2", "x[0] -> keras.layers.Dense(0) dense", "x[1] -> keras.layers.Embedding(0) embed"]),
        ("return self.dense(x['a']) + self.embed(x.get('b'))",
         ["x[a] -> keras.layers.Dense(0) dense", "x[b] -> keras.layers.Embedding(0) embed", "x.get"]),
        ("return [self.dense(each) for each in x]", ["x is_iterated", "x[0] -> keras.layers.Dense(0) dense"]),
        ("return [self.dense(each) for _, each in enumerate(x)]",
         ["x is_iterated", "x -> builtins.enumerate(0)", "x[0] -> keras.layers.Dense(0) dense"]),
        ("return [layer(each) for layer, each in zip(self.blocks, x)]",
         ["x is_iterated", "x -> builtins.zip(1)", "x[0] -> keras.layers.Conv2D(0) blocks.*",
          "x[0] -> keras.layers.Flatten(0) blocks.*"]),
        ("return [self.dense(x[i]) for i in range(3)]",
         ["x count 3", *(f"x[{i}] -> keras.layers.Dense(0) dense" for i in range(3))]),
        ("return [self.embeds[f](x[f]) for f in self.names]",
         ["x[a] -> keras.layers.Embedding(0) embeds.*", "x[b] -> keras.layers.Embedding(0) embeds.*"]),
        ("return [self.dense(x[f]) for f in self.fields]",
         ["x keys_at ('fields',)", "x[*] -> keras.layers.Dense(0) dense"]),
        ("return [layer(x[f]) for f, layer in self.embeds.items()]",
         ["x keys_at ('embeds',)", "x[*] -> keras.layers.Embedding(0) embeds.*"]),
        ("b, h, w, c = ops.shape(x)\nreturn x", ["x rank 4", "x -> keras.ops.shape(0)"]),
        ("if len(x.shape) == 3:\n    x = x[:, 0]\nreturn self.dense(x)",
         ["x asks_rank", "x axes 2", "x -> keras.layers.Dense(0) dense -1"]),
        ("return x[:, 0, :] * x.shape[-1]", ["x axes 3"]),
        ("return ops.zeros(tf.shape(x)[1])", ["x axes 2", "x -> tf.shape(0)"]),
        ("return self.dense(x.to_tensor())", ["x.to_tensor", "x -> keras.layers.Dense(0) dense"]),
        ("return self.dense(x if x is not None else 0)", ["x -> keras.layers.Dense(0) dense"]),
    ],
)  # fmt: skip
def test_what_is_done_with_an_input(code: str, expected: list[str]) -> None:
    assert sorted(lines(code)) == sorted(expected)


def test_several_inputs_and_what_they_are_joined_to() -> None:
    found = lines("return self.dense(ops.concatenate([x, y]))", "x, y, training=False")
    assert found == ["x -> keras.layers.Dense(0) dense", "y -> keras.layers.Dense(0) dense"]


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [("tf.RaggedTensor", "tf.RaggedTensor"), ("'tf.SparseTensor'", "tf.SparseTensor"), ("list[int]", "list[int]")],
)
def test_annotations(annotation: str, expected: str) -> None:
    assert lines("return x", f"x: {annotation}") == [f"x annotation {expected}"]


def test_a_helper_that_is_called_twice_counts_for_each() -> None:
    helper = "\n    def scaled(self, z):\n        return self.dense(z * 0.5)\n"
    found = lines("return self.scaled(x) + self.scaled(y)", "x, y", helper)
    assert found == ["x -> keras.layers.Dense(0) dense", "y -> keras.layers.Dense(0) dense"]


def constructor(code: str, parameters: str = "p") -> list[str]:
    body = "\n".join(f"        {line}" for line in code.split("\n"))
    text = (
        "import keras\nfrom keras import layers\n\n\nclass Net(keras.Model):\n"
        f"    def __init__(self, {parameters}):\n        super().__init__()\n{body}\n\n"
        "    def call(self, x):\n        return self.layer(x), [each(x) for each in self.several]\n"
    )
    return [line for use in use_of(text).parameters for line in shown(use)]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("self.a = layers.Dense(p)", ["p -> keras.layers.Dense(0)"]),
        ("self.a = layers.Dropout(rate=p / 2)", ["p -> keras.layers.Dropout(rate)"]),
        ("self.a = [layers.Dense(n) for n in p]", ["p is_iterated", "p[0] -> keras.layers.Dense(0)"]),
        ("self.width, self.depth = p", ["p count 2"]),
        ("self.a = layers.Dense(p['units'])", ["p[units] -> keras.layers.Dense(0)"]),
        ("self.a = layers.Dense(p.units)", ["p.units", "p.units -> keras.layers.Dense(0)"]),
        ("self.layer = p", ["p is_called"]),
        ("self.several = p", ["p is_iterated", "p[0] is_called"]),
        ("self.several = [layers.Dense(4)] * len(p)", ["p is_sized", "p -> builtins.len(0)"]),
        ("self.a = getattr(p, 'rate', 0.1)", ["p -> builtins.getattr(0)", "p.rate"]),
        ("self.p = p\nself.a = layers.Embedding(self.p, 4)", ["p -> keras.layers.Embedding(0)"]),
    ],
)
def test_what_is_done_with_a_constructor_argument(code: str, expected: list[str]) -> None:
    assert sorted(constructor(code)) == sorted(expected)


def test_what_keras_does_not_know_has_no_inputs() -> None:
    found = use_of(
        "class Net:\n    def __init__(self, units):\n        self.units = units\n\n    def call(self, x):\n        pass\n"
    )
    assert (found.inputs, [use.name for use in found.parameters]) == ((), ["units"])
