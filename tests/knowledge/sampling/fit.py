"""Does a value fit a return spec? Reads the spec language of ``knowledge`` on its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf
import tf_keras


def split_items(spec: str) -> list[str]:
    """The items of ``(a, (b, c))``: ``["a", "(b, c)"]``."""
    items, depth, start = [], 0, 1
    for at, character in enumerate(spec):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if (character == "," and depth == 1) or (character == ")" and depth == 0):
            items.append(spec[start:at].strip())
            start = at + 1
    return items


_TENSORS = (tf.Tensor, tf.Variable, keras.KerasTensor, type(tf_keras.Input((1,))))


def is_tensor(value: Any) -> bool:
    """A dense tensor; a variable counts, as reading it makes one."""
    return isinstance(value, _TENSORS) and not isinstance(value, (tf.RaggedTensor, tf.SparseTensor))


def leaves(value: Any) -> list[Any]:
    return [value] if isinstance(value, tf.TypeSpec) else tf.nest.flatten(value, expand_composites=False)


def is_composite(value: Any) -> bool:
    return isinstance(value, (tf.RaggedTensor, tf.SparseTensor, tf.IndexedSlices))


def _is_dimension(value: Any) -> bool:
    return value is None or isinstance(value, (int, np.integer))


def _is_static_shape(value: Any) -> bool:
    return isinstance(value, tf.TensorShape) or (
        isinstance(value, (tuple, list)) and all(_is_dimension(item) for item in value)
    )


def _is_static(value: Any) -> bool:
    if isinstance(value, (tf.dtypes.DType, tf.TensorShape, tf.TypeSpec)):
        return True
    return not any(is_tensor(leaf) or is_composite(leaf) for leaf in leaves(value))


WORDS: dict[str, Callable[[Any], bool]] = {
    "tensor": is_tensor,
    "batched": is_tensor,
    "broadcast": is_tensor,
    "tensors": lambda v: isinstance(v, (list, tuple)) and all(is_tensor(item) for item in v),
    "nest": lambda v: v is not None and all(is_tensor(leaf) for leaf in leaves(v)),
    "structure": lambda v: v is not None and all(is_tensor(leaf) for leaf in leaves(v)),
    "static": _is_static,
    "static-shape": _is_static_shape,
    "shape-tensor": lambda v: is_tensor(v) and v.dtype.is_integer and v.shape.rank == 1,
    "shape-tuple": lambda v: isinstance(v, tuple) and all(_is_dimension(i) or is_tensor(i) for i in v),
    "none": lambda v: v is None or isinstance(v, tf.Operation),
    "host": lambda v: not any(is_tensor(leaf) for leaf in leaves(v)),
    "leaves": lambda v: isinstance(v, list),
    "same": lambda v: True,
    "result": lambda v: True,
    "unknown": lambda v: True,
}


def fits(value: Any, spec: str, resolve: Callable[[str], Any]) -> bool:
    """Whether ``value``, made while tracing, is what ``spec`` says, but for its first dimension."""
    if spec.startswith("("):
        items = split_items(spec)
        return (
            isinstance(value, (tuple, list))
            and len(value) == len(items)
            and all(fits(part, item, resolve) for part, item in zip(value, items, strict=True))
        )
    if spec.startswith("instance:"):
        return isinstance(value, resolve(spec.removeprefix("instance:")))
    return spec.startswith("like:") or WORDS[spec](value)


def batched_parts(value: Any, spec: str) -> list[Any]:
    """The tensors in ``value`` of which ``spec`` says that their first dimension is that of the argument."""
    if spec == "batched":
        return [value]
    if not spec.startswith("("):
        return []
    return [tensor for part, item in zip(value, split_items(spec), strict=True) for tensor in batched_parts(part, item)]
