"""A training loop that nothing compiles.

## What it finds

A loop outside of classes that calls a model under `tf.GradientTape`, itself or through a function of the same
file, where neither is under `tf.function` or handed to something that may compile it.

## What happens

- script: every step
- tf_keras: every step

Outside of `fit` nothing is compiled unless one asks for it: Python runs the model, the loss and the gradient
operation by operation, at every step. One function under `@tf.function` around the step is all it takes.

## Bad

```python
import keras
import tensorflow as tf


class Plain(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        return self.head(inputs)


model = Plain()
optimizer = keras.optimizers.SGD(0.01)
batch = tf.ones((8, 4))
for _ in range(6):  # KG503
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(model(batch)))
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
```

```python
import keras
import tensorflow as tf


class Plain(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        return self.head(inputs)


model = Plain()
optimizer = keras.optimizers.SGD(0.01)


def step(batch):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(model(batch)))
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))


for _ in range(6):  # KG503
    step(tf.ones((8, 4)))
```

## Good

```python
import keras
import tensorflow as tf


class Plain(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        return self.head(inputs)


model = Plain()
model(tf.ones((8, 4)))
optimizer = keras.optimizers.SGD(0.01)
optimizer.build(model.trainable_variables)


@tf.function
def step(batch):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(model(batch)))
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))


for _ in range(6):
    step(tf.ones((8, 4)))
```

## Fix

There is none: the step has to become a function of its own, and what it reads its arguments.

## When to ignore

Where a few steps are taken, or a step does work on the host that dwarfs the model's.

## Source

Run by the tests. https://keras.io/guides/writing_a_custom_training_loop_in_tensorflow/
"""

from __future__ import annotations

from flake8_keras_graph.analysis.sites import EagerLoop
from flake8_keras_graph.rules.facts import Facts
from flake8_keras_graph.rules.rule import ITS_PLACE, Report, rule


@rule(
    "KG503",
    "eager-train-loop",
    "warning",
    EagerLoop,
    models_only=False,
    sites=ITS_PLACE,
    confirmed_by="not run",
    remedy="compiled",
    fix=None,
    advice="compile the step by tf.function, or use fit",
)
def check(event: EagerLoop, facts: Facts) -> Report | None:
    return Report(f"training loop around `{event.model}` outside of any tf.function: Python runs it at every step")
