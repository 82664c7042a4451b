"""`@tf.function` on a Model's `call`.

## What it finds

A Model subclass whose `call` is decorated with `tf.function`: a warning where its file compiles or fits models, a note
where it only defines the class. One that its file trains with a GradientTape, or makes and never fits, is left alone,
unless it hands an `Input` to `self.call` itself, which is an error; and so are tests.

## What happens

- fit: raises ValueError
- xla: raises ValueError
- tf_keras: runs
- eager: raises ValueError

`fit` compiles `call` by itself. With a traced function of its own inside, Keras 3 builds the weights within that
function's trace, and no gradient reaches them: "No gradients provided for any variable". A model that was built
before `fit` trains; the decorator then gains nothing. In tf_keras it does no harm. What `Input` gives is no tensor:
`self(keras.Input(...))` is understood, `self.call(keras.Input(...))` goes past Keras to the traced function and raises.

## Bad

```python
import keras
import tensorflow as tf


class Plain(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    @tf.function  # KG502
    def call(self, inputs):
        return self.head(inputs)


def train(x, y):
    model = Plain()
    model.compile("sgd", "mse")
    model.fit(x, y)
```

## Bad: given an Input

- script: raises ValueError
- tf_keras: raises TypeError

```python
import keras
import tensorflow as tf


class Plain(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)
        self.call(keras.Input((4,)))

    @tf.function  # KG502
    def call(self, inputs):
        return self.head(inputs)
```

## Good

```python
import keras


class Plain(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        return self.head(inputs)
```

## Fix

The decorator is taken away. Unsafe: outside of `fit` the call then runs eagerly, and without AutoGraph.

## When to ignore

Where the model is built before it is trained, and AutoGraph is wanted for the Python in `call`.

## Source

Run by the tests.
"""

from __future__ import annotations

from flake8_keras_graph.analysis.sites import FunctionOnCall
from flake8_keras_graph.records import Level
from flake8_keras_graph.rules.facts import Facts
from flake8_keras_graph.rules.rule import ITS_PLACE, Report, rule


@rule(
    "KG502",
    "function-on-call",
    "warning",
    FunctionOnCall,
    models_only=False,
    sites=ITS_PLACE,
    confirmed_by="fit raises",
    remedy="fix",
    fix="decorated_call",
    advice="leave it out, fit compiles `call` itself",
)
def check(event: FunctionOnCall, facts: Facts) -> Report | None:
    if event.is_given_symbols:
        error = "TypeError" if event.keras == 2 else "ValueError"
        return Report(f"`@tf.function` on `call`: `self.call` of an Input raises {error}", level="error")
    if event.keras == 2 or event.fitted == "no":
        return None
    level: Level | None = "note" if event.fitted == "elsewhere" else None
    return Report(
        "`@tf.function` on `call`: fit raises ValueError (no gradients) unless the model is built before", level=level
    )
