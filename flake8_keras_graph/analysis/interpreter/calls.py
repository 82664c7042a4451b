"""Calls: what is called with which arguments, and what a loop around it learns from that."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import libcst as cst

from flake8_keras_graph import knowledge
from flake8_keras_graph.analysis.interpreter import loop_bodies
from flake8_keras_graph.analysis.interpreter.core import Arguments
from flake8_keras_graph.analysis.interpreter.frames import Frame
from flake8_keras_graph.analysis.interpreter.functions import Functions
from flake8_keras_graph.analysis.interpreter.keys import dotted_key
from flake8_keras_graph.analysis.interpreter.layer_calls import Layers
from flake8_keras_graph.analysis.values import (
    UNKNOWN,
    Api,
    ClassValue,
    External,
    Function,
    Instance,
    Mapping,
    Method,
    NoneValue,
    Seq,
    Tensor,
    Tensors,
    Union,
    Value,
    is_tensor,
    join_all,
    options,
)

_TYPE_TESTS = knowledge.names_where("tensor-test") | {"builtins.isinstance", "builtins.hasattr"}
# What takes the elements of a tensor one by one; an axis of length 1 changes none of them.
_ELEMENTWISE = knowledge.names_where("elementwise") | {f"{module}.expand_dims" for module in ("tf", "keras.ops")}


class Calls(Layers, Functions):
    """Everything about calling."""

    def call(self, frame: Frame, node: cst.Call, dropped: bool = False) -> Value:
        """What a call gives; ``dropped``: nobody takes it."""
        callee = self.evaluate(frame, node.func)
        if isinstance(callee, Api) and callee.name in _TYPE_TESTS:
            test = self.type_test(frame, node)
            if test is not None:
                return test.plain
        arguments = self.arguments(frame, node)
        if dropped and frame.quiet and _changes_nothing(frame, callee):
            return UNKNOWN
        if type(callee) is Union:
            given = _of_any_structure(arguments) if _are_layers(callee) else arguments
            results = [
                self.call_value(frame, node, option, given)
                for option in options(callee)
                if not isinstance(option, NoneValue)
            ]
            result = join_all(results)
        else:
            result = self.call_value(frame, node, callee, arguments)
        if frame.loops:
            self._note_application(frame, node, callee, result)
            if isinstance(node.func, cst.Name) and is_fusable(callee):
                frame.loops[-1].calls[id(node)] = node
            if not _is_elementwise(callee):
                frame.loops[-1].elementwise = False
        return result

    def _note_application(self, frame: Frame, node: cst.Call, callee: Value, result: Value) -> None:
        """Remember, for the loop around, that its body computes with tensors and which layer it applies."""
        if any(_holds_tensor(option) for option in options(result)):
            frame.loops[-1].tensors = True
        if self.has_weights(callee) and isinstance(node.func, cst.Attribute) and dotted_key(node.func):
            root = dotted_key(node.func).partition(".")[0]
            if root == frame.self_name:
                frame.loops[-1].applied[id(node)] = node
                frame.loops[-1].tensors = True

    def arguments(self, frame: Frame, node: cst.Call) -> Arguments:
        positional: list[Value] = []
        keywords: dict[str, Value] = {}
        is_open = False
        for argument in node.args:
            value = self.evaluate(frame, argument.value)
            if argument.star == "*":
                if isinstance(value, Seq) and value.items is not None:
                    positional.extend(value.items)
                else:
                    if is_tensor(value):
                        self.iterate(frame, value, argument.value, "star")
                    is_open = True
            elif argument.star == "**":
                if isinstance(value, Mapping) and value.default is None:
                    keywords.update({key: item for key, item in value.items if isinstance(key, str)})
                else:
                    is_open = True
            elif argument.keyword is not None:
                keywords[argument.keyword.value] = value
            elif not is_open:
                positional.append(value)
        return Arguments(tuple(positional), keywords, is_open)

    def call_value(self, frame: Frame, node: cst.Call, callee: Value, arguments: Arguments) -> Value:
        if isinstance(callee, Api):
            if callee.name.startswith("builtins."):
                return self.call_builtin(frame, node, callee.name[len("builtins.") :], arguments)
            return self.call_api(frame, node, callee.name, arguments)
        if isinstance(callee, Function):
            callee, arguments = self._bound_by_hand(frame, callee, arguments)
            return self.call_function(frame, node, callee, arguments)
        if isinstance(callee, Method):
            return self.call_method(frame, node, callee.receiver, callee.name, arguments)
        if isinstance(callee, ClassValue) and callee.info is not None:
            return self.construct_instance(frame, node, callee, arguments)
        if isinstance(callee, Instance):
            return self.call_instance(frame, node, callee, arguments)
        if isinstance(callee, External):
            return self.call_external(frame, node, callee, arguments)
        return UNKNOWN

    def _bound_by_hand(self, frame: Frame, callee: Function, arguments: Arguments) -> tuple[Function, Arguments]:
        """``Base.__init__(self, x)`` is ``super().__init__(x)`` where Base is a base of ``self``."""
        instance = arguments.positional[0] if arguments.positional and callee.bound is None else None
        if not isinstance(instance, Instance) or instance != frame.instance or callee.owner is None:
            return callee, arguments
        if not any(each is callee.owner for each in self.hierarchy.ancestors(instance.info)):
            return callee, arguments
        rest = Arguments(arguments.positional[1:], arguments.keywords, arguments.open)
        return dataclasses.replace(callee, bound=instance), rest

    def invoke(self, frame: Frame, node: cst.CSTNode, callee: Value, values: Sequence[Value]) -> Value:
        """Call a function value with these positional arguments, as an API does."""
        if isinstance(callee, Function):
            return self.call_function(frame, node, callee, Arguments(tuple(values)))
        if isinstance(callee, (Instance, External)) and isinstance(node, cst.Call):
            return self.call_value(frame, node, callee, Arguments(tuple(values)))
        return UNKNOWN


def _are_layers(callee: Union) -> bool:
    return sum(isinstance(option, Instance) for option in callee.options) > 1


def _of_any_structure(arguments: Arguments) -> Arguments:
    """Which of several layers is given one tensor and which several together is not known: the code may see to it."""
    first, *rest = arguments.positional or (UNKNOWN,)
    if not isinstance(first, Tensor):
        return arguments
    return Arguments((Tensors(first.batched, why=first.why), *rest), arguments.keywords, arguments.open)


def _changes_nothing(frame: Frame, callee: Value) -> bool:
    """Whether a call matters only for what it gives: while one object is made, another one's method."""
    return (
        isinstance(callee, Function)
        and callee.info is not None
        and frame.constructing is not None
        and callee.bound is not None
        and callee.bound != frame.instance
    )


def _is_elementwise(callee: Value) -> bool:
    """Whether a call takes the elements of a tensor one by one, or collects results in a list."""
    if isinstance(callee, Api):
        return callee.name in _ELEMENTWISE
    if isinstance(callee, External):
        return callee.name in {"keras.layers.Dense", "keras.layers.Activation", "keras.layers.ReLU"}
    return isinstance(callee, Method) and isinstance(callee.receiver, Seq)


def is_fusable(value: Value) -> bool:
    """Whether ``value`` is a layer, several of which on one input make one wider layer."""
    return isinstance(value, External) and value.name in loop_bodies.FUSABLE


def _holds_tensor(value: Value) -> bool:
    """A tensor, or several as a layer with more than one output returns them."""
    return isinstance(value, (Tensor, Tensors)) or (
        isinstance(value, Seq) and value.items is not None and any(isinstance(each, Tensor) for each in value.items)
    )
