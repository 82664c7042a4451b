"""`try` / `except` around Python that needs a tensor's value.

## What it finds

Code that raises while Keras traces `call` (a tensor in an `if`, iterated, cast ...), under an `except` that
catches the error and goes on.

## What happens

- fit: differs from eager
- xla: differs from eager
- tf_keras: staged
- eager: runs

The error that would have stopped `fit` is caught, and the graph is built from what the handler leaves. The model
trains, but on other code than the one that runs eagerly. tf_keras rewrites `call` with AutoGraph: what it can
stage does not raise, what it cannot is swallowed there as well.

## Bad

```python
import keras
from keras import ops


class Guarded(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        x = self.head(inputs)
        try:
            if ops.max(x) < 1e9:  # KG206
                x = x * 2.0 + 1.0
        except Exception:
            pass
        return x
```

## Bad: what AutoGraph does not stage

- fit: differs from eager
- xla: differs from eager
- tf_keras: differs from eager
- eager: runs

```python
import keras
from keras import ops


class Guarded(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        x = self.head(inputs)
        try:
            x = ops.stack(list(x)) * 2.0 + 1.0  # KG206
        except TypeError:
            pass
        return x
```

## Good

```python
import keras
from keras import ops


class Guarded(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        x = self.head(inputs)
        return ops.where(ops.max(x) < 1e9, x * 2.0 + 1.0, x)
```

## Fix

There is none: what the `except` was for, only its author knows.

## When to ignore

Where the handler is meant for tracing, and does the same by other means.

## Source

Run by the tests.
"""

from __future__ import annotations

from flake8_keras_graph.analysis.events import (
    Branch,
    Cast,
    Event,
    HostRead,
    Iterate,
    NeedsBool,
    NumpyCall,
    RangeOver,
    TensorIndex,
    Unpack,
)
from flake8_keras_graph.analysis.values import is_tensor
from flake8_keras_graph.rules.facts import Facts
from flake8_keras_graph.rules.rule import ITS_PLACE, Report, rule
from flake8_keras_graph.rules.tracing import staged


@rule(
    "KG206",
    "swallowed-graph-error",
    "warning",
    Branch,
    Cast,
    HostRead,
    Iterate,
    NeedsBool,
    NumpyCall,
    RangeOver,
    TensorIndex,
    Unpack,
    models_only=False,
    sites=ITS_PLACE,
    confirmed_by="results unlike eager ones",
    remedy=None,
    fix=None,
    advice="choose with `cond`",
)
def check(event: Event, facts: Facts) -> Report | None:
    if not event.swallowed or staged(event) or not is_tensor(event.value):  # type: ignore[attr-defined]
        return None
    if isinstance(event, Branch) and event.style == "match":
        return None
    until = event.test if isinstance(event, Branch) and event.style != "ternary" else None
    return Report("this raises while tracing, and the `except` hides it: the graph is built without it", until=until)
