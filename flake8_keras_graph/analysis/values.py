"""The abstract values, their join, and where each came from.

Two values are equal when they say the same of a Python object; ``why`` (the chain of reasons) takes no part,
so that loops reach a fixpoint. Join is commutative, associative up to ``why``, and idempotent.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final, Literal

import libcst as cst

from flake8_keras_graph.project.index import ClassInfo, FunctionInfo, Module
from flake8_keras_graph.syntax.source import FunctionSource

if TYPE_CHECKING:
    from flake8_keras_graph.analysis.interpreter.frames import Frame

MAX_OPTIONS = 6
MAX_ITEMS = 64


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Origin:
    """One reason: ``text`` about ``node`` of ``source``; ``{code}`` stands for the node's text."""

    text: str
    node: cst.CSTNode | None
    source: FunctionSource | None
    before: Origin | None = None


class _Missing:
    def __repr__(self) -> str:
        return "?"


MISSING: Final = _Missing()


@dataclasses.dataclass(frozen=True, slots=True)
class Value:
    """What is known of one Python object. The base class itself says nothing (UNKNOWN)."""

    why: Origin | None = dataclasses.field(default=None, compare=False, repr=False, kw_only=True)


UNKNOWN: Final = Value()


@dataclasses.dataclass(frozen=True, slots=True)
class Static(Value):
    """A Python value known while tracing. ``const`` where it is spelled out in the code.

    ``source`` says what a branch on it depends on: "training", "argument", "shape", "attribute", "random".
    """

    const: Any = dataclasses.field(default=MISSING)
    source: str = ""
    type: str = ""

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Static)
            and type(self.const) is type(other.const)  # True == 1, and 1 == 1.0, are not the same fact
            and bool(self.const == other.const)
            and self.source == other.source
            and self.type == other.type
        )

    def __hash__(self) -> int:
        return hash((type(self.const), self.const, self.source, self.type))


@dataclasses.dataclass(frozen=True, slots=True)
class NoneValue(Value):
    """``None``."""


@dataclasses.dataclass(frozen=True, slots=True)
class Tensor(Value):
    """Certainly a tensor (or a variable). ``batched``: its first dimension is the batch, None in ``fit``.

    ``variable`` says whose it is: Keras 3 has a class of its own, which is no tensor.
    """

    batched: bool = False
    rank: int | None = None
    variable: Literal["", "tf", "keras"] = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Tensors(Value):
    """A tensor or a structure of tensors: what Keras hands to ``call``."""

    batched: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Shape(Value):
    """A shape as a Python tuple: ``x.shape`` ("static") or ``keras.ops.shape(x)`` ("ops").

    ``first`` is the dimension that index 0 stands for, None where it is not known.
    """

    style: Literal["static", "ops"] = "static"
    batched: bool = False
    first: int | None = 0


@dataclasses.dataclass(frozen=True, slots=True)
class Dim(Value):
    """One dimension: an int or None ("static"), an int or a tensor ("ops").

    ``batch``: it is the batch dimension of a tensor that ``fit`` feeds, so None in a static shape.
    """

    style: Literal["static", "ops"] = "static"
    batch: bool = False

    @property
    def is_none(self) -> bool:
        """Whether it certainly is None while ``fit`` traces."""
        return self.batch and self.style == "static"


@dataclasses.dataclass(frozen=True, slots=True)
class Range(Value):
    """``range(...)``; ``trips`` where it is known, ``shape`` where it runs over a dimension.

    ``refused``: it is given a tensor, or None, which raises while tracing.
    """

    trips: int | None = None
    shape: bool = False
    refused: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Seq(Value):
    """A list, tuple, set or iterator. ``items`` where each is known, else all are ``element``."""

    kind: str = "list"
    items: tuple[Value, ...] | None = None
    element: Value = UNKNOWN


