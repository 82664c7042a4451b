"""KG105: ``and``, ``or``, ``not``, chained comparisons, ``in`` and Python's own reductions of tensors."""

from __future__ import annotations

import libcst as cst

from flake8_keras_graph import knowledge
from flake8_keras_graph.analysis.values import is_tensor
from flake8_keras_graph.rewrite.fixes.branches import fix_branch
from flake8_keras_graph.rewrite.fixes.common.fixer import fixer
from flake8_keras_graph.rewrite.fixes.common.kinds import kinds
from flake8_keras_graph.rewrite.fixes.common.predicates import computes_more, is_boolean, is_scalar, predicate
from flake8_keras_graph.rewrite.fixes.common.result_uses import bool_tensor_will_do, int_tensor_will_do
from flake8_keras_graph.rewrite.fixes.ternaries import BOTH_NOTE, SCALAR_NOTE
from flake8_keras_graph.rewrite.text.call_text import Spelling, call_text, room_at
from flake8_keras_graph.rewrite.text.document import Change, Document, NotFixable
from flake8_keras_graph.rewrite.text.effects import assigned_once
from flake8_keras_graph.rewrite.text.syntax import code
from flake8_keras_graph.syntax.nodes import children

_PAIRS = {"max": "maximum", "min": "minimum"}
_WHOLE = knowledge.counterparts("builtins")
_SHAPES = knowledge.names_where(returns="shape-tensor") | knowledge.names_where(returns="shape-tuple")
_OPERAND_NOTE = "Python gives back one of the operands, or adds up in another order"
_BOOL_NOTE = "what is done with it may need a bool of Python's"
_EXTREME_NOTE = "it is a tensor where Python gives back a number, and nan where Python may not"


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
    note, text = _written(document, node, spelling, column)
    if not note and computes_more(document, node):
        note = BOTH_NOTE
    if not note and not _gives_no_bool(node) and not bool_tensor_will_do(document, node):
        note = _BOOL_NOTE
    return Change(
        {node: [cst.parse_expression(text)]}, "unsafe" if note else "safe", note, tuple(spelling.imports_needed)
    )


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


# What may come out otherwise, empty where nothing may; and the text.
Written = tuple[str, str]


def _written(document: Document, node: cst.BaseExpression, spelling: Spelling, column: int) -> Written:
    if isinstance(node, cst.Comparison) and isinstance(node.comparisons[0].operator, (cst.In, cst.NotIn)):
        return _membership(document, node, spelling)
    if isinstance(node, (cst.BooleanOperation, cst.UnaryOperation, cst.Comparison)):
        scalar = all(is_scalar(document, part, assigned_once(document, node)) for part in _operands(node))
        note = _OPERAND_NOTE if not is_boolean(node) else "" if scalar else SCALAR_NOTE
        return note, predicate(document, node, spelling)
    if isinstance(node, cst.Call) and isinstance(node.func, cst.Name):
        return _builtin(document, node, node.func.value, spelling, column)
    raise NotFixable("there is no operation that stands for it")


def _operands(node: cst.BaseExpression) -> list[cst.BaseExpression]:
    """What Python asks for its truth, or compares."""
    if isinstance(node, cst.BooleanOperation):
        return [*_operands(node.left), *_operands(node.right)]
    if isinstance(node, cst.UnaryOperation) and isinstance(node.operator, cst.Not):
        return _operands(node.expression)
    if isinstance(node, cst.Comparison):
        return [node.left, *(part.comparator for part in node.comparisons)]
    return [node]


def _gives_no_bool(node: cst.BaseExpression) -> bool:
    """Whether Python gives a number, or nothing at all: it raises where it looks through a tensor."""
    if isinstance(node, cst.Call):
        return isinstance(node.func, cst.Name) and node.func.value in _PAIRS
    parts = node.comparisons if isinstance(node, cst.Comparison) else ()
    return any(isinstance(part.operator, (cst.In, cst.NotIn)) for part in parts)


def _membership(document: Document, node: cst.Comparison, spelling: Spelling) -> Written:
    """``value in tensor``, which raises even eagerly."""
    if len(node.comparisons) != 1:
        raise NotFixable("a chain of comparisons with `in`")
    part = node.comparisons[0]
    equal = f"{spelling.operation('equal')}({code(part.comparator)}, {code(node.left)})"
    text = f"{spelling.operation('any')}({equal})"
    if isinstance(part.operator, cst.NotIn):
        text = f"{spelling.operation('logical_not')}({text})"
    return "" if is_tensor(document.value(part.comparator)) else _BOOL_NOTE, text


def _builtin(document: Document, node: cst.Call, name: str, spelling: Spelling, column: int) -> Written:
    values = _values(node, name)
    if name in _PAIRS and len(values) >= 2:
        text = code(values[0])
        for value in values[1:]:
            text = call_text(spelling.operation(_PAIRS[name]), [text, code(value)], room_at(column))
        sizes = all(kinds(document, value) == {"whole"} or _is_size(document, value) for value in values)
        return "" if sizes and int_tensor_will_do(document, node) else _EXTREME_NOTE, text
    if name in _WHOLE and len(values) == 1:
        text = f"{spelling.operation(_WHOLE[name])}({code(values[0])})"
        gone_over = values[0] is node.args[0].value
        known = assigned_once(document, node)
        same = is_tensor(document.value(values[0])) if gone_over else is_scalar(document, values[0], known)
        return _EXTREME_NOTE if name in _PAIRS else "" if same else SCALAR_NOTE, text
    if name == "sum" and len(values) == 1:
        return _OPERAND_NOTE, f"{spelling.operation('sum')}({code(values[0])}, axis=0)"
    raise NotFixable(f"`{name}` has no counterpart that gives the same")


def _is_size(document: Document, node: cst.BaseExpression) -> bool:
    """``ops.shape(x)[0]``."""
    if not isinstance(node, cst.Subscript) or not isinstance(node.value, cst.Call):
        return False
    return knowledge.canonical(document.imports.canonical(node.value.func)) in _SHAPES


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
