"""Tables of the inputs of a method: what was read of their uses, with the layers they go to looked up on the object.

Runs in the worker, and runs nothing of the model.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from flake8_keras_graph import knowledge
from flake8_keras_graph.measure.class_uses import symbol_of
from flake8_keras_graph.measure.worker.build.layer_inputs import (
    OF_RANK,
    SQUARE,
    TOKENS,
    VECTOR,
    Shaped,
    input_of,
    input_of_class,
    is_of_keras,
    layer_at,
)
from flake8_keras_graph.measure.worker.build.parameters import call_parameters
from flake8_keras_graph.records import EACH, ClassUse, Use

_MAX_DEPTH = 4
_TAKES_SPARSE = frozenset({"tf.sparse.to_dense", "tf.sparse.sparse_dense_matmul"})
_TOKENS = re.compile(r"(^|_|\[)(ids?|tokens?|indices)\b")


class InputTables:
    """The inputs that a method of ``instance`` takes; ``classes`` is what was read of it and of other classes."""

    def __init__(self, instance: Any, classes: Mapping[str, ClassUse], method: str = "call", depth: int = 0) -> None:
        self._instance, self._classes, self._depth = instance, classes, depth
        known = classes.get(symbol_of(type(instance)))
        read = {use.name: use for use in known.inputs_of(method)} if known is not None else {}
        self.uses = [read.get(name, Use(name)) for name in call_parameters(instance, method)]

    def feed(self) -> dict[str, Any]:
        """A structure for each input."""
        return {use.name: self.structure(use) for use in self.uses}

    def use_of(self, name: str) -> Use:
        """What was read of the input with this name."""
        return next((use for use in self.uses if use.name == name), Use(name))

    def structure(self, use: Use, key: str | int | None = None) -> Any:
        """The tensors that an input, or the part of one under ``key``, gets: one, or several in a list or a dict."""
        if names := self._keys(use):
            return {name: self.structure(item_of(use, name), name) for name in names}
        is_one = use.rank is not None or self.layer_table(use, key) is not None
        if use.is_iterated and not is_one and not use.count:
            return [self.structure(item_of(use, 0), 0) for _ in range(2)]
        if use.count:
            return [self.structure(item_of(use, index), index) for index in range(use.count)]
        return self.table(use, key)

    def _keys(self, use: Use) -> list[str]:
        """The keys of a dict: those that are spelled, and those of names that the object holds."""
        found = [key for key, _ in use.items if isinstance(key, str) and key != EACH]
        names = layer_at(self._instance, use.keys_at, None, EACH) if use.keys_at else ()
        if isinstance(names, (Mapping, list, tuple)) and all(isinstance(name, str) for name in names):
            found += [str(name) for name in names]
        return list(dict.fromkeys(found))

    def table(self, use: Use, key: str | int | None = None) -> Shaped:
        """The tensor that an input, or a part of one, is taken to be."""
        table = self.layer_table(use, key)
        if use.annotation.endswith("RaggedTensor") or any(
            each.name in knowledge.RAGGED_ATTRIBUTES for each in use.attributes
        ):
            return {**(table or TOKENS), "ragged": True}
        if use.annotation.endswith("SparseTensor") or any(given.name in _TAKES_SPARSE for given in use.given):
            return {**(table or VECTOR), "sparse": True}
        if "adj" in use.name and len((table or VECTOR)["shape"]) < 2:
            return dict(SQUARE)
        axes = max(use.rank or 0, use.axes)
        if table is not None:
            return table if len(table["shape"]) + 1 >= axes else {**table, "shape": OF_RANK.get(axes, VECTOR)["shape"]}
        if _TOKENS.search(use.name.strip("]")):
            return dict(TOKENS)
        return dict(OF_RANK.get(use.rank or max(axes, 2), VECTOR))

    def layer_table(self, use: Use, key: str | int | None = None) -> Shaped | None:
        """What the first layer takes that an input is given to, of which that is known."""
        for given in use.given:
            layer = layer_at(self._instance, given.place, key, EACH) if given.place else None
            table = self._input_of(layer) if layer is not None else input_of_class(given.name)
            if table is not None and given.parameter not in ("training", "mask"):
                if (before := _before(table, 0 if use.asks_rank else given.added)) is not None:
                    return before
        return None

    def _input_of(self, layer: Any) -> Shaped | None:
        """What an object takes: a layer of Keras by its class, one of the project by what was read of its ``call``."""
        found = input_of(layer)
        if found is not None or is_of_keras(type(layer)) or not hasattr(layer, "call") or self._depth >= _MAX_DEPTH:
            return found
        inner = InputTables(layer, self._classes, depth=self._depth + 1)
        return inner.layer_table(inner.uses[0]) if inner.uses else None


def _before(table: Shaped, added: int | None) -> Shaped | None:
    """What becomes the table by so many more axes; None where nothing tells: its shape is another, its numbers any."""
    is_whole = not str(table["dtype"]).startswith("float")
    if added == 0:
        return dict(table)
    if added is None:
        return dict(table) if is_whole else None
    axes = len(table["shape"]) + 1 - added
    if is_whole:
        return {**table, "shape": [8] * (axes - 1)}
    return {**table, "shape": OF_RANK[axes]["shape"]} if axes in OF_RANK else None


def item_of(use: Use, key: str | int) -> Use:
    """What was read of the part under ``key``."""
    known: Sequence[tuple[str | int, Use]] = use.items
    found = dict(known)
    return found.get(key) or found.get(EACH) or Use(f"{use.name}[{key}]")
