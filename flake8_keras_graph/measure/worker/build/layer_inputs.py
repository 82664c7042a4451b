"""What input a layer takes, by its class and by what the object itself says. Runs in the worker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flake8_keras_graph import knowledge

Shaped = dict[str, Any]


def _table(word: str) -> Shaped:
    """The table of what a layer takes, by a word of ``knowledge.INPUTS``."""
    shape, dtype, bounds = knowledge.INPUTS[word]
    return {"shape": list(shape), "dtype": dtype, **({"low": bounds[0], "high": bounds[1]} if bounds else {})}


SEQUENCE, IMAGE, VECTOR, TOKENS, VOLUME = map(_table, ("sequence", "image", "vector", "tokens", "volume"))
NODES = SEQUENCE
SCALAR: Shaped = {"shape": [], "dtype": "float32"}
SQUARE: Shaped = {"shape": [16, 16], "dtype": "float32", "low": 0, "high": 1}
OF_RANK = {1: SCALAR, 2: VECTOR, 3: SEQUENCE, 4: IMAGE, 5: VOLUME}
"""By the number of axes, the batch among them."""
UNKNOWN_SIZE = 16
"""What stands for a size that a shape leaves open."""
_MAX_DEPTH = 4


def input_of_class(name: str) -> Shaped | None:
    """What layers of the class with this canonical name take; None where that is not known."""
    found = knowledge.record(name)
    return None if found is None or found.input is None else _table(found.input)


def input_of(layer: Any, depth: int = 0) -> Shaped | None:
    """What a layer of Keras takes, or a model that says it of itself; None where that is not known."""
    names = [base.__name__ for base in type(layer).__mro__]
    if "Embedding" in names:
        return {**TOKENS, "high": int(getattr(layer, "input_dim", 16))}
    if (given := _given_shape(layer)) is not None:
        return given
    is_sequential = "Sequential" in names
    nested = layer.layers[:1] if is_sequential and depth < _MAX_DEPTH else ()
    first = next((input_of(part, depth + 1) for part in nested), None)
    if (own := _known_input(layer)) is not None:
        return {**(first or own), "shape": own["shape"]}
    if is_sequential or not is_of_keras(type(layer)):
        return first
    known = next((table for name in names if (table := input_of_class(f"keras.layers.{name}"))), None)
    return dict(VECTOR) if known is None and any(name.endswith("Cell") for name in names) else known


def _given_shape(layer: Any) -> Shaped | None:
    """What the constructor was told of the input (``input_shape``); None where it was not."""
    shape = getattr(layer, "_input_shape_arg", None) or getattr(layer, "_batch_input_shape", (None,))[1:]
    if (
        not shape
        or not isinstance(shape, (list, tuple))
        or not all(isinstance(size, (int, type(None))) for size in shape)
    ):
        return None
    return {"shape": [size or UNKNOWN_SIZE for size in shape], "dtype": "float32"}


def is_of_keras(cls: type) -> bool:
    """Whether Keras defines the class."""
    return cls.__module__.partition(".")[0] in ("keras", "tf_keras")


def _known_input(model: Any) -> Shaped | None:
    """The one input of a functional or a sequential model that says what it takes."""
    try:
        symbols = getattr(model, "inputs", None)
    except (ValueError, AttributeError):  # not built
        return None
    if not isinstance(symbols, list) or len(symbols) != 1:
        return None
    table = table_of_symbol(symbols[0])
    bounds = {"low": 0, "high": 16} if table["dtype"].startswith("int") else {}
    return {**table, "shape": [size or UNKNOWN_SIZE for size in table["shape"]], **bounds}


def table_of_symbol(symbol: Any) -> Shaped:
    """What a symbolic tensor tells of itself, None for sizes that it leaves open."""
    dtype = getattr(symbol.dtype, "name", str(symbol.dtype))
    table: Shaped = {"shape": [None if size is None else int(size) for size in symbol.shape[1:]], "dtype": dtype}
    return {**table, "sparse": True} if getattr(symbol, "sparse", False) else table


def layer_at(instance: Any, place: tuple[str | int, ...], key: str | int | None, each: str) -> Any:
    """What hangs at ``place`` on an object, or None; ``each`` in it stands for what is under ``key``, or the first."""
    found = instance
    for step in place:
        if step == each:
            found = _one_of(found, key)
        elif isinstance(found, Mapping):
            found = found.get(step)
        elif isinstance(step, int):
            found = found[step] if isinstance(found, (list, tuple)) and step < len(found) else None
        else:
            found = getattr(found, step, None)
    return found


def _one_of(items: Any, key: str | int | None) -> Any:
    if isinstance(items, Mapping):
        return items[key] if key in items else next(iter(items.values()), None)
    if isinstance(items, (list, tuple)) and items:
        return items[key] if isinstance(key, int) and key < len(items) else items[0]
    return None
