"""What the functions of einops return."""

from __future__ import annotations

RETURNS: dict[str, dict[str, str]] = {
    "einops": {
        "tensor": "einsum rearrange reduce repeat",
        "(tensor, unknown)": "pack",
        "tensors": "unpack",
        "unknown": "parse_shape",
    },
}
