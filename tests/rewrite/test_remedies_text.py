"""Remedies as texts: what becomes of the code, and which code is refused with which reason. Nothing is run."""

from __future__ import annotations

import textwrap
from typing import get_args

import pytest
from readings import reading_of

from flake8_keras_graph import engine
from flake8_keras_graph.config import Options
from flake8_keras_graph.records import Remedy
from flake8_keras_graph.rewrite.remedies.registry import FileRemedies, remediers

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


LOOPS = {
    "x = inputs\nfor _ in range(40):\n    x = ops.tanh(self.heads(x))\nreturn x": (
        "index, x = ops.while_loop(lambda index, *__2: index < 40, step, (0, x), maximum_iterations=40)"
    ),
    "x = inputs\nfor i in range(2, 40, 2):\n    x = self.heads(x) * ops.cast(i, 'float32')\nreturn x": (
        "(2, x), maximum_iterations=len(range(2, 40, 2)))"
    ),
    "x = inputs\nfor i in range(40):\n    y = self.heads(x)\n    x = x + y\nreturn y": (
        "(1, y, x), maximum_iterations=40 - 1)"
    ),
    "x = inputs\nall_x = []\nfor i in range(40):\n    x = self.heads(x)\n    all_x.append(x)\nreturn all_x[-1]": (
        "return ops.unstack(all_x, axis=0)[-1]"
    ),
}


@pytest.mark.parametrize("body", LOOPS)
def test_recurrences_are_put_in_the_graph(body: str) -> None:
    made = remedies(net("self.heads = layers.Dense(3)", body), "KG307")
    assert not isinstance(made, str), made
    assert LOOPS[body] in made[0]


UNROLLED = {
    "x = inputs\nfor i in range(40):\n    if i > tasks:\n        break\n    x = self.heads(x)\nreturn x": (
        "a step may leave the loop"
    ),
    "x = inputs\nfor i in range(40):\n    x = self.heads(x)\n    self.last = x\nreturn x": (
        "a step changes `self.last`, which would hold what is in the graph's loop"
    ),
    "x = inputs\nfor i in range(40):\n    x = self.heads(x)\n    print(i)\nreturn x": (
        "a step calls something for its effect"
    ),
    "x = inputs\nfor i in range(40):\n    x = self.heads(x)\nreturn x * i": "`i` is used after the loop",
    "x = inputs\ny = []\nfor i in range(40):\n    x = self.heads(x)\n    z = x * 2.0\n    y.append(z)\nreturn y, z": (
        "`z` has no value before the loop"
    ),
}


@pytest.mark.parametrize("body", UNROLLED)
def test_recurrences_are_refused(body: str) -> None:
    found = remedies(net("self.heads = layers.Dense(3)", body), "KG307")
    assert isinstance(found, str), found[0]
    assert UNROLLED[body] in found


GROWN = {
    "out = inputs\nfor i in range(9):\n    out = ops.concatenate([inputs * i, out, inputs], axis=1)\nreturn out": (
        "out_parts = [inputs * i, *out_parts, inputs]"
    ),
    "out = inputs\nfor i in range(9):\n    if i:\n        out = ops.concatenate((out, inputs), axis=1)\nreturn out": (
        "out_parts = [*out_parts, inputs]"
    ),
}


@pytest.mark.parametrize("body", GROWN)
def test_parts_are_joined_once(body: str) -> None:
    made = remedies(net("", body), "KG302")
    assert not isinstance(made, str), made
    assert GROWN[body] in made[0]


UNJOINED = {
    "out = inputs\nfor i in range(9):\n    out = ops.append(out, inputs)\nreturn out": "not written out as a list",
    "out = inputs\nfor i in range(9):\n    out = ops.concatenate([out, out], axis=-1)\nreturn out": (
        "it does not put parts before or behind `out`"
    ),
    "out = inputs\nfor i in range(9):\n    out = ops.concatenate([out, inputs], axis=i)\nreturn out": (
        "how it is joined changes from step to step"
    ),
}


@pytest.mark.parametrize("body", UNJOINED)
def test_parts_are_refused(body: str) -> None:
    found = remedies(net("", body), "KG302")
    assert isinstance(found, str), found[0]
    assert UNJOINED[body] in found


CALLBACKS = {
    "return tf.numpy_function(np.unwrap, [inputs], tf.float32)": "`np.unwrap` has no equal among the operations",
    "return tf.numpy_function(lambda x: np.random.normal(x), [inputs], tf.float32)": "`np.random.normal` has no equal",
    "tf.py_function(lambda x: x, [inputs], ())\nreturn inputs": "it gives nothing: its function is called for an effect",
    "return tf.numpy_function(elsewhere, [inputs], tf.float32)": "`elsewhere` is not one function of this file",
}


@pytest.mark.parametrize("body", CALLBACKS)
def test_callbacks_are_refused(body: str) -> None:
    found = remedies(net("", body), "KG304")
    assert isinstance(found, str), found[0]
    assert CALLBACKS[body] in found


def test_callbacks_become_operations() -> None:
    [made] = remedies(net("", "return tf.numpy_function(lambda x: x.sum(axis=1), [inputs], tf.float32)"), "KG304")
    assert 'ops.stop_gradient(ops.cast((lambda x: ops.sum(x, axis=1))(inputs), "float32"))' in made


FUNCTIONS = {
    "@tf.function\ndef squash(x):\n    return self.heads(x)\n\nreturn squash(inputs)": (
        "        self.squash_function = squash\n",
        "        squash = self.squash_function\n",
    ),
    "return tf.function(tf.tanh)(self.heads(inputs))": (
        "        self.tanh_function = tf.function(tf.tanh)\n",
        "        return self.tanh_function(self.heads(inputs))\n",
    ),
    "scale = tf.shape(inputs)[0]\n@tf.function\ndef squash(x):\n    return x * scale\n\nreturn squash(inputs)": (
        "it is made of `scale`, which is only known in `call`",
    ),
    "def squash(x):\n    return x\n\nreturn tf.function(squash)(inputs)": (
        "it is made of `squash`, which is only known in `call`",
    ),
}


@pytest.mark.parametrize("body", FUNCTIONS)
def test_functions_are_made_once(body: str) -> None:
    made = remedies(net("self.heads = layers.Dense(3)", body), "KG404")
    for text in FUNCTIONS[body]:
        assert text in (made if isinstance(made, str) else made[0])


def test_every_remedy_is_made_or_refused() -> None:
    """What names none of these is made elsewhere: the functional form, a fix, the same class compiled."""
    assert {*remediers(), "functional", "fix", "compiled"} == set(get_args(Remedy))


def test_a_branch_on_a_shape_says_why_it_is_not_compared() -> None:
    found = remedies(net("", "x = inputs\nif x.shape[1] > 3:\n    x = x[:, :3]\nreturn x"), "KG403")
    assert isinstance(found, str)
    assert "pad or crop inputs to one shape" in found
