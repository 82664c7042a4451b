"""Arithmetic, comparisons, identity and membership."""

from __future__ import annotations

import libcst as cst

from flake8_keras_graph.analysis import events
from flake8_keras_graph.analysis.interpreter.frame import Frame
from flake8_keras_graph.analysis.interpreter.protocols import Evaluator, Operand, TextFormatter
from flake8_keras_graph.analysis.interpreter.recorder import Recorder, explain
from flake8_keras_graph.analysis.values import (
    EQUALITY,
    STATIC,
    UNKNOWN,
    ComputedInGraph,
    NoneValue,
    Seq,
    Static,
    Tensor,
    Tensors,
    Value,
    compare,
    constant,
    is_tensor,
    is_unknown,
    join_all,
    maybe_tensor,
    operate,
    options,
)

# How the operators are written.
_ARITHMETIC: dict[type[cst.CSTNode], str] = {
    cst.Add: "+",
    cst.AddAssign: "+=",
    cst.BitOr: "|",
    cst.FloorDivide: "//",
    cst.MatrixMultiply: "@",
    cst.MatrixMultiplyAssign: "@=",
    cst.Modulo: "%",
    cst.ModuloAssign: "%=",
    cst.Multiply: "*",
    cst.MultiplyAssign: "*=",
    cst.Subtract: "-",
}
_COMPARISONS: dict[type[cst.CSTNode], str] = {
    cst.Equal: "==",
    cst.NotEqual: "!=",
    cst.LessThan: "<",
    cst.LessThanEqual: "<=",
    cst.GreaterThan: ">",
    cst.GreaterThanEqual: ">=",
}
_UNARY: dict[type[cst.CSTNode], str] = {cst.Minus: "-", cst.Plus: "+", cst.BitInvert: "~"}
_FORMATTING = frozenset({"%", "%="})


