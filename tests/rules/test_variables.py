"""What messages say that a variable raises while tracing, and that it does: Keras 3 has a class of its own for them."""

from __future__ import annotations

import re

import pytest

from flake8_keras_graph import engine
from flake8_keras_graph.config import Options

MADE = {"keras": 'self.add_weight(shape=(3,), name="v")', "tf": 'tf.Variable([1.0, 1.0, 1.0], name="v")'}
BODIES = {
    "if": "x = x if self.v else x * 2.0",
    "while": "while self.v:\n            break",
    "assert": "assert self.v",
    "and": "x = (self.v and x) * x",
    "not": "x = x * (not self.v)",
    "for": "for each in self.v:\n            x = x + each",
    "enumerate": "for _, each in enumerate(self.v):\n            x = x + each",
    "comprehension": "x = sum([x * each for each in self.v])",
    "unpack": "a, b, c = self.v",
    "list": "x = x * list(self.v)[0]",
    "bool": "x = x * bool(self.v)",
    "len": "x = x * len(self.v)",
    "int": "x = x * int(self.v)",
    "numpy": "x = x * self.v.numpy()",
    "tolist": "x = x * self.v.tolist()",
}
TEXT = """
import keras
import tensorflow as tf

class Scaled(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.v = {made}

    def call(self, x):
        {body}
        return x
"""


def said(text: str) -> str:
    """The exception that the one finding names; "" where it names none."""
    (found,) = engine.check(engine.Source("scaled.py", text), Options(select=("KG1",)))
    assert "fit raises" in found.message
    named = re.search(r"fit raises (\w+)", found.message)
    return named[1] if named else ""


@pytest.mark.parametrize("kind", MADE)
def test_the_exceptions_named(kind: str) -> None:
    named = {name: said(TEXT.format(made=MADE[kind], body=body)) for name, body in BODIES.items()}
    refused = "OperatorNotAllowedInGraphError"
    asked, gone_through = ("TypeError", "ValueError") if kind == "keras" else (refused, refused)
    assert named == {
        **dict.fromkeys(("if", "while", "assert", "and", "not", "bool"), asked),
        **dict.fromkeys(("for", "enumerate", "comprehension", "unpack", "list"), gone_through),
        "len": "TypeError",
        "int": "",
        "numpy": "NotImplementedError",
        "tolist": "AttributeError",
    }


def raised(text: str) -> str:
    """The exception that tracing the layer of ``text`` ends in."""
    import tensorflow as tf

    scope: dict[str, object] = {}
    exec(text, scope)
    layer = scope["Scaled"]()  # type: ignore[operator]
    traced = tf.function(layer, input_signature=[tf.TensorSpec((None, 3))], autograph=False)
    try:
        traced.get_concrete_function()
    except Exception as error:
        return type(error).__name__
    return "nothing"


@pytest.mark.tensorflow
@pytest.mark.parametrize("kind", MADE)
def test_those_exceptions_are_raised(kind: str) -> None:
    texts = {name: TEXT.format(made=MADE[kind], body=body) for name, body in BODIES.items()}
    seen = {name: raised(text) for name, text in texts.items()}
    assert "nothing" not in seen.values()
    assert seen == {name: said(text) or seen[name] for name, text in texts.items()}
