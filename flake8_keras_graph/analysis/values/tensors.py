"""Tensors, structures of them, their shapes and dimensions."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Literal, TypeGuard

from flake8_keras_graph import knowledge
from flake8_keras_graph.analysis.frozen import frozen
from flake8_keras_graph.analysis.values.base import (
    EQUALITY,
    UNKNOWN,
    Arguments,
    Family,
    MethodResult,
    TypeTest,
    Union,
    Value,
    join,
    options,
)
from flake8_keras_graph.analysis.values.callables import Method
from flake8_keras_graph.analysis.values.constants import NONE, STATIC, NoneValue, Static
from flake8_keras_graph.analysis.values.instances import External
from flake8_keras_graph.analysis.values.sequences import Seq

Style = Literal["static", "ops"]

# What a tensor has that is being traced, and what only one with a value has.
_IN_GRAPHS = frozenset({"shape", "dtype", "graph", "op"})
_ON_HOST = frozenset({"numpy", "item", "tolist", "__array__", "detach"})


@frozen()
class Tensor(Value):
    """Certainly a tensor (or a variable). ``batched``: its first dimension is the batch, None in ``fit``.

    ``variable`` says whose it is: Keras 3 has a class of its own, which is no tensor. ``from_data``: its values
    certainly follow from those that ``fit`` feeds, and not from shapes alone. ``of_batch``: the shape of a batched
    tensor, its first dimension, or as many numbers as that; "values": its first dimension is none that fit feeds.
    """

    batched: bool = False
    rank: int | None = None
    variable: Literal["", "tf", "keras"] = ""
    from_data: bool = False
    of_batch: Literal["", "shape", "size", "range", "values"] = ""

    precedence: ClassVar[int] = 60
    never_is: ClassVar[frozenset[Family]] = frozenset({"array", "sequence", "mapping", "python", "project"})

    def is_instance(self, test: TypeTest) -> bool | None:
        if test.family == "tensor":
            return None if self.variable or "Variable" in test.name else True
        return False if test.family in self.never_is else None

    def has_attribute(self, name: str) -> bool | None:
        if self.variable:
            return None
        return False if name in _ON_HOST else True if name in _IN_GRAPHS else None

    def attribute(self, name: str) -> Value:
        spec = knowledge.tensor_attribute(name)
        return UNKNOWN if spec is None else _attribute(self, name, spec)

    def item(self, index: Value) -> Value:
        first = self.of_batch == "shape" and index.literal == 0 and index.literal is not False
        of_batch: Literal["", "size"] = "size" if first else ""
        return Tensor(_keeps_batch(self, index), from_data=self.from_data, of_batch=of_batch, why=self.why)

    def iterated(self) -> Value:
        return Tensor(from_data=self.from_data, why=self.why)

    def operate(self, sign: str, other: Value, reflected: bool) -> Value | None:
        return _arithmetic(sign, other, self) if reflected else _arithmetic(sign, self, other)

    def compare(self, sign: str, other: Value) -> Value | None:
        if sign in EQUALITY and other.is_none_in_fit:
            return Static(type="bool")  # no tensor is equal to None
        return _arithmetic(sign, self, other)

    def unary(self, sign: str) -> Value:
        return Tensor(self.batched, from_data=self.from_data, why=self.why)

    def reason_for(self, result: Value) -> str:
        return _reason(result)

    def merge(self, other: Value) -> Value | None:
        why = self.why or other.why
        if type(other) is Tensors:
            return Tensors(self.batched and other.batched, other.iterated_over, why=why)
        if type(other) is not Tensor:
            return None
        rank = self.rank if self.rank == other.rank else None
        variable = self.variable if self.variable == other.variable else "tf"
        return Tensor(
            self.batched and other.batched,
            rank,
            variable if self.variable and other.variable else "",
            self.from_data and other.from_data,
            self.of_batch if self.of_batch == other.of_batch else "",
            why=why,
        )


@frozen()
class Tensors(Value):
    """A tensor or a structure of tensors: what Keras hands to ``call``.

    ``iterated_over``: it came out of going over one, which of a dict gives the keys.
    """

    batched: bool = False
    iterated_over: bool = False

    precedence: ClassVar[int] = 50
    never_is: ClassVar[frozenset[Family]] = frozenset({"array", "python"})

    def has_attribute(self, name: str) -> bool | None:
        return False if name in _ON_HOST else None

    def attribute(self, name: str) -> Value:
        spec = knowledge.tensor_attribute(name)
        return Method(receiver=self, name=name) if spec is None else _attribute(self, name, spec)

    def item(self, index: Value) -> Value:
        """Only a tensor takes several indices, or None; by one of them a structure's part is as likely."""
        if type(index) is NoneValue or (type(index) is Seq and index.kind == "tuple"):
            return Tensor(_keeps_batch(Tensor(self.batched), index), from_data=self.batched, why=self.why)
        return Tensors(self.batched and type(index) is Static, self.iterated_over, why=self.why)

    def iterated(self) -> Value:
        return Tensors(self.batched, True, why=self.why)

    def call_method(self, name: str, arguments: Arguments, repeated: bool) -> MethodResult:
        """Those of a dict."""
        item = Tensors(self.batched, why=self.why)
        if name == "get":
            return MethodResult(join(item, arguments.second(NONE)))
        if name == "pop":
            return MethodResult(item)
        parts = {"items": Seq("tuple", (Static(type="str"), item)), "values": item, "keys": STATIC}
        return MethodResult(Seq("list", None, parts[name]) if name in parts else UNKNOWN)

    def operate(self, sign: str, other: Value, reflected: bool) -> Value | None:
        if other.has_own_operators:
            return UNKNOWN
        return _arithmetic(sign, other, self) if reflected else _arithmetic(sign, self, other)

    def compare(self, sign: str, other: Value) -> Value | None:
        if other.is_number or (sign not in EQUALITY and type(other) is not Value):
            return _arithmetic(sign, self, other)
        return UNKNOWN

    def unary(self, sign: str) -> Value:
        return Tensor(self.batched, from_data=self.batched, why=self.why)

    def reason_for(self, result: Value) -> str:
        return _reason(result)

    def leaf(self) -> Value:
        return Tensor(self.batched, from_data=self.batched, why=self.why)

    def merge(self, other: Value) -> Value | None:
        if type(other) is Tensors or type(other) is Tensor:
            key = self.iterated_over or (type(other) is Tensors and other.iterated_over)
            return Tensors(self.batched and other.batched, key, why=self.why or other.why)
        return None


