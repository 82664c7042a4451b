"""Keys of the name table for dotted names."""

from __future__ import annotations

import libcst as cst


def dotted_key(node: cst.BaseExpression) -> str:
    """``self.x``, ``self.x.y`` and ``x.shape[0]`` as a key of the name table; "" for anything else."""
    if type(node) is cst.Attribute:
        value = node.value
        if type(value) is cst.Name:
            return f"{value.value}.{node.attr.value}"
        inner = dotted_key(value) if type(value) is cst.Attribute else ""
        return f"{inner}.{node.attr.value}" if inner else ""
    return _dimension_key(node) if type(node) is cst.Subscript else ""


def name_key(node: cst.BaseExpression) -> str:
    """As ``dotted_key``, and ``x`` for the name ``x``."""
    return node.value if type(node) is cst.Name else dotted_key(node)


def _dimension_key(node: cst.Subscript) -> str:
    """A dimension is the same wherever and however it is read: shapes do not change."""
    holder, index = node.value, node.slice[0].slice
    kind = type(holder)
    if kind is cst.Attribute:
        if holder.attr.value != "shape":  # type: ignore[attr-defined]
            return ""
    elif kind is not cst.Call:
        return ""
    if len(node.slice) != 1 or type(index) is not cst.Index or type(index.value) is not cst.Integer:
        return ""
    key = shape_key(holder)
    return f"{key}[{index.value.value}]" if key else ""


def shape_key(node: cst.BaseExpression) -> str:
    """The key of a tensor's static shape: ``x.shape``, however it is asked for; "" for anything else."""
    if type(node) is cst.Attribute:
        return dotted_key(node) if node.attr.value == "shape" else ""
    if type(node) is not cst.Call or node.args or type(node.func) is not cst.Attribute:
        return ""
    receiver, method = node.func.value, node.func.attr.value
    if method == "as_list":
        return shape_key(receiver)
    if method != "get_shape":
        return ""
    key = name_key(receiver)
    return f"{key}.shape" if key else ""
