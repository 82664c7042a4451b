"""Lists that a loop filled and that a rewrite gives as one tensor: what becomes of the code that reads them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import libcst as cst

from flake8_keras_graph import knowledge
from flake8_keras_graph.rewrite.fixes.common.collected_lists import is_stack, stacked_axis
from flake8_keras_graph.rewrite.text.call_text import Spelling
from flake8_keras_graph.rewrite.text.document import Document, NotFixable
from flake8_keras_graph.rewrite.text.syntax import Statement, code, outer_names
from flake8_keras_graph.syntax.nodes import walk

_JOINS = knowledge.names_where("joins")


def uses_of_list(
    document: Document, node: cst.For, name: str, axis: int, spelling: Spelling
) -> dict[cst.CSTNode, Sequence[cst.CSTNode]]:
    """Where the list ``name`` of the loop at ``node`` starts, and each place that reads it, with what stands there now.

    ``axis`` is that of its items in the one tensor. Raises NotFixable where it does not start empty.
    """
    replaced: dict[cst.CSTNode, Sequence[cst.CSTNode]] = _start(document, node, name)
    for part in _reads(document, node, name):
        argument = document.parents[part]
        call = document.parents.get(argument)
        is_first = isinstance(call, cst.Call) and bool(call.args) and call.args[0] is argument
        if isinstance(call, cst.Call) and is_first and is_stack(document, call):
            replaced[call] = [cst.parse_expression(_moved(name, axis, stacked_axis(call) or 0, spelling))]
        elif isinstance(call, cst.Call) and is_first and axis == 1 and is_joined(document, call):
            shape = f"(-1, {name}.shape[1] * {name}.shape[2])"
            replaced[call] = [cst.parse_expression(f"{spelling.operation('reshape')}({name}, {shape})")]
        else:
            replaced[part] = [cst.parse_expression(f"{spelling.operation('unstack')}({name}, axis={axis})")]
    return replaced


def _start(document: Document, node: cst.For, name: str) -> dict[cst.CSTNode, Sequence[cst.CSTNode]]:
    """What becomes of the line at which the list starts empty: one beside the loop is not needed any more."""
    for upper, lines in _blocks(document, node):
        binding = [line for line in lines[: lines.index(upper)] if name in outer_names([line])]
        if not binding:
            continue
        line = binding[-1]
        small = line.body[0] if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1 else None
        if not isinstance(small, cst.Assign) or not isinstance(small.value, cst.List) or small.value.elements:
            break
        return {line: []} if upper is node else {}
    raise NotFixable(f"`{name}` does not start as an empty list beside the loop")


def _reads(document: Document, node: cst.For, name: str) -> Iterator[cst.Name]:
    """Where ``name`` is read after the loop at ``node``, up to where it is bound anew."""
    for upper, lines in _blocks(document, node):
        for line in lines[lines.index(upper) + 1 :]:
            for part in walk(line):
                is_target = isinstance(document.parents[part], cst.AssignTarget)
                if isinstance(part, cst.Name) and part.value == name and not is_target:
                    yield part
            if name in outer_names([line]):
                return


def _blocks(document: Document, node: cst.For) -> Iterator[tuple[Statement, Sequence[Statement]]]:
    """The statements that are or hold ``node`` within its function, nearest first, each with those of its block."""
    for upper in (node, *document.above(node)):
        if isinstance(upper, cst.FunctionDef):
            return
        if isinstance(upper, cst.BaseStatement) and document.siblings(upper)[1] >= 0:
            yield upper, document.siblings(upper)[0]


def _moved(name: str, axis: int, wanted: int, spelling: Spelling) -> str:
    return name if axis == wanted else f"{spelling.operation('moveaxis')}({name}, {axis}, {wanted})"


def is_joined(document: Document, node: cst.CSTNode) -> bool:
    """Whether ``node`` joins a list along its last axis, or along the second, which may be the last."""
    if not isinstance(node, cst.Call) or knowledge.canonical(document.imports.canonical(node.func)) not in _JOINS:
        return False
    named = [given for given in node.args[1:] if given.keyword is None or given.keyword.value == "axis"]
    return len(node.args) == 2 and [code(given.value) for given in named] in (["-1"], ["1"])
