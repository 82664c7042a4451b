"""A Python loop in `call` is unrolled while tracing.

## What it finds

A Python loop or comprehension in a Model's `call` that computes with tensors. Loops over metrics, which every
`train_step` has, are left out; what applies the same weights many times is KG307.

## What happens

- fit: same graph
- xla: runs
- tf_keras: same graph
- eager: runs

The loop runs once, while Keras traces `call`; the graph holds a copy of the body for every iteration. Over
different layers that is the very graph that the functional API gives, operation for operation, and costs
nothing.

## Bad

```python
import keras


class Stack(keras.Model):
    def __init__(self):
        super().__init__()
        self.blocks = [keras.layers.Dense(4, activation="relu") for _ in range(3)]
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        x = inputs
        for block in self.blocks:  # KG301
            x = block(x)
        return self.head(x)
```

## Good

```python
import keras


def build():
    inputs = keras.Input((4,))
    x = inputs
    for _ in range(3):
        x = keras.layers.Dense(4, activation="relu")(x)
    return keras.Model(inputs, keras.layers.Dense(1)(x))
```

## Fix

There is none, and none is needed.

## When to ignore

Always: it says what happens, not that anything is wrong.

## Source

Run by the tests. `keras-graph measure` tells what it costs in a given model, against the functional form.
"""

from __future__ import annotations

from flake8_keras_graph.analysis.events import Loop
from flake8_keras_graph.rules.facts import Facts
from flake8_keras_graph.rules.loops import is_recurrence, is_unrolled, times
from flake8_keras_graph.rules.rule import Report, rule


@rule(
    "KG301",
    "unrolled-loop",
    "note",
    Loop,
    models_only=True,
    sites=("for", "comprehension", "while"),
    confirmed_by="runs",
    remedy="functional",
    fix=None,
    advice="mostly free, `keras-graph measure` tells",
)
def check(event: Loop, facts: Facts) -> Report | None:
    if not is_unrolled(event, facts) or is_recurrence(event, facts):
        return None
    return Report(f"Python loop is unrolled{times(event)} while tracing", until=event.operand)
