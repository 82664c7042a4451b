"""What a builder leaves out: Python values put under names that nothing reads, local functions that nothing calls."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from flake8_keras_graph.rewrite.functional.read.training_effects import DROPOUTS
from flake8_keras_graph.rewrite.text.imports import Imports
from flake8_keras_graph.rewrite.text.syntax import Statement, code, names_bound, names_read
from flake8_keras_graph.syntax.nodes import walk

_PLAIN = (
    cst.Name, cst.Attribute, cst.BaseNumber, cst.SimpleString, cst.ConcatenatedString, cst.UnaryOperation, cst.Dict,
    cst.List, cst.Tuple, cst.Set, cst.ListComp,
)  # fmt: skip
_DECLARING = frozenset({"tf.function", "tf.TensorSpec"})

Functions = dict[str, list[Statement]]


def pruned(
    made: Sequence[Statement],
    functions: Functions,
    others: Sequence[cst.CSTNode],
    names: set[str],
    imports: Imports,
) -> tuple[list[Statement], Functions]:
    """``made`` and ``functions`` (by name) without what neither they nor ``others`` need.

    Of ``made`` only assignments of plain values, and of Dropout layers, to ``names`` are left out.
    """
    kept = dict(functions)
    while True:
        lines = [line for part in kept.values() for line in part]
        left = without_unread(made, [*others, *lines], names, imports)
        needed = without_unused(functions, [*left, *others])
        if needed.keys() == kept.keys():
            return left, needed
        kept = needed


def without_unread(
    made: Sequence[Statement], others: Sequence[cst.CSTNode], names: set[str], imports: Imports
) -> list[Statement]:
    """``made`` without assignments of plain values to ``names`` that neither it nor ``others`` read."""
    kept = list(made)
    while True:
        unread = [line for line in kept if _target(line, imports) in names and not _is_read(line, kept, others)]
        if not unread:
            return kept
        kept = [line for line in kept if line not in unread]


def without_unused(functions: Functions, others: Sequence[cst.CSTNode]) -> Functions:
    """``functions`` by name without those that neither ``others`` nor one that is kept read."""
    kept: dict[str, list[Statement]] = {}
    needed = set().union(*map(names_read, others)) if others else set()
    while True:
        more = {name: made for name, made in functions.items() if name in needed and name not in kept}
        if not more:
            return {name: made for name, made in functions.items() if name in kept}
        kept |= more
        needed |= set().union(*(names_read(line) for made in more.values() for line in made))


def _is_read(line: Statement, lines: Sequence[Statement], others: Sequence[cst.CSTNode]) -> bool:
    bound = names_bound(line)
    return any(bound & names_read(other) for other in (*lines, *others) if other is not line)


def _target(line: Statement, imports: Imports) -> str:
    """The name of ``name = value`` where ``value`` is made of names and literals; else the empty string."""
    if not (isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1):
        return ""
    small = line.body[0]
    if isinstance(small, cst.Assign) and len(small.targets) == 1 and isinstance(small.targets[0].target, cst.Name):
        name, value = small.targets[0].target.value, small.value
    elif isinstance(small, cst.AnnAssign) and isinstance(small.target, cst.Name) and small.value is not None:
        name, value = small.target.value, small.value
    else:
        return ""
    return name if _is_plain(value, imports) else ""


def _is_plain(value: cst.BaseExpression, imports: Imports) -> bool:
    """Names and literals, functions that are compiled, not called, and layers that are left out where called."""
    return all(
        isinstance(part, _PLAIN) or (isinstance(part, cst.Call) and _is_idle(part, imports))
        for part in walk(value)
        if isinstance(part, cst.BaseExpression)
    )


def _is_idle(call: cst.Call, imports: Imports) -> bool:
    """Whether ``call`` makes something that does nothing unless it is used."""
    path = imports.canonical(call.func)
    layer = path.startswith("keras.layers.") and path.rpartition(".")[2] in DROPOUTS
    return layer or path in _DECLARING or code(call.func) == "range"
