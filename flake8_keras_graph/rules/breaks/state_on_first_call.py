"""A layer or a weight made by the first call.

## What it finds

A layer that holds variables, or `add_weight`, under a test of an attribute that the code below it sets:
`if self.dense is None: self.dense = ...`, `if not hasattr(self, "dense")`.

## What happens

- fit: raises ValueError
- xla: raises ValueError
- tf_keras: runs

Keras 3 locks a layer once it is built, and state that is made later is refused. Where nothing else of the layer is
left to build, or it has a `build` of its own, that is before the first call. Where other layers of it are not built
yet, Keras calls it once to build them, and it trains; but `load_model` locks it before, and raises ValueError.

## Bad

```python
import keras


class Lazy(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = None

    def call(self, inputs):
        if self.head is None:
            self.head = keras.layers.Dense(1)  # KG116
        return self.head(inputs)
```

## Bad: beside layers that are not built

- fit: runs
- xla: runs
- tf_keras: runs

```python
import keras


class Projected(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)
        self.shortcut = None

    def call(self, inputs):
        if self.shortcut is None:
            self.shortcut = keras.layers.Dense(1)  # KG116
        return self.head(inputs) + self.shortcut(inputs)
```

## Good

```python
import keras


class Lazy(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        return self.head(inputs)
```

## Fix

It is made in `__init__`, or in `build` where it depends on the shape of the input (`x.shape[-1]` is `input_shape[-1]`),
or the class has a `build`. Unsafe: it is there before the first call. There is none where it depends on what only
`call` knows, where more than one test decides, and where `build` would have to build other layers too, as `load_model`
calls nothing else.

## When to ignore

Where the class is only ever called eagerly. Metrics take weights at any time.

## Source

Run by the tests. https://keras.io/guides/making_new_layers_and_models_via_subclassing/#best-practice-deferring-weight-creation-until-the-shape-of-the-inputs-is-known
"""

from __future__ import annotations

from flake8_keras_graph.analysis.events import Create
from flake8_keras_graph.rules.event_code import text
from flake8_keras_graph.rules.facts import Facts
from flake8_keras_graph.rules.rule import ITS_PLACE, Handling, Report, rule


@rule(
    "KG116",
    "state-on-first-call",
    "error",
    Create,
    models_only=False,
    sites=ITS_PLACE,
    confirmed_by="compiling raises",
    remedy=None,
    fix="first_call",
    otherwise=Handling(models_only=False, remedy=None, fix="first_call"),
)
def check(event: Create, facts: Facts) -> Report | None:
    if not event.stateful or not event.on_first_call or event.swallowed or event.place.keras != 3:
        return None
    if event.name == "tf.Variable" or event.place.kind == "metric":
        return None  # Keras 3 keeps no account of it, or takes it at any time
    what = text(event, event.node)
    reason = f"{what} adds state once the layer is built"
    if facts.is_locked_in_fit(event.place):
        message = f"{what} in the first call: fit raises ValueError, a built layer takes no more: make it in `build`"
        return Report(message, reason)
    message = f"{what} in the first call: it trains, but load_model raises ValueError: make it in `build`"
    return Report(message, reason, level="warning")
