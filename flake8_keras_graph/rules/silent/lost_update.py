"""An attribute, list or global updated in `call`.

## What it finds

`self.n += 1`, `self.n = self.n + 1`, `self.maps["stem"] = x`, `self.seen.append(x)` and the like in code that is
traced, and all that this sets or updates of its module: globals, items of lists and dicts, attributes of objects and
classes, also in what it calls, constructors among them. An attribute that the traced code assigns anew in every run is
left out; one that only some runs set back, under an `if`, is not. What is made once, under a test of what is there
already, is meant.

## What happens

- fit: once per trace
- xla: once per trace
- tf_keras: once per trace
- eager: every step

Python runs while Keras traces `call`: a few times when `fit` begins, and never again. A counter stands at 2 or 3
after a thousand steps, and a list holds as many symbols that have no values.

## Bad

```python
import keras


class Counted(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)
        self.calls = 0

    def call(self, inputs):
        self.calls += 1  # KG203
        return self.head(inputs)
```

```python
import keras


class Remembered(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)
        self.seen = []

    def call(self, inputs):
        x = self.head(inputs)
        self.seen.append(x)  # KG203
        return x
```

```python
import keras

SEEN = []


class Listed(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        SEEN.append(len(SEEN))  # KG203
        return self.head(inputs)
```

```python
import keras

STATE = {"calls": 0}


class Stated(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        STATE["calls"] = STATE["calls"] + 1  # KG203
        return self.head(inputs)
```

## Good

```python
import keras
import tensorflow as tf


class Counted(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)
        self.calls = tf.Variable(0, trainable=False)

    def call(self, inputs):
        self.calls.assign_add(1)
        return self.head(inputs)
```

## Fix

There is none: whether the value is a metric, a weight or a count of traces, only its author knows.

## When to ignore

Where the number of traces is what is counted, as in tests, where it is a note. A list that every run clears, and one
that the first run fills (`if not self.parts: ...`), are left alone. What is entered in a dict
of the module under a name is a note where it is no tensor.

## Source

Run by the tests. https://www.tensorflow.org/guide/function#changing_python_global_and_free_variables
"""

from __future__ import annotations

import libcst as cst

from flake8_keras_graph.analysis.events import Store
from flake8_keras_graph.analysis.values import (
    ComputedInGraph,
    Mapping,
    Seq,
    Tensor,
    Tensors,
    Value,
    is_nest,
    options,
)
from flake8_keras_graph.project.files import is_test
from flake8_keras_graph.records import Level
from flake8_keras_graph.rules.event_code import (
    assignments,
    attribute_of_self,
    is_made_once,
    leaks,
    outliving_target,
    text,
    updates,
)
from flake8_keras_graph.rules.facts import Facts
from flake8_keras_graph.rules.rule import ITS_PLACE, Report, rule
from flake8_keras_graph.syntax.nodes import assigned_targets, walk


@rule(
    "KG203",
    "lost-update",
    "warning",
    Store,
    models_only=False,
    sites=ITS_PLACE,
    confirmed_by="leaves another state",
    remedy=None,
    fix=None,
    advice="keep it in a variable",
)
def check(event: Store, facts: Facts) -> Report | None:
    if any(isinstance(value, (Tensor, Tensors)) for value in options(event.before)):
        return None
    target = None if event.how == "staged loop" else _target(event, facts)
    if target is None or any(word in event.target.lower() for word in ("trac", "warn", "logged")):
        return None  # the number of traces is what is counted, or one warning is enough
    if _is_cleared(event, target) or _is_filled_once(event, target):
        return None
    level: Level | None = "note" if is_test(event.place.source.path) else None  # what tests count as a rule is traces
    message = f"{text(event, target)} is updated while tracing: once per trace, not at every step"
    if event.how == "global" or event.of_module:
        if _reads_before(event):
            return Report(message, level=level)
        is_registered = _is_entry(event) and not _is_computed(event.value)
        return Report(message.replace("is updated", "is set"), level="note" if is_registered else level)
    name = attribute_of_self(event, target)
    if event.how == "assign" and name and not updates(event):
        message = f"{text(event, target)} is set while tracing: the graph keeps the branch of its first trace"
        return Report(message, level=level)
    if not name or facts.is_assigned_while_tracing(event.place, name) or _is_begun_anew(event):
        return None
    branch = facts.branch_on(event.place, name)
    if branch is not None:
        message += f"; {text(branch, branch.test)} is decided then, for good"
    return Report(message, level=level)


def _target(event: Store, facts: Facts) -> cst.BaseExpression | None:
    """What is updated: ``x`` of ``x += 1``, ``x = x + 1``, ``x["key"] = y`` and ``x.append(y)``."""
    node = event.node
    if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute):
        return node.func.value
    if isinstance(node, cst.AugAssign):
        if event.how == "assign" and not event.of_module:
            return None
        if event.of_module or not isinstance(node.target, cst.Subscript):
            return node.target
        return None if _is_looked_up(event) else node.target.value
    if event.how == "global" or event.of_module:
        return None if leaks(event.value) or is_made_once(event) else outliving_target(event)
    if not isinstance(node, cst.Assign):
        return None
    target = node.targets[0].target
    if event.how == "mutate":
        is_known = any(isinstance(value, (Seq, Mapping)) for value in options(event.before))
        if not isinstance(target, cst.Subscript) or not is_known or _is_looked_up(event):
            return None
        return target.value if _reads(event, node) or _is_computed(event.value) else None
    if event.how != "assign" or is_nest(event.value) or event.place.owner is None:
        return None
    counts = updates(event) and facts.starts_plain(event.place.owner, event.target)
    return target if counts or _turns_off(event, facts) else None


