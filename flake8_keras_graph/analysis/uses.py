"""What a class does with the inputs of its traced methods and with what its constructor is given.

Both are followed as the linter follows tensors: through names, helpers, attributes, containers and loops. Parameters
carry a mark in the reasons of their values, which take no part in what the values are; each use of a marked value is
noted.
"""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import libcst as cst

from flake8_keras_graph import knowledge
from flake8_keras_graph.analysis.frozen import frozen
from flake8_keras_graph.analysis.interpreter.calls.dispatch import Calls
from flake8_keras_graph.analysis.interpreter.calls.functions import Functions
from flake8_keras_graph.analysis.interpreter.expressions.evaluation import Expressions, OutOfBudget
from flake8_keras_graph.analysis.interpreter.expressions.item_access import ItemAccess
from flake8_keras_graph.analysis.interpreter.frame import Frame
from flake8_keras_graph.analysis.interpreter.interpreter import Interpreter
from flake8_keras_graph.analysis.interpreter.machine import Machine
from flake8_keras_graph.analysis.interpreter.statements.assignment import Assignment
from flake8_keras_graph.analysis.values import (
    MAX_ITEMS,
    UNKNOWN,
    Api,
    Arguments,
    External,
    Function,
    Instance,
    Mapping,
    Method,
    Origin,
    Range,
    Seq,
    Shape,
    Static,
    Tensor,
    Tensors,
    Union,
    Value,
    because,
)
from flake8_keras_graph.config import Options
from flake8_keras_graph.knowledge.api_record import Flag
from flake8_keras_graph.project.hierarchy import Hierarchy
from flake8_keras_graph.project.index import ClassInfo, FunctionInfo, dotted_name
from flake8_keras_graph.project.project import Project
from flake8_keras_graph.records import EACH, AttributePath, ClassUse, Given, Use
from flake8_keras_graph.syntax.source import FunctionSource

_METHODS = ("call", "train_step")
_MAX_DEPTH = 6
_VIEWS = frozenset({"items", "keys", "values"})
_SAME_ITEMS = frozenset({"list", "tuple", "sorted", "reversed", "iter", "set"})
_RANKS = frozenset({"rank", "ndim", "ndims"})
# The numbers stay those of the first argument, in another shape: what no record says.
_MOVES = frozenset({
    "expand_dims", "flip", "moveaxis", "pad", "ravel", "repeat", "reshape", "reverse", "roll", "squeeze", "stack",
    "swapaxes", "tile", "transpose",
})  # fmt: skip


@dataclasses.dataclass(slots=True, eq=False)
class _Part:
    """A parameter, or a part of one, with what was seen to be done with it."""

    name: str
    depth: int = 0
    annotation: str = ""
    rank: int | None = None
    axes: int = 0
    count: int = 0
    asks_rank: bool = False
    is_sized: bool = False
    is_iterated: bool = False
    is_called: bool = False
    keys_at: AttributePath = ()
    items: dict[str | int, _Part] = dataclasses.field(default_factory=dict)
    attributes: dict[str, _Part] = dataclasses.field(default_factory=dict)
    given: dict[Given, None] = dataclasses.field(default_factory=dict)

    def item(self, key: str | int) -> _Part:
        return self._inner(self.items, key, f"{self.name}[{key}]")

    def attribute(self, name: str) -> _Part:
        return self._inner(self.attributes, name, name)

    def _inner(self, known: dict[str | int, _Part] | dict[str, _Part], key: str | int, name: str) -> _Part:
        if key not in known:
            known[key] = _Part(name, self.depth + 1)  # type: ignore[index]
        return known[key] if self.depth < _MAX_DEPTH else self  # type: ignore[index]

    def as_use(self) -> Use:
        return Use(
            self.name, self.annotation, self.rank, self.axes, self.asks_rank, self.count, self.is_sized,
            self.is_iterated, self.is_called, self.keys_at,
            tuple((key, part.as_use()) for key, part in self.items.items()),
            tuple(part.as_use() for part in self.attributes.values()), tuple(self.given),
        )  # fmt: skip


