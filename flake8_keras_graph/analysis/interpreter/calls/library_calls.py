"""Calls to TensorFlow, Keras, NumPy and the like: return specs turned into values, effects into events."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

import libcst as cst

from flake8_keras_graph import knowledge
from flake8_keras_graph.analysis import events
from flake8_keras_graph.analysis.interpreter.calls.new_weights import given_to_layer, given_to_variable
from flake8_keras_graph.analysis.interpreter.expressions.names import wrapped
from flake8_keras_graph.analysis.interpreter.frame import Frame
from flake8_keras_graph.analysis.interpreter.protocols import FunctionCaller, StateInspector
from flake8_keras_graph.analysis.interpreter.recorder import Recorder, explain
from flake8_keras_graph.analysis.values import (
    NONE,
    STATIC,
    UNKNOWN,
    Api,
    Arguments,
    Dim,
    External,
    Function,
    Mapping,
    NoneValue,
    Seq,
    Shape,
    Static,
    Style,
    Tensor,
    Tensors,
    Value,
    as_tensors,
    because,
    constant,
    counts_batch,
    is_batched,
    is_from_data,
    is_nest,
    is_tensor_like,
    is_unknown,
    items_of_array,
    join_all,
    map_options,
    options,
    rows,
    shape_of,
    with_data,
    with_leaves,
)
from flake8_keras_graph.config import Options
from flake8_keras_graph.project.hierarchy import Hierarchy

# Known while tracing, whatever the arguments: fit traces a graph.
_CONSTANT_RESULTS: dict[str, Value] = {
    "tf.executing_eagerly": constant(False),
    "tf.inside_function": constant(True),
}
_BACKEND = {"keras.backend.backend", "keras.config.backend"}
# Their results' first dimension depends on the data: it is not known while tracing, as the batch is not.
_DATA_DEPENDENT = knowledge.names_where("data-dependent")
_RANGES = knowledge.names_where("range")
_OF_SHAPE = knowledge.names_where("of-shape") | knowledge.names_where(returns="shape-tensor")
_NOT_FOR_XLA = knowledge.names_where(xla="never")
_STAGED_TESTS = knowledge.names_where("staged-test")
_HOST = Static(type="host")
_CALLABLE_GETTERS = {"keras.activations.get": "callable:batched", "keras.initializers.get": "callable:tensor"}
_WRAPPERS = knowledge.names_where("wrapper") - knowledge.names_where("copies")
_SIZED = knowledge.names_where("sizes")
_HOST_READERS = knowledge.names_where("host-read")


class LibraryCalls:
    """What is known of functions outside the project is data (``knowledge``); this applies it."""

    def __init__(self, recorder: Recorder, options: Options, hierarchy: Hierarchy) -> None:
        self.hierarchy = hierarchy
        self.emit = recorder.emit
        self.emit_creation = recorder.emit_creation
        self.emit_variable = recorder.emit_variable
        self.emit_given = recorder.emit_given
        self.needs_number = recorder.needs_number
        self.returns_option = dict(options.returns)

    def connect(self, functions: FunctionCaller, layers: StateInspector) -> None:
        """Hand over the parts that this one asks."""
        self.call_function = functions.call_function
        self.has_state = layers.has_state

    def call_api(self, frame: Frame, node: cst.Call, name: str, arguments: Arguments) -> Value:
        """What a function or class outside the project gives, called under its canonical ``name``."""
        self._effects(frame, node, name, arguments)
        for parameter, position in knowledge.sizes(name):
            self._size(frame, node, name, arguments.get(position, parameter))
        self._size_from_values(frame, node, name, arguments)
        if name in _NOT_FOR_XLA:
            self.emit(frame, events.NotForXla, node, function=name)
        if name in _STAGED_TESTS:
            self._staged_test(frame, node, name, arguments)
        if name.startswith("math."):
            return self._call_math(frame, node, name, arguments)
        option = self.returns_option.get(name)
        if option is not None:
            given = {"tensor": "tensor", "python": "static"}.get(option, "unknown")
            return self.from_spec(frame, node, given, arguments)
        if name in _CONSTANT_RESULTS:
            return _CONSTANT_RESULTS[name]
        if name in _BACKEND:
            return constant(self.hierarchy.backend(frame.module))
        if name in _HOST_READERS:
            return self._read_on_host(frame, node, name, arguments)
        made = self._made(frame, node, name, arguments)
        if made is not None:
            return made
        result = self._call_functions(frame, node, name, arguments)
        return self._returned(frame, node, name, arguments, result)

    def _made(self, frame: Frame, node: cst.Call, name: str, arguments: Arguments) -> Value | None:
        """A layer, model, variable, symbolic tensor or function that ``name`` makes; None where it makes none."""
        if name in _CALLABLE_GETTERS:
            return External(name=_CALLABLE_GETTERS[name])
        if name in {"keras.Input", "keras.layers.Input"}:
            return explain(frame, Tensor(True), "{code} is a symbolic tensor", node)
        if knowledge.is_model(name) or knowledge.is_layer(name):
            return self._construct_layer(frame, node, name, arguments)
        if knowledge.is_variable(name):
            if name != "tf.get_variable":  # where its scope says reuse, that makes no new one
                self.emit_variable(frame, node, name)
            if name.startswith("tf."):
                self.emit_given(frame, node, name, "variable", given_to_variable(arguments))
            whose: Literal["tf", "keras"] = "keras" if name.startswith("keras.") else "tf"
            return explain(frame, Tensor(variable=whose), "{code} is a variable", node)
        return self._wrap(name, arguments)

    def _returned(self, frame: Frame, node: cst.Call, name: str, arguments: Arguments, result: Value) -> Value:
        """What ``name`` returns by its record; ``result`` is what the functions that it was given return."""
        count = None if arguments.open else len(arguments.positional) + len(arguments.keywords)
        spec = knowledge.returns(name, count)
        if spec is None:
            if knowledge.is_initializer(name):
                first = {"value": arguments.positional[0]} if arguments.positional else {}
                return External(name=name, keywords=tuple(sorted({**first, **arguments.keywords}.items(), key=_first)))
            kinds = (knowledge.is_metric, knowledge.is_loss, knowledge.is_optimizer)
            return External(name=name) if any(kind(name) for kind in kinds) else UNKNOWN
        if spec == "numpy":
            return self._call_numpy(frame, node, name, arguments)
        if name in _SIZED and self._is_refused_by_numpy(frame, node, name, arguments):
            return UNKNOWN
        if spec.startswith("like:"):
            parameter = spec[len("like:") :]
            given_as = arguments.keywords.get(parameter)
            return as_tensors(self._positional(name, parameter, arguments) if given_as is None else given_as)
        if spec == "result":
            return with_leaves(_structure(arguments), result) if name.endswith("map_structure") else result
        if spec == "tensor" and (_keeps_first_dimension(name, arguments) or _reshapes_to_batch(name, arguments)):
            spec = "batched"
        value = self.from_spec(frame, node, spec, arguments, follows_values=name not in _OF_SHAPE)
        if name in _RANGES and type(value) is Tensor and any(map(counts_batch, arguments.positional)):
            return Tensor(rank=1, of_batch="range", why=value.why)
        return _unknown_length(value) if name in _DATA_DEPENDENT else value

    def _effects(self, frame: Frame, node: cst.Call, name: str, arguments: Arguments) -> None:
        word = knowledge.effect(name)
        if word is not None and word != "creates-variable":
            given, keywords = arguments.positional, frozenset(arguments.keywords)
            self.emit(frame, events.Effect, node, word=word, name=name, keywords=keywords, given=given)

    def _size(self, frame: Frame, node: cst.Call, name: str, given: Value | None) -> None:
        """Record that the call is given a size, or sizes of which one, that is not known in fit."""
        for part in _parts(given):
            if part.is_none_in_fit or _has_batch(part):
                self.emit(frame, events.UnknownSize, node, value=part, function=name)
                return

    def _size_from_values(self, frame: Frame, node: cst.Call, name: str, arguments: Arguments) -> None:
        """Record that the size of what the call gives depends on values."""
        for parameter, position in knowledge.sizes_for_xla(name):
            given = arguments.get(position, parameter)
            left_out = given is None and not arguments.open and parameter == knowledge.size_from_values(name)
            for part in (arguments.leading(),) if left_out else _parts(given):
                if is_from_data(part) and (left_out or type(part) is Tensor):  # an argument may be a tuple of sizes
                    self.emit(frame, events.ValueSize, node, value=part, function=name)
                    return

    def _staged_test(self, frame: Frame, node: cst.Call, name: str, arguments: Arguments) -> None:
        """Record what a function of the graph is to choose by."""
        named = {argument.keyword.value: argument.value for argument in node.args if argument.keyword is not None}
        value = arguments.get(0, "pred")
        operand = named.get("pred") or (node.args[0].value if node.args else None)
        if value is None or operand is None:
            return
        pairs = [pair.known_items() for pair in value.known_items() if type(pair) is Seq] if type(value) is Seq else ()
        for chosen in [pair[0] for pair in pairs if pair] if pairs else [value]:  # tf.case takes a list of pairs
            self.emit(frame, events.StagedTest, node, value=chosen, operand=operand, function=name)

    def _construct_layer(self, frame: Frame, node: cst.Call, name: str, arguments: Arguments) -> Value:
        keywords = dict(arguments.keywords)
        if arguments.positional:
            keywords.setdefault("layer", arguments.positional[0])  # wrappers name the layer they wrap first
        if arguments.open:
            keywords["**"] = UNKNOWN
        made = External(name=name, keywords=tuple(sorted(keywords.items(), key=lambda item: item[0])))
        what: Literal["layer", "model"] = "model" if knowledge.is_model(name) else "layer"
        keras = frame.place.keras if frame.place is not None else 3
        self.emit_creation(frame, node, name, what, self.has_state(made, keras) and not _applies_kept(node, name))
        if what == "layer" and knowledge.has_weights(name):
            self.emit_given(frame, node, name, "layer", given_to_layer(keywords))
        return made

    def _read_on_host(self, frame: Frame, node: cst.Call, name: str, arguments: Arguments) -> Value:
        value = arguments.leading()
        if is_nest(value):
            self.emit(frame, events.HostRead, node, value=value, method=name.rpartition(".")[2])
        return _HOST

    def _wrap(self, name: str, arguments: Arguments) -> Value | None:
        """``tf.function(f)`` and other wrappers that give ``f`` back."""
        first = arguments.leading()
        if knowledge.wraps_function(name) is None or type(first) is not Function:
            return None
        return wrapped(first, name)

    def _call_functions(self, frame: Frame, node: cst.Call, name: str, arguments: Arguments) -> Value:
        """Follow the functions that an API is given (branches of ``tf.cond``, bodies of ``map_fn``)."""
        results: list[Value] = []
        for each in knowledge.takes_function(name):
            given = arguments.get(each.position, each.name)
            if given is None or each.host:
                continue
            functions = list(given.items) if each.many and type(given) is Seq and given.items else [given]
            values = list(self._function_arguments(each.gets, name, arguments))
            for function in functions:
                for option in options(function):
                    if type(option) is Function:
                        results.append(self.call_function(frame, node, option, Arguments(tuple(values))))
                    elif type(option) is not NoneValue:
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
                yield given.leaf()
            elif how == "row":
                yield rows(as_tensors(given))
            elif how in {"like", "as"}:
                value = as_tensors(given) if how == "like" else given
                if spread and type(value) is Seq and value.items is not None:
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
            if is_nest(value):
                self.emit(frame, events.Cast, node, value=value, operand=argument.value, function=name)
                return UNKNOWN
            if self.needs_number(frame, node, value, argument.value, f"{name}()"):
                return UNKNOWN
        return STATIC if all(isinstance(value, (Static, Dim)) for value in arguments.positional) else UNKNOWN

    def _is_refused_by_numpy(self, frame: Frame, node: cst.Call, name: str, arguments: Arguments) -> bool:
        """Record that a function of NumPy is given a tensor, where it is."""
        for value, operand in _spelled(node, arguments):
            tensor = value if is_nest(value) else _item_of_array(value)
            if tensor is not None:
                self.emit(frame, events.NumpyCall, node, value=tensor, operand=operand, function=name)
                return True
        return False

    def _call_numpy(self, frame: Frame, node: cst.Call, name: str, arguments: Arguments) -> Value:
        if self._is_refused_by_numpy(frame, node, name, arguments):
            return UNKNOWN
        if all(isinstance(value, (Static, Shape, Dim, NoneValue)) for value in arguments.positional):
            return _HOST
        known = all(not is_unknown(value) for value in arguments.positional)
        return _HOST if known and arguments.positional else UNKNOWN

    def from_spec(
        self, frame: Frame, node: cst.CSTNode, spec: str, arguments: Arguments, follows_values: bool = True
    ) -> Value:
        """The value that a return spec stands for, given the arguments; whether it follows from their values."""
        value = self._spec_value(knowledge.parse_spec(spec), arguments)
        if follows_values and any(map(_holds_data, (*arguments.positional, *arguments.keywords.values()))):
            value = with_data(value)
        if any(is_tensor_like(option) for option in options(value)):
            first = _first_tensor(arguments)
            why = first.why if first is not None else None
            return explain(frame, value, "{code} returns a tensor", node, why)
        if isinstance(value, (Shape, Seq)):
            first = _first_tensor(arguments)
            why = first.why if first is not None else None
            text = "{code}" if type(value) is Shape else "{code} returns tensors"
            value = explain(frame, value, text, node, why)
            if type(value) is Seq and value.items is not None:
                items = tuple(because(item, value.why) if value.why else item for item in value.items)
                return Seq(value.kind, items, why=value.why)
            if type(value) is Seq and value.why:
                return Seq(value.kind, None, because(value.element, value.why), why=value.why)
        return value

    def _spec_value(self, spec: knowledge.ReturnSpec, arguments: Arguments) -> Value:
        if spec.word == "tuple":
            return Seq("tuple", tuple(self._spec_value(part, arguments) for part in spec.parts))
        if spec.word == "instance":
            return External(name=spec.name)
        known = _RETURNED.get(spec.word)
        if known is not None:
            return known
        derived = _DERIVED.get(spec.word)
        return UNKNOWN if derived is None else derived(arguments)


# What a word of a return spec stands for, whatever the arguments.
_RETURNED: dict[str, Value] = {
    "tensor": Tensor(),
    "tensors": Seq("list", None, Tensor()),
    "nest": Tensors(),
    "static": STATIC,
    "none": NONE,
    "host": _HOST,
}


def _applies_kept(node: cst.Call, name: str) -> bool:
    """Whether all that a wrapper is given is kept on an object: its weights are made once, whoever wraps them."""
    if name not in _WRAPPERS or not node.args or node.args[0].star:
        return False
    given = node.args[0].value
    parts = [each.value for each in given.elements] if isinstance(given, (cst.List, cst.Tuple)) else [given]
    return bool(parts) and all(isinstance(part, cst.Attribute) for part in parts)


def _batched(arguments: Arguments) -> Value:
    """A tensor whose first dimension is that of the first one given."""
    tensor = _first_tensor(arguments)
    return Tensor(tensor is not None and tensor.batched)


def _broadcast(arguments: Arguments) -> Value:
    """A tensor of the shape that all arguments broadcast to."""
    tensor = _first_tensor(arguments)
    every = [*arguments.positional, *arguments.keywords.values()]
    return Tensor(tensor is not None and tensor.batched and all(_is_batched_or_static(value) for value in every))


def _shape(style: Style) -> Callable[[Arguments], Value]:
    """The shape of the first argument."""
    return lambda arguments: map_options(arguments.leading(), lambda option: shape_of(option, style))


def _shape_tensor(arguments: Arguments) -> Value:
    """The shape of the first argument, as a tensor."""
    tensor = _first_tensor(arguments)
    return Tensor(rank=1, of_batch="shape" if tensor is not None and tensor.batched else "")


# What the other words stand for, given the arguments.
_DERIVED: dict[str, Callable[[Arguments], Value]] = {
    "batched": _batched,
    "broadcast": _broadcast,
    "structure": lambda arguments: as_tensors(arguments.leading()),
    "leaves": lambda arguments: Seq("list", None, arguments.leading().leaf()),
    "same": Arguments.leading,
    "static-shape": _shape("static"),
    "shape-tuple": _shape("ops"),
    "shape-tensor": _shape_tensor,
}


def _parts(given: Value | None) -> tuple[Value, ...]:
    """The sizes that a parameter is given, as far as they are known."""
    if given is None:
        return ()
    return given.items or () if type(given) is Seq else (given,)


def _first(item: tuple[str, Value]) -> str:
    return item[0]


def _holds_data(value: Value) -> bool:
    """Whether it is, or a sequence of it holds, a tensor whose values follow from those that are fed."""
    if type(value) is Seq:
        return any(map(_holds_data, value.known_items()))
    return is_from_data(value)


def _has_batch(value: Value) -> bool:
    """Whether it is a static shape whose first dimension is the batch."""
    return type(value) is Shape and value.has_unknown_size and value.first == 0


def _first_tensor(arguments: Arguments) -> Tensor | Tensors | None:
    for value in (*arguments.positional, *arguments.keywords.values()):
        found = _tensor_in(value)
        if found is not None:
            return found
        if is_unknown(value):
            return None  # it may be the tensor whose batch counts
    return None


def _tensor_in(value: Value, depth: int = 0) -> Tensor | Tensors | None:
    if is_tensor_like(value):
        return value
    if depth > 3:
        return None
    if type(value) is Seq:
        parts = list(value.items) if value.items is not None else [value.element]
        return next((found for part in parts if (found := _tensor_in(part, depth + 1))), None)
    if type(value) is Mapping:
        return next((found for _, part in value.items if (found := _tensor_in(part, depth + 1))), None)
    return next(
        (option for option in options(value) if is_tensor_like(option)),
        None,
    )


def _spelled(node: cst.Call, arguments: Arguments) -> Iterable[tuple[Value, cst.BaseExpression]]:
    """Every argument with what to show as it: its expression, or the call where it came out of a ``*`` or ``**``."""
    for position, value in enumerate(arguments.positional):
        yield value, node.args[position].value if position < len(node.args) else node
    named = {argument.keyword.value: argument.value for argument in node.args if argument.keyword is not None}
    for name, value in arguments.keywords.items():
        yield value, named.get(name, node)


def _keeps_first_dimension(name: str, arguments: Arguments) -> bool:
    """Whether the first dimension of the result is that of the first argument, given what it is told to work along."""
    if knowledge.joins(name):
        parts = arguments.positional[0] if arguments.positional else UNKNOWN
        items = parts.known_items() if type(parts) is Seq else ()
        return bool(items) and all(type(item) is Tensor and item.batched for item in items)
    given = arguments.get(1, "axis") if knowledge.works_along_axis(name) else None
    axes = given.items if type(given) is Seq else (given,)
    return bool(axes) and all(
        type(axis) is Static and type(axis.const) is int and (axis.const > 0 or axis.const == -1) for axis in axes or ()
    )


def _reshapes_to_batch(name: str, arguments: Arguments) -> bool:
    """Whether a tensor gets a shape whose first size is the batch: its own or, left open with -1, what comes of it."""
    parameter = next((known for known, position in knowledge.sizes(name) if position == 1), "")
    if parameter not in {"newshape", "shape"}:
        return False
    given = arguments.get(1, parameter)
    first = given.items[0] if type(given) is Seq and given.items else given
    if first is None or not is_batched(arguments.leading()):
        return False
    return first.literal == -1 or first.is_none_in_fit or _has_batch(first)


def _item_of_array(value: Value) -> Value | None:
    """The tensor in a list that NumPy would make an array of."""
    return next((item for item in items_of_array(value) if is_nest(item)), None)


def _is_batched_or_static(value: Value) -> bool:
    return all(
        isinstance(option, (Static, NoneValue, Dim, Api)) or (is_tensor_like(option) and option.batched)
        for option in options(value)
    )


def _structure(arguments: Arguments) -> Value:
    """What ``map_structure(function, structure)`` goes through."""
    return arguments.second(next(iter(arguments.keywords.values()), UNKNOWN))


def _unknown_length(value: Value) -> Value:
    return value.map_leaves(
        lambda leaf: (
            Tensor(True, leaf.rank, "", leaf.from_data, "values", why=leaf.why) if type(leaf) is Tensor else leaf
        )
    )