def _is_cleared(event: Store, target: cst.BaseExpression) -> bool:
    """Whether every run of the method clears the list or dict: nothing of it lasts."""
    spelled = f"{event.place.source.code(target)}.clear"
    lines = (line for line in event.place.source.node.body.body if isinstance(line, cst.SimpleStatementLine))
    calls = (part.value for line in lines for part in line.body if isinstance(part, cst.Expr))
    return any(isinstance(call, cst.Call) and event.place.source.code(call.func) == spelled for call in calls)


def _is_filled_once(event: Store, target: cst.BaseExpression) -> bool:
    """Whether it stands under a test that the list or dict is empty, as what the first call makes does."""
    if event.how not in {"mutate", "global"}:
        return False
    spelled = event.place.source.code(target)
    empty = {f"not {spelled}", f"len({spelled}) == 0", f"not len({spelled})", f"{spelled} == []", f"{spelled} == {{}}"}
    return any(
        isinstance(branch, cst.If)
        and event.place.source.code(branch.test) in empty
        and any(each is event.node for each in walk(branch.body))
        for branch in walk(event.place.source.node.body)
    )


def _reads_before(event: Store) -> bool:
    """Whether what is changed depends on what it was."""
    node = event.node
    if not isinstance(node, (cst.Assign, cst.AnnAssign)) or node.value is None:
        return True
    return any(isinstance(each, cst.Name) and each.value == event.target for each in walk(node.value))


def _is_entry(event: Store) -> bool:
    """``REGISTRY[name] = value``: what each trace enters anew, under the same name. An index is no name."""
    target = event.node.targets[0].target if isinstance(event.node, cst.Assign) else None
    if not isinstance(target, cst.Subscript) or not isinstance(target.slice[0].slice, cst.Index):
        return False
    return isinstance(target.slice[0].slice.value, (cst.SimpleString, cst.FormattedString, cst.Name, cst.Attribute))


def _is_computed(value: Value) -> bool:
    return is_nest(value) or isinstance(value.why, ComputedInGraph)


def _is_looked_up(event: Store) -> bool:
    """Whether it stands under a test of what the attribute holds already: ``if key not in self.cache``."""
    return any(
        isinstance(branch, cst.If)
        and any(each is event.node for each in walk(branch))
        and any(isinstance(each, (cst.In, cst.NotIn)) for each in _operators(branch.test))
        and any(attribute_of_self(event, each) == event.target for each in walk(branch.test))
        for branch in walk(event.place.source.node.body)
    )


def _operators(test: cst.BaseExpression) -> list[cst.BaseCompOp]:
    return [part.operator for each in walk(test) if isinstance(each, cst.Comparison) for part in each.comparisons]


def _turns_off(event: Store, facts: Facts) -> bool:
    """``self.first = False`` in code that branches on it: the first trace takes one way, all later ones the other."""
    owner, known = event.place.owner, event.value.literal
    if "warn" in event.target or owner is None or not isinstance(known, (bool, int)) or facts.makes_state(event.place):
        return False
    initial = facts.initial(owner, event.target)
    return initial is not None and initial != {repr(known)} and _decides(event)


def _decides(event: Store) -> bool:
    """Whether it stands in a branch on the attribute, or after one, that leaves something else for what follows."""
    body = event.place.source.node.body
    order = {id(each): place for place, each in enumerate(walk(body))}
    always = _is_always_run(event)
    for branch in walk(body):
        if not isinstance(branch, cst.If):
            continue
        is_after = always and order[id(branch)] < order[id(event.node)]
        if not is_after and not any(each is event.node for each in walk(branch.body)):
            continue
        if not any(attribute_of_self(event, each) == event.target for each in walk(branch.test)):
            continue
        inside = list(walk(branch))
        bound = {target.value for each in inside for target in assigned_targets(each) if isinstance(target, cst.Name)}
        bound.discard("_")
        known = {id(each) for each in inside}
        outside = (each for each in walk(event.place.source.node.body) if id(each) not in known)
        later = any(isinstance(each, cst.Name) and each.value in bound for each in outside)
        return later or any(isinstance(each, cst.Return) and each.value is not None for each in inside)
    return False


def _is_always_run(event: Store) -> bool:
    """Whether every run of the method gets to the statement, so far as no other leaves before."""
    lines = (each for each in event.place.source.node.body.body if isinstance(each, cst.SimpleStatementLine))
    return any(each is event.node for line in lines for each in line.body)


def _is_begun_anew(event: Store) -> bool:
    """Whether the method assigns the attribute something else wherever it gets to the update."""
    around = list(assignments(event))
    own = next((set(guards) for node, guards in around if node is event.node), set())
    return any(
        isinstance(node, cst.Assign) and node is not event.node and not _reads(event, node) and set(guards) <= own
        for node, guards in around
    )


def _reads(event: Store, node: cst.Assign) -> bool:
    return any(attribute_of_self(event, each) == event.target for each in walk(node.value))
