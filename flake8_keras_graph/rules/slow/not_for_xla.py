"""An operation that XLA does not compile.

## What it finds

An operation that XLA has no kernel for (`tf.print`, `max_pool_with_argmax`, `bincount`, texts, ragged ranges), or one
whose result has a size that depends on values that the model computes: `tf.range(n)`, `repeat(x, counts)`,
`one_hot(x, n)`, `sequence_mask(lengths)` without `maxlen`, `reshape` to computed sizes.

## What happens

- fit: runs
- xla: raises InvalidArgumentError
- tf_keras: runs
- eager: runs

Keras 3 compiles with XLA where it can (`jit_compile="auto"`), which is on a GPU: what trains on a CPU stops there.
XLA knows every size while it compiles. `boolean_mask`, `where` with one argument and `unique` have sizes with a bound,
and compile.

## Bad

```python
import keras
import tensorflow as tf


class Counting(keras.Model):
    def __init__(self):
        super().__init__()
        self.step = keras.layers.Dense(4, activation="sigmoid")
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        x = self.step(inputs)
        count = tf.cast(tf.reduce_max(x), "int32") + 2
        return self.head(x + tf.cast(tf.reduce_sum(tf.range(count)), x.dtype))  # KG308
```

```python
import keras
import tensorflow as tf


class Masked(keras.Model):
    def __init__(self):
        super().__init__()
        self.step = keras.layers.Dense(4, activation="sigmoid")
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        x = self.step(inputs)
        mask = tf.sequence_mask(tf.cast(x[:, 0], "int32") + 1)  # KG308
        return self.head(x) + tf.reduce_sum(tf.cast(mask, x.dtype))
```

## Bad: no kernel

- fit: runs
- xla: raises InvalidArgumentError
- tf_keras: runs
- eager: runs

```python
import keras
import tensorflow as tf


class Binned(keras.Model):
    def __init__(self):
        super().__init__()
        self.step = keras.layers.Dense(4, activation="sigmoid")
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        x = self.step(inputs)
        counts = tf.math.bincount(tf.cast(x[:, 0] * 4.0, "int32"), minlength=4, maxlength=4)  # KG308
        return self.head(x) + tf.cast(tf.reduce_max(counts), x.dtype)
```

## Good

Sizes from shapes, and masks instead of parts:

```python
import keras
from keras import ops


class Masked(keras.Model):
    def __init__(self):
        super().__init__()
        self.step = keras.layers.Dense(4, activation="sigmoid")
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        x = self.step(inputs)
        length = ops.cast(x[:, :1] * 4.0, "int32")
        mask = ops.arange(ops.shape(x)[1]) < length
        return self.head(x * ops.cast(mask, x.dtype))
```

## Fix

There is none: what bounds a size only its author knows.

## When to ignore

Where the model is compiled with `jit_compile=False`, and in layers that say `supports_jit = False`: files that do
either are left alone, as are what prepares data and a `tf.function` of one's own without `jit_compile`.

## Source

Run by the tests. https://www.tensorflow.org/xla/known_issues
"""

from __future__ import annotations

import libcst as cst

from flake8_keras_graph.analysis.events import NotForXla, ValueSize
from flake8_keras_graph.analysis.values import Value
from flake8_keras_graph.rules.facts import Facts, first_place
from flake8_keras_graph.rules.rule import ITS_PLACE, Report, rule

MAX_ORIGINS = 100
"""So many reasons of a value are gone through."""


@rule(
    "KG308",
    "not-for-xla",
    "warning",
    NotForXla,
    ValueSize,
    models_only=False,
    sites=ITS_PLACE,
    confirmed_by="training under XLA raises",
    remedy=None,
    fix=None,
    advice="use sizes that are known, or leave it out of what XLA compiles",
)
def check(event: NotForXla | ValueSize, facts: Facts) -> Report | None:
    if first_place(event.place).keras != 3 or facts.prepares_input(event.place) or facts.turns_xla_off(event.place):
        return None
    if facts.is_own_function(event.place, but_with=("jit_compile", "experimental_compile")):
        return None  # nothing compiles it with XLA by default
    where = "(jit_compile, the default on a GPU)"
    if isinstance(event, ValueSize):
        if not _is_computed(event.value):
            return None  # what a caller puts among the inputs may be a number
        return Report(f"XLA does not compile `{event.function}` to a size that depends on values {where}")
    return Report(f"XLA does not compile `{event.function}` {where}")


def _is_computed(value: Value) -> bool:
    """Whether a function or a layer gave the value, and not the caller alone, with some arithmetic."""
    origin = value.why
    for _ in range(MAX_ORIGINS):
        if origin is None:
            return False
        if isinstance(origin.node, cst.Call) and not origin.text.startswith("passed to"):
            return True
        origin = origin.before
    return True
