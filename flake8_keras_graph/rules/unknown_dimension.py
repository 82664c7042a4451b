"""Arithmetic or a comparison on the batch dimension of a static shape.

## What it finds

`x.shape[0]` used as a number, where the first dimension of `x` is the batch.

## What happens

- fit: raises TypeError
- xla: raises TypeError
- tf_keras: raises TypeError
- eager: runs

`x.shape[0]` is None while Keras traces `call`: `fit` builds one graph for every batch size.
`keras.ops.shape(x)[0]` is the size, as a tensor.

## Bad

```python
import keras
from keras import ops


class Mean(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        x = self.head(inputs)
        return x + ops.sum(x) * (1.0 / x.shape[0])  # KG113
```

```python
import keras


class Large(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        scale = 0.5 if inputs.shape[0] > 4 else 1.0  # KG113
        return self.head(inputs) * scale
```

## Good

```python
import keras
from keras import ops


class Mean(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        x = self.head(inputs)
        return x + ops.sum(x) / ops.cast(ops.shape(x)[0], x.dtype)
```

## When to ignore

Where the inputs are declared with a `batch_size`. Arrays whose length is a multiple of the batch size give `fit`
a known batch dimension: such a model trains, and raises with the first data of another length.

## Source

Run by the tests.
"""

from __future__ import annotations

from flake8_keras_graph.analysis.events import UnknownDimension
from flake8_keras_graph.rules.base import Facts, Report, rule, text


@rule("KG113", "unknown-dimension", "error", UnknownDimension)
def check(event: UnknownDimension, facts: Facts) -> Report | None:
    if event.swallowed:
        return None
    operand = text(event, event.operand)
    how = f"`{event.how}`" if event.how.endswith("()") else event.how
    message = f"{how} on the batch dimension {operand}: it is None in fit, which raises TypeError"
    return Report(message, f"{operand} is None while tracing, {how} needs a number")
