"""Which loops over slices become one operation, and why others do not; what runs is tested in test_fixes_run."""

from __future__ import annotations

import libcst as cst
import pytest
from page_examples import check
from readings import reading_of

from flake8_keras_graph.rewrite.apply import fix_text
from flake8_keras_graph.rewrite.fixes.element_loops import fix_element_loop
from flake8_keras_graph.rewrite.text.document import NotFixable, read_document
from flake8_keras_graph.syntax.nodes import walk

LAYER = """
import keras
import tensorflow as tf
from keras import ops


class Net(keras.layers.Layer):
    def call(self, x):
BODY
"""


def source(body: str) -> str:
    """A layer whose ``call`` is ``body``."""
    return LAYER.replace("BODY", "\n".join(f"        {line}" for line in body.splitlines()))


def collecting(value: str, stack: str = "ops.stack(parts, axis=1)") -> str:
    """A loop that collects ``value`` for each slice."""
    return f"parts = []\nfor i in range(x.shape[1]):\n    parts.append({value})  # each\nreturn {stack}"


@pytest.mark.parametrize(
    ("body", "line", "safe"),
    [
        (collecting("ops.tanh(x[:, i]) * 2.0"), "parts = ops.tanh(x) * 2.0", True),
        (collecting("-tf.nn.relu(x[:, i, :]) ** 2"), "parts = -tf.nn.relu(x) ** 2", True),
        (collecting("x[:, i] * x[:, i]", "tf.stack(parts, 1)"), "parts = x * x", True),
        (collecting("ops.exp(x[:, i])", "ops.stack(parts)"), "return ops.swapaxes(parts, 0, 1)", True),
        (
            "total = 0.0\nfor i in range(ops.shape(x)[1]):\n    total += ops.square(x[:, i])\nreturn total",
            "total = total + ops.sum(ops.square(x), axis=1)",
            False,
        ),
    ],
)
def test_one_operation(body, line, safe):
    for unsafe in (False, True):
        result = fix_text(reading_of(source(body), "model.py"), check, unsafe=unsafe)
        assert (f"        {line}\n" in result.text) == (safe or unsafe), result.text
    assert "for i in" not in result.text
    assert ("# each" in result.text) == ("# each" in body)


@pytest.mark.parametrize(
    ("body", "part"),
    [
        (collecting("ops.softmax(x[:, i])"), "not known to be the same"),
        (collecting("ops.max(x[:, i], axis=-1)"), "not known to be the same"),
        (collecting("x[:, i] * scale"), "not known to be the same"),
        (collecting("x[:, i] - ops.mean(x)"), "more than its slices"),
        (collecting("x[:, i, 0] * 2.0"), "more than its slices"),
        (collecting("ops.tanh(x[:, i])", "ops.stack(parts, axis=2)"), "neither the first nor"),
        (collecting("ops.tanh(x[:, i])").replace("x.shape[1]", "7"), "whole second axis"),
        (collecting("ops.tanh(x[:, i])").replace("x.shape[1]", "x.shape[2]"), "whole second axis"),
    ],
)
def test_why_not(body, part):
    document = read_document(reading_of(source(body)))
    loop = next(node for node in walk(document.module) if isinstance(node, cst.For))
    with pytest.raises(NotFixable, match=part):
        fix_element_loop(document, loop)