@frozen(eq=False)
class _Mark(Origin):
    """What a value is: these ``parts`` of parameters; ``shape_of`` them; what hangs at ``place`` on the object.

    It has so many axes more than the parts have, ``added``, or another number than they, which is not known (None).
    ``keys`` are all that a loop's variable is in turn. A ``view`` ("items", "keys", "values") is of the dict that has
    the rest of the mark. A mark of nothing says that what the reasons before it tell of is another value.
    """

    parts: tuple[_Part, ...] = ()
    added: int | None = 0
    shape_of: tuple[_Part, ...] = ()
    place: AttributePath | None = None
    keys: tuple[str | int, ...] = ()
    view: str = ""


_NOTHING = _Mark("", None, None)


def uses_of_class(project: Project, options: Options, info: ClassInfo) -> ClassUse:
    """What the class does with the inputs of ``call`` and ``train_step`` and with its constructor's arguments."""
    return _UseInterpreter(project, options, info).read()


class _UseInterpreter(Interpreter):
    """Marks what the class is given and notes what becomes of it. An interpreter of its own, for one class."""

    def __init__(self, project: Project, options: Options, info: ClassInfo) -> None:
        super().__init__(project, options, _UseMachine(project, options))
        self._info = info
        constructor = self.hierarchy.method(info, "__init__")
        self._parameters = {part.name: part for part in self._parts_of(constructor)}
        self._inputs: dict[str, _Part] = {}

    def read(self) -> ClassUse:
        """Interpret the methods. What was seen until a budget is used up stands."""
        kind = self.hierarchy.kind(self._info)
        methods = []
        for name in _METHODS:
            method = self.hierarchy.method(self._info, name)
            if kind is not None and method is not None:
                self._inputs = {part.name: part for part in self._parts_of(method)}
                self.run_root(self._info, kind, method, len(self._inputs))
                methods.append((name, tuple(part.as_use() for part in self._inputs.values())))
        try:
            self.instance_attributes(self.root_instance(self._info))
        except (OutOfBudget, RecursionError):
            self.exhausted = True
        return ClassUse(self._info.symbol, tuple(methods), tuple(part.as_use() for part in self._parameters.values()))

    def _parts_of(self, method: FunctionInfo | None) -> Iterator[_Part]:
        given = method.node.args if method is not None else ast.arguments([], [], None, [], [], None, [])
        for argument in [*given.posonlyargs, *given.args, *given.kwonlyargs][1:]:
            annotation = self._annotation(method, argument.annotation) if method is not None else ""
            yield _Part(argument.arg, annotation=annotation)

    def _annotation(self, method: FunctionInfo, node: ast.expr | None) -> str:
        """The annotation, names by which ``knowledge`` knows the APIs in it."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            try:
                node = ast.parse(node.value, mode="eval").body
            except (SyntaxError, ValueError):
                return ""
        written = dotted_name(node) if isinstance(node, (ast.Name, ast.Attribute)) else ""
        if written:
            return knowledge.canonical(self.project.dotted(method.module, written))
        return ast.unparse(node) if node is not None else ""

    # -- what is marked to begin with ---------------------------------------------------------------------

    def root_instance(self, info: ClassInfo) -> Instance:
        if info is not self._info:
            return super().root_instance(info)
        given = {name: Value(why=_Mark("", None, None, parts=(part,))) for name, part in self._parameters.items()}
        mark = _Mark("", None, None, place=())
        return Instance(info=info, arguments=(), keywords=tuple(sorted(given.items())), why=mark)

    def bind_root(self, frame: Frame, source: FunctionSource, instance: Instance, tensors: int) -> None:
        super().bind_root(frame, source, instance, tensors)
        for name, part in self._inputs.items():
            if name in frame.env:
                frame.env[name] = _marked(frame.env[name], parts=(part,))


class _UseExpressions(Expressions):
    """Marks attributes, items and results of arithmetic."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self._last: dict[int, tuple[cst.CSTNode, Value]] = {}

    def evaluate(self, frame: Frame, node: cst.BaseExpression) -> Value:
        value = super().evaluate(frame, node)
        kind = type(node)
        if kind is cst.Subscript:
            value = self._item_of_marked(node, value)  # type: ignore[arg-type]
        elif kind is cst.Attribute:
            value = self._attribute_of_marked(node, value)  # type: ignore[arg-type]
        elif kind in (cst.BinaryOperation, cst.UnaryOperation, cst.Comparison):
            value = _marked_as(value, self._operands(node))
        self._last[id(node)] = (node, value)
        return value

    def _take_last(self, node: cst.BaseExpression) -> Value | None:
        """What ``node`` gave just now, as part of the expression around it; None where it was not asked."""
        found = self._last.pop(id(node), None)
        return found[1] if found is not None else None

    def _operands(self, node: cst.BaseExpression) -> list[Value | None]:
        """What arithmetic keeps the shape of."""
        if isinstance(node, cst.UnaryOperation):
            return [self._take_last(node.expression)]
        if isinstance(node, cst.BinaryOperation) and not isinstance(node.operator, cst.MatrixMultiply):
            return [self._take_last(node.left), self._take_last(node.right)]
        return []

    def _attribute_of_marked(self, node: cst.Attribute, value: Value) -> Value:
        holder, name = self._take_last(node.value), node.attr.value
        if holder is None:
            return value  # the table of names has it, with its mark
        base = _mark_of(holder)
        if name == "shape" and base.parts:
            return _marked(value, shape_of=base.parts if base.added == 0 else ())
        for part in (*base.parts, *base.shape_of) if name in _RANKS else ():
            part.asks_rank = True
        inner = tuple(part.attribute(name) for part in base.parts)
        if isinstance(value, (Method, Function)):
            return value  # the receiver has its mark
        kept = _mark_of(value) if base.place is not None else _NOTHING  # what is stored there may be marked itself
        place = None if base.place is None else _deeper(base.place, name)
        return _marked(value, parts=inner or kept.parts, shape_of=kept.shape_of, place=place)

    def _item_of_marked(self, node: cst.Subscript, value: Value) -> Value:
        holder = self._take_last(node.value)
        base = _mark_of(holder)
        if holder is None or base is _NOTHING:
            return value
        indices = [each.slice for each in node.slice]
        first = indices[0]
        if len(indices) > 1 or not isinstance(first, cst.Index) or _is_new_axis(first) or _is_ellipsis(first):
            return self._slice_of_marked(indices, base, value)
        if isinstance(holder, Tensor) and base.parts:  # one row of it: no item of a structure
            return _marked(value, parts=base.parts, added=_sum(base.added, -1))
        index = self._take_last(first.value)
        keys = _keys_of(index)
        for part in base.shape_of:
            part.axes = max(part.axes, *(key + 1 for key in keys if isinstance(key, int)), 0)
        parts = tuple(found for part in base.parts for found in _items(part, keys, _mark_of(index).place))
        place = None if base.place is None else _deeper(base.place, keys[0] if len(keys) == 1 else EACH)
        kept = _mark_of(value) if base.place is not None else _NOTHING
        return _marked(value, parts=parts or kept.parts, place=place)

    @staticmethod
    def _slice_of_marked(indices: Sequence[cst.BaseSlice], base: _Mark, value: Value) -> Value:
        """``x[:, 0]`` has as many axes as are written; only where all of them are kept it is ``x`` still."""
        new = sum(map(_is_new_axis, indices))
        for part in base.parts if len(indices) > 1 and base.added == 0 else ():
            part.axes = max(part.axes, len(indices) - new - any(map(_is_ellipsis, indices)))
        taken = sum(isinstance(each, cst.Index) and not _is_ellipsis(each) for each in indices) - new
        place = base.place if not new and not taken else None
        return _marked(value, parts=base.parts, added=_sum(base.added, new - taken), place=place)


