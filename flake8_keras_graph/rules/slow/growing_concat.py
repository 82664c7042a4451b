"""A concatenation that grows in a loop.

## What it finds

`out = concat([out, part])` in a loop that uses `out` for nothing else, unless it runs fewer than four times.

## What happens

- fit: larger graph
- xla: runs
- tf_keras: larger graph
- eager: runs

Each iteration copies everything that was joined before: n parts cost n * n / 2 copies, and the gradient as many
again. One concatenation of a list of the parts does the same once.

## Bad

```python
import keras
from keras import ops


class Powers(keras.layers.Layer):
    def call(self, inputs):
        out = inputs
        for i in range(2, 18):
            out = ops.concatenate([out, inputs * i], axis=-1)  # KG302
        return out
```

## Good

```python
import keras
from keras import ops


class Powers(keras.layers.Layer):
    def call(self, inputs):
        parts = [inputs]
        for i in range(2, 18):
            parts.append(inputs * i)
        return ops.concatenate(parts, axis=-1)
```

## Fix

The parts are collected in a list and joined once after the loop. Safe where each part is certainly a tensor, which
stays what it is until then, and so is what the loop begins with; unsafe for what may be a variable, an array or a
list, and for an axis that may change. There is none where somebody else sees the tensor grow: a function made
before the loop, the function around, or whoever catches what raises in the loop.

## When to ignore

Where an iteration needs what was joined before (it is then not reported where the loop reads it).

## Source

Run by the tests. `keras-graph measure` tells what it costs in a given model against one concatenation, also
where the fix is not sure of it.
"""

from __future__ import annotations

from flake8_keras_graph.analysis.events import Grow
from flake8_keras_graph.rules.facts import Facts
from flake8_keras_graph.rules.rule import Report, rule

FEW = 4


@rule(
    "KG302",
    "growing-concat",
    "warning",
    Grow,
    models_only=False,
    sites=("for", "call", "value", "statement"),
    confirmed_by="runs",
    remedy="one concat",
    fix="growing",
)
def check(event: Grow, facts: Facts) -> Report | None:
    if event.trips is not None and event.trips < FEW:
        return None
    message = f"`{event.name}` grows by `{event.function}` in a loop: each iteration copies all of it, join a list once"
    return Report(message)
