"""Keys of the name table for dotted names."""

from __future__ import annotations

import libcst as cst


def dotted_key(node: cst.BaseExpression) -> str:
    """``self.x``, ``self.x.y`` and ``x.shape[0]`` as a key of the name table; "" for anything else."""
    if isinstance(node, cst.Subscript):
        return _dimension_key(node)
    parts: list[str] = []
    while isinstance(node, cst.Attribute):
        parts.append(node.attr.value)
        node = node.value
    if not parts or not isinstance(node, cst.Name):
        return ""
    parts.append(node.value)
    return ".".join(reversed(parts))


def _dimension_key(node: cst.Subscript) -> str:
    """A dimension is the same wherever it is read: shapes do not change."""
    holder, index = node.value, node.slice[0].slice
    if not isinstance(holder, cst.Attribute) or holder.attr.value != "shape" or len(node.slice) != 1:
        return ""
    if not isinstance(index, cst.Index) or not isinstance(index.value, cst.Integer):
        return ""
    key = dotted_key(holder)
    return f"{key}[{index.value.value}]" if key else ""
