"""Models whose layers are told a ``training`` of their own, or none: the builder trains as the class does."""

from __future__ import annotations

import itertools

import pytest
from proof import Tensor, prove
from readings import builder_of, reading_of

from flake8_keras_graph.rewrite.functional.builder import functional_builder

HEAD = """
import keras
from keras import layers, ops


class Block(layers.Layer):
    def __init__(self):
        super().__init__()
        self.inner = layers.Dense(4)
        self.norm = layers.BatchNormalization()

    def call(self, x):
        return self.norm(self.inner(x))


class Plain(layers.Layer):
    def __init__(self):
        super().__init__()
        self.inner = layers.Dense(4)

    def call(self, x):
        return self.inner(x)


class Net(keras.Model):
    def __init__(self, rate=0.5, frozen=False):
        super().__init__()
        self.first = layers.Dense(4)
        self.frozen = frozen
"""

# What the model holds, and what it does with ``x``: layers that act in training, in several spellings.
MADE = {
    "dropout": ("self.d = layers.Dropout(rate)", "x = self.d(x)"),
    "dropout as an argument": ("self.d = layers.Dropout(rate)", "x = self.first(self.d(x))"),
    "dropouts": ("self.ds = [layers.Dropout(rate) for _ in range(2)]", "for d in self.ds:\n    x = d(x)"),
    "norm": ("self.n = layers.BatchNormalization()", "x = self.n(x)"),
    "norm of keywords": ("self.n = layers.BatchNormalization()", "x = self.n(inputs=x)"),
    "two calls": ("self.n = layers.BatchNormalization()", "x = self.n(x)\nx = self.n(ops.relu(x))"),
    "sequential": ("self.s = keras.Sequential([layers.Dropout(rate), layers.Dense(4)])", "x = self.s(x)"),
    "added": ("self.s = keras.Sequential()\nself.s.add(layers.Dense(4))\nself.s.add(layers.Dropout(rate))",
              "x = self.s(x)"),
    "block": ("self.b = Block()", "x = self.b(x)"),
    "blocks": ("self.bs = [Block(), Plain(), layers.Dropout(rate)]", "for b in self.bs:\n    x = b(x)"),
    "dict": ("self.bs = {'a': Block(), 'b': Plain()}", "x = self.bs['a'](self.bs['b'](x))"),
    "zip": ("self.bs = [Block(), Block()]\nself.ps = [Plain(), Plain()]",
            "for b, p in zip(self.bs, self.ps):\n    x = p(b(x))"),
    "enumerate": ("self.bs = [Block(), Block()]", "for i, b in enumerate(self.bs):\n    x = b(x) if i else x"),
    "attention": ("self.at = layers.MultiHeadAttention(2, 2, dropout=rate)",
                  "y = ops.expand_dims(x, 1)\nx = ops.squeeze(self.at(y, value=y), 1)"),
    "recurrent": ("self.r = layers.GRU(4, dropout=rate)", "x = self.r(ops.expand_dims(x, 1))"),
    "augmented": ("self.a = layers.GaussianNoise(0.5)", "x = self.a(x)"),
    "kept in a layer": ("self.n = layers.BatchNormalization()",
                        "x = ops.cond(ops.mean(x) > 0.0, lambda: self.n(x), lambda: self.n(x * 2.0))"),
    "returned": ("self.d = layers.Dropout(rate)", "return self.d(self.first(x))"),
    "alias": ("self.bs = [Block(), Block()]", "b = self.bs[0]\nx = b(x)"),
    "comprehension": ("self.bs = [Block(), Block()]", "x = ops.add(*[b(x) for b in self.bs])"),
}  # fmt: skip


def model(made: str, body: str, head: str = "x") -> str:
    """A model that holds ``made`` and whose ``call`` does ``body``."""
    lines = [HEAD.rstrip("\n"), *(f"        {line}" for line in made.splitlines())]
    lines += ["", f"    def call(self, {head}):", *(f"        {line}" for line in body.splitlines())]
    return "\n".join([*lines, "        return self.first(x)", ""])


@pytest.mark.tensorflow
@pytest.mark.parametrize("kind", list(MADE)[::2])
def test_what_is_not_told_trains_as_in_inference(kind):
    made, body = MADE[kind]
    proof = prove(model(made, body), "Net", Tensor((4,)), fit=True)
    assert proof.error == 0.0


@pytest.mark.tensorflow
@pytest.mark.parametrize("kind", [*list(MADE)[1::2], *list(MADE)[:1]])
def test_what_is_told_trains(kind):
    made, body = MADE[kind]
    assert prove(model(made, body, "x, training=None"), "Net", Tensor((4,)), fit=True).error < 1e-6


FLAGS = ["False", "True", "None", "self.frozen", "not self.frozen", "training", "training and not self.frozen"]
FLAGGED = {
    "dropout": ("self.d = layers.Dropout(rate)", "x = self.d(x, training=FLAG)"),
    "norm": ("self.n = layers.BatchNormalization()", "x = self.n(x, training=FLAG)"),
    "norm in a helper": ("self.n = layers.BatchNormalization()", "x = self.helper(x, training=FLAG)"),
    "sequential": ("self.s = keras.Sequential([layers.Dropout(rate), layers.Dense(4)])",
                   "x = self.s(x, training=FLAG)"),
    "block": ("self.b = Block()", "x = self.b(x, training=FLAG)"),
    "blocks": ("self.bs = [Block(), Block()]", "for b in self.bs:\n    x = b(x, training=FLAG)"),
}  # fmt: skip
HELPER = """
    def helper(self, x, training=None):
        return self.n(x, training=training)
"""


