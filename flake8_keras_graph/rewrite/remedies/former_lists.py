"""Lists that a loop filled and that a rewrite gives as one tensor: what becomes of the code that reads them."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from flake8_keras_graph import knowledge
from flake8_keras_graph.rewrite.fixes.common.collected_lists import code_of, is_stack, stacked_axis
from flake8_keras_graph.rewrite.text.call_text import Spelling
from flake8_keras_graph.rewrite.text.document import Document, NotFixable
from flake8_keras_graph.rewrite.text.syntax import code
from flake8_keras_graph.syntax.nodes import walk

_JOINS = knowledge.names_where("joins")


def uses_of_list(
    document: Document, node: cst.For, name: str, axis: int, spelling: Spelling
) -> dict[cst.CSTNode, Sequence[cst.CSTNode]]:
    """Where the list ``name`` of the loop at ``node`` starts, and each place that reads it, with what stands there now.

    ``axis`` is that of its items in the one tensor. Raises NotFixable where it does not start empty.
    """
    function = document.function(node)
    assert function is not None
    siblings, place = document.siblings(node)
    start = next((line for line in siblings[: max(place, 0)] if code_of(line) == f"{name} = []"), None)
    if start is None:
        raise NotFixable(f"`{name}` does not start as an empty list beside the loop")
    inside = {*walk(node), *walk(start)}
    replaced: dict[cst.CSTNode, Sequence[cst.CSTNode]] = {start: []}
    for part in walk(function.body):
        if not (isinstance(part, cst.Name) and part.value == name) or part in inside:
            continue
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


def _moved(name: str, axis: int, wanted: int, spelling: Spelling) -> str:
    return name if axis == wanted else f"{spelling.operation('moveaxis')}({name}, {axis}, {wanted})"


def is_joined(document: Document, node: cst.CSTNode) -> bool:
    """Whether ``node`` joins a list along its last axis, or along the second, which may be the last."""
    if not isinstance(node, cst.Call) or knowledge.canonical(document.imports.canonical(node.func)) not in _JOINS:
        return False
    named = [given for given in node.args[1:] if given.keyword is None or given.keyword.value == "axis"]
    return len(node.args) == 2 and [code(given.value) for given in named] in (["-1"], ["1"])
