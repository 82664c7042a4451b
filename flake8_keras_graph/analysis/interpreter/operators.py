"""Arithmetic, comparisons, identity and membership."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import libcst as cst

from flake8_keras_graph.analysis import events
from flake8_keras_graph.analysis.interpreter.core import Core
from flake8_keras_graph.analysis.interpreter.frames import Frame
from flake8_keras_graph.analysis.values import (
    MISSING,
    STATIC,
    UNKNOWN,
    Api,
    Dim,
    Instance,
    Mapping,
    NoneValue,
    Seq,
    Shape,
    Static,
    Tensor,
    Tensors,
    Value,
    constant,
    element,
    is_tensor,
    is_unknown,
    join,
    join_all,
    maybe_tensor,
    options,
)

_MATRIX_PRODUCTS = {cst.MatrixMultiply, cst.MatrixMultiplyAssign}
_PACKAGES = {"tf", "keras", "numpy"}  # whoever runs the code has them, whatever a guarded import says

_FOLD: dict[type[cst.CSTNode], Callable[[Any, Any], Any]] = {
    cst.Add: operator.add,
    cst.Subtract: operator.sub,
    cst.Multiply: operator.mul,
    cst.FloorDivide: operator.floordiv,
    cst.Modulo: operator.mod,
    cst.Equal: operator.eq,
    cst.NotEqual: operator.ne,
    cst.LessThan: operator.lt,
    cst.LessThanEqual: operator.le,
    cst.GreaterThan: operator.gt,
    cst.GreaterThanEqual: operator.ge,
}


class Operators(Core):
    """Binary operators, for every pair of alternatives."""

    def binary(self, frame: Frame, node: cst.BinaryOperation) -> Value:
        left = self.evaluate(frame, node.left)
        right = self.evaluate(frame, node.right)
        return self.operate(frame, node, node.operator, (left, node.left), (right, node.right))

    def operate(
        self,
        frame: Frame,
        node: cst.CSTNode,
        sign: cst.BaseBinaryOp | cst.BaseAugOp,
        left: tuple[Value, cst.BaseExpression],
        right: tuple[Value, cst.BaseExpression],
    ) -> Value:
        """``left sign right`` for every pair of alternatives."""
        results = []
        for one in options(left[0]):
            for other in options(right[0]):
                if isinstance(one, NoneValue) or isinstance(other, NoneValue):
                    continue  # raises a TypeError of its own
                results.append(self._operate(frame, node, sign, (one, left[1]), (other, right[1])))
        return join_all(results)

    def _operate(
        self,
        frame: Frame,
        node: cst.CSTNode,
        sign: cst.BaseBinaryOp | cst.BaseAugOp,
        left: tuple[Value, cst.BaseExpression],
        right: tuple[Value, cst.BaseExpression],
    ) -> Value:
        one, other = left[0], right[0]
        pair = (one, other)
        is_text = isinstance(one, Static) and one.type == "str"
        if isinstance(one, Static) and is_text and isinstance(sign, (cst.Modulo, cst.ModuloAssign)):
            return self.percent(frame, node, one, right)
        one_tensor = any(isinstance(value, Tensor) for value in pair)
        if any(isinstance(value, (Tensor, Tensors)) for value in pair):
            if any(isinstance(value, (Seq, Mapping, Instance)) for value in pair) and not any(
                isinstance(value, Tensor) for value in pair
            ):
                return UNKNOWN
            for value, operand in (left, right):
                self.needs_number(frame, node, value, operand, "arithmetic", "ValueError" if one_tensor else "")
            return self._tensor_arithmetic(frame, node, sign, pair)
        for value, operand in (left, right):
            if isinstance(value, Dim) and value.is_none:
                if not is_text:
                    self.needs_number(frame, node, value, operand, "arithmetic")
                return UNKNOWN
        if isinstance(one, Static) and isinstance(other, Static):
            return self._fold(sign, one, other)
        if all(isinstance(value, (Dim, Static)) for value in pair):
            if isinstance(one, Static) and one.type == "str":
                return Static(type="str")
            ops = any(isinstance(value, Dim) and value.style == "ops" for value in pair)
            return Dim("ops" if ops else "static", why=one.why or other.why)
        if isinstance(one, Seq) and isinstance(other, Seq) and isinstance(sign, (cst.Add, cst.AddAssign)):
            return _concatenate(one, other)
        if isinstance(one, Mapping) and isinstance(other, Mapping) and isinstance(sign, cst.BitOr):
            default = one.default if other.default is None else join(one.default or other.default, other.default)
            return Mapping(tuple({**dict(one.items), **dict(other.items)}.items()), default)
        if isinstance(one, Seq) and isinstance(sign, (cst.Multiply, cst.MultiplyAssign)):
            return Seq(one.kind, None, element(one), why=one.why)
        if isinstance(other, Seq) and isinstance(sign, cst.Multiply):
            return Seq(other.kind, None, element(other), why=other.why)
        if isinstance(one, Static) and one.type == "str":
            return Static(type="str")
        if isinstance(one, Shape) and isinstance(other, (Shape, Seq)) and isinstance(sign, cst.Add):
            return Shape(one.style, one.batched, one.first, why=one.why)
        return UNKNOWN

    def _tensor_arithmetic(self, frame: Frame, node: cst.CSTNode, sign: object, pair: tuple[Value, Value]) -> Value:
        if frame.loops:
            frame.loops[-1].tensors = True
        tensors = [value for value in pair if isinstance(value, (Tensor, Tensors))]
        others = [value for value in pair if not isinstance(value, (Tensor, Tensors))]
        if type(sign) in _MATRIX_PRODUCTS:
            batched = isinstance(pair[0], (Tensor, Tensors)) and pair[0].batched
        else:
            batched = all(value.batched for value in tensors) and all(
                isinstance(value, (Static, Dim)) for value in others
            )
        ranks = {value.rank if isinstance(value, Tensor) else None for value in tensors}
        scalars = all(isinstance(value, Static) and value.type in {"int", "float"} for value in others)
        rank = ranks.pop() if len(ranks) == 1 and scalars else None
        why = next((value.why for value in tensors if value.why), None)
        return self.explain(frame, Tensor(batched, rank, why=why), "{code} is a tensor", node)

    @staticmethod
    def _fold(sign: cst.CSTNode, one: Static, other: Static) -> Value:
        source = one.source or other.source
        fold = _FOLD.get(type(sign))
        if fold is not None and one.const is not MISSING and other.const is not MISSING:
            if all(isinstance(each.const, (int, float)) for each in (one, other)):
                try:
                    return Static(
                        const=fold(one.const, other.const),
                        source=source,
                        type=type(fold(one.const, other.const)).__name__,
                    )
                except (ArithmeticError, TypeError, ValueError):
                    return STATIC
        return Static(source=source, type=one.type if one.type == other.type else "")

    def negated(self, frame: Frame, node: cst.UnaryOperation, value: Value) -> Value:
        if isinstance(value, (Tensor, Tensors)):
            batched = value.batched
            return self.explain(frame, Tensor(batched, why=value.why), "{code} is a tensor", node)
        if isinstance(value, Static):
            if isinstance(node.operator, cst.Minus) and value.const is not MISSING:
                try:
                    return constant(-value.const)
                except TypeError:
                    return STATIC
            return Static(source=value.source, type=value.type)
        if isinstance(value, Dim):
            self.needs_number(frame, node, value, node.expression, "arithmetic")
            return Dim(value.style, why=value.why)
        return UNKNOWN

    def comparison(self, frame: Frame, node: cst.Comparison) -> Value:
        left, left_node = self.evaluate(frame, node.left), node.left
        result: Value = STATIC
        reported = False
        for position, target in enumerate(node.comparisons):
            right = self.evaluate(frame, target.comparator)
            result = self._compare(frame, node, target.operator, (left, left_node), (right, target.comparator))
            if position + 1 < len(node.comparisons) and is_tensor(result) and not reported:
                reported = True  # the first comparison that must be true raises
                self.emit(
                    frame,
                    events.NeedsBool,
                    node,
                    value=result,
                    operand=left_node if maybe_tensor(left) else target.comparator,
                    how="chained comparison",
                )
            left, left_node = right, target.comparator
        return result

    def _compare(
        self,
        frame: Frame,
        node: cst.Comparison,
        sign: cst.BaseCompOp,
        left: tuple[Value, cst.BaseExpression],
        right: tuple[Value, cst.BaseExpression],
    ) -> Value:
        kind = type(sign)
        if kind is cst.Is or kind is cst.IsNot:
            return _identity(left[0], right[0], kind is cst.Is)
        if kind is cst.In or kind is cst.NotIn:
            return self._membership(frame, node, left, right)
        results = [
            self._compare_pair(frame, node, sign, (one, left[1]), (other, right[1]))
            for one in options(left[0])
            for other in options(right[0])
        ]
        return join_all(results)

    def _membership(
        self,
        frame: Frame,
        node: cst.Comparison,
        left: tuple[Value, cst.BaseExpression],
        right: tuple[Value, cst.BaseExpression],
    ) -> Value:
        if is_tensor(right[0]):
            self.emit(frame, events.NeedsBool, node, value=right[0], operand=right[1], how="in")
        elif is_tensor(left[0]) and isinstance(right[0], Seq) and right[0].kind in {"list", "tuple"}:
            items = right[0].items
            if items is not None:  # a tensor is not equal to None, which needs no graph
                items = tuple(item for item in items if not isinstance(item, NoneValue))
            if items is None or any(not is_tensor(item) for item in items) or len(items) > 1:
                if items != ():
                    self.emit(frame, events.NeedsBool, node, value=left[0], operand=left[1], how="in")
        source = left[0].source if isinstance(left[0], Static) else ""
        return Static(source=source, type="bool")

    def _compare_pair(
        self,
        frame: Frame,
        node: cst.Comparison,
        sign: cst.BaseCompOp,
        left: tuple[Value, cst.BaseExpression],
        right: tuple[Value, cst.BaseExpression],
    ) -> Value:
        one, other = left[0], right[0]
        equality = isinstance(sign, (cst.Equal, cst.NotEqual))
        if equality and isinstance(one, NoneValue) and isinstance(other, NoneValue):
            return constant(isinstance(sign, cst.Equal))
        if equality and (isinstance(one, NoneValue) or isinstance(other, NoneValue)):
            return Static(type="bool")
        pair = (one, other)
        if any(isinstance(value, Tensor) for value in pair):
            for value, operand in (left, right):
                if equality and isinstance(value, Dim) and value.is_none:
                    return Static(type="bool")  # no tensor is equal to None
                self.needs_number(frame, node, value, operand, "comparison", "ValueError")
            return self._tensor_arithmetic(frame, node, sign, pair)
        if any(isinstance(value, Tensors) for value in pair):
            number = any(isinstance(value, Static) and value.type in {"int", "float"} for value in pair)
            if number or (not equality and not any(is_unknown(value) for value in pair)):
                return self._tensor_arithmetic(frame, node, sign, pair)
            return UNKNOWN
        for value, operand in (left, right):
            if not equality and self.needs_number(frame, node, value, operand, "comparison"):
                return UNKNOWN
        if any(isinstance(value, Dim) and value.style == "ops" for value in pair):
            return UNKNOWN if any(is_unknown(value) for value in pair) else Dim("ops", why=one.why or other.why)
        if any(isinstance(value, (Dim, Shape)) for value in pair):
            return Static(source="shape", type="bool")
        if isinstance(one, Static) and isinstance(other, Static):
            return _fold_comparison(sign, one, other)
        if any(is_unknown(value) for value in pair):
            return UNKNOWN
        return Static(type="bool")


def _identity(left: Value, right: Value, positive: bool) -> Value:
    """``is`` and ``is not``: known where one side is None and the other certainly is, or is not."""
    for one, other in ((left, right), (right, left)):
        if isinstance(one, NoneValue):
            nones = [isinstance(option, NoneValue) for option in options(other)]
            if all(nones):
                return constant(positive)
            if not any(nones) and not is_unknown(other) and not _may_be_none(other):
                return constant(not positive)
            return Static(source=_source(other), type="bool")
    return Static(source=_source(left) or _source(right), type="bool")


def _may_be_none(value: Value) -> bool:
    """A Python value of unknown content may be None; so may a static dimension and an optional input."""
    return any(
        isinstance(option, Dim)
        or (isinstance(option, Api) and option.name not in _PACKAGES)
        or (isinstance(option, Static) and option.const is MISSING and not option.type)
        for option in options(value)
    )


def _source(value: Value) -> str:
    if isinstance(value, Static):
        return value.source
    return "shape" if isinstance(value, (Dim, Shape)) else ""


def _fold_comparison(sign: cst.CSTNode, one: Static, other: Static) -> Value:
    source = one.source or other.source
    fold = _FOLD.get(type(sign))
    if fold is not None and one.const is not MISSING and other.const is not MISSING and not source:
        try:
            return constant(bool(fold(one.const, other.const)))
        except (TypeError, ValueError):
            return STATIC
    return Static(source=source, type="bool")


def _concatenate(one: Seq, other: Seq) -> Value:
    if one.items is not None and other.items is not None:
        return Seq(one.kind, one.items + other.items)
    if one.items == ():
        return other
    if other.items == ():
        return one
    return Seq(one.kind, None, join(element(one), element(other)))
