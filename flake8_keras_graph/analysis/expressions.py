"""Expressions other than calls: what each evaluates to, and the events on the way."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import libcst as cst

from flake8_keras_graph.analysis import events, loops
from flake8_keras_graph.analysis.core import MAX_STEPS, Core, OutOfBudget
from flake8_keras_graph.analysis.frames import Frame
from flake8_keras_graph.analysis.values import (
    MISSING,
    NONE,
    STATIC,
    UNKNOWN,
    Api,
    Dim,
    External,
    Function,
    Instance,
    Mapping,
    NoneValue,
    Range,
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
    map_options,
    options,
)

_Handler = Callable[[Any, Frame, Any], Value]

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


class Expressions(Core):
    """Evaluation by node type; what is not known here is UNKNOWN."""

    def evaluate(self, frame: Frame, node: cst.BaseExpression) -> Value:
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise OutOfBudget
        handler = _HANDLERS.get(type(node))
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

    def text(self, frame: Frame, node: cst.FormattedString) -> Value:
        for part in node.parts:
            if isinstance(part, cst.FormattedStringExpression):
                self.evaluate(frame, part.expression)
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
            if not isinstance(item, cst.StarredElement):
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
            kept = [option for option in options(left) if not isinstance(option, NoneValue)]
            return join_all([*kept, right]) if kept else right
        return join(left, right)

    def negation(self, frame: Frame, node: cst.UnaryOperation) -> Value:
        if isinstance(node.operator, cst.Not):
            test = self.condition(frame, node.expression)
            if is_tensor(test.value):
                self.emit(frame, events.NeedsBool, node, value=test.value, operand=test.operand, how="not")
                return Tensor(why=test.value.why) if frame.autograph else UNKNOWN
            if test.true is None or test.false is None:
                return constant(test.true is None)
            source = test.value.source if isinstance(test.value, Static) else ""
            return Static(source=source, type="bool")
        value = self.evaluate(frame, node.expression)
        return map_options(value, lambda option: self._negate(frame, node, option))

    def _negate(self, frame: Frame, node: cst.UnaryOperation, value: Value) -> Value:
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
            if value.style == "static" and value.batch:
                self.emit(
                    frame,
                    events.UnknownDimension,
                    node,
                    value=value,
                    operand=node.expression,
                    how="arithmetic",
                )
            return Dim(value.style, why=value.why)
        return UNKNOWN

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
        if any(isinstance(value, (Tensor, Tensors)) for value in pair):
            if any(isinstance(value, (Seq, Mapping, Instance)) for value in pair) and not any(
                isinstance(value, Tensor) for value in pair
            ):
                return UNKNOWN
            return self._tensor_arithmetic(frame, node, sign, pair)
        for value, operand in (left, right):
            if isinstance(value, Dim) and value.style == "static" and value.batch:
                if not isinstance(left[0], Static) or left[0].type != "str":
                    self.emit(
                        frame,
                        events.UnknownDimension,
                        node,
                        value=value,
                        operand=operand,
                        how="arithmetic",
                    )
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
        if isinstance(one, Seq) and isinstance(sign, (cst.Multiply, cst.MultiplyAssign)):
            return Seq(one.kind, None, element(one), why=one.why)
        if isinstance(other, Seq) and isinstance(sign, cst.Multiply):
            return Seq(other.kind, None, element(other), why=other.why)
        if isinstance(one, Static) and one.type == "str":
            return Static(type="str")
        if isinstance(one, Shape) and isinstance(other, (Shape, Seq)) and isinstance(sign, cst.Add):
            return Shape(one.style, one.batched, one.first, why=one.why)
        return UNKNOWN

    def _tensor_arithmetic(
        self, frame: Frame, node: cst.CSTNode, sign: object, pair: tuple[Value, Value]
    ) -> Value:
        tensors = [value for value in pair if isinstance(value, (Tensor, Tensors))]
        others = [value for value in pair if not isinstance(value, (Tensor, Tensors))]
        if isinstance(sign, (cst.MatrixMultiply, cst.MatrixMultiplyAssign)):
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
    def _fold(sign: object, one: Static, other: Static) -> Value:
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

    def comparison(self, frame: Frame, node: cst.Comparison) -> Value:
        left, left_node = self.evaluate(frame, node.left), node.left
        result: Value = STATIC
        for position, target in enumerate(node.comparisons):
            right = self.evaluate(frame, target.comparator)
            result = self._compare(
                frame, node, target.operator, (left, left_node), (right, target.comparator)
            )
            if position + 1 < len(node.comparisons) and is_tensor(result):
                self.emit(
                    frame,
                    events.NeedsBool,
                    node,
                    value=result,
                    operand=left_node,
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
        if isinstance(sign, (cst.Is, cst.IsNot)):
            return _identity(left[0], right[0], isinstance(sign, cst.Is))
        if isinstance(sign, (cst.In, cst.NotIn)):
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
            if items is None or any(not is_tensor(item) for item in items) or len(items) > 1:
                if not (items == ()):
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
            return self._tensor_arithmetic(frame, node, sign, pair)
        if any(isinstance(value, Tensors) for value in pair):
            number = any(isinstance(value, Static) and value.type in {"int", "float"} for value in pair)
            if number or not equality and not any(is_unknown(value) for value in pair):
                return self._tensor_arithmetic(frame, node, sign, pair)
            return UNKNOWN
        for value, operand in (left, right):
            if isinstance(value, Dim) and value.batch and value.style == "static" and not equality:
                self.emit(
                    frame,
                    events.UnknownDimension,
                    node,
                    value=value,
                    operand=operand,
                    how="comparison",
                )
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

    def subscript(self, frame: Frame, node: cst.Subscript) -> Value:
        key = dotted_key(node)
        if key and (known := frame.env.get(key)) is not None:
            return known
        value = self.evaluate(frame, node.value)
        indices = [self._index(frame, item.slice) for item in node.slice]
        result = map_options(value, lambda option: self._item(frame, node, option, indices))
        if frame.loops and is_tensor(result) and isinstance(value, (Tensor, Tensors)):
            frame.loops[-1].slices[id(node)] = node
        return result

    def _index(self, frame: Frame, node: cst.BaseSlice) -> Value:
        """The index; a slice is a Seq of kind "slice" with its bounds (NONE where open)."""
        if isinstance(node, cst.Index):
            return self.evaluate(frame, node.value)
        assert isinstance(node, cst.Slice)
        bounds = [
            self.evaluate(frame, bound) if bound is not None else NONE
            for bound in (node.lower, node.upper, node.step)
        ]
        return Seq("slice", tuple(bounds))

    def _item(self, frame: Frame, node: cst.Subscript, value: Value, indices: list[Value]) -> Value:
        first = indices[0] if len(indices) == 1 else Seq("tuple", tuple(indices))
        if isinstance(value, Tensor):
            return self.explain(
                frame, Tensor(_keeps_batch(value, indices), why=value.why), "{code} is a tensor", node
            )
        if isinstance(value, Tensors):
            if isinstance(first, Seq) and first.kind == "tuple" or isinstance(first, NoneValue):
                result = Tensor(_keeps_batch(Tensor(value.batched), indices), why=value.why)
                return self.explain(frame, result, "{code} is a tensor", node)
            if isinstance(first, Seq):
                return Tensors(False, why=value.why)
            batched = value.batched and isinstance(first, Static)
            return Tensors(batched, why=value.why)
        if isinstance(value, (Seq, Range, Mapping)) and is_tensor(first):
            container = value.kind if isinstance(value, Seq) else type(value).__name__.lower()
            container = {"mapping": "dict"}.get(container, container)
            self.emit(
                frame,
                events.TensorIndex,
                node,
                value=first,
                operand=_slice_expression(node),
                container=container,
            )
            return UNKNOWN
        if isinstance(value, Seq):
            return _sequence_item(value, first)
        if isinstance(value, Mapping):
            return _mapping_item(value, first)
        if isinstance(value, Shape):
            return self._shape_item(frame, node, value, first)
        if isinstance(value, (Static, Range)):
            return Static(source=value.source) if isinstance(value, Static) else Static(type="int")
        return UNKNOWN

    def _shape_item(self, frame: Frame, node: cst.Subscript, shape: Shape, index: Value) -> Value:
        if isinstance(index, Seq) and index.kind == "slice":
            start = index.items[0] if index.items else NONE
            kept = isinstance(start, NoneValue) or isinstance(start, Static) and start.const == 0
            if kept:
                return shape
            if isinstance(start, Static) and isinstance(start.const, int) and start.const > 0:
                first = None if shape.first is None else shape.first + start.const
                return Shape(shape.style, False, first, why=shape.why)
            return Shape(shape.style, False, None, why=shape.why)
        if not isinstance(index, Static):
            return Dim(shape.style, why=shape.why) if not is_unknown(index) else UNKNOWN
        batch = shape.batched and shape.first == 0 and index.const == 0 and index.const is not False
        return self.dimension(frame, node, shape, batch)

    def dimension(self, frame: Frame, node: cst.CSTNode, shape: Shape, batch: bool) -> Value:
        """One dimension of ``shape``; the batch dimension of ``ops.shape`` is a tensor in fit."""
        if batch and shape.style == "ops":
            result: Value = Tensor(rank=0, why=shape.why)
            return self.explain(frame, result, "{code} is the batch size, a tensor in fit", node)
        if batch:
            return self.explain(
                frame, Dim(shape.style, True, why=shape.why), "{code} is the batch size, None in fit", node
            )
        return Dim(shape.style, why=shape.why)

    def comprehension(self, frame: Frame, node: cst.ListComp | cst.SetComp | cst.GeneratorExp) -> Value:
        kind = {cst.ListComp: "list", cst.SetComp: "set", cst.GeneratorExp: "iterator"}[type(node)]
        saved = dict(frame.env)
        item = UNKNOWN
        trips = self._comprehension_for(frame, node.for_in)
        if trips is not None:
            item = self.evaluate(frame, node.elt)
            self._comprehension_loops(frame, node.for_in, node.elt, item)
        restore(frame, saved)
        if trips is None:
            return Seq(kind, ())
        return Seq(kind, None, item, why=item.why)

    def dict_comprehension(self, frame: Frame, node: cst.DictComp) -> Value:
        saved = dict(frame.env)
        value: Value = UNKNOWN
        if self._comprehension_for(frame, node.for_in) is not None:
            self.evaluate(frame, node.key)
            value = self.evaluate(frame, node.value)
            self._comprehension_loops(frame, node.for_in, node.value, value)
        restore(frame, saved)
        return Mapping((), value)

    def _comprehension_for(self, frame: Frame, node: cst.CompFor) -> Value | None:
        """Bind the targets; None where a test is never true."""
        iterated = self.evaluate(frame, node.iter)
        item = self.iterate(frame, iterated, node.iter, "comprehension")
        self.assign(frame, node.target, item, node)
        for test_node in node.ifs:
            test = self.condition(frame, test_node.test)
            self.emit(
                frame,
                events.Branch,
                test_node.test,
                value=test.value,
                test=test_node.test,
                operand=test.operand,
                style="comprehension",
            )
            if test.true is None:
                return None
            frame.env.update(test.true)
        if node.inner_for_in is not None:
            return self._comprehension_for(frame, node.inner_for_in)
        return iterated

    def _comprehension_loops(
        self, frame: Frame, node: cst.CompFor, element: cst.BaseExpression, item: Value
    ) -> None:
        tensors = any(isinstance(option, Tensor) for option in options(item))
        if tensors and node.inner_for_in is None:
            iterated = self.evaluate(frame, node.iter) if isinstance(node.iter, cst.Name) else UNKNOWN
            self.emit(
                frame,
                events.Loop,
                node,
                iterates=iterated,
                operand=node.iter,
                trips=None,
                tensors=True,
                heads=self._head(frame, node, element),
            )

    def _head(self, frame: Frame, node: cst.CompFor, element: cst.BaseExpression) -> cst.Call | None:
        """``head(x)`` in ``[head(x) for head in self.heads]``."""
        if not isinstance(element, cst.Call) or not isinstance(element.func, cst.Name):
            return None
        if element.func.value not in loops.targets(node.target):
            return None
        if not loops.is_applied_to_the_same(element, loops.targets(node.target)):
            return None
        callee = self.evaluate(frame, element.func)
        return element if isinstance(callee, External) and callee.name in loops.FUSABLE else None

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


def restore(frame: Frame, saved: dict[str, Value]) -> None:
    """Leave a comprehension's scope; what a walrus bound in it stays."""
    frame.env.clear()
    frame.env.update(saved)


