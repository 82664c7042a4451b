"""A tensor unpacked into several names.

## What it finds

`a, b = t` where `t` is certainly a tensor; most often `tf.shape(x)`.

## What happens

- fit: raises OperatorNotAllowedInGraphError
- xla: raises OperatorNotAllowedInGraphError
- tf_keras: raises OperatorNotAllowedInGraphError
- eager: runs

Unpacking iterates the tensor, which cannot be done while Keras traces `call`, in tf_keras neither.
`keras.ops.shape(x)` is a tuple and unpacks.

## Bad

```python
import keras
import tensorflow as tf


class Flat(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        batch, width = tf.shape(inputs)  # KG112
        return self.head(inputs) * tf.cast(width, "float32")
```

## Good

```python
import keras
from keras import ops


class Flat(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        batch, width = ops.shape(inputs)
        return self.head(inputs) * ops.cast(width, "float32")
```

## Fix

`keras.ops.shape`, which gives a tuple (`tf.unstack` of the shape under Keras 2, which is safe). Outside of a graph
the sizes are Python numbers then: safe where all that is done with them gives the same for both, as in shapes and
slices.

## When to ignore

Where the class is only ever called eagerly.

## Source

Run by the tests.
"""

from __future__ import annotations

from flake8_keras_graph.analysis.events import Unpack
from flake8_keras_graph.analysis.values import is_tensor
from flake8_keras_graph.rules.event_code import text
from flake8_keras_graph.rules.facts import Facts
from flake8_keras_graph.rules.rule import Report, rule
from flake8_keras_graph.rules.tracing import iteration_error


@rule(
    "KG112",
    "unpacked-tensor",
    "error",
    Unpack,
    models_only=False,
    sites=("unpack",),
    confirmed_by="a tensor at its site",
    remedy="fix",
    fix="unpacked",
    advice="take its items by index",
)
def check(event: Unpack, facts: Facts) -> Report | None:
    if not is_tensor(event.value) or event.swallowed:
        return None
    operand = text(event, event.operand)
    message = f"the tensor {operand} is unpacked: fit raises {iteration_error(event)}"
    return Report(message, f"unpacking iterates {operand}, which cannot be iterated while tracing")
