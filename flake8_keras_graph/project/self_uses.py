"""What each method does with ``self``, read off its stdlib tree: attributes read, called, assigned, bound."""

from __future__ import annotations

import ast
import dataclasses
import sys
from collections.abc import Sequence

from flake8_keras_graph.project.index import FunctionInfo, walk

# Run before or while Keras traces, or make it trace anew (compile).
TRACED = {"call", "__call__", "train_step", "test_step", "predict_step", "compute_loss", "update_state",
          "result", "compute_metrics", "compute_output_spec", "compute_output_shape", "compute_mask"}  # fmt: skip
CONSTRUCTING = {"__init__", "__new__", "build", "compile", "from_config", "get_config", "build_from_config",
                "__setattr__", "load_own_variables", "reset_state", "reset_states"}  # fmt: skip


@dataclasses.dataclass(frozen=True, slots=True)
class Uses:
    """What one method does with ``self``: the attributes it reads, and those it calls.

    ``stored`` holds what assignments set: every value, spelled, None where it is not plain.
    """

    read: frozenset[str]
    called: frozenset[str]
    stored: dict[str, list[str | None]]


class SelfUses:
    """What methods do with ``self``; each is read once."""

    def __init__(self) -> None:
        self._uses: dict[FunctionInfo, Uses] = {}
        self._bound: dict[FunctionInfo, frozenset[str]] = {}

    def of(self, method: FunctionInfo) -> Uses:
        """What ``method`` reads, calls and assigns."""
        known = self._uses.get(method)
        if known is None:
            known = self._uses[method] = _read_uses(method)
        return known

    def bound_by(self, method: FunctionInfo) -> frozenset[str]:
        """Attributes of ``self`` that ``method`` binds: assigns, deletes, or has a loop or a ``with`` set."""
        known = self._bound.get(method)
        if known is None:
            known = self._bound[method] = _read_bound(method)
        return known


def _read_bound(method: FunctionInfo) -> frozenset[str]:
    own = _self_name(method)
    bound: set[str] = set()
    stack: list[ast.AST] = list(method.node.body)
    while stack:
        node = stack.pop()
        kind = type(node)
        if kind is ast.Attribute:
            if isinstance(node.value, ast.Name) and node.value.id == own:  # type: ignore[attr-defined]
                bound.add(node.attr)  # type: ignore[attr-defined]
        else:
            for name in _BINDING.get(kind, ()):
                value = getattr(node, name)
                if type(value) is list:
                    stack += value
                elif value is not None:
                    stack.append(value)
    return frozenset(bound)


# Where targets and statements with targets stand.
_BINDING: dict[type[ast.AST], tuple[str, ...]] = {
    ast.AnnAssign: ("target",),
    ast.Assign: ("targets",),
    ast.AsyncFor: ("target", "body", "orelse"),
    ast.AsyncFunctionDef: ("body",),
    ast.AsyncWith: ("items", "body"),
    ast.AugAssign: ("target",),
    ast.ClassDef: ("body",),
    ast.Delete: ("targets",),
    ast.ExceptHandler: ("body",),
    ast.For: ("target", "body", "orelse"),
    ast.FunctionDef: ("body",),
    ast.If: ("body", "orelse"),
    ast.List: ("elts",),
    ast.Match: ("cases",),
    ast.Starred: ("value",),
    ast.Try: ("body", "handlers", "orelse", "finalbody"),
    ast.Tuple: ("elts",),
    ast.While: ("body", "orelse"),
    ast.With: ("items", "body"),
    ast.match_case: ("body",),
    ast.withitem: ("optional_vars",),
}
if sys.version_info >= (3, 11):
    _BINDING[ast.TryStar] = _BINDING[ast.Try]


def _self_name(method: FunctionInfo) -> str:
    arguments = [*method.node.args.posonlyargs, *method.node.args.args]
    return arguments[0].arg if arguments else ""


def _read_uses(method: FunctionInfo) -> Uses:
    own = _self_name(method)
    read: set[str] = set()
    called: set[str] = set()
    stored: dict[str, list[str | None]] = {}
    for node in walk(method.node):
        if type(node) is ast.Attribute:
            if isinstance(node.value, ast.Name) and node.value.id == own and isinstance(node.ctx, ast.Load):
                read.add(node.attr)
            continue
        if type(node) is ast.Call:
            callee = node.func
            if isinstance(callee, ast.Attribute) and isinstance(callee.value, ast.Name) and callee.value.id == own:
                called.add(callee.attr)
            continue
        if type(node) is ast.Assign:
            targets, value = node.targets, node.value
        elif (type(node) is ast.AugAssign or type(node) is ast.AnnAssign) and node.value is not None:
            targets, value = [node.target], node.value
        else:
            continue
        for target, given in (pair for each in targets for pair in _pairs(each, value)):
            if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id == own:
                stored.setdefault(target.attr, []).append(_spelled(given))
    return Uses(frozenset(read), frozenset(called), stored)


def _pairs(target: ast.expr, value: ast.expr) -> Sequence[tuple[ast.expr, ast.expr]]:
    """What is assigned to what: ``a, b = 0, 1`` part for part, and what cannot be told apart as a whole."""
    if not isinstance(target, (ast.Tuple, ast.List)):
        return [(target, value)]
    if isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(target.elts):
        return list(zip(target.elts, value.elts, strict=True))
    return [(each, value) for each in target.elts if not isinstance(value, (ast.Constant, ast.Name))]


def _spelled(node: ast.expr) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, (bool, int, float, str)):
        return repr(node.value)
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return "not"
    return None
