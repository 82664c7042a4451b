"""What the code itself says of a model's inputs: literal shapes that it is built, called or fitted with, and batches.

Structures are those of feeds; where only the structure is known, a leaf is None, and so is a size that is left open.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from flake8_keras_graph.analysis.reading import FileReading
from flake8_keras_graph.measure.project.project_files import names_class
from flake8_keras_graph.project.index import ClassInfo, walk

_METHODS = frozenset({"fit", "predict", "evaluate", "train_on_batch", "predict_on_batch", "build", "summary"})
_REAL = frozenset({
    "zeros", "ones", "normal", "uniform", "rand", "randn", "random", "random_sample", "standard_normal", "empty",
    "truncated_normal", "Input", "InputLayer", "full",
})  # fmt: skip
_FIRST = frozenset({"input_shape", "x", "inputs"})
_SIZE_BY_SIZE = frozenset({"rand", "randn"})
_CONVERTING = frozenset({"astype", "cast", "constant", "convert_to_tensor", "array", "asarray"})
_WHOLE = frozenset({"randint", "integers"})
_SPECS = frozenset({"TensorSpec"})
_OPERATORS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.FloorDiv: operator.floordiv,
}  # fmt: skip
_BATCH_SIZES = frozenset({"batch_size", "batchsize", "batchsz", "batch_sz", "train_batch_size"})
_SMALLEST_BATCH, _LARGEST_BATCH = 8, 256
"""Tests take fewer rows than training does; with more one step takes too long to be measured often."""
_MAX_DEPTH = 4
_UNKNOWN = -1
"""Stands for a size that is not spelled."""


def batch_size(readings: Iterable[FileReading]) -> int | None:
    """The first batch size that is spelled: an argument of that name, else a name of it at the top of a file."""
    named: int | None = None
    for reading in readings:
        for size, is_argument in _batch_sizes(reading):
            if is_argument:
                return size
            named = named or size
    return named


def _batch_sizes(reading: FileReading) -> Iterator[tuple[int, bool]]:
    """The sizes that a file calls the batch's and that are in bounds, and whether each is an argument."""
    nodes = [node for node in walk(reading.module.tree) if isinstance(node, (ast.Assign, ast.Call))]
    values = _Assigned(node for node in nodes if isinstance(node, ast.Assign))
    for node in nodes:
        if isinstance(node, ast.Call):
            pairs = [(k.arg or "", k.value) for k in node.keywords]
        else:
            pairs = [(t.id, node.value) for t in node.targets if isinstance(t, ast.Name)]
        for name, value in pairs:
            size = _number(value, values) if name.lower() in _BATCH_SIZES else None
            if size is not None and _SMALLEST_BATCH <= size <= _LARGEST_BATCH:
                yield int(size), isinstance(node, ast.Call)


class _Assigned:
    """What the names of a file were last assigned, wherever that stands above."""

    def __init__(self, assignments: Iterable[ast.Assign]) -> None:
        self._values: dict[str, list[ast.expr]] = {}
        for node in assignments:
            for target in node.targets:
                if isinstance(target, ast.Name):
                    self._values.setdefault(target.id, []).append(node.value)

    def of(self, name: ast.Name) -> ast.expr | None:
        """The value above the place where the name is read, the first one below where there is none above."""
        values = self._values.get(name.id, [])
        above = [value for value in values if value.lineno < name.lineno]
        return above[-1] if above else next((value for value in values if value.lineno > name.lineno), None)


def literal_inputs(reading: FileReading, info: ClassInfo) -> list[list[Any]]:
    """The positional arguments of calls of instances of the class in a file, as structures, the most telling first."""
    nodes = [node for node in walk(reading.module.tree) if isinstance(node, (ast.Assign, ast.Call))]
    nodes.sort(key=lambda node: (node.lineno, node.col_offset))
    values = _Assigned(node for node in nodes if isinstance(node, ast.Assign))

    own = {id(node) for node in walk(info.node)} if reading.module.path == info.module.path else set()

    def is_instance(node: ast.expr) -> bool:
        if isinstance(node, ast.Name) and node.id == "self":
            return id(node) in own
        made = values.of(node) if isinstance(node, ast.Name) else node
        return isinstance(made, ast.Call) and names_class(reading, made.func, info)

    calls = (node for node in nodes if isinstance(node, ast.Call))
    found = [given for call in calls if (given := _given_to_instance(call, is_instance, values)) is not None]
    found = [one for index, one in enumerate(found) if one not in found[:index]]
    return sorted(found, key=lambda one: repr(one).count("None"))


def signature_inputs(info: ClassInfo) -> list[list[Any]]:
    """What ``tf.function(input_signature=...)`` over the class's own ``call`` says of its arguments, as structures."""
    values = _Assigned(node for node in walk(info.module.tree) if isinstance(node, ast.Assign))
    found = []
    for method in (each for each in info.node.body if isinstance(each, ast.FunctionDef) and each.name == "call"):
        for decorator in (each for each in method.decorator_list if isinstance(each, ast.Call)):
            given = next((k.value for k in decorator.keywords if k.arg == "input_signature"), None)
            inputs = _structure(given, values) if given is not None else None
            if isinstance(inputs, list) and all(part is not None for part in inputs):
                found.append(inputs)
    return found


def _given_to_instance(call: ast.Call, is_instance: Callable[[ast.expr], bool], values: _Assigned) -> list[Any] | None:
    """What a call gives to an instance or to a method that feeds it, where something is known of that."""
    first = call.args[0] if call.args else next((k.value for k in call.keywords if k.arg in _FIRST), None)
    if first is None:
        return None
    if isinstance(call.func, ast.Attribute) and call.func.attr in _METHODS and is_instance(call.func.value):
        given = [_shape(first, values) if call.func.attr == "build" else _structure(first, values)]
    elif not call.args:
        return None
    elif is_instance(call.func) or _is_call_of(call.func, is_instance):
        given = [_structure(argument, values) for argument in call.args]
    else:
        return None
    return given if any(part is not None for part in given) else None


