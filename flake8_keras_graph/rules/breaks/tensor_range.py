"""`range()` of a tensor or of the batch dimension.

## What it finds

`range(n)` where `n` is certainly a tensor (`tf.shape(x)[0]`, `keras.ops.shape(x)[0]`) or the batch dimension of
a static shape (`x.shape[0]`).

## What happens

- fit: raises TypeError
- xla: raises TypeError
- tf_keras: staged
- eager: runs

`range` needs a Python int. `fit` builds one graph for every batch size, so the size of the batch is a tensor
while Keras traces `call`. tf_keras rewrites `call` with AutoGraph: the loop runs inside the graph, which is a note, and
a warning where it takes the rows of a batch, which is slow.

## Bad

```python
import keras
from keras import ops


class Rows(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        x = self.head(inputs)
        total = ops.zeros(())
        for i in range(ops.shape(x)[0]):  # KG104
            total = total + x[i, 0]
        return x + total
```

## Bad: the static shape

`x.shape[0]` is None while Keras traces `call`, in tf_keras too.

- fit: raises TypeError
- xla: raises TypeError
- tf_keras: raises TypeError
- eager: runs

```python
import keras


class Rows(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        x = self.head(inputs)
        total = 0.0
        for i in range(x.shape[0]):  # KG104
            total = total + x[i, 0]
        return x + total
```

## Good

```python
import keras
from keras import ops


class Rows(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        x = self.head(inputs)
        return x + ops.sum(x)
```

## Fix

As for KG103: one operation on all rows where the loop does nothing else with its index.

## When to ignore

Where the inputs are declared with a `batch_size`. Arrays whose length is a multiple of the batch size give `fit`
a known batch dimension: such a model trains, and raises with the first data of another length.

## Source

Run by the tests.
"""

from __future__ import annotations

from flake8_keras_graph.analysis.events import RangeOver
from flake8_keras_graph.analysis.values import is_tensor
from flake8_keras_graph.rules.event_code import text
from flake8_keras_graph.rules.facts import Facts
from flake8_keras_graph.rules.rule import Report, rule
from flake8_keras_graph.rules.tracing import staged, staged_loop


@rule(
    "KG104",
    "tensor-range",
    "error",
    RangeOver,
    models_only=False,
    sites=("cast", "for", "comprehension"),
    confirmed_by="compiling raises",
    remedy="fix",
    fix="loop",
    advice="use an operation on the whole tensor, or `fori_loop`",
)
def check(event: RangeOver, facts: Facts) -> Report | None:
    if event.swallowed:
        return None
    operand = text(event, event.operand)
    if not is_tensor(event.value):
        unless = "None in fit unless every batch has one size, which raises TypeError"
        message = f"`range()` of the batch dimension {operand}: {unless}"
        return Report(message, f"`range` needs an int, {operand} is None while tracing")
    if staged(event):
        message = f"`range()` of the tensor {operand}: AutoGraph stages it to a loop in the graph"
        return staged_loop(event, message)
    message = f"`range()` of the tensor {operand}: fit raises TypeError"
    return Report(message, f"`range` needs an int, {operand} has no value while tracing")
