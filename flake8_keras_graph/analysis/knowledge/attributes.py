"""What the attributes and methods of tensors and variables are."""

from __future__ import annotations

ATTRIBUTES: dict[str, str] = {
    "call:host": "item numpy tolist",
    "call:none": "set_shape",
    "call:static-shape": "get_shape",
    "call:tensor": "assign assign_add assign_sub read_value value",
    "static": "device dtype name ndim path trainable",
    "static-shape": "shape",
}
