"""Tensors for a feed: a mapping from ``call``'s parameters to structures of tensor tables. Runs in the worker.

A tensor table is ``{"shape": [16], "dtype": "float32", "low": -1, "high": 1}``, its shape without the batch.
Where a function of the project makes the inputs, its Drawn stands in their place. Other leaves are passed as they are.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from flake8_keras_graph.measure.tables import is_tensor_table

Table = Mapping[str, Any]
Feed = dict[str, Any]
Path = tuple["str | int", ...]
"""Where in a structure a tensor stands: the keys and indices on the way."""

# How the numbers of a feed are drawn: the part of the range [low, high] that they come from. The later ones are
# there to reach both sides of branches on values.
PROFILES: Mapping[str, tuple[float, float]] = {
    "whole range": (0.0, 1.0),
    "lower half": (0.0, 0.5),
    "upper half": (0.5, 1.0),
    "lowest value": (0.0, 0.0),
    "highest value": (1.0, 1.0),
    "middle": (0.5, 0.5),
}
# Ten times the usual range, where the feed does not name one: activations that saturate, large means.
WIDE = "ten times as wide"
_DENSITY = 0.2
"""The part of a sparse tensor that is not zero."""


@dataclasses.dataclass(frozen=True)
class Drawn:
    """Inputs that a function makes, of a batch size and a seed; ``described`` is the structure of their tables."""

    name: str
    draw: Callable[[int, int], Any]
    described: Any

    def __str__(self) -> str:
        return self.name


def drawn(name: str, draw: Callable[[int, int], Any]) -> Drawn:
    """What the function makes, its sizes read off two draws: what differs is not known. Raises what that raises."""
    return Drawn(name, draw, _in_common(_described(draw(4, 0)), _described(draw(3, 1))))


def _described(structure: Any) -> Any:
    if isinstance(structure, Mapping):
        return {key: _described(part) for key, part in structure.items()}
    if isinstance(structure, (list, tuple)):
        return [_described(part) for part in structure]
    if hasattr(structure, "dense_shape"):
        shape = [int(size) for size in structure.dense_shape.numpy()[1:]]
        return {"shape": shape, "dtype": structure.dtype.name, "sparse": True}
    if hasattr(structure, "row_splits"):
        return {**_table_of(structure.to_tensor().numpy()), "ragged": True}
    return _table_of(structure.numpy() if hasattr(structure, "numpy") else np.asarray(structure))


def _table_of(array: Any) -> dict[str, Any]:
    if array.ndim < 1:
        raise TypeError("inputs need a batch dimension")
    text = array.dtype.kind in "OSU"
    table: dict[str, Any] = {"shape": list(array.shape[1:]), "dtype": "string" if text else str(array.dtype)}
    if array.dtype.kind in "iu" and array.size:
        table |= {"low": int(array.min()), "high": int(array.max()) + 1}
    return table


def _in_common(one: Any, other: Any) -> Any:
    if is_tensor_table(one):
        sizes = [a if a == b else None for a, b in zip(one["shape"], other["shape"], strict=True)]
        return {**one, "shape": sizes}
    if isinstance(one, Mapping):
        return {key: _in_common(one[key], other[key]) for key in one}
    return [_in_common(a, b) for a, b in zip(one, other, strict=True)]


def tables(structure: Any) -> list[Table]:
    """The tensor tables in a structure, in order."""
    if isinstance(structure, Drawn):
        return tables(structure.described)
    if is_tensor_table(structure):
        return [structure]
    parts = structure.values() if isinstance(structure, Mapping) else structure
    if isinstance(structure, (Mapping, list, tuple)):
        return [table for part in parts for table in tables(part)]
    return []


def map_tables(convert: Callable[[Table], Any], structure: Any) -> Any:
    """The structure with every tensor table replaced; lists stay lists and mappings become dicts."""
    if isinstance(structure, Drawn):
        return map_tables(convert, structure.described)
    if is_tensor_table(structure):
        return convert(structure)
    if isinstance(structure, Mapping):
        return {key: map_tables(convert, part) for key, part in structure.items()}
    if isinstance(structure, (list, tuple)):
        return type(structure)(map_tables(convert, part) for part in structure)
    return structure


def leaves(structure: Any, is_leaf: Callable[[Any], bool] = is_tensor_table) -> dict[Path, Any]:
    """The tables in a structure, or what else ``is_leaf`` takes, by the place of each, in order."""
    return dict(_leaves(structure, is_leaf, ()))


def _leaves(structure: Any, is_leaf: Callable[[Any], bool], place: Path) -> Iterator[tuple[Path, Any]]:
    if is_leaf(structure):
        yield place, structure
    elif isinstance(structure, Mapping):
        for key, part in structure.items():
            yield from _leaves(part, is_leaf, (*place, key))
    elif isinstance(structure, (list, tuple)):
        for index, part in enumerate(structure):
            yield from _leaves(part, is_leaf, (*place, index))


def with_leaves(structure: Any, new: Mapping[Path, Any], place: Path = ()) -> Any:
    """The structure with other parts at these places."""
    if place in new:
        return new[place]
    if isinstance(structure, Mapping) and not is_tensor_table(structure):
        return {key: with_leaves(part, new, (*place, key)) for key, part in structure.items()}
    if isinstance(structure, (list, tuple)):
        return type(structure)(with_leaves(part, new, (*place, index)) for index, part in enumerate(structure))
    return structure


def make(feed: Any, batch: int, seed: int, profile: str = "whole range") -> Any:
    """Tensors for the feed: the same for the same batch, seed and profile."""
    import tensorflow as tf

    generator = np.random.default_rng(seed)

    def tensor(table: Table) -> Any:
        if table.get("ragged"):
            return _ragged(table, batch, generator, profile)
        values = _values(table, (batch, *table["shape"]), generator, profile)
        if table.get("sparse"):
            return tf.sparse.from_dense(values * (generator.random(values.shape) < _DENSITY).astype(values.dtype))
        return tf.constant(values)

    return _made(feed, tensor, batch, seed)


def _made(structure: Any, tensor: Callable[[Table], Any], batch: int, seed: int) -> Any:
    if isinstance(structure, Drawn):
        return _tensors(structure.draw(batch, seed))
    if isinstance(structure, Mapping) and not is_tensor_table(structure):
        return {key: _made(part, tensor, batch, seed) for key, part in structure.items()}
    return map_tables(tensor, structure)


def _tensors(structure: Any) -> Any:
    import tensorflow as tf

    if isinstance(structure, Mapping):
        return {key: _tensors(part) for key, part in structure.items()}
    if isinstance(structure, (list, tuple)):
        return type(structure)(_tensors(part) for part in structure)
    composite = hasattr(structure, "row_splits") or hasattr(structure, "dense_shape")
    return structure if composite else tf.convert_to_tensor(structure)


def _values(table: Table, shape: Sequence[int], generator: np.random.Generator, profile: str) -> Any:
    dtype = str(table.get("dtype", "float32"))
    if dtype in ("str", "string"):
        return np.full(shape, "a b c")
    if profile == WIDE and "low" not in table and "high" not in table and dtype.startswith("float"):
        table, profile = (
            {**table, "low": -10, "high": 10},
            "upper half" if generator.random() < 0.5 else "whole range",
        )
    start, end = PROFILES.get(profile, PROFILES["whole range"])
    if dtype == "bool":
        return generator.uniform(start, end, shape) >= 0.5
    low, high = limits(table)
    values = generator.uniform(low + start * (high - low), low + end * (high - low), shape)
    if dtype.startswith(("int", "uint")):
        return np.clip(np.floor(values), low, max(low, high - 1)).astype(dtype)
    return values.astype("float32" if dtype == "bfloat16" else dtype)


def limits(table: Table) -> tuple[float, float]:
    """The range of the values: for whole numbers ``high`` itself is left out."""
    whole = str(table.get("dtype", "float32")).startswith(("int", "uint"))
    return float(table.get("low", 0 if whole else -1)), float(table.get("high", 2 if whole else 1))


def _ragged(table: Table, batch: int, generator: np.random.Generator, profile: str) -> Any:
    """Rows of different lengths, up to the first dimension of the shape, the last one of full length."""
    import tensorflow as tf

    longest, *rest = table["shape"]
    lengths = [*generator.integers(1, longest + 1, batch - 1), longest]
    values = _values(table, (int(sum(lengths)), *rest), generator, profile)
    return tf.RaggedTensor.from_row_lengths(tf.constant(values), lengths)


def signature(feed: Any) -> Any:
    """TensorSpecs for the feed with an unknown batch, as ``fit`` traces it."""
    import tensorflow as tf

    def spec(table: Table) -> Any:
        dtype = tf.as_dtype("string" if table.get("dtype") == "str" else table.get("dtype", "float32"))
        if table.get("ragged"):
            return tf.RaggedTensorSpec([None, None, *table["shape"][1:]], dtype, ragged_rank=1)
        if table.get("sparse"):
            return tf.SparseTensorSpec([None, *table["shape"]], dtype)
        return tf.TensorSpec([None, *table["shape"]], dtype)

    return map_tables(spec, feed)


def keras_inputs(feed: Any, keras: Any) -> Any:
    """A ``keras.Input`` for every table of the feed."""
    if isinstance(feed, Drawn):
        return keras_inputs(feed.described, keras)

    def symbolic(table: Table, name: str | None = None) -> Any:
        form = {key: True for key in ("ragged", "sparse") if table.get(key)}
        shape = (None, *table["shape"][1:]) if "ragged" in form else tuple(table["shape"])
        return keras.Input(shape=shape, dtype=table.get("dtype", "float32"), name=name, **form)

    if isinstance(feed, Mapping) and not is_tensor_table(feed) and all(map(is_tensor_table, feed.values())):
        return {key: symbolic(table, key) for key, table in feed.items()}  # Keras wants the keys as names
    return map_tables(symbolic, feed)
