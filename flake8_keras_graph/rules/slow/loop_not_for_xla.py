"""A loop inside the graph that XLA cannot train.

## What it finds

`keras.ops.fori_loop`, `keras.ops.scan`, and `while_loop` without `maximum_iterations`, in the methods that `call`
of a layer or model and `train_step` run. Functions outside of classes are left out: many compute indices, through
which no gradient flows.

## What happens

- fit: runs
- xla: raises InvalidArgumentError
- tf_keras: runs
- eager: runs

The gradient needs what every iteration computed, and XLA must know how much room that takes: without a bound it
raises "XLA compilation requires a fixed tensor list size". On a GPU Keras 3 compiles with XLA by default: a model
that trains on a CPU fails on the GPU. Where no gradient flows through the loop, XLA takes it.

## Bad

```python
import keras
from keras import ops


class Repeated(keras.Model):
    def __init__(self):
        super().__init__()
        self.step = keras.layers.Dense(4)
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        x = self.step(inputs)
        x = ops.fori_loop(0, 3, lambda i, x: ops.tanh(x), x)  # KG305
        return self.head(x)
```

```python
import keras
from keras import ops


class Repeated(keras.Model):
    def __init__(self):
        super().__init__()
        self.step = keras.layers.Dense(4)
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        x = self.step(inputs)
        _, x = ops.while_loop(lambda i, x: i < 3, lambda i, x: (i + 1, ops.tanh(x)), (0, x))  # KG305
        return self.head(x)
```

## Good

```python
import keras
from keras import ops


class Repeated(keras.Model):
    def __init__(self):
        super().__init__()
        self.step = keras.layers.Dense(4)
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        x = self.step(inputs)
        _, x = ops.while_loop(
            lambda i, x: i < 3, lambda i, x: (i + 1, ops.tanh(x)), (0, x), maximum_iterations=3
        )
        return self.head(x)
```

## Fix

`fori_loop` from 0 to a Python number becomes `while_loop(maximum_iterations=)`: safe, the steps are the same,
unless the function may change the bound on the way. There is none for `scan` and for a `while_loop` whose bound
only its author knows.

## When to ignore

Where no gradient flows through the loop (decoding), or the model is compiled with `jit_compile=False`.
`keras.ops.map`, `tf.map_fn` and `tf.scan` set a bound by themselves.

## Source

Run by the tests. https://www.tensorflow.org/xla/known_issues
"""

from __future__ import annotations

from flake8_keras_graph import knowledge
from flake8_keras_graph.analysis.events import Effect
from flake8_keras_graph.rules.facts import Facts
from flake8_keras_graph.rules.rule import ITS_PLACE, Report, rule

_WITHOUT_BOUND = knowledge.names_where(xla="no gradient")
_BOUND_ON_REQUEST = knowledge.names_where(xla="gradient if bounded")


@rule(
    "KG305",
    "loop-not-for-xla",
    "warning",
    Effect,
    models_only=False,
    sites=ITS_PLACE,
    confirmed_by="training under XLA raises",
    remedy="fix",
    fix="graph_loop",
)
def check(event: Effect, facts: Facts) -> Report | None:
    bounded = event.keywords & {"maximum_iterations", "back_prop"}
    unbounded = event.name in _WITHOUT_BOUND or (event.name in _BOUND_ON_REQUEST and not bounded)
    in_class = event.place.kind is not None and event.place.source.info.owner is not None
    if not unbounded or not in_class or not _trains(event) or facts.prepares_input(event.place):
        return None
    remedy = "give maximum_iterations" if event.name in _BOUND_ON_REQUEST else "use while_loop(maximum_iterations=)"
    return Report(f"XLA cannot train through `{event.name}` (jit_compile, the default on a GPU): {remedy}")


def _trains(event: Effect) -> bool:
    """Whether a gradient may flow: in what ``call`` and ``train_step`` reach."""
    root = event.place
    while root.called_at is not None:
        root = root.called_at[0]
    return root.kind in {"layer", "model"} and root.method in {"call", "train_step"}
