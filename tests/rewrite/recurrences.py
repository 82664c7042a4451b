"""Models whose recurrence is written out in Python, for the fix of KG307."""

from __future__ import annotations

MODEL = """
import keras
from keras import layers, ops

CLASSES
class NAME(keras.Model):
    def __init__(self, steps=18):
        super().__init__()
        self.steps = steps
        self.cell = CELL
        self.project = layers.Dense(80)
        self.head = layers.Dense(1)

    def call(self, inputs, training=None):
        x = ops.reshape(self.project(inputs), (-1, 20, 4))
BODY
"""

LEAKY = """
class LeakyCell(layers.Layer):
    def __init__(self, units):
        super().__init__()
        self.state_size = units
        self.dense = layers.Dense(units, activation="tanh")

    def call(self, inputs, states):
        level = 0.5 * states[0] + self.dense(inputs)
        return ops.tanh(level), [level]


"""

COLLECTED = """
states = [ops.zeros((ops.shape(x)[0], 3))]
outputs = []
# every step
for t in range(x.shape[1]):
    out, states = self.cell(x[:, t], states)
    outputs.append(out)  # kept
return self.head(ops.mean(ops.stack(outputs, axis=1), axis=1))
"""

LAST = """
states = self.cell.get_initial_state(batch_size=ops.shape(x)[0])
for t in range(self.steps):
    out, states = self.cell(x[:, t, :], states, training=training)
return self.head(out)
"""

UNPACKED = """
h = ops.ones((ops.shape(x)[0], 3))
c = ops.zeros((ops.shape(x)[0], 3))
rows = []
for step in range(20):
    out, [h, c] = self.cell(x[:, step], states=[h, c])
    rows.append(out)
return self.head(ops.sum(ops.stack(rows), axis=0))
"""


def model(name: str, cell: str, body: str, classes: str = "") -> str:
    """The source of a model with ``cell`` as its cell and ``body`` as the end of its ``call``."""
    lines = "\n".join(f"        {line}" if line else "" for line in body.strip("\n").splitlines())
    text = MODEL.replace("CLASSES", classes).replace("NAME", name).replace("CELL", cell)
    return text.replace("BODY", lines)


def sources() -> list[str]:
    """Models whose recurrence a layer can hold."""
    return [
        model("CollectedGRU", "layers.GRUCell(3)", COLLECTED),
        model("LastLSTM", "layers.LSTMCell(3)", LAST),
        model("UnpackedLSTM", "layers.LSTMCell(3)", UNPACKED),
        model("Leaky", "LeakyCell(3)", COLLECTED, LEAKY),
    ]
