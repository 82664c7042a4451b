"""Whether a builder only puts one layer after the other, which ``keras.Sequential`` says in a line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

import libcst as cst

from flake8_keras_graph.rewrite.text.syntax import Statement, code


def straight_line(body: Sequence[Statement], start: str, layers: Set[str], fixing: Set[str]) -> list[str]:
    """The layers that ``body`` calls one after the other, from the tensor ``start`` to what it returns; else none.

    ``layers`` are the names that certainly hold a layer, ``fixing`` those of what gives a layer its ``training``.
    """
    reached: dict[str, list[str]] = {start: []}
    for line in body:
        small = line.body[0] if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1 else None
        if isinstance(small, cst.Return) and small.value is not None:
            whole = _chain(small.value, reached, layers, fixing) or []
            return whole if len(set(whole)) == len(whole) > 1 else []
        if not isinstance(small, cst.Assign) or len(small.targets) != 1:
            return []
        target = small.targets[0].target
        found = _chain(small.value, reached, layers, fixing)
        if found is None or not isinstance(target, cst.Name):
            return []
        reached[target.value] = found
    return []


def _chain(
    node: cst.BaseExpression, reached: Mapping[str, list[str]], layers: Set[str], fixing: Set[str]
) -> list[str] | None:
    """The layers that ``node`` went through, innermost first; None where it is anything else."""
    if isinstance(node, cst.Name):
        return reached.get(node.value)
    if not isinstance(node, cst.Call) or len(node.args) != 1 or node.args[0].keyword or node.args[0].star:
        return None
    function = node.func
    given = isinstance(function, cst.Call) and code(function.func) in fixing
    if not given and not (isinstance(function, cst.Name) and function.value in layers):
        return None
    inner = _chain(node.args[0].value, reached, layers, fixing)
    return None if inner is None else [*inner, code(function)]
