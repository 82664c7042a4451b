"""Expressions other than calls: what each evaluates to, and the events on the way."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import libcst as cst

from flake8_keras_graph.analysis import events
from flake8_keras_graph.analysis.interpreter.access_paths import dotted_key
from flake8_keras_graph.analysis.interpreter.expressions.comprehensions import Comprehensions
from flake8_keras_graph.analysis.interpreter.expressions.item_access import ItemAccess
from flake8_keras_graph.analysis.interpreter.expressions.operators import Operators
from flake8_keras_graph.analysis.interpreter.expressions.text_formatting import TextFormatting
from flake8_keras_graph.analysis.interpreter.frame import Frame, Refined, holder_of
from flake8_keras_graph.analysis.interpreter.protocols import AttributeReader, Binder, Caller, Resolver, Tester
from flake8_keras_graph.analysis.interpreter.recorder import Recorder
from flake8_keras_graph.analysis.values import (
    MISSING,
    UNKNOWN,
    Function,
    Mapping,
    NoneValue,
    Seq,
    Shape,
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

MAX_STEPS = 400_000
_SEQUENCES = {cst.Tuple: "tuple", cst.List: "list", cst.Set: "set"}
# Attributes of tensors that no structure of them has.
_TENSORS_ALONE = frozenset({"shape", "get_shape", "numpy", "set_shape"})
_Handler = Callable[[Frame, Any], Value]


@functools.lru_cache(maxsize=1024)  # most are 0, 1, 2 or -1
def _integer(text: str) -> Value:
    try:
        return constant(int(text, 0))
    except ValueError:
        return Static(type="int")


class OutOfBudget(Exception):
    """The root under interpretation took too many steps; what was seen so far stands."""


class Expressions:
    """Evaluation by node type; what is not known here is UNKNOWN."""

    def __init__(
        self,
        recorder: Recorder,
        operators: Operators,
        items: ItemAccess,
        comprehensions: Comprehensions,
        formats: TextFormatting,
    ) -> None:
        self.steps = 0
        self.emit = recorder.emit
        self.note_closure = recorder.note_closure
        self.iterate = items.iterate
        self.operate_unary = operators.operate_unary
        self._handlers: dict[type[cst.BaseExpression], _Handler] = {
            cst.Attribute: self._evaluate_attribute,
            cst.Integer: self._evaluate_integer,
            cst.Float: self._evaluate_float,
            cst.SimpleString: self._evaluate_string,
            cst.ConcatenatedString: self._evaluate_joined_text,
            cst.FormattedString: formats.evaluate_text,
            cst.Tuple: self._evaluate_sequence,
            cst.List: self._evaluate_sequence,
            cst.Set: self._evaluate_sequence,
            cst.Dict: self._evaluate_dict,
            cst.IfExp: self._evaluate_ternary,
            cst.BooleanOperation: self._evaluate_boolean,
            cst.UnaryOperation: self._evaluate_unary,
            cst.BinaryOperation: operators.evaluate_binary,
            cst.Comparison: operators.evaluate_comparison,
            cst.Subscript: items.evaluate_subscript,
            cst.ListComp: comprehensions.evaluate_comprehension,
            cst.SetComp: comprehensions.evaluate_comprehension,
            cst.GeneratorExp: comprehensions.evaluate_comprehension,
            cst.DictComp: comprehensions.evaluate_dict_comprehension,
            cst.Lambda: self._evaluate_lambda,
            cst.NamedExpr: self._evaluate_walrus,
            cst.Await: self._evaluate_await,
            cst.Yield: self._evaluate_yield,
            cst.Ellipsis: self._evaluate_ellipsis,
        }

    def connect(
        self, resolver: Resolver, attributes: AttributeReader, tester: Tester, binder: Binder, caller: Caller
    ) -> None:
        """Hand over the parts that this one asks."""
        self.lookup = resolver.lookup
        self.attribute = attributes.attribute
        self.late_globals = attributes.late_globals
        self.condition = tester.condition
        self.assign = binder.assign
        self._handlers[cst.Name] = self._evaluate_name
        self._handlers[cst.Call] = caller.call

    def evaluate(self, frame: Frame, node: cst.BaseExpression) -> Value:
        """What ``node`` evaluates to. Raises OutOfBudget."""
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise OutOfBudget
        kind = type(node)
        if kind is cst.Name:  # most of them, and most are local
            known = frame.env.get(node.value)  # type: ignore[attr-defined]
            if known is not None:
                return known
        handler = self._handlers.get(kind)
        return handler(frame, node) if handler is not None else UNKNOWN

    def _evaluate_name(self, frame: Frame, node: cst.Name) -> Value:
        if frame.place is not None and not frame.quiet and node.value in frame.module.constants:
            told = self.late_globals(frame.module).get(node.value)
            if told is not None and holder_of(frame, node.value) is None:
                self.emit(frame, events.Read, node, name=node.value, owner=None, changed_by=told)
        return self.lookup(frame, node.value)

    def _evaluate_attribute(self, frame: Frame, node: cst.Attribute) -> Value:
        key = dotted_key(node)
        if key and (known := frame.env.get(key)) is not None:
            return known
        value = self.evaluate(frame, node.value)
        if type(value) is Tensors and type(node.value) is cst.Name and node.attr.value in _TENSORS_ALONE:
            value = frame.env[node.value.value] = Tensor(value.batched, why=value.why)
        if type(value) is not Union:
            return self.attribute(frame, value, node.attr.value, node)
        return map_options(value, lambda option: self.attribute(frame, option, node.attr.value, node))

    def _evaluate_integer(self, frame: Frame, node: cst.Integer) -> Value:
        return _integer(node.value)

    def _evaluate_float(self, frame: Frame, node: cst.Float) -> Value:
        return constant(float(node.value))

    def _evaluate_string(self, frame: Frame, node: cst.SimpleString) -> Value:
        text = node.value
        if text[:1] in "'\"" and "\\" not in text and text[:3] not in {"'''", '"""'}:
            return constant(text[1:-1])  # without a prefix or an escape: most of them
        try:
            return constant(node.evaluated_value)
        except (ValueError, SyntaxError, MemoryError):
            return Static(type="str")

    def _evaluate_joined_text(self, frame: Frame, node: cst.ConcatenatedString) -> Value:
        self.evaluate(frame, node.left)
        self.evaluate(frame, node.right)
        return Static(type="str")

    def _evaluate_sequence(self, frame: Frame, node: cst.Tuple | cst.List | cst.Set) -> Value:
        kind = _SEQUENCES[type(node)]
        items: list[Value] = []
        known = True
        for item in node.elements:
            value = self.evaluate(frame, item.value)
            if type(item) is cst.Element:
                items.append(value)
                continue
            spread = value.items if type(value) is Seq else None
            if spread is not None:
                items.extend(spread)
            else:
                known = False
                items.append(self.iterate(frame, value, item.value, "star"))
        if known:
            return Seq(kind, tuple(items))
        first = self.evaluate(frame, node.elements[0].value)
        if type(first) is Shape and type(node.elements[0]) is not cst.Element:
            return first  # with more sizes after it
        return Seq(kind, None, join_all(items))

    def _evaluate_dict(self, frame: Frame, node: cst.Dict) -> Value:
        items: dict[Any, Value] = {}
        default: Value | None = None
        for item in node.elements:
            value = self.evaluate(frame, item.value)
            if type(item) is cst.StarredDictElement:
                if type(value) is Mapping:
                    items.update(value.items)
                    default = value.default if default is None else default
                else:
                    default = UNKNOWN
                continue
            assert type(item) is cst.DictElement
            key = self.evaluate(frame, item.key).literal
            if key is not MISSING:
                items[key] = value
            else:
                default = value if default is None else join(default, value)
        return Mapping(tuple(items.items()), default)

    def _evaluate_ternary(self, frame: Frame, node: cst.IfExp) -> Value:
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
        undecided = test.true is not None and test.false is not None
        frame.choices += undecided
        for taken, branch in ((test.true, node.body), (test.false, node.orelse)):
            if taken is not None:
                with Refined(frame.env, taken):
                    results.append(self.evaluate(frame, branch))
        frame.choices -= undecided
        result = join_all(results)
        if is_tensor(test.value) and frame.autograph and not is_unknown(result):
            return Tensor(why=result.why) if type(result) is not Seq else UNKNOWN
        return result

    def _evaluate_boolean(self, frame: Frame, node: cst.BooleanOperation) -> Value:
        """``and`` / ``or`` outside a test: the left side must give a Python bool."""
        left = self.condition(frame, node.left)
        how = "and" if type(node.operator) is cst.And else "or"
        if is_tensor(left.value):
            self.emit(frame, events.NeedsBool, node, value=left.value, operand=left.operand, how=how)
            self.evaluate(frame, node.right)
            return Tensor(why=left.value.why) if frame.autograph else UNKNOWN
        entered = left.true if how == "and" else left.false
        if entered is None:
            return left.plain
        saved = dict(frame.env)
        frame.env.update(entered)
        right = self.evaluate(frame, node.right)
        for key in entered:
            if key in saved:
                frame.env[key] = saved[key]
            else:
                frame.env.pop(key, None)
        short = left.false if how == "and" else left.true
        if short is None:
            return right
        return self._short_circuit(left.plain, right, how)

    @staticmethod
    def _short_circuit(left: Value, right: Value, how: str) -> Value:
        """``x or y`` gives x only where x is true: never None."""
        if how == "or":
            kept = [known_size(option) for option in options(left) if type(option) is not NoneValue]
            return join_all([*kept, right]) if kept else right
        return join(left, right)

    def _evaluate_unary(self, frame: Frame, node: cst.UnaryOperation) -> Value:
        if type(node.operator) is cst.Not:
            test = self.condition(frame, node.expression)
            if is_tensor(test.value):
                self.emit(frame, events.NeedsBool, node, value=test.value, operand=test.operand, how="not")
                return Tensor(why=test.value.why) if frame.autograph else UNKNOWN
            if test.true is None or test.false is None:
                return constant(test.true is None)
            return Static(source=test.value.depends_on, type="bool")
        value = self.evaluate(frame, node.expression)
        return map_options(value, lambda option: self.operate_unary(frame, node, option))

    def _evaluate_lambda(self, frame: Frame, node: cst.Lambda) -> Value:
        self.note_closure(frame)
        return Function(node=node, closure=frame, autograph=frame.autograph)

    def _evaluate_walrus(self, frame: Frame, node: cst.NamedExpr) -> Value:
        value = self.evaluate(frame, node.value)
        self.assign(frame, node.target, value, node)
        return value

    def _evaluate_await(self, frame: Frame, node: cst.Await) -> Value:
        self.evaluate(frame, node.expression)
        return UNKNOWN

    def _evaluate_yield(self, frame: Frame, node: cst.Yield) -> Value:
        if isinstance(node.value, cst.From):
            frame.yields.append(self.iterate(frame, self.evaluate(frame, node.value.item), node.value.item, "for"))
        elif node.value is not None:
            frame.yields.append(self.evaluate(frame, node.value))
        return UNKNOWN

    def _evaluate_ellipsis(self, frame: Frame, node: cst.Ellipsis) -> Value:
        return Static(const=Ellipsis, type="ellipsis")
