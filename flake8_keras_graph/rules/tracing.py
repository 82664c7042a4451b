"""What tracing makes of a tensor where Python wants a value: an operation that AutoGraph stages, or which error."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import libcst as cst

from flake8_keras_graph import knowledge
from flake8_keras_graph.analysis.events import Branch, Cast, Event, Iterate, NeedsBool, RangeOver, Unpack
from flake8_keras_graph.analysis.values import Tensor, Value, counts_batch, is_tensor
from flake8_keras_graph.rules.rule import Report
from flake8_keras_graph.syntax.nodes import walk

# What AutoGraph turns into operations of the graph; all else raises as it does without it.
_STAGED_BRANCHES = {"if", "elif", "ternary", "while"}
_STAGED_TESTS = {"and", "or", "not", "chained comparison", "sorted"}
_STAGED_CASTS = {"int", "float", "len"}
# They have AutoGraph convert what they are given, where they are called from what it converts.
_MAPPING = knowledge.bare_names(modules=("tf",), runs="loop") | {"_map_fn"}


def staged(event: Event) -> bool:
    """Whether AutoGraph converts this code, and makes what a tensor decides here part of the graph."""
    if not event.place.autograph:
        return False
    if isinstance(event, Branch):
        return event.style in _STAGED_BRANCHES
    if isinstance(event, Iterate):
        return event.how in {"for", "sorted"}
    if isinstance(event, NeedsBool):
        return event.how in _STAGED_TESTS
    if isinstance(event, Cast):
        return event.function in _STAGED_CASTS
    return isinstance(event, RangeOver) and is_tensor(event.value)


def staged_loop(event: Iterate | RangeOver, message: str) -> Report:
    """The report on a loop that AutoGraph stages: what was asked for, and dear where it goes over the batch."""
    certain = event.place.way == "Keras" or getattr(event.value, "of_batch", "") in {"size", "range"}
    if certain and counts_batch(event.value):
        return Report(f"{message}, which takes the rows of a batch one after another", level="warning")
    return Report(message, level="note")


def staged_in_a_dataset(event: Event) -> bool:
    """Whether a dataset's ``map`` has AutoGraph convert this code: functions that ``tf.map_fn`` and the like are given.

    So they are where the layer around them prepares data; ``fit`` hands them over as they are.
    """
    place = event.place
    handed = any(_is_mapped(function, place.source.node) for function in _functions_around(event))
    while not handed and place.called_at is not None:
        place, node = place.called_at
        handed = _maps(node)
    return handed and staged(dataclasses.replace(event, place=dataclasses.replace(event.place, autograph=True)))


def _functions_around(event: Event) -> Iterator[cst.FunctionDef]:
    """The functions within the one that is traced which hold the site."""
    for each in walk(event.place.source.node.body):
        if isinstance(each, cst.FunctionDef) and any(part is event.node for part in walk(each.body)):
            yield each


def _is_mapped(function: cst.FunctionDef, within: cst.CSTNode) -> bool:
    return any(
        isinstance(given.value, cst.Name) and given.value.value == function.name.value
        for call in walk(within)
        if isinstance(call, cst.Call) and _maps(call)
        for given in call.args
    )


def _maps(node: cst.CSTNode) -> bool:
    called = node.func if isinstance(node, cst.Call) else None
    return (called.attr.value if isinstance(called, cst.Attribute) else getattr(called, "value", "")) in _MAPPING


def bool_error(event: Branch | NeedsBool | Cast) -> str:
    """What asking the event's tensor for a Python bool raises while tracing."""
    return "TypeError" if _is_keras_variable(event, event.value) else "OperatorNotAllowedInGraphError"


def iteration_error(event: Iterate | Unpack | Cast) -> str:
    """What iterating over the event's tensor raises while tracing: a Keras variable is indexed beyond its end."""
    return "ValueError" if _is_keras_variable(event, event.value) else "OperatorNotAllowedInGraphError"


def _is_keras_variable(event: Event, value: Value) -> bool:
    """In Keras 3 that is no tensor of TensorFlow's."""
    return isinstance(value, Tensor) and value.variable == "keras" and event.place.keras == 3
