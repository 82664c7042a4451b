"""What is not rewritten, or not without being asked, as its meaning would not be kept on every input."""

from __future__ import annotations

import pytest
from page_examples import check
from readings import reading_of

from flake8_keras_graph.rewrite.apply import fix_text
from flake8_keras_graph.rewrite.fixes.registry import why_not

LAYER = """
import keras
import numpy as np
import tensorflow as tf
from keras import ops

SCALE = 2.0


def squared(v):
    return tf.square(v)


class Net(keras.layers.Layer):
    def __init__(self, depth=2):
        super().__init__()
        self.dense = keras.layers.Dense(4)
        self.drop = keras.layers.Dropout(0.5)
        self.parts = [keras.layers.Dense(4), keras.layers.Dense(4)]
        self.depth = depth
        self.three = 3
        self.mode = "a"
        self.state = self.add_weight(shape=(1, 4), initializer="zeros", trainable=False)

    def flipped(self, x):
        return -x

    def flopped(self, x):
        return x

    def call(self, x):
BODY
"""
IF = "if ops.mean(x) > 0:\n"


def source(body: str) -> str:
    """A layer whose ``call`` is ``body``."""
    return LAYER.replace("BODY", "\n".join(f"        {line}".rstrip() for line in body.splitlines()))


REFUSED = [
    (f"{IF}    x = super().call(x)\nreturn x", "KG101", "calls `super()`"),
    ("x = super().call(x) if ops.mean(x) > 0 else x\nreturn x", "KG101", "calls `super()`"),
    (f"{IF}    return x\nreturn super().call(x)", "KG101", "calls `super()`"),
    (f"mode = 'a'\n{IF}    mode = 'b'\nreturn x if mode == 'a' else -x", "KG101", "`mode` is a text"),
    (f"other = None\n{IF}    other = x\nreturn x if other is None else x + other", "KG101", "`other` is None"),
    (f"layer = self.dense\n{IF}    layer = self.parts[0]\nreturn layer(x)", "KG101", "`layer` is a layer"),
    ("return ops.stack([super().call(row) for row in self.dense(x)])", "KG107", "calls `super()`"),
    (
        f"{IF}    def f(v):\n        return v\nelse:\n    def f(v):\n        return -v\n\nreturn f(x)",
        "KG101",
        "`f` is a function",
    ),
    ("return (self.dense if ops.mean(x) > 0 else self.parts[0])(x)", "KG101", "it is a layer"),
    (f"loss = 0\n{IF}    loss = ops.mean(x)\nreturn x + loss", "KG101", "`loss` is a whole number on one side"),
    (f"kept = [x]\n{IF}    kept = [x, x]\nreturn ops.stack(kept)", "KG101", "built in another way"),
    (f"kept = [x]\n{IF}    kept += [x]\nreturn ops.stack(kept)", "KG101", "a list of a length of its own"),
    (f"y = x\nlate = lambda: y * 2.0\n{IF}    y = -x\nreturn late()", "KG101", "`y` is read by a function"),
    (f"{IF}    return x\nelif ops.any(y := x < 0):\n    return y\nreturn -x", "KG101", "binds a name with `:=`"),
    ("return ops.cast(0 < ops.mean(self.drop(x)) < 1, 'int32')", "KG105", "would be computed twice"),
    ("return max([ops.mean(x), *ops.unstack(x[0])])", "KG105", "unpacked values"),
    ("rows = []\nfor row in ops.tanh(x):\n    rows.append(row * 2.0)\nreturn ops.stack(rows) + row", "KG103", "after the loop"),
    ("rows = []\nfor row in ops.tanh(x):\n    rows.append(1.0)\nreturn ops.stack(rows)", "KG103", "does not depend on `row`"),
    (
        "parts = []\nfor i in range(x.shape[1]):\n    parts.append(x[:, i] * 2.0)\nreturn ops.stack(parts, axis=1) * i",
        "KG303",
        "`i` is used after the loop",
    ),
    (
        "out = x\nfor _ in range(self.depth):\n    out = ops.concatenate([out, *[ops.tanh(x), x]], axis=1)\nreturn out",
        "KG302",
        "does not put one tensor behind another",
    ),
    ("a, b = tf.shape(x) * 2\nreturn x * tf.cast(a, x.dtype)", "KG112", "not the shape of a tensor"),
    ("return x * x.shape[0]", "KG113", "`x` may be a tensor of another dtype"),
    ("sides = (lambda: x, lambda: -x)\nreturn tf.cond(True, *sides)", "KG117", "not spelled out"),
    ("y = self.dense(x)\nreturn x * len(y)", "KG108", "`x` may be a tensor of another dtype"),
    ("return x * np.tanh(self.dense(x)).mean()", "KG110", "no `.mean` of its own"),
    ("def inner(v):\n    return keras.layers.Dense(4)(v)\n\nreturn inner(x)", "KG111", "in a method itself"),
    ("name = f'{float(ops.mean(x)):.2f}'\nreturn x", "KG108", "put into a text"),
    ("import math\n\nreturn x * math.sqrt(float(ops.max(x)))", "KG108", "`math.sqrt` needs the value itself"),
    (
        "total = 0.0\n\ndef step(v):\n    nonlocal total\n    if ops.mean(v) > 0:\n        total = total + 1.0\n"
        "        v = -v\n    return v\n\nreturn step(x)",
        "KG101",
        "`total`, which is not the function's own",
    ),
    (
        "y = x\n\ndef last():\n    return y[:, -4:]\n\nfor i in range(5):\n    z = ops.tanh(last())\n"
        "    y = ops.concatenate([y, z], axis=1)\nreturn y",
        "KG302",
        "`y` is read by a function that is made before the loop",
    ),
    (
        "y = ops.zeros((1, 4))\nfor i in range(5):\n    self.state.assign(self.state + 1.0)\n"
        "    y = ops.concatenate([y, self.state], axis=0)\nreturn x + ops.sum(y)",
        "KG302",
        "`self.state` is a variable, which may change before the parts are joined",
    ),
    (f"loss = self.three\n{IF}    loss = ops.mean(x)\nreturn x + loss", "KG101", "`loss` is a whole number on one side"),
    (f"mode = self.mode\n{IF}    mode = 'b'\nreturn x if mode == 'a' else -x", "KG101", "`mode` is a text"),
    (f"f = self.flipped\n{IF}    f = self.flopped\nreturn f(x)", "KG101", "`f` is a function"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "code", "reason"), REFUSED)
