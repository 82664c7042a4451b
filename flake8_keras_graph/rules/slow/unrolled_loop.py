"""A Python loop in `call` is unrolled while tracing.

## What it finds

A Python loop or comprehension in a Model's `call` that computes with tensors. A warning, in layers too, where it
applies the same weights in a `range` of 16 or more, or of a number that is not known (`max-iterations`). Loops
over metrics, which every `train_step` has, are left out.

## What happens

- fit: same graph
- xla: runs
- tf_keras: same graph
- eager: runs

The loop runs once, while Keras traces `call`; the graph holds a copy of the body for every iteration. Over
different layers that is the very graph that the functional API gives, operation for operation, and costs
nothing.

## Bad

```python
import keras


class Stack(keras.Model):
    def __init__(self):
        super().__init__()
        self.blocks = [keras.layers.Dense(4, activation="relu") for _ in range(3)]
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        x = inputs
        for block in self.blocks:  # KG301
            x = block(x)
        return self.head(x)
```

## Bad: the same weights again and again

A recurrence written out: the graph grows with the number of iterations, the first step takes long to trace, and
every step pays for many small operations. A layer that loops inside the graph has one copy of them.

- fit: larger graph
- xla: runs
- tf_keras: larger graph
- eager: runs

```python
import keras


class Recurrent(keras.Model):
    def __init__(self):
        super().__init__()
        self.step = keras.layers.Dense(4, activation="tanh")
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        x = inputs
        for _ in range(40):  # KG301
            x = self.step(x)
        return self.head(x)
```

## Good

```python
import keras


def build():
    inputs = keras.Input((4,))
    x = inputs
    for _ in range(3):
        x = keras.layers.Dense(4, activation="relu")(x)
    return keras.Model(inputs, keras.layers.Dense(1)(x))
```

## Good: the same weights again and again

```python
import keras


class Recurrent(keras.Model):
    def __init__(self):
        super().__init__()
        self.repeat = keras.layers.RepeatVector(40)
        self.rnn = keras.layers.SimpleRNN(4)
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        return self.head(self.rnn(self.repeat(inputs)))
```

## Fix

A note has none and needs none. For the warning: a loop that applies one cell to each step becomes
`keras.layers.RNN` over that cell. Unsafe: the layer skips steps that a mask of its input hides.

## When to ignore

A note can always be ignored: it says what happens, not that anything is wrong.

## Source

Run by the tests. `keras-graph measure` tells what it costs in a given model: a note against the functional form, the
warning against the layer of its fix, else against `keras.ops.while_loop`, or `scan` where each step leaves something.
"""

from __future__ import annotations

from flake8_keras_graph.analysis.events import Loop
from flake8_keras_graph.analysis.values import Range, is_unknown
from flake8_keras_graph.rules.facts import Facts
from flake8_keras_graph.rules.rule import Handling, Report, rule


@rule(
    "KG301",
    "unrolled-loop",
    "note",
    Loop,
    models_only=True,
    sites=("for", "comprehension", "while"),
    confirmed_by="runs",
    remedy="functional",
    fix=None,
    otherwise=Handling(models_only=False, remedy="loop in the graph", fix="recurrence"),
)
def check(event: Loop, facts: Facts) -> Report | None:
    if not event.tensors or facts.are_metrics(event.iterates):
        return None
    if event.place.autograph and is_unknown(event.iterates):
        return None  # AutoGraph stages it where it is a tensor
    recurrent = isinstance(event.iterates, Range) and bool(event.same_weights) and event.element is None
    if recurrent and (event.trips is None or event.trips >= facts.options.max_iterations):
        times = f"{event.trips} times" if event.trips is not None else "once per iteration"
        message = f"Python loop applies `{event.same_weights}` {times}: unrolled into the graph"
        return Report(message, until=event.operand, level="warning")
    times = f" {event.trips} times" if event.trips is not None else ""
    return Report(f"Python loop is unrolled{times} while tracing", until=event.operand)
