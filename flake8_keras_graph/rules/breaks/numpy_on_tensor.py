"""A NumPy function given a tensor.

## What it finds

A call of a function of NumPy with an argument that is certainly a tensor, or a list that holds one.

## What happens

- fit: raises NotImplementedError
- xla: raises NotImplementedError
- tf_keras: raises NotImplementedError
- eager: runs

NumPy computes at once, on the host, and needs the values. While Keras traces `call`, a tensor has none. Where
the model runs eagerly, no gradient flows through NumPy.

## Bad

```python
import keras
import numpy as np


class Squashed(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(8)
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        x = self.dense(inputs)
        return self.head(np.tanh(x))  # KG110
```

## Good

```python
import keras
from keras import ops


class Squashed(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(8)
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        x = self.dense(inputs)
        return self.head(ops.tanh(x))
```

## Fix

The function of the same name in `keras.ops`, where it takes the same arguments. Unsafe: it keeps the dtype of the
tensor, where NumPy may have given float64, and lets the gradient through.

## When to ignore

Where the class is only ever called eagerly.

## Source

Run by the tests. https://www.tensorflow.org/guide/function ("NumPy and Python calls are converted to constants")
"""

from __future__ import annotations

from flake8_keras_graph.analysis.events import NumpyCall
from flake8_keras_graph.analysis.values import is_nest
from flake8_keras_graph.rules.event_code import text
from flake8_keras_graph.rules.facts import Facts
from flake8_keras_graph.rules.rule import Report, rule


@rule(
    "KG110",
    "numpy-on-tensor",
    "error",
    NumpyCall,
    models_only=False,
    sites=("numpy", "call"),
    confirmed_by="a tensor at its site",
    remedy="fix",
    fix="numpy",
    advice="use an operation of Keras or TensorFlow",
)
def check(event: NumpyCall, facts: Facts) -> Report | None:
    if not is_nest(event.value) or event.swallowed:
        return None
    operand = text(event, event.operand)
    message = f"`{event.function}` given the tensor {operand}: fit raises, NumPy needs its value"
    return Report(message, f"NumPy needs the value of {operand}, which has none while tracing")
