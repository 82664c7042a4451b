"""What a compiled model does differently from the same model run eagerly, and what makes it trace again.

Runs in the worker.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from flake8_keras_graph.measure.worker.build import feeding
from flake8_keras_graph.measure.worker.build.building import Program, Recipe
from flake8_keras_graph.measure.worker.build.feeding import Feed, map_tables, tables
from flake8_keras_graph.measure.worker.compare import equivalence
from flake8_keras_graph.measure.worker.compare.equivalence import Snapshot
from flake8_keras_graph.measure.worker.run.compiling import Compiler
from flake8_keras_graph.measure.worker.run.steps import flat_tensors


@dataclasses.dataclass(frozen=True, slots=True)
class Retrace:
    """One change to the arguments and the traces that it made."""

    cause: str
    traces: int


def retraces(program: Program, recipe: Recipe, compiler: Compiler, seed: int) -> list[Retrace]:
    """Traces over what a training run feeds: the first batch, a short last one, other lengths, both phases.

    Each call changes one thing against the first, so the change is the cause. Changes that the model cannot
    take when run eagerly are left out.
    """

    def step(feed: Mapping[str, Any], training: bool, options: Mapping[str, Any]) -> Any:
        return program(feed, training, options)

    function = compiler.as_function(step, "graph")
    found = []
    for cause, feed, training, options in _changes(recipe, seed, program.takes_training):
        before = function.experimental_get_tracing_count()
        try:
            program(feed, training, options)
            function(feed, training, options)
        except Exception:
            continue
        found.append(Retrace(cause, function.experimental_get_tracing_count() - before))
    return found


def _changes(recipe: Recipe, seed: int, takes_training: bool) -> Iterator[tuple[str, Any, bool, dict[str, Any]]]:
    first = feeding.make(recipe.feed, recipe.batch_size, seed)
    yield "the first batch", first, False, {}
    yield "the same batch again", first, False, {}
    short = max(1, recipe.batch_size // 3)
    yield "a shorter last batch", feeding.make(recipe.feed, short, seed), False, {}
    for name, changed in _other_lengths(recipe.feed):
        yield f"another length of {name}", feeding.make(changed, recipe.batch_size, seed), False, {}
    if takes_training:
        yield "training instead of inference", first, True, {}
    for name, value in recipe.call.items():
        if isinstance(value, (bool, int, float)):
            other: Any = not value if isinstance(value, bool) else value + 1
            yield f"the argument {name}={other!r} instead of {value!r}", first, False, {name: other}


def _other_lengths(feed: Feed) -> Iterator[tuple[str, Feed]]:
    """Feeds with a first dimension half as long, for all inputs that share it, one feed per length."""
    known = [table for table in tables(feed) if table["shape"] and None not in table["shape"]]
    lengths = {table["shape"][0] for table in known if table["shape"][0] > 1}
    sequences = {table["shape"][0] for table in known if _may_vary(table)}
    for length in sorted(lengths & sequences, reverse=True):
        names = [name for name, part in feed.items() if any(t["shape"][:1] == [length] for t in tables(part))]

        def shorter(table: Mapping[str, Any], length: int = length) -> dict[str, Any]:
            shape = list(table["shape"])
            return {**table, "shape": [length // 2, *shape[1:]] if shape[:1] == [length] else shape}

        yield ", ".join(names), {name: map_tables(shorter, part) for name, part in feed.items()}


def _may_vary(table: Mapping[str, Any]) -> bool:
    """Sequences of tokens or of vectors; the only dimension of a float vector is its features."""
    rank = len(table["shape"])
    return rank == 2 or (rank == 1 and str(table.get("dtype", "float32")).startswith("int"))


@dataclasses.dataclass(frozen=True, slots=True)
class Behaviour:
    """Whether calls repeat themselves: run eagerly, compiled, and one against the other (None: not compared)."""

    eager_repeats: bool
    graph_repeats: bool
    graph_is_eager: bool
    largest_difference: float | None

    @property
    def frozen(self) -> bool:
        """Run eagerly every call differs, compiled none does."""
        return not self.eager_repeats and self.graph_repeats


def behaviour(program: Program, recipe: Recipe, compiler: Compiler, seed: int, training: bool) -> Behaviour | None:
    """Two eager and two compiled calls from the same state of the weights; None where it cannot be said."""
    feed = feeding.make(recipe.feed, 4, seed)
    saved = Snapshot(program.variables)

    def step(given: Mapping[str, Any]) -> Any:
        return flat_tensors(program(given, training))

    function = compiler.as_function(step, "graph")
    try:
        function(feed)  # the trace itself may change Python state, so it is not one of the calls compared
        graph = _twice(function, feed, saved)
        eager = _twice(step, feed, saved)
    except Exception:
        return None
    finally:
        saved.restore()
    both = equivalence.compare_arrays(eager[0], graph[0], "results")
    return Behaviour(
        equivalence.compare_arrays(*eager, "results").equal,
        equivalence.compare_arrays(*graph, "results").equal,
        both.equal,
        both.max_error,
    )


def _twice(function: Callable[..., Any], feed: Any, saved: Snapshot) -> tuple[Sequence[Any], Sequence[Any]]:
    results = []
    for _ in range(2):
        saved.restore()
        results.append(equivalence.arrays(function(feed)))
    return results[0], results[1]
