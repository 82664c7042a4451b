"""A model called in a loop that nothing compiles.

## What it finds

`model(batch)` on a row or a batch of the data at each iteration of a Python loop, outside of any GradientTape, where
neither the loop nor the model's `call` is under `tf.function`. Loops of fewer than five iterations, what runs once in
many iterations, functions that put a functional model together, and tests are left alone.

## What happens

- script: every step
- tf_keras: every step

Python runs `call` at every step, operation by operation. Measured with a small model on a CPU, a step takes 15 times
as long as one of `tf.function(model)`; it is still 16 times as fast as `predict` on one row.

## Bad

```python
import keras
import tensorflow as tf


class Plain(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        return self.head(inputs)


model = Plain()
data = tf.data.Dataset.from_tensor_slices(tf.ones((48, 4))).batch(4)
for batch in data:
    model(batch)  # KG505
```

## Good

```python
import keras
import tensorflow as tf


class Plain(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        return self.head(inputs)


model = Plain()
forward = tf.function(model)
data = tf.data.Dataset.from_tensor_slices(tf.ones((48, 4))).batch(4)
for batch in data:
    forward(batch)
```

## Fix

There is none: what is to be compiled with the model, the metric's update say, is the author's to choose.

## When to ignore

Where the model is large enough for its operations to dwarf Python's share, or the shapes differ from step to step.

## Source

Run by the tests. https://www.tensorflow.org/guide/function
"""

from __future__ import annotations

from flake8_keras_graph.analysis.sites import EagerCall
from flake8_keras_graph.rules.facts import Facts
from flake8_keras_graph.rules.rule import ITS_PLACE, Report, rule


@rule(
    "KG505",
    "eager-inference-loop",
    "warning",
    EagerCall,
    models_only=False,
    sites=ITS_PLACE,
    confirmed_by="not run",
    remedy="compiled",
    fix=None,
)
def check(event: EagerCall, facts: Facts) -> Report | None:
    where = f"in `{event.within}`, which a loop calls" if event.within else "at each iteration"
    return Report(
        f"`{event.model}` called on a {event.data} {where}: nothing compiles it, Python runs it operation by"
        " operation; call a `tf.function` of it"
    )
