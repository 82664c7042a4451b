"""How the result of an expression is used: whether a scalar tensor does in the place of a Python bool or int there.

A result is followed through the names that it is given; what is done with it otherwise has to be known to do the same
with either, else it does not.
"""

from __future__ import annotations

import itertools
from typing import ClassVar

import libcst as cst

from flake8_keras_graph import knowledge
from flake8_keras_graph.rewrite.fixes.common.kinds import kinds
from flake8_keras_graph.rewrite.text.document import Document
from flake8_keras_graph.rewrite.text.scopes import reads_of, scope_of

_INTEGERS = (cst.Add, cst.Subtract, cst.Multiply, cst.FloorDivide)
_CASTS = frozenset({"bool", "float", "int", "range"})


def bool_tensor_will_do(document: Document, node: cst.BaseExpression) -> bool:
    """Whether all that is done with ``node`` gives the same for a Python bool and a scalar tensor of that value."""
    return _BoolUses(document).of(node)


def int_tensor_will_do(document: Document, node: cst.BaseExpression) -> bool:
    """The same for a Python int, and a scalar tensor of integers, in whichever direction."""
    return _IntUses(document).of(node)


def int_tensor_will_do_for(document: Document, name: str, place: cst.CSTNode) -> bool:
    """The same for whatever the function of ``place`` does with ``name``."""
    return _IntUses(document).of_name(name, place)


def tensor_of_any_shape_will_do(document: Document, node: cst.BaseExpression) -> bool:
    """Whether nothing that is done with the tensor ``node`` depends on how much of its shape is known while tracing."""
    return _TensorUses(document).of(node)


class _Uses:
    """Follows one result; subclasses say what may be done with it."""

    elements: ClassVar[bool] = False

    def __init__(self, document: Document) -> None:
        self.document = document
        self._followed: set[str] = set()

    def of(self, node: cst.BaseExpression) -> bool:
        """Whether every use of ``node`` is one that may be."""
        holder = self.document.parents[node]
        if isinstance(holder, cst.Expr):
            return True
        if isinstance(holder, cst.Arg):
            call = self.document.parents[holder]
            return isinstance(call, cst.Call) and self.as_argument(node, holder, call)
        if isinstance(holder, cst.Element) and self.elements:
            return self._as_element(self.document.parents[holder])
        if isinstance(holder, cst.Assign):
            return self._assigned([target.target for target in holder.targets])
        if isinstance(holder, cst.AnnAssign):
            return self._assigned([holder.target])
        if isinstance(holder, (cst.If, cst.While, cst.Assert)):
            return holder.test is node
        if isinstance(holder, cst.IfExp):
            return holder.test is node or self.of(holder)
        return self.in_expression(node, holder)

    def of_name(self, name: str, place: cst.CSTNode) -> bool:
        """Whether every read of ``name`` is such a use; not where others see the name."""
        scope = scope_of(self.document, place, name)
        if scope is None or name in self.document.declared_in(scope):
            return False
        if name in self._followed:
            return True
        self._followed.add(name)
        reads = reads_of(self.document, scope, name)
        return all(self.of(read) for read in reads if not self._is_before(read, place, scope))

    def as_argument(self, node: cst.BaseExpression, argument: cst.Arg, call: cst.Call) -> bool:
        """Whether ``call`` may be given it as ``argument``."""
        raise NotImplementedError

    def in_expression(self, node: cst.BaseExpression, holder: cst.CSTNode) -> bool:
        """Whether it may stand in ``holder``."""
        raise NotImplementedError

    def operation(self, call: cst.Call) -> str:
        """The canonical name of an operation that is called; empty for what is none."""
        name = knowledge.canonical(self.document.imports.canonical(call.func))
        return name if name.startswith(("keras.ops.", "tf.")) else ""

    def _is_before(self, read: cst.Name, place: cst.CSTNode, scope: cst.FunctionDef) -> bool:
        """Whether ``read`` is over when ``place`` is reached: it stands above it, in no loop around both."""
        same = (
            self.document.statement(read) is place
            and isinstance(place, cst.SimpleStatementLine)
            and len(place.body) == 1
        )
        if (
            not (same or self.document.start(read) < self.document.start(place))
            or self.document.function(read) is not scope
        ):
            return False
        delayed = (cst.Lambda, cst.GeneratorExp)
        inside = itertools.takewhile(lambda upper: upper is not scope, self.document.above(read))
        loops = [upper for upper in self.document.above(place) if isinstance(upper, (cst.For, cst.While))]
        return not loops and not any(isinstance(upper, delayed) for upper in inside)

    def _assigned(self, targets: list[cst.BaseExpression]) -> bool:
        return all(
            isinstance(target, cst.Name) and self.of_name(target.value, self.document.statement(target) or target)
            for target in targets
        )

    def _as_element(self, container: cst.CSTNode) -> bool:
        """In a shape, ``reshape(x, (n, -1))``, or in one that has a name, of which nothing else is made."""
        holder = self.document.parents[container]
        if isinstance(holder, cst.Assign) and len(holder.targets) == 1:
            return self._shape_assigned(container, holder.targets[0].target, holder)
        return self._is_shape(container, holder)

    def _shape_assigned(self, container: cst.CSTNode, target: cst.BaseExpression, line: cst.CSTNode) -> bool:
        scope = scope_of(self.document, line, target.value) if isinstance(target, cst.Name) else None
        if scope is None or not isinstance(target, cst.Name) or target.value in self.document.declared_in(scope):
            return False
        holders = [self.document.parents[read] for read in reads_of(self.document, scope, target.value)]
        return all(self._is_shape(container, holder) for holder in holders)

    def _is_shape(self, container: cst.CSTNode, holder: cst.CSTNode) -> bool:
        """Whether ``container`` is given, by ``holder``, to an operation as sizes, or as nothing but whole numbers."""
        call = self.document.parents[holder] if isinstance(holder, cst.Arg) else None
        name = self.operation(call) if isinstance(call, cst.Call) else ""
        if not name or not isinstance(call, cst.Call) or not isinstance(holder, cst.Arg):
            return False
        place = call.args.index(holder) if holder.keyword is None else holder.keyword.value
        if any(place in size for size in knowledge.sizes(name)):
            return True
        elements = container.elements if isinstance(container, (cst.List, cst.Tuple)) else ()
        return all(self.is_integer(element.value) for element in elements)

    def is_integer(self, node: cst.BaseExpression) -> bool:
        """Whether ``node`` is a whole number: one that is followed, or one that is known."""
        if isinstance(node, cst.Name) and node.value in self._followed:
            return True
        return kinds(self.document, node) == {"whole"}


