"""Calls: arguments bound to parameters, functions and layers of the project followed, instances made."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import libcst as cst

from flake8_keras_graph.analysis import events, knowledge, loops
from flake8_keras_graph.analysis.core import MAX_DEPTH, MAX_RECURSION, Arguments, Core
from flake8_keras_graph.analysis.frames import Frame
from flake8_keras_graph.analysis.keys import dotted_key
from flake8_keras_graph.analysis.values import (
    MISSING,
    UNKNOWN,
    Api,
    ClassValue,
    External,
    Function,
    Instance,
    Mapping,
    Method,
    NoneValue,
    Origin,
    Seq,
    Static,
    Tensor,
    Tensors,
    Union,
    Value,
    because,
    is_tensor,
    join_all,
    options,
)
from flake8_keras_graph.index import FunctionInfo
from flake8_keras_graph.source import FunctionSource

_IN_PROGRESS = None
_TYPE_TESTS = frozenset(
    {"builtins.isinstance", "builtins.hasattr", "tf.is_tensor", "keras.ops.is_tensor", "keras.backend.is_tensor"}
)


class Calls(Core):
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

    def has_weights(self, value: Value) -> bool:
        """Whether calling ``value`` applies weights: a layer of the project, or one of Keras that has some."""
        if isinstance(value, Instance):
            return self.hierarchy.kind(value.info) in {"layer", "model"}
        if isinstance(value, External):
            return knowledge.has_weights(value.name)
        return False

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
            return self._construct_instance(frame, node, callee, arguments)
        if isinstance(callee, Instance):
            return self._call_instance(frame, node, callee, arguments)
        if isinstance(callee, External):
            return self._call_external(frame, node, callee, arguments)
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

    def _construct_instance(self, frame: Frame, node: cst.Call, callee: ClassValue, arguments: Arguments) -> Value:
        info = callee.info
        assert info is not None
        kind = self.hierarchy.kind(info)
        made = Instance(
            info=info,
            arguments=None if arguments.open else arguments.positional,
            keywords=() if arguments.open else tuple(sorted(arguments.keywords.items(), key=lambda item: item[0])),
        )
        if kind in {"layer", "model"} and frame.place is not None and not frame.quiet:
            self.emit(
                frame,
                events.Create,
                node,
                name=info.name,
                what=kind,
                stateful=self.has_state(made),
                guarded=frame.guards > 0,
            )
        return made

    def has_state(self, value: Value, depth: int = 0) -> bool:
        """Whether a layer certainly makes variables: weights, or the state of random numbers."""
        if isinstance(value, External):
            last = value.name.rpartition(".")[2]
            if _is_wrapper(last):
                return any(
                    self.has_state(inner, depth + 1)
                    for _, given in value.keywords
                    for inner in (given.items or () if isinstance(given, Seq) else (given,))
                )
            random = knowledge.is_layer(value.name) and any(word in last for word in _SEEDED)
            return random or self.has_weights(value)
        if isinstance(value, Tensor):
            return value.variable != ""
        if not isinstance(value, Instance) or depth > 2 or self.hierarchy.kind(value.info) not in {"layer", "model"}:
            return False
        return any(self.has_state(made, depth + 1) for made in self.instance_attributes(value).values())

    def _call_instance(self, frame: Frame, node: cst.Call, callee: Instance, arguments: Arguments) -> Value:
        kind = self.hierarchy.kind(callee.info)
        if kind in {"layer", "model", "loss"}:
            method = self.hierarchy.method(callee.info, "call")
            if method is None:
                return self._inherited_call(frame, node, callee, arguments)
            if self.hierarchy.method(callee.info, "__call__") is None:
                return self._layer_call(frame, node, callee, method, arguments)
        method = self.hierarchy.method(callee.info, "__call__")
        if method is None:
            return UNKNOWN
        function = self._as_function(method, callee)
        return self.call_function(frame, node, function, arguments) if function else UNKNOWN

    def _as_function(self, method: FunctionInfo, bound: Value) -> Function | None:
        value = self.function_value(method, bound)
        return value if isinstance(value, Function) else None

    def _inherited_call(self, frame: Frame, node: cst.Call, callee: Instance, arguments: Arguments) -> Value:
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
        passed = Arguments(arguments.positional, keywords, arguments.open)
        autograph = function.autograph
        if autograph is None:
            autograph = self.hierarchy.keras_version(callee.info) == 2
        function = Function(info=function.info, bound=callee, owner=function.owner, autograph=autograph)
        return self.call_function(frame, node, function, passed)

    def _call_external(self, frame: Frame, node: cst.Call, callee: External, arguments: Arguments) -> Value:
        name = callee.name
        spec = knowledge.layer_returns(name)
        if spec is not None:
            return self._layer_result(frame, node, callee, spec, arguments)
        if knowledge.is_model(name):
            first = arguments.positional[0] if arguments.positional else UNKNOWN
            batched = isinstance(first, (Tensor, Tensors)) and first.batched
            return self.explain(frame, Tensors(batched), "{code} calls a model", node)
        if knowledge.is_loss(name) or knowledge.is_initializer(name):
            return self.explain(frame, Tensor(), "{code} returns a tensor", node)
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

    def invoke(self, frame: Frame, node: cst.CSTNode, callee: Value, values: Sequence[Value]) -> Value:
        """Call a function value with these positional arguments, as an API does."""
        if isinstance(callee, Function):
            return self.call_function(frame, node, callee, Arguments(tuple(values)))
        if isinstance(callee, (Instance, External)) and isinstance(node, cst.Call):
            return self.call_value(frame, node, callee, Arguments(tuple(values)))
        return UNKNOWN

    def call_function(self, frame: Frame, node: cst.CSTNode, function: Function, arguments: Arguments) -> Value:
        if frame.depth >= MAX_DEPTH:
            return UNKNOWN
        if function.info is None:
            return self._call_nested(frame, node, function, arguments)
        source = self.source_of(function.info)
        if source is None:
            return UNKNOWN
        autograph = function.autograph if function.autograph is not None else frame.autograph
        autograph = autograph and function.info.is_convertible
        key = (
            id(function.info),
            function.bound,
            arguments.positional,
            tuple(sorted(arguments.keywords.items(), key=lambda item: item[0])),
            arguments.open,
            autograph,
            frame.quiet,
            id(frame.constructing) if frame.constructing is not None else 0,
            _is_own(frame, function),
        )
        memo = self.quiet_memo if frame.quiet else self.memo
        if key in memo:
            known = memo[key]
            return UNKNOWN if known is _IN_PROGRESS else known
        entered = self.entered.get(id(function.info), 0)
        if entered >= MAX_RECURSION:
            return UNKNOWN
        memo[key] = _IN_PROGRESS
        inner = self._enter(frame, node, function, source, autograph)
        self.bind(inner, frame, node, source, function, arguments)
        self.entered[id(function.info)] = entered + 1
        try:
            result = self.execute_body(inner, source.node)
        finally:
            self.entered[id(function.info)] = entered
        if function.info.node.__class__.__name__ == "AsyncFunctionDef":
            result = UNKNOWN
        memo[key] = result
        if isinstance(function.bound, Instance) and frame.constructing is None:
            _forget_attributes(frame, function.bound)
        return result

    def _enter(
        self, frame: Frame, node: cst.CSTNode, function: Function, source: FunctionSource, autograph: bool
    ) -> Frame:
        """The callee's frame, on whose behalf it runs, and where its attributes go."""
        info = function.info
        assert info is not None
        bound = function.bound
        place = None
        if frame.place is not None and not frame.quiet:
            owner, kind = frame.place.owner, frame.place.kind
            if isinstance(bound, Instance):
                owner, kind = bound.info, self.hierarchy.kind(bound.info)
            place = events.Place(
                source,
                owner,
                kind,
                frame.place.root,
                info.name,
                autograph,
                frame.place.keras,
                (frame.place, node),
            )
        constructing = frame.constructing if bound is not None and bound == frame.instance else None
        return Frame(
            info.module,
            place,
            {},
            owner=function.owner,
            instance=bound,
            depth=frame.depth + 1,
            autograph=autograph,
            quiet=frame.quiet,
            constructing=constructing,
            swallowing=frame.swallowing,
            guards=frame.guards,
        )

    def _call_nested(self, frame: Frame, node: cst.CSTNode, function: Function, arguments: Arguments) -> Value:
        """A lambda or nested function: its names are those of the frame that made it."""
        definition, closure = function.node, function.closure
        if definition is None or closure is None:
            return UNKNOWN
        key = (
            id(definition),
            arguments.positional,
            tuple(sorted(arguments.keywords.items(), key=lambda i: i[0])),
        )
        if (id(closure), key) in self.memo:
            return UNKNOWN  # recursion
        self.memo[(id(closure), key)] = _IN_PROGRESS
        autograph = function.autograph if function.autograph is not None else closure.autograph
        place = closure.place
        inner = Frame(
            closure.module,
            place,
            {},
            owner=closure.owner,
            instance=closure.instance,
            self_name=closure.self_name,
            closure=closure,
            depth=frame.depth + 1,
            autograph=autograph,
            quiet=closure.quiet,
            constructing=closure.constructing,
            swallowing=frame.swallowing,
            guards=frame.guards,
        )
        if place is not None and autograph != place.autograph:
            inner.place = events.Place(
                place.source, place.owner, place.kind, place.root, place.method, autograph, place.keras,
                place.called_at,
            )  # fmt: skip
        self._bind_parameters(inner, definition.params, arguments, closure)
        result = self.execute_body(inner, definition)
        del self.memo[(id(closure), key)]
        return result

    def bind(
        self,
        inner: Frame,
        frame: Frame,
        node: cst.CSTNode,
        source: FunctionSource,
        function: Function,
        arguments: Arguments,
    ) -> None:
        """Bind ``self`` and the arguments; each tensor that is handed over remembers the call."""
        params = source.node.params
        positional = list(arguments.positional)
        names = [param.name.value for param in (*params.posonly_params, *params.params)]
        caller = frame.place.source if frame.place else None
        if function.bound is not None:
            positional.insert(0, function.bound)
            inner.self_name = names[0] if names else ""
        text = "passed to `" + source.node.name.value + "` as `{name}`"
        handed = []
        for position, value in enumerate(positional):
            if position < len(names) and _is_tensor_like(value) and not isinstance(node, cst.Pass):
                handed.append(because(value, Origin(text.replace("{name}", names[position]), node, caller, value.why)))
            else:
                handed.append(value)
        scope = Frame(inner.module, None, {}, quiet=True, depth=inner.depth)
        given = Arguments(tuple(handed), arguments.keywords, arguments.open)
        self._bind_parameters(inner, params, given, scope, _is_own(frame, function))

    def _bind_parameters(
        self, inner: Frame, params: cst.Parameters, arguments: Arguments, scope: Frame, own: bool = False
    ) -> None:
        positional = list(arguments.positional)
        keywords = dict(arguments.keywords)
        for param in (*params.posonly_params, *params.params):
            name = param.name.value
            if positional:
                inner.env[name] = positional.pop(0)
            else:
                inner.env[name] = self._keyword_or_default(param, keywords, arguments.open, scope, own)
        if type(params.star_arg) is cst.Param:
            rest = Seq("tuple", tuple(positional))
            inner.env[params.star_arg.name.value] = Seq("tuple", None, UNKNOWN) if arguments.open else rest
        for param in params.kwonly_params:
            inner.env[param.name.value] = self._keyword_or_default(param, keywords, arguments.open, scope, own)
        if params.star_kwarg is not None:
            items = tuple(sorted(keywords.items()))
            default = UNKNOWN if arguments.open else None
            inner.env[params.star_kwarg.name.value] = Mapping(items, default)

    def _keyword_or_default(
        self, param: cst.Param, keywords: dict[str, Value], is_open: bool, scope: Frame, own: bool
    ) -> Value:
        name = param.name.value
        if name in keywords:
            return keywords.pop(name)
        if is_open or param.default is None:
            return UNKNOWN
        value = self.evaluate(scope, param.default)
        if own and isinstance(value, Static) and isinstance(value.const, bool):
            return Static(type="bool")  # a switch: both ways are part of what the class does
        return value


