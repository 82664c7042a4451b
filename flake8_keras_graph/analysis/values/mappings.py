"""Dicts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from flake8_keras_graph.analysis.frozen import frozen
from flake8_keras_graph.analysis.values.base import (
    MISSING,
    UNKNOWN,
    Arguments,
    Family,
    MethodResult,
    TypeTest,
    Value,
    join,
    join_all,
)
from flake8_keras_graph.analysis.values.callables import Method
from flake8_keras_graph.analysis.values.constants import NONE, STATIC, Static, of_key
from flake8_keras_graph.analysis.values.sequences import Seq


@frozen()
class Mapping(Value):
    """A dict: values under constant keys, and ``default`` for every other key; None where there is no other."""

    items: tuple[tuple[Any, Value], ...] = ()
    default: Value | None = None

    precedence: ClassVar[int] = 45
    has_own_operators: ClassVar[bool] = True
    never_is: ClassVar[frozenset[Family]] = frozenset(
        {"array", "sequence", "python", "tensor", "special tensor", "project"}
    )

    @property
    def container(self) -> str:
        return "dict"

    def every_value(self) -> list[Value]:
        """The value under each known key, and the one for every other."""
        return [value for _, value in self.items] + ([] if self.default is None else [self.default])

    def of_any_items(self) -> Value:
        """A dict of which no item is known."""
        return Mapping((), UNKNOWN)

    def is_instance(self, test: TypeTest) -> bool | None:
        if test.family == "mapping":
            return True
        return False if test.family in self.never_is else None

    def attribute(self, name: str) -> Value:
        return Method(receiver=self, name=name)

    def item(self, index: Value) -> Value:
        key = index.literal
        if key is MISSING:
            return join_all(self.every_value())
        try:
            found: Value | None = dict(self.items).get(key)
        except TypeError:
            return UNKNOWN
        return found or self.default or UNKNOWN

    def iterated(self) -> Value:
        """A key; where there may be others than the known ones, nothing is known of it."""
        return join_all(of_key(key) for key, _ in self.items) if self.default is None else UNKNOWN

    def with_item(self, key: object, value: Value) -> Value:
        """What it is after ``self[key] = value``; ``key`` is MISSING where that is not known."""
        if key is MISSING:
            return Mapping(self.items, value if self.default is None else join(self.default, value))
        return Mapping(tuple({**dict(self.items), key: value}.items()), self.default)

    def without_item(self, key: object) -> Value:
        """What it is after ``del self[key]``."""
        if key is MISSING:
            return UNKNOWN
        return Mapping(tuple(item for item in self.items if item[0] != key), self.default)

    def operate(self, sign: str, other: Value, reflected: bool) -> Value | None:
        if sign != "|" or type(other) is not Mapping:
            return None
        default = self.default if other.default is None else join(self.default or other.default, other.default)
        return Mapping(tuple({**dict(self.items), **dict(other.items)}.items()), default)

    def call_method(self, name: str, arguments: Arguments, repeated: bool) -> MethodResult:
        method = _METHODS.get(name)
        return MethodResult(UNKNOWN) if method is None else method(self, arguments)

    def _get(self, arguments: Arguments) -> MethodResult:
        missing = arguments.second(NONE)
        key = arguments.first().literal
        if key is MISSING:
            return MethodResult(join(join_all(self.every_value()), missing))
        for known, value in self.items:
            if known == key:
                return MethodResult(value)
        return MethodResult(missing if self.default is None else join(self.default, missing))

    def _values(self, arguments: Arguments) -> MethodResult:
        every = self.every_value()
        return MethodResult(Seq("list", tuple(every) if self.default is None else None, join_all(every)))

    def _keys(self, arguments: Arguments) -> MethodResult:
        return MethodResult(Seq("list", None, Static(type="str")))

    def _pairs(self, arguments: Arguments) -> MethodResult:
        pairs = tuple(Seq("tuple", (of_key(key), value)) for key, value in self.items)
        anything = Seq("tuple", (STATIC, join_all(self.every_value())))
        return MethodResult(Seq("list", pairs if self.default is None else None, anything))

    def _update(self, arguments: Arguments) -> MethodResult:
        given = arguments.first()
        if type(given) is Mapping:
            items, default = {**dict(self.items), **dict(given.items), **arguments.keywords}, given.default
        elif not arguments.positional and not arguments.open:
            items, default = {**dict(self.items), **arguments.keywords}, None
        else:
            return MethodResult(NONE, Mapping(self.items, UNKNOWN), given)
        return MethodResult(NONE, Mapping(tuple(items.items()), self.default or default), given)

    def _copy(self, arguments: Arguments) -> MethodResult:
        return MethodResult(self)

    def leaf(self) -> Value:
        return join_all(value.leaf() for value in self.every_value())

    def map_leaves(self, function: Callable[[Value], Value]) -> Value:
        items = tuple((key, value.map_leaves(function)) for key, value in self.items)
        return Mapping(items, None if self.default is None else self.default.map_leaves(function))

    def merge(self, other: Value) -> Value | None:
        """Key by key; a key that only one of them has keeps its value: on the other path, using it would raise."""
        if type(other) is not Mapping:
            return None
        ours, theirs = dict(self.items), dict(other.items)
        if self.default is None or other.default is None:
            default = self.default or other.default
        else:
            default = join(self.default, other.default)
        items: list[tuple[Any, Value]] = []
        for key in sorted({*ours, *theirs}, key=repr):
            items.append((key, join_all(side[key] for side in (ours, theirs) if key in side)))
        return Mapping(tuple(items), default, why=self.why or other.why)


_METHODS: dict[str, Callable[[Mapping, Arguments], MethodResult]] = {
    "get": Mapping._get,
    "pop": Mapping._get,
    "setdefault": Mapping._get,
    "values": Mapping._values,
    "keys": Mapping._keys,
    "items": Mapping._pairs,
    "update": Mapping._update,
    "copy": Mapping._copy,
}
