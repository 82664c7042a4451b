"""How much of the data an argument holds: one row, a batch, or what cannot be told from the code."""

from __future__ import annotations

import ast
from typing import Literal

from flake8_keras_graph.analysis.host_code.loops import LoopReading
from flake8_keras_graph.analysis.host_code.scopes import HostCode, Scope
from flake8_keras_graph.project.index import path_of

Amount = Literal["row", "batch", ""]
MAX_DEPTH = 4
_RANDOM = {"normal", "uniform", "rand", "randn", "random"}
_SHAPED = {"reshape", "zeros", "ones", *_RANDOM}

_WRAPPING = frozenset({
    "array", "asarray", "constant", "convert_to_tensor", "pad_sequences", "preprocess_input", "float32", "cast",
    "stack", "vstack", "reshape", "astype", "copy", "expand_dims", "tile", "normalize", "resize", "int32",
    "to_numpy", "numpy", "concatenate", "squeeze", "transpose",
})  # fmt: skip


def amount(code: HostCode, node: ast.expr, scope: Scope, loop: LoopReading | None, depth: int = 0) -> Amount:
    """What ``node`` holds of the data, as far as its spelling and that of what it is assigned tell."""
    if depth >= MAX_DEPTH:
        return ""
    found = _spelled(node, loop)
    if found:
        return found
    if isinstance(node, (ast.List, ast.Tuple)) and node.elts:  # several inputs
        return amount(code, node.elts[0], scope, loop, depth + 1)
    if isinstance(node, ast.BinOp):
        return amount(code, node.left, scope, loop, depth + 1) or amount(code, node.right, scope, loop, depth + 1)
    if isinstance(node, ast.Call):
        return _of_call(code, node, scope, loop, depth)
    path = path_of(node)
    return _of_name(code, path, scope, loop, depth) if path else ""


def _of_call(code: HostCode, node: ast.Call, scope: Scope, loop: LoopReading | None, depth: int) -> Amount:
    name = path_of(node.func).rpartition(".")[2] or (node.func.attr if isinstance(node.func, ast.Attribute) else "")
    if name in _WRAPPING:
        inner = node.args[:1]
        if isinstance(node.func, ast.Attribute) and path_of(node.func).partition(".")[0] not in code.module.imports:
            inner = [node.func.value]
        return amount(code, inner[0], scope, loop, depth + 1) if inner else ""
    return ""


def _of_name(code: HostCode, path: str, scope: Scope, loop: LoopReading | None, depth: int) -> Amount:
    values = loop.assigned(path) if loop is not None else []
    values += [value for value, items in code.bindings.get((scope, path), ()) if not items and value not in values]
    found = {amount(code, value, scope, loop, depth + 1) for value in values}
    if "row" in found:
        return "row"
    return "batch" if "batch" in found else ""


def _spelled(node: ast.expr, loop: LoopReading | None) -> Amount:
    """What the expression itself says."""
    if isinstance(node, ast.Subscript):
        return _of_slice(node.slice, loop)
    if isinstance(node, ast.List) and len(node.elts) == 1 and isinstance(node.elts[0], ast.List):
        return "row"
    if not isinstance(node, ast.Call):
        return ""
    name = path_of(node.func).rpartition(".")[2] or (node.func.attr if isinstance(node.func, ast.Attribute) else "")
    if name == "expand_dims":
        axis = next((each.value for each in node.keywords if each.arg == "axis"), None)
        axis = axis if axis is not None else (node.args[1] if len(node.args) > 1 else None)
        return "row" if isinstance(axis, ast.Constant) and axis.value == 0 else ""
    if name in _SHAPED:
        return _of_shape(node, name)
    if name in _WRAPPING and node.args:  # np.array([row])
        given = node.args[0]
        if isinstance(given, ast.List) and len(given.elts) == 1 and not isinstance(given.elts[0], ast.Starred):
            return "row"
    return ""


def _of_shape(node: ast.Call, name: str) -> Amount:
    """What a call says by the shape that it is given: ``x.reshape(1, -1)``, ``normal(size=(batch_size, 100))``."""
    given = [*node.args, *(each.value for each in node.keywords if each.arg in {"size", "shape", "newshape"})]
    if name == "reshape" and len(given) > 1 and _is_one(given[0]):
        return "row"
    for each in given:
        if not isinstance(each, (ast.Tuple, ast.List)) or len(each.elts) < 2:
            continue
        first = each.elts[0]
        if _is_one(first):
            return "row"
        if name in _RANDOM and (isinstance(first, ast.Constant) or "batch" in ast.unparse(first).lower()):
            return "batch"
    return ""


def _is_one(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value == 1 and type(node.value) is int


def _of_slice(index: ast.expr, loop: LoopReading | None) -> Amount:
    first = index.elts[0] if isinstance(index, ast.Tuple) and index.elts else index
    if isinstance(first, ast.Constant) and first.value is None:
        return "row"
    if isinstance(first, ast.Attribute) and first.attr == "newaxis":
        return "row"
    if isinstance(first, ast.Slice) and loop is not None:
        lower, upper = first.lower, first.upper
        if lower is None or upper is None or not loop.reads_bound(lower) or not loop.reads_bound(upper):
            return ""
        is_one = (
            isinstance(upper, ast.BinOp)
            and isinstance(upper.op, ast.Add)
            and ast.unparse(upper.left) == ast.unparse(lower)
            and isinstance(upper.right, ast.Constant)
            and upper.right.value == 1
        )
        return "row" if is_one else "batch"
    return ""
