"""Calls: what is called with which arguments, and what a loop around it learns from that."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import libcst as cst

from flake8_keras_graph import knowledge
from flake8_keras_graph.analysis import events
from flake8_keras_graph.analysis.interpreter import loop_syntax
from flake8_keras_graph.analysis.interpreter.access_paths import dotted_key
from flake8_keras_graph.analysis.interpreter.frame import Frame
from flake8_keras_graph.analysis.interpreter.protocols import (
    BuiltinCaller,
    Evaluator,
    FunctionCaller,
    Iteration,
    LayerCaller,
    Library,
    MethodCaller,
    Tester,
)
from flake8_keras_graph.analysis.interpreter.recorder import Recorder
from flake8_keras_graph.analysis.values import (
    UNKNOWN,
    Api,
    Arguments,
    ClassValue,
    ComputedInGraph,
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
    is_nest,
    is_tensor,
    is_tensor_like,
    join_all,
    options,
)
from flake8_keras_graph.project.hierarchy import Hierarchy

_TYPE_TESTS = knowledge.names_where("tensor-test") | {"builtins.isinstance", "builtins.hasattr"}
# What takes the elements of a tensor one by one; an axis of length 1 changes none of them.
_ELEMENTWISE = knowledge.names_where("elementwise") | {f"{module}.expand_dims" for module in ("tf", "keras.ops")}


_Callee = Callable[[Frame, cst.Call, Any, Arguments], Value]


class Calls:
    """Calls whatever is called, by its kind."""

    def __init__(self, recorder: Recorder, hierarchy: Hierarchy) -> None:
        self.emit = recorder.emit
        self.hierarchy = hierarchy
        self._kinds: dict[type[Value], _Callee] = {
            Api: self._call_api,
            Function: self._call_function,
            Method: self._call_method,
            ClassValue: self._construct,
        }

    def connect(
        self,
        evaluator: Evaluator,
        tester: Tester,
        iteration: Iteration,
        functions: FunctionCaller,
        layers: LayerCaller,
        library: Library,
        builtins: BuiltinCaller,
        methods: MethodCaller,
    ) -> None:
        """Hand over the parts that this one asks."""
        self.evaluate = evaluator.evaluate
        self.type_test = tester.type_test
        self.iterate = iteration.iterate
        self.call_function = functions.call_function
        self.has_weights = layers.has_weights
        self.construct_instance = layers.construct_instance
        self.call_library = library.call_api
        self.call_builtin = builtins.call_builtin
        self.call_method = methods.call_method
        self._kinds[Instance] = layers.call_instance
        self._kinds[External] = layers.call_external

    def call(self, frame: Frame, node: cst.Call, dropped: bool = False) -> Value:
        """What a call gives; ``dropped``: nobody takes it."""
        callee = self.evaluate(frame, node.func)
        if type(callee) is Api and callee.name in _TYPE_TESTS:
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
                if type(option) is not NoneValue
            ]
            result = join_all(results)
        else:
            result = self.call_value(frame, node, callee, arguments)
        if frame.loops:
            self._note_application(frame, node, callee, result)
            if type(node.func) is cst.Name and is_fusable(callee):
                frame.loops[-1].calls[id(node)] = node
            if not _is_elementwise(callee):
                frame.loops[-1].elementwise = False
        return result

    def _note_application(self, frame: Frame, node: cst.Call, callee: Value, result: Value) -> None:
        """Remember, for the loop around, that its body computes with tensors and which layer it applies."""
        if any(_holds_tensor(option) for option in options(result)):
            frame.loops[-1].tensors = True
        if self.has_weights(callee) and type(node.func) is cst.Attribute and dotted_key(node.func):
            root = dotted_key(node.func).partition(".")[0]
            if root == frame.self_name:
                frame.loops[-1].applied[id(node)] = node
                frame.loops[-1].tensors = True

    def arguments(self, frame: Frame, node: cst.Call) -> Arguments:
        """The arguments of a call, evaluated."""
        positional: list[Value] = []
        keywords: dict[str, Value] = {}
        is_open = False
        for argument in node.args:
            value = self.evaluate(frame, argument.value)
            if argument.star == "*":
                if type(value) is Seq and value.items is not None:
                    positional.extend(value.items)
                else:
                    if is_tensor(value):
                        self.iterate(frame, value, argument.value, "star")
                    is_open = True
            elif argument.star == "**":
                if type(value) is Mapping and value.default is None:
                    keywords.update({key: item for key, item in value.items if isinstance(key, str)})
                else:
                    is_open = True
            elif argument.keyword is not None:
                keywords[argument.keyword.value] = value
            elif not is_open:
                positional.append(value)
        return Arguments(tuple(positional), keywords, is_open)

    def call_value(self, frame: Frame, node: cst.Call, callee: Value, arguments: Arguments) -> Value:
        """What calling ``callee``, which is no union, with ``arguments`` gives."""
        call = self._kinds.get(type(callee))
        if call is not None:
            return call(frame, node, callee, arguments)
        return self._call_unknown(frame, node, callee, arguments) if type(callee) is Value else UNKNOWN

    def _call_unknown(self, frame: Frame, node: cst.Call, callee: Value, arguments: Arguments) -> Value:
        """What ``self.encoder(x)`` gives where the encoder was not seen made, and what ``numpy`` of that gives."""
        if type(node.func) is not cst.Attribute or frame.place is None:
            return UNKNOWN
        if isinstance(callee.why, ComputedInGraph):
            if node.func.attr.value == "numpy" and not node.args:
                self.emit(frame, events.HostRead, node, value=callee, method="numpy")
            return UNKNOWN
        holder = node.func.value
        is_own = type(holder) is cst.Name and type(frame.instance) is Instance and holder.value == frame.self_name
        if not is_own or not any(_is_computed(value) for value in arguments.positional):
            return UNKNOWN
        why = ComputedInGraph("{code} is computed while tracing", node, frame.place.source)
        return Value(why=why)

    def _call_api(self, frame: Frame, node: cst.Call, callee: Api, arguments: Arguments) -> Value:
        if callee.name.startswith("builtins."):
            return self.call_builtin(frame, node, callee.name[len("builtins.") :], arguments)
        return self.call_library(frame, node, callee.name, arguments)

    def _call_function(self, frame: Frame, node: cst.Call, callee: Function, arguments: Arguments) -> Value:
        callee, arguments = self._bound_by_hand(frame, callee, arguments)
        return self.call_function(frame, node, callee, arguments)

    def _call_method(self, frame: Frame, node: cst.Call, callee: Method, arguments: Arguments) -> Value:
        return self.call_method(frame, node, callee.receiver, callee.name, arguments)

    def _construct(self, frame: Frame, node: cst.Call, callee: ClassValue, arguments: Arguments) -> Value:
        return UNKNOWN if callee.info is None else self.construct_instance(frame, node, callee, arguments)

    def _bound_by_hand(self, frame: Frame, callee: Function, arguments: Arguments) -> tuple[Function, Arguments]:
        """``Base.__init__(self, x)`` is ``super().__init__(x)`` where Base is a base of ``self``."""
        instance = arguments.positional[0] if arguments.positional and callee.bound is None else None
        if type(instance) is not Instance or instance != frame.instance or callee.owner is None:
            return callee, arguments
        if not any(each is callee.owner for each in self.hierarchy.ancestors(instance.info)):
            return callee, arguments
        rest = Arguments(arguments.positional[1:], arguments.keywords, arguments.open)
        return dataclasses.replace(callee, bound=instance), rest

    def invoke(self, frame: Frame, node: cst.CSTNode, callee: Value, values: Sequence[Value]) -> Value:
        """Call a function value with these positional arguments, as an API does."""
        if type(callee) is Function:
            return self.call_function(frame, node, callee, Arguments(tuple(values)))
        if (type(callee) is Instance or type(callee) is External) and type(node) is cst.Call:
            return self.call_value(frame, node, callee, Arguments(tuple(values)))
        return UNKNOWN


def _is_computed(value: Value) -> bool:
    return is_nest(value) or isinstance(value.why, ComputedInGraph)


def _are_layers(callee: Union) -> bool:
    return sum(type(option) is Instance for option in callee.options) > 1


def _of_any_structure(arguments: Arguments) -> Arguments:
    """Which of several layers is given one tensor and which several together is not known: the code may see to it."""
    first, *rest = arguments.positional or (UNKNOWN,)
    if type(first) is not Tensor:
        return arguments
    return Arguments((Tensors(first.batched, why=first.why), *rest), arguments.keywords, arguments.open)


def _changes_nothing(frame: Frame, callee: Value) -> bool:
    """Whether a call matters only for what it gives: while one object is made, another one's method."""
    return (
        type(callee) is Function
        and callee.info is not None
        and frame.constructing is not None
        and callee.bound is not None
        and callee.bound != frame.instance
    )


def _is_elementwise(callee: Value) -> bool:
    """Whether a call takes the elements of a tensor one by one, or collects results in a list."""
    if type(callee) is Api:
        return callee.name in _ELEMENTWISE
    if type(callee) is External:
        return callee.name in {"keras.layers.Dense", "keras.layers.Activation", "keras.layers.ReLU"}
    return type(callee) is Method and type(callee.receiver) is Seq


def is_fusable(value: Value) -> bool:
    """Whether ``value`` is a layer, several of which on one input make one wider layer."""
    return type(value) is External and value.name in loop_syntax.FUSABLE


def _holds_tensor(value: Value) -> bool:
    """A tensor, or several as a layer with more than one output returns them."""
    return is_tensor_like(value) or (
        type(value) is Seq and value.items is not None and any(type(each) is Tensor for each in value.items)
    )
