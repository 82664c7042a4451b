"""What stands in the way of a functional model in real classes, and is taken out of it; all executed."""

from __future__ import annotations

import pytest
from proof import Tensor, prove
from readings import builder_of

HEAD = """
from abc import ABC, ABCMeta, abstractmethod

import keras
import tensorflow as tf
from keras import layers, ops


class Net(keras.Model):
    def __init__(self, units=4, **kwargs):
        super().__init__(**kwargs)
        self.first = layers.Dense(units)
        self.norm = layers.BatchNormalization()
        MADE

    def call(self, x, training=None):
        x = self.norm(self.first(x), training=training)
        BODY
        return x
"""
KERAS_2 = HEAD.replace("import keras\n", "import tf_keras as keras\n").replace(
    "from keras import layers, ops", "from tf_keras import layers"
)

CASES = {
    "called on zeros": ("sample = tf.zeros((1, 4))\nself(sample)", ""),
    "called on a shape": ("self(tf.zeros([1, 4]), training=False)", ""),
    "called on an input": ("_ = self(keras.Input((4,)))", ""),
    "call itself": ("self.call(keras.Input((4,)))", ""),
    "built": ("self.build((None, 4))", ""),
    "dtype": ("self.half = tf.constant(0.5, dtype=self.dtype)", "x = x * tf.cast(self.half, self.compute_dtype)"),
    "compute dtype": ("", "x = tf.cast(x, self.compute_dtype)"),
    "variable dtype": ("", "x = tf.cast(x, dtype=self.variable_dtype) * 2.0"),
}
SUPERS = """
    def build(self, input_shape):
        super().build(input_shape)

    def compile(self, *args, **kwargs):
        super().compile(*args, **kwargs)

    def train_step(self, data):
        return super(Net, self).train_step(data)

    def fit(self, x, y=None, **kwargs):
        return super().fit(x, y=y, **kwargs)
"""


def text_of(made: str, body: str, head: str = HEAD) -> str:
    """A model that holds ``made`` and does ``body``."""
    for name, lines in (("MADE", made), ("BODY", body)):
        head = head.replace(name, "\n        ".join(lines.splitlines()) or "pass")
    return head


@pytest.mark.tensorflow
@pytest.mark.parametrize("head", [HEAD, KERAS_2], ids=["keras", "tf_keras"])
@pytest.mark.parametrize("case", CASES)
def test_it_is_taken_out(case, head):
    text = text_of(*CASES[case], head)
    rewrite = builder_of(text, "Net")
    assert rewrite.source is not None, rewrite.refusals
    assert "self(" not in rewrite.source
    assert "sample" not in rewrite.source
    assert prove(text, "Net", Tensor((4,))).error < 1e-6


@pytest.mark.tensorflow
@pytest.mark.parametrize("head", [HEAD, KERAS_2], ids=["keras", "tf_keras"])
def test_methods_that_only_call_super_are_nothing(head):
    text = text_of("", "", head) + SUPERS
    rewrite = builder_of(text, "Net")
    assert rewrite.source is not None
    assert "keras.Model(" in rewrite.source
    assert not rewrite.notes
    assert prove(text, "Net", Tensor((4,)), fit=True).error < 1e-6


@pytest.mark.tensorflow
@pytest.mark.parametrize("head", [HEAD, KERAS_2], ids=["keras", "tf_keras"])
@pytest.mark.parametrize("body", ["self.m.update_state(x)", "self.m.update_state(ops.mean(x))",
                                  "y = x * 2.0\nself.m.update_state(y)\nx = x + y"])  # fmt: skip
def test_a_metric_of_the_forward_pass_is_kept_in_a_layer(body, head):
    if head is KERAS_2:
        body = body.replace("ops.mean", "tf.reduce_mean")
    text = text_of('self.m = keras.metrics.Mean(name="seen")', body, head)
    assert prove(text, "Net", Tensor((4,)), fit=True).error < 1e-6


@pytest.mark.parametrize(
    ("bases", "more"),
    [("keras.Model, ABC", ""), ("ABC, keras.Model", ""), ("keras.Model, metaclass=ABCMeta", "")],
)
def test_an_abstract_base_gives_no_methods(bases, more):
    text = text_of("", "x = self.head(x)").replace("(keras.Model)", f"({bases})")
    text += "\n    @abstractmethod\n    def head(self, x):\n        ...\n\n\nclass Child(Net):\n" \
        "    def head(self, x):\n        return x * 2.0\n"  # fmt: skip
    rewrite = builder_of(text, "Child")
    assert rewrite.source is not None, rewrite.refusals


@pytest.mark.parametrize(
    ("made", "body", "part"),
    [
        ("self.seen = []", "self.seen.append(x)", "`self.seen` is changed"),
        ("self.seen = {}", 'self.seen["a"] = x', "is changed"),
        ("self.seen = {}", "self.seen.update(a=x)", "`self.seen` is changed"),
        ("self.activity_regularizer = keras.regularizers.L2(0.1)", "", "sets `activity_regularizer`"),
        ("self.build_later(x)", "", "not set in the constructor"),
    ],
)
def test_what_would_be_lost_is_refused(made, body, part):
    found = builder_of(text_of(made, body), "Net").refusals
    assert any(part in refusal.reason for refusal in found), found


def test_arguments_that_a_functional_model_does_not_take_are_refused():
    for word in ('activity_regularizer="l2"', 'dtype="float16"'):
        text = text_of("", "").replace("super().__init__(**kwargs)", f"super().__init__({word})")
        assert any("does not take" in refusal.reason for refusal in builder_of(text, "Net").refusals)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("x = x * tf.cast(tf.shape(x)[1], x.dtype)", "`tf.shape(x)[1]`"),
        ("x = x * ops.shape(x)[-1]", "`ops.shape(x)[-1]`"),
        ("x = x * x.shape[-1]", ""),
    ],
)
def test_a_size_that_has_to_be_known_is_said(body, said):
    rewrite = builder_of(text_of("", body), "Net")
    assert rewrite.source is not None, rewrite.refusals
    found = [note.text for note in rewrite.notes if "has to be known" in note.text]
    assert [note.split(" has")[0] for note in found] == [said] * bool(said)


ON_A_CONSTANT = [
    "self.own(self.pool)",
    "self.many[0](self.pool)",
    "self.many[self.index](tf.ones((3, 4)))",
    'self.named["a"](self.pool[:2])',
    'getattr(self, "own")(self.pool)',
    "self.nested[0][1](self.pool)",
]
POOL = """self.pool = tf.ones((3, 4))
self.index = 1
self.own = layers.Dense(units)
self.many = [layers.Dense(units) for _ in range(2)]
self.named = {"a": layers.Dense(units)}
self.nested = [[layers.Dense(units), layers.Dense(units)]]"""


@pytest.mark.tensorflow
@pytest.mark.parametrize("called", ON_A_CONSTANT)
def test_a_layer_that_is_applied_to_a_constant_still_trains(called):
    text = text_of(POOL, f"x = x + {called}[:1]")
    assert prove(text, "Net", Tensor((4,)), fit=True).error < 1e-6


@pytest.mark.parametrize("called", ON_A_CONSTANT)
def test_what_comes_of_a_constant_alone_is_not_computed_while_building(called):
    rewrite = builder_of(text_of(POOL, f"y = {called}[:1]\nx = x + y"), "Net")
    assert any("is applied to a constant" in refusal.reason for refusal in rewrite.refusals), rewrite.source