class _UseItemAccess(ItemAccess):
    """Marks what inputs and attributes hold, where it is gone over."""

    def iterate(self, frame: Frame, value: Value, node: cst.BaseExpression, how: str) -> Value:
        item = super().iterate(frame, value, node, how)
        mark = _mark_of(value)
        if isinstance(value, Tensor):
            return _marked(item, parts=mark.parts, added=_sum(mark.added, -1))
        for part in mark.parts:
            part.is_iterated = True
        keys = _literal_items(value)
        if not mark.parts and mark.place is None:
            return _marked(item, keys=keys) if keys else item
        parts = tuple(part.item(0) for part in mark.parts)
        place = None if mark.place is None else _deeper(mark.place, EACH)
        if mark.view != "items":
            return _marked(item, parts=parts, place=place, keys=keys)
        key, each = item.items if isinstance(item, Seq) and item.items and len(item.items) == 2 else (UNKNOWN, UNKNOWN)
        return Seq("tuple", (_marked(key, place=place), _marked(each, parts=parts, place=place)))


class _UseAssignment(Assignment):
    """Marks what inputs and shapes are unpacked to."""

    def assign(
        self,
        frame: Frame,
        target: cst.BaseExpression,
        value: Value,
        node: cst.CSTNode,
        how: str = "assign",
        before: Value = UNKNOWN,
    ) -> None:
        mark = _mark_of(value)
        if not isinstance(target, (cst.Tuple, cst.List)) or not (mark.parts or mark.shape_of):
            super().assign(frame, target, value, node, how, before)
            return
        is_exact = not any(isinstance(each, cst.StarredElement) for each in target.elements)
        for part in mark.shape_of if is_exact else ():
            part.rank = len(target.elements)
        if not mark.parts or isinstance(value, (Seq, Shape, Tensor)):
            super().assign(frame, target, value, node, how, before)
            return
        for part in mark.parts:
            part.count = max(part.count, len(target.elements))
        self._unpack_marked(frame, target, mark.parts, Tensors() if isinstance(value, Tensors) else UNKNOWN, node)

    def _unpack_marked(
        self, frame: Frame, target: cst.Tuple | cst.List, whole: Sequence[_Part], each: Value, node: cst.CSTNode
    ) -> None:
        for position, element in enumerate(target.elements):
            parts = tuple(part.item(position) for part in whole)
            for part in parts:
                part.name = element.value.value if isinstance(element.value, cst.Name) else part.name
            item = _marked(each, parts=parts)
            starred = isinstance(element, cst.StarredElement)
            self.assign(frame, element.value, Seq("list", None, item) if starred else item, node)