@frozen()
class Shape(Value):
    """A shape as a Python tuple: ``x.shape`` ("static") or ``keras.ops.shape(x)`` ("ops").

    ``first`` is the dimension that index 0 stands for, None where it is not known.
    """

    style: Style = "static"
    batched: bool = False
    first: int | None = 0

    precedence: ClassVar[int] = 46

    @property
    def depends_on(self) -> str:
        return "shape"

    @property
    def has_unknown_size(self) -> bool:
        """Whether its first dimension may be None in fit, and all of it is known once that one is."""
        return self.style == "static" and self.batched

    def known_sizes(self) -> Shape:
        """What it is once every dimension is known."""
        return Shape(self.style, False, self.first, why=self.why)

    def attribute(self, name: str) -> Value:
        if name in {"rank", "ndims"}:
            return Static(source="shape", type="int")
        return Method(receiver=self, name=name)

    def item(self, index: Value) -> Value:
        if type(index) is Seq and index.kind == "slice":
            return self._part(index.items[0] if index.items else NONE)
        if type(index) is not Static:
            return UNKNOWN if type(index) is Value else Dim(self.style, why=self.why)
        return self.dimension(0 if index.const == 0 and index.const is not False else None)

    def _part(self, start: Value) -> Value:
        """What is left from ``start`` on."""
        at = start.literal
        if type(start) is NoneValue or at == 0:
            return self
        if isinstance(at, int) and at > 0:
            return Shape(self.style, False, None if self.first is None else self.first + at, why=self.why)
        return Shape(self.style, False, None, why=self.why)

    def dimension(self, position: int | None) -> Value:
        """The one at ``position``; the batch dimension of ``ops.shape`` is a tensor in fit."""
        batch = self.batched and self.first == 0 and position == 0
        if batch and self.style == "ops":
            return Tensor(rank=0, why=self.why)
        return Dim(self.style, batch, why=self.why)

    def iterated(self) -> Value:
        return Dim(self.style, why=self.why)

    def unpacked(self, count: int) -> list[Value]:
        return [self.dimension(position) for position in range(count)]

    def call_method(self, name: str, arguments: Arguments, repeated: bool) -> MethodResult:
        if name in {"as_list", "with_rank", "with_rank_at_least", "merge_with"}:
            return MethodResult(self)
        return MethodResult(Static(source="shape"))

    def operate(self, sign: str, other: Value, reflected: bool) -> Value | None:
        if sign == "+" and not reflected and (type(other) is Shape or type(other) is Seq):
            return Shape(self.style, self.batched, self.first, why=self.why)
        return None

    def compare(self, sign: str, other: Value) -> Value | None:
        return None if type(other) is Dim else Static(source="shape", type="bool")

    def reason_for(self, result: Value) -> str:
        if type(result) is Tensor:
            return "{code} is the batch size, a tensor in fit"
        return "{code} is the batch size, None in fit" if type(result) is Dim and result.batch else ""

    def merge(self, other: Value) -> Value | None:
        if type(other) is not Shape or self.style != other.style:
            return None
        first = self.first if self.first == other.first else None
        why = self.why or other.why
        return Shape(self.style, self.batched and other.batched and first is not None, first, why=why)

    def order(self) -> tuple[str, ...]:
        return "Shape", self.style


