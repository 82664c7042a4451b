"""Bodies of statements: what stands above them, whether they leave, how they are put together."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from flake8_keras_graph.rewrite.text.syntax import Statement, code, statements


def comments_above(node: cst.FunctionDef) -> list[cst.EmptyLine]:
    """The comments that stand above a function."""
    return [line for line in node.leading_lines if line.comment is not None]


def guarded(line: cst.If, test: cst.BaseExpression, body: Sequence[Statement], other: Sequence[Statement]) -> Statement:
    """``if test: body`` for ``if training and test: body``."""
    orelse = cst.Else(suite(other)) if other else None
    first = body[0].with_changes(leading_lines=[])
    return line.with_changes(test=test, body=suite([first, *body[1:]]), orelse=orelse)


def suite(lines: Sequence[Statement]) -> cst.IndentedBlock:
    return cst.IndentedBlock(lines or [cst.parse_statement("pass\n")])


def as_orelse(lines: list[Statement]) -> cst.If | cst.Else | None:
    if len(lines) == 1 and isinstance(lines[0], cst.If):
        return lines[0]
    return cst.Else(suite(lines)) if lines else None


def leading(line: Statement) -> Sequence[cst.EmptyLine]:
    found: Sequence[cst.EmptyLine] = getattr(line, "leading_lines", ())
    return found


def leaves(line: Statement) -> bool:
    """Whether ``line`` always returns or raises."""
    if isinstance(line, cst.SimpleStatementLine):
        return any(isinstance(small, (cst.Return, cst.Raise)) for small in line.body)
    if isinstance(line, cst.If) and line.orelse is not None:
        body = statements(line.body)
        other = [line.orelse] if isinstance(line.orelse, cst.If) else statements(line.orelse.body)
        return bool(body) and bool(other) and leaves(body[-1]) and leaves(other[-1])
    return False


def called(node: cst.BaseExpression) -> cst.CSTNode:
    return node.func if isinstance(node, cst.Call) else node


def keyword_of(node: cst.CSTNode) -> str:
    """The keyword a statement starts with."""
    return code(node).split(maxsplit=1)[0].rstrip(":") if code(node).strip() else type(node).__name__.lower()
