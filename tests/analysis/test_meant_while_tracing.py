"""What real code does while tracing on purpose, or what raises nothing: silent, or told in a note."""

from __future__ import annotations

import pytest

from flake8_keras_graph import engine
from flake8_keras_graph.config import Options

from .conftest import HEADER, require

BLOCK = """
class Block(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.cell, self.inner = keras.layers.GRUCell(4), keras.layers.Dense(4)
        self.seen, self.cache, self.last = [], {{}}, None

    def call(self, x, training=False):
{body}
"""
BODIES = {
    "a log of what tracing knows": """
        logging.info("block with %d parts", 3)  # KG202 note
        return x""",
    "a log of a tensor": """
        logging.info("input %s", x)  # KG202 warning
        return x""",
    "a log of a tensor in an f-string": """
        logging.info(f"input {x}")  # KG202 warning
        return x""",
    "a line that tells of the trace": """
        print("Tracing with", x)
        return x""",
    "a list that each run clears": """
        self.seen.append(x)
        y = ops.concatenate(self.seen)
        self.seen.clear()
        return y""",
    "a list that some runs clear": """
        self.seen.append(x)  # KG203 warning
        if training:
            self.seen.clear()  # KG203 warning
        return x""",
    "a list that the first run fills": """
        if not self.seen:
            self.seen.append(3)
        return x * self.seen[0]""",
    "variables that the first run adds to a list": """
        if not self.seen:
            self.seen.extend([tf.Variable(tf.zeros((4,))) for _ in range(2)])
        return x + self.seen[0]""",
    "a tensor that the same run reads": """
        self.last = self.inner(x)  # KG204 note
        return self._double()

    def _double(self):
        return self.last * 2""",
    "a tensor that nobody reads": """
        self._scores = self.inner(x)  # KG204 note
        self.scores = self.inner(x)  # KG204 warning
        return x""",
    "a tensor that a property gives": """
        self.last = self.inner(x)  # KG204 warning
        return self.last

    @property
    def features(self):
        return self.last""",
    "a tensor of the run before": """
        y = x if self.last is None else x + self.last
        self.last = ops.mean(x)  # KG204 warning
        return y""",
    "a wrapper around a kept cell": """
        return keras.layers.RNN(self.cell)(x)""",
    "a wrapper around kept layers": """
        return keras.Sequential([self.inner])(keras.layers.TimeDistributed(self.inner)(x))""",
    "a wrapper that copies": """
        return keras.layers.Bidirectional(self.cell)(x)  # KG111 error""",
    "a wrapper around a new cell": """
        cell = keras.layers.GRUCell(4)  # KG111 error
        return keras.layers.RNN(cell)(x)  # KG111 error""",
    "a layer where the width is another": """
        if x.shape[-1] != 8:
            x = keras.layers.Dense(8)(x)  # KG111 error
        return x""",
    "a name from a uuid": """
        with tf.name_scope(str(uuid.uuid4())):
            return x""",
    "a tf.function for each trace": """
        return tf.function(tf.tanh)(x)  # KG404 note""",
    "as many steps as a setting says": """
        for _ in range(self.steps):  # KG307 note
            x = self.inner(x)
        return x""",
}  # fmt: skip
FILES = {
    "sizes in a function of one's own": """
@tf.function
def flat(x: tf.Tensor):
    return tf.reshape(x, (x.shape[0], -1))
""",
    "sizes in a function of one's own, under a signature": """
@tf.function(input_signature=[tf.TensorSpec((None, 4))])
def flat(x: tf.Tensor):
    return tf.reshape(x, (x.shape[0], -1))  # KG115 warning
""",
    "tf.print in a function of one's own": """
@tf.function
def shown(x: tf.Tensor):
    tf.print(x)
    return x
""",
    "tf.print in a function of one's own, under XLA": """
@tf.function(jit_compile=True)
def shown(x: tf.Tensor):
    tf.print(x)  # KG308 warning
    return x
""",
    "weights of a metric in its first update": """
class Sum(keras.metrics.Metric):
    def update_state(self, y_true, y_pred, sample_weight=None):
        if not hasattr(self, "total"):
            self.total = self.add_weight(name="total", shape=y_true.shape[1:])
        self.total.assign_add(ops.sum(y_pred, axis=0))
""",
    "a Dropout made in a call of Keras 2": """
import tf_keras

class Block(tf_keras.layers.Layer):
    def call(self, x, training=False):
        x = tf_keras.layers.RandomFlip()(x)  # KG111 error
        return tf_keras.layers.Dropout(0.5)(x, training=training)
""",
    "a loop in a map_fn of what prepares data": """
class TFDataLayer(keras.layers.Layer):
    pass

class Swapped(TFDataLayer):
    def call(self, x):
        def swap(row):
            for _ in range(tf.cast(row[0], "int32")):
                row = -row
            return row
        return tf.map_fn(swap, x)
""",
    "a loop in a map_fn of a layer": """
class Swapped(keras.layers.Layer):
    def call(self, x):
        def swap(row):
            for _ in range(tf.cast(row[0], "int32")):  # KG104 error
                row = -row
            return row
        return tf.map_fn(swap, x)
""",
    "weights of a helper that sets what was tested": """
class Counts(keras.metrics.Metric):
    def __init__(self, late=False):
        super().__init__()
        self.made = False
        if not late:
            self.make(3)

    def make(self, size):
        self.total = self.add_variable(shape=(size,), initializer="zeros")
        self.made = True

    def update_state(self, y_true, y_pred, sample_weight=None):
        if not self.made:
            self.make(y_pred.shape[-1])
        self.total.assign_add(ops.sum(y_pred, axis=0))
""",
    "a registry of the module": """
PARTS = {}

class Block(keras.layers.Layer):
    def call(self, x):
        PARTS["block"] = 3  # KG203 note
        return x
""",
    "a flag of a warning in the module": """
warned = False

class Block(keras.layers.Layer):
    def call(self, x):
        global warned
        warned = True
        return x
""",
    "a test of what another method sets, which only raises": """
class Binned(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.bounds = None

    def adapt(self, data):
        self.bounds = 3

    def call(self, x):
        if self.bounds is None:
            raise ValueError("adapt first")
        return x
""",
}


def lint(text: str, path: str = "module.py") -> None:
    text = HEADER + "import logging\nimport uuid\n" + text
    require(text, engine.check(engine.Source(path, text), Options()))


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_in_call(body: str) -> None:
    lint(BLOCK.format(body=body))


@pytest.mark.parametrize("text", FILES.values(), ids=FILES)
def test_in_a_file(text: str) -> None:
    lint(text)


def test_what_tests_count_is_a_note() -> None:
    lint(
        """
class Counted(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.calls = 0

    def call(self, x):
        self.calls += 1  # KG203 note
        print(x)  # KG202 note
        return x
""",
        "test_module.py",
    )


def test_a_helper_of_another_file_is_told_at_its_first_call(package: object) -> None:
    assert callable(package)
    root = package(
        {
            "helpers.py": "import tensorflow as tf\ndef loud(x):\n    if tf.reduce_sum(x) > 0:\n        return x\n    return -x\n",
            "model.py": "",
        }
    )
    text = """
import keras
from helpers import loud

class Block(keras.layers.Layer):
    def call(self, x):
        x = loud(x)  # KG101 error
        return loud(x)

class Other(keras.layers.Layer):
    def call(self, x):
        return loud(x)  # KG101 error
"""
    require(text, engine.check(engine.Source(str(root / "model.py"), text), Options()))
