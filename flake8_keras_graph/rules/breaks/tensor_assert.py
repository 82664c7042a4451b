"""`assert` on a tensor.

## What it finds

An `assert` whose test is certainly a tensor.

## What happens

- fit: raises OperatorNotAllowedInGraphError
- xla: raises OperatorNotAllowedInGraphError
- tf_keras: raises OperatorNotAllowedInGraphError
- eager: runs

`assert` needs a Python bool, and while Keras traces `call` a tensor has no value yet. AutoGraph, in tf_keras,
leaves an `assert` as it is.

## Bad

```python
import keras
from keras import ops


class Checked(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        assert ops.max(inputs) < 1e9, "inputs are not scaled"  # KG106
        return self.head(inputs)
```

## Good

```python
import keras
import tensorflow as tf


class Checked(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        tf.debugging.assert_less(inputs, 1e9, "inputs are not scaled")
        return self.head(inputs)
```

## Fix

`tf.debugging.Assert`. Unsafe: it raises another exception, also under `python -O`, and XLA leaves it out.

## When to ignore

Where the class is only ever called eagerly. XLA leaves checks out of what it compiles.

## Source

Run by the tests. Checks in XLA: https://www.tensorflow.org/xla/known_issues
"""

from __future__ import annotations

from flake8_keras_graph.analysis.events import Branch
from flake8_keras_graph.analysis.values import is_tensor
from flake8_keras_graph.rules.event_code import text
from flake8_keras_graph.rules.facts import Facts
from flake8_keras_graph.rules.rule import Report, rule
from flake8_keras_graph.rules.tracing import bool_error


@rule(
    "KG106",
    "tensor-assert",
    "error",
    Branch,
    models_only=False,
    sites=("assert",),
    confirmed_by="a tensor at its site",
    remedy="fix",
    fix="assertion",
    advice="use `tf.debugging`",
)
def check(event: Branch, facts: Facts) -> Report | None:
    if event.style != "assert" or not is_tensor(event.value) or event.swallowed:
        return None
    operand = text(event, event.operand)
    message = f"`assert` on the tensor {operand}: fit raises {bool_error(event)}"
    return Report(message, f"`assert` needs a Python bool, {operand} has none while tracing", event.test)
