"""`print`, logging, a file written or a wait in `call`.

## What it finds

A call that writes to the standard output, a log or a file, or sleeps, in code that Keras traces. Warnings and
errors in a log are left out: once per trace is enough of them.

## What happens

- fit: once per trace
- xla: once per trace
- tf_keras: once per trace
- eager: every step

Python runs while Keras traces `call`: a few times when `fit` begins, and never again, however long it trains.
What is printed of a tensor is its symbol, not its values.

## Bad

```python
import keras


class Verbose(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        x = self.head(inputs)
        print("mean", x)  # KG202
        return x
```

## Good

A metric is shown with the loss, at every step:

```python
import keras


class Verbose(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)
        self.mean = keras.metrics.Mean(name="mean")

    def call(self, inputs):
        x = self.head(inputs)
        self.mean.update_state(x)
        return x
```

`tf.print` prints values at every step as well, but XLA does not compile it, and on a GPU Keras 3 uses XLA unless
told otherwise.

## Fix

There is none: what the line was to say at every step, only its author knows.

## When to ignore

Where a line per trace is what is wanted: to see when a model is traced, or to warn of a wrong argument. Lines that
tell only shapes and dtypes are meant so, and are left alone. A log that is given no tensor is a note, and so is all
that tests print and log.

## Source

Run by the tests. https://www.tensorflow.org/guide/function#executing_python_side_effects
"""

from __future__ import annotations

import libcst as cst

from flake8_keras_graph import knowledge
from flake8_keras_graph.analysis.events import Effect
from flake8_keras_graph.analysis.values import ComputedInGraph, is_nest, options
from flake8_keras_graph.project.files import is_test
from flake8_keras_graph.rules.facts import Facts
from flake8_keras_graph.rules.rule import ITS_PLACE, Report, rule
from flake8_keras_graph.rules.told import speaks_of_tracing, tells_only_shapes
from flake8_keras_graph.syntax.nodes import walk

_DOES = {"print": "prints", "log": "logs", "write": "writes to a file", "wait": "waits"}
_ONCE_IS_ENOUGH = knowledge.bare_names("warns", modules=("logging", "warnings")) | {"log_first_n"}


@rule(
    "KG202",
    "trace-time-effect",
    "warning",
    Effect,
    models_only=False,
    sites=ITS_PLACE,
    confirmed_by="runs once per trace",
    remedy=None,
    fix=None,
    advice="use `tf.print`, a metric or a callback",
)
def check(event: Effect, facts: Facts) -> Report | None:
    does = _DOES.get(event.word)
    if does is None or event.name.rpartition(".")[2] in _ONCE_IS_ENOUGH:
        return None
    if event.word in {"print", "log"} and (tells_only_shapes(event.node) or speaks_of_tracing(event.node)):
        return None
    message = f"`{event.name}` {does} while tracing: once per trace, not at every step"
    is_meant = event.word == "log" and not _may_tell_a_tensor(event)
    return Report(message, level="note" if is_meant or is_test(event.place.source.path) else None)


def _may_tell_a_tensor(event: Effect) -> bool:
    """Whether what is logged may be another at every step: who logs what tracing knows, logs the tracing."""
    if any(isinstance(value.why, ComputedInGraph) or any(map(is_nest, options(value))) for value in event.given):
        return True
    node = event.node
    return not isinstance(node, cst.Call) or any(
        isinstance(part, (cst.FormattedStringExpression, cst.BinaryOperation))
        or (isinstance(part, cst.Attribute) and part.attr.value == "format")
        for argument in node.args
        for part in walk(argument.value)
    )
