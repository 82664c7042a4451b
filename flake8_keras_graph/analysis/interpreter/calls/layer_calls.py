"""Classes called and made: layers and models of the project and of Keras, and what state they have."""

from __future__ import annotations

import libcst as cst

from flake8_keras_graph import knowledge
from flake8_keras_graph.analysis import events
from flake8_keras_graph.analysis.interpreter.frame import Frame
from flake8_keras_graph.analysis.interpreter.protocols import AttributeReader, FunctionCaller, Library, Resolver
from flake8_keras_graph.analysis.interpreter.recorder import Recorder, explain
from flake8_keras_graph.analysis.values import (
    MISSING,
    UNKNOWN,
    Arguments,
    ClassValue,
    External,
    FromCaller,
    Function,
    Instance,
    NoneValue,
    Seq,
    Static,
    Tensor,
    Tensors,
    Value,
    is_batched,
)
from flake8_keras_graph.project.hierarchy import Hierarchy
from flake8_keras_graph.project.index import FunctionInfo

_RATES = ("dropout", "recurrent_dropout")
# What these hold depends on what they are given.
_WRAPPERS = knowledge.names_where("wrapper")


class LayerCalls:
    """Everything about calling and making instances of classes."""

    def __init__(self, recorder: Recorder, hierarchy: Hierarchy) -> None:
        self.emit = recorder.emit
        self.emit_creation = recorder.emit_creation
        self.hierarchy = hierarchy

    def connect(
        self, resolver: Resolver, attributes: AttributeReader, functions: FunctionCaller, library: Library
    ) -> None:
        """Hand over the parts that this one asks."""
        self.function_value = resolver.function_value
        self.instance_attributes = attributes.instance_attributes
        self.call_function = functions.call_function
        self.from_spec = library.from_spec

    def has_weights(self, value: Value) -> bool:
        """Whether calling ``value`` applies weights: a layer of the project, or one of Keras that has some."""
        if type(value) is Instance:
            return self.hierarchy.kind(value.info) in {"layer", "model"}
        if type(value) is External:
            return knowledge.has_weights(value.name)
        return False

    def construct_instance(self, frame: Frame, node: cst.Call, callee: ClassValue, arguments: Arguments) -> Value:
        """An object of a class of the project."""
        info = callee.info
        assert info is not None
        kind = self.hierarchy.kind(info)
        made = Instance(
            info=info,
            arguments=None if arguments.open else arguments.positional,
            keywords=() if arguments.open else tuple(sorted(arguments.keywords.items(), key=lambda item: item[0])),
        )
        if kind in {"layer", "model"} and frame.place is not None and not frame.quiet:
            stateful = self.has_state(made, frame.place.keras)
            self.emit_creation(frame, node, info.name, "model" if kind == "model" else "layer", stateful)
        if kind is None and frame.place is not None and not frame.quiet:
            self._run_constructor(frame, node, made, arguments)
        return made

    def _run_constructor(self, frame: Frame, node: cst.Call, made: Instance, arguments: Arguments) -> None:
        """What the constructor of a class that is none of Keras does happens where it is called."""
        method = self.hierarchy.method(made.info, "__init__")
        if method is not None:
            self.call_function(frame, node, Function(info=method, bound=made, owner=method.owner), arguments)

    def has_state(self, value: Value, keras: int = 3, depth: int = 0) -> bool:
        """Whether a layer certainly makes variables under that Keras: weights, or the state of random numbers."""
        if type(value) is External:
            if value.name in _WRAPPERS:
                return any(
                    self.has_state(inner, keras, depth + 1)
                    for _, given in value.keywords
                    for inner in (given.items or () if type(given) is Seq else (given,))
                )
            return (_has_seed(value, keras) and _draws(value)) or self.has_weights(value)
        if type(value) is Tensor:
            return value.variable != ""
        if type(value) is not Instance or depth > 2 or self.hierarchy.kind(value.info) not in {"layer", "model"}:
            return False
        return any(self.has_state(made, keras, depth + 1) for made in self.instance_attributes(value).values())

    def call_instance(self, frame: Frame, node: cst.Call, callee: Instance, arguments: Arguments) -> Value:
        """What calling an object of the project gives: a layer, a model, a loss, or what has a ``__call__``."""
        kind = self.hierarchy.kind(callee.info)
        if kind in {"layer", "model", "loss"}:
            method = self.hierarchy.method(callee.info, "call")
            if method is None:
                return self.inherited_call(frame, node, callee, arguments)
            if self.hierarchy.method(callee.info, "__call__") is None:
                return self._layer_call(frame, node, callee, method, arguments)
        method = self.hierarchy.method(callee.info, "__call__")
        if method is None:
            return UNKNOWN
        function = self._as_function(method, callee)
        return self.call_function(frame, node, function, arguments) if function else UNKNOWN

    def _as_function(self, method: FunctionInfo, bound: Value) -> Function | None:
        value = self.function_value(method, bound)
        return value if type(value) is Function else None

    def inherited_call(self, frame: Frame, node: cst.Call, callee: Instance, arguments: Arguments) -> Value:
        """A class of the project that inherits ``call`` from a layer of Keras."""
        for ancestor in self.hierarchy.ancestors(callee.info):
            if isinstance(ancestor, str):
                name = knowledge.canonical(ancestor)
                spec = knowledge.layer_returns(name)
                if spec is not None and not spec.when:
                    return self.from_spec(frame, node, spec.default, arguments)
        return UNKNOWN

    def _layer_call(
        self, frame: Frame, node: cst.Call, callee: Instance, method: FunctionInfo, arguments: Arguments
    ) -> Value:
        """Keras passes ``training`` on by itself, and does not let AutoGraph into ``call`` (Keras 3)."""
        function = self._as_function(method, callee)
        if function is None:
            return UNKNOWN
        names = [argument.arg for argument in (*method.node.args.args, *method.node.args.kwonlyargs)]
        keywords = dict(arguments.keywords)
        if "training" in names and "training" not in keywords:
            if names.index("training") - 1 >= len(arguments.positional):
                keywords["training"] = Static(source="training")
        passed = Arguments(_as_undecided(frame, callee, arguments.positional), keywords, arguments.open)
        autograph = function.autograph
        if autograph is None:
            autograph = self.hierarchy.keras_version(callee.info) == 2
        function = Function(info=function.info, bound=callee, owner=function.owner, autograph=autograph)
        return self.call_function(frame, node, function, passed)

    def call_external(self, frame: Frame, node: cst.Call, callee: External, arguments: Arguments) -> Value:
        """What calling an object of a class outside the project gives: a layer of Keras, say."""
        name = callee.name
        if not frame.quiet and _heeds_training(callee):
            second = arguments.positional[1] if len(arguments.positional) > 1 and _takes_it_second(callee) else None
            told = arguments.keywords.get("training", second)
            self.emit(frame, events.LayerCall, node, value=callee, training=told)
        spec = knowledge.layer_returns(name)
        if spec is not None:
            return self._layer_result(frame, node, callee, spec, arguments)
        if knowledge.is_model(name):
            return explain(frame, Tensors(is_batched(arguments.leading())), "{code} calls a model", node)
        if knowledge.is_loss(name) or knowledge.is_initializer(name):
            return explain(frame, Tensor(), "{code} returns a tensor", node)
        if name == "callable:batched":
            return self.from_spec(frame, node, "batched", arguments)
        if name == "callable:tensor":
            return self.from_spec(frame, node, "tensor", arguments)
        return UNKNOWN

    def _layer_result(
        self,
        frame: Frame,
        node: cst.Call,
        callee: External,
        spec: knowledge.LayerReturns,
        arguments: Arguments,
    ) -> Value:
        given = dict(callee.keywords)
        if "**" in given and spec.when:
            return UNKNOWN
        for condition, result in spec.when:
            holds = _holds(condition, given, arguments)
            if holds is None:
                return UNKNOWN
            if holds:
                return self.from_spec(frame, node, result, arguments)
        return self.from_spec(frame, node, spec.default, arguments)


