"""KG101: conditional expressions on a tensor, as ``keras.ops.where`` or ``keras.ops.cond``."""

from __future__ import annotations

import libcst as cst

from flake8_keras_graph.rewrite.calls import Spelling, call_text, room_at
from flake8_keras_graph.rewrite.document import Change, Document, NotFixable
from flake8_keras_graph.rewrite.effects import assigned_once, may_compute_both
from flake8_keras_graph.rewrite.predicates import is_scalar, predicate
from flake8_keras_graph.rewrite.syntax import code, walk

SCALAR_NOTE = "the test has to be a scalar"


def fix_ternary(document: Document, node: cst.IfExp) -> Change:
    """``a if test else b`` as ``where`` or ``cond``. Raises NotFixable."""
    spelling = Spelling(document.imports)
    known = assigned_once(document, node)
    column = document.positions[node].start.column
    text = _choice(document, spelling, node, known, column)
    scalar = is_scalar(node.test, document.imports, known)
    return Change(
        {node: [cst.parse_expression(text)]},
        "safe" if scalar else "unsafe",
        "" if scalar else SCALAR_NOTE,
        tuple(spelling.imports_needed),
    )


def _choice(
    document: Document, spelling: Spelling, node: cst.IfExp, known: dict[str, cst.BaseExpression], column: int
) -> str:
    for part in walk(node):
        if isinstance(part, (cst.NamedExpr, cst.Await, cst.Yield)):
            raise NotFixable("the expression binds a name or waits")
    test = predicate(node.test, spelling)
    if is_scalar(node.test, document.imports, known) and may_compute_both([node.body, node.orelse]):
        return call_text(spelling.operation("where"), [test, code(node.body), code(node.orelse)], room_at(column))
    sides = []
    for side in (node.body, node.orelse):
        text = code(side)
        if isinstance(side, cst.IfExp) and document.is_flagged(side, side.test):
            text = _choice(document, spelling, side, known, column + 12)
        sides.append(f"lambda: {text}")
    return call_text(spelling.operation("cond"), [test, *sides], room_at(column))
