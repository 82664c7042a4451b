"""`tf.py_function` or `tf.numpy_function` in `call`.

## What it finds

`tf.py_function` and `tf.numpy_function` in code that Keras traces.

## What happens

- fit: calls Python
- xla: raises InvalidArgumentError
- tf_keras: calls Python
- eager: runs

The graph stops at every step, hands the tensor to Python and waits. Python runs on the host, one call at a time;
XLA refuses to compile it, and a saved model does not contain it. On a GPU Keras 3 compiles with XLA by default.

## Bad

```python
import keras
import tensorflow as tf


def squash(x):
    return tf.tanh(x)


class Squashed(keras.layers.Layer):
    def call(self, inputs):
        x = tf.py_function(squash, [inputs], tf.float32)  # KG304
        x.set_shape(inputs.shape)
        return x
```

## Good

```python
import keras
import tensorflow as tf


def squash(x):
    return tf.tanh(x)


class Squashed(keras.layers.Layer):
    def call(self, inputs):
        return squash(inputs)
```

## Fix

The function is called as it is where it consists of TensorFlow's operations: safe for `py_function` of tensors,
where nothing asks for the shape of what it gives, unsafe for `numpy_function`, which stopped the gradient. Where
it computes with NumPy, each operation is replaced by the one of `keras.ops` that keeps the dtype. That is unsafe:
it computes in the dtype of its input, and the gradient goes through, which NumPy stopped. There is none where the
function branches, loops, draws or writes, makes arrays of its own (they are float64), or is used elsewhere as
well.

## When to ignore

Where a library without a TensorFlow equivalent has to be called, and the model runs on a CPU.

## Source

Run by the tests. `keras-graph measure` tells what it costs in a given model against the operations of `keras.ops` that
the function computes with NumPy, where there are such. https://www.tensorflow.org/api_docs/python/tf/numpy_function
"""

from __future__ import annotations

from flake8_keras_graph.analysis.events import Effect
from flake8_keras_graph.rules.facts import Facts
from flake8_keras_graph.rules.rule import ITS_PLACE, Report, rule


@rule(
    "KG304",
    "host-callback",
    "warning",
    Effect,
    models_only=False,
    sites=ITS_PLACE,
    confirmed_by="runs",
    remedy="an operation",
    fix="host_callback",
    advice="use operations",
)
def check(event: Effect, facts: Facts) -> Report | None:
    if event.place.way == "own function":
        return None  # to load data, most often, as no model does
    if event.word != "host-callback":
        return None
    return Report(f"`{event.name}` calls Python on the host at every step; XLA does not compile it")