@frozen()
class Dim(Value):
    """One dimension: an int or None ("static"), an int or a tensor ("ops").

    ``batch``: it is the batch dimension of a tensor that ``fit`` feeds, so None in a static shape.
    """

    style: Style = "static"
    batch: bool = False

    precedence: ClassVar[int] = 40
    is_scalar: ClassVar[bool] = True

    @property
    def depends_on(self) -> str:
        return "shape"

    @property
    def is_none_in_fit(self) -> bool:
        return self.batch and self.style == "static"

    def may_be_none(self) -> bool:
        return True

    def known_size(self) -> Value:
        return Dim(self.style, why=self.why)

    def operate(self, sign: str, other: Value, reflected: bool) -> Value | None:
        if type(other) is Static:
            if reflected and other.type == "str":
                return Static(type="str")
            return Dim(self.style, why=(other.why or self.why) if reflected else (self.why or other.why))
        if type(other) is Dim:
            return Dim("ops" if "ops" in (self.style, other.style) else "static", why=self.why or other.why)
        return None

    def compare(self, sign: str, other: Value) -> Value | None:
        if self.style == "ops" or (type(other) is Dim and other.style == "ops"):
            return UNKNOWN if type(other) is Value else Dim("ops", why=self.why or other.why)
        return Static(source="shape", type="bool")

    def unary(self, sign: str) -> Value:
        return Dim(self.style, why=self.why)

    def merge(self, other: Value) -> Value | None:
        if type(other) is not Dim or self.style != other.style:
            return None
        return Dim(self.style, self.batch and other.batch, why=self.why or other.why)

    def order(self) -> tuple[str, ...]:
        return "Dim", self.style


def is_tensor(value: Value) -> bool:
    """Certainly a tensor: every alternative is one."""
    return type(value) is Tensor or (type(value) is Union and all(type(option) is Tensor for option in value.options))


def is_tensor_like(value: Value) -> TypeGuard[Tensor | Tensors]:
    """Certainly a tensor or a structure of tensors."""
    return type(value) is Tensor or type(value) is Tensors


def is_nest(value: Value) -> bool:
    """Certainly a tensor or a structure of tensors, whichever: what neither has can be told of it."""
    return all(type(each) is Tensor or (type(each) is Tensors and not each.iterated_over) for each in options(value))


def maybe_tensor(value: Value) -> bool:
    """Nothing says that it is no tensor."""
    return any(type(option) in (Value, Tensor, Tensors) for option in options(value)) or (
        type(value) is Dim and value.style == "ops"
    )


def shape_of(value: Value, style: Style) -> Value:
    """The shape of one alternative, asked for in this way; that of a Python value is known."""
    if type(value) is Static or type(value) is Shape:
        return Shape("static", False, 0)
    return Shape(style, is_batched(value), 0)


def is_batched(value: Value) -> bool:
    """Whether it certainly is a tensor or a structure of tensors whose first dimension is the batch."""
    return (type(value) is Tensor or type(value) is Tensors) and value.batched


