"""A model made or compiled anew, or given a new optimizer, at every iteration of a loop.

## What it finds

`model.compile(...)` in a Python loop that fits the model as well, where the model is made outside of the loop and
nothing that `compile` is given changes; and an optimizer that is made at each step and applied once. A note: a model
that is made and fitted in the loop, where `clear_session` is not called. What a test lets through now and then, loops
of fewer than five iterations, and tests are left alone.

## What happens

- script: retraces
- tf_keras: retraces

`compile` throws away what was traced and the optimizer's state: momentum and step count begin at zero, and `fit` traces
the model again. Measured with a small model, an iteration took 25 times as long, and left 6 MB behind. A model that is
made and fitted in a loop leaves as much: neither `clear_session` nor the garbage collector gave back more than a fifth
of it, with Keras 3.15 or with tf_keras. What is only made, or predicts, is given back by either.

## Bad

```python
import keras
import numpy as np


class Plain(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        return self.head(inputs)


model = Plain()
x, y = np.ones((8, 4), "float32"), np.ones((8, 1), "float32")
for _ in range(8):
    model.compile("adam", "mse")  # KG507
    model.fit(x, y, verbose=0)
```

## Good

```python
import keras
import numpy as np


class Plain(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        return self.head(inputs)


model = Plain()
x, y = np.ones((8, 4), "float32"), np.ones((8, 1), "float32")
model.compile("adam", "mse")
for _ in range(8):
    model.fit(x, y, verbose=0)
```

## Fix

There is none: the optimizer would keep its state from one iteration to the next.

## When to ignore

Where each iteration is to begin with a fresh optimizer, or needs a model of its own; many of those are best made in a
process each, or once, with `set_weights` of what the first began with.

## Source

Run by the tests. https://github.com/tensorflow/tensorflow/issues/43702
"""

from __future__ import annotations

from flake8_keras_graph.analysis.sites import Renewed
from flake8_keras_graph.rules.facts import Facts
from flake8_keras_graph.rules.rule import ITS_PLACE, Report, rule


@rule(
    "KG507",
    "model-in-loop",
    "warning",
    Renewed,
    models_only=False,
    sites=ITS_PLACE,
    confirmed_by="not run",
    remedy=None,
    fix=None,
    advice="make it once, before the loop",
)
def check(event: Renewed, facts: Facts) -> Report | None:
    if event.what == "compile":
        return Report(
            f"`{event.name}.compile` at each iteration: fit traces the model anew, and the optimizer forgets its state"
        )
    if event.what == "build":
        return Report(
            f"`{event.name}` is a new model at each iteration: each is traced, and what was traced stays in memory",
            level="note",
        )
    return Report(f"`{event.name}` is a new optimizer at each step: it forgets its state, and is built anew")