def _takes_it_second(layer: External) -> bool:
    """Whether ``training`` comes after the inputs: so it does in layers whose own doing it decides."""
    known = knowledge.record(layer.name)
    return known is not None and known.training in {"identity", "differs"}


def _heeds_training(layer: External) -> bool:
    """Whether it does something else in training than outside, as far as its constructor's arguments say."""
    known, given = knowledge.record(layer.name), dict(layer.keywords)
    if known is None or known.training is None:
        return False
    if layer.name == "keras.Sequential":
        parts = given.get("layers", given.get("layer"))
        return type(parts) is Seq and any(
            type(part) is External and _heeds_training(part) for part in parts.items or ()
        )
    if known.training == "reads":
        return any(_is_rate(given.get(name)) for name in _RATES)
    if given.get("trainable", UNKNOWN).literal is False:
        return False  # BatchNormalization is then as it is outside of training
    rate = given.get("rate", given.get("layer")) if known.training == "identity" else None
    return rate is None or rate.literal != 0


def _is_rate(value: Value | None) -> bool:
    return value is not None and isinstance(value.literal, float) and value.literal > 0


def _has_seed(made: External, keras: int) -> bool:
    """Whether its random numbers come of a variable: in Keras 2 those of the layers for images alone do."""
    spec = knowledge.layer_returns(made.name)
    return knowledge.has(made.name, "seeded") and (keras == 3 or spec is None or spec.default != "batched")


def _draws(made: External) -> bool:
    """Whether a layer that draws random numbers ever does: with a rate of 0 it makes no seed."""
    given = dict(made.keywords)
    rate = next((given[name] for name in ("rate", "stddev", "factor", "layer") if name in given), UNKNOWN)
    if isinstance(rate.why, FromCaller):
        return rate.why.default not in {"True", "False"} and float(rate.why.default) != 0.0
    return type(rate) is not NoneValue and rate.literal != 0


def _as_undecided(frame: Frame, callee: Instance, given: tuple[Value, ...]) -> tuple[Value, ...]:
    """What a layer is given where its caller chooses: one flag may decide of both, what is passed and what it takes."""
    if not given or type(given[0]) is not Tensor or not (frame.guard_depth or frame.choices):
        return given
    made_with = (*(callee.arguments or ()), *(value for _, value in callee.keywords))
    if callee.arguments is not None and all(value.literal is not MISSING for value in made_with):
        return given
    return (Tensors(given[0].batched, why=given[0].why), *given[1:])


def _holds(condition: str, given: dict[str, Value], arguments: Arguments) -> bool | None:
    """Whether a condition of ``LayerReturns.when`` holds; None where it cannot be told."""
    name, _, literal = condition.partition("=")
    holder, _, keyword = name.rpartition(".")
    if holder:
        inner = given.get(holder)
        if type(inner) is not External:
            return None
        value = dict(inner.keywords).get(keyword)
    else:
        value = arguments.keywords.get(keyword, given.get(keyword))
    if value is None or type(value) is NoneValue:
        return value is not None and literal == "None"
    if type(value) is not Static or value.const is MISSING:
        return None
    return repr(value.const) == literal or str(value.const) == literal if literal else bool(value.const)
