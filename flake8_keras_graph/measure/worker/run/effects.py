"""What Python in traced code leaves behind, compiled and run eagerly: attributes, lists, globals. In the worker."""

from __future__ import annotations

import ast
import types
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flake8_keras_graph.measure.worker.probe.recording import is_symbolic, is_tensor
from flake8_keras_graph.records import ProbedFinding

Path = tuple[str, ...]
"""Names from ``self``, or from a global, to what is kept there."""
State = Mapping[Path, str]

_MAX_DEPTH = 4
_MAX_ITEMS = 1000
_LIBRARIES = frozenset({"keras", "tf_keras", "tensorflow", "numpy", "builtins", "collections"})


def state_of(instance: Any, module: types.ModuleType) -> State:
    """What ``instance``, objects of the project that it holds, and globals of the module keep, in words.

    Weights are left out: a graph updates them as eager code does.
    """
    found = dict(_attributes(instance, ("self",), set()))
    for name, value in vars(module).items():
        if not name.startswith("__") and isinstance(value, (bool, int, float, str, list, dict, set)):
            found[name,] = _described(value)
    return found


def differences(eager: State, compiled: State) -> dict[Path, tuple[str, str]]:
    """What the two left differently: as eager calls leave it, and as compiled ones do."""
    nothing = "nothing"
    paths = {**eager, **compiled}
    both = {path: (eager.get(path, nothing), compiled.get(path, nothing)) for path in paths}
    return {path: (left, right) for path, (left, right) in both.items() if left != right}


def _attributes(holder: Any, path: Path, seen: set[int]) -> Iterator[tuple[Path, str]]:
    seen.add(id(holder))
    ours = _of_keras(holder)
    for name, value in vars(holder).items():
        if name in ours:
            continue
        here = (*path, name)
        if _is_of_project(value):
            if id(value) not in seen and len(path) < _MAX_DEPTH:
                yield from _attributes(value, here, seen)
            continue
        yield here, _described(value)


def _of_keras(holder: Any) -> frozenset[str]:
    """What Keras itself keeps on every layer or model."""
    for base in type(holder).__mro__:
        if base.__name__ in ("Model", "Layer", "Metric") and base.__module__.partition(".")[0] in _LIBRARIES:
            try:
                return frozenset(vars(base())) | {"built"}
            except Exception:  # a metric wants a name in some versions
                return frozenset()
    return frozenset()


def _is_of_project(value: Any) -> bool:
    return hasattr(value, "__dict__") and type(value).__module__.partition(".")[0] not in _LIBRARIES


def _described(value: Any, depth: int = 0) -> str:
    if is_tensor(value):
        return "a symbolic tensor" if is_symbolic(value) else f"a tensor {tuple(value.shape)}"
    if isinstance(value, Mapping) and depth < _MAX_DEPTH:
        parts = [f"{key}: {_described(part, depth + 1)}" for key, part in list(value.items())[:_MAX_ITEMS]]
        return f"{{{', '.join(parts)}}}"
    if isinstance(value, (list, tuple, set, frozenset)) and depth < _MAX_DEPTH:
        return f"[{', '.join(_described(part, depth + 1) for part in list(value)[:_MAX_ITEMS])}]"
    if value is None or isinstance(value, (bool, int, float, complex, str, bytes)):
        return repr(value)
    if hasattr(value, "tobytes"):
        return f"an array {value.tobytes()!r}"
    return type(value).__name__


# --- what a finding speaks of --------------------------------------------------------------------------


def updated_at(tree: ast.Module, finding: ProbedFinding) -> Path:
    """What the statement of a finding changes, from ``self`` or a global; () where that is not spelled there."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Call)) and _is_at(node, finding):
            target = _target(node)
            if target is not None:
                return target
    return ()


def read_at(tree: ast.Module, finding: ProbedFinding) -> tuple[list[str], list[Any]]:
    """Attributes of ``self`` that are read within a finding, and the constants that stand there."""
    within = [node for node in ast.walk(tree) if isinstance(node, ast.expr) and _is_within(node, finding)]
    paths = [_spelled(node) for node in within if isinstance(node, ast.Attribute)]
    names = [path[1] for path in paths if len(path) == 2 and path[0] == "self"]
    return list(dict.fromkeys(names)), [node.value for node in within if isinstance(node, ast.Constant)]


def _target(node: ast.AST) -> Path | None:
    targets: Sequence[ast.expr] = ()
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, (ast.AugAssign, ast.AnnAssign)):
        targets = [node.target]
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        targets = [node.func.value]
    for target in targets:
        for part in target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target]:
            if path := _spelled(part):
                return path
    return None


def _spelled(node: ast.expr) -> Path:
    """``("self", "a", "b")`` of ``self.a[0].b``; () of what begins otherwise than with a name."""
    names: list[str] = []
    while True:
        if isinstance(node, ast.Attribute):
            names.append(node.attr)
            node = node.value
        elif isinstance(node, (ast.Subscript, ast.Starred)):
            node = node.value
        elif isinstance(node, ast.Call):
            node = node.func
        else:
            break
    return (node.id, *reversed(names)) if isinstance(node, ast.Name) else ()


def _is_at(node: ast.stmt | ast.expr, finding: ProbedFinding) -> bool:
    return (node.lineno, node.col_offset) == (finding["line"], finding["column"])


def _is_within(node: ast.expr, finding: ProbedFinding) -> bool:
    begin, end = (finding["line"], finding["column"]), (finding["end_line"], finding["end_column"])
    return begin <= (node.lineno, node.col_offset) < end


def concerned(changed: Mapping[Path, tuple[str, str]], target: Path) -> Path | None:
    """Of what was left differently the first that ``target`` names, or a part of it, or what it is a part of."""
    for path in changed:
        common = min(len(path), len(target)) or len(path)
        if path[:common] == target[:common] or not target:
            return path
    return None
