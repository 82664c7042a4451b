"""What becomes of a compiled step when an axis of its inputs has other lengths: each is varied once. In the worker."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from flake8_keras_graph.measure.worker.build import feeding
from flake8_keras_graph.measure.worker.build.building import Program, Recipe
from flake8_keras_graph.measure.worker.build.feeding import Feed, map_tables, tables
from flake8_keras_graph.measure.worker.run.compiling import Compiler, Failure, failure
from flake8_keras_graph.wording import seconds_text

_MAX_AXES = 6
_OTHERS = 2
"""So many other lengths are tried: after the second length Keras traces for any, where it can."""


@dataclasses.dataclass(frozen=True, slots=True)
class Lengths:
    """One axis whose length decides the graph: a trace for each length, and what ``fit`` makes of several.

    ``inputs`` share the axis, counted from 1 as the batch is axis 0. ``retrace_seconds`` is for one trace anew.
    ``error`` is what is raised once the axis has no fixed length (None), as after a second length in ``fit``.
    """

    inputs: tuple[str, ...]
    axis: int
    lengths: tuple[int, ...]
    retrace_seconds: float
    error: Failure | None

    def __str__(self) -> str:
        where = f"axis {self.axis} of {', '.join(self.inputs)}"
        told = f"{where}: one graph for each length, {seconds_text(self.retrace_seconds)} to trace"
        if self.error is None:
            return told
        return f"{told}; where the length is not fixed, as after the second one in fit, it raises {self.error}"


def vary_lengths(
    program: Program, recipe: Recipe, compiler: Compiler, seed: int, left: Callable[[], float]
) -> list[Lengths]:
    """The axes whose lengths decide the graph; a length that the model does not take when run eagerly is not tried."""
    found: list[Lengths] = []
    for inputs, axis, length, resized in _axes(recipe.feed):
        if left() <= 0 or len(found) >= _MAX_AXES:
            break
        feeds = {length: feeding.make(recipe.feed, recipe.batch_size, seed)}
        for other in (max(1, length // 2), length - 1, length + 1):
            if other not in feeds and len(feeds) <= _OTHERS:
                feed = feeding.make(resized(other), recipe.batch_size, seed)
                if _runs(program, feed):
                    feeds[other] = feed
        if len(feeds) > 1 and (seconds := _retrace_seconds(program, compiler, list(feeds.values()))) is not None:
            error = _without_length(program, compiler, list(feeds.values()))
            found.append(Lengths(inputs, axis, tuple(feeds), seconds, error))
    return found


def without_retraces(
    varied: Sequence[Lengths], program: Program, recipe: Recipe, compiler: Compiler, seed: int
) -> list[Lengths]:
    """Those of ``varied``, found of another program, that ``program`` takes in all lengths and in one graph."""
    found = []
    for inputs, axis, _, resized in _axes(recipe.feed):
        for each in varied:
            if (each.inputs, each.axis) == (inputs, axis):
                feeds = [feeding.make(resized(length), recipe.batch_size, seed) for length in each.lengths]
                if all(_runs(program, feed) for feed in feeds) and _is_one_graph(program, compiler, feeds):
                    found.append(each)
    return found


def _is_one_graph(program: Program, compiler: Compiler, feeds: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the lengths give graphs of the same operations, and nothing is raised where the length is not fixed."""
    same = _retrace_seconds(program, compiler, feeds) is None
    return same and _without_length(program, compiler, feeds) is None


def _axes(feed: Feed) -> Iterator[tuple[tuple[str, ...], int, int, Callable[[int], Feed]]]:
    """Every axis beside the batch: the inputs that share it, its length, and how to make a feed of another one."""
    known = {
        (axis, length)
        for table in tables(feed)
        if not table.get("sparse") and not table.get("ragged")
        for axis, length in enumerate(table["shape"])
        if length is not None and length > 1
    }
    for axis, length in sorted(known):
        names = tuple(name for name, part in feed.items() if any(_has(t, axis, length) for t in tables(part)))

        def resized(other: int, axis: int = axis, length: int = length) -> Feed:
            def change(table: Mapping[str, Any]) -> dict[str, Any]:
                shape = list(table["shape"])
                if _has(table, axis, length):
                    shape[axis] = other
                return {**table, "shape": shape}

            return {name: map_tables(change, part) for name, part in feed.items()}

        yield names, axis + 1, length, resized


def _has(table: Mapping[str, Any], axis: int, length: int) -> bool:
    return len(table["shape"]) > axis and table["shape"][axis] == length


def _runs(program: Program, feed: Mapping[str, Any]) -> bool:
    try:
        program(feed, False)
    except Exception:
        return False
    return True


def _retrace_seconds(program: Program, compiler: Compiler, feeds: Sequence[Mapping[str, Any]]) -> float | None:
    """How long a trace takes; None where two lengths give graphs of the same operations, or there is no graph."""
    seconds, graphs = [], []
    try:
        for feed in feeds[:2]:
            began = time.perf_counter()
            function = compiler.as_function(lambda given: program(given, False), "graph")
            graph = function.get_concrete_function(feed).graph
            seconds.append(time.perf_counter() - began)
            graphs.append(sorted(operation.type for operation in graph.get_operations()))
    except Exception:
        return None
    return None if graphs[0] == graphs[1] else min(seconds)


def _without_length(program: Program, compiler: Compiler, feeds: Sequence[Mapping[str, Any]]) -> Failure | None:
    """What is raised in a run over several lengths, compiled as ``fit`` compiles."""
    function = compiler.as_function(lambda given: program(given, False), "graph")
    try:
        for feed in feeds:
            function(feed)
    except Exception as error:
        return failure(error, compiler.files)
    return None
