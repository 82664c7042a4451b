"""Calls to TensorFlow, Keras, NumPy and the like: return specs turned into values, effects into events."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import libcst as cst

from flake8_keras_graph import knowledge
from flake8_keras_graph.analysis import events
from flake8_keras_graph.analysis.interpreter.core import Arguments, Core
from flake8_keras_graph.analysis.interpreter.frames import Frame
from flake8_keras_graph.analysis.values import (
    NONE,
    STATIC,
    UNKNOWN,
    Api,
    Dim,
    External,
    Function,
    Mapping,
    NoneValue,
    Seq,
    Shape,
    Static,
    Tensor,
    Tensors,
    Value,
    because,
    constant,
    is_tensor,
    is_unknown,
    join_all,
    map_options,
    options,
)

# Known while tracing, whatever the arguments: fit traces a graph, and the backend is TensorFlow.
_CONSTANT_RESULTS: dict[str, Value] = {
    "tf.executing_eagerly": constant(False),
    "tf.inside_function": constant(True),
    "keras.backend.backend": constant("tensorflow"),
    "keras.config.backend": constant("tensorflow"),
}
# Their results' first dimension depends on the data: it is not known while tracing, as the batch is not.
_DATA_DEPENDENT = knowledge.names_where("data-dependent")
_HOST = Static(type="host")
_CALLABLE_GETTERS = {"keras.activations.get": "callable:batched", "keras.initializers.get": "callable:tensor"}
_HOST_READERS = knowledge.names_where("host-read")


class Apis(Core):
    """What is known of functions outside the project is data (``knowledge``); this applies it."""

    def call_api(self, frame: Frame, node: cst.Call, name: str, arguments: Arguments) -> Value:
        self._effects(frame, node, name, arguments)
        if name.startswith("math."):
            return self._call_math(frame, node, name, arguments)
        option = self.returns_option.get(name)
        if option is not None:
            given = {"tensor": "tensor", "python": "static"}.get(option, "unknown")
            return self.from_spec(frame, node, given, arguments)
        if name in _CONSTANT_RESULTS:
            return _CONSTANT_RESULTS[name]
        if name in _HOST_READERS:
            return self._read_on_host(frame, node, name, arguments)
        if name in _CALLABLE_GETTERS:
            return External(name=_CALLABLE_GETTERS[name])
        if name in {"keras.Input", "keras.layers.Input"}:
            return self.explain(frame, Tensor(True), "{code} is a symbolic tensor", node)
        if knowledge.is_model(name) or knowledge.is_layer(name):
            return self._construct_layer(frame, node, name, arguments)
        if knowledge.is_variable(name):
            if name != "tf.get_variable":  # where its scope says reuse, that makes no new one
                self.emit_variable(frame, node, name)
            whose: Literal["tf", "keras"] = "keras" if name.startswith("keras.") else "tf"
            return self.explain(frame, Tensor(variable=whose), "{code} is a variable", node)
        wrapped = self._wrap(name, arguments)
        if wrapped is not None:
            return wrapped
        result = self._call_functions(frame, node, name, arguments)
        count = None if arguments.open else len(arguments.positional) + len(arguments.keywords)
        spec = knowledge.returns(name, count)
        if spec is None:
            kinds = (knowledge.is_metric, knowledge.is_loss, knowledge.is_optimizer, knowledge.is_initializer)
            return External(name=name) if any(kind(name) for kind in kinds) else UNKNOWN
        if spec == "numpy":
            return self._call_numpy(frame, node, name, arguments)
        if spec.startswith("like:"):
            parameter = spec[len("like:") :]
            given_as = arguments.keywords.get(parameter)
            return _as_tensors(self._positional(name, parameter, arguments) if given_as is None else given_as)
        if spec == "result":
            return _with_leaves(_structure(arguments), result) if name.endswith("map_structure") else result
        if spec == "tensor" and _keeps_first_dimension(name, arguments):
            spec = "batched"
        value = self.from_spec(frame, node, spec, arguments)
        return _unknown_length(value) if name in _DATA_DEPENDENT else value

    def _effects(self, frame: Frame, node: cst.Call, name: str, arguments: Arguments) -> None:
        word = knowledge.effect(name)
        if word is not None and word != "creates-variable":
            self.emit(frame, events.Effect, node, word=word, name=name, keywords=frozenset(arguments.keywords))

    def _construct_layer(self, frame: Frame, node: cst.Call, name: str, arguments: Arguments) -> Value:
        keywords = dict(arguments.keywords)
        if arguments.positional:
            keywords.setdefault("layer", arguments.positional[0])  # wrappers name the layer they wrap first
        if arguments.open:
            keywords["**"] = UNKNOWN
        made = External(name=name, keywords=tuple(sorted(keywords.items(), key=lambda item: item[0])))
        self.emit(
            frame,
            events.Create,
            node,
            name=name,
            what="model" if knowledge.is_model(name) else "layer",
            stateful=self.has_state(made),
            guarded=frame.guards > 0,
        )
        return made

    def _read_on_host(self, frame: Frame, node: cst.Call, name: str, arguments: Arguments) -> Value:
        value = arguments.positional[0] if arguments.positional else UNKNOWN
        if is_tensor(value):
            self.emit(frame, events.HostRead, node, value=value, method=name.rpartition(".")[2])
        return _HOST

    def _wrap(self, name: str, arguments: Arguments) -> Value | None:
        """``tf.function(f)`` and other wrappers that give ``f`` back."""
        first = arguments.positional[0] if arguments.positional else None
        if knowledge.wraps_function(name) is None or not isinstance(first, Function):
            return None
        return self.wrapped(first, name)

    def _call_functions(self, frame: Frame, node: cst.Call, name: str, arguments: Arguments) -> Value:
        """Follow the functions that an API is given (branches of ``tf.cond``, bodies of ``map_fn``)."""
        results: list[Value] = []
        for each in knowledge.takes_function(name):
            given = arguments.get(each.position, each.name)
            if given is None or each.host:
                continue
            functions = list(given.items) if each.many and isinstance(given, Seq) and given.items else [given]
            values = list(self._function_arguments(each.gets, name, arguments))
            for function in functions:
                for option in options(function):
                    if isinstance(option, Function):
                        results.append(self.call_function(frame, node, option, Arguments(tuple(values))))
                    elif not isinstance(option, NoneValue):
                        results.append(UNKNOWN)
        return join_all(results) if results else UNKNOWN

    def _function_arguments(self, gets: tuple[str, ...], name: str, arguments: Arguments) -> Iterable[Value]:
        for spec in gets:
            spread = spec.startswith("*")
            how, _, parameter = spec.lstrip("*").partition(":")
            given = arguments.keywords.get(parameter, UNKNOWN) if parameter else UNKNOWN
            if parameter and is_unknown(given):
                given = self._positional(name, parameter, arguments)
            if how == "leaf":
                yield _leaf(given)
            elif how == "row":
                yield _rows(_as_tensors(given))
            elif how in {"like", "as"}:
                value = _as_tensors(given) if how == "like" else given
                if spread and isinstance(value, Seq) and value.items is not None:
                    yield from value.items
                elif spread:
                    return
                else:
                    yield value
            elif how == "call":
                return
            else:
                yield self._simple(how)

    @staticmethod
    def _positional(name: str, parameter: str, arguments: Arguments) -> Value:
        """A parameter's value given by position, for the parameters that functions are fed from."""
        position = knowledge.parameter_position(name, parameter)
        if position is not None and position < len(arguments.positional):
            return arguments.positional[position]
        return UNKNOWN

    @staticmethod
    def _simple(spec: str) -> Value:
        return {"tensor": Tensor(), "batched": Tensor(), "static": STATIC, "host": _HOST}.get(spec, UNKNOWN)

    def _call_math(self, frame: Frame, node: cst.Call, name: str, arguments: Arguments) -> Value:
        """Python's own functions of numbers ask a tensor for a float."""
        if not knowledge.needs_floats(name):
            return UNKNOWN
        for argument, value in zip(node.args, arguments.positional, strict=False):
            if is_tensor(value):
                self.emit(frame, events.Cast, node, value=value, operand=argument.value, function=name)
                return UNKNOWN
            if self.needs_number(frame, node, value, argument.value, f"{name}()"):
                return UNKNOWN
        return STATIC if all(isinstance(value, (Static, Dim)) for value in arguments.positional) else UNKNOWN

    def _call_numpy(self, frame: Frame, node: cst.Call, name: str, arguments: Arguments) -> Value:
        for position, value in enumerate(arguments.positional):
            operand = node.args[position].value if position < len(node.args) else node
            tensor = value if is_tensor(value) else _item_of_array(value)
            if tensor is not None:
                self.emit(frame, events.NumpyCall, node, value=tensor, operand=operand, function=name)
                return UNKNOWN
        if all(isinstance(value, (Static, Shape, Dim, NoneValue)) for value in arguments.positional):
            return _HOST
        known = all(not is_unknown(value) for value in arguments.positional)
        return _HOST if known and arguments.positional else UNKNOWN

    def from_spec(self, frame: Frame, node: cst.CSTNode, spec: str, arguments: Arguments, what: str = "") -> Value:
        """The value that a return spec stands for, given the arguments."""
        value = self._spec_value(knowledge.parse_spec(spec), arguments)
        if any(isinstance(option, (Tensor, Tensors)) for option in options(value)):
            first = _first_tensor(arguments)
            why = first.why if first is not None else None
            return self.explain(frame, because(value, why) if why else value, "{code} returns a tensor", node)
        if isinstance(value, (Shape, Seq)):
            first = _first_tensor(arguments)
            parent = because(value, first.why) if first is not None and first.why else value
            text = "{code}" if isinstance(value, Shape) else "{code} returns tensors"
            value = self.explain(frame, parent, text, node)
            if isinstance(value, Seq) and value.items is not None:
                items = tuple(because(item, value.why) if value.why else item for item in value.items)
                return Seq(value.kind, items, why=value.why)
            if isinstance(value, Seq) and value.why:
                return Seq(value.kind, None, because(value.element, value.why), why=value.why)
        return value

    def _spec_value(self, spec: knowledge.ReturnSpec, arguments: Arguments) -> Value:
        if spec.word == "tuple":
            return Seq("tuple", tuple(self._spec_value(part, arguments) for part in spec.parts))
        first = arguments.positional[0] if arguments.positional else _first_keyword(arguments)
        tensor = _first_tensor(arguments)
        batched = isinstance(tensor, (Tensor, Tensors)) and tensor.batched
        if spec.word == "tensor":
            return Tensor()
        if spec.word == "batched":
            return Tensor(batched)
        if spec.word == "broadcast":
            every = [*arguments.positional, *arguments.keywords.values()]
            return Tensor(batched and all(_is_batched_or_static(value) for value in every))
        if spec.word == "tensors":
            return Seq("list", None, Tensor())
        if spec.word == "nest":
            return Tensors()
        if spec.word == "structure":
            return _as_tensors(first)
        if spec.word == "leaves":
            return Seq("list", None, _any_leaf(first))
        if spec.word == "static":
            return STATIC
        if spec.word == "none":
            return NONE
        if spec.word == "same":
            return first
        if spec.word == "host":
            return _HOST
        if spec.word == "shape-tensor":
            return Tensor(rank=1)
        if spec.word in {"static-shape", "shape-tuple"}:
            style = "static" if spec.word == "static-shape" else "ops"
            return map_options(first, lambda option: _shape_of(option, style))
        if spec.word == "instance":
            return External(name=spec.name)
        return UNKNOWN


