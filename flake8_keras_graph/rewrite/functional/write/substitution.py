"""Names in statements replaced by other names, or by the values that they stand for."""

from __future__ import annotations

from collections.abc import Mapping

import libcst as cst

from flake8_keras_graph.rewrite.text.syntax import Statement


class Substitute(cst.CSTTransformer):
    """Replaces parameters by the values they are given."""

    def __init__(self, values: Mapping[str, cst.BaseExpression]) -> None:
        super().__init__()
        self._values = values

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.BaseExpression:
        return self._values.get(original_node.value, updated_node)

    def leave_Attribute(self, original_node: cst.Attribute, updated_node: cst.Attribute) -> cst.Attribute:
        return updated_node.with_changes(attr=original_node.attr)

    def leave_Arg(self, original_node: cst.Arg, updated_node: cst.Arg) -> cst.Arg:
        value = updated_node.value
        if isinstance(original_node.value, cst.Name) and hasattr(value, "lpar"):
            value = value.with_changes(lpar=[], rpar=[])
        return updated_node.with_changes(keyword=original_node.keyword, value=value)

    def leave_Param(self, original_node: cst.Param, updated_node: cst.Param) -> cst.Param:
        return updated_node.with_changes(name=original_node.name)


def parenthesised(value: cst.BaseExpression) -> cst.BaseExpression:
    """``value`` as a part of a larger expression."""
    if isinstance(value, (cst.BinaryOperation, cst.UnaryOperation, cst.BooleanOperation, cst.Comparison, cst.IfExp)):
        return value if value.lpar else value.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    return value


def renamed(line: Statement, names: Mapping[str, str]) -> Statement:
    """``line`` with local names renamed."""
    return visited(line, Substitute({name: cst.Name(new) for name, new in names.items()}))


def visited(line: Statement, transformer: cst.CSTTransformer) -> Statement:
    """``line`` with what ``transformer`` makes of it."""
    changed = line.visit(transformer)
    assert isinstance(changed, cst.BaseStatement)
    return changed