def _is_own(frame: Frame, function: Function) -> bool:
    """Whether an object calls this method on itself, once it is made."""
    return function.bound is not None and frame.constructing is None and function.bound == frame.instance


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


def _forget_attributes(frame: Frame, instance: Instance) -> None:
    """After a method of ``instance`` ran, what this frame knew of its attributes may have changed."""
    for name, value in list(frame.env.items()):
        if "." not in name and value == instance:
            prefix = name + "."
            for key in [key for key in frame.env if key.startswith(prefix)]:
                del frame.env[key]


# Layers that hold a seed, which is a variable.
_SEEDED = ("Dropout", "Noise", "Random", "MixUp", "CutMix", "Augment")


def _is_wrapper(name: str) -> bool:
    """What these hold depends on what they are given."""
    return name in {
        "Layer",
        "Model",
        "Sequential",
        "TimeDistributed",
        "Bidirectional",
        "Wrapper",
        "Functional",
    }


def _is_elementwise(callee: Value) -> bool:
    """Whether a call takes the elements of a tensor one by one, or collects results in a list."""
    if isinstance(callee, Api):
        return callee.name.rpartition(".")[2] in loops.ELEMENTWISE
    if isinstance(callee, External):
        return callee.name in {"keras.layers.Dense", "keras.layers.Activation", "keras.layers.ReLU"}
    return isinstance(callee, Method) and isinstance(callee.receiver, Seq)


