"""``fit`` itself, on a fresh model that nothing has built: one full batch and a short one. In the worker."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from flake8_keras_graph.measure import feeding
from flake8_keras_graph.measure.building import Program, Recipe
from flake8_keras_graph.measure.compiling import Failure, failure

# What Keras itself raises of a model, without a line of the file; other failures may be of the loss made here.
_OF_THE_MODEL = (
    "No gradients provided",
    "XLA compilation requires",
    "tf.function-decorated function tried",
)


def fit_once(
    cls: type, program: Program, recipe: Recipe, keras: Any, seed: int, files: list[str]
) -> dict[str, Any] | None:
    """What ``fit`` did, for the report; None where it cannot be tried: several arguments, nothing to train."""
    outputs = program(feeding.make(recipe.feed, 2, seed), False)
    losses = _losses(outputs)
    if len(recipe.feed) != 1 or recipe.call or losses is None or not program.trainable:
        return None
    rows = recipe.batch_size + max(1, recipe.batch_size // 3)
    (structure,) = recipe.feed.values()
    data = _arrays(feeding.make(structure, rows, seed))
    labels = _zeros(losses, rows)
    began = time.perf_counter()
    try:
        model = cls(*recipe.args, **recipe.kwargs)
        model.compile(optimizer=recipe.optimizer, loss=losses)
        model.fit(data, labels, batch_size=recipe.batch_size, epochs=1, verbose=0)
    except BaseException as error:
        found = failure(error, files)
        return None if not _is_of_the_model(found) else {"works": False, "error": _described(found)}
    return {"works": True, "first_call_seconds": time.perf_counter() - began}


def _described(found: Failure) -> dict[str, Any]:
    return {"type": found.type, "message": found.message, "line": found.line}


def _is_of_the_model(found: Failure) -> bool:
    return found.line is not None or any(text in found.message for text in _OF_THE_MODEL)


def _losses(outputs: Any) -> Any:
    """A loss for every output that can be trained, in the structure of the outputs; None where one cannot."""
    if isinstance(outputs, Mapping):
        parts = {key: _losses(part) for key, part in outputs.items()}
        return None if any(part is None for part in parts.values()) else parts
    if isinstance(outputs, (list, tuple)):
        each = [_losses(part) for part in outputs]
        return None if any(part is None for part in each) else each
    dtype = getattr(outputs, "dtype", None)
    plain = hasattr(outputs, "shape") and len(outputs.shape) >= 1 and not hasattr(outputs, "row_splits")
    return _to_half if plain and "float" in str(dtype) else None


def _to_half(labels: Any, outputs: Any) -> Any:
    """The loss that comparisons train with, too: the mean of (output - 0.5)^2."""
    import tensorflow as tf

    return tf.reduce_mean(tf.square(tf.cast(outputs, tf.float32) - 0.5), axis=-1)


def _zeros(losses: Any, rows: int) -> Any:
    if isinstance(losses, dict):
        return {key: _zeros(part, rows) for key, part in losses.items()}
    if isinstance(losses, list):
        return [_zeros(part, rows) for part in losses]
    return np.zeros((rows, 1), "float32")


def _arrays(structure: Any) -> Any:
    if isinstance(structure, dict):
        return {key: _arrays(part) for key, part in structure.items()}
    if isinstance(structure, list):
        return [_arrays(part) for part in structure]
    return structure.numpy() if hasattr(structure, "numpy") and not hasattr(structure, "row_splits") else structure
