"""`call` branches on an attribute that another method changes.

## What it finds

An `if`, `elif` or conditional expression on `self.name`, where `__init__` sets it to a Python value and a method
that does not run while constructing or tracing sets it to another.

## What happens

- fit: stale
- xla: stale
- tf_keras: stale
- eager: up to date

The branch is decided while Keras traces `call`. Changing the attribute later changes nothing: `fit` and `predict`
go on with the graphs they have, until `compile` is called again.

## Bad

```python
import keras


class Switched(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)
        self.doubled = False

    def double(self):
        self.doubled = True

    def call(self, inputs):
        x = self.head(inputs)
        if self.doubled:  # KG205
            x = x * 2.0 + 1.0
        return x
```

## Good

```python
import keras
import tensorflow as tf
from keras import ops


class Switched(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)
        self.doubled = tf.Variable(False, trainable=False)

    def double(self):
        self.doubled.assign(True)

    def call(self, inputs):
        x = self.head(inputs)
        return ops.where(self.doubled, x * 2.0 + 1.0, x)
```

## Fix

There is none: a variable has another name in checkpoints, and a new compile is needed elsewhere.

## When to ignore

Where the method is only called before the model is first used, or `compile` is called after it.

## Source

Run by the tests. https://www.tensorflow.org/guide/function#depending_on_python_global_and_free_variables
"""

from __future__ import annotations

import libcst as cst

from flake8_keras_graph.analysis.events import Branch
from flake8_keras_graph.analysis.values import is_tensor
from flake8_keras_graph.rules.event_code import attribute_of_self
from flake8_keras_graph.rules.facts import Facts
from flake8_keras_graph.rules.rule import ITS_PLACE, Report, rule
from flake8_keras_graph.syntax.nodes import walk


@rule(
    "KG205",
    "stale-attribute",
    "warning",
    Branch,
    models_only=False,
    sites=ITS_PLACE,
    confirmed_by="goes stale",
    remedy=None,
    fix=None,
)
def check(event: Branch, facts: Facts) -> Report | None:
    if event.style not in {"if", "elif", "ternary"} or is_tensor(event.value) or not facts.may_change(event.place):
        return None
    for node in walk(event.test):
        name = attribute_of_self(event, node)
        method = facts.changed_by(event.place, name) if name and _is_read(event.test, node) else ""
        if method:
            message = f"branch on `self.{name}`, which `{method}` changes: the graph keeps the value of its first trace"
            return Report(message, until=event.node if event.style == "ternary" else event.test)
    return None


def _is_read(test: cst.CSTNode, attribute: cst.CSTNode) -> bool:
    """Whether the value itself is tested, rather than an attribute or an item of it, or a call."""
    for node in walk(test):
        kind = type(node)
        if kind is cst.Call:
            return False
        if (kind is cst.Attribute or kind is cst.Subscript) and node.value is attribute:  # type: ignore[attr-defined]
            return False
    return True
