"""A loop that takes one slice of a tensor per iteration.

## What it finds

`for i in range(n)` whose variable does nothing but pick `x[:, i]` of a tensor, where no iteration needs what
another computes, unless it runs fewer than four times.

## What happens

- fit: larger graph
- xla: runs
- tf_keras: larger graph
- eager: runs

The loop is unrolled: the graph holds the slice and the operations on it once for every element, and each is
small. The same operations take the whole tensor at once.

## Bad

```python
import keras
from keras import ops


class Squashed(keras.layers.Layer):
    def call(self, inputs):
        outputs = []
        for i in range(inputs.shape[1]):  # KG303
            outputs.append(ops.tanh(inputs[:, i]) * 2.0)
        return ops.stack(outputs, axis=1)
```

```python
import keras
from keras import ops


class Total(keras.layers.Layer):
    def call(self, inputs):
        total = 0.0
        for i in range(inputs.shape[1]):  # KG303
            total += ops.square(inputs[:, i])
        return ops.expand_dims(total, -1)
```

## Good

```python
import keras
from keras import ops


class Squashed(keras.layers.Layer):
    def call(self, inputs):
        return ops.tanh(inputs) * 2.0
```

A recurrence needs its loop:

```python
import keras
from keras import ops


class Smoothed(keras.layers.Layer):
    def call(self, inputs):
        level = inputs[:, 0]
        outputs = []
        for i in range(inputs.shape[1]):
            level = 0.5 * level + 0.5 * inputs[:, i]
            outputs.append(level)
        return ops.stack(outputs, axis=1)
```

## Fix

One operation on the whole tensor where each slice is only put through elementwise functions: safe where the
results are stacked again and it is certainly a tensor that is sliced, unsafe where they are added up, in another
order then.

## When to ignore

Where the whole tensor at once would not fit in memory: `keras.ops.map` then runs the loop inside the graph.

## Source

Run by the tests. `keras-graph measure` tells what it costs in a given model against one call on the whole tensor,
which it makes for layers and pairs of slices as well, and proves to compute the same.
"""

from __future__ import annotations

from flake8_keras_graph.analysis.events import Loop
from flake8_keras_graph.analysis.values import Range
from flake8_keras_graph.rules.event_code import text
from flake8_keras_graph.rules.facts import Facts
from flake8_keras_graph.rules.rule import Report, rule

FEW = 4


@rule(
    "KG303",
    "element-loop",
    "warning",
    Loop,
    models_only=False,
    sites=("for", "comprehension", "index", "value"),
    confirmed_by="runs",
    remedy="whole tensor",
    fix="element_loop",
)
def check(event: Loop, facts: Facts) -> Report | None:
    if event.element is None or not isinstance(event.iterates, Range):
        return None
    if event.trips is not None and event.trips < FEW:
        return None
    what = text(event, event.element)
    return Report(f"the loop works on {what} one by one: the whole tensor can be taken at once", until=event.operand)
