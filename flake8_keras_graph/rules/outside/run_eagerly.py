"""`run_eagerly` turned on.

## What it finds

`compile(run_eagerly=True)`, `model.run_eagerly = True` and `tf.config.run_functions_eagerly(True)`.

## What happens

- fit: every step
- tf_keras: every step

Nothing is compiled: Python runs `call` at every step, operation by operation. Small models take many times as
long, and what works this way may raise once it is compiled.

## Bad

```python
import keras


class Plain(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        return self.head(inputs)


model = Plain()
model.compile(loss="mse", run_eagerly=True)  # KG501
```

```python
import keras
import tensorflow as tf


class Plain(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        return self.head(inputs)


tf.config.run_functions_eagerly(True)  # KG501
model = Plain()
model.compile(loss="mse")
```

## Good

```python
import keras


class Plain(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        return self.head(inputs)


model = Plain()
model.compile(loss="mse")
```

## Fix

The argument of `compile` is taken away. Unsafe: what only works eagerly stops working. There is none for
`tf.config.run_functions_eagerly`, which may be meant for the whole program.

## When to ignore

While debugging. Under an `if`, where a setting asks for it, it is left alone.

## Source

Run by the tests. https://www.tensorflow.org/guide/function#debugging
"""

from __future__ import annotations

from flake8_keras_graph.analysis.sites import EagerSwitch
from flake8_keras_graph.rules.facts import Facts
from flake8_keras_graph.rules.rule import ITS_PLACE, Report, rule


@rule(
    "KG501",
    "run-eagerly",
    "warning",
    EagerSwitch,
    models_only=False,
    sites=ITS_PLACE,
    confirmed_by="not run",
    remedy="compiled",
    fix="run_eagerly",
    advice="leave it out when all is found",
)
def check(event: EagerSwitch, facts: Facts) -> Report | None:
    return Report(f"`{event.how}`: nothing is compiled, Python runs at every step")