def dotted_key(node: cst.BaseExpression) -> str:
    """``self.x`` and ``self.x.y`` as a key of the name table; "" for anything else."""
    parts: list[str] = []
    while isinstance(node, cst.Attribute):
        parts.append(node.attr.value)
        node = node.value
    if not parts or not isinstance(node, cst.Name):
        return ""
    parts.append(node.value)
    return ".".join(reversed(parts))


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
        or isinstance(option, Api)
        and option.name not in _PACKAGES
        or isinstance(option, Static)
        and option.const is MISSING
        and not option.type
        for option in options(value)
    )


def _source(value: Value) -> str:
    if isinstance(value, Static):
        return value.source
    return "shape" if isinstance(value, (Dim, Shape)) else ""


def _fold_comparison(sign: object, one: Static, other: Static) -> Value:
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


def _sequence_item(value: Seq, index: Value) -> Value:
    if isinstance(index, Seq) and index.kind == "slice":
        bounds = index.items or ()
        if value.items is not None and all(
            isinstance(bound, NoneValue) or isinstance(bound, Static) and isinstance(bound.const, int)
            for bound in bounds
        ):
            parts = [None if isinstance(bound, NoneValue) else bound.const for bound in bounds]  # type: ignore[attr-defined]
            try:
                return Seq(value.kind, value.items[slice(*parts)], why=value.why)
            except ValueError:
                return UNKNOWN
        return Seq(value.kind, None, element(value), why=value.why)
    if isinstance(index, Static):
        if value.items is not None and isinstance(index.const, int):
            try:
                return value.items[index.const]
            except IndexError:
                return UNKNOWN
        return element(value)
    return element(value) if isinstance(index, Dim) else UNKNOWN


def _mapping_item(value: Mapping, index: Value) -> Value:
    if isinstance(index, Static) and index.const is not MISSING:
        try:
            found = dict(value.items).get(index.const)
        except TypeError:
            return UNKNOWN
        if found is not None:
            return found
        return value.default if value.default is not None else UNKNOWN
    every = [item for _, item in value.items] + ([value.default] if value.default is not None else [])
    return join_all(every) if every else UNKNOWN


def _keeps_batch(value: Tensor, indices: list[Value]) -> bool:
    """Whether the first dimension is still the batch: ``x[:, 0]``, ``x[..., 0]`` of rank two and more."""
    first = indices[0]
    if not value.batched:
        return False
    if isinstance(first, Static) and first.const is Ellipsis:
        return value.rank is not None and value.rank > len(indices) - 1
    return isinstance(first, Seq) and first.kind == "slice" and first.items == (NONE, NONE, NONE)


def _slice_expression(node: cst.Subscript) -> cst.BaseExpression:
    first = node.slice[0].slice
    return first.value if isinstance(first, cst.Index) else node


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
__all__ = ["Expressions", "External", "dotted_key"]
