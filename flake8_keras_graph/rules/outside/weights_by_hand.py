"""Weights moved by hand at every step, outside of any traced function.

## What it finds

`for a, b in zip(target.weights, model.weights): a.assign(...)`, and `target.set_weights(...)` of what `get_weights`
gave, at each step of a Python loop or in a function that such a loop calls. What runs once an epoch or episode, or
once in many steps, loops over layers and over models, loops of fewer than five iterations, and tests are left alone.

## What happens

- script: every step
- tf_keras: every step

Each variable is read and written by operations of its own, which Python starts one by one; `set_weights` copies all of
them to NumPy and back. Measured with a small model on a CPU, one function under `tf.function` that assigns them all
takes a fiftieth of the time of either.

## Bad

```python
import keras
import tensorflow as tf

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
target = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])


def follow():
    for slow, fast in zip(target.weights, model.weights):  # KG506
        slow.assign(0.9 * slow + 0.1 * fast)


for _ in range(12):
    follow()
```

```python
import keras
import tensorflow as tf

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
target = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])


def follow():
    mixed = [0.9 * slow + 0.1 * fast for slow, fast in zip(target.get_weights(), model.get_weights())]
    target.set_weights(mixed)  # KG506


for _ in range(12):
    follow()
```

## Good

```python
import keras
import tensorflow as tf

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
target = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])


@tf.function
def follow():
    for slow, fast in zip(target.weights, model.weights):
        slow.assign(0.9 * slow + 0.1 * fast)


for _ in range(12):
    follow()
```

## Fix

A function that does nothing but assign variables one by one is put under `tf.function`. Unsafe: which variables there
are, and every Python number that it reads, is then as it was at the first call.

## When to ignore

Where a step takes much longer than this does.

## Source

Run by the tests. https://www.tensorflow.org/guide/function
"""

from __future__ import annotations

from flake8_keras_graph.analysis.sites import WeightsMoved
from flake8_keras_graph.rules.facts import Facts
from flake8_keras_graph.rules.rule import ITS_PLACE, Report, rule


@rule(
    "KG506",
    "weights-by-hand",
    "warning",
    WeightsMoved,
    models_only=False,
    sites=ITS_PLACE,
    confirmed_by="not run",
    remedy="compiled",
    fix="assigned_weights",
)
def check(event: WeightsMoved, facts: Facts) -> Report | None:
    where = f"in `{event.within}`, which a loop calls," if event.within else "at every step"
    if event.how == "assign":
        return Report(
            f"variables of `{event.model}` assigned one by one {where}, eagerly: let one tf.function assign them all"
        )
    return Report(
        f"`{event.model}.set_weights` {where} copies all weights to NumPy and back: let one tf.function assign them"
    )
