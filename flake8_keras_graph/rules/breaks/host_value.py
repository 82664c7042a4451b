"""`.numpy()`, `.item()` or `.tolist()` of a tensor.

## What it finds

A method that reads a tensor's value on the host: `.numpy()`, `.item()`, `.tolist()`, and
`keras.ops.convert_to_numpy`.

## What happens

- fit: raises AttributeError
- xla: raises AttributeError
- tf_keras: raises AttributeError
- eager: runs

While Keras traces `call`, the tensor is symbolic: it stands for values that come later, and has none to read.

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
        return x * ops.max(x).numpy()  # KG109
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
        return x * ops.stop_gradient(ops.max(x))
```

## Fix

The tensor without its gradient, for `.numpy()` and `.item()` that go to operations. Unsafe: the value stays a
tensor. There is none for `.tolist()`, nor where another function takes the value.

## When to ignore

In a `train_step` or a layer that is only ever run eagerly.

## Source

Run by the tests. https://keras.io/guides/migrating_to_keras_3/
"""

from __future__ import annotations

from flake8_keras_graph.analysis.events import HostRead
from flake8_keras_graph.analysis.values import Tensor, is_nest, maybe_tensor
from flake8_keras_graph.rules.event_code import text
from flake8_keras_graph.rules.facts import Facts
from flake8_keras_graph.rules.rule import Report, rule


@rule(
    "KG109",
    "host-value",
    "error",
    HostRead,
    models_only=False,
    sites=("host",),
    confirmed_by="a tensor at its site",
    remedy="fix",
    fix="host_value",
    advice="keep it a tensor",
)
def check(event: HostRead, facts: Facts) -> Report | None:
    certain = is_nest(event.value) or (event.method == "numpy" and maybe_tensor(event.value))
    if not certain or event.swallowed:
        return None
    what = text(event, event.node)
    has_method = event.method == "numpy" and isinstance(event.value, Tensor) and event.value.variable
    error = "NotImplementedError" if has_method or event.method == "convert_to_numpy" else "AttributeError"
    message = f"{what} reads a tensor on the host: fit raises {error}, it has no value while tracing"
    return Report(message, f"{what} needs a value, there is none while tracing")