# Each kind with some flags and each flag with some kinds: all of them take minutes.
KEPT = [
    (kind, flag, head)
    for (i, kind), (j, flag), (k, head) in itertools.product(
        enumerate(FLAGGED), enumerate(FLAGS), enumerate(["x, training=None", "x"])
    )
    if (i + j + k) % 7 == 0 and ("training" in head or "training" not in flag)
]


@pytest.mark.tensorflow
@pytest.mark.parametrize(("kind", "flag", "head"), KEPT)
def test_a_flag_is_kept(kind, flag, head):
    made, body = FLAGGED[kind]
    text = model(made, body.replace("FLAG", flag), head) + HELPER
    assert prove(text, "Net", Tensor((4,)), fit=True).error < 1e-6
    assert prove(text, "Net", Tensor((4,)), kwargs={"frozen": True}, fit=True).error < 1e-6


@pytest.mark.tensorflow
@pytest.mark.parametrize("flag", ["False", "True", "training"])
def test_a_helper_with_a_default_of_its_own(flag):
    made, _ = FLAGGED["norm in a helper"]
    for call in ("self.helper(x)", "self.helper(x, training=False)", f"self.helper(x, training={flag})"):
        text = model(made, f"x = {call}", "x, training=False") + HELPER.replace("None", "True")
        assert prove(text, "Net", Tensor((4,)), fit=True).error < 1e-6


def test_a_dropout_is_left_out_and_a_norm_is_wrapped():
    made = "self.d = layers.Dropout(rate)\nself.n = layers.BatchNormalization()"
    rewrite = builder_of(model(made, "x = self.d(x)\nx = self.n(x)"), "Net")
    assert rewrite.source is not None
    assert "Dropout" not in rewrite.source
    assert "    x = FixedTraining(n, training=False)(x)\n" in rewrite.source
    told = [note for note in rewrite.notes if "--with-training" in note.text]
    assert [note.line for note in told] == [34, 35]
    assert all("fit runs `self." in note.text for note in told)


def test_on_request_the_layers_act_in_training():
    made = "self.d = layers.Dropout(rate)\nself.n = layers.BatchNormalization()"
    rewrite = functional_builder(reading_of(model(made, "x = self.d(x)\nx = self.n(x)")), "Net", with_training=True)
    assert rewrite.source is not None
    assert "FixedTraining" not in rewrite.source
    assert "x = d(inputs)\n    x = n(x)\n" in rewrite.source
    assert not any("as in inference" in note.text for note in rewrite.notes)


@pytest.mark.parametrize(
    ("made", "body", "part"),
    [
        ("self.bs = [Block()]", "x = self.bs[0].call(x)", "cannot be told"),
        ("self.b = Block()", "x = apply(self.b, x)", "cannot be told"),
        ("self.b = Block()", "x = functools.reduce(lambda y, b: b(y), [self.b, self.b], x)", "cannot be told"),
        ("self.n = Block()\nself.f = lambda x: self.n(x)", "x = self.f(x)", "cannot be told"),
    ],
)
def test_what_cannot_be_told_is_refused(made, body, part):
    found = builder_of(model(made, body), "Net").refusals
    assert any(part in refusal.reason for refusal in found), found


@pytest.mark.parametrize("value", ["False", "True", "not training", "training and self.frozen", "self.frozen"])
def test_a_training_that_is_set_anew_is_refused(value):
    found = builder_of(model("self.d = layers.Dropout(rate)", f"training = {value}\nx = self.d(x)", "x, training=None"),
                       "Net").refusals  # fmt: skip
    assert any("sets `training`" in refusal.reason for refusal in found), found


# Keras 3 hands the ``training`` that one layer was given to the layers after it that are given none.
CARRIED = {
    "false": "x = self.n(x, training=False)\nx = self.d(x)",
    "true": "x = self.n(x, training=True)\nx = self.d(x)",
    "a plain layer": "x = self.first(x, training=False)\nx = self.n(self.d(x))",
    "in one line": "x = self.d(self.n(x, training=False))",
    "before": "x = self.d(x)\nx = self.n(x, training=False)",
    "taken back": "x = self.n(x, training=False)\nx = self.d(x, training=training)\nx = self.n(x)",
    "of the model": "x = self.n(x, training=self.frozen)\nx = self.d(x)",
    "none": "x = self.n(x, training=None)\nx = self.d(x)",
}
HELD = "self.n = layers.BatchNormalization()\nself.d = layers.Dropout(rate)\nself.t = Telling()"
TELLING = """

class Telling(layers.Layer):
    def __init__(self):
        super().__init__()
        self.norm = layers.BatchNormalization()

    def call(self, x):
        return self.norm(x, training=False)
"""


@pytest.mark.tensorflow
@pytest.mark.parametrize("head", ["x, training=None", "x"])
@pytest.mark.parametrize("kind", CARRIED)
def test_what_a_layer_is_told_is_carried_on(kind, head):
    body = CARRIED[kind]
    if head == "x" and "training=training" in body:
        pytest.skip("there is no such name")
    assert prove(model(HELD, body, head) + TELLING, "Net", Tensor((4,)), fit=True).error < 1e-6


@pytest.mark.parametrize(
    "body",
    [
        "if self.frozen:\n    x = self.n(x, training=False)\nx = self.d(x)",
        "for _ in range(2):\n    x = self.n(self.d(x), training=False)",
        "x = self.d(self.t(x))",
        "x = self.d(self.told(x))",
    ],
)
def test_what_is_carried_on_out_of_order_is_refused(body):
    text = model(HELD, body, "x, training=None")
    text += "\n    def told(self, x):\n        return self.n(x, training=False)\n" + TELLING
    found = builder_of(text, "Net").refusals
    assert any("is given no `training`" in refusal.reason for refusal in found), found
