"""Python `if` on a tensor.

## What it finds

`if`, `elif`, a conditional expression or `match` whose test is certainly a tensor.

## What happens

- fit: raises OperatorNotAllowedInGraphError
- xla: raises OperatorNotAllowedInGraphError
- tf_keras: staged
- eager: runs

`if` needs a Python bool. While Keras traces `call`, a tensor has no value yet, so TensorFlow refuses at this
line; `predict`, `evaluate` and `tf.function(model)` do the same. The model works when it is called eagerly:
the error shows up only in `fit`. tf_keras rewrites `call` with AutoGraph, and the `if` becomes a cond in the
graph.

## Bad

```python
import keras
from keras import ops


class Gated(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(8)
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        x = self.dense(inputs)
        if ops.mean(x) > 0.0:  # KG101
            x = x * 0.5
        return self.head(x)
```

```python
import keras
from keras import ops


class Clipped(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        x = self.head(inputs)
        return x * 0.5 if ops.max(x) > 1.0 else x  # KG101
```

## Bad: match

A `match` asks for `True`, `False` and `None` by identity: it does not raise, and no such case matches. A case with
a number raises, as a comparison does.

- fit: silent
- xla: silent
- tf_keras: silent
- eager: silent

```python
import keras
from keras import ops


class Matched(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        x = self.head(inputs)
        match ops.mean(x) < 1e9:  # KG101
            case True:
                x = x * 0.5  # never reached
        return x
```

## Bad: raise

AutoGraph traces both sides of the `if`, and a `raise` is run while it does, whatever the tensor will be: also
under tf_keras no `fit` gets past it.

- fit: raises OperatorNotAllowedInGraphError
- xla: raises OperatorNotAllowedInGraphError
- tf_keras: raises ValueError
- eager: runs

```python
import keras
from keras import ops


class Checked(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        if ops.max(inputs) > 1e9:  # KG101
            raise ValueError("inputs are not normalized")
        return self.head(inputs)
```

## Good

```python
import keras
from keras import ops


class Gated(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(8)
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        x = self.dense(inputs)
        x = ops.where(ops.mean(x) > 0.0, x * 0.5, x)
        return self.head(x)
```

```python
import keras
import tensorflow as tf


class Checked(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        tf.debugging.assert_less(inputs, 1e9, message="inputs are not normalized")
        return self.head(inputs)
```

## Fix

`keras.ops.where` where both sides are sums of one name, certainly of floats, and numbers, and products of it with
numbers; else `keras.ops.cond`. Names that a side changes are handed through it. The second part of an `and` or
`or` that may raise or has an effect stays behind the first, in a `cond` of its own. Safe where the test is visibly
a scalar, as `cond` asks for one, and each side is known to give tensors or floats: a whole number of Python's
becomes a tensor of integers, which does only where it is a size, and a variable what it holds at that moment.
There is none where a side has an effect, leaves a loop, sets an attribute or calls `super()`, nor where it gives
what no graph chooses: a layer, a text, None, a list of another length, a whole number in place of what was
computed.

## When to ignore

Where the class is only ever called eagerly, or from a function of your own under `@tf.function` that AutoGraph
converts.

## Source

Run by the tests. AutoGraph: https://www.tensorflow.org/guide/function#autograph_transformations
"""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from flake8_keras_graph.analysis.events import Branch
from flake8_keras_graph.analysis.values import is_tensor
from flake8_keras_graph.rules.event_code import raised_by_a_side, text
from flake8_keras_graph.rules.facts import Facts
from flake8_keras_graph.rules.rule import Report, rule
from flake8_keras_graph.rules.tracing import bool_error, staged

_UNMATCHED = "`match` on the tensor {}: no case ever matches"


@rule(
    "KG101",
    "tensor-if",
    "error",
    Branch,
    models_only=False,
    sites=("if", "match"),
    confirmed_by="a tensor at its site",
    remedy="fix",
    fix="branch",
    advice="choose with `where` or `cond`",
)
def check(event: Branch, facts: Facts) -> Report | None:
    if event.style not in {"if", "elif", "ternary", "match"} or not is_tensor(event.value) or event.swallowed:
        return None
    operand = text(event, event.operand)
    if event.style == "match":
        return _match(event, operand)
    kind = {"ternary": "conditional expression"}.get(event.style, f"`{event.style}`")
    until = event.node if event.style == "ternary" else event.test
    if staged(event):
        error = raised_by_a_side(event)
        if error:
            message = f"{kind} on the tensor {operand}: AutoGraph traces both sides, so fit raises {error} in any case"
            return Report(message, f"the `raise` is run while tracing, whatever {operand} will be", until)
        message = f"{kind} on the tensor {operand}: AutoGraph stages it to a cond, both branches are compiled"
        return Report(message, until=until, level="note")
    message = f"{kind} on the tensor {operand}: fit raises {bool_error(event)}"
    return Report(message, f"the {kind} needs a Python bool, {operand} has none while tracing", until)


def _match(event: Branch, operand: str) -> Report | None:
    """A tensor is compared with the value of a case; True, False and None are asked for by identity."""
    cases = event.node.cases if isinstance(event.node, cst.Match) else ()
    patterns = [inner for case in cases for inner in _alternatives(case.pattern)]
    for position, pattern in enumerate(patterns):
        if isinstance(pattern, cst.MatchValue):
            message = f"`match` on the tensor {operand}: fit raises, which value it has is not known"
            return Report(message, f"`case` needs to know whether {operand} is equal", until=event.test)
        if not isinstance(pattern, cst.MatchSingleton):
            only = position > 0 and isinstance(pattern, cst.MatchAs) and pattern.pattern is None
            return Report(_UNMATCHED.format(operand), until=event.test) if only else None
    return Report(_UNMATCHED.format(operand), until=event.test)


def _alternatives(pattern: cst.MatchPattern) -> Sequence[cst.MatchPattern]:
    return [each.pattern for each in pattern.patterns] if isinstance(pattern, cst.MatchOr) else [pattern]
