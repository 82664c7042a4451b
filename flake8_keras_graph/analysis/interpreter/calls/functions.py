"""Functions of the project called: arguments bound to parameters, and the body interpreted, once for equal ones."""

from __future__ import annotations

import ast
from typing import Any

import libcst as cst

from flake8_keras_graph.analysis import events
from flake8_keras_graph.analysis.interpreter import loop_syntax
from flake8_keras_graph.analysis.interpreter.frame import Frame, forget_attributes
from flake8_keras_graph.analysis.interpreter.protocols import Binder, Evaluator, Executor, Resolver
from flake8_keras_graph.analysis.values import (
    UNKNOWN,
    Arguments,
    FromCaller,
    Function,
    Instance,
    Mapping,
    Origin,
    Seq,
    Static,
    Value,
    because,
    is_tensor_like,
    options,
)
from flake8_keras_graph.project.hierarchy import Hierarchy
from flake8_keras_graph.project.index import FunctionInfo
from flake8_keras_graph.syntax.source import FunctionSource, read_function

MAX_DEPTH = 14
MAX_RECURSION = 3
"""Times that a function is followed into itself with other values: each level multiplies the work."""
_IN_PROGRESS = None
_NUMBERS = frozenset({cst.Integer, cst.Float})

Summaries = dict[Any, Value | None]


class Functions:
    """Calls functions whose code is known, and remembers what they gave."""

    def __init__(self, hierarchy: Hierarchy) -> None:
        self.hierarchy = hierarchy
        self.summaries: Summaries = {}  # calls that gave events: of one file
        self.quiet_summaries: Summaries = {}  # calls that gave none: kept between files
        self._entered: dict[FunctionInfo, int] = {}  # how often each is being interpreted right now
        self._sources: dict[FunctionInfo, FunctionSource | None] = {}
        self._changed: dict[int, tuple[cst.CSTNode, frozenset[str]]] = {}  # by id: nodes hash slowly

    def connect(self, evaluator: Evaluator, executor: Executor, binder: Binder, resolver: Resolver) -> None:
        """Hand over the parts that this one asks."""
        self.evaluate = evaluator.evaluate
        self.execute_body = executor.execute_body
        self.change = binder.change
        self.lookup = resolver.lookup

    def forget_summaries(self) -> None:
        """Follow every call anew from here on, so that it gives its events; those that give none stay known."""
        self.summaries = {}

    def source_of(self, info: FunctionInfo) -> FunctionSource | None:
        """The libcst tree of a function, parsed when first asked for."""
        if info not in self._sources:
            self._sources[info] = read_function(info)
        return self._sources[info]

    def call_function(self, frame: Frame, node: cst.CSTNode, function: Function, arguments: Arguments) -> Value:
        """What a function gives for these arguments: interpreted once, then known by its summary."""
        if frame.depth >= MAX_DEPTH:
            return UNKNOWN
        if function.info is None:
            return self._call_nested(frame, node, function, arguments)
        source = self.source_of(function.info)
        if source is None:
            return UNKNOWN
        autograph = function.autograph if function.autograph is not None else frame.autograph
        autograph = autograph and function.info.is_convertible
        key = _summary_key(frame, function, arguments, autograph)
        summaries = self.quiet_summaries if frame.quiet else self.summaries
        if key in summaries:
            known = summaries[key]
            return UNKNOWN if known is _IN_PROGRESS else known
        entered = self._entered.get(function.info, 0)
        if entered >= MAX_RECURSION:
            return UNKNOWN
        summaries[key] = _IN_PROGRESS
        inner = self._enter(frame, node, function, source, autograph)
        self._entered[function.info] = entered + 1
        try:
            self.bind(inner, frame, node, source, function, arguments)
            result = self.execute_body(inner, source.node)
        except BaseException:
            del summaries[key]  # later calls would take this one for a recursion that goes on
            raise
        finally:
            self._entered[function.info] = entered
        self._note_changed(source.node, inner)
        if type(function.info.node) is ast.AsyncFunctionDef:
            result = UNKNOWN
        summaries[key] = result
        if frame.constructing is None:
            for instance in (function.bound, *arguments.positional):
                if type(instance) is Instance:
                    _forget_state(frame, instance)
        self._forget_changed(frame, node, source.node.params, source.node, function.bound is not None)
        return result

    def _forget_changed(
        self, frame: Frame, node: cst.CSTNode, params: cst.Parameters, body: cst.CSTNode, is_bound: bool
    ) -> None:
        """Lists and dicts given to a function that changes them in place are not what they were."""
        if type(node) is not cst.Call:
            return
        names = [param.name.value for param in (*params.posonly_params, *params.params)][is_bound:]
        for position, argument in enumerate(node.args):
            if type(argument.value) is not cst.Name or argument.star:
                continue
            held = self.lookup(frame, argument.value.value)
            if type(held) is not Mapping and (type(held) is not Seq or held.kind == "tuple"):
                continue
            parameter = names[position] if argument.keyword is None and position < len(names) else ""
            if argument.keyword is not None:
                parameter = argument.keyword.value
            if parameter in self._changed_names(body):
                self.change(frame, argument.value.value, held, held.of_any_items())

    def _note_changed(self, body: cst.CSTNode, inner: Frame) -> None:
        """What functions that ``body`` calls were seen to change for it."""
        if inner.changed:
            self._changed[id(body)] = (body, self._changed_names(body) | inner.changed)

    def _changed_names(self, body: cst.CSTNode) -> frozenset[str]:
        """Names whose objects ``body`` changes in place."""
        known = self._changed.get(id(body))
        if known is None:
            known = self._changed[id(body)] = (body, frozenset(loop_syntax.changed_in_place(body)))
        return known[1]

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
            if type(bound) is Instance:
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
                frame.place.way,
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
            guard_depth=frame.guard_depth,
            choices=frame.choices,
            without_tensors=frame.is_without_tensors,
            first_call_depth=frame.first_call_depth,
        )

    def _call_nested(self, frame: Frame, node: cst.CSTNode, function: Function, arguments: Arguments) -> Value:
        """A lambda or nested function: its names are those of the frame that made it."""
        definition, closure = function.node, function.closure
        if definition is None or not isinstance(closure, Frame):
            return UNKNOWN
        key = (
            id(definition),
            arguments.positional,
            tuple(sorted(arguments.keywords.items(), key=_first)),
        )
        if (id(closure), key) in self.summaries:
            return UNKNOWN  # recursion
        self.summaries[(id(closure), key)] = _IN_PROGRESS
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
            guard_depth=frame.guard_depth,
            choices=frame.choices,
            without_tensors=frame.is_without_tensors,
            first_call_depth=frame.first_call_depth,
        )
        if place is not None and autograph != place.autograph:
            inner.place = events.Place(
                place.source, place.owner, place.kind, place.root, place.method, autograph, place.keras,
                place.called_at, place.way,
            )  # fmt: skip
        self._bind_parameters(inner, definition.params, arguments, closure)
        result = self.execute_body(inner, definition)
        del self.summaries[(id(closure), key)]
        self._note_changed(definition.body, inner)
        self._forget_changed(frame, node, definition.params, definition.body, False)
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
            if position < len(names) and _is_tensor_like(value) and type(node) is not cst.Pass:
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
        if is_open and (type(param.default) in _NUMBERS or _is_switch(param.default)):
            return Value(why=FromCaller("", None, None, default=param.default.value))  # type: ignore[union-attr]
        if is_open or param.default is None:
            return UNKNOWN
        value = self.evaluate(scope, param.default)
        if own and isinstance(value.literal, bool):
            return Static(type="bool")  # a switch: both ways are part of what the class does
        return value


