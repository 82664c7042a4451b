"""KG302: a tensor that grows in a loop as one concatenation of its parts after it, also where the fix is not sure.

The fix takes one part put behind the others, in the body of the loop itself, where nobody sees the tensor grow. Here
parts may go to both ends and under a test; whether the rest computes the same is found out by running.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import libcst as cst

from flake8_keras_graph.rewrite.remedies.remedy import Remedied, remedy
from flake8_keras_graph.rewrite.text.call_text import leading_of, parse_line
from flake8_keras_graph.rewrite.text.document import Change, Document, NotFixable
from flake8_keras_graph.rewrite.text.fresh_names import fresh_name
from flake8_keras_graph.rewrite.text.syntax import code, names_bound, names_read, outer_names
from flake8_keras_graph.syntax.nodes import walk


@remedy("one concat", "one concatenation", cst.Call, cst.Assign, cst.SimpleStatementLine)
def concatenate_once(document: Document, node: cst.CSTNode) -> Iterator[Remedied]:
    """The assignment at ``node``, ``out = concat([..., out, ...])``: parts are collected, and joined after the loop."""
    line = document.statement(node)
    small = line.body[0] if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1 else None
    loop = next((upper for upper in document.above(node) if isinstance(upper, (cst.For, cst.While))), None)
    function = document.function(node)
    if not isinstance(small, cst.Assign) or not isinstance(small.value, cst.Call) or loop is None or function is None:
        raise NotFixable("it is not one assignment in a loop")
    assert isinstance(line, cst.SimpleStatementLine)
    target, call = small.targets[0].target, small.value
    if not isinstance(target, cst.Name) or len(small.targets) != 1 or not call.args:
        raise NotFixable("it is not a concatenation assigned to one name")
    elements = _elements(call, target.value)
    _refuse(document, loop, call, target.value)
    parts = fresh_name(names_read(function) | names_bound(function), f"{target.value}_parts")
    grown = ", ".join(f"*{parts}" if element == target.value else element for element in elements)
    collected = parse_line(f"{parts} = [{grown}]").with_changes(
        leading_lines=leading_of(line), trailing_whitespace=line.trailing_whitespace
    )
    joined = call.with_changes(args=[call.args[0].with_changes(value=cst.Name(parts)), *call.args[1:]])
    changed = loop.deep_replace(line, collected)
    assert isinstance(changed, cst.BaseStatement)
    before = parse_line(f"{parts} = [{target.value}]").with_changes(leading_lines=leading_of(loop))
    after = parse_line(f"{target.value} = {code(joined)}")
    lines: Sequence[cst.CSTNode] = [before, changed.with_changes(leading_lines=[]), after]
    yield Remedied(Change({loop: lines}, "unsafe"))


def _elements(call: cst.Call, name: str) -> list[str]:
    """The texts of what is joined, the growing tensor once among them."""
    items = call.args[0].value
    if not isinstance(items, (cst.List, cst.Tuple)):
        raise NotFixable("what it joins is not written out as a list")
    texts = [code(element.value) for element in items.elements]
    if any(isinstance(element, cst.StarredElement) for element in items.elements) or texts.count(name) != 1:
        raise NotFixable(f"it does not put parts before or behind `{name}`")
    return texts


def _refuse(document: Document, loop: cst.For | cst.While, call: cst.Call, name: str) -> None:
    """Raise NotFixable where the loop needs the tensor before it is whole."""
    reads = sum(isinstance(part, cst.Name) and part.value == name for part in walk(loop))
    if reads != 2:
        raise NotFixable(f"`{name}` is read or bound in the loop besides growing")
    if name not in document.bound_before(loop):
        raise NotFixable(f"`{name}` has no value before the loop")
    if name in document.captured_before(loop):
        raise NotFixable(f"`{name}` is read by a function that is made before the loop")
    if set().union(*(names_read(argument) for argument in call.args[1:])) & outer_names([loop]):
        raise NotFixable("how it is joined changes from step to step")
    if document.siblings(loop)[1] < 0:
        raise NotFixable("the loop stands in no block of its own")
