"""A traced function called in a loop with a Python number that changes.

## What it finds

A function under `tf.function`, called at every iteration of a Python loop with a number of `range`, `enumerate` or a
counter, or with a slice that is as long as such a number says. Loops of fewer than five iterations, functions with an
`input_signature`, comparisons of the number, and tests are left alone.

## What happens

- script: retraces
- tf_keras: retraces

A Python number is part of what a trace is made for: each value makes a trace of its own, and so does each length.
Measured with a small model, a step took ten times as long, or, with a Python loop over the length, nearly all of the
time was spent on tracing.

## Bad

```python
import keras
import tensorflow as tf

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])


@tf.function
def weighted(x, step):
    return model(x) / (1.0 + step)


for step in range(12):
    weighted(tf.ones((8, 4)), step)  # KG405
```

## Bad: a length

- script: retraces
- tf_keras: retraces

```python
import keras
import tensorflow as tf

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
rows = tf.ones((12, 4))


@tf.function
def total(x):
    return tf.reduce_sum(model(x))


for count in range(12):
    total(rows[: count + 1])  # KG405
```

## Good

```python
import keras
import tensorflow as tf

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])


@tf.function
def weighted(x, step):
    return model(x) / (1.0 + step)


for step in range(12):
    weighted(tf.ones((8, 4)), tf.constant(step, tf.float32))
```

## Good: a length

```python
import keras
import tensorflow as tf

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
rows = tf.ones((12, 4))


@tf.function(input_signature=[tf.TensorSpec((None, 4), tf.float32)])
def total(x):
    return tf.reduce_sum(model(x))


for count in range(12):
    total(rows[: count + 1])
```

## Fix

There is none: whether the function needs a Python number, for the number of layers say, only its author knows.

## When to ignore

Where the number decides what graph is made, and few values come again and again.

## Source

Run by the tests. https://www.tensorflow.org/guide/function#controlling_retracing
"""

from __future__ import annotations

from flake8_keras_graph.analysis.sites import PythonArgument
from flake8_keras_graph.rules.facts import Facts
from flake8_keras_graph.rules.rule import ITS_PLACE, Report, rule


@rule(
    "KG405",
    "python-value-argument",
    "warning",
    PythonArgument,
    models_only=False,
    sites=ITS_PLACE,
    confirmed_by="not run",
    remedy=None,
    fix=None,
)
def check(event: PythonArgument, facts: Facts) -> Report | None:
    if event.is_length:
        return Report(
            f"`{event.argument}` has another length at each iteration: `{event.function}` is traced anew for each;"
            " give it an `input_signature` with None there"
        )
    return Report(
        f"`{event.argument}` is another Python number at each iteration: `{event.function}` is traced anew for each;"
        " give it a tensor"
    )
