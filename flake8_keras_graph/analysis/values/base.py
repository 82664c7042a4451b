"""What is known of one Python object, the join of two such values, and where each came from.

The class ``Value`` asks nothing of the others: each kind of value, in a module of its family, answers the questions
below for itself, and what it does not answer is not known. Values know nothing of the interpreter: what a use of
them records (a test of a tensor, a dimension that is None) the interpreter reads off the answers.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from typing import ClassVar, Final, Literal

import libcst as cst

from flake8_keras_graph.analysis.frozen import frozen
from flake8_keras_graph.syntax.source import FunctionSource

MAX_OPTIONS = 6
MAX_ITEMS = 64

Family = Literal["sequence", "mapping", "python", "tensor", "special tensor", "array", "project", ""]
EQUALITY: Final = frozenset({"==", "!="})


@frozen(eq=False)
class Origin:
    """One reason: ``text`` about ``node`` of ``source``; ``{code}`` stands for the node's text."""

    text: str
    node: cst.CSTNode | None
    source: FunctionSource | None
    before: Origin | None = None


@frozen(eq=False)
class ComputedInGraph(Origin):
    """Why nothing is known of a value but that the graph computes it: a layer gave it that was not seen made, say."""


@frozen(eq=False)
class FromCaller(Origin):
    """Why nothing is known of a value: whoever makes the object gives it, or leaves it at ``default``."""

    default: str = ""


class _Missing:
    def __repr__(self) -> str:
        return "?"


MISSING: Final = _Missing()


@frozen(eq=False, repr=False)
class TypeTest:
    """The second argument of ``isinstance``: its canonical ``name``, and the family of types that it belongs to.

    ``kinds`` are the sorts of sequences that pass.
    """

    name: str
    family: Family
    kinds: tuple[str, ...] = ()


@dataclasses.dataclass(slots=True)
class Arguments:
    """Evaluated arguments. ``open`` where a ``*`` or ``**`` of unknown content was among them."""

    positional: tuple[Value, ...] = ()
    keywords: dict[str, Value] = dataclasses.field(default_factory=dict)
    open: bool = False

    def get(self, position: int, name: str) -> Value | None:
        """The argument given at ``position`` or as ``name``."""
        if position < len(self.positional):
            return self.positional[position]
        return self.keywords.get(name)

    def first(self) -> Value:
        """The first positional argument."""
        return self.positional[0] if self.positional else UNKNOWN

    def leading(self) -> Value:
        """The first argument, by position or else by name."""
        return next(iter(self.positional or self.keywords.values()), UNKNOWN)

    def second(self, default: Value) -> Value:
        """The second positional argument."""
        return self.positional[1] if len(self.positional) > 1 else default


@frozen(eq=False, repr=False)
class MethodResult:
    """What a method call gives; ``after`` is what the receiver is then, None where it stays as it was.

    ``given`` is what was put into it.
    """

    result: Value
    after: Value | None = None
    given: Value | None = None


@frozen()
class Value:
    """What is known of one Python object. The base class itself says nothing (UNKNOWN).

    Two values are equal when they say the same of an object; ``why`` (the chain of reasons) takes no part, so that
    loops reach a fixpoint.
    """

    why: Origin | None = dataclasses.field(default=None, compare=False, repr=False, kw_only=True)

    precedence: ClassVar[int] = 0
    """Which of two operands answers first, as with NumPy's ``__array_priority__``."""
    has_own_operators: ClassVar[bool] = False
    """A container or an object: what an operator on it and a structure of tensors gives is its own affair."""
    is_scalar: ClassVar[bool] = False
    """A Python value or a dimension: it indexes sequences, and leaves the batch of a tensor as it is."""
    never_is: ClassVar[frozenset[Family]] = frozenset()
    """Families of types that ``isinstance`` certainly denies."""

    @property
    def depends_on(self) -> str:
        """What a branch on it depends on: "training", "argument", "shape", "attribute", "random"; else ""."""
        return ""

    @property
    def is_none_in_fit(self) -> bool:
        """Whether it certainly is a dimension that is None while ``fit`` traces."""
        return False

    @property
    def is_number(self) -> bool:
        """Whether it certainly is a Python number."""
        return False

    @property
    def container(self) -> str:
        """The word for a Python container that no tensor can index; "" for everything else."""
        return ""

    @property
    def literal(self) -> object:
        """The Python object that it is where the code spells it out, else MISSING."""
        return MISSING

    def may_be_none(self) -> bool:
        """Whether it may be None, for all that is known."""
        return type(self) is Value

    def can_be(self, truth: bool) -> bool:
        """Whether its truth value may be ``truth``."""
        return True

    def known_size(self) -> Value:
        """What it is once it is known not to be None."""
        return self

    def is_instance(self, test: TypeTest) -> bool | None:
        """What ``isinstance`` of it gives; None where that is not known."""
        return False if test.family in self.never_is else None

    def has_attribute(self, name: str) -> bool | None:
        """What ``hasattr`` of it gives; None where that is not known."""
        if type(self) is not Value:
            return None
        if name == "numpy":
            return False  # code that asks is meant for both modes, and this is a graph
        return True if name in {"graph", "as_graph_def"} else None

    def attribute(self, name: str) -> Value:
        """``value.name``, where that takes no more than the value."""
        return self._part_of_unknown()

    def item(self, index: Value) -> Value:
        """``value[index]``; several indices are a Seq of kind "tuple", a slice is one of kind "slice"."""
        return self._part_of_unknown()

    def iterated(self) -> Value:
        """Any one item of what iterating over it gives."""
        return self._part_of_unknown()

    def _part_of_unknown(self) -> Value:
        """What is known of a part is where it came from."""
        return self if isinstance(self.why, ComputedInGraph) and type(self) is Value else UNKNOWN

    def unpacked(self, count: int) -> list[Value]:
        """What each of ``count`` targets is assigned."""
        return [self.iterated()] * count

    def call_method(self, name: str, arguments: Arguments, repeated: bool) -> MethodResult:
        """``value.name(...)``; ``repeated``: in a loop, which may make the call again."""
        return MethodResult(UNKNOWN)

    def operate(self, sign: str, other: Value, reflected: bool) -> Value | None:
        """``value sign other`` (``reflected``: ``other sign value``); None leaves the answer to ``other``."""
        return None

    def compare(self, sign: str, other: Value) -> Value | None:
        """A comparison with ``other``, on whichever side; None leaves the answer to ``other``."""
        return None

    def unary(self, sign: str) -> Value:
        """``-value``, ``+value``, ``~value``."""
        return UNKNOWN

    def reason_for(self, result: Value) -> str:
        """What to say of ``result``, which was made of this value; "" where nothing is to be said."""
        return ""

    def leaf(self) -> Value:
        """Any one leaf of a structure."""
        return self

    def map_leaves(self, function: Callable[[Value], Value]) -> Value:
        """The structure with ``function`` of each leaf."""
        return function(self)

    def merge(self, other: Value) -> Value | None:
        """One value that says what holds of this and of ``other``, where their kinds allow it."""
        return None

    def order(self) -> tuple[str, ...]:
        """Sorts the alternatives of a union: the same in every run, unlike the order of a set."""
        return (type(self).__name__,)


