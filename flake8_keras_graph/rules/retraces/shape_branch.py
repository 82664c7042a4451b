"""A Model's `call` branches on a static shape.

## What it finds

An `if`, `elif` or conditional expression in a Model's `call` whose test is decided by a static shape. A check that
raises is left out.

## What happens

- function: retraces
- fit: same graph
- xla: runs
- tf_keras: same graph
- eager: runs

The branch is decided while tracing and costs nothing in the graph. Inputs of another shape get a graph of their
own. Where a dimension differs from batch to batch, `fit` may trace again with None for it, and a comparison
with None raises.

## Bad

```python
import keras
from keras import ops


class Cropped(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        x = inputs
        if x.shape[1] > 3:  # KG403
            x = x[:, :3]
        return self.head(ops.mean(x, axis=1, keepdims=True))
```

## Good

```python
import keras
from keras import ops


class Cropped(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        x = inputs[:, :3]
        return self.head(ops.mean(x, axis=1, keepdims=True))
```

## Fix

There is none: a branch on a shape may be what the model is about.

## When to ignore

Where all inputs have one shape, or a few.

## Source

Run by the tests. `keras-graph measure` makes no rewrite to compare: which side inputs of another shape need is not seen
with inputs of one. https://www.tensorflow.org/guide/function#controlling_retracing
"""

from __future__ import annotations

from flake8_keras_graph.analysis.events import Branch
from flake8_keras_graph.analysis.values import Dim, Shape, Static, Value
from flake8_keras_graph.rules.event_code import only_checks, text
from flake8_keras_graph.rules.facts import Facts
from flake8_keras_graph.rules.rule import Report, rule


@rule(
    "KG403",
    "shape-branch",
    "note",
    Branch,
    models_only=True,
    sites=("if", "bool", "while", "value"),
    confirmed_by="traces for a shape",
    remedy="one shape",
    fix=None,
    advice="let few shapes occur",
)
def check(event: Branch, facts: Facts) -> Report | None:
    if event.style not in {"if", "elif", "ternary"}:
        return None
    if not _is_shape(event.value) or only_checks(event):
        return None
    until = event.node if event.style == "ternary" else event.test
    what = text(event, event.test)
    return Report(f"branch on the static shape in {what}: resolved while tracing, one graph per shape", until=until)


def _is_shape(value: Value) -> bool:
    if isinstance(value, Static):
        return value.source == "shape"
    return isinstance(value, Shape) or (isinstance(value, Dim) and value.style == "static")
