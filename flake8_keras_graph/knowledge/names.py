"""Canonical names: one name for everything that TensorFlow and Keras export in several places."""

from __future__ import annotations

import functools

# What a name begins with -> what stands for it; the longest that matches counts.
_PREFIXES: dict[str, str] = {
    "keras._tf_keras.keras": "keras",
    "keras.api": "keras",
    "keras.ops.linalg": "keras.ops",
    "keras.ops.math": "keras.ops",
    "keras.ops.nn": "keras.ops",
    "keras.ops.numpy": "keras.ops",
    "keras.python.keras": "keras",
    "keras.src": "keras",
    "keras.src.backend": "keras.ops",
    "keras.src.backend.common.variables": "keras.backend",
    "keras.src.backend.config": "keras.backend",
    "keras.src.backend.core": "keras.ops",
    "keras.src.backend.linalg": "keras.ops",
    "keras.src.backend.nn": "keras.ops",
    "keras.src.backend.numpy": "keras.ops",
    "keras.src.backend.random": "keras.random",
    "keras.src.models.model": "keras",
    "keras.src.models.sequential": "keras",
    "keras.src.ops.core": "keras.ops",
    "keras_core": "keras",
    "numpy.core": "numpy",
    "tensorflow": "tf",
    "tensorflow.compat.v1": "tf",
    "tensorflow.compat.v2": "tf",
    "tensorflow.keras": "keras",
    "tensorflow.python": "tf",
    "tensorflow.python.framework.constant_op": "tf",
    "tensorflow.python.framework.dtypes": "tf",
    "tensorflow.python.framework.ops": "tf",
    "tensorflow.python.framework.tensor": "tf",
    "tensorflow.python.framework.tensor_shape": "tf",
    "tensorflow.python.keras": "keras",
    "tensorflow.python.ops.array_ops": "tf",
    "tensorflow.python.ops.check_ops": "tf.debugging",
    "tensorflow.python.ops.control_flow_ops": "tf",
    "tensorflow.python.ops.image_ops": "tf.image",
    "tensorflow.python.ops.linalg_ops": "tf.linalg",
    "tensorflow.python.ops.math_ops": "tf.math",
    "tensorflow.python.ops.nn": "tf.nn",
    "tensorflow.python.ops.nn_ops": "tf.nn",
    "tensorflow.python.ops.random_ops": "tf",
    "tensorflow.python.ops.ragged": "tf.ragged",
    "tensorflow.python.ops.sparse_ops": "tf.sparse",
    "tensorflow.python.ops.string_ops": "tf.strings",
    "tensorflow.python.ops.tensor_array_ops": "tf",
    "tensorflow.python.ops.variables": "tf",
    "tensorflow.python.ops.while_loop": "tf",
    "tensorflow.python.util.nest": "tf.nest",
    "tf.compat.v1": "tf",
    "tf.compat.v2": "tf",
    "tf.keras": "keras",
    "tf_keras": "keras",
    "tf_keras.src": "keras",
}

# In tensorflow.python.ops.math_ops, but exported from the top of the package alone.
_MATH_AT_THE_TOP = """
    cast complex einsum linspace matmul range saturate_cast tensordot to_float to_int32 to_int64"""
_TOP_LEVEL = frozenset(_MATH_AT_THE_TOP.split())
# Packages of Keras that export what their modules define: keras.layers.core.dense.Dense is keras.layers.Dense.
_FLAT = ("activations", "initializers", "layers", "losses", "metrics", "random")
# What keras.src.backend holds next to the operations.
_BACKEND_SETTINGS = """
    Variable backend clear_session epsilon floatx get_uid image_data_format is_float_dtype is_int_dtype
    is_keras_tensor result_type set_epsilon set_floatx set_image_data_format standardize_dtype"""
_SETTINGS = frozenset(_BACKEND_SETTINGS.split())
_RENAMED: dict[str, str] = {
    "keras.backend.Variable": "keras.Variable",
    "keras.engine.base_layer.Layer": "keras.layers.Layer",
    "keras.engine.training.Model": "keras.Model",
    "keras.models.Model": "keras.Model",
    "keras.models.Sequential": "keras.Sequential",
}


@functools.lru_cache(maxsize=8192)
def canonical(dotted: str) -> str:
    """The canonical form of an import-level dotted name; a name of another library is returned as it is.

    ``tensorflow.keras.X``, ``tf_keras.X``, ``keras.src.X`` and the like are ``keras.X``, ``tensorflow.X`` and its
    ``compat.v1`` and ``compat.v2`` are ``tf.X``. Where one function has two public names (``tf.reduce_sum``,
    ``tf.math.reduce_sum``), both are canonical. A canonical name is its own canonical form.
    """
    name, known = dotted, ""
    while name != known:
        known, name = name, _replace_prefix(name)
    if known.startswith("keras."):
        return _canonical_keras(known)
    if known.startswith("tf.math.") and known.rpartition(".")[2] in _TOP_LEVEL:
        return f"tf.{known.rpartition('.')[2]}"
    return known


def _replace_prefix(name: str) -> str:
    head = name
    while head:
        if head in _PREFIXES:
            return _PREFIXES[head] + name[len(head) :]
        head = head.rpartition(".")[0]
    return name


def _canonical_keras(name: str) -> str:
    parts = name.split(".")
    if parts[1] in _FLAT:
        while len(parts) > 3 and parts[2].islower():
            del parts[2]
    elif parts[1] == "ops" and parts[-1] in _SETTINGS:
        parts[1] = "backend"
    name = ".".join(parts)
    return _RENAMED.get(name, name)
