"""Remedies as texts: what becomes of the code, and which code is refused with which reason. Nothing is run."""

from __future__ import annotations

import textwrap

import pytest
from readings import reading_of

from flake8_keras_graph import engine
from flake8_keras_graph.config import Options
from flake8_keras_graph.rewrite.remedies.registry import FileRemedies

HEADER = """
import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops


class Net(keras.Model):
    def __init__(self, tasks=4, sizes=(1, 2), **kwargs):
        super().__init__()
"""


def net(made: str, body: str) -> str:
    """A model with ``made`` in its constructor and ``body`` as its call."""
    parts = (textwrap.indent(textwrap.dedent(part).strip("\n") + "\n", " " * 8) for part in (made, body))
    return HEADER + "\n    def call(self, inputs, training=None):\n".join(parts)


def remedies(text: str, code: str) -> list[str] | str:
    """The texts of the first finding of ``code``, or why there is none."""
    finding = next(each for each in engine.check(engine.Source("m.py", text), Options()) if each.code == code)
    made = FileRemedies(reading_of(text)).of(finding)
    return made if isinstance(made, str) else [each.text for each in made]


JOINED = "return ops.concatenate([head(inputs) for head in self.heads], axis=-1)"
HEADS = {
    JOINED: "return self.heads(inputs)",
    "return ops.stack([head(inputs) for head in self.heads])": (
        "return ops.stack([head_output for head_output in ops.split(self.heads(inputs), self.heads_count, axis=-1)])"
    ),
    "return [tf.nn.relu(y) for y in [head(inputs) for head in self.heads]]": (
        "[head_output for head_output in ops.split(self.heads(inputs), self.heads_count, axis=-1)]]"
    ),
    """
    total = 0.0
    for weight, head in zip([0.1, 0.2, 0.3, 0.4], self.heads):
        total = total + weight * head(inputs)
    return total
    """: "for weight, head_output in zip([0.1, 0.2, 0.3, 0.4], ops.split(self.heads(inputs), self.heads_count, axis=-1)):",
}


@pytest.mark.parametrize("body", HEADS)
def test_heads_are_fused(body: str) -> None:
    made = remedies(net("self.heads = [layers.Dense(3) for _ in range(tasks)]", body), "KG306")
    assert not isinstance(made, str), made
    assert HEADS[body] in made[0]
    assert "self.heads = layers.Dense(3 * tasks)" in made[0]


MADE = {
    "self.heads = [layers.Dense(units=3, name=n) for n in kwargs]": "self.heads = layers.Dense(units=3 * len(kwargs))",
    "self.heads = [layers.Dense(size) for size in sizes]": "sum(layer.units for layer in separate)",
    "self.heads = []\nfor _ in range(tasks):\n    self.heads.append(layers.Dense(3))": '| {"name": "heads_fused"',
}


@pytest.mark.parametrize("made", MADE)
def test_how_the_layers_are_made(made: str) -> None:
    found = remedies(net(made, JOINED), "KG306")
    assert not isinstance(found, str), found
    assert MADE[made] in found[0]


PLAIN = "self.heads = [layers.Dense(3) for _ in range(tasks)]"
REFUSED = {
    "used outside": (PLAIN, f"first = self.heads[0](inputs)\n{JOINED}", "`heads` is used outside of the loop as well"),
    "used twice": (
        PLAIN,
        "return ops.add_n([head(inputs) for head in self.heads]) if training else " + JOINED.removeprefix("return "),
        "`heads` is used outside of the loop as well",
    ),
    "asked for more": (
        PLAIN,
        "out = 0.0\nfor head in self.heads:\n    out = out + head(inputs) * head.units\nreturn out",
        "`head` is used for more than to be called on one and the same",
    ),
    "two inputs": (
        PLAIN,
        "out = 0.0\nfor head in self.heads:\n    out = out + head(inputs) * head(2 * inputs)\nreturn out",
        "`head` is used for more than to be called on one and the same",
    ),
    "constrained": (
        'self.heads = [layers.Dense(3, kernel_constraint="max_norm") for _ in range(tasks)]',
        JOINED,
        "its layers constrain their kernels one by one",
    ),
    "unpacked": ("self.heads = [layers.Dense(3, **kwargs) for _ in range(tasks)]", JOINED, "unpacked arguments"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_heads_are_refused(name: str) -> None:
    made, body, reason = REFUSED[name]
    found = remedies(net(made, body), "KG306")
    assert isinstance(found, str), found[0]
    assert reason in found


SLICES = {
    "outs = []\nfor i in range(inputs.shape[1]):\n    outs.append(self.heads(inputs[:, i]))\nreturn ops.stack(outs)": (
        "return ops.moveaxis(outs, 1, 0)"
    ),
    "outs = []\nfor i in range(8):\n    y = self.heads(inputs[:, i, :])\n    outs.append(y)\nreturn outs": (
        "return ops.unstack(outs, axis=1)"
    ),
    "outs = []\nfor i in range(8):\n    outs.append(self.heads(inputs[:, i]))\nreturn ops.concatenate(outs, axis=-1)": (
        "return ops.reshape(outs, (-1, outs.shape[1] * outs.shape[2]))"
    ),
    "total = 0.0\nfor i in range(2, 8):\n    y = self.heads(inputs[:, i])\n    y *= 2.0\n    total = total + y\nreturn total": (
        "total = total + ops.sum(y, axis=1)"
    ),
}


@pytest.mark.parametrize("body", SLICES)
def test_slices_are_taken_at_once(body: str) -> None:
    made = remedies(net("self.heads = layers.Dense(3)", body), "KG303")
    assert not isinstance(made, str), made
    assert SLICES[body] in made[0]


UNSLICED = {
    "outs = [inputs[:, 0]]\nfor i in range(8):\n    outs.append(self.heads(inputs[:, i]))\nreturn ops.stack(outs)": (
        "`outs` does not start as an empty list beside the loop"
    ),
    "for i in range(8):\n    y = self.heads(inputs[:, i])\nreturn y": "`y` of the last step is used after the loop",
    "total = 0.0\nfor i in range(0, 8, 2):\n    total += self.heads(inputs[:, i])\nreturn total": (
        "it does not take one slice after the other"
    ),
    "total = 0.0\nfor i in range(8):\n    total += self.heads(ops.tanh(inputs)[:, i])\nreturn total": (
        "it does not take slices of tensors that have names, along one axis"
    ),
}


@pytest.mark.parametrize("body", UNSLICED)
def test_slices_are_refused(body: str) -> None:
    found = remedies(net("self.heads = layers.Dense(3)", body), "KG303")
    assert isinstance(found, str), found[0]
    assert UNSLICED[body] in found
