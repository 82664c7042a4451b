"""What fixed code looks like: comments where they were, no parameters for nothing, names in order; and what is left."""

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
from elsewhere import exported
from keras import ops


class Net(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(3)

    def call(self, x):
BODY
"""


def source(body: str) -> str:
    """A layer whose ``call`` is ``body``."""
    return LAYER.replace("BODY", "\n".join(f"        {line}".rstrip() for line in body.splitlines()))


def fixed_call(body: str) -> str:
    """``body`` after its fixes, which change nothing when they are made again."""
    fixed = fix_text(reading_of(source(body), "model.py"), check, unsafe=True)
    assert fix_text(reading_of(fixed.text, "model.py"), check, unsafe=True).text == fixed.text
    lines = fixed.text.split("    def call(self, x):\n")[1].splitlines()
    return "\n".join(line.removeprefix("        ") for line in lines).strip("\n")


PADDED = """
shape = tf.shape(x)
pad = tf.constant(0)
if shape[1] % 2 != 0:  # odd

    pad = 2 - shape[1] % 2
    x = tf.pad(x, [[0, 0], [0, pad]])

# even sizes
else:
    # as it is
    x = self.dense(x)
    pad = pad + 1
    x = x * 2
return x, pad
""".strip()

PADDED_FIXED = """
shape = tf.shape(x)
pad = tf.constant(0)

def if_true(x):
    # odd
    pad = 2 - shape[1] % 2
    x = tf.pad(x, [[0, 0], [0, pad]])
    return pad, x

def if_false(pad, x):
    # even sizes
    # as it is
    x = self.dense(x)
    pad = pad + 1
    x = x * 2
    return pad, x

pad, x = ops.cond(
    shape[1] % 2 != 0,
    lambda: if_true(x),
    lambda: if_false(pad, x),
)
return x, pad
""".strip()


def test_sides_of_a_branch_keep_their_comments_and_take_what_they_read():
    assert fixed_call(PADDED) == PADDED_FIXED


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("n = len(tf.shape(x)) - 1\nreturn x * n", "n = len(x.shape) - 1"),
        ("if len(tf.shape(x)) == 2 and x.shape[1] == 1:\n    x = x[:, 0]\nreturn x", "if len(x.shape) == 2 and"),
        (
            "x = self.dense(x)\nif ops.sum(x) > 0 and ops.any(ops.greater(ops.abs(x), 0.25)) and not ops.all(x > 1):\n"
            "    x = -x\nreturn x",
            "x = ops.where(\n    ops.logical_and(\n        ops.logical_and(",
        ),
        ("batch = int(tf.shape(x)[0])\nreturn ops.reshape(x, (batch, -1))", "batch = tf.shape(x)[0]"),
        ("n = float(tf.shape(x)[1])\nreturn x / n", 'n = ops.cast(tf.shape(x)[1], "float32")'),
    ],
)
def test_sizes(body, expected):
    assert expected in fixed_call(body)


def test_a_text_of_several_lines_is_kept_as_it_is():
    text = '"""too\n  big"""'
    assert (
        f"    [{text}],\n"
        in fix_text(reading_of(LAYER.replace("BODY", BIG.replace("TEXT", text)), "model.py"), check, unsafe=True).text
    )


def test_statements_of_one_line_become_lines():
    body = "y = x\nif ops.mean(x) > 0: x = ops.tanh(x); y = x\nreturn x + y"
    assert "    x = ops.tanh(x)\n    y = x\n    return x, y\n" in fixed_call(body)


BIG = """        assert ops.mean(x) > 0, TEXT
        return x
"""


def test_layers_made_in_call_are_numbered_in_the_order_of_the_file():
    body = (
        "y = keras.layers.LayerNormalization()(x)\n"
        "z = keras.layers.LayerNormalization(axis=1)(y)\n"
        "return keras.layers.Dense(2)(z)"
    )
    text = fix_text(reading_of(source(body), "model.py"), check, unsafe=True).text
    made = [line.strip() for line in text.splitlines() if "keras.layers." in line and "self." in line]
    assert made == [
        "self.dense = keras.layers.Dense(3)",
        "self.layer_normalization = keras.layers.LayerNormalization()",
        "self.layer_normalization_2 = keras.layers.LayerNormalization(axis=1)",
        "self.dense_2 = keras.layers.Dense(2)",
    ]


@pytest.mark.parametrize(
    ("body", "code", "reason"),
    [
        ("exported(self.dense(x).numpy())\nreturn x", "KG109", "`exported` may need the value itself"),
        ("y = np.zeros_like(self.dense(x))\ny[0] = 1.0\nreturn x + y", "KG110", "`y` is written into"),
        ("return count(self.dense(x))", "KG108", "`values` may be a list where the function is called elsewhere"),
    ],
)
def test_why_not(body, code, reason):
    text = source(body) + "\n\ndef count(values):\n    return len(values)\n"
    [finding] = [finding for finding in check("model.py", text) if finding.code == code]
    assert reason in why_not(finding, reading_of(text))
