"""Python's own functions: ``range``, ``len``, ``zip``, ``int``, ``sorted``, ``getattr`` ..."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import libcst as cst

from flake8_keras_graph import knowledge
from flake8_keras_graph.analysis import events
from flake8_keras_graph.analysis.interpreter.calls.signatures import BoundArguments, signature
from flake8_keras_graph.analysis.interpreter.frame import Frame, forget_attributes
from flake8_keras_graph.analysis.interpreter.protocols import AttributeReader, Caller, Iteration, Tester
from flake8_keras_graph.analysis.interpreter.recorder import Recorder, explain
from flake8_keras_graph.analysis.values import (
    MAX_OPTIONS,
    MISSING,
    NONE,
    STATIC,
    UNKNOWN,
    Arguments,
    ClassValue,
    Dim,
    Instance,
    Mapping,
    Method,
    Range,
    Seq,
    Shape,
    Spelling,
    Static,
    Super,
    Tensor,
    Value,
    is_nest,
    is_plain,
    is_tensor,
    join,
    join_all,
    map_options,
)

_Handler = Callable[["BuiltinFunctions", Frame, cst.Call, str, BoundArguments], Value]
# Their results are known while tracing, whatever they are given.
_STATIC_RESULTS = knowledge.bare_names(modules=("builtins",), returns="static")
_COLLECTED = {"list": "list", "sorted": "list", "tuple": "tuple", "set": "set", "frozenset": "set"}
_CASTS: dict[str, Callable[..., Any]] = {"int": int, "float": float, "bool": bool}


class BuiltinFunctions:
    """Builtin functions by name; they keep containers' contents apart."""

    def __init__(self, recorder: Recorder) -> None:
        self.emit = recorder.emit
        self.needs_number = recorder.needs_number

    def connect(self, tester: Tester, attributes: AttributeReader, iteration: Iteration, caller: Caller) -> None:
        """Hand over the parts that this one asks."""
        self.condition = tester.condition
        self.attribute = attributes.attribute
        self.attribute_names = attributes.attribute_names
        self.iterate = iteration.iterate
        self.invoke = caller.invoke

    def call_builtin(self, frame: Frame, node: cst.Call, name: str, arguments: Arguments) -> Value:
        """What the builtin function ``name`` gives; UNKNOWN where it does not take such arguments."""
        word = knowledge.effect(f"builtins.{name}")
        if word is not None:
            self.emit(frame, events.Effect, node, word=word, name=name, given=arguments.positional)
        known = _BUILTINS.get(name)
        if known is None:
            return STATIC if name in _STATIC_RESULTS else UNKNOWN
        written, handler = known
        given = signature(written).bind(node, arguments)
        return UNKNOWN if given is None else handler(self, frame, node, name, given)

    def _cast(self, frame: Frame, node: cst.Call, name: str, given: BoundArguments) -> Value:
        if not given.has("x"):
            return Static(type=name)
        value, operand = given.get("x"), given.operand("x")
        if is_tensor(value):
            self.emit(frame, events.Cast, node, value=value, operand=operand, function=name)
            return Tensor(rank=0, why=value.why) if frame.autograph and name == "float" else UNKNOWN
        if is_nest(value) and name != "bool" and not frame.autograph:
            self.emit(frame, events.Cast, node, value=value, operand=operand, function=name)
            return UNKNOWN
        if name != "bool":
            self.needs_number(frame, node, value, operand, f"{name}()")
        source = value.source if type(value) is Static else "shape" if type(value) is Dim else ""
        if type(value) is Static and value.const is not MISSING:
            base = [given.get("base").literal] if given.has("base") else []
            try:
                return Static(const=_CASTS[name](value.const, *base), source=source, type=name)
            except (TypeError, ValueError, OverflowError):
                return STATIC
        test = given.spelled("x") if name == "bool" else None
        if test is not None:
            condition = self.condition(frame, test)
            if condition.true is None or condition.false is None:
                return Static(const=condition.false is None, type="bool")
        return Static(source=source, type=name)

    def _length(self, frame: Frame, node: cst.Call, name: str, given: BoundArguments) -> Value:
        value = given.get("obj")
        if is_tensor(value):
            self.emit(frame, events.Cast, node, value=value, operand=given.operand("obj"), function="len")
            return Static(source="shape", type="int") if frame.autograph else UNKNOWN
        if type(value) is Seq and value.items is not None and not frame.loops:
            return Static(const=len(value.items), type="int")
        return Static(source="shape" if type(value) is Shape else "", type="int")

    def _range(self, frame: Frame, node: cst.Call, name: str, given: BoundArguments) -> Value:
        shape = refused = False
        for position, value in enumerate(given.rest):
            if is_tensor(value) or (type(value) is Dim and value.batch):
                refused = True
                self.emit(frame, events.RangeOver, node, value=value, operand=given.rest_operand(position))
                if frame.autograph and is_tensor(value):
                    return Tensor(rank=1, why=value.why)
            shape = shape or value.depends_on == "shape"
        numbers: list[Any] = [value.literal for value in given.rest]
        if numbers and not given.open and all(isinstance(number, int) for number in numbers):
            try:
                return Range(len(range(*numbers)))
            except (TypeError, ValueError, OverflowError):
                return Range()
        return Range(None, shape, refused)

    def _zip(self, frame: Frame, node: cst.Call, name: str, given: BoundArguments) -> Value:
        items = [
            self.iterate(frame, value, given.rest_operand(position), "zip") for position, value in enumerate(given.rest)
        ]
        return Seq("iterator", None, Seq("tuple", tuple(items)) if not given.open else UNKNOWN)

    def _enumerate(self, frame: Frame, node: cst.Call, name: str, given: BoundArguments) -> Value:
        value = given.get("iterable")
        item = self.iterate(frame, value, given.operand("iterable"), "enumerate")
        number = Static(type="int")
        if type(value) is Seq and value.items is not None:
            return Seq("iterator", tuple(Seq("tuple", (number, each)) for each in value.items))
        return Seq("iterator", None, Seq("tuple", (number, item)))

    def _collect(self, frame: Frame, node: cst.Call, name: str, given: BoundArguments) -> Value:
        """``list``, ``tuple``, ``set``, ``sorted``, ``reversed``, ``iter`` of something."""
        kind = _COLLECTED.get(name, "iterator")
        if not given.has("iterable"):
            return Seq(kind, ()) if not given.open else Seq(kind)
        value, operand = given.get("iterable"), given.operand("iterable")
        if is_tensor(value):
            if name in {"list", "tuple", "set"}:
                self.emit(frame, events.Cast, node, value=value, operand=operand, function=name)
            else:
                self.emit(frame, events.Iterate, node, value=value, operand=operand, how=name)
            return Seq(kind, None, Tensor(why=value.why))
        if type(value) is Shape:
            return Shape(value.style, value.batched, value.first, why=value.why)
        if type(value) is Seq and value.items is not None:
            if name == "sorted":
                compares = not given.has("key") and not frame.autograph
                refused = _compared_tensor(value.items) if compares else None
                if refused is not None:
                    self.emit(frame, events.NeedsBool, node, value=refused, operand=operand, how=name)
            elif kind != "set":
                return Seq(kind, value.items[::-1] if name == "reversed" else value.items, why=value.why)
        return map_options(value, lambda option: Seq(kind, None, option.iterated(), why=option.why))

    def _dict(self, frame: Frame, node: cst.Call, name: str, given: BoundArguments) -> Value:
        items: dict[Any, Value] = {}
        default: Value | None = UNKNOWN if given.open else None
        if given.has("mapping"):
            first = given.get("mapping")
            default = UNKNOWN
            if type(first) is Mapping:
                items.update(first.items)
                default = first.default
        items.update(given.others)
        return Mapping(tuple(items.items()), default)

    def _extremum(self, frame: Frame, node: cst.Call, name: str, given: BoundArguments) -> Value:
        """``max`` and ``min``: of the items of one argument, or of several."""
        if len(given.rest) == 1 and not given.open:
            result = self._extreme_item(frame, node, name, given)
            return join(result, given.get("default")) if given.has("default") else result
        for position, value in enumerate(given.rest):
            operand = given.rest_operand(position)
            if is_tensor(value):
                self.emit(frame, events.NeedsBool, node, value=value, operand=operand, how=name)
                return UNKNOWN
            if self.needs_number(frame, node, value, operand, f"{name}()"):
                return UNKNOWN
        return join_all(given.rest) if all(is_plain(value) for value in given.rest) else UNKNOWN

    def _extreme_item(self, frame: Frame, node: cst.Call, name: str, given: BoundArguments) -> Value:
        value, operand = given.rest[0], given.rest_operand(0)
        if is_tensor(value):
            self.emit(frame, events.NeedsBool, node, value=value, operand=operand, how=name)
            return UNKNOWN
        if type(value) is not Seq:
            return STATIC if is_plain(value) else UNKNOWN
        item = value.any_item()
        if given.has("key"):
            return item  # what the key gives is compared
        refused = _compared_tensor(value.items or ())
        if refused is None and is_tensor(item) and (value.items is None or len(value.items) > 1):
            refused = item
        if refused is not None:
            self.emit(frame, events.NeedsBool, node, value=refused, operand=operand, how=name)
            return UNKNOWN
        return item

    def _quantify(self, frame: Frame, node: cst.Call, name: str, given: BoundArguments) -> Value:
        """``any`` and ``all``."""
        value, operand = given.get("iterable"), given.operand("iterable")
        refused = value if is_tensor(value) else None
        item = value
        if type(value) is Seq:
            item = value.any_item()
            first = value.items[0] if value.items else UNKNOWN
            several = value.items is None or len(value.items) > 1
            refused = first if is_tensor(first) else item if is_tensor(item) and several else None
        if refused is not None:
            self.emit(frame, events.NeedsBool, node, value=refused, operand=operand, how=name)
            return UNKNOWN
        return STATIC if is_plain(item) else UNKNOWN

    def _sum(self, frame: Frame, node: cst.Call, name: str, given: BoundArguments) -> Value:
        value, start = given.get("iterable"), given.get("start", STATIC)
        if is_tensor(value):
            self.emit(frame, events.NeedsBool, node, value=value, operand=given.operand("iterable"), how=name)
            return UNKNOWN
        item = value.any_item() if type(value) is Seq else value
        if type(value) is Seq and is_tensor(item):
            return explain(frame, Tensor(why=item.why), "{code} is a tensor", node)
        return STATIC if is_plain(item) and is_plain(start) else UNKNOWN

    def _absolute(self, frame: Frame, node: cst.Call, name: str, given: BoundArguments) -> Value:
        value = given.get("x")
        if type(value) is Tensor:
            return explain(frame, value, "{code} is a tensor", node)
        self.needs_number(frame, node, value, given.operand("x"), "abs()")
        return STATIC if type(value) is Static else UNKNOWN

    def _number(self, frame: Frame, node: cst.Call, name: str, given: BoundArguments) -> Value:
        """``round``, ``pow``, ``divmod``."""
        return STATIC if not given.open and all(is_plain(value) for value in given.values.values()) else UNKNOWN

    def _super(self, frame: Frame, node: cst.Call, name: str, given: BoundArguments) -> Value:
        instance, after = frame.instance, frame.owner
        if given.has("instance"):
            first = given.get("type")
            instance = given.get("instance")
            after = first.info if type(first) is ClassValue else None
        return Super(instance=instance, after=after) if type(instance) is Instance else UNKNOWN

    def _type(self, frame: Frame, node: cst.Call, name: str, given: BoundArguments) -> Value:
        value = given.get("object")
        return ClassValue(info=value.info) if type(value) is Instance else STATIC

    def _getattr(self, frame: Frame, node: cst.Call, name: str, given: BoundArguments) -> Value:
        attribute, holder = given.get("name").literal, given.spelled("object")
        if not isinstance(attribute, str):
            return self._any_attribute(frame, node, given)
        known = frame.env.get(f"{holder.value}.{attribute}") if type(holder) is cst.Name else None
        if known is not None:
            return known
        value = self.attribute(frame, given.get("object"), attribute, node)
        if not given.has("default"):
            return value if not given.open else UNKNOWN
        return UNKNOWN if type(value) is Method else join(value, given.get("default"))

    def _any_attribute(self, frame: Frame, node: cst.Call, given: BoundArguments) -> Value:
        """``getattr(self, f"_{kind}")``: any of the attributes that have such a name, where there are a few."""
        name, holder = given.get("name"), given.get("object")
        if type(holder) is not Instance or not isinstance(name.why, Spelling) or given.open:
            return UNKNOWN
        known = [each for each in self.attribute_names(holder) if not each.startswith("__")]
        names = [each for each in known if re.fullmatch(name.why.pattern, each)]
        if not 0 < len(names) <= MAX_OPTIONS:
            return UNKNOWN
        found = [self.attribute(frame, holder, each, node) for each in names]
        return join_all([*found, given.get("default")] if given.has("default") else found)

    def _setattr(self, frame: Frame, node: cst.Call, name: str, given: BoundArguments) -> Value:
        holder = given.spelled("object")
        if type(holder) is cst.Name:
            forget_attributes(frame.env, holder.value)
        return NONE

    def _map(self, frame: Frame, node: cst.Call, name: str, given: BoundArguments) -> Value:
        items = [
            self.iterate(frame, value, given.rest_operand(position), "map") for position, value in enumerate(given.rest)
        ]
        return (
            Seq("iterator")
            if given.open
            else Seq("iterator", None, self.invoke(frame, node, given.get("function"), items))
        )

    def _next(self, frame: Frame, node: cst.Call, name: str, given: BoundArguments) -> Value:
        iterator = given.get("iterator")
        item = UNKNOWN if is_tensor(iterator) else iterator.iterated()
        return join(item, given.get("default")) if given.has("default") else item