class _UseFunctions(Functions):
    """Follows functions anew for arguments that have other marks."""

    def __init__(self, hierarchy: Hierarchy) -> None:
        super().__init__(hierarchy)
        self._by_marks: dict[tuple[object, ...], tuple[dict[Any, Value | None], dict[Any, Value | None]]] = {}

    def call_function(self, frame: Frame, node: cst.CSTNode, function: Function, arguments: Arguments) -> Value:
        """What was interpreted for equal arguments counts for those with the same marks alone."""
        given = (function.bound or UNKNOWN, *arguments.positional, *arguments.keywords.values())
        marks = tuple((tuple(map(id, m.parts)), tuple(map(id, m.shape_of)), m.place) for m in map(_mark_of, given))
        before = self.summaries, self.quiet_summaries
        self.summaries, self.quiet_summaries = self._by_marks.setdefault(marks, ({}, {}))
        try:
            return super().call_function(frame, node, function, arguments)
        finally:
            self.summaries, self.quiet_summaries = before


class _UseCalls(Calls):
    """Notes what inputs and arguments are given to, and marks what comes of it."""

    def call_value(self, frame: Frame, node: cst.Call, callee: Value, arguments: Arguments) -> Value:
        self._note_arguments(callee, arguments)
        value = super().call_value(frame, node, callee, arguments)
        if isinstance(callee, Api):
            return self._result_of_api(callee.name, arguments, value)
        if isinstance(callee, Method):
            return self._result_of_method(callee, arguments, value)
        if isinstance(callee, External):
            keeps = knowledge.keeps_shape(callee.name)
            return _marked_as(value, arguments.positional[:1] if keeps else ())
        return value if isinstance(callee, (Function, Instance)) else _marked(value)

    def _note_arguments(self, callee: Value, arguments: Arguments) -> None:
        """Which layer or function each marked argument is given to."""
        mark = _mark_of(callee)
        for part in mark.parts:
            part.is_called = True
        name = self._name_of(callee)
        if name is None:
            return
        every: list[tuple[int | str, Value]] = [*enumerate(arguments.positional), *arguments.keywords.items()]
        for parameter, value in every:
            given = _mark_of(value)
            for part in given.parts:
                part.given[Given(name, parameter, mark.place or (), given.added)] = None
        first = _mark_of(arguments.positional[0]) if arguments.positional else _NOTHING
        if name == "builtins.len":
            for part in first.parts:
                part.is_sized = True
            for part in first.shape_of:
                part.asks_rank = True
        elif name.rpartition(".")[2] in _RANKS:
            for part in first.parts:
                part.asks_rank = True
        elif name == "builtins.getattr" and len(arguments.positional) > 1:
            self._note_getattr(*arguments.positional[:2])

    @staticmethod
    def _note_getattr(holder: Value, name: Value) -> None:
        for part in _mark_of(holder).parts:
            if isinstance(name, Static) and isinstance(name.const, str):
                part.attribute(name.const)

    def _name_of(self, callee: Value) -> str | None:
        """The API that is called, or the class of the layer; "" where that is not known, None where it is followed."""
        if isinstance(callee, (Api, External)):
            return callee.name
        if isinstance(callee, Instance):
            if self.hierarchy.method(callee.info, "call") or self.hierarchy.method(callee.info, "__call__"):
                return None
            bases = (each for each in self.hierarchy.ancestors(callee.info) if isinstance(each, str))
            return next(map(knowledge.canonical, bases), "")
        return "" if type(callee) is Value and _mark_of(callee).place is not None else None

    def _result_of_api(self, name: str, arguments: Arguments, value: Value) -> Value:
        first = arguments.positional[:1]
        last = name.rpartition(".")[2]
        if name.startswith("builtins."):
            if last in _SAME_ITEMS and first:
                mark = _mark_of(first[0])
                return _marked(value, parts=mark.parts, place=mark.place)
            computes = last not in ("len", "range") and any(
                _has_flag(name, flag) for flag in ("casts", "of-numbers", "iterates")
            )
            return _marked_as(value, arguments.positional) if computes else value
        if last == "shape":
            return _marked(value, shape_of=_mark_of(first[0]).parts if first else ())
        if _has_flag(name, "elementwise") or knowledge.joins(name):
            return _marked_as(value, [*arguments.positional, *arguments.keywords.values()])
        if last in _MOVES or _has_flag(name, "reduction"):
            return _marked_as(value, first, _axes_added(name, arguments))
        return value if knowledge.takes_function(name) else _marked(value)

    @staticmethod
    def _result_of_method(callee: Method, arguments: Arguments, value: Value) -> Value:
        mark = _mark_of(callee.receiver)
        if callee.name in _VIEWS and (mark.parts or mark.place is not None):
            return _marked(value, parts=mark.parts, place=mark.place, view=callee.name)
        if callee.name in ("get", "pop") and arguments.positional:
            key = arguments.positional[0]
            const = key.const if isinstance(key, Static) and isinstance(key.const, (str, int)) else None
            place = None if mark.place is None else _deeper(mark.place, EACH if const is None else const)
            parts = () if const is None else tuple(part.item(const) for part in mark.parts)
            return _marked(value, parts=parts, place=place)
        if callee.name == "to_tensor":
            return _marked(value, parts=mark.parts, added=mark.added)
        if callee.name in ("as_list", "get_shape"):
            return _marked(value, shape_of=mark.shape_of or mark.parts)
        return _marked(value)


