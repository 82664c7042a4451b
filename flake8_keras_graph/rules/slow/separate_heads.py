"""A loop that applies separate layers to the same input.

## What it finds

A loop or comprehension in a Model's `call` that calls each of several Dense or convolution layers on what is the
same in every iteration.

## What happens

- fit: larger graph
- xla: runs
- tf_keras: larger graph
- eager: runs

Each layer multiplies by a small matrix of its own, one after the other. One layer with all their units makes one
large multiplication of them.

## Bad

```python
import keras
from keras import ops


class Heads(keras.Model):
    def __init__(self):
        super().__init__()
        self.heads = [keras.layers.Dense(1) for _ in range(8)]

    def call(self, inputs):
        return ops.concatenate([head(inputs) for head in self.heads], axis=-1)  # KG301, KG306
```

```python
import keras
from keras import ops


class Heads(keras.Model):
    def __init__(self):
        super().__init__()
        self.heads = [keras.layers.Dense(1) for _ in range(8)]

    def call(self, inputs):
        outputs = []
        for head in self.heads:  # KG301, KG306
            outputs.append(head(inputs))
        return ops.concatenate(outputs, axis=-1)
```

## Good

```python
import keras


class Heads(keras.Model):
    def __init__(self):
        super().__init__()
        self.heads = keras.layers.Dense(8)

    def call(self, inputs):
        return self.heads(inputs)
```

## Fix

There is none: one layer of all the units has one kernel in place of many, so that checkpoints no longer fit, its
initial values spread otherwise, and an optimizer that clips or scales by layer takes other steps.

## When to ignore

Where the layers are few or wide, or have to be saved, frozen or regularised one by one.

## Source

Run by the tests. `keras-graph measure` makes one layer of all the units, joins the weights in it, proves that outputs
and gradients are the same, and says what the separate layers cost against it.
"""

from __future__ import annotations

from flake8_keras_graph.analysis.events import Loop
from flake8_keras_graph.rules.event_code import text
from flake8_keras_graph.rules.facts import Facts
from flake8_keras_graph.rules.rule import Report, rule


@rule(
    "KG306",
    "separate-heads",
    "note",
    Loop,
    models_only=True,
    sites=("for", "comprehension"),
    confirmed_by="runs",
    remedy="fused heads",
    fix=None,
)
def check(event: Loop, facts: Facts) -> Report | None:
    if event.heads is None:
        return None
    what = text(event, event.heads)
    message = f"the loop applies separate layers to the same input ({what}): one wider layer would do"
    return Report(message, until=event.operand)
