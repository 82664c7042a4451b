"""KG103, KG104, KG107: loops over the rows of a tensor, and over ``tf.range``, without a loop over a tensor."""

from __future__ import annotations

import dataclasses

import libcst as cst

from flake8_keras_graph import knowledge
from flake8_keras_graph.analysis.values import is_unknown
from flake8_keras_graph.records import Safety
from flake8_keras_graph.rewrite.fixes.common.collected_lists import (
    all_comments,
    counted,
    is_stack,
    list_uses,
    refuse_interrupted,
    refuse_used_after,
    stacked_axis,
)
from flake8_keras_graph.rewrite.fixes.common.elementwise import Renamed, is_elementwise
from flake8_keras_graph.rewrite.fixes.common.fixer import fixer
from flake8_keras_graph.rewrite.fixes.common.kinds import TENSOR, kinds
from flake8_keras_graph.rewrite.fixes.common.predicates import is_repeatable
from flake8_keras_graph.rewrite.text.call_text import Spelling, call_text, comments_of, leading_of, parse_line, room_at
from flake8_keras_graph.rewrite.text.document import Change, Document, NotFixable, body_lines
from flake8_keras_graph.rewrite.text.effects import refuse_super
from flake8_keras_graph.rewrite.text.fresh_names import fresh_name
from flake8_keras_graph.rewrite.text.hyperparameters import is_argument, number_type
from flake8_keras_graph.rewrite.text.syntax import Statement, code, names_bound, names_read, own_attribute, self_name
from flake8_keras_graph.syntax.nodes import walk

_RANGES = knowledge.names_where("range")
_ORDER = "numbers may be added in another order"


@dataclasses.dataclass(frozen=True, slots=True)
class Rows:
    """A loop over the rows of ``tensor``: ``row`` names one; ``body`` is what is done to it, in that name."""

    tensor: cst.BaseExpression
    row: str
    body: cst.BaseExpression


@fixer(cst.For)
def fix_loop(document: Document, node: cst.CSTNode) -> Change:
    """The ``for`` at ``node`` without iterating a tensor. Raises NotFixable."""
    if not isinstance(node, cst.For):
        raise NotFixable("only a plain `for` is rewritten")
    if node.orelse is not None or node.asynchronous is not None:
        raise NotFixable("the loop has an `else`")
    if isinstance(node.iter, cst.Call) and knowledge.canonical(document.imports.canonical(node.iter.func)) in _RANGES:
        return _python_range(document, node, node.iter)
    refuse_used_after(document, node)
    lines = body_lines(node)
    if len(lines) != 1 or not isinstance(lines[0], cst.SimpleStatementLine) or len(lines[0].body) != 1:
        raise NotFixable("its body is more than one statement: write it as operations on the whole tensor")
    small = lines[0].body[0]
    if isinstance(small, cst.Expr):
        return _collected(document, node, small.value)
    return _added_up(document, node, small)


@fixer(cst.ListComp, cst.GeneratorExp, cst.CompFor)
def fix_comprehension(document: Document, node: cst.CSTNode) -> Change:
    """``stack([f(row) for row in t])`` as one operation over all rows. Raises NotFixable."""
    node = document.parents[node] if isinstance(node, cst.CompFor) else node
    call = next((upper for upper in document.above(node) if isinstance(upper, cst.Call)), None)
    if not isinstance(node, (cst.ListComp, cst.GeneratorExp)) or node.for_in.ifs or node.for_in.inner_for_in:
        raise NotFixable("how many items are kept depends on values: mask them with keras.ops.where")
    if call is None or call.args[0].value is not node or not (is_stack(document, call) and stacked_axis(call) == 0):
        raise NotFixable("the list is not stacked at once into a tensor")
    rows = _rows(document, node.for_in.target, node.for_in.iter, node.elt)
    spelling = Spelling(document.imports)
    safety, text = _mapped(document, rows, spelling, document.positions[call].start.column)
    return Change({call: [cst.parse_expression(text)]}, safety, "", tuple(spelling.imports_needed))


# -- tf.range -----------------------------------------------------------------------------------------------


