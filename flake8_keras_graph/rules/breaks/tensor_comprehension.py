"""A comprehension over a tensor, or filtered by one.

## What it finds

A list, set or dict comprehension or a generator over what is certainly a tensor, or with an `if` that certainly
tests one.

## What happens

- fit: raises OperatorNotAllowedInGraphError
- xla: raises OperatorNotAllowedInGraphError
- tf_keras: raises OperatorNotAllowedInGraphError
- eager: runs

A comprehension needs the items, and a Python bool for every `if`. While Keras traces `call` a tensor has
neither. AutoGraph does not rewrite comprehensions, so tf_keras raises as well.

## Bad

```python
import keras
from keras import ops


class Rows(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        return ops.stack([row * 0.5 for row in self.head(inputs)])  # KG107
```

```python
import keras
from keras import ops


class Large(keras.Model):
    def __init__(self):
        super().__init__()
        self.heads = [keras.layers.Dense(1) for _ in range(2)]

    def call(self, inputs):
        parts = [inputs[:, 0:2], inputs[:, 2:4]]
        kept = [part for part in parts if ops.max(part) < 1e9]  # KG107
        return self.heads[0](kept[0])
```

## Good

```python
import keras


class Rows(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        return self.head(inputs) * 0.5
```

## Fix

As for KG103, where the list is stacked into a tensor at once. There is none for a comprehension with an `if`: how
many items it keeps depends on values.

## When to ignore

Where the class is only ever called eagerly. `keras.ops.unstack` gives a list, which a comprehension can go over.

## Source

Run by the tests.
"""

from __future__ import annotations

from flake8_keras_graph.analysis.events import Branch, Iterate
from flake8_keras_graph.analysis.values import is_tensor
from flake8_keras_graph.rules.event_code import text
from flake8_keras_graph.rules.facts import Facts
from flake8_keras_graph.rules.rule import Report, rule
from flake8_keras_graph.rules.tracing import bool_error, iteration_error


@rule(
    "KG107",
    "tensor-comprehension",
    "error",
    Iterate,
    Branch,
    models_only=False,
    sites=("comprehension",),
    confirmed_by="a tensor at its site",
    remedy="fix",
    fix="comprehension",
    advice="use an operation on the whole tensor",
)
def check(event: Iterate | Branch, facts: Facts) -> Report | None:
    if not is_tensor(event.value) or event.swallowed:
        return None
    operand = text(event, event.operand)
    if isinstance(event, Iterate):
        if event.how != "comprehension":
            return None
        message = f"comprehension over the tensor {operand}: fit raises {iteration_error(event)}"
        return Report(message, f"iterating {operand} needs its length, unknown while tracing")
    if event.style != "comprehension":
        return None
    message = f"comprehension filtered by the tensor {operand}: fit raises {bool_error(event)}"
    return Report(message, f"the filter needs a Python bool, {operand} has none while tracing")