def _first_tensor(arguments: Arguments) -> Tensor | Tensors | None:
    for value in (*arguments.positional, *arguments.keywords.values()):
        found = _tensor_in(value)
        if found is not None:
            return found
        if is_unknown(value):
            return None  # it may be the tensor whose batch counts
    return None


def _tensor_in(value: Value, depth: int = 0) -> Tensor | Tensors | None:
    if isinstance(value, (Tensor, Tensors)):
        return value
    if depth > 3:
        return None
    if isinstance(value, Seq):
        parts = list(value.items) if value.items is not None else [value.element]
        return next((found for part in parts if (found := _tensor_in(part, depth + 1))), None)
    if isinstance(value, Mapping):
        return next((found for _, part in value.items if (found := _tensor_in(part, depth + 1))), None)
    return next(
        (option for option in options(value) if isinstance(option, (Tensor, Tensors))),
        None,
    )


def _first_keyword(arguments: Arguments) -> Value:
    return next(iter(arguments.keywords.values()), UNKNOWN)


def _keeps_first_dimension(name: str, arguments: Arguments) -> bool:
    """Whether the first dimension of the result is that of the first argument, given what it is told to work along."""
    if knowledge.joins(name):
        parts = arguments.positional[0] if arguments.positional else UNKNOWN
        items = parts.items if isinstance(parts, Seq) else None
        return bool(items) and all(isinstance(item, Tensor) and item.batched for item in items or ())
    given = arguments.get(1, "axis") if knowledge.works_along_axis(name) else None
    axes = given.items if isinstance(given, Seq) else (given,)
    return bool(axes) and all(
        isinstance(axis, Static) and type(axis.const) is int and (axis.const > 0 or axis.const == -1)
        for axis in axes or ()
    )


