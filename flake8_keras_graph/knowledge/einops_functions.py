"""The functions of einops."""

from __future__ import annotations

from flake8_keras_graph.knowledge.columns import Table

FUNCTIONS: Table = {
    "einops": {
        "tensor": "einsum rearrange reduce repeat",
        "tensors": "unpack",
        "(tensor, unknown)": "pack",
        "unknown": "parse_shape",
    },
}
