"""NumPy code of one function as operations on tensors, where every part of it has an equal that keeps the dtype.

NumPy computes in float64 whatever does not come from its input; a float32 array stays float32 only under functions
that keep the dtype and with Python numbers. Other code is refused.
"""

from __future__ import annotations

import libcst as cst

from flake8_keras_graph import knowledge
from flake8_keras_graph.rewrite.text.call_text import Spelling
from flake8_keras_graph.rewrite.text.document import NotFixable
from flake8_keras_graph.rewrite.text.imports import Imports
from flake8_keras_graph.rewrite.text.operation_table import TABLE
from flake8_keras_graph.rewrite.text.syntax import code
from flake8_keras_graph.syntax.nodes import walk

# Functions of NumPy that keep the dtype of a floating array, under the same name and parameters in keras.ops.
KEEPING = knowledge.bare_names("keeps-dtype", modules=("numpy",))
METHODS = frozenset({"max", "mean", "min", "sum"})
_KEYWORDS = frozenset({"axis", "keepdims"})
_FLOATS = frozenset({"float16", "float32"})
_ARITHMETIC = (cst.Add, cst.Subtract, cst.Multiply, cst.Divide, cst.Power, cst.MatrixMultiply)
_ORDER = (cst.LessThan, cst.GreaterThan, cst.LessThanEqual, cst.GreaterThanEqual)


def uses_numpy(node: cst.CSTNode, imports: Imports) -> bool:
    """Whether ``node`` calls NumPy, or asks a tensor for its array."""
    return any(_is_numpy(part, imports) for part in walk(node) if isinstance(part, cst.Call))


def _is_numpy(call: cst.Call, imports: Imports) -> bool:
    method = call.func.attr.value if isinstance(call.func, cst.Attribute) else ""
    path = imports.canonical(call.func)
    return path.startswith("numpy.") or (not path and method in {"numpy", "astype", *METHODS})


def as_operations(
    node: cst.BaseExpression, imports: Imports, spelling: Spelling, tensors: frozenset[str]
) -> cst.BaseExpression:
    """``node`` computed with operations; ``tensors`` are the names it may read. Raises NotFixable."""
    return _Code(imports, spelling, tensors).of(node)


class _Code:
    def __init__(self, imports: Imports, spelling: Spelling, tensors: frozenset[str]) -> None:
        self._imports = imports
        self._spelling = spelling
        self._tensors = tensors

    def of(self, node: cst.BaseExpression) -> cst.BaseExpression:
        if isinstance(node, (cst.Integer, cst.Float)):
            return node
        if isinstance(node, cst.Name) and node.value in self._tensors:
            return node
        if isinstance(node, cst.UnaryOperation) and isinstance(node.operator, cst.Minus):
            return node.with_changes(expression=self.of(node.expression))
        if isinstance(node, cst.BinaryOperation) and isinstance(node.operator, _ARITHMETIC):
            return node.with_changes(left=self.of(node.left), right=self.of(node.right))
        if isinstance(node, cst.Comparison) and len(node.comparisons) == 1:
            return self._comparison(node)
        if isinstance(node, (cst.Tuple, cst.List)):
            elements = [element.with_changes(value=self.of(element.value)) for element in node.elements]
            return node.with_changes(elements=elements)
        if isinstance(node, cst.Call):
            return self._call(node)
        raise NotFixable(f"`{code(node)}` has no equal among the operations that is known to keep the dtype")

    def _comparison(self, node: cst.Comparison) -> cst.BaseExpression:
        part = node.comparisons[0]
        if not isinstance(part.operator, _ORDER):
            raise NotFixable(f"`{code(node)}` compares a symbolic tensor by identity")
        compared = part.with_changes(comparator=self.of(part.comparator))
        return node.with_changes(left=self.of(node.left), comparisons=[compared])

    def _call(self, node: cst.Call) -> cst.BaseExpression:
        path = self._imports.canonical(node.func)
        name = path.rpartition(".")[2]
        if knowledge.canonical(path) in TABLE:
            return node.with_changes(args=[self._argument(argument, TABLE_KEYWORDS) for argument in node.args])
        if path == f"numpy.{name}" and name in KEEPING:
            self._require_a_tensor(node, name)
            arguments = [self._argument(argument, _KEYWORDS) for argument in node.args]
            return node.with_changes(func=cst.parse_expression(self._spelling.operation(name)), args=arguments)
        if not path and isinstance(node.func, cst.Attribute):
            return self._method(node, node.func)
        raise NotFixable(f"`{code(node.func)}` has no equal among the operations that is known to keep the dtype")

    def _require_a_tensor(self, node: cst.Call, name: str) -> None:
        """NumPy makes float64 of Python numbers alone: ``np.where(test, 1.0, 0.0)``."""
        values = [argument.value for argument in node.args if argument.keyword is None]
        values = values[1:] if name == "where" else values
        if not any(isinstance(part, cst.Name) and part.value in self._tensors for v in values for part in walk(v)):
            raise NotFixable(f"`{code(node)}` is float64 in NumPy, as it is made of Python numbers")

    def _method(self, node: cst.Call, function: cst.Attribute) -> cst.BaseExpression:
        base, method = self.of(function.value), function.attr.value
        if method == "numpy" and not node.args:
            return base
        if method in METHODS:
            arguments = [self._argument(argument, _KEYWORDS) for argument in node.args]
            operation = cst.parse_expression(self._spelling.operation(method))
            return cst.Call(operation, [cst.Arg(base), *arguments])
        if method == "astype" and len(node.args) == 1:
            dtype = self._imports.canonical(node.args[0].value).removeprefix("numpy.") or code(
                node.args[0].value
            ).strip("'\"")
            if dtype in _FLOATS:
                operation = cst.parse_expression(self._spelling.operation("cast"))
                return cst.Call(operation, [cst.Arg(base), cst.Arg(cst.parse_expression(self._spelling.dtype(dtype)))])
        raise NotFixable(f"`.{method}()` has no equal among the operations that is known to keep the dtype")

    def _argument(self, argument: cst.Arg, keywords: frozenset[str]) -> cst.Arg:
        if argument.star:
            raise NotFixable("it is called with unpacked arguments")
        if argument.keyword is None:
            return argument.with_changes(value=self.of(argument.value))
        if argument.keyword.value not in keywords or not _is_plain(argument.value):
            raise NotFixable(f"`{code(argument)}` is not known to mean the same for tensors")
        return argument


TABLE_KEYWORDS = frozenset({"axis", "keepdims", "name"})


def _is_plain(value: cst.BaseExpression) -> bool:
    """A number, a bool, None or a tuple of those."""
    plain = (cst.Integer, cst.UnaryOperation, cst.Minus, cst.Tuple, cst.List)
    return code(value) in ("True", "False", "None") or all(
        isinstance(part, plain) for part in walk(value) if isinstance(part, cst.BaseExpression)
    )
