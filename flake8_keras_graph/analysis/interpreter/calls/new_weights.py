"""What weights are made of: the sizes and the first values that code gives where a layer makes them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypeGuard

import libcst as cst

from flake8_keras_graph import knowledge
from flake8_keras_graph.analysis.values import (
    Arguments,
    External,
    Function,
    Instance,
    Seq,
    Tensor,
    Tensors,
    Value,
    is_from_data,
)
from flake8_keras_graph.syntax.nodes import walk

Given = tuple[Literal["size", "value", "captured"], Value]
"""A tensor, and what it is to a weight; "captured": a function that computes its first values refers to it."""

_WHERE = {2: {"shape": 1, "initializer": 3}, 3: {"shape": 0, "initializer": 1}}
"""The positions of the parameters of ``add_weight``, by version of Keras."""
_SIZES = frozenset({"filters", "input_dim", "layer", "output_dim", "units"})
"""The parameters of layers that say how large their weights are; the first one goes by ``layer``."""


def given_to_add_weight(arguments: Arguments, keras: int) -> Iterator[Given]:
    """The tensors in the shape that ``add_weight`` is given, and in its initializer."""
    where = _WHERE[keras]
    shape = arguments.keywords.get("shape", arguments.get(where["shape"], "shape"))
    for part in shape.known_items() if type(shape) is Seq else (shape,):
        if _is_computed(part):
            yield "size", part
    initializer = arguments.get(where["initializer"], "initializer")
    if initializer is not None:
        yield from _held(initializer)


def given_to_layer(keywords: dict[str, Value]) -> Iterator[Given]:
    """The tensors that a layer of Keras is given as its number of units, and in its initializers."""
    for name, value in keywords.items():
        if name in _SIZES and _is_computed(value):
            yield "size", value
        elif name.endswith("_initializer"):
            yield from _held(value)


def given_to_variable(arguments: Arguments) -> Iterator[Given]:
    """The tensor whose values ``tf.Variable`` begins with, where they follow from those that are fed."""
    first = arguments.get(0, "initial_value")
    if first is not None:
        yield from (given for given in _held(first) if is_from_data(given[1]))


def _held(initializer: Value) -> Iterator[Given]:
    """The tensors that an initializer has been handed: it is one itself, holds some, or refers to some."""
    if _is_computed(initializer):
        yield "value", initializer
    elif type(initializer) is External and knowledge.is_initializer(initializer.name):
        yield from (("value", each) for _, each in initializer.keywords if _is_computed(each))
    elif type(initializer) is Instance:
        handed = (*(initializer.arguments or ()), *(each for _, each in initializer.keywords))
        yield from (("captured", each) for each in handed if _is_computed(each))
    elif type(initializer) is Function:
        yield from (("captured", each) for each in _captured(initializer))


def _captured(function: Function) -> Iterator[Value]:
    """The tensors that a lambda or a nested function takes from the call that made it."""
    node, scope = function.node, function.closure
    if node is None or scope is None:
        return
    own = {each.name.value for each in walk(node) if type(each) is cst.Param}
    own |= {
        each.target.value for each in walk(node) if type(each) is cst.AssignTarget and type(each.target) is cst.Name
    }
    for each in walk(node.body):
        if type(each) is cst.Name and each.value not in own and _is_computed(scope.env.get(each.value)):
            yield scope.env[each.value]


def _is_computed(value: Value | None) -> TypeGuard[Value]:
    """Whether it certainly is a tensor, or several, and no variable."""
    return type(value) is Tensors or (type(value) is Tensor and not value.variable)
