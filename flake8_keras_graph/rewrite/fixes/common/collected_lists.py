"""Loops that count the elements of a tensor, and lists that they fill and that are stacked afterwards."""

from __future__ import annotations

import libcst as cst

from flake8_keras_graph import knowledge
from flake8_keras_graph.rewrite.text.call_text import comments_of, leading_of
from flake8_keras_graph.rewrite.text.document import Document, NotFixable
from flake8_keras_graph.rewrite.text.syntax import Statement, code, names_read
from flake8_keras_graph.syntax.nodes import walk

_SHAPES = knowledge.names_where(returns="shape-tensor") | knowledge.names_where(returns="shape-tuple")
_STACKS = knowledge.names_where("stacks", modules=("tf", "keras.ops"))


def counted(document: Document, source: cst.Call, axis: int) -> cst.BaseExpression | None:
    """``t`` of ``range(ops.shape(t)[axis])`` and ``range(t.shape[axis])``."""
    if len(source.args) != 1 or source.args[0].keyword is not None:
        return None
    size = source.args[0].value
    if not (isinstance(size, cst.Subscript) and len(size.slice) == 1 and code(size.slice[0]).strip() == str(axis)):
        return None
    shape = size.value
    if isinstance(shape, cst.Attribute) and shape.attr.value == "shape":
        return shape.value
    if (
        isinstance(shape, cst.Call)
        and knowledge.canonical(document.imports.canonical(shape.func)) in _SHAPES
        and len(shape.args) == 1
    ):
        return shape.args[0].value
    return None


def list_uses(document: Document, node: cst.For, name: str) -> tuple[Statement, cst.Call]:
    """Where the list starts empty, and where it is stacked: its only other uses."""
    siblings, place = document.siblings(node)
    start = next((line for line in siblings[:place] if code_of(line) == f"{name} = []"), None)
    function = document.function(node)
    if start is None or function is None:
        raise NotFixable(f"`{name}` does not start as an empty list beside the loop")
    uses = [part for part in walk(function.body) if isinstance(part, cst.Name) and part.value == name]
    stacks = [
        part
        for part in walk(function.body)
        if isinstance(part, cst.Call) and is_stack(document, part) and code(part.args[0].value) == name
    ]
    if len(uses) != 3 or len(stacks) != 1:
        raise NotFixable(f"`{name}` is used for more than to be stacked")
    return start, stacks[0]


def refuse_used_after(document: Document, node: cst.For) -> None:
    """Raise NotFixable where the loop variable is read after the loop, which leaves it at its last value."""
    after = document.live_after(node) | document.captured_before(node) | document.declared_outside(node)
    left = sorted(names_read(node.target) & after)
    if left:
        raise NotFixable(f"`{left[0]}` is used after the loop")


def refuse_interrupted(document: Document, node: cst.For) -> None:
    """Raise NotFixable where what raises in the loop may be caught, and the list is used as it is then."""
    if document.is_interruptible(node):
        raise NotFixable("what raises in the loop may be caught, and what was collected until then is used")


def all_comments(node: cst.For) -> list[cst.EmptyLine]:
    """What stands above the loop, and the comments in it."""
    return [*leading_of(node), *comments_of(node.with_changes(leading_lines=[]))]


def is_stack(document: Document, call: cst.Call) -> bool:
    """Whether ``call`` stacks its first argument."""
    return (
        knowledge.canonical(document.imports.canonical(call.func)) in _STACKS
        and bool(call.args)
        and stacked_axis(call) is not None
    )


def stacked_axis(call: cst.Call) -> int | None:
    """The axis that a stack makes; None where it is not a plain number."""
    if len(call.args) == 1:
        return 0
    second = call.args[1]
    named = second.keyword is None or second.keyword.value == "axis"
    return int(second.value.value) if len(call.args) == 2 and named and isinstance(second.value, cst.Integer) else None


def code_of(line: Statement) -> str:
    """The code of a simple statement, without comments."""
    if isinstance(line, cst.SimpleStatementLine):
        return "; ".join(code(small).strip() for small in line.body)
    return ""
