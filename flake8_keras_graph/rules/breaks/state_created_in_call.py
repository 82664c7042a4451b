"""A layer or a variable constructed in `call`.

## What it finds

A layer that holds variables (weights, or the seed of a Dropout), `tf.Variable`, `keras.Variable` or `add_weight`
in `call` or in what it calls, on a path that every run takes.

## What happens

- fit: raises ValueError
- xla: raises ValueError
- tf_keras: raises ValueError
- eager: runs

A traced function may make variables in its first trace only, and `fit` traces more than once. Where the model
runs eagerly, every step starts with new, untrained weights.

## Bad

```python
import keras


class Widened(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        x = keras.layers.Dense(8)(inputs)  # KG111
        return self.head(x)
```

```python
import keras
import tensorflow as tf


class Scaled(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        return self.head(inputs) * tf.Variable(2.0)  # KG111
```

## Good

```python
import keras


class Widened(keras.Model):
    def __init__(self):
        super().__init__()
        self.widen = keras.layers.Dense(8)
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        return self.head(self.widen(inputs))
```

A layer without variables may be made anywhere:

```python
import keras


class Rectified(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        return self.head(keras.layers.ReLU()(inputs))
```

## Fix

The layer is made in `__init__` and called in `call`. Unsafe: the weights are kept from call to call. There is none
for variables, in loops, in a helper that is called more than once (each call has a layer of its own), or where the
layer depends on what only `call` knows.

## When to ignore

Where the class is only ever called eagerly, and its weights are not trained. A construction that only the first
run gets to (`if self.dense is None:`) is KG116. A wrapper around layers that the object keeps (`RNN(self.cell)`) makes
no variables of its own, nor does a Dropout under Keras 2.

## Source

Run by the tests. https://www.tensorflow.org/guide/function#creating_tfvariables
"""

from __future__ import annotations

from flake8_keras_graph.analysis.events import Create
from flake8_keras_graph.rules.event_code import text
from flake8_keras_graph.rules.facts import Facts
from flake8_keras_graph.rules.rule import Report, rule


@rule(
    "KG111",
    "state-created-in-call",
    "error",
    Create,
    models_only=False,
    sites=("call",),
    confirmed_by="compiling raises",
    remedy="fix",
    fix="creation",
)
def check(event: Create, facts: Facts) -> Report | None:
    if not event.stateful or event.guarded or event.swallowed:
        return None
    what = text(event, event.node)
    message = f"{what} makes a {event.what} while tracing: fit raises ValueError, make it in `__init__` or `build`"
    return Report(message, f"a traced function may make variables in its first trace only: {what}")
