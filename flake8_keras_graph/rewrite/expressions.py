"""Expressions of the class as expressions of the builder: locals for attributes, keras.ops for tf."""

from __future__ import annotations

from collections.abc import Callable

import libcst as cst

from flake8_keras_graph.rewrite.context import Context
from flake8_keras_graph.rewrite.kinds import SYMBOLIC, Kinds
from flake8_keras_graph.rewrite.operations import convert, dtype_text
from flake8_keras_graph.rewrite.syntax import own_attribute
from flake8_keras_graph.rewrite.training import Folder, training_test, without_arguments

_COMPARED = {"Equal": "equal", "NotEqual": "not_equal"}


class Expressions(cst.CSTTransformer):
    """Rewrites one statement or expression of a method, whose names have ``kinds``."""

    def __init__(
        self,
        context: Context,
        kinds: Kinds,
        folder: Folder,
        reference: Callable[[cst.Attribute, str], cst.BaseExpression],
    ) -> None:
        super().__init__()
        self._context = context
        self._kinds = kinds
        self._folder = folder
        self._reference = reference

    def visit_FunctionDef(self, node: cst.FunctionDef) -> bool:
        return True

    def leave_Attribute(
        self, original_node: cst.Attribute, updated_node: cst.Attribute
    ) -> cst.BaseExpression:
        attribute = own_attribute(original_node, self._kinds.self_name)
        return self._reference(original_node, attribute) if attribute else updated_node

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.BaseExpression:
        return updated_node

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        call = without_arguments(updated_node, self._is_training)
        path = self._context.imports.canonical(original_node.func)
        if self._context.imports.keras == 2 or not path.startswith(("tensorflow.", "keras.backend.")):
            return self._shape_method(original_node, call)
        if path in ("tensorflow.shape", "keras.backend.shape", "keras.backend.int_shape"):
            return call.with_changes(func=cst.parse_expression(f"{self._ops()}.shape"))
        if not self._kinds.any_symbolic(original_node.args):
            return call
        converted = convert(call, path, self._ops())
        return call if converted is None else converted.visit(_Dtypes(self._context))  # type: ignore[return-value]

    def leave_Comparison(
        self, original_node: cst.Comparison, updated_node: cst.Comparison
    ) -> cst.BaseExpression:
        """``==`` of a symbolic tensor compares identities, so it is written as an operation."""
        if self._context.imports.keras == 2 or len(original_node.comparisons) != 1:
            return updated_node
        part = original_node.comparisons[0]
        name = _COMPARED.get(type(part.operator).__name__)
        if name is None or self._kinds.of(original_node) != "tensor":
            return updated_node
        arguments = [cst.Arg(updated_node.left), cst.Arg(updated_node.comparisons[0].comparator)]
        return cst.Call(cst.parse_expression(f"{self._ops()}.{name}"), arguments)

    def leave_IfExp(self, original_node: cst.IfExp, updated_node: cst.IfExp) -> cst.BaseExpression:
        test = training_test(original_node.test, self._folder.names)
        if test is None or test.also is not None:
            return updated_node
        sides = (original_node.body, original_node.orelse)
        yes, no = sides if test.when else sides[::-1]
        folded = self._folder.expressions(yes, no)
        if folded is None:
            return updated_node
        return folded.visit(self)  # type: ignore[return-value]

    def _shape_method(self, original: cst.Call, call: cst.Call) -> cst.BaseExpression:
        """``x.get_shape()`` and ``x.shape.as_list()``: a symbolic tensor's shape is a plain tuple."""
        function, written = call.func, original.func
        if not (isinstance(function, cst.Attribute) and isinstance(written, cst.Attribute)):
            return call
        if self._context.imports.keras == 2 or call.args:
            return call
        base = self._kinds.of(written.value)
        if function.attr.value == "get_shape" and base in SYMBOLIC:
            return cst.Attribute(function.value, cst.Name("shape"))
        if function.attr.value == "as_list" and base == "shape":
            return cst.Call(cst.Name("list"), [cst.Arg(function.value)])
        return call

    def _is_training(self, argument: cst.Arg) -> bool:
        named = argument.keyword is not None and argument.keyword.value == "training"
        return named and isinstance(argument.value, cst.Name) and argument.value.value in self._folder.names

    def _ops(self) -> str:
        return self._context.spelling("keras.ops")


class _Dtypes(cst.CSTTransformer):
    """``tf.float32`` as ``"float32"``."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._imports = context.imports

    def leave_Attribute(
        self, original_node: cst.Attribute, updated_node: cst.Attribute
    ) -> cst.BaseExpression:
        text = dtype_text(self._imports.canonical(original_node))
        return cst.SimpleString(text) if text else updated_node