def _python_range(document: Document, node: cst.For, call: cst.Call) -> Change:
    """``for i in tf.range(3)`` with Python's range."""
    if not all(
        argument.keyword is None and not argument.star and kinds(document, argument.value) == {"whole"}
        for argument in call.args
    ):
        raise NotFixable("how often it runs is not known while tracing: use keras.ops.while_loop")
    seen = names_read(node.body) | document.live_after(node) | document.captured_before(node)
    used = bool(names_read(node.target) & (seen | document.declared_outside(node)))
    note = "the loop variable is a Python int, no tensor" if used else ""
    replaced = call.with_changes(func=cst.Name("range"))
    return Change({call: [replaced]}, "unsafe" if used else "safe", note)


def is_python_number(document: Document, node: cst.CSTNode, value: cst.BaseExpression) -> bool:
    """Whether ``value`` is certainly a whole number of Python's, by its value, or what the constructor was given."""
    if isinstance(value, cst.Integer) or not is_unknown(document.value(value)):
        return isinstance(value, cst.Integer) or number_type(document, value) == "int"
    if isinstance(value, cst.UnaryOperation):
        return is_python_number(document, node, value.expression)
    if isinstance(value, cst.BinaryOperation):
        return is_python_number(document, node, value.left) and is_python_number(document, node, value.right)
    if isinstance(value, cst.Call):
        return isinstance(value.func, cst.Name) and value.func.value == "len" and _is_attribute(document, value)
    return is_argument(document, node, value)


def _is_attribute(document: Document, call: cst.Call) -> bool:
    function = document.function(call)
    return bool(function and call.args and own_attribute(call.args[0].value, self_name(function)))


# -- rows -----------------------------------------------------------------------------------------------------


def _rows(
    document: Document, target: cst.BaseAssignTargetExpression, source: cst.BaseExpression, body: cst.BaseExpression
) -> Rows:
    """The loop as one over rows, also where it runs over ``range(shape(t)[0])`` and indexes ``t``."""
    if not isinstance(target, cst.Name):
        raise NotFixable("it unpacks what it loops over")
    if any(isinstance(part, (cst.NamedExpr, cst.Await, cst.Yield)) for part in walk(body)):
        raise NotFixable("its body binds names or waits")
    name = target.value
    if name not in names_read(body):
        raise NotFixable(f"what it does with each row does not depend on `{name}`")
    if isinstance(source, cst.Call) and isinstance(source.func, cst.Name) and source.func.value == "range":
        return _indexed(document, name, source, body)
    if isinstance(source, cst.Call) and isinstance(source.func, cst.Name):
        raise NotFixable(f"it loops over `{source.func.value}` of a tensor: unstack it or use operations on the whole")
    return Rows(source, name, body)


def _indexed(document: Document, index: str, source: cst.Call, body: cst.BaseExpression) -> Rows:
    tensor = counted(document, source, 0)
    if tensor is None:
        raise NotFixable("it does not count the rows of one tensor")
    row = fresh_name(names_read(body) | names_bound(body), "row")
    replaced = body.visit(_RowOf(code(tensor), index, row))
    assert isinstance(replaced, cst.BaseExpression)
    if index in names_read(replaced):
        raise NotFixable(f"it uses `{index}` for more than the rows of `{code(tensor)}`")
    return Rows(tensor, row, replaced)


class _RowOf(cst.CSTTransformer):
    """``t[i]`` and ``t[i, ...]`` as ``row`` and ``row[...]``."""

    def __init__(self, tensor: str, index: str, row: str) -> None:
        super().__init__()
        self._tensor, self._index, self._row = tensor, index, row

    def leave_Subscript(self, original_node: cst.Subscript, updated_node: cst.Subscript) -> cst.BaseExpression:
        first = original_node.slice[0]
        if code(original_node.value) != self._tensor or code(first.slice).strip() != self._index:
            return updated_node
        row = cst.Name(self._row)
        rest = updated_node.slice[1:]
        return updated_node.with_changes(value=row, slice=rest) if rest else row