def _item_of_array(value: Value) -> Value | None:
    """The tensor in a list that NumPy would make an array of."""
    if isinstance(value, Seq) and value.kind in {"list", "tuple"}:
        items = value.items if value.items is not None else (value.element,)
        return next((item for item in items if is_tensor(item)), None)
    return None


def _is_batched_or_static(value: Value) -> bool:
    return all(
        isinstance(option, (Static, NoneValue, Dim, Api)) or (isinstance(option, (Tensor, Tensors)) and option.batched)
        for option in options(value)
    )


def _shape_of(value: Value, style: str) -> Value:
    batched = isinstance(value, (Tensor, Tensors)) and value.batched
    if isinstance(value, (Static, Shape)):
        return Shape("static", False, 0)
    return Shape("static" if style == "static" else "ops", batched, 0)


def _as_tensors(value: Value) -> Value:
    """``value``'s structure with a tensor at every leaf."""
    if isinstance(value, Seq):
        if value.items is not None:
            return Seq(value.kind, tuple(_as_tensors(item) for item in value.items), why=value.why)
        return Seq(value.kind, None, _as_tensors(value.element), why=value.why)
    if isinstance(value, Mapping):
        items = tuple((key, _as_tensors(item)) for key, item in value.items)
        return Mapping(items, _as_tensors(value.default) if value.default is not None else None)
    if isinstance(value, (Tensor, Tensors)):
        return value
    if isinstance(value, (Static, Dim)):
        return Tensor()
    return UNKNOWN


