"""Python `while` on a tensor.

## What it finds

A `while` whose test is certainly a tensor.

## What happens

- fit: raises OperatorNotAllowedInGraphError
- xla: raises OperatorNotAllowedInGraphError
- tf_keras: staged
- eager: runs

`while` needs a Python bool before every iteration, and while Keras traces `call` a tensor has no value yet.
tf_keras rewrites `call` with AutoGraph: the loop runs inside the graph.

## Bad

```python
import keras
from keras import ops


class Shrunk(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        x = inputs
        while ops.max(ops.abs(x)) > 0.1:  # KG102
            x = x * 0.5
        return self.head(x)
```

## Good

```python
import keras
from keras import ops


class Shrunk(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        (x,) = ops.while_loop(
            lambda x: ops.max(ops.abs(x)) > 0.1,
            lambda x: (x * 0.5,),
            (inputs,),
            maximum_iterations=32,
        )
        return self.head(x)
```

## Fix

`keras.ops.while_loop` with `maximum_iterations`, where the loop counts its steps up to a bound: XLA cannot train
through one without. Unsafe: shapes and dtypes have to stay the same from step to step.

## When to ignore

Where the class is only ever called eagerly.

## Source

Run by the tests. Why `maximum_iterations`: KG305.
"""

from __future__ import annotations

from flake8_keras_graph.analysis.events import Branch
from flake8_keras_graph.analysis.values import is_tensor
from flake8_keras_graph.rules.event_code import text
from flake8_keras_graph.rules.facts import Facts
from flake8_keras_graph.rules.rule import Report, rule
from flake8_keras_graph.rules.tracing import bool_error, staged


@rule(
    "KG102",
    "tensor-while",
    "error",
    Branch,
    models_only=False,
    sites=("while",),
    confirmed_by="a tensor at its site",
    remedy="fix",
    fix="while",
    advice="use `while_loop`",
)
def check(event: Branch, facts: Facts) -> Report | None:
    if event.style != "while" or not is_tensor(event.value) or event.swallowed:
        return None
    operand = text(event, event.operand)
    if staged(event):
        message = f"`while` on the tensor {operand}: AutoGraph stages it to a while loop in the graph"
        return Report(message, until=event.test, level="note")
    message = f"`while` on the tensor {operand}: fit raises {bool_error(event)}"
    return Report(message, f"the `while` needs a Python bool, {operand} has none while tracing", event.test)
