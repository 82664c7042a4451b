"""Keys of the name table for dotted names."""

from __future__ import annotations

import libcst as cst


def dotted_key(node: cst.BaseExpression) -> str:
    """``self.x`` and ``self.x.y`` as a key of the name table; "" for anything else."""
    parts: list[str] = []
    while isinstance(node, cst.Attribute):
        parts.append(node.attr.value)
        node = node.value
    if not parts or not isinstance(node, cst.Name):
        return ""
    parts.append(node.value)
    return ".".join(reversed(parts))