def _rows(value: Value) -> Value:
    """``value``'s structure, of tensors, with one row of each."""
    if isinstance(value, Seq):
        items = None if value.items is None else tuple(_rows(item) for item in value.items)
        return Seq(value.kind, items, _rows(value.element), why=value.why)
    if isinstance(value, Mapping):
        default = None if value.default is None else _rows(value.default)
        return Mapping(tuple((key, _rows(item)) for key, item in value.items), default)
    if isinstance(value, Tensors):
        return Tensors(why=value.why)
    return Tensor(why=value.why) if isinstance(value, Tensor) else value


def _structure(arguments: Arguments) -> Value:
    """What ``map_structure(function, structure)`` goes through."""
    return arguments.positional[1] if len(arguments.positional) > 1 else _first_keyword(arguments)


def _leaf(value: Value) -> Value:
    """Any one leaf of a structure."""
    if isinstance(value, Seq):
        return join_all(_leaf(item) for item in value.items) if value.items else _leaf(value.element)
    if isinstance(value, Mapping):
        parts = [item for _, item in value.items] + ([] if value.default is None else [value.default])
        return join_all(_leaf(part) for part in parts)
    return Tensor(value.batched, why=value.why) if isinstance(value, Tensors) else value


def _with_leaves(value: Value, leaf: Value) -> Value:
    """``value``'s structure with ``leaf`` in place of every leaf."""
    if isinstance(value, Seq):
        if value.items is not None:
            return Seq(value.kind, tuple(_with_leaves(item, leaf) for item in value.items), why=value.why)
        return Seq(value.kind, None, _with_leaves(value.element, leaf), why=value.why)
    if isinstance(value, Mapping):
        items = tuple((key, _with_leaves(item, leaf)) for key, item in value.items)
        return Mapping(items, None if value.default is None else _with_leaves(value.default, leaf))
    if isinstance(value, Tensors) or is_unknown(value):
        return Tensors(why=leaf.why) if isinstance(leaf, Tensor) else UNKNOWN
    return leaf


def _unknown_length(value: Value) -> Value:
    if isinstance(value, Tensor):
        return Tensor(True, value.rank, why=value.why)
    if isinstance(value, Seq) and value.items is not None:
        return Seq(value.kind, tuple(_unknown_length(item) for item in value.items), why=value.why)
    if isinstance(value, Seq):
        return Seq(value.kind, None, _unknown_length(value.element), why=value.why)
    return value


def _any_leaf(value: Value) -> Value:
    """Any one leaf of a structure."""
    if isinstance(value, Tensors):
        return Tensor(value.batched, why=value.why)
    if isinstance(value, Seq):
        return join_all(_any_leaf(item) for item in value.items) if value.items else _any_leaf(value.element)
    if isinstance(value, Mapping):
        parts = [_any_leaf(item) for _, item in value.items]
        return join_all(parts if value.default is None else [*parts, _any_leaf(value.default)])
    return value
