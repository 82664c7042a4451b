"""A Python list or dict indexed by a tensor.

## What it finds

`items[t]` where `items` is a Python list, tuple, range, string or dict, or a NumPy array, and `t` is certainly a
tensor.

## What happens

- fit: raises TypeError
- xla: raises TypeError
- tf_keras: raises TypeError
- eager: runs

Python needs an int for a list. While Keras traces `call`, a tensor has no value to take as one. The item of a
list of layers cannot be chosen in the graph; the results of all of them can be stacked and one gathered.

## Bad

```python
import keras
from keras import ops


class Routed(keras.Model):
    def __init__(self):
        super().__init__()
        self.experts = [keras.layers.Dense(1) for _ in range(2)]

    def call(self, inputs):
        chosen = ops.cast(ops.max(inputs) > 0.5, "int32")
        return self.experts[chosen](inputs)  # KG114
```

## Good

```python
import keras
from keras import ops


class Routed(keras.Model):
    def __init__(self):
        super().__init__()
        self.first = keras.layers.Dense(1)
        self.second = keras.layers.Dense(1)

    def call(self, inputs):
        return ops.where(ops.max(inputs) > 0.5, self.second(inputs), self.first(inputs))
```

## Fix

`keras.ops.switch` for the call of an item. Unsafe: an index outside the list picks the first or last item instead
of raising. There is none for other uses of an item.

## When to ignore

Where the class is only ever called eagerly.

## Source

Run by the tests.
"""

from __future__ import annotations

from flake8_keras_graph.analysis.events import TensorIndex
from flake8_keras_graph.analysis.values import is_tensor
from flake8_keras_graph.rules.event_code import text
from flake8_keras_graph.rules.facts import Facts
from flake8_keras_graph.rules.rule import Report, rule


@rule(
    "KG114",
    "tensor-index",
    "error",
    TensorIndex,
    models_only=False,
    sites=("index",),
    confirmed_by="a tensor at its site",
    remedy="fix",
    fix="lookup",
    advice="use `take`",
)
def check(event: TensorIndex, facts: Facts) -> Report | None:
    if not is_tensor(event.value) or event.swallowed:
        return None
    operand = text(event, event.operand)
    error = "NotImplementedError" if event.container == "NumPy array" else "TypeError"
    message = f"a {event.container} indexed by the tensor {operand}: fit raises {error}"
    return Report(message, f"the {event.container} needs a Python index, {operand} has no value while tracing")
