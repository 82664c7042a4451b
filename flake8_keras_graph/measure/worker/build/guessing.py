"""Guesses at inputs, the first of them from what was read of ``call``. Runs in the worker.

Nothing here is a fact: whatever is built from a guess is marked as guessed, and only what runs is used.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flake8_keras_graph.measure.worker.build.docstrings import inputs_in_docs
from flake8_keras_graph.measure.worker.build.feeding import Feed, map_tables, tables
from flake8_keras_graph.measure.worker.build.input_tables import InputTables, item_of
from flake8_keras_graph.measure.worker.build.layer_inputs import (
    IMAGE,
    NODES,
    SCALAR,
    SEQUENCE,
    SQUARE,
    TOKENS,
    VECTOR,
    VOLUME,
    Shaped,
)
from flake8_keras_graph.records import ClassUse, Use

_COMMON = (VECTOR, SEQUENCE, IMAGE, TOKENS, VOLUME, SCALAR)
_LARGER = (64, 128, 256)


def feed_guesses(instance: Any, classes: Mapping[str, ClassUse], method: str = "call") -> Iterator[Feed]:
    """Feeds to try, the one that the reading of the method suggests first, then common shapes for every input."""
    read = InputTables(instance, classes, method)
    names = [use.name for use in read.uses]
    first = _with_nodes(read.feed())
    told = _as_told(first, inputs_in_docs(instance, names, method), read)
    if told != first:
        yield told
    yield first
    for table in _COMMON:
        alternative = {name: _all_of(table, part) for name, part in first.items()}
        if alternative != first:
            yield alternative
    if any(use.is_iterated for use in read.uses):
        yield from ({name: dict(table) for name in names} for table in _COMMON)
    if len(names) == 1 and len(tables(first)) == 1:
        for table in _COMMON[:4]:
            yield {names[0]: [dict(table), dict(table)]}
    yield from _products(first)
    if any(len(table["shape"]) == 3 for table in tables(first)):
        for size in _LARGER:  # deep networks halve their images often
            yield {name: map_tables(functools.partial(_with_sides, size=size), part) for name, part in first.items()}


def _as_told(feed: Feed, told: Mapping[str, Any], read: InputTables) -> Feed:
    """The feed with what docstrings say, where the reading left the shape open; what is whole numbers stays so."""
    changed = dict(feed)
    for name, part in told.items():
        use, known = read.use_of(name), feed[name]
        if use.rank is not None or (isinstance(known, dict) and "shape" not in known):
            continue
        if isinstance(part, dict) and isinstance(known, dict):
            whole = str(known["dtype"]).startswith("int") or known.get("sparse") or known.get("ragged")
            changed[name] = {**known, "shape": part["shape"]} if whole else dict(part)
        elif isinstance(part, list) and not isinstance(known, list):
            changed[name] = part
    return changed


def _with_sides(table: Mapping[str, Any], size: int) -> Shaped:
    image = len(table["shape"]) == 3
    return {**table, "shape": [size, size, table["shape"][-1]]} if image else dict(table)


def _with_nodes(feed: Feed) -> Feed:
    """Beside an adjacency matrix of nodes stand vectors of as many nodes."""

    def change(table: Mapping[str, Any]) -> Shaped:
        return dict(NODES if table["shape"] == VECTOR["shape"] else table)

    if not any(table == SQUARE for part in feed.values() for table in tables(part)):
        return feed
    return {name: map_tables(change, part) for name, part in feed.items()}


def _products(first: Feed) -> Iterator[Feed]:
    """Feeds of several inputs, each with other ranks than were read: the nearest changes first."""
    leaves = tables(first)
    if not 2 <= len(leaves) <= 3:
        return
    options = [[dict(leaf), *_other_ranks(leaf)] for leaf in leaves]
    combinations = sorted(itertools.product(*(range(len(o)) for o in options)), key=sum)
    for chosen in combinations[1:]:
        picked = [option[index] for option, index in zip(options, chosen, strict=True)]
        yield _with_tables(first, picked)


def _with_tables(feed: Feed, new: Sequence[Shaped]) -> Feed:
    remaining = iter(new)
    return {name: map_tables(lambda _: next(remaining), part) for name, part in feed.items()}


def _other_ranks(table: Mapping[str, Any]) -> list[Shaped]:
    if str(table.get("dtype", "float32")).startswith("int"):
        return [{**table, "shape": shape} for shape in ([], [8], [1]) if shape != table["shape"]]
    return [dict(t) for t in (SEQUENCE, VECTOR, IMAGE, SCALAR) if t["shape"] != table["shape"]]


def filled_feed(found: Mapping[str, Any], inputs: InputTables) -> tuple[Feed, bool]:
    """Inputs found in the code with what they leave open as it was read; whether there was any."""
    parts = {name: filled(part, inputs, name) for name, part in found.items()}
    return {name: part for name, (part, _) in parts.items()}, any(guessed for _, guessed in parts.values())


def filled(structure: Any, inputs: InputTables, name: str) -> tuple[Any, bool]:
    """A structure found in the code, its unknown leaves and sizes as they were read; whether there was any."""
    guessed = False

    def fill(part: Any, use: Use, key: str | int | None = None) -> Any:
        nonlocal guessed
        if part is None:
            guessed = True
            return inputs.table(use, key)
        if isinstance(part, dict) and "shape" not in part:
            return {each: fill(value, item_of(use, each), each) for each, value in part.items()}
        if isinstance(part, list):
            return [fill(value, item_of(use, index), index) for index, value in enumerate(part)]
        known = inputs.layer_table(use, key) or {}
        if None in part["shape"]:
            guessed = True
            part = {**part, "shape": _closed(part["shape"])}
        whole = str(known.get("dtype", "")).startswith("int")
        return {**part, "dtype": "int32", "low": 0, "high": known["high"]} if whole and "low" not in part else part

    return fill(structure, inputs.use_of(name)), guessed


def _closed(shape: Sequence[int | None]) -> list[int]:
    """The shape with usual sizes for those that are left open: of an image, of a volume, of a sequence."""
    usual = {3: 32, 4: 16}.get(len(shape), 8 if len(shape) == 1 else 16)
    return [usual if size is None else size for size in shape]


def _all_of(table: Shaped, structure: Any) -> Any:
    """Every input of the table's kind; what was read to be whole numbers stays so, with one axis at most."""

    def change(leaf: Mapping[str, Any]) -> Shaped:
        read_as_whole = str(leaf.get("dtype")).startswith("int")
        return {**leaf, "shape": table["shape"][:1]} if read_as_whole else dict(table)

    return map_tables(change, structure)
