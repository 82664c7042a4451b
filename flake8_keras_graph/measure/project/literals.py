"""What the code itself says of a model's inputs: literal shapes that it is built, called or fitted with.

Standard library only. Structures are those of feeds; where only the structure is known, a leaf is None.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import Any

_METHODS = frozenset({"fit", "predict", "evaluate", "train_on_batch", "predict_on_batch", "build", "summary"})
_REAL = frozenset({
    "zeros", "ones", "normal", "uniform", "rand", "randn", "random", "random_sample", "standard_normal", "empty",
    "truncated_normal", "Input", "InputLayer", "full",
})  # fmt: skip
_WHOLE = frozenset({"randint", "integers"})


def literal_inputs(text: str, name: str) -> list[list[Any]]:
    """The positional arguments of calls of instances of class ``name``, as structures, the most telling first."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return []
    values = {
        target.id: node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    found = [used for node in ast.walk(tree) if (used := _usage(node, name, values)) is not None]
    found = [one for index, one in enumerate(found) if one not in found[:index]]
    return sorted(found, key=lambda one: repr(one).count("None"))


def _usage(node: ast.AST, name: str, values: dict[str, ast.expr]) -> list[Any] | None:
    """``node`` as a use of an instance: its arguments, where something is known of them."""
    if not isinstance(node, ast.Call):
        return None
    if isinstance(node.func, ast.Attribute) and node.func.attr in _METHODS:
        if not _is_instance(node.func.value, name, values) or not node.args:
            return None
        first = node.args[0]
        used = [_shape(first, values) if node.func.attr == "build" else _structure(first, values)]
    elif _is_instance(node.func, name, values) and node.args:
        used = [_structure(argument, values) for argument in node.args]
    else:
        return None
    return used if any(part is not None for part in used) else None


def _is_instance(node: ast.expr, name: str, values: dict[str, ast.expr]) -> bool:
    if isinstance(node, ast.Name) and node.id in values:
        node = values[node.id]
    if not isinstance(node, ast.Call):
        return False
    func = node.func
    return (func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")) == name


def _structure(node: ast.expr, values: dict[str, ast.expr], depth: int = 0) -> Any:
    """Tables, lists and dicts of them; None for what is not known."""
    if isinstance(node, ast.Name) and node.id in values and depth < 4:
        return _structure(values[node.id], values, depth + 1)
    if isinstance(node, (ast.List, ast.Tuple)) and node.elts:
        if all(isinstance(element, ast.Constant) for element in node.elts):
            return None
        return [_structure(element, values, depth) for element in node.elts]
    if isinstance(node, ast.Dict) and node.keys:
        keys = [key.value if isinstance(key, ast.Constant) else None for key in node.keys]
        if all(isinstance(key, str) for key in keys):
            return {str(key): _structure(value, values, depth) for key, value in zip(keys, node.values, strict=True)}
    return _tensor(node, values) if isinstance(node, ast.Call) else None


def _tensor(node: ast.Call, values: dict[str, ast.expr]) -> dict[str, Any] | None:
    """A call that makes a tensor of literal shape."""
    func = node.func
    last = func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")
    if last in ("astype", "cast", "constant", "convert_to_tensor", "array", "asarray"):
        first = node.args[0] if node.args else None
        inner = func.value if last == "astype" and isinstance(func, ast.Attribute) else first
        return _tensor(inner, values) if isinstance(inner, ast.Call) else None
    keywords = {k.arg: k.value for k in node.keywords}
    if last in _WHOLE:
        bounds = [b for b in map(_number, node.args[:2]) if b is not None]
        size = keywords.get("size") or (node.args[2] if len(node.args) > 2 else None)
        shape = _sizes(size, values) if size is not None else None
        if not shape or not bounds:
            return None
        return {"shape": shape[1:], "dtype": "int32", "low": 0, "high": max(bounds)}
    if last not in _REAL:
        return None
    if last in ("rand", "randn") and all(_number(a) is not None for a in node.args):
        return {"shape": [int(_number(a) or 0) for a in node.args][1:], "dtype": "float32"} if node.args else None
    given = keywords.get("shape") or keywords.get("size") or (node.args[0] if node.args else None)
    shape = _sizes(given, values) if given is not None else None
    if shape is None:
        return None
    dtype = _dtype(keywords.get("dtype"))
    return {"shape": shape if last == "Input" else shape[1:], "dtype": dtype}


def _shape(node: ast.expr, values: dict[str, ast.expr]) -> Any:
    """The argument of ``build``: a shape with the batch, or a list or dict of such."""
    if isinstance(node, (ast.Tuple, ast.List)) and node.elts and isinstance(node.elts[0], (ast.Tuple, ast.List)):
        return [_shape(element, values) for element in node.elts]
    if isinstance(node, ast.Dict):
        return {
            str(key.value): _shape(value, values)
            for key, value in zip(node.keys, node.values, strict=True)
            if isinstance(key, ast.Constant)
        }
    sizes = _sizes(node, values)
    return {"shape": sizes[1:], "dtype": "float32"} if sizes else None


def _sizes(node: ast.expr, values: dict[str, ast.expr]) -> list[int] | None:
    """Literal sizes; an unknown one (None) beyond the batch becomes 8."""
    if isinstance(node, ast.Name) and node.id in values:
        node = values[node.id]
    if isinstance(node, (ast.Tuple, ast.List)):
        sizes = [_size(element, first=index == 0) for index, element in enumerate(node.elts)]
        return None if any(size is None for size in sizes) else [int(size or 0) for size in sizes]
    number = _number(node)
    return None if number is None else [int(number)]


def _size(node: ast.expr, first: bool) -> int | None:
    if isinstance(node, ast.Constant) and node.value is None:
        return 8
    number = _number(node)
    if number is None and first:
        return 8  # a batch size that is a name
    return None if number is None else int(number)


def _number(node: ast.expr) -> float | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)) and not isinstance(node.value, bool):
        return node.value
    return None


def _dtype(node: ast.expr | None) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return node.attr if isinstance(node, ast.Attribute) else "float32"


def constructing_classes(text: str, name: str) -> Sequence[str]:
    """Top-level classes of the file that mention class ``name`` in their own code: they may show how it is used."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return []
    return [node.name for node in _classes(tree) if node.name != name and name in _loaded(node)]


def _classes(tree: ast.Module) -> Iterator[ast.ClassDef]:
    return (node for node in tree.body if isinstance(node, ast.ClassDef))


def _loaded(node: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