def is_fusable(value: Value) -> bool:
    """Whether ``value`` is a layer, several of which on one input make one wider layer."""
    return isinstance(value, External) and value.name in loops.FUSABLE


def _holds_tensor(value: Value) -> bool:
    """A tensor, or several as a layer with more than one output returns them."""
    return isinstance(value, (Tensor, Tensors)) or (
        isinstance(value, Seq) and value.items is not None and any(isinstance(each, Tensor) for each in value.items)
    )


def _is_tensor_like(value: Value) -> bool:
    return any(isinstance(option, (Tensor, Tensors)) for option in options(value))


def _holds(condition: str, given: dict[str, Value], arguments: Arguments) -> bool | None:
    """Whether a condition of ``LayerReturns.when`` holds; None where it cannot be told."""
    name, _, literal = condition.partition("=")
    holder, _, keyword = name.rpartition(".")
    if holder:
        inner = given.get(holder)
        if not isinstance(inner, External):
            return None
        value = dict(inner.keywords).get(keyword)
    else:
        value = arguments.keywords.get(keyword, given.get(keyword))
    if value is None or isinstance(value, NoneValue):
        return value is not None and literal == "None"
    if not isinstance(value, Static) or value.const is MISSING:
        return None
    return repr(value.const) == literal or str(value.const) == literal if literal else bool(value.const)
