"""`and`, `or`, `not`, a chained comparison or `in` on a tensor.

## What it finds

An operator or builtin that must know whether a tensor is true: `and`, `or`, `not`, `a < b < c`, `in`, and `max`,
`min`, `sum`, `any`, `all`, `sorted`, where the operand is certainly a tensor.

## What happens

- fit: raises OperatorNotAllowedInGraphError
- xla: raises OperatorNotAllowedInGraphError
- tf_keras: staged
- eager: runs

Each of these asks for a Python bool, and while Keras traces `call` a tensor has no value yet. AutoGraph, in
tf_keras, knows `and`, `or`, `not`, chained comparisons and `sorted`; of tensors that are not scalars they fail
there as well, when the graph runs.

## Bad

```python
import keras
from keras import ops


class Both(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        x = self.head(inputs)
        inside = ops.min(x) > -1.0 and ops.max(x) < 1.0  # KG105
        return ops.where(inside, x, x * 0.5)
```

```python
import keras
from keras import ops


class Neither(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        x = self.head(inputs)
        calm = not ops.max(x) > 1.0  # KG105
        return ops.where(calm, x, x * 0.5)
```

## Bad: builtins

AutoGraph does not stage `max`, `min`, `sum`, `any`, `all` and `in`.

- fit: raises OperatorNotAllowedInGraphError
- xla: raises OperatorNotAllowedInGraphError
- tf_keras: raises OperatorNotAllowedInGraphError
- eager: runs

```python
import keras
from keras import ops


class Floor(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        x = self.head(inputs)
        return x * max(ops.mean(x), 1.0)  # KG105
```

```python
import keras
from keras import ops


class Member(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        x = self.head(inputs)
        scale = 2.0 if ops.argmax(x[0]) in (1, 2) else 1.0  # KG105
        return x * scale
```

## Good

```python
import keras
from keras import ops


class Both(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        x = self.head(inputs)
        inside = ops.logical_and(ops.min(x) > -1.0, ops.max(x) < 1.0)
        return ops.where(inside, x, x * 0.5) * ops.maximum(ops.mean(x), 1.0)
```

## Fix

`keras.ops.logical_and`, `logical_or`, `logical_not`, `maximum`, `minimum`, `any`, `all`, ... Safe where the
operands are visibly boolean scalars and all that is done with the result is known to do the same with a tensor: it
is tested, or given to `where`, `cond`, `cast` or `logical_not`. Unsafe elsewhere (`flag is True`, `1 - flag`, an
item of a dict), where Python would give back an operand, and for `max`, `min` and `sum`: they give numbers, treat
nan otherwise or add up in another order. What the first part of an `and` guards stays behind it. There is none for
a chain whose middle would be computed twice and may differ.

## When to ignore

Where the class is only ever called eagerly.

## Source

Run by the tests.
"""

from __future__ import annotations

import libcst as cst

from flake8_keras_graph import knowledge
from flake8_keras_graph.analysis.events import NeedsBool
from flake8_keras_graph.analysis.values import is_tensor
from flake8_keras_graph.rules.event_code import text
from flake8_keras_graph.rules.facts import Facts
from flake8_keras_graph.rules.rule import Report, rule
from flake8_keras_graph.rules.tracing import bool_error, staged

_ITERATING = knowledge.bare_names("iterates", modules=("builtins",))


@rule(
    "KG105",
    "tensor-bool",
    "error",
    NeedsBool,
    models_only=False,
    sites=("bool", "cast", "value"),
    confirmed_by="a tensor at its site",
    remedy="fix",
    fix="boolean",
    advice="use an operation (`logical_and`, `any`, `maximum`)",
)
def check(event: NeedsBool, facts: Facts) -> Report | None:
    if not is_tensor(event.value) or event.swallowed:
        return None
    operand = text(event, event.operand)
    how = event.how if event.how == "chained comparison" else f"`{event.how}`"
    if event.how in _ITERATING:
        how = f"`{event.how}()`"
    if staged(event):
        return Report(f"{how} on the tensor {operand}: AutoGraph stages it to graph operations", level="note")
    message = f"{how} on the tensor {operand}: fit raises {_error(event)}"
    return Report(message, f"{how} needs a Python bool, {operand} has none while tracing")


def _error(event: NeedsBool) -> str:
    """``0.0 in t`` asks the tensor itself, which has no ``__contains__``; ``max(t, 1)`` tests a comparison."""
    right = event.node.comparisons[0].comparator if isinstance(event.node, cst.Comparison) else None
    if event.how == "in":
        return "TypeError" if event.operand is right else "OperatorNotAllowedInGraphError"
    return bool_error(event) if event.how in {"and", "or", "not"} else "OperatorNotAllowedInGraphError"