class Operators:
    """Operators, for every pair of alternatives: what they give is asked of the values."""

    def __init__(self, recorder: Recorder) -> None:
        self.emit = recorder.emit
        self.needs_number = recorder.needs_number

    def connect(self, evaluator: Evaluator, formatter: TextFormatter) -> None:
        """Hand over the parts that this one asks."""
        self.evaluate = evaluator.evaluate
        self.percent = formatter.percent

    def evaluate_binary(self, frame: Frame, node: cst.BinaryOperation) -> Value:
        """``left sign right``."""
        left = self.evaluate(frame, node.left)
        right = self.evaluate(frame, node.right)
        return self.operate(frame, node, node.operator, (left, node.left), (right, node.right))

    def operate(
        self,
        frame: Frame,
        node: cst.CSTNode,
        sign: cst.BaseBinaryOp | cst.BaseAugOp,
        left: Operand,
        right: Operand,
    ) -> Value:
        """``left sign right`` for every pair of alternatives."""
        written = _ARITHMETIC.get(type(sign), "")
        results = []
        for one in options(left[0]):
            for other in options(right[0]):
                if type(one) is NoneValue or type(other) is NoneValue:
                    continue  # raises a TypeError of its own
                results.append(self._operate(frame, node, written, (one, left[1]), (other, right[1])))
        return join_all(results)

    def _operate(self, frame: Frame, node: cst.CSTNode, sign: str, left: Operand, right: Operand) -> Value:
        one, other = left[0], right[0]
        is_text = type(one) is Static and one.type == "str"
        if type(one) is Static and is_text and sign in _FORMATTING:
            return self.percent(frame, node, one, right)
        if one.is_none_in_fit or other.is_none_in_fit:
            error = _refusal(one, other)
            if error is not None or not is_text:
                for value, operand in (left, right):
                    self.needs_number(frame, node, value, operand, "arithmetic", error or "TypeError")
            if error is None:
                return UNKNOWN
        result = operate(sign, one, other)
        if type(result) is Value and result.why is None:
            return next((each for each in (one, other) if isinstance(each.why, ComputedInGraph)), result)
        return self._noted(frame, node, result)

    @staticmethod
    def _noted(frame: Frame, node: cst.CSTNode, result: Value) -> Value:
        """``result`` of an operator; the loop around remembers that its body computes with tensors."""
        if type(result) is not Tensor:
            return result
        if frame.loops:
            frame.loops[-1].tensors = True
        return explain(frame, result, "{code} is a tensor", node)

    def operate_unary(self, frame: Frame, node: cst.UnaryOperation, value: Value) -> Value:
        """``-value`` and its like, of one alternative."""
        self.needs_number(frame, node, value, node.expression, "arithmetic")
        result = value.unary(_UNARY.get(type(node.operator), ""))
        return explain(frame, result, "{code} is a tensor", node) if type(result) is Tensor else result

    def evaluate_comparison(self, frame: Frame, node: cst.Comparison) -> Value:
        """A comparison, chained or not."""
        left, left_node = self.evaluate(frame, node.left), node.left
        result: Value = STATIC
        reported = False
        for position, target in enumerate(node.comparisons):
            right = self.evaluate(frame, target.comparator)
            result = self._compare(frame, node, target.operator, (left, left_node), (right, target.comparator))
            if position + 1 < len(node.comparisons) and is_tensor(result) and not reported:
                reported = True  # the first comparison that must be true raises
                operand = left_node if maybe_tensor(left) else target.comparator
                self.emit(frame, events.NeedsBool, node, value=result, operand=operand, how="chained comparison")
            left, left_node = right, target.comparator
        return result

    def _compare(
        self, frame: Frame, node: cst.Comparison, sign: cst.BaseCompOp, left: Operand, right: Operand
    ) -> Value:
        kind = type(sign)
        if kind is cst.Is or kind is cst.IsNot:
            return _identity(left[0], right[0], kind is cst.Is)
        if kind is cst.In or kind is cst.NotIn:
            return self._membership(frame, node, left, right)
        written = _COMPARISONS[kind]
        return join_all(
            self._compare_pair(frame, node, written, (one, left[1]), (other, right[1]))
            for one in options(left[0])
            for other in options(right[0])
        )

    def _membership(self, frame: Frame, node: cst.Comparison, left: Operand, right: Operand) -> Value:
        if is_tensor(right[0]):
            self.emit(frame, events.NeedsBool, node, value=right[0], operand=right[1], how="in")
        elif is_tensor(left[0]) and _compares_with_items(right[0]):
            self.emit(frame, events.NeedsBool, node, value=left[0], operand=left[1], how="in")
        return Static(source=left[0].depends_on, type="bool")

    def _compare_pair(self, frame: Frame, node: cst.Comparison, sign: str, left: Operand, right: Operand) -> Value:
        one, other = left[0], right[0]
        if sign not in EQUALITY and (one.is_none_in_fit or other.is_none_in_fit):
            error = _refusal(one, other)
            if error != "":
                for value, operand in (left, right):
                    if self.needs_number(frame, node, value, operand, "comparison", error or "TypeError"):
                        if error is None:
                            return UNKNOWN
        return self._noted(frame, node, compare(sign, one, other))


def _refusal(one: Value, other: Value) -> str | None:
    """What a batch dimension that is None raises beside a tensor: "" beside a structure, where that depends.

    None where neither is a tensor.
    """
    if type(one) is Tensor or type(other) is Tensor:
        return "ValueError"
    return "" if type(one) is Tensors or type(other) is Tensors else None


def _compares_with_items(container: Value) -> bool:
    """Whether ``x in container`` certainly asks for the truth of a comparison of the tensor ``x``."""
    if type(container) is not Seq or container.kind not in {"list", "tuple"}:
        return False
    if container.items is None:
        return True
    items = [item for item in container.items if type(item) is not NoneValue]  # to be None takes no graph
    return any(not is_tensor(item) for item in items) or len(items) > 1


def _identity(left: Value, right: Value, positive: bool) -> Value:
    """``is`` and ``is not``: known where one side is None and the other certainly is, or is not."""
    for one, other in ((left, right), (right, left)):
        if type(one) is NoneValue:
            nones = [type(option) is NoneValue for option in options(other)]
            if all(nones):
                return constant(positive)
            if not any(nones) and not is_unknown(other) and not other.may_be_none():
                return constant(not positive)
            return Static(source=other.depends_on, type="bool")
    return Static(source=left.depends_on or right.depends_on, type="bool")