class _BoolUses(_Uses):
    def as_argument(self, node: cst.BaseExpression, argument: cst.Arg, call: cst.Call) -> bool:
        name = self.operation(call)
        if not name or argument.keyword is not None or argument.star:
            return False
        last = name.rpartition(".")[2]
        first = call.args[0] is argument
        chooses = last in ("where", "cast") or name == "keras.ops.cond"
        return (first and chooses) or (last.startswith("logical_") and knowledge.has(name, "boolean"))

    def in_expression(self, node: cst.BaseExpression, holder: cst.CSTNode) -> bool:
        if isinstance(holder, cst.UnaryOperation):
            return isinstance(holder.operator, cst.Not)
        return isinstance(holder, cst.BooleanOperation) and self.of(holder)


class _IntUses(_Uses):
    elements = True

    def as_argument(self, node: cst.BaseExpression, argument: cst.Arg, call: cst.Call) -> bool:
        if argument.keyword is not None or argument.star:
            return False
        name = self.operation(call)
        if not name:
            # Keras 2 converts these to operations in a graph.
            return self.document.imports.keras == 3 and isinstance(call.func, cst.Name) and call.func.value in _CASTS
        return call.args[0] is argument and (name.endswith(".cast") or knowledge.has(name, "range"))

    def in_expression(self, node: cst.BaseExpression, holder: cst.CSTNode) -> bool:
        if isinstance(holder, cst.Slice):
            return True
        if isinstance(holder, cst.BinaryOperation):
            other = holder.left if holder.right is node else holder.right
            return isinstance(holder.operator, _INTEGERS) and self.is_integer(other) and self.of(holder)
        if isinstance(holder, (cst.ComparisonTarget, cst.Comparison)):
            return self._compared(holder)
        return False

    def _compared(self, holder: cst.CSTNode) -> bool:
        """With a whole number, in a test."""
        comparison = holder if isinstance(holder, cst.Comparison) else self.document.parents[holder]
        assert isinstance(comparison, cst.Comparison)
        sides = [comparison.left, *(part.comparator for part in comparison.comparisons)]
        identity = any(
            isinstance(part.operator, (cst.Is, cst.IsNot, cst.In, cst.NotIn)) for part in comparison.comparisons
        )
        if identity or len(sides) != 2 or sum(map(self.is_integer, sides)) < 1:
            return False
        upper = self.document.parents[comparison]
        return isinstance(upper, (cst.If, cst.While, cst.IfExp, cst.Assert)) and upper.test is comparison


class _TensorUses(_Uses):
    """Arithmetic, operations on single elements, what gives it a shape; what ``call`` returns goes to Keras."""

    def of(self, node: cst.BaseExpression) -> bool:
        holder = self.document.parents[node]
        if isinstance(holder, cst.Return):
            function = self.document.function(node)
            return function is not None and function.name.value == "call"
        if isinstance(holder, cst.Attribute):
            return holder.attr.value == "set_shape" and isinstance(self.document.parents[holder], cst.Call)
        return not isinstance(holder, (cst.If, cst.While, cst.Assert, cst.IfExp)) and super().of(node)

    def as_argument(self, node: cst.BaseExpression, argument: cst.Arg, call: cst.Call) -> bool:
        name = self.operation(call)
        if name == "tf.ensure_shape":
            return call.args[0] is argument and argument.keyword is None and self.of(call)
        known = knowledge.has(name, "elementwise") or knowledge.has(name, "reduction")
        return known and len(call.args) == 1 and argument.keyword is None and self.of(call)

    def in_expression(self, node: cst.BaseExpression, holder: cst.CSTNode) -> bool:
        return isinstance(holder, cst.BinaryOperation) and self.of(holder)
