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


def _dimension_key(node: cst.Subscript) -> str:
    """A dimension is the same wherever it is read: shapes do not change."""
    holder, index = node.value, node.slice[0].slice
    if type(holder) is not cst.Attribute or holder.attr.value != "shape" or len(node.slice) != 1:
        return ""
    if type(index) is not cst.Index or type(index.value) is not cst.Integer:
        return ""
    key = dotted_key(holder)
    return f"{key}[{index.value.value}]" if key else ""
