"""Canonical names: one name for everything that TensorFlow and Keras export in several places."""

from __future__ import annotations

import functools

# The longest prefix that matches is replaced; "" as the result means that the rest stands alone.
_PREFIXES: dict[str, str] = {
    "keras_core": "keras",
    "numpy.core": "numpy",
    "tensorflow": "tf",
    "tensorflow.compat.v1": "tf",
    "tensorflow.compat.v1.keras": "keras",
    "tensorflow.compat.v2": "tf",
    "tensorflow.compat.v2.keras": "keras",
    "tensorflow.keras": "keras",
    "tensorflow.python.keras": "keras",
    "tf_keras": "keras",
    "tf.keras": "keras",
}


@functools.lru_cache(maxsize=8192)
def canonical(dotted: str) -> str:
    """The canonical form of an import-level dotted name; a name of another library is returned as it is.

    ``tensorflow.keras.X``, ``tf_keras.X``, ``keras.src.X`` and the like are ``keras.X``, ``tensorflow.X`` and its
    ``compat.v1`` and ``compat.v2`` are ``tf.X``.
    """
    head = dotted
    while head:
        if head in _PREFIXES:
            return _PREFIXES[head] + dotted[len(head) :]
        head = head.rpartition(".")[0]
    return dotted
