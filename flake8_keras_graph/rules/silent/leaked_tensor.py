"""A tensor stored on `self` in `call`.

## What it finds

`self.name = t` in code that Keras traces, where `t` is certainly a tensor, what Keras passes to `call`, what a tape
gives as gradients, or a list, tuple or dict of such; and the same kept in a global, an item of one, or an attribute of
an object or class of the module. It is left out where every run puts something else back. A list that a loop fills
which AutoGraph stages, and that is read after it, is an error.

## What happens

- fit: leaks
- xla: leaks
- tf_keras: leaks
- eager: keeps the value

While Keras traces `call`, the tensor is symbolic. The attribute keeps that symbol: after `fit` it has no value,
and whoever reads it outside of the graph gets an error ("out of scope").

## Bad

```python
import keras


class Kept(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(8)
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        x = self.dense(inputs)
        self.features = x  # KG204
        return self.head(x)
```

## Good

```python
import keras


class Kept(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(8)
        self.head = keras.layers.Dense(1)

    def features(self, inputs):
        return self.dense(inputs)

    def call(self, inputs):
        return self.head(self.features(inputs))
```

## Fix

There is none: returning the value changes what every caller gets.

## When to ignore

Where the attribute is only read again in the same run of `call`: a note, where methods that are traced are its only
readers, after it was stored. So it is in tests.

## Source

Run by the tests. https://www.tensorflow.org/guide/function#all_outputs_of_a_tffunction_must_be_return_values
"""

from __future__ import annotations

import libcst as cst

from flake8_keras_graph.analysis.events import Store
from flake8_keras_graph.analysis.interpreter.access_paths import dotted_key
from flake8_keras_graph.analysis.values import ComputedInGraph, options
from flake8_keras_graph.project.files import is_test
from flake8_keras_graph.rules.event_code import assignments, attribute_of_self, leaks, outliving_target, text
from flake8_keras_graph.rules.facts import Facts
from flake8_keras_graph.rules.rule import ITS_PLACE, Report, rule
from flake8_keras_graph.syntax.nodes import assigned_targets


@rule(
    "KG204",
    "leaked-tensor",
    "warning",
    Store,
    models_only=False,
    sites=ITS_PLACE,
    confirmed_by="leaves another state",
    remedy=None,
    fix=None,
    advice="return it",
)
def check(event: Store, facts: Facts) -> Report | None:
    if event.how == "staged loop":
        message = f"`{event.target}` is filled in a staged loop and read after it: fit raises InaccessibleTensorError"
        return Report(message, f"{text(event, event.node)} keeps a tensor of the loop's own graph", level="error")
    if event.how not in {"assign", "augment", "global"} or event.place.method == "build" or not leaks(event.value):
        return None
    if event.how == "global" or event.of_module:
        target = outliving_target(event)
        return None if target is None else _report(event, target, "stored outside of the function while tracing")
    target = _target(event)
    if target is None or _is_put_back(event, target):
        return None
    is_passed_on = not event.guarded and event.how == "assign" and facts.is_read_by_its_trace_alone(event)
    return _report(event, target, f"stored on the object while tracing, as {text(event, target)}", is_passed_on)


def _report(event: Store, target: cst.BaseExpression, reason: str, is_passed_on: bool = False) -> Report:
    message = f"{text(event, target)} keeps a symbolic tensor: it has no value outside of the graph"
    return Report(message, reason, level="note" if is_passed_on or is_test(event.place.source.path) else None)


def _is_put_back(event: Store, target: cst.BaseExpression) -> bool:
    """Whether the method leaves something else in the attribute: what was there before, say."""
    left = event.scope.env.get(dotted_key(target)) if event.scope is not None else None
    if left is None or any(map(leaks, options(left))) or isinstance(left.why, ComputedInGraph):
        return False
    around = {id(node): guards for node, guards in assignments(event)}
    own = around.pop(id(event.node), ())
    return not around or any(set(guards) <= set(own) for guards in around.values())


def _target(event: Store) -> cst.BaseExpression | None:
    for target in assigned_targets(event.node):
        parts = [item.value for item in target.elements] if isinstance(target, (cst.Tuple, cst.List)) else [target]
        for part in parts:
            name = attribute_of_self(event, part)
            if name == event.target and not _is_set_by_code(event, name):
                return part
    return None


def _is_set_by_code(event: Store, name: str) -> bool:
    """A property with a setter decides itself what it keeps."""
    return event.place.owner is not None and name in event.place.owner.setters
