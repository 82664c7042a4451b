"""A weight whose size, or whose first values, are a tensor of the graph.

## What it finds

A tensor among the sizes that `add_weight` or a layer is given in `build` or `call`, and an initializer there that holds
a tensor made there: `Constant(tensor)`, a lambda that refers to one, an initializer of one's own made with one. Also
`tf.Variable(tensor)` on the first call, where the values follow from what `call` is given.

## What happens

- fit: raises ValueError
- xla: raises ValueError
- tf_keras: runs
- eager: runs

Keras 3 builds a model's layers while it traces `call`, and what TensorFlow computes there is a symbol without a value,
even where all of it is constant. Variables are made outside of that graph, and get neither their shape nor their first
values from it. Where a functional model is made of the layer, Keras builds it before, with values. tf_keras builds
layers outside of the graph, but a tensor that `call` makes is a symbol there too.

## Bad

```python
import keras
import tensorflow as tf


class Weighted(keras.layers.Layer):
    def build(self, input_shape):
        count = tf.reduce_prod(input_shape[1:])
        self.scale = self.add_weight(shape=(count,), initializer="ones")  # KG118

    def call(self, inputs):
        return inputs * self.scale
```

## Bad: an initializer that holds a tensor

- fit: raises InaccessibleTensorError
- xla: raises InaccessibleTensorError
- tf_keras: runs

```python
import keras
import tensorflow as tf


class Offset(keras.layers.Layer):
    def build(self, input_shape):
        start = keras.initializers.Constant(tf.linspace(0.0, 1.0, 4))
        self.offset = self.add_weight(shape=(4,), initializer=start)  # KG118

    def call(self, inputs):
        return inputs + self.offset


class Shifted(keras.Model):
    def __init__(self):
        super().__init__()
        self.offset = Offset()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        return self.head(self.offset(inputs))
```

## Bad: on the first call

- fit: raises ValueError
- xla: raises ValueError
- tf_keras: raises TypeError

```python
import keras
import tensorflow as tf


class Scaled(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)
        self.scale = None

    def call(self, inputs):
        if self.scale is None:
            self.scale = self.add_weight(shape=(tf.shape(inputs)[-1],), name="scale")  # KG116, KG118
        return self.head(inputs * self.scale)
```

## Good

```python
import math

import keras
import numpy as np


class Weighted(keras.layers.Layer):
    def build(self, input_shape):
        count = math.prod(input_shape[1:])
        start = keras.initializers.Constant(np.linspace(0.0, 1.0, count))
        self.scale = self.add_weight(shape=(count,), initializer=start)

    def call(self, inputs):
        return inputs * self.scale
```

What an initializer computes when it is called has values:

```python
import keras
from keras import ops


class Weighted(keras.layers.Layer):
    def build(self, input_shape):
        def halves(shape, dtype=None):
            return ops.ones(shape, dtype) / 2

        self.scale = self.add_weight(shape=(input_shape[-1],), initializer=halves)

    def call(self, inputs):
        return inputs * self.scale
```

## Fix

There is none: sizes are Python numbers in `input_shape` and `x.shape[-1]`, and are computed with Python; values are
computed with NumPy, in `__init__`, or by an initializer when it is called.

## When to ignore

Where the layer is used in functional models only. An initializer in the `build` of a layer that its file makes no part
of another class is a warning for that reason, and one in the `build` of a model is not reported.

## Source

Run by the tests. https://keras.io/guides/making_new_layers_and_models_via_subclassing/
"""

from __future__ import annotations

from flake8_keras_graph.analysis.events import Place, WeightGiven
from flake8_keras_graph.rules.event_code import origin_text
from flake8_keras_graph.rules.facts import Facts, first_place
from flake8_keras_graph.rules.rule import ITS_PLACE, Report, rule


@rule(
    "KG118",
    "dynamic-initializer",
    "error",
    WeightGiven,
    models_only=False,
    sites=ITS_PLACE,
    confirmed_by="compiling raises",
    remedy=None,
    fix=None,
)
def check(event: WeightGiven, facts: Facts) -> Report | None:
    root = first_place(event.place)
    if event.swallowed or not _is_made_in_the_graph(event):
        return None
    what = origin_text(event.value) or "a tensor"
    reason = f"{what} has no value while tracing"
    if root.method != "build":
        return Report(_in_call(event, what), reason) if _raises_in_call(event) else None
    if root.keras != 3:
        return None
    if event.use == "size":
        message = (
            f"`{event.function}` is given {what}, a tensor, as a size: where fit builds the layer in its graph, it "
            "raises ValueError; compute sizes with Python"
        )
        return Report(message, reason)
    if root.kind == "model":
        return None
    message = (
        f"an initializer in `build` holds {what}, a tensor: in a subclassed model fit raises, as it has no value in "
        "the graph; compute it with NumPy, or when the initializer is called"
    )
    return Report(message, reason, level=None if facts.is_part_of_a_class(event.place) else "warning")


def _in_call(event: WeightGiven, what: str) -> str:
    if event.use == "size":
        return f"`{event.function}` is given {what}, a tensor, as a size: fit raises, use the static shape, in `build`"
    return f"the first values of `{event.function}` are {what}, a tensor of the graph: fit raises, as it has none yet"


def _raises_in_call(event: WeightGiven) -> bool:
    """Whether what `call` does raises for the tensor, and not just for making a variable at every run."""
    if event.what == "variable":
        return event.on_first_call and event.place.keras == 3
    return event.place.keras == 3 or event.use != "captured"


def _is_made_in_the_graph(event: WeightGiven) -> bool:
    """Whether one of the functions that run makes the tensor: one that a constructor has made has a value."""
    origin = event.value.why
    place: Place = event.place
    while origin is not None and origin.source is not place.source:
        if place.called_at is None:
            return False
        place = place.called_at[0]
    return origin is not None
