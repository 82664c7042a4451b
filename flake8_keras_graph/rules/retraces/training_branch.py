"""A Model's `call` branches on `training`.

## What it finds

An `if`, `elif` or conditional expression on `training` in a Model's `call`.

## What happens

- function: retraces
- fit: same graph
- xla: runs
- tf_keras: same graph
- eager: runs

`training` is a Python bool while Keras traces `call`: the branch is decided then, and nothing is decided at run
time. `fit` and `predict` each get a graph of their own, which they would get without the branch as well.

## Bad

```python
import keras


class Dropped(keras.Model):
    def __init__(self):
        super().__init__()
        self.dropout = keras.layers.Dropout(0.5)
        self.head = keras.layers.Dense(1)

    def call(self, inputs, training=False):
        x = inputs
        if training:  # KG401
            x = self.dropout(x, training=training)
        return self.head(x)
```

## Good

```python
import keras


class Dropped(keras.Model):
    def __init__(self):
        super().__init__()
        self.dropout = keras.layers.Dropout(0.5)
        self.head = keras.layers.Dense(1)

    def call(self, inputs, training=False):
        return self.head(self.dropout(inputs, training=training))
```

## Fix

There is none: the graph is the same without it. `keras-graph fix --functional NAME` writes the model without the
branch where the layers know `training` themselves.

## When to ignore

Always, unless the model is to be written with the functional API, which has no such branch.

## Source

Run by the tests.
"""

from __future__ import annotations

from flake8_keras_graph.analysis.events import Branch
from flake8_keras_graph.analysis.values import Static
from flake8_keras_graph.rules.facts import Facts
from flake8_keras_graph.rules.rule import Report, rule


@rule(
    "KG401",
    "training-branch",
    "note",
    Branch,
    models_only=True,
    sites=("if", "bool", "while"),
    confirmed_by="traces for training",
    remedy="functional",
    fix=None,
    advice="mostly free, `keras-graph measure` tells",
)
def check(event: Branch, facts: Facts) -> Report | None:
    if event.style not in {"if", "elif", "ternary"}:
        return None
    if not isinstance(event.value, Static) or event.value.source != "training":
        return None
    until = event.node if event.style == "ternary" else event.test
    message = "branch on `training` is resolved while tracing: one graph for fit, one for predict"
    return Report(message, until=until)
