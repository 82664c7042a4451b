"""What rules ask of the code at an event: its text, whose attribute it is, what its sides raise."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import libcst as cst

from flake8_keras_graph.analysis.events import Branch, Event, Place, Store
from flake8_keras_graph.analysis.values import ComputedInGraph, Mapping, Seq, Value, is_nest, options
from flake8_keras_graph.syntax.nodes import assigned_targets, children, walk

_BATCH = re.compile(r"(?:b|bs|bsz|n?_?batch(?:_?size|_?dim)?)", re.IGNORECASE)


def only_checks(event: Branch) -> bool:
    """``if wrong: raise ...``: it chooses between no two graphs."""
    node = event.node
    if not isinstance(node, cst.If) or node.orelse is not None or not node.body.body:
        return False
    last = node.body.body[-1]
    if isinstance(last, cst.SimpleStatementLine):
        last = last.body[-1]
    return isinstance(last, cst.Raise)


def raised_by_a_side(event: Branch) -> str:
    """What a side of an ``if`` raises whenever it is run: the exception's name; "" where neither does."""
    node = event.node
    if not isinstance(node, cst.If):
        return ""
    sides = [node.body, *([node.orelse.body] if isinstance(node.orelse, cst.Else) else [])]
    return next((name for side in sides if (name := _raised(side))), "")


def _raised(block: cst.BaseSuite) -> str:
    for line in block.body:
        for part in line.body if isinstance(line, cst.SimpleStatementLine) else (line,):
            if isinstance(part, cst.Return):
                return ""
            if isinstance(part, cst.Raise):
                made = part.exc.func if isinstance(part.exc, cst.Call) else part.exc
                return made.value if isinstance(made, cst.Name) else "an exception"
    return ""


def attribute_of_self(event: Event, node: cst.CSTNode) -> str:
    """The name ``x`` where ``node`` is ``self.x`` of a Keras class; "" for anything else."""
    if type(node) is not cst.Attribute or event.place.kind is None:
        return ""
    params = event.place.source.node.params
    first = (*params.posonly_params, *params.params)[:1]
    holder = node.value
    if first and isinstance(holder, cst.Name) and holder.value == first[0].name.value:
        return node.attr.value
    return ""


def updates(event: Store) -> bool:
    """Whether an assignment makes the attribute's new value of its old one: ``self.n = self.n + 1``."""
    node = event.node
    value = node.value if isinstance(node, (cst.Assign, cst.AnnAssign)) else None
    if value is None:
        return False
    asked = {id(each.value) for each in walk(value) if isinstance(each, cst.Attribute)}  # ``self.n.shape``
    return any(id(each) not in asked and attribute_of_self(event, each) == event.target for each in walk(value))


def outliving_target(event: Store) -> cst.BaseExpression | None:
    """What an assignment changes of the module: a name, an object's attribute, the object whose item is set."""
    if not isinstance(event.node, (cst.Assign, cst.AnnAssign, cst.AugAssign)):
        return None
    for target in assigned_targets(event.node):
        for part in walk(target):
            if isinstance(part, cst.Name) and part.value == event.target and event.how == "global":
                return part
            if isinstance(part, cst.Attribute) and part.attr.value == event.target and event.how != "global":
                return part
    return None


def is_made_once(event: Store) -> bool:
    """Whether the code asks first what is there already, or makes the change where looking it up has failed."""
    for around in walk(event.place.source.node.body):
        if isinstance(around, cst.If):
            if any(isinstance(each, cst.Name) and each.value == event.target for each in walk(around.test)):
                return True
        elif isinstance(around, cst.Try):
            if any(each is event.node for handler in around.handlers for each in walk(handler)):
                return True
    return False


def leaks(value: Value) -> bool:
    """Certainly a tensor that the graph computes, or a structure of them; a variable has a value anywhere."""
    if any(getattr(option, "variable", False) for option in options(value)):
        return False
    return is_nest(value) or isinstance(value.why, ComputedInGraph) or any(map(leaks, _items(value)))


def _items(value: Value) -> Sequence[Value]:
    """What a list, tuple or dict holds."""
    if isinstance(value, Seq) and value.kind in {"list", "tuple"}:
        return value.known_items()
    return value.every_value() if isinstance(value, Mapping) else ()


def assignments(event: Store) -> Iterator[tuple[cst.CSTNode, tuple[int, ...]]]:
    """Each assignment of the attribute in the method, and the event's own node, with the branches and loops around."""
    yield from _assignments(event, event.place.source.node.body, ())


def _assignments(
    event: Store, node: cst.CSTNode, guards: tuple[int, ...]
) -> Iterator[tuple[cst.CSTNode, tuple[int, ...]]]:
    parts = (each for target in assigned_targets(node) for each in walk(target))
    if node is event.node or any(attribute_of_self(event, each) == event.target for each in parts):
        yield node, guards
    for child in children(node):
        is_guard = isinstance(node, (cst.If, cst.For, cst.While)) and isinstance(child, (cst.BaseSuite, cst.Else))
        yield from _assignments(event, child, (*guards, id(child)) if is_guard else guards)


def attributes_of_self(event: Event, node: cst.CSTNode) -> set[str]:
    """The names of all attributes of ``self`` in ``node``."""
    found = (attribute_of_self(event, part) for part in walk(node) if type(part) is cst.Attribute)
    return {name for name in found if name}


def text(event: Event, node: cst.CSTNode) -> str:
    """The code of ``node``, quoted."""
    return f"`{event.place.source.code(node)}`"


def origin_text(value: Value) -> str:
    """The code that gave ``value``, quoted; "" where that is not known."""
    origin = value.why
    if origin is None or origin.node is None or origin.source is None:
        return ""
    return f"`{origin.source.code(origin.node)}`"


def has_inputs_by_time(event: Event) -> bool:
    """Whether a function around calls a later dimension the batch itself, so that the first one is another."""
    return any(_is_batch_elsewhere(place.source.node) for place in _callers(event.place))


def _callers(place: Place) -> Iterator[Place]:
    """The function, the one that calls it, and so on."""
    yield place
    while place.called_at is not None:
        place = place.called_at[0]
        yield place


def _is_batch_elsewhere(function: cst.FunctionDef) -> bool:
    """Whether the function itself calls another dimension than the first the batch: ``bsz = tf.shape(x)[1]``."""
    for node in walk(function):
        if type(node) is cst.Assign and isinstance(node.value, cst.Subscript):
            target, index = node.targets[0].target, node.value.slice[0].slice
            if isinstance(target, cst.Name) and _BATCH.fullmatch(target.value) and isinstance(index, cst.Index):
                if isinstance(index.value, cst.Integer) and index.value.value != "0":
                    return True
    return False
