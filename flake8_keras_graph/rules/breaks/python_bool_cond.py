"""`tf.cond` asked to choose by a Python bool.

## What it finds

`tf.cond(training, ...)` and the like, where the first argument is a Python bool while Keras traces: `training` as Keras
passes it, a comparison of static sizes, a switch kept on `self`.

## What happens

- fit: raises TypeError
- xla: raises TypeError
- tf_keras: raises TypeError
- eager: runs

`tf.cond` puts a choice into the graph, and takes a tensor to choose by. What Python knows while tracing is no choice of
the graph: Keras traces `call` once for training and once without.

## Bad

```python
import keras
import tensorflow as tf


class Halved(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs, training=False):
        x = tf.cond(training, lambda: inputs * 0.5, lambda: inputs)  # KG117
        return self.head(x)
```

```python
import keras
import tensorflow as tf


class Wide(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        is_wide = inputs.shape[1] > 2
        x = tf.cond(is_wide, lambda: inputs * 0.5, lambda: inputs)  # KG117
        return self.head(x)
```

## Good

`if training:`, or `keras.ops.cond`, which takes bools and tensors:

```python
import keras
from keras import ops


class Halved(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs, training=False):
        x = ops.cond(training, lambda: inputs * 0.5, lambda: inputs)
        return self.head(x)
```

## Fix

A conditional expression with what the two functions return. Safe: one of them is run, as before.

## When to ignore

Where a tensor is passed as `training`, which neither `fit` nor `predict` does.

## Source

Run by the tests. https://www.tensorflow.org/api_docs/python/tf/cond
"""

from __future__ import annotations

from flake8_keras_graph.analysis.events import StagedTest
from flake8_keras_graph.analysis.values import FromCaller, Static, Value, options
from flake8_keras_graph.rules.event_code import text
from flake8_keras_graph.rules.facts import Facts
from flake8_keras_graph.rules.rule import Report, rule


@rule(
    "KG117",
    "python-bool-cond",
    "error",
    StagedTest,
    models_only=False,
    sites=("call",),
    confirmed_by="compiling raises",
    remedy="fix",
    fix="python_cond",
)
def check(event: StagedTest, facts: Facts) -> Report | None:
    if event.swallowed or not all(map(_is_bool, options(event.value))):
        return None
    operand = text(event, event.operand)
    message = f"`{event.function}` on {operand}, a Python bool while tracing: fit raises TypeError, choose with `if`"
    return Report(message, f"{operand} is known while tracing, the graph has no choice to make")


def _is_bool(value: Value) -> bool:
    if isinstance(value.why, FromCaller):
        return value.why.default in {"True", "False"}
    return type(value) is Static and (value.type == "bool" or value.depends_on == "training")
