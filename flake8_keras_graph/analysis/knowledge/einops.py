"""What the functions of einops return."""

from __future__ import annotations

RETURNS: dict[str, dict[str, str]] = {
    "einops": {
        "tensor": "asnumpy einsum rearrange reduce repeat",
        "(tensor, static)": "pack",
        "tensors": "unpack",
        "static": "parse_shape",
    },
}
