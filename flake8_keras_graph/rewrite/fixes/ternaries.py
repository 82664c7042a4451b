"""KG101: conditional expressions on a tensor, as ``keras.ops.where`` or ``keras.ops.cond``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import libcst as cst

from flake8_keras_graph.records import Safety
from flake8_keras_graph.rewrite.fixes.common.branch_results import refuse_unlike
from flake8_keras_graph.rewrite.fixes.common.kinds import Kinds, kinds, kinds_of_sides, may_choose
from flake8_keras_graph.rewrite.fixes.common.predicates import computes_more, is_scalar, predicate
from flake8_keras_graph.rewrite.fixes.common.result_uses import int_tensor_will_do
from flake8_keras_graph.rewrite.text.call_text import Spelling, call_text, room_at
from flake8_keras_graph.rewrite.text.document import Change, Document, NotFixable
from flake8_keras_graph.rewrite.text.effects import assigned_once, refuse_super
from flake8_keras_graph.rewrite.text.syntax import code
from flake8_keras_graph.syntax.nodes import walk

SCALAR_NOTE = "the test has to be a scalar"
BOTH_NOTE = "both sides of the `and` or `or` are computed"
_KIND_NOTES: Mapping[str, str] = {
    "whole": "the whole number becomes a tensor of integers, which does not combine with floats",
    "variable": "a graph gives what the variable holds at that moment, not the variable",
    "other": "what one side gives is no tensor and no number",
    "unknown": "what one side gives is not known to be a tensor or a float",
}


def fix_ternary(document: Document, node: cst.IfExp) -> Change:
    """``a if test else b`` as ``where`` or ``cond``. Raises NotFixable."""
    spelling = Spelling(document.imports)
    known = assigned_once(document, node)
    column = document.positions[node].start.column
    text = _choice(document, spelling, node, known, column)
    given = kinds_of_sides([kinds(document, node.body), kinds(document, node.orelse)])
    if "whole" in given and int_tensor_will_do(document, node):
        given -= {"whole"}
    note = branch_note(document, node, [node.test], given)
    safety: Safety = "unsafe" if note else "safe"
    return Change({node: [cst.parse_expression(text)]}, safety, note, tuple(spelling.imports_needed))


def branch_note(document: Document, node: cst.CSTNode, tests: Sequence[cst.BaseExpression], given: Kinds) -> str:
    """What operations in the place of ``tests`` may change, whose sides give results of these kinds; empty: nothing."""
    known = assigned_once(document, node)
    scalar = all(is_scalar(document, test, known) for test in tests)
    more = any(computes_more(document, test) for test in tests)
    notes = [note for note, holds in ((SCALAR_NOTE, not scalar), (BOTH_NOTE, more)) if holds]
    return "; ".join([*notes, *(note for kind, note in _KIND_NOTES.items() if kind in given)])


def _choice(
    document: Document, spelling: Spelling, node: cst.IfExp, known: Mapping[str, cst.BaseExpression], column: int
) -> str:
    for part in walk(node):
        if isinstance(part, (cst.NamedExpr, cst.Await, cst.Yield)):
            raise NotFixable("the expression binds a name or waits")
    refuse_super(node.body, node.orelse)
    refuse_unlike(document, node, "it", [node.body, node.orelse])
    test = predicate(document, node.test, spelling)
    if may_choose(document, node, [node.body, node.orelse]) and is_scalar(document, node.test, known):
        return call_text(spelling.operation("where"), [test, code(node.body), code(node.orelse)], room_at(column))
    sides = []
    for side in (node.body, node.orelse):
        text = code(side)
        if isinstance(side, cst.IfExp) and document.is_flagged(side, side.test):
            text = _choice(document, spelling, side, known, column + 12)
        sides.append(f"lambda: {text}")
    return call_text(spelling.operation("cond"), [test, *sides], room_at(column))