UNKNOWN: Final = Value()


@frozen()
class Union(Value):
    """One of several; never nested, never holding UNKNOWN."""

    options: frozenset[Value] = frozenset()

    def may_be_none(self) -> bool:
        return any(option.may_be_none() for option in self.options)

    def iterated(self) -> Value:
        return map_options(self, _iterated)


def because(value: Value, origin: Origin) -> Value:
    """``value`` with another reason."""
    kind: type = type(value)
    names = _NAMES.get(kind)
    if names is None:
        names = _NAMES[kind] = tuple(field.name for field in dataclasses.fields(kind) if field.name != "why")
    copy: Value = object.__new__(kind)
    for name in names:  # dataclasses.replace takes three times as long, and there are many of these
        setattr(copy, name, getattr(value, name))
    setattr(copy, "why", origin)  # noqa: B010  # frozen to the type checker
    return copy


_NAMES: dict[type, tuple[str, ...]] = {}


def options(value: Value) -> Iterable[Value]:
    """The alternatives of ``value``: itself where there is only one."""
    if type(value) is Union:
        return sorted(value.options, key=_order)
    return (value,)


def _iterated(option: Value) -> Value:
    return option.iterated()


def _order(option: Value) -> tuple[str, ...]:
    return option.order()


def is_unknown(value: Value) -> bool:
    """Whether nothing is known of ``value``."""
    return type(value) is Value


def known_size(value: Value) -> Value:
    """A static dimension that is not None is a number, be it of the batch."""
    return value.known_size()


def map_options(value: Value, function: Callable[[Value], Value]) -> Value:
    """``function`` of every alternative, joined; the reason of the whole where a part has none."""
    if type(value) is not Union:
        return function(value)
    return join_all(
        function(option if option.why else dataclasses.replace(option, why=value.why)) for option in options(value)
    )


def join_all(values: Iterable[Value]) -> Value:
    """The join of ``values``; UNKNOWN of none."""
    result: Value | None = None
    for value in values:
        result = value if result is None else join(result, value)
    return UNKNOWN if result is None else result


def join(left: Value, right: Value) -> Value:
    """What holds of a value that is ``left`` on one path and ``right`` on another.

    Commutative, associative up to ``why``, and idempotent: a loop's name table only ever grows less certain, so
    that running its body again comes to an end. Alternatives of one kind merge into one, the rest stand side by
    side in a union, and more than ``MAX_OPTIONS`` say nothing.
    """
    if left is right or left == right:
        return left
    if type(left) is Value or type(right) is Value:
        return UNKNOWN
    if type(left) is Union or type(right) is Union:
        parts: list[Value] = []
        for option in (*options(left), *options(right)):
            parts = _add(parts, option)
        return _union(parts, left.why or right.why)
    return _union(_add([left], right), left.why or right.why)


def _add(parts: list[Value], option: Value) -> list[Value]:
    """``parts`` with one more alternative, merged into the one of its kind."""
    for position, part in enumerate(parts):
        combined = part if part == option else part.merge(option)
        if combined is not None:
            return [*parts[:position], combined, *parts[position + 1 :]]
    return [*parts, option]


def _union(parts: list[Value], why: Origin | None) -> Value:
    if any(type(part) is Value for part in parts) or len(parts) > MAX_OPTIONS:
        return UNKNOWN
    if len(parts) == 1:
        return parts[0]
    return Union(frozenset(parts), why=why)


def operate(sign: str, left: Value, right: Value) -> Value:
    """``left sign right`` of two values that are no unions; ``sign`` as it is written, ``+=`` too."""
    if left.precedence >= right.precedence:
        result = left.operate(sign, right, False) or right.operate(sign, left, True)
    else:
        result = right.operate(sign, left, True) or left.operate(sign, right, False)
    return UNKNOWN if result is None else result
