"""Models without a ``call``, which only ``fit``, ``evaluate`` and ``predict`` run. In the worker."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from flake8_keras_graph.measure.worker.build import feeding, guessing
from flake8_keras_graph.measure.worker.build.building import Builder, Recipe
from flake8_keras_graph.measure.worker.build.input_tables import InputTables
from flake8_keras_graph.measure.worker.build.parameters import parameters
from flake8_keras_graph.measure.worker.run import fitting
from flake8_keras_graph.measure.worker.run.fitting import Data
from flake8_keras_graph.records import ClassUse

_MAX_ATTEMPTS = 30


def has_call(cls: Any) -> bool:
    """Whether the class has a ``call`` beside the one of Keras that only raises, its own or inherited."""
    call = getattr(cls, "call", None)
    ours = getattr(call, "__module__", "").partition(".")[0] in ("keras", "tf_keras")
    return not (ours and getattr(call, "__qualname__", "") in ("Model.call", "Layer.call"))


@dataclasses.dataclass(frozen=True, slots=True)
class Found:
    """How to build the class and what ``fit`` was seen to accept."""

    recipe: Recipe
    data: Data


def find(builder: Builder, cls: type, module: Any, job: Mapping[str, Any], keras: Any) -> Found | None:
    """The first way that ``fit``, run eagerly, goes through; None with the first failure in ``builder.failure``."""
    attempts = 0
    builder.suggest(cls, "train_step")
    for given, instance in builder.instances(module, cls):
        builder.inputs = [_data_parameter(cls)]
        for structure, guessed in _structures(instance, job, builder.classes):
            attempts += 1
            if attempts > _MAX_ATTEMPTS:
                return None
            recipe = builder.recipe(given, {builder.inputs[0]: structure}, guessed)
            builder.guessed_feed = recipe.feed if attempts == 1 else builder.guessed_feed
            data = data_of(recipe, job["seed"])
            failed = fitting.run_eagerly(cls, data, recipe, keras)
            if failed is None:
                return Found(recipe, data)
            builder.note_failure(failed, given, recipe.feed)
    return None


def data_of(recipe: Recipe, seed: int) -> Data:
    """What the recipe describes, as arrays for a full batch and a short one: the inputs as the steps get them."""
    rows = recipe.batch_size + max(1, recipe.batch_size // 3)
    (inputs,) = feeding.make(recipe.feed, rows, seed).values()
    if recipe.labels is not None:
        inputs = (inputs, feeding.make(recipe.labels, rows, seed + 1))
    return Data(_as_tuples(inputs), None, recipe.loss, True)


def _as_tuples(structure: Any) -> Any:
    """A data set takes lists for one tensor."""
    if isinstance(structure, (list, tuple)):
        return tuple(map(_as_tuples, structure))
    if isinstance(structure, Mapping):
        return {key: _as_tuples(part) for key, part in structure.items()}
    return structure.numpy() if hasattr(structure, "numpy") and not hasattr(structure, "row_splits") else structure


def _data_parameter(cls: Any) -> str:
    found = [p.name for p in parameters(cls.train_step) if p.name != "self"]
    return found[0] if found else "data"


def _structures(instance: Any, job: Mapping[str, Any], classes: Mapping[str, ClassUse]) -> Iterator[tuple[Any, bool]]:
    """What may be given to ``fit``, and whether it is guessed."""
    given = (job.get("spec") or {}).get("inputs")
    if given is not None and not isinstance(given, str):
        name = _data_parameter(type(instance))
        known = given[name] if isinstance(given, dict) and set(given) == {name} else given
        yield known, False
        return
    read = InputTables(instance, classes, "train_step")
    for arguments in job.get("inputs_found", ()):
        if arguments and arguments[0] is not None:
            yield guessing.filled(arguments[0], read, _data_parameter(type(instance)))[0], True
    for feed in guessing.feed_guesses(instance, classes, "train_step"):
        yield next(iter(feed.values())), True
