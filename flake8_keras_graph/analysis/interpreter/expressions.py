"""Expressions other than calls: what each evaluates to, and the events on the way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import libcst as cst

from flake8_keras_graph.analysis import events
from flake8_keras_graph.analysis.interpreter.comprehensions import Comprehensions
from flake8_keras_graph.analysis.interpreter.core import MAX_STEPS, OutOfBudget
from flake8_keras_graph.analysis.interpreter.formats import Formats
from flake8_keras_graph.analysis.interpreter.frames import Frame
from flake8_keras_graph.analysis.interpreter.items import Items
from flake8_keras_graph.analysis.interpreter.keys import dotted_key
from flake8_keras_graph.analysis.interpreter.operators import Operators
from flake8_keras_graph.analysis.values import (
    MISSING,
    UNKNOWN,
    Function,
    Mapping,
    NoneValue,
    Seq,
    Static,
    Tensor,
    Tensors,
    Union,
    Value,
    constant,
    is_tensor,
    is_unknown,
    join,
    join_all,
    known_size,
    map_options,
    options,
)

_Handler = Callable[[Any, Frame, Any], Value]


class Expressions(Operators, Items, Comprehensions, Formats):
    """Evaluation by node type; what is not known here is UNKNOWN."""

    def evaluate(self, frame: Frame, node: cst.BaseExpression) -> Value:
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise OutOfBudget
        kind = type(node)
        if kind is cst.Name:  # most of them, and most are local
            known = frame.env.get(node.value)  # type: ignore[attr-defined]
            if known is not None:
                return known
        handler = _HANDLERS.get(kind)
        return handler(self, frame, node) if handler is not None else UNKNOWN

    def name(self, frame: Frame, node: cst.Name) -> Value:
        return self.lookup(frame, node.value)

    def attribute_expression(self, frame: Frame, node: cst.Attribute) -> Value:
        key = dotted_key(node)
        if key and (known := frame.env.get(key)) is not None:
            return known
        value = self.evaluate(frame, node.value)
        if isinstance(value, Tensors) and isinstance(node.value, cst.Name):
            if node.attr.value in {"shape", "get_shape", "numpy", "set_shape"}:  # no structure has these
                value = Tensor(value.batched, why=value.why)
                frame.env[node.value.value] = value
        if type(value) is not Union:
            return self.attribute(frame, value, node.attr.value, node)
        return map_options(value, lambda option: self.attribute(frame, option, node.attr.value, node))

    def integer(self, frame: Frame, node: cst.Integer) -> Value:
        try:
            return constant(int(node.value, 0))
        except ValueError:
            return Static(type="int")

    def floating(self, frame: Frame, node: cst.Float) -> Value:
        return constant(float(node.value))

    def string(self, frame: Frame, node: cst.SimpleString) -> Value:
        text = node.value
        if text[:1] in "'\"" and "\\" not in text and text[:3] not in {"'''", '"""'}:
            return constant(text[1:-1])  # without a prefix or an escape: most of them
        try:
            return constant(node.evaluated_value)
        except (ValueError, SyntaxError, MemoryError):
            return Static(type="str")

    def joined_text(self, frame: Frame, node: cst.ConcatenatedString) -> Value:
        self.evaluate(frame, node.left)
        self.evaluate(frame, node.right)
        return Static(type="str")

    def sequence(self, frame: Frame, node: cst.Tuple | cst.List | cst.Set) -> Value:
        kind = {cst.Tuple: "tuple", cst.List: "list", cst.Set: "set"}[type(node)]
        items: list[Value] = []
        known = True
        for item in node.elements:
            value = self.evaluate(frame, item.value)
            if type(item) is cst.Element:
                items.append(value)
                continue
            spread = value.items if isinstance(value, Seq) else None
            if spread is not None:
                items.extend(spread)
            else:
                known = False
                items.append(self.iterate(frame, value, item.value, "star"))
        if known:
            return Seq(kind, tuple(items))
        return Seq(kind, None, join_all(items))

    def mapping(self, frame: Frame, node: cst.Dict) -> Value:
        items: dict[Any, Value] = {}
        default: Value | None = None
        for item in node.elements:
            value = self.evaluate(frame, item.value)
            if isinstance(item, cst.StarredDictElement):
                if isinstance(value, Mapping):
                    items.update(value.items)
                    default = value.default if default is None else default
                else:
                    default = UNKNOWN
                continue
            assert isinstance(item, cst.DictElement)
            key = self.evaluate(frame, item.key)
            if isinstance(key, Static) and key.const is not MISSING:
                items[key.const] = value
            else:
                default = value if default is None else join(default, value)
        return Mapping(tuple(items.items()), default)

    def ternary(self, frame: Frame, node: cst.IfExp) -> Value:
        test = self.condition(frame, node.test)
        self.emit(
            frame,
            events.Branch,
            node,
            value=test.value,
            test=node.test,
            operand=test.operand,
            style="ternary",
        )
        results = []
        for refined, branch in ((test.true, node.body), (test.false, node.orelse)):
            if refined is not None:
                saved = {key: frame.env.get(key) for key in refined}
                frame.env.update(refined)
                results.append(self.evaluate(frame, branch))
                for key, value in saved.items():
                    if value is not None:
                        frame.env[key] = value
                    elif key in frame.env:
                        del frame.env[key]
        result = join_all(results)
        if is_tensor(test.value) and frame.autograph and not is_unknown(result):
            return Tensor(why=result.why) if not isinstance(result, Seq) else UNKNOWN
        return result

    def boolean(self, frame: Frame, node: cst.BooleanOperation) -> Value:
        """``and`` / ``or`` outside a test: the left side must give a Python bool."""
        left = self.condition(frame, node.left)
        how = "and" if isinstance(node.operator, cst.And) else "or"
        if is_tensor(left.value):
            self.emit(frame, events.NeedsBool, node, value=left.value, operand=left.operand, how=how)
            self.evaluate(frame, node.right)
            return Tensor(why=left.value.why) if frame.autograph else UNKNOWN
        refined = left.true if how == "and" else left.false
        if refined is None:
            return left.plain
        saved = dict(frame.env)
        frame.env.update(refined)
        right = self.evaluate(frame, node.right)
        for key in refined:
            if key in saved:
                frame.env[key] = saved[key]
        short = left.false if how == "and" else left.true
        if short is None:
            return right
        return self._short_circuit(left.plain, right, how)

    @staticmethod
    def _short_circuit(left: Value, right: Value, how: str) -> Value:
        """``x or y`` gives x only where x is true: never None."""
        if how == "or":
            kept = [known_size(option) for option in options(left) if not isinstance(option, NoneValue)]
            return join_all([*kept, right]) if kept else right
        return join(left, right)

    def negation(self, frame: Frame, node: cst.UnaryOperation) -> Value:
        if type(node.operator) is cst.Not:
            test = self.condition(frame, node.expression)
            if is_tensor(test.value):
                self.emit(frame, events.NeedsBool, node, value=test.value, operand=test.operand, how="not")
                return Tensor(why=test.value.why) if frame.autograph else UNKNOWN
            if test.true is None or test.false is None:
                return constant(test.true is None)
            source = test.value.source if isinstance(test.value, Static) else ""
            return Static(source=source, type="bool")
        value = self.evaluate(frame, node.expression)
        return map_options(value, lambda option: self.negated(frame, node, option))

    def lambda_expression(self, frame: Frame, node: cst.Lambda) -> Value:
        return Function(node=node, closure=frame, autograph=frame.autograph)

    def walrus(self, frame: Frame, node: cst.NamedExpr) -> Value:
        value = self.evaluate(frame, node.value)
        self.assign(frame, node.target, value, node)
        return value

    def awaited(self, frame: Frame, node: cst.Await) -> Value:
        self.evaluate(frame, node.expression)
        return UNKNOWN

    def yielded(self, frame: Frame, node: cst.Yield) -> Value:
        if isinstance(node.value, cst.From):
            frame.yields.append(self.iterate(frame, self.evaluate(frame, node.value.item), node.value.item, "for"))
        elif node.value is not None:
            frame.yields.append(self.evaluate(frame, node.value))
        return UNKNOWN

    def ellipsis(self, frame: Frame, node: cst.Ellipsis) -> Value:
        return Static(const=Ellipsis, type="ellipsis")