def is_from_data(value: Value) -> bool:
    """Whether the values of a tensor certainly follow from those that ``fit`` feeds."""
    return value.from_data if type(value) is Tensor else type(value) is Tensors and value.batched


def with_data(value: Value) -> Value:
    """``value``, of which every tensor follows from the values that ``fit`` feeds."""
    return value.map_leaves(_marked)


def _marked(leaf: Value) -> Value:
    if type(leaf) is not Tensor or leaf.from_data:
        return leaf
    return Tensor(leaf.batched, leaf.rank, leaf.variable, True, leaf.of_batch, why=leaf.why)


def _attribute(value: Tensor | Tensors, name: str, spec: str) -> Value:
    """What knowledge's ``spec`` says that ``value.name`` is."""
    if spec.startswith("call:"):
        return Method(receiver=value, name=name)
    if spec == "static-shape":
        return Shape("static", value.batched, 0, why=value.why)
    if spec in {"tensor", "batched"}:
        return Tensor(spec == "batched" and value.batched, from_data=is_from_data(value), why=value.why)
    if name == "ndim":
        return Static(source="shape", type="int")
    if name == "graph":
        return External(name="tf.Graph")
    return STATIC if spec == "static" else UNKNOWN


def _reason(result: Value) -> str:
    """What to say of what was made of a tensor."""
    return "{code} is a tensor" if type(result) is Tensor else "{code}" if type(result) is Shape else ""


def counts_batch(value: Value) -> bool:
    """Whether going over the value, or as often as it says, is going over the batch."""
    if type(value) is Tensor:
        return value.of_batch in {"size", "range"} or (value.batched and value.of_batch != "values")
    return type(value) is Tensors and value.batched


def _keeps_batch(value: Tensor, index: Value) -> bool:
    """Whether the first dimension is still the batch: ``x[:, 0]``, ``x[..., 0]`` of rank two and more."""
    if not value.batched:
        return False
    indices = (index.items or ()) if type(index) is Seq and index.kind == "tuple" else (index,)
    first = indices[0] if indices else UNKNOWN
    if first.literal is Ellipsis:
        return value.rank is not None and value.rank > len(indices) - 1
    return type(first) is Seq and first.kind == "slice"  # however many of an unknown number are left


_MATRIX_PRODUCTS = frozenset({"@", "@="})


def _arithmetic(sign: str, left: Value, right: Value) -> Value:
    """The tensor that an operator gives, one operand at least being one."""
    tensors = [value for value in (left, right) if type(value) is Tensor or type(value) is Tensors]
    others = [value for value in (left, right) if not (type(value) is Tensor or type(value) is Tensors)]
    if sign in _MATRIX_PRODUCTS:
        batched = is_batched(left)
    else:
        batched = all(value.batched for value in tensors) and all(value.is_scalar for value in others)
    ranks = {value.rank if type(value) is Tensor else None for value in tensors}
    rank = ranks.pop() if len(ranks) == 1 and all(value.is_number for value in others) else None
    from_data = any(map(is_from_data, tensors))
    return Tensor(batched, rank, from_data=from_data, why=next((value.why for value in tensors if value.why), None))


_Leaf = Callable[[Value], Value]


def as_tensor(value: Value) -> Value:
    """The tensor that TensorFlow makes of a leaf."""
    if type(value) is Tensor or type(value) is Tensors:
        return value
    return Tensor() if value.is_scalar else UNKNOWN


def row(value: Value) -> Value:
    """One row of a leaf that is a tensor."""
    if type(value) is Tensors:
        return Tensors(why=value.why)
    return Tensor(from_data=value.from_data, why=value.why) if type(value) is Tensor else value


def as_tensors(value: Value) -> Value:
    """``value``'s structure with a tensor at every leaf."""
    return value.map_leaves(as_tensor)


def rows(value: Value) -> Value:
    """``value``'s structure, of tensors, with one row of each."""
    return value.map_leaves(row)


def with_leaves(value: Value, leaf: Value) -> Value:
    """``value``'s structure with ``leaf`` in place of every leaf."""

    def replaced(old: Value) -> Value:
        if type(old) is Tensors or type(old) is Value:
            return Tensors(why=leaf.why) if type(leaf) is Tensor else UNKNOWN
        return leaf

    return value.map_leaves(replaced)