class _UseMachine(Machine):
    expressions_class = _UseExpressions
    item_access_class = _UseItemAccess
    assignment_class = _UseAssignment
    functions_class = _UseFunctions
    calls_class = _UseCalls


def _mark_of(value: Value | None) -> _Mark:
    """The last mark among a value's reasons."""
    reason = value.why if value is not None else None
    while reason is not None and not isinstance(reason, _Mark):
        reason = reason.before
    return _NOTHING if reason is None else reason


def _marked(
    value: Value,
    parts: tuple[_Part, ...] = (),
    shape_of: tuple[_Part, ...] = (),
    place: AttributePath | None = None,
    keys: tuple[str | int, ...] = (),
    view: str = "",
    added: int | None = 0,
) -> Value:
    """The value with this mark, each alternative of it, too; the marks among its reasons no longer hold."""
    if not (parts or shape_of or keys or place is not None) and _mark_of(value) is _NOTHING:
        return value
    mark = _Mark("", None, None, value.why, parts, added, shape_of, place, keys, view)
    if isinstance(value, Union):
        return Union(frozenset(because(option, mark) for option in value.options), why=mark)
    return because(value, mark)


def _marked_as(value: Value, sources: Iterable[Value | None], added: int | None = 0) -> Value:
    """The value with the marks of what it is computed from, and so many axes more."""
    known = list(sources)
    first = next((mark for each in known for mark in _marks_in(each)), _NOTHING)
    return _marked(value, parts=_parts_in(known), added=_sum(first.added, added))


