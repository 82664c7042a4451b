"""The batch dimension of a static shape used as a number.

## What it finds

`x.shape[0]` used as a number, where the first dimension of `x` is the batch: in arithmetic, in a comparison, or given
to a function of Python that needs a number.

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

## Bad: beside a tensor

- fit: raises ValueError
- xla: raises ValueError
- tf_keras: raises ValueError
- eager: runs

```python
import keras
from keras import ops


class Mean(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        x = self.head(inputs)
        return x + ops.sum(x) / x.shape[0]  # KG113
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

## Fix

`keras.ops.shape(x)[0]` in place of `x.shape[0]`. Safe; unsafe where the size meets a floating number, as a float32
then. There is none where it meets what may be a tensor of another dtype.

## When to ignore

Where the inputs are declared with a `batch_size`. For the sake of such models nothing is said of shapes given to
operations, as in `ops.reshape(x, (x.shape[0], -1))`, which raises as well where the batch is not known. Arrays whose
length is a multiple of the batch size give `fit` a known batch dimension: such a model trains, and raises with the
first data of another length. A function that calls a later dimension the batch itself (`batch_size =
ops.shape(x)[1]`) has its inputs by time, and is left alone.

## Source

Run by the tests.
"""

from __future__ import annotations

from flake8_keras_graph.analysis.events import UnknownDimension
from flake8_keras_graph.rules.event_code import has_inputs_by_time, text
from flake8_keras_graph.rules.facts import Facts
from flake8_keras_graph.rules.rule import Report, rule


@rule(
    "KG113",
    "unknown-dimension",
    "error",
    UnknownDimension,
    models_only=False,
    sites=("value", "cast", "if", "bool"),
    confirmed_by="compiling raises",
    remedy="fix",
    fix="dimension",
    advice="use `ops.shape(x)[0]` or `tf.shape(x)[0]`",
)
def check(event: UnknownDimension, facts: Facts) -> Report | None:
    if event.swallowed or has_inputs_by_time(event):
        return None
    operand = text(event, event.operand)
    how = f"`{event.how}`" if event.how.endswith("()") else event.how
    raises = f"raises {event.error}" if event.error else "raises"
    message = f"{how} on the batch dimension {operand}: None in fit unless every batch has one size, which {raises}"
    return Report(message, f"{operand} is None while tracing, {how} needs a number")