def _compared_tensor(items: tuple[Value, ...]) -> Value | None:
    """The tensor among ``items`` that ordering them certainly compares with another."""
    return next((item for item in items if is_tensor(item)), None) if len(items) > 1 else None


# By name: the signature, and what the function gives.
_BUILTINS: dict[str, tuple[str, _Handler]] = {
    "int": ("x=0, /, base=10", BuiltinFunctions._cast),
    "float": ("x=0, /", BuiltinFunctions._cast),
    "bool": ("x=False, /", BuiltinFunctions._cast),
    "len": ("obj, /", BuiltinFunctions._length),
    "range": ("*bounds", BuiltinFunctions._range),
    "zip": ("*iterables, strict=False", BuiltinFunctions._zip),
    "enumerate": ("iterable, start=0", BuiltinFunctions._enumerate),
    "list": ("iterable=(), /", BuiltinFunctions._collect),
    "tuple": ("iterable=(), /", BuiltinFunctions._collect),
    "set": ("iterable=(), /", BuiltinFunctions._collect),
    "frozenset": ("iterable=(), /", BuiltinFunctions._collect),
    "sorted": ("iterable, /, *, key=None, reverse=False", BuiltinFunctions._collect),
    "reversed": ("iterable, /", BuiltinFunctions._collect),
    "iter": ("iterable, sentinel=None, /", BuiltinFunctions._collect),
    "dict": ("mapping=(), /, **items", BuiltinFunctions._dict),
    "max": ("*values, key=None, default=None", BuiltinFunctions._extremum),
    "min": ("*values, key=None, default=None", BuiltinFunctions._extremum),
    "sum": ("iterable, /, start=0", BuiltinFunctions._sum),
    "any": ("iterable, /", BuiltinFunctions._quantify),
    "all": ("iterable, /", BuiltinFunctions._quantify),
    "abs": ("x, /", BuiltinFunctions._absolute),
    "round": ("number, ndigits=None", BuiltinFunctions._number),
    "pow": ("base, exp, mod=None", BuiltinFunctions._number),
    "divmod": ("x, y, /", BuiltinFunctions._number),
    "super": ("type=None, instance=None, /", BuiltinFunctions._super),
    "type": ("object, bases=(), namespace=(), /, **keywords", BuiltinFunctions._type),
    "getattr": ("object, name, default=None, /", BuiltinFunctions._getattr),
    "setattr": ("object, name, value, /", BuiltinFunctions._setattr),
    "map": ("function, /, *iterables", BuiltinFunctions._map),
    "next": ("iterator, default=None, /", BuiltinFunctions._next),
}


def signatures() -> dict[str, str]:
    """The declared signature of every builtin function that is understood."""
    return {name: written for name, (written, _) in _BUILTINS.items()}
