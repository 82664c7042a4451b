"""Comments in code that a fix replaces: none is lost, none is there twice."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from page_examples import check
from readings import reading_of

from flake8_keras_graph.rewrite.apply import fix_text

LAYER = """
import keras
import tensorflow as tf
from keras import ops


class Net(keras.layers.Layer):
    def call(self, x):
BODY
"""

BODIES = [
    "x = (\n    x * 2.0  # yes\n    if ops.mean(x) > 0  # test\n    else -x  # no\n)\nreturn x",
    "if ops.mean(x) > 0:  # test\n    # yes\n    return x  # one\n# no\nreturn -x  # other",
    "if ops.mean(x) > 0:\n    return x\n# first\ny = x * 2.0  # second\nreturn -y  # third",
    "ok = (\n    ops.mean(x) > 0  # left\n    and ops.max(x) < 1  # right\n)\nreturn ops.where(ok, x, -x)",
    "if (\n    ops.mean(x) > 0  # left\n    or ops.max(x) < 1  # right\n):\n    x = -x  # body\nreturn x",
    "rows = []  # start\nfor row in ops.tanh(x):  # each\n    rows.append(row * 2.0)  # twice\nreturn ops.stack(rows)  # end",
    "return ops.fori_loop(\n    0,  # from\n    3,  # to\n    lambda i, v: v * 0.5,\n    x,\n)",
    "def half(v):\n    return v * 0.5  # half\n\nfor _ in range(2):\n    if ops.mean(x) > 0: x = half(x)  # short\nreturn x",
]


@pytest.mark.parametrize("body", BODIES)
def test_comments_are_kept(body):
    text = LAYER.replace("BODY", "\n".join(f"        {line}".rstrip() for line in body.splitlines()))
    fixed = fix_text(reading_of(text, "model.py"), check)
    assert fixed.applied
    assert comments(fixed.text) == comments(text)


def comments(text: str) -> Counter[str]:
    """The comments of ``text``, each with how often it is there."""
    return Counter(re.findall(r"# \w+", text))