def test_why_not(body, code, reason):
    text = source(body)
    found = check("model.py", text)
    finding = next(finding for finding in found if finding.code == code)
    assert reason in why_not(finding, reading_of(text), found)
    assert code not in {
        made.finding.code for made in fix_text(reading_of(text, "model.py"), check, unsafe=True).applied
    }


UNSAFE = [
    # What is done with the result needs a bool or a number of Python's, or may.
    "flag = not ops.any(x > 100.0)\nreturn self.drop(x, training=flag is True)",
    "flag = not ops.any(x > 100.0)\nreturn x * (1 - flag)",
    "flag = any(x[:, 0] > 0)\nself.seen = flag\nreturn x",
    "flag = 0 < ops.mean(x) < 1\n\ndef chosen(on=flag):\n    return on is True\n\nreturn x if chosen() else -x",
    "n, width = tf.shape(x)\nreturn x * {4: 2.0}.get(width, 1.0)",
    "n, width = tf.shape(x)\nreturn ops.cast(width / 2, x.dtype) * x",
    f"n = self.three\n{IF}    n += 1\nreturn self.dense(x * n)",
    f"n = {{'n': 2}}['n']\n{IF}    n = n + 1\nreturn self.dense(x * n)",
    f"on = False\n{IF}    on = True\nreturn x if on is True else -x",
    # nan, and a number where Python gives one back.
    "return x * max(0.0, ops.mean(x))",
    "return x * max(x[:, 0])",
    # What was guarded is computed, as nothing says that Python decides before it.
    "if self.guard and ops.mean(x) > 1 / self.depth:\n    x = -x\nreturn x",
    "if 0 < ops.mean(x) < 1 / (self.depth - 2):\n    x = -x\nreturn x",
    # What is collected may be a variable, or no tensor.
    "y = x\nfor i in range(5):\n    y = ops.concatenate([y, self.unknown(x)], axis=0)\nreturn y",
    "y = x\nfor i in range(5):\n    y = ops.concatenate([y, x], axis=self.depth)\nreturn y",
    "y = self.state\nfor i in range(self.depth):\n    y = ops.concatenate([y, x], axis=0)\nreturn y",
    "return ops.stack([row for row in self.state])",
    f"y = x\n{IF}    y = self.state\nreturn y",
    "x = tf.numpy_function(squared, [x], tf.float32)\nreturn x",
    "y = ops.stack([row * row for row in self.drop(x)])\nreturn y",
    "return x + (x.shape[0] + 1) * 0.5",
    "return x + (x.shape[0] + 1) * SCALE",
    "y = self.dense(x)\nreturn x * (1.0 / len(y))",
    "for i in tf.range(3):\n    x = x * 0.5\nreturn x * tf.cast(i, x.dtype)",
    # Whole numbers of Python's become tensors of integers, and `x + y` would raise.
    "for i in range(2):\n    y = i * 2 if ops.mean(x) > 0 else i\n    x = x + y\nreturn x",
    f"n = len(self.parts)\n{IF}    n = n + 1\nreturn self.dense(x * n)",
    "def shifted(v, shift=None):\n    if ops.mean(v) > 0:\n        shift = -shift\n    return v, shift\n\nreturn shifted(x)[0]",
]


