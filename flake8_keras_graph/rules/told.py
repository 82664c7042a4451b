"""What a call prints or logs, told by its text: shapes and dtypes, which are known while tracing, or more."""

from __future__ import annotations

import libcst as cst

from flake8_keras_graph.syntax.nodes import walk

_KNOWN = {"shape", "dtype", "ndim", "rank"}
_OF_KNOWN = {"len", "list", "repr", "str", "tuple", "type"}


def tells_only_shapes(call: cst.CSTNode) -> bool:
    """Whether all that the call is given, but texts and settings, are shapes and dtypes: meant so."""
    if not isinstance(call, cst.Call):
        return False
    parts = [part for argument in call.args if argument.keyword is None for part in _parts(argument.value)]
    return any(map(_is_known, parts)) and all(_is_known(part) or _is_setting(part) for part in parts)


def speaks_of_tracing(call: cst.CSTNode) -> bool:
    """Whether a text of the call says that it is about tracing: ``print("Tracing with", x)``."""
    texts = (part.value for part in walk(call) if isinstance(part, (cst.SimpleString, cst.FormattedStringText)))
    return any("tracing" in text.lower() or "traced" in text.lower() for text in texts)


def _parts(node: cst.BaseExpression) -> list[cst.BaseExpression]:
    """What is put into a text, or told as it is."""
    if isinstance(node, (cst.SimpleString, cst.BaseNumber)):
        return []
    if isinstance(node, cst.ConcatenatedString):
        return [*_parts(node.left), *_parts(node.right)]
    if isinstance(node, cst.FormattedString):
        return [
            found
            for part in node.parts
            if isinstance(part, cst.FormattedStringExpression)
            for found in _parts(part.expression)
        ]
    if isinstance(node, cst.BinaryOperation):
        return [*_parts(node.left), *_parts(node.right)]
    if isinstance(node, (cst.Tuple, cst.List)):
        return [found for element in node.elements for found in _parts(element.value)]
    if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute) and node.func.attr.value == "format":
        return [found for argument in node.args for found in _parts(argument.value)]
    return [node]


def _is_setting(node: cst.BaseExpression) -> bool:
    return isinstance(node, cst.Attribute) and isinstance(node.value, cst.Name) and node.value.value == "self"


def _is_known(node: cst.BaseExpression) -> bool:
    """``x.shape``, ``x.shape[1]``, ``x.shape.as_list()``, ``len(x.shape)``, ``x.get_shape()``."""
    if isinstance(node, cst.Attribute):
        return node.attr.value in _KNOWN or _is_known(node.value)
    if isinstance(node, cst.Subscript):
        return _is_known(node.value)
    if isinstance(node, cst.Call):
        if isinstance(node.func, cst.Attribute):
            return node.func.attr.value == "get_shape" or _is_known(node.func.value)
        called = isinstance(node.func, cst.Name) and node.func.value in _OF_KNOWN
        return called and bool(node.args) and all(_is_known(argument.value) for argument in node.args)
    return False
