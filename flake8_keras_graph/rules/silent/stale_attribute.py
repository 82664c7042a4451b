"""`call` reads an attribute or a global that other code changes.

## What it finds

An `if`, `elif` or conditional expression on `self.name`, where `__init__` sets it to a Python value and a method
that does not run while constructing or tracing sets it to another. Any other use of such a value as well, where it
starts as a number, a bool or a text; and any use of one, or of a global, that a callback of the file changes, or the
script between two calls of `fit`, `predict` or `evaluate` with no `compile` in between.

## What happens

- fit: stale
- xla: stale
- tf_keras: stale
- eager: up to date

The value is read, and a branch on it decided, while Keras traces `call`. Changing the attribute later changes
nothing: `fit` and `predict` go on with the graphs they have, until `compile` is called again.

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

from flake8_keras_graph.analysis.events import Branch, Read
from flake8_keras_graph.analysis.values import is_tensor
from flake8_keras_graph.rules.event_code import attribute_of_self, only_checks, text
from flake8_keras_graph.rules.facts import Facts
from flake8_keras_graph.rules.rule import ITS_PLACE, Report, rule
from flake8_keras_graph.syntax.nodes import walk


@rule(
    "KG205",
    "stale-attribute",
    "warning",
    Branch,
    Read,
    models_only=False,
    sites=ITS_PLACE,
    confirmed_by="goes stale",
    remedy=None,
    fix=None,
    advice="make it a variable, or an argument",
)
def check(event: Branch | Read, facts: Facts) -> Report | None:
    return _of_read(event, facts) if isinstance(event, Read) else _of_branch(event, facts)


def _of_branch(event: Branch, facts: Facts) -> Report | None:
    if event.style not in {"if", "elif", "ternary"} or is_tensor(event.value) or not facts.may_change(event.place):
        return None
    if only_checks(event):
        return None
    for node in walk(event.test):
        name = attribute_of_self(event, node)
        method = facts.changed_by(event.place, name) if name and _is_read(event.test, node) else ""
        if method:
            message = f"branch on `self.{name}`, which `{method}` changes: the graph keeps the value of its first trace"
            return Report(message, until=event.node if event.style == "ternary" else event.test)
    return None


def _of_read(event: Read, facts: Facts) -> Report | None:
    """Any use of the value: what the graph was built with stays in it."""
    by = event.changed_by
    if event.owner is not None and facts.is_assigned_while_tracing(event.place, event.name):
        return None
    if event.owner is None and not facts.is_in_own_file(event.place):
        return None
    if not by:
        plain = event.owner is not None and facts.starts_plain(event.owner, event.name)
        if (
            not plain
            or facts.prepares_input(event.place)
            or facts.is_tested(event.node)
            or event.owner is not event.place.owner
        ):
            return None
        by = facts.changed_by(event.place, event.name)
    if not by:
        return None
    what = text(event, event.node)
    changes = f"{by} changes it" if " " in by else f"`{by}` changes it"
    return Report(f"{what} is read while tracing, and {changes}: the graph keeps the value of its first trace")


def _is_read(test: cst.CSTNode, attribute: cst.CSTNode) -> bool:
    """Whether the value itself is tested, rather than an attribute or an item of it, or a call."""
    for node in walk(test):
        kind = type(node)
        if kind is cst.Call:
            return False
        if (kind is cst.Attribute or kind is cst.Subscript) and node.value is attribute:  # type: ignore[attr-defined]
            return False
    return True
