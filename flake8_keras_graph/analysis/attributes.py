"""Python values kept on ``self`` that methods change after the graph was built: read from the stdlib tree."""

from __future__ import annotations

import ast
import dataclasses
import sys
from collections.abc import Collection

from flake8_keras_graph.project.hierarchy import Hierarchy
from flake8_keras_graph.project.index import ClassInfo, FunctionInfo, walk

# Run before or while Keras traces, or make it trace anew (compile).
_TRACED = {"call", "__call__", "train_step", "test_step", "predict_step", "compute_loss", "update_state",
           "result", "compute_metrics", "compute_output_spec", "compute_output_shape", "compute_mask"}  # fmt: skip
_CONSTRUCTING = {"__init__", "__new__", "build", "compile", "from_config", "get_config", "build_from_config",
                 "__setattr__", "load_own_variables", "reset_state", "reset_states"}  # fmt: skip


def changed_by(info: ClassInfo, attribute: str, hierarchy: Hierarchy, traced: Collection[str] = ()) -> str:
    """The method that sets ``attribute`` to another Python constant than the constructor; "" where none does.

    Methods that are run to construct the object, or while tracing, do not count. Where one of ``traced`` sets it,
    which a traced method was seen to call in one way or another, every trace does so anew.
    """
    project = [item for item in hierarchy.ancestors(info) if isinstance(item, ClassInfo)]
    methods: dict[str, FunctionInfo] = {}
    for ancestor in project:
        for name, method in ancestor.methods.items():
            methods.setdefault(name, method)
    setting = {name for name, method in methods.items() if attribute in bound_by(method, hierarchy)}
    if setting <= _TRACED | _CONSTRUCTING or not (setting - _TRACED).isdisjoint(traced):
        return ""
    uses = {name: uses_of(method, hierarchy) for name, method in methods.items()}
    early = _reached(_TRACED | _CONSTRUCTING, uses)
    initial = {value for name in _reached({"__init__"}, uses) for value in uses[name].stored.get(attribute, ())}
    if not initial or None in initial:
        return ""
    settled = {value for name in _TRACED & uses.keys() for value in uses[name].stored.get(attribute, ())}
    for name, method in methods.items():
        if name not in early and any(decorator != "staticmethod" for decorator in method.decorators) is False:
            later = set(uses[name].stored.get(attribute, ()))
            if later and later != initial and not later <= settled:  # else every trace leaves it as that does
                return name
    return ""


def has_setters(info: ClassInfo, hierarchy: Hierarchy) -> bool:
    """Whether methods that are run neither to construct the object nor while tracing set attributes at all."""
    known = hierarchy.setters.get(id(info))
    if known is None:
        found = any(
            bound_by(method, hierarchy)
            for each in hierarchy.ancestors(info) if isinstance(each, ClassInfo)
            for name, method in each.methods.items() if name not in _TRACED and name not in _CONSTRUCTING
        )  # fmt: skip
        known = hierarchy.setters[id(info)] = (info, found)
    return known[1]


def assigned_attributes(info: ClassInfo, hierarchy: Hierarchy) -> frozenset[str]:
    """Names stored on ``self`` outside of ``__init__`` and what it calls by name."""
    constructors = {"__init__", "build", "__new__"}
    bound = {name: bound_by(method, hierarchy) for name, method in info.methods.items() if name not in constructors}
    if not any(bound.values()):
        return frozenset()
    queue = [name for name in constructors if name in info.methods]
    while queue:  # helpers that the constructor calls construct too
        for name in uses_of(info.methods[queue.pop()], hierarchy).called:
            if name in info.methods and name not in constructors and name not in ("call", "__call__"):
                constructors.add(name)
                queue.append(name)
    return frozenset(name for method, names in bound.items() if method not in constructors for name in names)


@dataclasses.dataclass(frozen=True, slots=True)
class Uses:
    """What one method does with ``self``: the attributes it reads, and those it calls.

    ``stored`` holds what assignments set: every value, spelled, None where it is not plain.
    """

    read: frozenset[str]
    called: frozenset[str]
    stored: dict[str, list[str | None]]


def uses_of(method: FunctionInfo, hierarchy: Hierarchy) -> Uses:
    """What ``method`` does with ``self``, read off the tree once a run."""
    known = hierarchy.uses.get(id(method))
    if known is None:
        known = hierarchy.uses[id(method)] = (method, _read_uses(method))
    found: Uses = known[1]
    return found


def bound_by(method: FunctionInfo, hierarchy: Hierarchy) -> frozenset[str]:
    """Attributes of ``self`` that ``method`` binds: assigns, deletes, or has a loop or a ``with`` set."""
    known = hierarchy.bound.get(id(method))
    if known is None:
        known = hierarchy.bound[id(method)] = (method, _read_bound(method))
    return known[1]


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


def _reached(roots: set[str], uses: dict[str, Uses]) -> set[str]:
    """``roots`` and the methods they name on ``self``: called, or read as a property."""
    found = {name for name in roots if name in uses}
    queue = list(found)
    while queue:
        for name in uses[queue.pop()].read:
            if name in uses and name not in found:
                found.add(name)
                queue.append(name)
    return found


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
        for target in targets:
            if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id == own:
                stored.setdefault(target.attr, []).append(_spelled(value))
    return Uses(frozenset(read), frozenset(called), stored)


def _spelled(node: ast.expr) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, (bool, int, float, str)):
        return repr(node.value)
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return "not"
    return None
