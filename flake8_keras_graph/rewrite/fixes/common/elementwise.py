"""Expressions that compute each element of one tensor from that element alone: the same for a part and the whole."""

from __future__ import annotations

import libcst as cst

from flake8_keras_graph import knowledge
from flake8_keras_graph.rewrite.text.imports import Imports

_ARITHMETIC = (cst.Add, cst.Subtract, cst.Multiply, cst.Divide, cst.Power)
# Functions of single elements, of one tensor where they are called with one argument.
_FUNCTIONS = knowledge.names_where("elementwise", modules=("keras.ops", "keras.activations", "tf", "tf.math", "tf.nn"))


def is_elementwise(body: cst.BaseExpression, row: str, imports: Imports) -> bool:
    """Whether ``body`` is arithmetic of ``row`` and numbers, and functions of single elements."""
    if isinstance(body, cst.Name):
        return body.value == row
    if isinstance(body, (cst.Integer, cst.Float)):
        return True
    if isinstance(body, cst.UnaryOperation):
        return isinstance(body.operator, (cst.Minus, cst.Plus)) and is_elementwise(body.expression, row, imports)
    if isinstance(body, cst.BinaryOperation):
        sides = (body.left, body.right)
        return isinstance(body.operator, _ARITHMETIC) and all(is_elementwise(side, row, imports) for side in sides)
    if isinstance(body, cst.Call) and len(body.args) == 1 and not body.args[0].star and body.args[0].keyword is None:
        name = knowledge.canonical(imports.canonical(body.func))
        return name in _FUNCTIONS and is_elementwise(body.args[0].value, row, imports)
    return False


class Renamed(cst.CSTTransformer):
    """Puts an expression in the place of a name."""

    def __init__(self, name: str, value: cst.BaseExpression) -> None:
        super().__init__()
        self._name = name
        simple = isinstance(value, (cst.Name, cst.Attribute, cst.Call, cst.Subscript))
        self._value = value if simple else value.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])

    def leave_Attribute(self, original_node: cst.Attribute, updated_node: cst.Attribute) -> cst.Attribute:
        return updated_node.with_changes(attr=original_node.attr)

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.BaseExpression:
        return self._value if original_node.value == self._name else updated_node
