"""KG303: a loop over the second axis of a tensor, slice by slice, as one operation on the whole tensor."""

from __future__ import annotations

import libcst as cst

from flake8_keras_graph.records import Safety
from flake8_keras_graph.rewrite.fixes.common.collected_lists import (
    all_comments,
    counted,
    list_uses,
    refuse_interrupted,
    refuse_used_after,
    stacked_axis,
)
from flake8_keras_graph.rewrite.fixes.common.elementwise import is_elementwise
from flake8_keras_graph.rewrite.fixes.common.fixer import fixer
from flake8_keras_graph.rewrite.fixes.common.kinds import TENSOR, kinds
from flake8_keras_graph.rewrite.fixes.row_loops import added_term
from flake8_keras_graph.rewrite.text.call_text import Spelling, parse_line
from flake8_keras_graph.rewrite.text.document import Change, Document, NotFixable, body_lines
from flake8_keras_graph.rewrite.text.syntax import code, names_read
from flake8_keras_graph.syntax.nodes import walk

_ORDER = "numbers may be added in another order"


@fixer(cst.For)
def fix_element_loop(document: Document, node: cst.CSTNode) -> Change:
    """The loop at ``node`` without slices. Raises NotFixable."""
    if not isinstance(node, cst.For) or node.orelse is not None or not isinstance(node.target, cst.Name):
        raise NotFixable("only a plain `for` over a range is rewritten")
    refuse_used_after(document, node)
    lines = body_lines(node)
    line = lines[0] if len(lines) == 1 else None
    if not isinstance(line, cst.SimpleStatementLine) or len(line.body) != 1:
        raise NotFixable("its body is more than one statement: write it as operations on the whole tensor")
    small = line.body[0]
    if isinstance(small, cst.Expr):
        return _collected(document, node, small.value)
    return _added_up(document, node, small)


def _collected(document: Document, node: cst.For, value: cst.BaseExpression) -> Change:
    """``parts.append(f(x[:, i]))`` and ``stack(parts, axis=1)`` as ``f(x)``."""
    name, method, _ = code(value).partition(".append(")
    if not (isinstance(value, cst.Call) and method and name.isidentifier() and len(value.args) == 1):
        raise NotFixable("its body is called for its effect")
    refuse_interrupted(document, node)
    start, stack = list_uses(document, node, name)
    whole = _whole(document, node, value.args[0].value)
    axis = stacked_axis(stack)
    if axis not in (0, 1):
        raise NotFixable("the slices are stacked on an axis that is neither the first nor their own")
    spelling = Spelling(document.imports)
    used = cst.Name(name) if axis == 1 else cst.parse_expression(f"{spelling.operation('swapaxes')}({name}, 0, 1)")
    line = parse_line(f"{name} = {code(whole)}").with_changes(leading_lines=all_comments(node))
    sliced = [part.value for part in walk(value) if isinstance(part, cst.Subscript)]
    safety: Safety = "safe" if all(kinds(document, tensor) == TENSOR for tensor in sliced) else "unsafe"
    return Change({start: [], node: [line], stack: [used]}, safety, "", tuple(spelling.imports_needed))


def _added_up(document: Document, node: cst.For, small: cst.BaseSmallStatement) -> Change:
    """``total += f(x[:, i])`` as one sum."""
    name, term = added_term(small)
    if name in names_read(term):
        raise NotFixable(f"each step needs the last `{name}`: use keras.ops.while_loop or an RNN layer")
    whole = _whole(document, node, term)
    spelling = Spelling(document.imports)
    text = f"{name} = {name} + {spelling.operation('sum')}({code(whole)}, axis=1)"
    line = parse_line(text).with_changes(leading_lines=all_comments(node))
    return Change({node: [line]}, "unsafe", _ORDER, tuple(spelling.imports_needed))


def _whole(document: Document, node: cst.For, body: cst.BaseExpression) -> cst.BaseExpression:
    """``body`` with the tensor in place of its slices."""
    source = node.iter
    is_range = isinstance(source, cst.Call) and code(source.func) == "range"
    tensor = counted(document, source, 1) if isinstance(source, cst.Call) and is_range else None
    if not isinstance(tensor, cst.Name):
        raise NotFixable("it does not run over the whole second axis of one tensor")
    if tensor.value not in names_read(body):
        raise NotFixable(f"what it computes does not depend on `{tensor.value}`")
    apart = body.visit(_Slices(tensor, code(node.target), "_"))
    if isinstance(apart, cst.CSTNode) and tensor.value in names_read(apart):
        raise NotFixable(f"it uses `{tensor.value}` for more than its slices")
    whole = body.visit(_Slices(tensor, code(node.target), tensor.value))
    assert isinstance(whole, cst.BaseExpression)
    if not is_elementwise(whole, tensor.value, document.imports):
        raise NotFixable("what is done to each slice is not known to be the same for all at once: give it an axis")
    return whole


class _Slices(cst.CSTTransformer):
    """``x[:, i]`` and ``x[:, i, :]`` as a name."""

    def __init__(self, tensor: cst.Name, index: str, name: str) -> None:
        super().__init__()
        self._tensor, self._index, self._name = tensor.value, index, name

    def leave_Subscript(self, original_node: cst.Subscript, updated_node: cst.Subscript) -> cst.BaseExpression:
        parts = [code(element.slice).replace(" ", "") for element in original_node.slice]
        if code(original_node.value) != self._tensor or parts[:2] != [":", self._index]:
            return updated_node
        return cst.Name(self._name) if set(parts[2:]) <= {":", "..."} else updated_node
