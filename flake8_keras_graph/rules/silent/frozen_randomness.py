"""NumPy or Python randomness, or a clock, in `call`.

## What it finds

A call of `np.random`, `random`, `secrets` or a clock (`time`, `datetime`) in code that Keras traces, or of a
generator (`default_rng`, `RandomState`, `random.Random`), wherever that was made.

## What happens

- fit: frozen
- xla: frozen
- tf_keras: frozen
- eager: fresh

Python runs while Keras traces `call`, once. The number it gave then is a constant of the graph: every step, every
epoch and every batch gets the same one. Nothing is reported, the model trains, and what was to be noise is not.

## Bad

```python
import keras
import numpy as np


class Noisy(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        noise = np.random.normal(scale=0.5)  # KG201
        return self.head(inputs) + noise
```

```python
import random

import keras


class Jittered(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        return self.head(inputs) + random.random()  # KG201
```

## Good

```python
import keras
from keras import ops


class Noisy(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)
        self.seed = keras.random.SeedGenerator(7)

    def call(self, inputs):
        x = self.head(inputs)
        return x + keras.random.normal(ops.shape(x), stddev=0.5, seed=self.seed)
```

## Fix

`keras.random` for the normal and uniform distributions. Unsafe: it draws anew in every step, which is what was
meant, and in float32. There is none for clocks, shuffles and other distributions, nor under Keras 2.

## When to ignore

Where one number for the whole training is what is wanted: then draw it in `__init__`.

## Source

Run by the tests. https://www.tensorflow.org/guide/function ("NumPy and Python calls are converted to constants")
"""

from __future__ import annotations

from flake8_keras_graph.analysis.events import Effect
from flake8_keras_graph.rules.facts import Facts
from flake8_keras_graph.rules.rule import ITS_PLACE, Report, rule


@rule(
    "KG201",
    "frozen-randomness",
    "warning",
    Effect,
    models_only=False,
    sites=ITS_PLACE,
    confirmed_by="results frozen",
    remedy=None,
    fix="randomness",
    advice="let the graph draw it (`keras.random`), or pass it in",
)
def check(event: Effect, facts: Facts) -> Report | None:
    if event.word not in {"random", "clock"}:
        return None
    what = "draws a number" if event.word == "random" else "reads a clock"
    return Report(f"`{event.name}` {what} while tracing: the graph keeps the same value at every step")
