"""Models with training of their own, or that train by default: the class is kept around a functional forward pass."""

from __future__ import annotations

import itertools

import pytest
from proof import Tensor, namespace_of, prove
from readings import builder_of

KERAS_3 = """
import keras
import tensorflow as tf
from keras import layers


"""
KERAS_2 = KERAS_3.replace("keras", "tf_keras").replace("import tf_keras\n", "import tf_keras as keras\n")

NET = """class Net(keras.Model):
    SCALE = 0.5

    def __init__(self, units=4):
        super().__init__()
        self.first = layers.Dense(units, activation="relu")
        self.drop = layers.Dropout(0.5, seed=3)
        self.norm = layers.BatchNormalization()
        self.last = layers.Dense(4)
        self.weight = 2.0

    def call(self, HEAD):
        x = self.norm(self.drop(self.first(x)))
        return self.last(x)
"""
STEPS = {
    "train_step": """
    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            out = self(x, training=TRAINING)
            loss = self.penalty(y, out)
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables))
        self.tracker.update_state(loss)
        return {"loss": self.tracker.result()}

    @property
    def metrics(self):
        return [self.tracker]

    def penalty(self, y, out):
        return self.weight * tf.reduce_mean((y - out) ** 2) + self.SCALE * tf.reduce_sum(self.last.kernel ** 2)

    def test_step(self, data):
        x, y = data
        self.tracker.update_state(self.penalty(y, self(x, training=False)))
        return {"loss": self.tracker.result()}
""",
    "parts": """
    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            out = self.last(self.first(x)) + self(x)
            loss = tf.reduce_mean(tf.abs(y - out))
        variables = self.last.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
        return {"loss": loss}

    def test_step(self, data):
        return {"loss": tf.reduce_mean(self(data[0], training=False))}
""",
    "compile": """
    def compile(self, optimizer, loss, extra=3.0):
        super(Net, self).compile(optimizer=optimizer, loss=loss)
        self.extra = extra

    def train_step(self, data):
        logs = super().train_step(data)
        return {"loss": logs["loss"] * self.extra if isinstance(logs, dict) else logs}
""",
}
HEADS = ["x", "x, training=None", "x, training=True"]


TRACKER = """        self.tracker = keras.metrics.Mean(name="loss")

    def call"""


def text_of(kind: str, head: str, training: str = "True", imports: str = KERAS_3) -> str:
    """A model with steps of its own."""
    net = NET.replace("HEAD", head)
    if "tracker" in STEPS[kind]:
        net = net.replace("\n    def call", TRACKER)
    return imports + net + STEPS[kind].replace("TRAINING", training)


# Each step with each Keras and with most heads; all of them take a minute.
WITH_STEPS = [
    pytest.param(kind, head, imports, id=f"{kind}-{head}-{name}")
    for (i, kind), (j, head), (k, (name, imports)) in itertools.product(
        enumerate(STEPS), enumerate(HEADS), enumerate([("keras", KERAS_3), ("tf_keras", KERAS_2)])
    )
    if (i + j + k) % 2 == 0
]


@pytest.mark.tensorflow
@pytest.mark.parametrize(("kind", "head", "imports"), WITH_STEPS)
def test_a_step_of_its_own_is_kept(kind, head, imports):
    # A class whose `call` takes no `training` is told by its own step alone.
    training = (False,) if head == "x" and imports == KERAS_3 else (False, True)
    text = text_of(kind, head, imports=imports)
    assert prove(text, "Net", Tensor((4,)), fit=True, training=training).error < 1e-6


@pytest.mark.tensorflow
def test_a_step_that_does_not_train_its_layers():
    text = text_of("train_step", "x", "False")
    assert prove(text, "Net", Tensor((4,)), fit=True, training=(False,)).error < 1e-6


@pytest.mark.tensorflow
@pytest.mark.parametrize("imports", [KERAS_3, KERAS_2], ids=["keras", "tf_keras"])
def test_a_model_that_trains_by_default(imports):
    import numpy as np

    text = imports + NET.replace("HEAD", "x, training=True")
    assert prove(text, "Net", Tensor((4,)), fit=True).error < 1e-6
    rewrite = builder_of(text, "Net")
    assert rewrite.source is not None
    namespace = namespace_of(text + rewrite.source)
    keras = namespace["keras"]
    data = np.ones((64, 4), "float32")
    for model in (namespace["Net"](), namespace["build_net"](keras.Input((4,)))):
        model(data)
        moving = model.non_trainable_variables[0]
        for told, moves in (({}, True), ({"training": False}, False), ({"training": True}, True)):
            before = moving.numpy()
            model(data, **told)
            assert (np.abs(moving.numpy() - before).max() > 0.0) == moves


def test_a_default_that_changes_nothing_needs_no_class():
    text = "import keras\n\n\nclass A(keras.Model):\n    def call(self, x, training=True):\n        return x * 2.0\n"
    rewrite = builder_of(text, "A")
    assert rewrite.source is not None
    assert "return keras.Model(" in rewrite.source


@pytest.mark.parametrize(
    ("step", "part"),
    [
        ("def train_step(self, data):\n        return self(data[0], data[1])", "takes one structure"),
        ("def train_step(self, data):\n        return self(data[0], flag=True)", "takes one structure"),
        ("def train_step(self, data):\n        return self.__hidden(data)", "belong to its class"),
        ("def __call__(self, *a):\n        return super().__call__(*a)", "`__call__` is the model's own"),
    ],
)
def test_steps_that_a_functional_model_cannot_keep(step, part):
    found = builder_of(f"{KERAS_3}{NET.replace('HEAD', 'x')}\n    {step}\n", "Net").refusals
    assert any(part in refusal.reason for refusal in found), found


def test_the_class_in_between_is_not_lost():
    text = text_of("train_step", "x") + "\n\nclass Child(Net):\n    def train_step(self, data):\n" \
        "        return super().train_step(data)\n"  # fmt: skip
    assert any("in between" in refusal.reason for refusal in builder_of(text, "Child").refusals)
