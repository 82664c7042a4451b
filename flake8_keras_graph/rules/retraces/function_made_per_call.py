"""`tf.function` made again and again.

## What it finds

`tf.function(...)`, called or used as a decorator, in code that Keras traces; in the body of a Python loop; and in a
function or method that such a loop calls, itself or through others, or in a method that another calls.

Outside of traced code it is left alone where a loop inside calls what was made, where it is kept (on `self`, in a dict,
returned), where a test decides whether it is made, where it holds a loop itself, and where the loop around runs fewer
than five times; and in tests.

## What happens

- fit: once per trace
- xla: once per trace
- tf_keras: once per trace
- eager: retraces

Every run makes a new traced function, which knows nothing of the ones before: it is traced again, for a single call.
In `fit` it is traced along with `call`, and of no use. Measured with a small model, a step took 94 times as long.

## Bad

```python
import keras
import tensorflow as tf


class Squashed(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        @tf.function  # KG404
        def squash(x):
            return tf.tanh(x)

        return squash(self.head(inputs))
```

## Bad: in a method

- script: retraces
- tf_keras: retraces

```python
import keras
import tensorflow as tf

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])


class Runner:
    def __init__(self, model):
        self.model = model

    def scores(self, batch):
        @tf.function  # KG404
        def step(x):
            return self.model(x, training=False)

        return step(batch)


runner = Runner(model)
for _ in range(12):
    runner.scores(tf.ones((8, 4)))
```

## Good

```python
import keras
import tensorflow as tf


@tf.function
def squash(x):
    return tf.tanh(x)


class Squashed(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        return squash(self.head(inputs))
```

## Good: in a method

```python
import keras
import tensorflow as tf

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])


class Runner:
    def __init__(self, model):
        self.model = model

        @tf.function
        def step(x):
            return self.model(x, training=False)

        self.step = step

    def scores(self, batch):
        return self.step(batch)


runner = Runner(model)
for _ in range(12):
    runner.scores(tf.ones((8, 4)))
```

## Fix

A decorated function that reads nothing of the function around it but arguments, globals and its own names is moved
out, above the statement of the module that holds it. Unsafe where it reads what the module assigns: that is then as it
was at the first trace; else safe.

## When to ignore

Where the function is kept and made once only, in a way that cannot be seen here. In traced code, where it is traced
once more in each trace, and in a method that another calls, in no loop that is known, it is a note.

## Source

Run by the tests. `keras-graph measure` makes the function once, in the constructor, and compares both, as fit compiles
them and run eagerly. https://www.tensorflow.org/guide/function#controlling_retracing
"""

from __future__ import annotations

from flake8_keras_graph.analysis.events import Effect
from flake8_keras_graph.analysis.sites import FunctionMade
from flake8_keras_graph.rules.facts import Facts
from flake8_keras_graph.rules.rule import ITS_PLACE, Report, rule


@rule(
    "KG404",
    "function-made-per-call",
    "warning",
    Effect,
    FunctionMade,
    models_only=False,
    sites=ITS_PLACE,
    confirmed_by="runs",
    remedy="function made once",
    fix="made_function",
    advice="make it once, outside",
)
def check(event: Effect | FunctionMade, facts: Facts) -> Report | None:
    if isinstance(event, FunctionMade):
        caller = "another method" if event.by_method else "a loop"
        where = f"in `{event.within}`, which {caller} calls," if event.within else "in a loop"
        message = f"`{event.name}` {where} makes a new function each time, which is traced for a single call"
        return Report(message, level="note" if event.by_method else None)
    if event.word != "traces":
        return None
    message = f"`{event.name}` inside of traced code makes a new function, and a new trace, at every run of it"
    return Report(message, level="note")
