"""Expressions of the class as expressions of the builder: locals for attributes, keras.ops for tf."""

from __future__ import annotations

from typing import Protocol

import libcst as cst

from flake8_keras_graph import knowledge
from flake8_keras_graph.rewrite.functional.read.kinds import SHAPE_CALLS, SYMBOLIC, Kinds
from flake8_keras_graph.rewrite.functional.write.context import Context
from flake8_keras_graph.rewrite.text.operations import convert, counterpart, dtype_text, keyword_argument
from flake8_keras_graph.rewrite.text.syntax import code, own_attribute
from flake8_keras_graph.rewrite.text.training import Folder, training_test, without_arguments

_COMPARED = {"Equal": "equal", "NotEqual": "not_equal"}


# Parameters that a layer's add_weight and a variable share.
_ADD_WEIGHT = ("shape", "initializer", "dtype", "trainable", "name")


def _named(argument: cst.Arg, name: str) -> cst.Arg:
    return keyword_argument(name, argument.value).with_changes(comma=argument.comma)


class Scope(Protocol):
    """What the function around an expression knows of its names."""

    def reference(self, node: cst.Attribute, attribute: str) -> cst.BaseExpression:
        """What ``self.<attribute>`` is called in the builder."""

    def is_keras(self, callee: cst.BaseExpression) -> bool:
        """Whether ``callee`` is certainly one of Keras's own layers."""

    def super_call(self, call: cst.Call) -> cst.BaseExpression | None:
        """The local function for a method that ``super()`` finds."""

    def needs_dense(self, callee: cst.BaseExpression, argument: cst.Arg) -> bool:
        """Whether ``callee`` may not take ``argument`` as it is marked."""

    def with_own_training(self, original: cst.Call, call: cst.Call) -> cst.BaseExpression:
        """``call``, which was ``original``, of a layer whose ``training`` is not the model's."""


