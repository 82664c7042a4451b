"""An attribute, list or global updated in `call`.

## What it finds

`self.n += 1`, `self.seen.append(x)` and the like, and updates of a global, in code that Keras traces. An
attribute that the traced code assigns anew in every run is left out.

## What happens

- fit: once per trace
- xla: once per trace
- tf_keras: once per trace
- eager: every step

Python runs while Keras traces `call`: a few times when `fit` begins, and never again. A counter stands at 2 or 3
after a thousand steps, and a list holds as many symbols that have no values.

## Bad

```python
import keras


class Counted(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)
        self.calls = 0

    def call(self, inputs):
        self.calls += 1  # KG203
        return self.head(inputs)
```

```python
import keras


class Remembered(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)
        self.seen = []

    def call(self, inputs):
        x = self.head(inputs)
        self.seen.append(x)  # KG203
        return x
```

```python
import keras

SEEN = []


class Listed(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        SEEN.append(len(SEEN))  # KG203
        return self.head(inputs)
```

## Good

```python
import keras
import tensorflow as tf


class Counted(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)
        self.calls = tf.Variable(0, trainable=False)

    def call(self, inputs):
        self.calls.assign_add(1)
        return self.head(inputs)
```

## Fix

There is none: whether the value is a metric, a weight or a count of traces, only its author knows.

## When to ignore

Where the number of traces is what is counted.

## Source

Run by the tests. https://www.tensorflow.org/guide/function#changing_python_global_and_free_variables
"""

from __future__ import annotations

import libcst as cst

from flake8_keras_graph.analysis.events import Store
from flake8_keras_graph.analysis.values import Tensor, options
from flake8_keras_graph.rules.event_code import attribute_of_self, text
from flake8_keras_graph.rules.facts import Facts
from flake8_keras_graph.rules.rule import ITS_PLACE, Report, rule


@rule(
    "KG203",
    "lost-update",
    "warning",
    Store,
    models_only=False,
    sites=ITS_PLACE,
    confirmed_by="leaves another state",
    remedy=None,
    fix=None,
)
def check(event: Store, facts: Facts) -> Report | None:
    if isinstance(event.node, cst.Assign) or any(isinstance(value, Tensor) for value in options(event.before)):
        return None
    target = _target(event.node)
    if target is None or event.how == "assign":
        return None
    name = attribute_of_self(event, target)
    if event.how != "global" and (not name or facts.is_assigned_while_tracing(event.place, name)):
        return None
    message = f"{text(event, target)} is updated while tracing: once per trace, not at every step"
    branch = facts.branch_on(event.place, name) if name else None
    if branch is not None:
        message += f"; {text(branch, branch.test)} is decided then, for good"
    return Report(message)


def _target(node: cst.CSTNode) -> cst.BaseExpression | None:
    """What is updated: ``x`` of ``x += 1`` and of ``x.append(y)``."""
    if isinstance(node, cst.AugAssign):
        return node.target
    if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute):
        return node.func.value
    return None