def _marks_in(value: Value | None) -> Iterator[_Mark]:
    """The marks of parts on the value and on what is in it."""
    if (mark := _mark_of(value)).parts:
        yield mark
    for item in value.items or () if isinstance(value, Seq) else ():
        yield from _marks_in(item)


def _parts_in(values: Iterable[Value | None]) -> tuple[_Part, ...]:
    """The parts that the values are, those in lists among them, each once."""
    found = {id(part): part for value in values for mark in _marks_in(value) for part in mark.parts}
    return tuple(found.values())


def _keys_of(index: Value | None) -> tuple[str | int, ...]:
    """The constant that an index is, or all that it is in turn; empty where that is not known."""
    if isinstance(index, Static) and type(index.const) in (str, int):
        return (index.const,)
    return _mark_of(index).keys


def _items(part: _Part, keys: Sequence[str | int], names: AttributePath | None) -> Iterator[_Part]:
    """Those parts of ``part`` that it is indexed to."""
    for key in keys:
        if isinstance(key, int) and key > 0:
            part.count = max(part.count, key + 1)
        yield part.item(key)
    if not keys and names and names[-1] == EACH:
        part.keys_at = part.keys_at or names[:-1]
        yield part.item(EACH)
    elif not keys:
        part.is_iterated = True
        yield part.item(0)


def _literal_items(value: Value) -> tuple[str | int, ...]:
    """The texts or whole numbers that are gone over; empty where they are others, or not known."""
    if isinstance(value, Range):
        return tuple(range(value.trips)) if value.trips is not None and value.trips <= MAX_ITEMS else ()
    each: Iterable[Value] = value.items or () if isinstance(value, Seq) else ()
    if isinstance(value, Mapping) and value.default is None:
        return tuple(key for key, _ in value.items if type(key) in (str, int))
    found = tuple(item.const for item in each if isinstance(item, Static) and type(item.const) in (str, int))
    return found if isinstance(value, Seq) and len(found) == len(value.items or ()) else ()


def _deeper(place: AttributePath, step: str | int) -> AttributePath:
    return (*place, step) if len(place) < _MAX_DEPTH else place


def _is_new_axis(index: cst.BaseSlice) -> bool:
    """``None`` or ``newaxis``: no axis of what is indexed."""
    if not isinstance(index, cst.Index):
        return False
    value = index.value.attr if isinstance(index.value, cst.Attribute) else index.value
    return isinstance(value, cst.Name) and value.value in ("None", "newaxis")


def _is_ellipsis(index: cst.BaseSlice) -> bool:
    return isinstance(index, cst.Index) and isinstance(index.value, cst.Ellipsis)


def _sum(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other


def _has_flag(name: str, flag: Flag) -> bool:
    """Whether the function's record says so, of the numbers that it is given and not of what it says about them."""
    found = knowledge.record(name)
    return found is not None and flag in found.flags and found.flags.isdisjoint({"boolean", "integers"})


def _axes_added(name: str, arguments: Arguments) -> int | None:
    """By how many the axes of the result of a function are more than those of its first argument."""
    last, reduces = name.rpartition(".")[2], _has_flag(name, "reduction")
    if last in ("expand_dims", "stack"):
        return 1
    if last in ("reshape", "ravel"):
        return None
    if last != "squeeze" and not reduces:
        return 0
    if reduces and (keeps := arguments.keywords.get("keepdims")) is not None:
        return 0 if isinstance(keeps, Static) and keeps.const is True else None
    axis = arguments.get(1, "axis")
    return -1 if isinstance(axis, Static) and type(axis.const) is int else None