@dataclasses.dataclass(frozen=True, slots=True)
class Mapping(Value):
    """A dict: values under constant keys, and ``default`` for every other key."""

    items: tuple[tuple[Any, Value], ...] = ()
    default: Value | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Api(Value):
    """A module, class or function outside the project, by its canonical dotted name."""

    name: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class External(Value):
    """An instance of a class outside the project (a Keras layer, an optimizer, a TensorArray ...)."""

    name: str = ""
    keywords: tuple[tuple[str, Value], ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class ModuleValue(Value):
    """A module of the project."""

    module: Module | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class ClassValue(Value):
    """A class of the project."""

    info: ClassInfo | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Instance(Value):
    """An instance of a class of the project; ``arguments`` None where its construction was not seen."""

    info: ClassInfo = None  # type: ignore[assignment]
    arguments: tuple[Value, ...] | None = None
    keywords: tuple[tuple[str, Value], ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Function(Value):
    """A function, method, nested function or lambda of the project."""

    info: FunctionInfo | None = None
    node: cst.FunctionDef | cst.Lambda | None = None
    bound: Value | None = None
    owner: ClassInfo | None = None
    autograph: bool | None = None
    closure: Frame | None = dataclasses.field(default=None, compare=False, repr=False)


@dataclasses.dataclass(frozen=True, slots=True)
class Method(Value):
    """A method of a value that the project does not define: ``x.numpy``, ``items.append``."""

    receiver: Value = UNKNOWN
    name: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Super(Value):
    """``super()`` in a method of ``after``."""

    instance: Value = UNKNOWN
    after: ClassInfo | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Union(Value):
    """One of several; never nested, never holding UNKNOWN."""

    options: frozenset[Value] = frozenset()


NONE: Final = NoneValue()
STATIC: Final = Static()


def because(value: Value, origin: Origin) -> Value:
    """``value`` with another reason."""
    kind: type = type(value)
    names = _NAMES.get(kind)
    if names is None:
        names = _NAMES[kind] = tuple(field.name for field in dataclasses.fields(kind) if field.name != "why")
    copy: Value = object.__new__(kind)
    for name in names:  # dataclasses.replace takes three times as long, and there are many of these
        object.__setattr__(copy, name, getattr(value, name))
    object.__setattr__(copy, "why", origin)
    return copy


_NAMES: dict[type, tuple[str, ...]] = {}


def constant(value: object) -> Value:
    """The value of a literal."""
    return NONE if value is None else Static(const=value, type=type(value).__name__)


def options(value: Value) -> Iterable[Value]:
    """The alternatives of ``value``: itself where there is only one."""
    if isinstance(value, Union):
        return sorted(value.options, key=_order)
    return (value,)


def _order(option: Value) -> tuple[str, ...]:
    """The same in every run, unlike the order of a set."""
    kind = type(option).__name__
    if isinstance(option, (Instance, Function, ClassValue)) and option.info is not None:
        inside: tuple[Value, ...] = ()
        if isinstance(option, Instance):
            inside = option.arguments or ()
        elif isinstance(option, Function) and option.bound is not None:
            inside = (option.bound,)
        return kind, option.info.module.path, f"{option.info.node.lineno:9}", *map(str, map(_order, inside))
    if isinstance(option, Static):
        return kind, repr(option.const), option.source, option.type
    if isinstance(option, Method):
        return kind, option.name, *_order(option.receiver)
    if isinstance(option, (Api, External)):
        return kind, option.name
    return (kind,)


def is_unknown(value: Value) -> bool:
    return type(value) is Value


def is_tensor(value: Value) -> bool:
    """Certainly a tensor: every alternative is one."""
    return type(value) is Tensor or (
        isinstance(value, Union) and all(type(option) is Tensor for option in value.options)
    )


def maybe_tensor(value: Value) -> bool:
    """Nothing says that it is no tensor."""
    return any(type(option) in (Value, Tensor, Tensors) for option in options(value)) or (
        isinstance(value, Dim) and value.style == "ops"
    )


def known_size(value: Value) -> Value:
    """A static dimension that is not None is a number, be it of the batch."""
    return Dim(value.style, why=value.why) if isinstance(value, Dim) else value


def map_options(value: Value, function: Callable[[Value], Value]) -> Value:
    """``function`` of every alternative, joined; the reason of the whole where a part has none."""
    if not isinstance(value, Union):
        return function(value)
    return join_all(
        function(option if option.why else dataclasses.replace(option, why=value.why)) for option in options(value)
    )


def join_all(values: Iterable[Value]) -> Value:
    result: Value | None = None
    for value in values:
        result = value if result is None else join(result, value)
    return UNKNOWN if result is None else result


def join(left: Value, right: Value) -> Value:
    """What holds of a value that is ``left`` on one path and ``right`` on another."""
    if left is right or left == right:
        return left
    if type(left) is Value or type(right) is Value:
        return UNKNOWN
    if isinstance(left, Union) or isinstance(right, Union):
        merged: Value | None = None
        parts: list[Value] = []
        for option in (*options(left), *options(right)):
            parts = _add(parts, option)
        merged = _union(parts, left.why or right.why)
        return merged
    return _union(_add([left], right), left.why or right.why)


def _add(parts: list[Value], option: Value) -> list[Value]:
    """``parts`` with one more alternative, merged into the one of its kind."""
    for position, part in enumerate(parts):
        combined = _merge(part, option)
        if combined is not None:
            return [*parts[:position], combined, *parts[position + 1 :]]
    return [*parts, option]


def _union(parts: list[Value], why: Origin | None) -> Value:
    if any(type(part) is Value for part in parts) or len(parts) > MAX_OPTIONS:
        return UNKNOWN
    if len(parts) == 1:
        return parts[0]
    return Union(frozenset(parts), why=why)


def _merge(left: Value, right: Value) -> Value | None:
    """One value for both where their kinds allow it, else None."""
    if left == right:
        return left
    why = left.why or right.why
    if isinstance(left, (Tensor, Tensors)) and isinstance(right, (Tensor, Tensors)):
        batched = left.batched and right.batched
        if isinstance(left, Tensor) and isinstance(right, Tensor):
            rank = left.rank if left.rank == right.rank else None
            variable = left.variable if left.variable == right.variable else "tf"
            return Tensor(batched, rank, variable if left.variable and right.variable else "", why=why)
        return Tensors(batched, why=why)
    if type(left) is not type(right):
        return None
    if isinstance(left, Static) and isinstance(right, Static):
        return Static(
            source=left.source if left.source == right.source else "",
            type=left.type if left.type == right.type else "",
            why=why,
        )
    if isinstance(left, Seq) and isinstance(right, Seq) and left.kind == right.kind:
        return _merge_sequences(left, right)
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return _merge_mappings(left, right)
    if isinstance(left, Shape) and isinstance(right, Shape) and left.style == right.style:
        first = left.first if left.first == right.first else None
        return Shape(left.style, left.batched and right.batched and first is not None, first, why=why)
    if isinstance(left, Dim) and isinstance(right, Dim) and left.style == right.style:
        return Dim(left.style, left.batch and right.batch, why=why)
    if isinstance(left, Range) and isinstance(right, Range):
        return Range(None, left.shape or right.shape, left.refused or right.refused, why=why)
    return None


def of_any_items(container: Seq | Mapping) -> Seq | Mapping:
    """A container of the same kind of which no item is known."""
    return Mapping((), UNKNOWN) if isinstance(container, Mapping) else Seq(container.kind)


def element(sequence: Seq) -> Value:
    """Any one item."""
    return join_all(sequence.items) if sequence.items else sequence.element


def _merge_sequences(left: Seq, right: Seq) -> Value:
    why = left.why or right.why
    if left.items is not None and right.items is not None and len(left.items) == len(right.items):
        items = tuple(join(a, b) for a, b in zip(left.items, right.items, strict=True))
        return Seq(left.kind, items, why=why)
    if left.items == ():
        return Seq(left.kind, None, element(right), why=why)
    if right.items == ():
        return Seq(left.kind, None, element(left), why=why)
    return Seq(left.kind, None, join(element(left), element(right)), why=why)


def _merge_mappings(left: Mapping, right: Mapping) -> Value:
    ours, theirs = dict(left.items), dict(right.items)
    if left.default is None or right.default is None:
        default = left.default or right.default
    else:
        default = join(left.default, right.default)
    items: list[tuple[Any, Value]] = []
    for key in sorted({*ours, *theirs}, key=repr):
        values = [side[key] for side in (ours, theirs) if key in side]
        items.append((key, join_all(values)))
    return Mapping(tuple(items), default, why=left.why or right.why)