@pytest.mark.parametrize("body", UNSAFE)
def test_only_when_asked_for(body):
    text = source(body)
    assert check("model.py", text)
    assert not fix_text(reading_of(text, "model.py"), check).applied
    assert fix_text(reading_of(text, "model.py"), check, unsafe=True).applied


SAFE = [
    ("flag = not ops.any(x > 100.0)\nreturn ops.where(flag, x, -x)", "flag = ops.logical_not(ops.any(x > 100.0))"),
    ("y = x\nfor i in range(5):\n    y = ops.concatenate([y, ops.tanh(x)], axis=0)\nreturn y", "y_parts.append(ops.tanh(x))"),
    # A product of two tensors has a gradient of nan where the other side is chosen.
    (f"y = self.dense(x)\n{IF}    y = y * y\nreturn y", "y = ops.cond(ops.mean(x) > 0, lambda: y * y, lambda: y)"),
    (f"y = self.dense(x)\n{IF}    y = 1.0 - y * 2\nreturn y", "y = ops.where(ops.mean(x) > 0, 1.0 - y * 2, y)"),
    (f"n = x.shape[1]\n{IF}    n = 2\nreturn x[:, :n]", "n = ops.cond("),
    ("if ops.mean(x) > 0 and ops.max(self.drop(x)) > 1:\n    x = -x\nreturn x", "lambda: ops.max(self.drop(x)) > 1"),
    ("if self.depth > 0 and ops.mean(x) > 1 / self.depth:\n    x = -x\nreturn x", "lambda: ops.mean(x) > 1 / self.depth,"),
    (
        "if self.depth > 1 and ops.mean(self.parts[self.depth - 2](x)) > 0:\n    x = -x\nreturn x",
        "lambda: ops.mean(self.parts[self.depth - 2](x)) > 0,",
    ),
    (f"scale = 1.0\n{IF}    scale = scale * 0.5\nreturn x * scale", "scale = ops.cond("),
    (f"try:\n    y = x\n    {IF}        y = -x\n    self.dense(x)\nexcept ValueError:\n    return y\nreturn x", "y = ops.cond("),
    (
        f"y = x\nz = x\nif self.depth > 1:\n    {IF}        y = -x\n    elif ops.max(x) > 1:\n        x = -x\n    z = y * 2.0\n"
        "y = x\nreturn y + z",
        "y, x = ops.cond(",
    ),
    ("a, b = tf.shape(x)[:2]\nreturn x * tf.cast(a, x.dtype)", "a, b = ops.shape(x)[:2]"),
    ("return x[: x.shape[0] // self.depth]", "ops.shape(x)[0] // self.depth"),
    ("width = x.shape[1]\nreturn ops.reshape(x, (x.shape[0] * width,))", "ops.shape(x)[0] * width"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "line"), SAFE)
def test_safe_forms(body, line):
    assert line in fix_text(reading_of(source(body), "model.py"), check).text


CREATED = """
import keras


class Base(keras.Model):
    def __init__(self, depth, **kwargs):
        super().__init__(**kwargs)
        self.depth = depth


class Net(BASE):
    def call(self, x):
        return keras.layers.Dense(2)(x)
"""


@pytest.mark.parametrize(("base", "given"), [("keras.Model", "**kwargs"), ("Base", "*args, **kwargs")])
def test_a_constructor_takes_what_that_of_the_base_takes(base, given):
    text = fix_text(reading_of(CREATED.replace("BASE", base), "model.py"), check, unsafe=True).text
    assert f"    def __init__(self, {given}):\n        super().__init__({given})\n        self.dense = " in text
