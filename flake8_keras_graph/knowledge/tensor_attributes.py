"""What the attributes and methods of tensors and variables are; ``call:`` marks what a method gives back.

They are those of ``tf.Tensor``, ``keras.KerasTensor``, ``tf.Variable`` and ``keras.Variable``, of ragged and sparse
tensors where their name says which they are, and methods of arrays that tensors lack: a tensor that is traced
raises for these, an eager one too (``item``) or not (``numpy``).
"""

from __future__ import annotations

ATTRIBUTES: dict[str, str] = {
    "call:host": "item numpy tolist",
    "call:none": "set_shape",
    "call:static": "experimental_ref ref",
    "call:static-shape": "get_shape",
    "call:tensor": """
        assign assign_add assign_sub bounding_shape gather_nd nrows read_value row_lengths row_limits
        row_starts scatter_add scatter_div scatter_max scatter_min scatter_mul scatter_nd_add
        scatter_nd_sub scatter_nd_update scatter_sub scatter_update sparse_read to_tensor value
        value_rowids""",
    "static": """
        aggregation constraint device dtype graph initializer name ndim op overwrite_with_gradient path
        ragged_rank regularizer sparse synchronization trainable""",
    "static-shape": "shape",
    "tensor": "dense_shape flat_values indices row_splits",
}

# What only ragged tensors have.
OF_RAGGED = """
    bounding_shape flat_values nested_row_lengths nested_row_splits nrows ragged_rank row_lengths row_splits to_tensor
    value_rowids with_flat_values with_values"""
