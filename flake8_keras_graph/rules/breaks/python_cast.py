"""`int`, `float`, `bool`, `len` or `list` of a tensor.

## What it finds

A call of `int`, `float`, `bool`, `len`, `list`, `tuple` or `set` on what is certainly a tensor, a function of Python's
`math` given one, and a text with one formatted as a number (`f"{loss:.3f}"`).

## What happens

- fit: raises TypeError
- xla: raises TypeError
- tf_keras: staged
- eager: runs

These give Python values, and while Keras traces `call` a tensor has none. AutoGraph, in tf_keras, turns `int`,
`float` and `len` into operations of the graph that give a tensor.

## Bad

```python
import keras
from keras import ops


class Scaled(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        x = self.head(inputs)
        return x * ops.cast(int(ops.max(x) + 10.0), x.dtype)  # KG108
```

```python
import keras
from keras import ops


class Scaled(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        x = self.head(inputs)
        return x * float(ops.max(x))  # KG108
```

## Bad: bool and list

- fit: raises OperatorNotAllowedInGraphError
- xla: raises OperatorNotAllowedInGraphError
- tf_keras: raises OperatorNotAllowedInGraphError
- eager: runs

```python
import keras
from keras import ops


class Rows(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        rows = list(self.head(inputs))  # KG108
        return ops.stack(rows)
```

## Bad: mathematics and texts

AutoGraph does not know these.

- fit: raises TypeError
- xla: raises TypeError
- tf_keras: raises TypeError
- eager: runs

```python
import math

import keras
from keras import ops


class Scaled(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        x = self.head(inputs)
        return x / math.sqrt(1.0 + ops.max(x) ** 2)  # KG108
```

```python
import keras
from keras import ops


class Shown(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        x = self.head(inputs)
        label = f"mean {ops.mean(x):.3f}"  # KG108
        return x if label else -x
```

## Good

```python
import keras
from keras import ops


class Scaled(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        x = self.head(inputs)
        return x * ops.cast(ops.cast(ops.max(x) + 10.0, "int32"), "float32")
```

## Fix

`keras.ops.cast`; `len` as the first of the shape, or as the length of the static one. Those of `len` are safe;
unsafe where the length meets a floating number, as a float32 then, and where it is the batch size, or the class is
for Keras 2, and it is used for more than shapes and slices. Those of `int`, `float` and `bool` are unsafe: the
value stays a tensor, without a gradient, as the Python value had none. There is none for `list`, for a length that
meets what may be a tensor of another dtype, nor where the value goes into a text or to `math`.

## When to ignore

Where the class is only ever called eagerly.

## Source

Run by the tests.
"""

from __future__ import annotations

from flake8_keras_graph.analysis.events import Cast
from flake8_keras_graph.analysis.values import Tensor, is_nest
from flake8_keras_graph.rules.event_code import text
from flake8_keras_graph.rules.facts import Facts
from flake8_keras_graph.rules.rule import Report, rule
from flake8_keras_graph.rules.tracing import bool_error, iteration_error, staged


@rule(
    "KG108",
    "python-cast",
    "error",
    Cast,
    models_only=False,
    sites=("cast",),
    confirmed_by="a tensor at its site",
    remedy="fix",
    fix="cast",
    advice="keep it a tensor",
)
def check(event: Cast, facts: Facts) -> Report | None:
    if not is_nest(event.value) or event.swallowed:
        return None
    operand = text(event, event.operand)
    if staged(event):
        message = f"`{event.function}()` of the tensor {operand}: AutoGraph makes it an operation of the graph"
        return Report(message, level="note")
    if event.function == "format":
        message = f"the tensor {operand} formatted as a number: fit raises TypeError"
        return Report(message, f"{operand} has no value while tracing, only a name")
    message = f"`{event.function}()` of the tensor {operand}: fit raises{_error(event)}"
    return Report(message, f"`{event.function}` needs the value of {operand}, which has none while tracing")


def _error(event: Cast) -> str:
    """What is raised, where that does not depend on a variable's shape."""
    if event.function == "len":
        return " TypeError"
    if event.function == "bool":
        return f" {bool_error(event)}"
    if event.function in {"int", "float"} or event.function.startswith("math."):
        return "" if isinstance(event.value, Tensor) and event.value.variable else " TypeError"
    return f" {iteration_error(event)}"