def _is_switch(default: cst.BaseExpression | None) -> bool:
    return type(default) is cst.Name and default.value in {"True", "False"}


def _summary_key(frame: Frame, function: Function, arguments: Arguments, autograph: bool) -> tuple[object, ...]:
    """Everything about a call that what it gives, and the events on the way, depend on.

    Values are equal whatever their reasons, so that calls with other reasons share a summary. What a constructor
    sets goes into one table: its helpers are run again for each object that is made. A call of an object's own
    method sees switches as undecided, one by other code as they are given.
    """
    return (
        function.info,
        function.bound,
        arguments.positional,
        tuple(sorted(arguments.keywords.items(), key=_first)),
        arguments.open,
        autograph,
        frame.quiet,
        id(frame.constructing) if frame.constructing is not None else 0,
        _is_own(frame, function),
        frame.is_without_tensors,
    )


def _first(item: tuple[str, Value]) -> str:
    return item[0]


def _is_own(frame: Frame, function: Function) -> bool:
    """Whether an object calls this method on itself, once it is made."""
    return function.bound is not None and frame.constructing is None and function.bound == frame.instance


def _forget_state(frame: Frame, instance: Instance) -> None:
    """After a method of ``instance`` ran, what this frame knew of its attributes may have changed."""
    for name, value in list(frame.env.items()):
        if "." not in name and value == instance:
            forget_attributes(frame.env, name)


def _is_tensor_like(value: Value) -> bool:
    return any(is_tensor_like(option) for option in options(value))
