"""Python values that are known while tracing, and None."""

from __future__ import annotations

import dataclasses
import operator
import re
from collections.abc import Callable, Iterable
from typing import Any, ClassVar, Final

from flake8_keras_graph.analysis.frozen import frozen
from flake8_keras_graph.analysis.values.base import (
    EQUALITY,
    MISSING,
    UNKNOWN,
    Arguments,
    Family,
    MethodResult,
    Origin,
    TypeTest,
    Value,
    options,
)
from flake8_keras_graph.analysis.values.callables import Method

_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "//": operator.floordiv,
    "%": operator.mod,
}
_COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
SWAPPED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
# What an unknown Python value is to those who index it, by its type.
_CONTAINERS = {"host": "NumPy array", "str": "str"}


@frozen()
class Static(Value):
    """A Python value known while tracing. ``const`` where it is spelled out in the code.

    ``source`` says what a branch on it depends on: "training", "argument", "shape", "attribute", "random".
    """

    const: Any = dataclasses.field(default=MISSING)
    source: str = ""
    type: str = ""

    precedence: ClassVar[int] = 10
    is_scalar: ClassVar[bool] = True
    never_is: ClassVar[frozenset[Family]] = frozenset({"tensor", "special tensor"})

    def __eq__(self, other: object) -> bool:
        return (
            other.__class__ is Static
            and type(self.const) is type(other.const)  # True == 1 == 1.0: three facts
            and bool(self.const == other.const)
            and self.source == other.source
            and self.type == other.type
        )

    def __hash__(self) -> int:
        return hash((type(self.const), self.const, self.source, self.type))

    @property
    def depends_on(self) -> str:
        return self.source

    @property
    def is_number(self) -> bool:
        return self.type in {"int", "float"}

    @property
    def container(self) -> str:
        return _CONTAINERS.get(self.type, "")

    @property
    def literal(self) -> object:
        return self.const

    def may_be_none(self) -> bool:
        return self.const is MISSING and not self.type

    def can_be(self, truth: bool) -> bool:
        return self.const is MISSING or self.source != "" or bool(self.const) is truth

    def is_instance(self, test: TypeTest) -> bool | None:
        if test.family == "python" and self.type:
            return f"builtins.{self.type}" == test.name or None
        return False if test.family in self.never_is else None

    def has_attribute(self, name: str) -> bool | None:
        return None

    def attribute(self, name: str) -> Value:
        return Method(receiver=self, name=name)

    def item(self, index: Value) -> Value:
        return Static(source=self.source)

    def iterated(self) -> Value:
        return Static(source=self.source)

    def call_method(self, name: str, arguments: Arguments, repeated: bool) -> MethodResult:
        return MethodResult(STATIC)

    def operate(self, sign: str, other: Value, reflected: bool) -> Value | None:
        if sign == "+" and self.type == "str" and (not reflected or type(other) is Static):
            return text_of_parts((other, self) if reflected else (self, other))
        if type(other) is Static:
            return other._fold(sign, self) if reflected else self._fold(sign, other)
        return Static(type="str") if self.type == "str" and not reflected else None

    def _fold(self, sign: str, other: Static) -> Value:
        source = self.source or other.source
        fold = _ARITHMETIC.get(sign)
        if fold is not None and isinstance(self.const, (int, float)) and isinstance(other.const, (int, float)):
            try:
                const = fold(self.const, other.const)
            except (ArithmeticError, TypeError, ValueError):
                return STATIC
            return Static(const=const, source=source, type=type(const).__name__)
        return Static(source=source, type=self.type if self.type == other.type else "")

    def compare(self, sign: str, other: Value) -> Value | None:
        if type(other) is not Static:
            return None
        source = self.source or other.source
        if self.const is not MISSING and other.const is not MISSING and not source:
            try:
                return constant(bool(_COMPARISONS[sign](self.const, other.const)))
            except (TypeError, ValueError):
                return STATIC
        return Static(source=source, type="bool")

    def unary(self, sign: str) -> Value:
        if sign == "-" and self.const is not MISSING:
            try:
                return constant(-self.const)
            except TypeError:
                return STATIC
        return Static(source=self.source, type=self.type)

    def merge(self, other: Value) -> Value | None:
        if type(other) is not Static:
            return None
        why = self.why or other.why
        if self.type == other.type == "str" and (one := _pattern(self)) and (another := _pattern(other)):
            why = Spelling("", None, None, pattern=f"{one}|{another}" if one != another else one)
        return Static(
            source=self.source if self.source == other.source else "",
            type=self.type if self.type == other.type else "",
            why=why,
        )

    def order(self) -> tuple[str, ...]:
        return "Static", repr(self.const), self.source, self.type


@frozen()
class NoneValue(Value):
    """``None``."""

    precedence: ClassVar[int] = 100

    def may_be_none(self) -> bool:
        return True

    def can_be(self, truth: bool) -> bool:
        return not truth

    def is_instance(self, test: TypeTest) -> bool | None:
        return test.name == "builtins.object"

    def has_attribute(self, name: str) -> bool | None:
        return False

    def compare(self, sign: str, other: Value) -> Value | None:
        if sign not in EQUALITY:
            return None
        return constant(sign == "==") if type(other) is NoneValue else Static(type="bool")


NONE: Final = NoneValue()
STATIC: Final = Static()


@frozen(eq=False)
class Spelling(Origin):
    """Why a text is what it is: it was put together, and matches ``pattern``."""

    pattern: str = ""


def text_of_parts(parts: Iterable[Value | str]) -> Value:
    """The text that ``parts`` give one after the other: known as far as they are."""
    spelled = [part if isinstance(part, str) else _as_text(part) for part in parts]
    if all(isinstance(part, str) for part in spelled):
        return constant("".join(part for part in spelled if part is not None))
    if not any(spelled):
        return Static(type="str")
    pattern = "".join(".*" if part is None else re.escape(part) for part in spelled)
    return Static(type="str", why=Spelling("", None, None, pattern=pattern))


def _pattern(value: Static) -> str:
    """What the text certainly matches; "" where nothing is known of it."""
    if isinstance(value.const, str):
        return re.escape(value.const)
    return value.why.pattern if isinstance(value.why, Spelling) else ""


def _as_text(value: Value) -> str | None:
    known = value.literal
    return str(known) if isinstance(known, (str, int)) and not value.depends_on else None


def constant(value: object) -> Value:
    """The value of a literal."""
    return NONE if value is None else Static(const=value, type=type(value).__name__)


def of_key(key: object) -> Value:
    """A key of a dict as a value."""
    return Static(const=key, type=type(key).__name__)


def is_plain(value: Value) -> bool:
    """Whether ``value`` certainly is a Python value or None, of no other kind."""
    return all(type(option) is Static or type(option) is NoneValue for option in options(value))


def compare(sign: str, left: Value, right: Value) -> Value:
    """``left sign right``, a comparison of two values that are no unions."""
    if left.precedence >= right.precedence:
        result = left.compare(sign, right) or right.compare(SWAPPED.get(sign, sign), left)
    else:
        result = right.compare(SWAPPED.get(sign, sign), left) or left.compare(sign, right)
    if result is not None:
        return result
    return UNKNOWN if type(left) is Value or type(right) is Value else Static(type="bool")
