"""A Model's `call` branches on a Python argument.

## What it finds

An `if`, `elif` or conditional expression in a Model's `call` on a parameter other than `training` whose default is
True, False or a text.

## What happens

- function: retraces
- fit: same graph
- xla: runs
- tf_keras: same graph
- eager: runs

The branch is decided while tracing and costs nothing in the graph. `tf.function(model)` makes one graph for each
value that is passed; `fit` and `predict` cannot pass it and always take the default.

## Bad

```python
import keras
from keras import ops


class Pooled(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs, mode="mean"):
        x = self.head(inputs)
        if mode == "max":  # KG402
            return x + ops.max(x)
        return x + ops.mean(x)
```

## Good

```python
import keras
from keras import ops


class Pooled(keras.Model):
    def __init__(self, mode="mean"):
        super().__init__()
        self.head = keras.layers.Dense(1)
        self.mode = mode

    def call(self, inputs):
        x = self.head(inputs)
        if self.mode == "max":
            return x + ops.max(x)
        return x + ops.mean(x)
```

## Fix

There is none: which values the argument takes is for its callers to say.

## When to ignore

Where only a few values are ever passed: each is compiled once.

## Source

Run by the tests. https://www.tensorflow.org/guide/function#rules_of_tracing
"""

from __future__ import annotations

from flake8_keras_graph.analysis.events import Branch
from flake8_keras_graph.analysis.values import Static
from flake8_keras_graph.rules.event_code import only_checks, text
from flake8_keras_graph.rules.facts import Facts
from flake8_keras_graph.rules.rule import Report, rule


@rule(
    "KG402",
    "argument-branch",
    "note",
    Branch,
    models_only=True,
    sites=("if", "bool", "while"),
    confirmed_by="traces for an argument",
    remedy="functional",
    fix=None,
    advice="pass few values",
)
def check(event: Branch, facts: Facts) -> Report | None:
    if event.place.method != "call":
        return None
    if event.style not in {"if", "elif", "ternary"} or only_checks(event):
        return None
    if not isinstance(event.value, Static) or event.value.source != "argument":
        return None
    until = event.node if event.style == "ternary" else event.test
    what = text(event, event.test)
    return Report(f"branch on the Python argument in {what}: resolved while tracing, one graph per value", until=until)
