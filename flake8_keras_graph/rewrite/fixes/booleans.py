"""KG105: ``and``, ``or``, ``not``, chained comparisons, ``in`` and Python's own reductions of tensors."""

from __future__ import annotations

import libcst as cst

from flake8_keras_graph import knowledge
from flake8_keras_graph.records import Safety
from flake8_keras_graph.rewrite.fixes.branches import fix_branch
from flake8_keras_graph.rewrite.fixes.common.fixer import fixer
from flake8_keras_graph.rewrite.fixes.common.predicates import computes_more, is_boolean, predicate
from flake8_keras_graph.rewrite.fixes.ternaries import BOTH_NOTE
from flake8_keras_graph.rewrite.text.call_text import Spelling, call_text, room_at
from flake8_keras_graph.rewrite.text.document import Change, Document, NotFixable
from flake8_keras_graph.rewrite.text.syntax import code
from flake8_keras_graph.syntax.nodes import children

_PAIRS = {"max": "maximum", "min": "minimum"}
_WHOLE = knowledge.counterparts("builtins")


@fixer(cst.BooleanOperation, cst.UnaryOperation, cst.Comparison, cst.Call)
def fix_boolean(document: Document, node: cst.CSTNode) -> Change:
    """The expression at ``node`` as operations on tensors. Raises NotFixable."""
    if not isinstance(node, cst.BaseExpression):
        raise NotFixable("it is no expression")
    branch = _tested_by(document, node)
    if branch is not None:
        return fix_branch(document, branch)
    spelling = Spelling(document.imports)
    column = document.positions[node].start.column
    safety, text = _written(node, spelling, column)
    note = "" if safety == "safe" else "Python gives back one of the operands, or adds up in another order"
    if safety == "safe" and computes_more(document, node):
        safety, note = "unsafe", BOTH_NOTE
    return Change({node: [cst.parse_expression(text)]}, safety, note, tuple(spelling.imports_needed))


def _tested_by(document: Document, node: cst.BaseExpression) -> cst.If | cst.IfExp | None:
    """The branch whose test ``node`` is, or is a part of."""
    for upper in document.above(node):
        if isinstance(upper, (cst.If, cst.IfExp)):
            return upper if _holds(upper.test, node) else None
        if not isinstance(upper, (cst.BooleanOperation, cst.UnaryOperation)):
            return None
    return None


def _holds(tree: cst.CSTNode, node: cst.CSTNode) -> bool:
    return tree is node or any(_holds(child, node) for child in children(tree))


Written = tuple[Safety, str]


def _written(node: cst.BaseExpression, spelling: Spelling, column: int) -> Written:
    if isinstance(node, cst.Comparison) and isinstance(node.comparisons[0].operator, (cst.In, cst.NotIn)):
        return _membership(node, spelling)
    if isinstance(node, (cst.BooleanOperation, cst.UnaryOperation, cst.Comparison)):
        return ("safe" if is_boolean(node) else "unsafe"), predicate(node, spelling)
    if isinstance(node, cst.Call) and isinstance(node.func, cst.Name):
        return _builtin(node, node.func.value, spelling, column)
    raise NotFixable("there is no operation that stands for it")


def _membership(node: cst.Comparison, spelling: Spelling) -> Written:
    """``value in tensor``, which raises even eagerly."""
    if len(node.comparisons) != 1:
        raise NotFixable("a chain of comparisons with `in`")
    part = node.comparisons[0]
    equal = f"{spelling.operation('equal')}({code(part.comparator)}, {code(node.left)})"
    text = f"{spelling.operation('any')}({equal})"
    if isinstance(part.operator, cst.NotIn):
        text = f"{spelling.operation('logical_not')}({text})"
    return "safe", text


def _builtin(node: cst.Call, name: str, spelling: Spelling, column: int) -> Written:
    values = _values(node, name)
    if name in _PAIRS and len(values) >= 2:
        text = code(values[0])
        for value in values[1:]:
            text = call_text(spelling.operation(_PAIRS[name]), [text, code(value)], room_at(column))
        return "safe", text
    if name in _WHOLE and len(values) == 1:
        return "safe", f"{spelling.operation(_WHOLE[name])}({code(values[0])})"
    if name == "sum" and len(values) == 1:
        return "unsafe", f"{spelling.operation('sum')}({code(values[0])}, axis=0)"
    raise NotFixable(f"`{name}` has no counterpart that gives the same")


def _values(node: cst.Call, name: str) -> list[cst.BaseExpression]:
    """What the builtin ``name`` is called on, written out one by one. Raises NotFixable."""
    values = [argument.value for argument in node.args]
    if any(argument.keyword is not None or argument.star for argument in node.args):
        raise NotFixable(f"`{name}` with keyword arguments")
    if any(isinstance(value, (cst.GeneratorExp, cst.ListComp, cst.SetComp)) for value in values):
        raise NotFixable(f"`{name}` of a comprehension")
    if len(values) != 1 or not isinstance(values[0], (cst.List, cst.Tuple)):
        return values
    if any(isinstance(element, cst.StarredElement) for element in values[0].elements):
        raise NotFixable(f"`{name}` of unpacked values")
    return [element.value for element in values[0].elements]