class Expressions(cst.CSTTransformer):
    """Rewrites one statement or expression of a method, whose names have ``kinds``."""

    def __init__(self, context: Context, kinds: Kinds, folder: Folder, scope: Scope) -> None:
        super().__init__()
        self._context = context
        self._kinds = kinds
        self._folder = folder
        self._scope = scope

    def visit_Call(self, node: cst.Call) -> None:
        """A helper is rewritten for the arguments of its first call, so calls are looked at first."""
        if own_attribute(node.func, self._kinds.self_name):
            self._kinds.of(node)

    def leave_Attribute(self, original_node: cst.Attribute, updated_node: cst.Attribute) -> cst.BaseExpression:
        attribute = own_attribute(original_node, self._kinds.self_name)
        return self._scope.reference(original_node, attribute) if attribute else updated_node

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        call = without_arguments(updated_node, self._is_training)
        if own_attribute(original_node.func, self._kinds.self_name) == "add_weight":
            return self._variable(original_node, call)
        above = self._scope.super_call(original_node)
        if above is not None:
            return call.with_changes(func=above)
        call = self._densified(original_node, self._without_positional_training(original_node, call))
        kept = self._scope.with_own_training(original_node, call)
        if not isinstance(kept, cst.Call) or kept is not call:
            return kept
        path = self._context.imports.canonical(original_node.func)
        if self._context.imports.keras == 2 or not path.startswith(("tf.", "keras.backend.")):
            return self._shape_method(original_node, call)
        if knowledge.canonical(path) in SHAPE_CALLS:
            return call.with_changes(func=cst.parse_expression(f"{self._ops()}.shape"))
        if not self._kinds.any_symbolic(original_node.args):
            return call
        converted = convert(call, path, self._ops())
        if converted is None:
            return call
        written = converted.visit(_Dtypes(self._context))
        assert isinstance(written, cst.Call)
        return written

    def leave_Subscript(self, original_node: cst.Subscript, updated_node: cst.Subscript) -> cst.Subscript:
        """``tf.shape(x)[1]`` is a number while a model is built, or None; in the class it is a tensor."""
        call = original_node.value
        if self._context.imports.keras == 2 or not isinstance(call, cst.Call):
            return updated_node
        path = knowledge.canonical(self._context.imports.canonical(call.func))
        if path in SHAPE_CALLS and self._kinds.any_symbolic(call.args) and self._kinds.of(original_node) == "static":
            self._context.note(
                original_node,
                f"`{code(original_node)}` has to be known where the model is built: "
                "the class takes a None there in `keras.Input`, the builder does not",
            )
        return updated_node

    def leave_Comparison(self, original_node: cst.Comparison, updated_node: cst.Comparison) -> cst.BaseExpression:
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
        written = folded.visit(self)
        assert isinstance(written, cst.BaseExpression)
        return written

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

    def leave_Assign(self, original_node: cst.Assign, updated_node: cst.Assign) -> cst.Assign:
        """``self.activation = tf.nn.relu``: a function that takes symbolic tensors too."""
        value = original_node.value
        path = self._context.imports.canonical(value) if isinstance(value, cst.Attribute) else ""
        name = counterpart(path)
        if self._context.imports.keras == 2 or not name or not self._context.names:
            return updated_node
        if not any(own_attribute(target.target, self._kinds.self_name) for target in original_node.targets):
            return updated_node
        return updated_node.with_changes(value=cst.parse_expression(f"{self._ops()}.{name}"))

    def _variable(self, original: cst.Call, call: cst.Call) -> cst.BaseExpression:
        """``self.add_weight(...)`` of a constructor as a variable of its own."""
        given = {_ADD_WEIGHT[0] if word.keyword is None else word.keyword.value for word in call.args}
        if self._context.imports.keras == 2:
            return self._weight_of_keras_2(original, call)
        if given - set(_ADD_WEIGHT) or any(word.star for word in call.args) or "shape" not in given:
            self._context.refuse(original, "a weight with a regularizer, a constraint or no shape: keep it in a layer")
            return call
        arguments = [word if word.keyword else _named(word, "shape") for word in call.args]
        if "initializer" not in given:
            arguments.insert(0, keyword_argument("initializer", cst.SimpleString('"glorot_uniform"')))
        return call.with_changes(
            func=cst.parse_expression(f"{self._context.spelling('keras')}.Variable"), args=arguments
        )

    def _weight_of_keras_2(self, original: cst.Call, call: cst.Call) -> cst.BaseExpression:
        """The weight of a layer that holds nothing else: it is cast as its policy says, which a variable is not."""
        if any(word.star or (word.keyword is not None and word.keyword.value == "regularizer") for word in call.args):
            self._context.refuse(original, "a weight with a regularizer: keep it in a layer")
            return call
        layers = self._context.spelling("keras.layers")
        return call.with_changes(func=cst.parse_expression(f"{layers}.Layer().add_weight"))

    def _densified(self, original: cst.Call, call: cst.Call) -> cst.Call:
        """``call`` with arguments that Keras would take for sparse told that they are not."""
        if len(call.args) != len(original.args):
            return call
        arguments = []
        for argument, written in zip(call.args, original.args, strict=True):
            if self._scope.needs_dense(original.func, written):
                dense = f"{self._ops()}.convert_to_tensor(x, sparse=False)"
                made = cst.parse_expression(dense)
                assert isinstance(made, cst.Call)
                first = made.args[0].with_changes(value=argument.value)
                argument = argument.with_changes(value=made.with_changes(args=[first, *made.args[1:]]))
            arguments.append(argument)
        return call.with_changes(args=arguments)

    def _without_positional_training(self, original: cst.Call, call: cst.Call) -> cst.Call:
        """``self.dropout(x, training)``: a layer of Keras's own takes ``training`` second."""
        if len(original.args) != 2 or original.args[1].keyword is not None:
            return call
        second = original.args[1].value
        if isinstance(second, cst.Name) and second.value in self._folder.names and self._scope.is_keras(original.func):
            return without_arguments(call, lambda argument: argument is call.args[1])
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

    def leave_Attribute(self, original_node: cst.Attribute, updated_node: cst.Attribute) -> cst.BaseExpression:
        text = dtype_text(self._imports.canonical(original_node))
        return cst.SimpleString(text) if text else updated_node
