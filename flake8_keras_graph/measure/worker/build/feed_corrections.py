"""A feed changed as an error asks for: what Keras and TensorFlow say of shapes that do not fit. Runs in the worker."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flake8_keras_graph.measure.worker.build.feeding import Feed, map_tables, tables
from flake8_keras_graph.measure.worker.build.layer_inputs import OF_RANK

_NDIM = re.compile(r"expected (?:min_)?ndim=(\d+)")
_AXIS = re.compile(r"expected axis (-?\d+) of input shape to have value (\d+)")
_MATRIX = re.compile(r"In\[0\]: \[[\d,]*?(\d+)\], In\[1\]: \[(\d+),")
_BROADCAST = re.compile(r"Incompatible shapes: \[([\d,]+)\] vs\. \[([\d,]+)\]")
_UNPACK = re.compile(r"not enough values to unpack \(expected (\d+)")


def corrected(feed: Feed, error: BaseException) -> Feed | None:
    """The feed changed as the error asks for (rank, size of an axis, count), or None where it does not say."""
    text = str(error)
    if match := _NDIM.search(text):
        wanted = OF_RANK.get(int(match[1]))
        return _changed(feed, lambda t: {**t, "shape": wanted["shape"]} if wanted else t)
    if (match := _AXIS.search(text)) and int(match[1]) != 0:
        axis, size = int(match[1]), int(match[2])
        return _changed(feed, lambda t: _with_size(t, axis if axis < 0 else axis - 1, size))
    if match := _MATRIX.search(text):
        return _changed(feed, lambda t: _with_size(t, -1, int(match[2])))
    if match := _BROADCAST.search(text):
        last = {int(side.split(",")[-1]) for side in match.groups()}
        return _changed(feed, lambda t: _with_last_of(t, last))
    if (match := _UNPACK.search(text)) and all(len(tables(part)) == 1 for part in feed.values()):
        name, part = next(iter(feed.items()))
        return {**feed, name: [dict(tables(part)[0]) for _ in range(int(match[1]))]}
    return None


def _changed(feed: Feed, change: Any) -> Feed | None:
    changed = {name: map_tables(change, part) for name, part in feed.items()}
    return changed if changed != feed else None


def _with_last_of(table: Mapping[str, Any], last: set[int]) -> dict[str, Any]:
    """Where two shapes did not fit and the last size of one is the table's: the other's instead."""
    if table["shape"] and table["shape"][-1] in last and len(last) == 2:
        return _with_size(table, -1, (last - {table["shape"][-1]}).pop())
    return dict(table)


def _with_size(table: Mapping[str, Any], axis: int, size: int) -> dict[str, Any]:
    shape = list(table["shape"])
    if -len(shape) <= axis < len(shape):
        shape[axis] = size
    return {**table, "shape": shape}
