"""Lists, tuples, sets, iterators, slices and ranges."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from flake8_keras_graph.analysis.frozen import frozen
from flake8_keras_graph.analysis.values.base import (
    MAX_ITEMS,
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
from flake8_keras_graph.analysis.values.constants import NONE, NoneValue, Static


@frozen()
class Seq(Value):
    """A list, tuple, set or iterator. ``items`` where each is known, else all are ``element``.

    An index ``a:b:c`` is a Seq of kind "slice", of its three bounds.
    """

    kind: str = "list"
    items: tuple[Value, ...] | None = None
    element: Value = UNKNOWN

    precedence: ClassVar[int] = 45
    has_own_operators: ClassVar[bool] = True
    never_is: ClassVar[frozenset[Family]] = frozenset(
        {"array", "mapping", "python", "tensor", "special tensor", "project"}
    )

    @property
    def container(self) -> str:
        return self.kind

    def any_item(self) -> Value:
        """Any one item."""
        return join_all(self.items) if self.items else self.element

    def known_items(self) -> tuple[Value, ...]:
        """What stands for its items: each where all are known, else the one that stands for all."""
        return self.items if self.items is not None else (self.element,)

    def of_any_items(self) -> Value:
        """A sequence of the same kind of which no item is known."""
        return Seq(self.kind)

    def can_be(self, truth: bool) -> bool:
        """Of what may have been changed in place by another name, nothing is certain."""
        return self.kind != "tuple" or self.items is None or bool(self.items) is truth

    def is_instance(self, test: TypeTest) -> bool | None:
        if test.family == "sequence":
            return self.kind in test.kinds or (None if self.kind == "list" and not self.items else False)
        return False if test.family in self.never_is else None

    def attribute(self, name: str) -> Value:
        return Method(receiver=self, name=name)

    def item(self, index: Value) -> Value:
        if type(index) is Seq and index.kind == "slice":
            return self._part(index.items or ())
        at = index.literal
        if self.items is not None and isinstance(at, int):
            return self.items[at] if -len(self.items) <= at < len(self.items) else UNKNOWN
        return self.any_item() if index.is_scalar else UNKNOWN

    def _part(self, bounds: tuple[Value, ...]) -> Value:
        """What a slice of these bounds leaves."""
        spelled: list[Any] = [None if type(bound) is NoneValue else bound.literal for bound in bounds]
        if self.items is not None and all(bound is None or isinstance(bound, int) for bound in spelled):
            try:
                return Seq(self.kind, self.items[slice(*spelled)], why=self.why)
            except ValueError:
                return UNKNOWN
        return Seq(self.kind, None, self.any_item(), why=self.why)

    def iterated(self) -> Value:
        return self.any_item()

    def unpacked(self, count: int) -> list[Value]:
        if self.items is not None and len(self.items) == count:
            return list(self.items)
        return [self.any_item()] * count

    def with_item(self, index: object, value: Value) -> Value:
        """What it is after ``self[index] = value``; ``index`` is MISSING where that is not known."""
        items = self._replaced(index, value)
        if items is not None:
            return Seq(self.kind, items, why=self.why)
        return Seq(self.kind, None, self._joined(value))

    def without_item(self, index: object) -> Value:
        """What it is after ``del self[index]``."""
        items = self._replaced(index)
        return Seq(self.kind, items, UNKNOWN if items is not None else self.any_item())

    def _replaced(self, at: object, *instead: Value) -> tuple[Value, ...] | None:
        """The items with ``instead`` for the one at ``at``; None where it is not known which that is."""
        if self.items is None or type(at) is not int or not -len(self.items) <= at < len(self.items):
            return None
        at %= len(self.items)
        return (*self.items[:at], *instead, *self.items[at + 1 :])

    def _joined(self, value: Value) -> Value:
        """What any item is once ``value`` may be among them."""
        return value if self.items == () else join(self.any_item(), value)

    def concatenated(self, other: Seq) -> Seq:
        """``self + other``."""
        if self.items is not None and other.items is not None:
            return Seq(self.kind, self.items + other.items)
        if self.items == ():
            return other
        if other.items == ():
            return self
        return Seq(self.kind, None, join(self.any_item(), other.any_item()))

    def extended(self, other: Seq, repeated: bool) -> Seq:
        """``self += other``; ``repeated``: in a loop, so that the items cannot be told."""
        if self.items is not None and other.items is not None and not repeated:
            return Seq(self.kind, self.items + other.items)
        return Seq(self.kind, None, join(self.any_item(), other.any_item()))

    def operate(self, sign: str, other: Value, reflected: bool) -> Value | None:
        if sign == "+" or sign == "+=":
            if type(other) is Seq:
                return other.concatenated(self) if reflected else self.concatenated(other)
            return None
        if sign == "*" or (sign == "*=" and not reflected):
            return Seq(self.kind, None, self.any_item(), why=self.why)
        return None

    def call_method(self, name: str, arguments: Arguments, repeated: bool) -> MethodResult:
        method = _METHODS.get(name)
        return MethodResult(UNKNOWN) if method is None else method(self, arguments, repeated)

    def _append(self, arguments: Arguments, repeated: bool) -> MethodResult:
        given = arguments.positional[-1] if arguments.positional else UNKNOWN
        if self.items is not None and not repeated and len(self.items) < MAX_ITEMS:
            return MethodResult(NONE, Seq(self.kind, (*self.items, given), why=self.why), given)
        return self._add(arguments, repeated)

    def _insert(self, arguments: Arguments, repeated: bool) -> MethodResult:
        if self.items is None or repeated:
            return self._add(arguments, repeated)
        at, given = arguments.first(), arguments.second(UNKNOWN)
        items = list(self.items)
        if type(at.literal) is int and len(items) < MAX_ITEMS:
            items.insert(at.literal, given)
            return MethodResult(NONE, Seq(self.kind, tuple(items), why=self.why), given)
        return MethodResult(NONE, Seq(self.kind, None, join_all([*items, given]), why=self.why), given)

    def _add(self, arguments: Arguments, repeated: bool) -> MethodResult:
        given = arguments.positional[-1] if arguments.positional else UNKNOWN
        return MethodResult(NONE, Seq(self.kind, None, self._joined(given), why=self.why), given)

    def _extend(self, arguments: Arguments, repeated: bool) -> MethodResult:
        given = arguments.positional[-1] if arguments.positional else UNKNOWN
        if self.kind == "list" and self.items is not None and type(given) is Seq and given.items is not None:
            items = (*self.items, *given.items)
            if not repeated and len(items) < MAX_ITEMS:
                return MethodResult(NONE, Seq(self.kind, items, why=self.why), given)
        item = given.iterated() if arguments.positional else UNKNOWN
        return MethodResult(NONE, Seq(self.kind, None, self._joined(item), why=self.why), given)

    def _pop(self, arguments: Arguments, repeated: bool) -> MethodResult:
        last = not arguments.positional and not arguments.keywords and not arguments.open
        if last and self.kind == "list" and self.items and not repeated:
            return MethodResult(self.items[-1], Seq("list", self.items[:-1], why=self.why), UNKNOWN)
        return MethodResult(self.any_item(), self._shuffled(), UNKNOWN)

    def _popleft(self, arguments: Arguments, repeated: bool) -> MethodResult:
        return MethodResult(self.any_item(), self._shuffled(), UNKNOWN)

    def _reorder(self, arguments: Arguments, repeated: bool) -> MethodResult:
        return MethodResult(NONE, self._shuffled(), UNKNOWN)

    def _shuffled(self) -> Seq:
        return Seq(self.kind, None, self.any_item(), why=self.why)

    def _copy(self, arguments: Arguments, repeated: bool) -> MethodResult:
        return MethodResult(self)

    def _count(self, arguments: Arguments, repeated: bool) -> MethodResult:
        return MethodResult(Static(type="int"))

    def leaf(self) -> Value:
        return join_all(item.leaf() for item in self.items) if self.items else self.element.leaf()

    def map_leaves(self, function: Callable[[Value], Value]) -> Value:
        if self.items is not None:
            return Seq(self.kind, tuple(item.map_leaves(function) for item in self.items), why=self.why)
        return Seq(self.kind, None, self.element.map_leaves(function), why=self.why)

    def merge(self, other: Value) -> Value | None:
        """Item by item where there are as many; an empty one, of no known items, says nothing about them."""
        if type(other) is not Seq or self.kind != other.kind:
            return None
        why = self.why or other.why
        if self.items is not None and other.items is not None and len(self.items) == len(other.items):
            items = tuple(join(a, b) for a, b in zip(self.items, other.items, strict=True))
            return Seq(self.kind, items, why=why)
        if self.items == ():
            return Seq(self.kind, None, other.any_item(), why=why)
        if other.items == ():
            return Seq(self.kind, None, self.any_item(), why=why)
        return Seq(self.kind, None, join(self.any_item(), other.any_item()), why=why)

    def order(self) -> tuple[str, ...]:
        return "Seq", self.kind


_METHODS: dict[str, Callable[[Seq, Arguments, bool], MethodResult]] = {
    "append": Seq._append,
    "insert": Seq._insert,
    "add": Seq._add,
    "appendleft": Seq._add,
    "extend": Seq._extend,
    "update": Seq._extend,
    "pop": Seq._pop,
    "popleft": Seq._popleft,
    "clear": Seq._reorder,
    "reverse": Seq._reorder,
    "sort": Seq._reorder,
    "remove": Seq._reorder,
    "copy": Seq._copy,
    "index": Seq._count,
    "count": Seq._count,
}


@frozen()
class Range(Value):
    """``range(...)``; ``trips`` where it is known, ``shape`` where it runs over a dimension.

    ``refused``: it is given a tensor, or None, which raises while tracing.
    """

    trips: int | None = None
    shape: bool = False
    refused: bool = False

    never_is: ClassVar[frozenset[Family]] = frozenset({"tensor"})

    @property
    def container(self) -> str:
        return "range"

    def item(self, index: Value) -> Value:
        return Static(type="int")

    def iterated(self) -> Value:
        return Static(type="int", source="shape" if self.shape else "")

    def merge(self, other: Value) -> Value | None:
        if type(other) is not Range:
            return None
        return Range(None, self.shape or other.shape, self.refused or other.refused, why=self.why or other.why)


def known_length(value: Value) -> int | None:
    """How many items iterating over ``value`` gives, where that is known."""
    if type(value) is Seq and value.items is not None:
        return len(value.items)
    return value.trips if type(value) is Range else None


def items_of_array(value: Value) -> tuple[Value, ...]:
    """What NumPy would make the elements of an array of: the items of a list or tuple."""
    return value.known_items() if type(value) is Seq and value.kind in {"list", "tuple"} else ()
