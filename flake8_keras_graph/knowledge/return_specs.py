"""The language in which ``knowledge`` says what a callable returns, read into nested values; unknown words are errors.

``tensor``        a tensor; nothing is known of its first dimension
``batched``       a tensor whose first dimension is that of the first tensor argument (or, where the first
                  argument is a list or a dict, of the first tensor in it), for every combination of arguments
``broadcast``     a tensor shaped as ``a + b`` would be, ``a`` and ``b`` (and more) the tensor arguments
``tensors``       a list or tuple of tensors, how many is not known
``nest``          a tensor, or a structure (list, tuple, dict) of tensors
``structure``     the structure of the first argument, with a tensor in place of every leaf
``(a, b)``        a tuple (named or not) or list of exactly these, each a spec of its own
``static``        a value known while tracing that is no tensor: a dtype, an int, a bool, a str, a TensorShape
``static-shape``  a TensorShape, or a tuple or list of static dimensions
``shape-tensor``  the shape as a tensor, as ``tf.shape`` gives it
``shape-tuple``   the shape as a tuple of int or tensor, as ``keras.ops.shape`` gives it
``leaves``        a list of the leaves of the first argument, as they are
``same``          the first argument, as it is
``host``          a NumPy array or a Python value, computed on the host: a tensor that is traced has none
``numpy``         what a NumPy function gives: a host array or scalar; it raises when given a traced tensor
``none``          None (or, in TensorFlow 1 style, an operation that nobody uses)
``result``        what its function arguments return (see ``ApiRecord.functions``)
``like:NAME``     the structure passed as parameter NAME, with a tensor in place of every leaf
``instance:NAME`` an object of class NAME; its methods are looked up as ``returns("NAME.method")``
``unknown``       something else
"""

from __future__ import annotations

import functools
from typing import NamedTuple

WORDS = frozenset(
    {
        "tensor", "batched", "broadcast", "tensors", "nest", "structure", "static", "static-shape", "shape-tensor",
        "shape-tuple", "leaves", "same", "host", "numpy", "none", "result", "unknown",
    }
)  # fmt: skip
_WITH_A_NAME = frozenset({"like", "instance"})


class ReturnSpec(NamedTuple):
    """A spec: ``word`` is one of ``WORDS``, ``like`` or ``instance`` (with ``name``), or ``tuple`` (with ``parts``)."""

    word: str
    name: str = ""
    parts: tuple[ReturnSpec, ...] = ()


@functools.lru_cache(maxsize=1024)
def parse_spec(text: str) -> ReturnSpec:
    """``text`` read. Raises ValueError where it is not in the language."""
    if text.startswith("(") and text.endswith(")"):
        return ReturnSpec("tuple", parts=tuple(map(parse_spec, _split(text[1:-1], text))))
    if text in WORDS:
        return ReturnSpec(text)
    word, _, name = text.partition(":")
    if word in _WITH_A_NAME and name.replace(".", "_").isidentifier():
        return ReturnSpec(word, name)
    raise ValueError(f"unknown return spec: {text!r}")


def _split(inner: str, text: str) -> list[str]:
    """The items between commas that stand in no inner parentheses."""
    items, depth, start = [], 0, 0
    for position, letter in enumerate(inner):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if depth < 0:
            break
        if letter == "," and depth == 0:
            items.append(inner[start:position].strip())
            start = position + 1
    if depth:
        raise ValueError(f"unbalanced return spec: {text!r}")
    return [*items, inner[start:].strip()]
