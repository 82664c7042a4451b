"""`tf.function` made inside `call`.

## What it finds

`tf.function(...)`, called or used as a decorator, in code that Keras traces.

## What happens

- fit: once per trace
- xla: once per trace
- tf_keras: once per trace
- eager: retraces

Every run of `call` makes a new traced function, which knows nothing of the ones before. Where the model runs
eagerly, or is called outside of `fit`, each call traces again. In `fit` it is traced along with `call`, and of no
use.

## Bad

```python
import keras
import tensorflow as tf


class Squashed(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        @tf.function  # KG404
        def squash(x):
            return tf.tanh(x)

        return squash(self.head(inputs))
```

## Good

```python
import keras
import tensorflow as tf


@tf.function
def squash(x):
    return tf.tanh(x)


class Squashed(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        return squash(self.head(inputs))
```

## Fix

There is none: where the function is to be made depends on what it closes over.

## When to ignore

Where the function is kept and made once only.

## Source

Run by the tests. `keras-graph measure` makes the function once, in the constructor, and compares both, as fit compiles
them and run eagerly. https://www.tensorflow.org/guide/function#controlling_retracing
"""

from __future__ import annotations

from flake8_keras_graph.analysis.events import Effect
from flake8_keras_graph.rules.facts import Facts
from flake8_keras_graph.rules.rule import ITS_PLACE, Report, rule


@rule(
    "KG404",
    "function-in-call",
    "warning",
    Effect,
    models_only=False,
    sites=ITS_PLACE,
    confirmed_by="runs",
    remedy="function made once",
    fix=None,
)
def check(event: Effect, facts: Facts) -> Report | None:
    if event.word != "traces":
        return None
    return Report(f"`{event.name}` inside of traced code makes a new function, and a new trace, at every run")
