"""A Python loop in `call` applies the same weights many times.

## What it finds

A Python loop or comprehension that applies the same layer again to what it gave before, in a `range` of 16 or more
(`max-iterations`), or of a number that is not known.

## What happens

- fit: larger graph
- xla: runs
- tf_keras: larger graph
- eager: runs

A recurrence written out: the graph grows with the number of iterations, the first step takes long to trace, and
every step pays for many small operations. A layer that loops inside the graph has one copy of them. A loop over
an axis of a tensor is traced again for each length, and raises where the length is None.

## Bad

```python
import keras


class Recurrent(keras.Model):
    def __init__(self):
        super().__init__()
        self.step = keras.layers.Dense(4, activation="tanh")
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        x = inputs
        for _ in range(40):  # KG307
            x = self.step(x)
        return self.head(x)
```

## Good

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

A loop that applies one cell to each step becomes `keras.layers.RNN` over that cell. Unsafe: the layer skips steps that
a mask of its input hides.

## When to ignore

Where a setting says how many steps there are, it is a note: they are few as a rule. Where the steps are few in what is
run, or `keras-graph measure` finds that the loop costs nothing.

## Source

Run by the tests. `keras-graph measure` tells what it costs in a given model, against its fix or a loop in the graph.
"""

from __future__ import annotations

from flake8_keras_graph.analysis.events import Loop
from flake8_keras_graph.analysis.values import Range
from flake8_keras_graph.rules.facts import Facts
from flake8_keras_graph.rules.loops import is_recurrence, is_unrolled, times
from flake8_keras_graph.rules.rule import Report, rule


@rule(
    "KG307",
    "unrolled-recurrence",
    "warning",
    Loop,
    models_only=False,
    sites=("for", "comprehension", "while"),
    confirmed_by="runs",
    remedy="loop in the graph",
    fix="recurrence",
    advice="use `keras.layers.RNN`, or a loop in the graph",
)
def check(event: Loop, facts: Facts) -> Report | None:
    if not is_unrolled(event, facts) or not is_recurrence(event, facts):
        return None
    often = times(event) or " once per iteration"
    message = f"Python loop applies `{event.same_weights}`{often}: unrolled into the graph"
    of_axis = isinstance(event.iterates, Range) and event.iterates.shape
    if of_axis and event.trips is None:
        message += ", anew for each length of that axis; it raises where the length is None"
    is_setting = event.trips is None and not of_axis  # the author's choice, a few as a rule
    return Report(message, until=event.operand, level="note" if is_setting else None)