def _is_call_of(func: ast.expr, is_instance: Callable[[ast.expr], bool]) -> bool:
    return isinstance(func, ast.Attribute) and func.attr == "call" and is_instance(func.value)


def _structure(node: ast.expr, values: _Assigned, depth: int = 0) -> Any:
    """Tables, lists and dicts of them; None for what is not known."""
    if isinstance(node, ast.Name) and depth < _MAX_DEPTH and (value := values.of(node)) is not None:
        return _structure(value, values, depth + 1)
    if isinstance(node, (ast.List, ast.Tuple)) and node.elts:
        if all(isinstance(element, ast.Constant) for element in node.elts):
            return None
        return [_structure(element, values, depth) for element in node.elts]
    if isinstance(node, ast.Dict) and node.keys:
        keys = [key.value if isinstance(key, ast.Constant) else None for key in node.keys]
        if all(isinstance(key, str) for key in keys):
            return {str(key): _structure(value, values, depth) for key, value in zip(keys, node.values, strict=True)}
    return _tensor(node, values) if isinstance(node, ast.Call) else None


def _tensor(node: ast.Call, values: _Assigned) -> dict[str, Any] | None:
    """A call that makes a tensor of literal shape."""
    func = node.func
    last = func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")
    if last in _CONVERTING:
        first = node.args[0] if node.args else None
        inner = func.value if last == "astype" and isinstance(func, ast.Attribute) else first
        return _tensor(inner, values) if isinstance(inner, ast.Call) else None
    keywords = {k.arg: k.value for k in node.keywords if k.arg}
    if last in _WHOLE:
        return _whole_numbers(node, keywords, values)
    if last in _SPECS:
        given = keywords.get("shape") or (node.args[0] if node.args else None)
        shape = _sizes(given, values) if given is not None else None
        dtype = keywords.get("dtype") or (node.args[1] if len(node.args) > 1 else None)
        return {"shape": shape[1:], "dtype": _dtype(dtype)} if shape else None
    if last not in _REAL:
        return None
    shape = _shape_given(node, last, keywords, values)
    if shape is None:
        return None
    return {"shape": shape if last == "Input" else shape[1:], "dtype": _dtype(keywords.get("dtype"))}


def _whole_numbers(node: ast.Call, keywords: Mapping[str, ast.expr], values: _Assigned) -> dict[str, Any] | None:
    """``randint(low, high, size)``: numbers up to the larger bound that is spelled."""
    bounds = [b for b in (_number(a, values) for a in node.args[:2]) if b is not None]
    size = keywords.get("size") or (node.args[2] if len(node.args) > 2 else None)
    shape = _sizes(size, values) if size is not None else None
    if not shape or not bounds:
        return None
    return {"shape": shape[1:], "dtype": "int32", "low": 0, "high": max(bounds)}


def _shape_given(
    node: ast.Call, last: str, keywords: Mapping[str, ast.expr], values: _Assigned
) -> list[int | None] | None:
    """The shape that a constructor of tensors takes: as one argument, by keyword, or size by size (``rand(8, 3)``)."""
    if last in _SIZE_BY_SIZE:
        numbers = [_number(each, values) for each in node.args]
        if None not in numbers:
            return [int(number) for number in numbers if number is not None] or None
    given = keywords.get("shape") or keywords.get("size") or (node.args[0] if node.args else None)
    return _sizes(given, values) if given is not None else None


def _shape(node: ast.expr, values: _Assigned) -> Any:
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


def _sizes(node: ast.expr, values: _Assigned) -> list[int | None] | None:
    """Literal sizes, or those that names stand for; None for one that the code leaves open."""
    if isinstance(node, ast.Name):
        node = values.of(node) or node
    if isinstance(node, (ast.Tuple, ast.List)):
        sizes = [_size(element, values) for element in node.elts]
        known = sizes[1:] if sizes and sizes[0] is _UNKNOWN else sizes  # a batch size that is not spelled
        return None if _UNKNOWN in known else [None if size is _UNKNOWN else size for size in sizes]
    number = _number(node, values)
    return None if number is None else [int(number)]


def _size(node: ast.expr, values: _Assigned) -> int | None:
    if isinstance(node, ast.Constant) and node.value is None:
        return None
    number = _number(node, values)
    return _UNKNOWN if number is None else int(number)


def _number(node: ast.expr, values: _Assigned, depth: int = 0) -> float | None:
    """A number that is spelled, computed from such, or what a name of the file stands for."""
    if isinstance(node, ast.Name) and depth < _MAX_DEPTH and (value := values.of(node)) is not None:
        return _number(value, values, depth + 1)
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS and depth < _MAX_DEPTH:
        sides = [_number(side, values, depth + 1) for side in (node.left, node.right)]
        if sides[0] is None or sides[1] is None or (isinstance(node.op, ast.FloorDiv) and not sides[1]):
            return None
        return _OPERATORS[type(node.op)](sides[0], sides[1])
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)) and not isinstance(node.value, bool):
        return node.value
    return None


def _dtype(node: ast.expr | None) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return node.attr if isinstance(node, ast.Attribute) else "float32"


def constructing_classes(info: ClassInfo) -> list[ClassInfo]:
    """Top-level classes of the file that mention the class in their own code: they may show how it is used."""
    others = (each for symbol, each in info.module.classes.items() if "." not in symbol and each is not info)
    return [each for each in others if any(isinstance(n, ast.Name) and n.id == info.name for n in walk(each.node))]