_HANDLERS: dict[type[cst.BaseExpression], _Handler] = {
    cst.Name: Expressions.name,
    cst.Attribute: Expressions.attribute_expression,
    cst.Integer: Expressions.integer,
    cst.Float: Expressions.floating,
    cst.SimpleString: Expressions.string,
    cst.ConcatenatedString: Expressions.joined_text,
    cst.FormattedString: Expressions.text,
    cst.Tuple: Expressions.sequence,
    cst.List: Expressions.sequence,
    cst.Set: Expressions.sequence,
    cst.Dict: Expressions.mapping,
    cst.IfExp: Expressions.ternary,
    cst.BooleanOperation: Expressions.boolean,
    cst.UnaryOperation: Expressions.negation,
    cst.BinaryOperation: Expressions.binary,
    cst.Comparison: Expressions.comparison,
    cst.Subscript: Expressions.subscript,
    cst.ListComp: Expressions.comprehension,
    cst.SetComp: Expressions.comprehension,
    cst.GeneratorExp: Expressions.comprehension,
    cst.DictComp: Expressions.dict_comprehension,
    cst.Lambda: Expressions.lambda_expression,
    cst.NamedExpr: Expressions.walrus,
    cst.Await: Expressions.awaited,
    cst.Yield: Expressions.yielded,
    cst.Ellipsis: Expressions.ellipsis,
    cst.Call: lambda self, frame, node: self.call(frame, node),
}
