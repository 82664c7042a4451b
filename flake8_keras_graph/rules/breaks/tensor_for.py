"""Python iteration over a tensor.

## What it finds

`for`, `zip`, `enumerate`, `map` or a star over what is certainly a tensor. `tf.range(n)` is one.

## What happens

- fit: raises OperatorNotAllowedInGraphError
- xla: raises OperatorNotAllowedInGraphError
- tf_keras: staged
- eager: runs

Python needs to know how many items there are. While Keras traces `call`, iterating a tensor raises, even where
its shape is known. tf_keras rewrites `call` with AutoGraph: a plain `for` runs inside the graph, one iteration
after the other: a note, and a warning where it takes the rows of a batch, which is slow.

## Bad

```python
import keras
import tensorflow as tf


class Steps(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        x = inputs
        for _ in tf.range(3):  # KG103
            x = x * 0.5
        return self.head(x)
```

```python
import keras
from keras import ops


class Rows(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        total = ops.zeros((1,))
        for row in self.head(inputs):  # KG103
            total = total + row
        return self.head(inputs) + total
```

## Bad: zip, enumerate, map and a star

AutoGraph does not stage these.

- fit: raises OperatorNotAllowedInGraphError
- xla: raises OperatorNotAllowedInGraphError
- tf_keras: raises OperatorNotAllowedInGraphError
- eager: runs

```python
import keras


class Pairs(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        x = self.head(inputs)
        total = 0.0
        for left, right in zip(x, x[1:]):  # KG103
            total = total + left * right
        return x + total
```

```python
import keras
from keras import ops


class Rows(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        x = self.head(inputs)
        return ops.stack([*x])  # KG103
```

## Good

```python
import keras


class Steps(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        x = inputs * 0.5**3
        return self.head(x)
```

```python
import keras
from keras import ops


class Rows(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        x = self.head(inputs)
        return x + ops.sum(x, axis=0)
```

## Fix

One operation on the whole tensor where each row is only put through elementwise functions (safe, unless what is
looped over may be a variable or no tensor), `keras.ops.vectorized_map` or a sum elsewhere (unsafe: rows all at
once, numbers added in another order). `tf.range` of a Python number becomes `range`: safe where the loop variable
is not used, which is a Python int then. There is none where the loop variable is used after the loop, or what
raises in the loop may be caught.

## When to ignore

Where the class is only ever called eagerly. `tf.unstack` and `keras.ops.unstack` give a list, which can be
iterated.

## Source

Run by the tests. https://www.tensorflow.org/guide/function#loops
"""

from __future__ import annotations

from flake8_keras_graph.analysis.events import Iterate
from flake8_keras_graph.analysis.values import is_tensor
from flake8_keras_graph.rules.event_code import text
from flake8_keras_graph.rules.facts import Facts
from flake8_keras_graph.rules.rule import Report, rule
from flake8_keras_graph.rules.tracing import iteration_error, staged, staged_loop


@rule(
    "KG103",
    "tensor-for",
    "error",
    Iterate,
    models_only=False,
    sites=("for", "comprehension", "cast"),
    confirmed_by="a tensor at its site",
    remedy="fix",
    fix="loop",
    advice="use an operation on the whole tensor, or `fori_loop`",
)
def check(event: Iterate, facts: Facts) -> Report | None:
    if event.how == "comprehension" or not is_tensor(event.value) or event.swallowed:
        return None
    if event.how in {"iter", "zip"} and iteration_error(event) == "ValueError":
        return None  # a Keras variable has items; only what comes after the last raises
    operand = text(event, event.operand)
    how = "`for` over" if event.how == "for" else "`*`" if event.how == "star" else f"`{event.how}()` over"
    if staged(event):
        if event.how == "sorted":
            message = f"{how} the tensor {operand}: AutoGraph makes it an operation of the graph"
            return Report(message, level="note")
        return staged_loop(event, f"{how} the tensor {operand}: AutoGraph stages it to a loop in the graph")
    error = "TypeError" if event.how == "reversed" else iteration_error(event)
    message = f"{how} the tensor {operand}: fit raises {error}"
    return Report(message, f"iterating {operand} needs its length, unknown while tracing")