def _mapped(document: Document, rows: Rows, spelling: Spelling, column: int) -> tuple[Safety, str]:
    """Safety and text of ``body`` for all rows at once."""
    tensor = code(rows.tensor)
    uses = sum(isinstance(part, cst.Name) and part.value == rows.row for part in walk(rows.body))
    once = uses == 1 or is_repeatable(rows.tensor, document.imports)
    if once and is_elementwise(rows.body, rows.row, document.imports):
        whole = rows.body.visit(Renamed(rows.row, rows.tensor))
        assert isinstance(whole, cst.BaseExpression)
        return "safe" if kinds(document, rows.tensor) == TENSOR else "unsafe", code(whole)
    refuse_super(rows.body)
    function = f"lambda {rows.row}: {code(rows.body)}"
    return "unsafe", call_text(spelling.operation("vectorized_map"), [function, tensor], room_at(column))


# -- what is done with the rows -------------------------------------------------------------------------------


def _added_up(document: Document, node: cst.For, small: cst.BaseSmallStatement) -> Change:
    """``total = total + f(row)`` as one sum."""
    name, term = added_term(small)
    if name in names_read(term):
        raise NotFixable(f"each step needs the last `{name}`: use keras.ops.while_loop or an RNN layer")
    rows = _rows(document, node.target, node.iter, term)
    spelling = Spelling(document.imports)
    column = document.positions[node].start.column + len(name) * 2 + 6
    _, values = _mapped(document, rows, spelling, column)
    total = call_text(spelling.operation("sum"), [values, "axis=0"], room_at(column))
    line = parse_line(f"{name} = {name} + {total}").with_changes(leading_lines=all_comments(node))
    return Change({node: [line]}, "unsafe", _ORDER, tuple(spelling.imports_needed))


def added_term(small: cst.BaseSmallStatement) -> tuple[str, cst.BaseExpression]:
    """``total`` and ``term`` of ``total += term``. Raises NotFixable."""
    if isinstance(small, cst.AugAssign) and isinstance(small.target, cst.Name):
        if isinstance(small.operator, cst.AddAssign):
            return small.target.value, small.value
    if isinstance(small, cst.Assign) and len(small.targets) == 1 and isinstance(small.targets[0].target, cst.Name):
        name, value = small.targets[0].target.value, small.value
        if isinstance(value, cst.BinaryOperation) and isinstance(value.operator, cst.Add):
            for one, other in ((value.left, value.right), (value.right, value.left)):
                if isinstance(one, cst.Name) and one.value == name:
                    return name, other
    raise NotFixable("each step needs what the last one gave: use keras.ops.while_loop or an RNN layer")


def _collected(document: Document, node: cst.For, value: cst.BaseExpression) -> Change:
    """``rows.append(f(row))`` and ``stack(rows)`` as one operation."""
    if not (
        isinstance(value, cst.Call)
        and isinstance(value.func, cst.Attribute)
        and value.func.attr.value == "append"
        and isinstance(value.func.value, cst.Name)
        and len(value.args) == 1
    ):
        raise NotFixable("its body is called for its effect")
    name = value.func.value.value
    refuse_interrupted(document, node)
    start, stack = _first_axis(document, node, name)
    rows = _rows(document, node.target, node.iter, value.args[0].value)
    spelling = Spelling(document.imports)
    column = document.positions[node].start.column + len(name) + 3
    safety, mapped = _mapped(document, rows, spelling, column)
    comments = [*leading_of(start), *comments_of(start.with_changes(leading_lines=[])), *all_comments(node)]
    line = parse_line(f"{name} = {mapped}").with_changes(leading_lines=comments)
    return Change({start: [], node: [line], stack: [cst.Name(name)]}, safety, "", tuple(spelling.imports_needed))


def _first_axis(document: Document, node: cst.For, name: str) -> tuple[Statement, cst.Call]:
    """The uses of a list that is stacked along the rows it was made of."""
    start, stack = list_uses(document, node, name)
    if stacked_axis(stack) != 0:
        raise NotFixable(f"`{name}` is used for more than to be stacked")
    return start, stack
