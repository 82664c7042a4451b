"""The batch dimension of a static shape given to an operation as a size.

## What it finds

`x.shape[0]` among the sizes that an operation is given, be it read there, kept in a variable, unpacked from
`x.shape`, or part of a shape that is handed over whole: `reshape(x, (x.shape[0], -1))`, `zeros([b, n])`,
`ones(x.shape)`.

## What happens

- fit: raises TypeError
- xla: raises TypeError
- tf_keras: raises TypeError
- eager: runs

`x.shape[0]` is None while Keras traces `call`, unless every batch has one size and `fit` was told so: it builds one
graph for every batch size, and None is no size. `keras.ops.shape(x)[0]` is the size, as a tensor.

## Bad

```python
import keras
from keras import ops


class Flat(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        return self.head(ops.reshape(inputs, (inputs.shape[0], 4)))  # KG115
```

```python
import keras
from keras import ops


class Start(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        batch, width = inputs.shape
        start = ops.zeros((batch, width))  # KG115
        return self.head(inputs + start)
```

## Bad: a shape as a whole

- fit: raises ValueError
- xla: raises ValueError
- tf_keras: raises ValueError
- eager: runs

```python
import keras
import tensorflow as tf


class Shifted(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        return self.head(inputs + tf.ones(inputs.shape))  # KG115
```

## Good

```python
import keras
from keras import ops


class Flat(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        return self.head(ops.reshape(inputs, (ops.shape(inputs)[0], 4)))
```

One size of a reshape may be left to TensorFlow:

```python
import keras
from keras import ops


class Flat(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        return self.head(ops.reshape(inputs, (-1, inputs.shape[1])))
```

## Fix

The shape is read with `keras.ops.shape(x)`, where it is used or where it is unpacked. Safe; unsafe where another size
is left open with -1, as that one is then not known while tracing, and a Dense needs it. There is none where it comes
out of another function.

## When to ignore

Where every batch has one size that `fit` knows: arrays whose length is a multiple of the batch size, or
`drop_remainder=True`. Nothing is said in files that declare the batch (`batch_shape=`, `Input(..., batch_size=...)`,
every `batch(...)` with `drop_remainder=True`). A function that calls a later dimension the batch itself
(`batch_size = ops.shape(x)[1]`) has its inputs by time, and is left alone; a `tf.function` of one's own is traced once
for each size, unless an `input_signature` says otherwise.

## Source

Run by the tests.
"""

from __future__ import annotations

from flake8_keras_graph.analysis.events import UnknownSize
from flake8_keras_graph.analysis.values import Shape
from flake8_keras_graph.rules.event_code import has_inputs_by_time, origin_text
from flake8_keras_graph.rules.facts import Facts
from flake8_keras_graph.rules.rule import Report, rule


@rule(
    "KG115",
    "batch-size-in-shape",
    "warning",
    UnknownSize,
    models_only=False,
    sites=("call",),
    confirmed_by="compiling raises",
    remedy="fix",
    fix="size",
    advice="use `ops.shape(x)[0]`, `tf.shape(x)[0]` or -1",
)
def check(event: UnknownSize, facts: Facts) -> Report | None:
    if event.swallowed or has_inputs_by_time(event) or facts.declares_batch(event.place):
        return None
    if facts.is_own_function(event.place, but_with=("input_signature", "reduce_retracing", "relax_shapes")):
        return None  # it is traced once for each size that it is called with
    of = origin_text(event.value)
    if isinstance(event.value, Shape):
        what = f"the shape {of}, whose batch dimension is" if of else "a shape whose batch dimension is"
    else:
        what = f"the batch dimension of {of}," if of and not of.endswith("[0]`") else f"the batch dimension {of}:"
    message = f"`{event.function}` is given {what} None in fit unless every batch has one size: it raises"
    return Report(message, "None is no size")
