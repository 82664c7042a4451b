"""Python values kept on ``self`` that methods change after the graph was built: read from the stdlib tree."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from flake8_keras_graph.analysis.hierarchy import Hierarchy
from flake8_keras_graph.index import ClassInfo, FunctionInfo

# Run before or while Keras traces, or make it trace anew (compile).
_TRACED = {"call", "__call__", "train_step", "test_step", "predict_step", "compute_loss", "update_state",
           "result", "compute_metrics", "compute_output_spec", "compute_output_shape", "compute_mask"}  # fmt: skip
_CONSTRUCTING = {"__init__", "__new__", "build", "compile", "from_config", "get_config", "build_from_config",
                 "__setattr__", "load_own_variables", "reset_state", "reset_states"}  # fmt: skip


def changed_by(info: ClassInfo, attribute: str, hierarchy: Hierarchy) -> str:
    """The method that sets ``attribute`` to another Python constant than the constructor; "" where none does.

    Methods that are run to construct the object, or while tracing, do not count.
    """
    project = [item for item in hierarchy.ancestors(info) if isinstance(item, ClassInfo)]
    methods: dict[str, FunctionInfo] = {}
    for ancestor in project:
        for name, method in ancestor.methods.items():
            methods.setdefault(name, method)
    early = _reached(_TRACED | _CONSTRUCTING, methods)
    initial = {value for name in _reached({"__init__"}, methods) for value in _stored(methods[name], attribute)}
    if not initial or None in initial:
        return ""
    for name, method in methods.items():
        if name not in early and any(decorator != "staticmethod" for decorator in method.decorators) is False:
            later = set(_stored(method, attribute))
            if later and later != initial:
                return name
    return ""


def _reached(roots: set[str], methods: dict[str, FunctionInfo]) -> set[str]:
    """``roots`` and the methods they call on ``self``."""
    found = {name for name in roots if name in methods}
    queue = list(found)
    while queue:
        for name in _called_on_self(methods[queue.pop()]):
            if name in methods and name not in found:
                found.add(name)
                queue.append(name)
    return found


def _self_name(method: FunctionInfo) -> str:
    arguments = [*method.node.args.posonlyargs, *method.node.args.args]
    return arguments[0].arg if arguments else ""


def _called_on_self(method: FunctionInfo) -> Iterator[str]:
    """Methods named on ``self``: called, or read as a property."""
    own = _self_name(method)
    for node in ast.walk(method.node):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == own:
            yield node.attr


def _stored(method: FunctionInfo, attribute: str) -> Iterator[str | None]:
    """What ``self.attribute`` is set to: a spelled-out bool, number or text, a parameter, or None for the rest."""
    own = _self_name(method)
    for node in ast.walk(method.node):
        if isinstance(node, ast.Assign):
            targets, value = node.targets, node.value
        elif isinstance(node, (ast.AugAssign, ast.AnnAssign)) and node.value is not None:
            targets, value = [node.target], node.value
        else:
            continue
        for target in targets:
            if isinstance(target, ast.Attribute) and target.attr == attribute:
                if isinstance(target.value, ast.Name) and target.value.id == own:
                    yield _spelled(value)


def _spelled(node: ast.expr) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, (bool, int, float, str)):
        return repr(node.value)
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return "not"
    return None
