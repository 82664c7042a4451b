"""Which node of the stdlib tree a node was made from: it knows where in the file it stands."""

from __future__ import annotations

import ast

import libcst as cst

from flake8_keras_graph.syntax.nodes.expressions import RECORD
from flake8_keras_graph.syntax.nodes.fields import walk
from flake8_keras_graph.syntax.nodes.statements import function


def origins(made: cst.FunctionDef, node: ast.FunctionDef | ast.AsyncFunctionDef) -> dict[cst.CSTNode, ast.AST]:
    """What the statements, expressions and parameters of ``made`` were made from, ``made`` itself being of ``node``.

    They are made again to find out: few functions are asked for it, and noting it for all takes time and memory.
    """
    record: list[tuple[cst.CSTNode, ast.AST]] = []
    token = RECORD.set(record)
    try:
        again = function(node)
    finally:
        RECORD.reset(token)
    first = dict(zip(walk(again), walk(made), strict=True))
    return {first[second]: origin for second, origin in record if second in first}
