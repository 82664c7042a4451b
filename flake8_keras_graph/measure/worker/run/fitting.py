"""``fit``, ``evaluate`` and ``predict`` themselves, on a fresh model that nothing has built. In the worker.

Every run has one full batch and a short one. What the spec does not say of labels, loss and optimizer is guessed.
"""

from __future__ import annotations

import contextlib
import dataclasses
import inspect
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from flake8_keras_graph.measure.worker.build import feeding
from flake8_keras_graph.measure.worker.build.building import Program, Recipe
from flake8_keras_graph.measure.worker.run.compiling import Failure, failure

# What Keras itself raises of a model, without a line of the file; other failures may be of the loss made here.
_OF_THE_MODEL = (
    "No gradients provided",
    "XLA compilation requires",
    "tf.function-decorated function tried",
)
# Methods that ``fit``, ``evaluate`` and ``predict`` call beside ``call``.
_STEPS_OF_FIT = 20
_STEPS = ("train_step", "test_step", "predict_step", "compute_loss", "compute_metrics", "compute_own_loss")


@dataclasses.dataclass(frozen=True, slots=True)
class Data:
    """What ``fit`` is given: inputs, and labels where there are some."""

    inputs: Any
    labels: Any
    losses: Any
    guessed: bool

    @property
    def described(self) -> str:
        if self.labels is None:
            return "without labels (guessed)"
        return "with guessed labels and loss" if self.guessed else "with the labels and the loss of the spec"


def has_own_steps(cls: type, names: Sequence[str] = _STEPS) -> bool:
    """Whether the class, or a base that is not Keras's, says itself how to train, test or predict."""
    own = (k for k in cls.__mro__ if k is cls or k.__module__.partition(".")[0] not in ("keras", "tf_keras"))
    return any(name in vars(k) for k in own for name in names)


def data_to_try(cls: type, program: Program, recipe: Recipe, seed: int) -> Iterator[Data]:
    """What may be given to ``fit``, the likeliest first; nothing where ``fit`` cannot be tried.

    That is so with several arguments, with nothing to train, and without an output that a loss can be made for.
    """
    if len(recipe.feed) != 1 or recipe.call or not program.trainable:
        return
    outputs = program(feeding.make(recipe.feed, 2, seed), False)
    losses = recipe.loss or _losses(outputs)
    if losses is None and not has_own_steps(cls):
        return
    rows = recipe.batch_size + max(1, recipe.batch_size // 3)
    (inputs,) = _arrays(feeding.make(recipe.feed, rows, seed)).values()
    if recipe.labels is not None:
        yield Data(inputs, _arrays(feeding.make(recipe.labels, rows, seed + 1)), losses, not recipe.loss)
        return
    yield Data(inputs, _zeros(losses, rows), losses, True)
    if has_own_steps(cls):
        yield Data(inputs, _like(outputs, rows), losses, True)
        yield Data(inputs, None, losses, True)


def fit_once(cls: type, data: Data, recipe: Recipe, keras: Any, files: Sequence[str]) -> dict[str, Any] | None:
    """What ``fit`` did, for the report; None where a failure may be that of what was made here."""
    began = time.perf_counter()
    try:
        model = _compiled(cls, data, recipe, keras)
        _use(model, "fit", data, recipe.batch_size)
    except BaseException as error:
        found = failure(error, files)
        return None if not _is_of_the_model(found) else {"works": False, "error": _described(found)}
    return {"works": True, "first_call_seconds": time.perf_counter() - began}


def run_steps(cls: type, data: Data, recipe: Recipe, keras: Any, use: str, eagerly: bool) -> tuple[Any, int]:
    """Let ``fit``, ``evaluate`` or ``predict`` make several steps of one size: the model then, and their number.

    Raises what that raises.
    """
    model = _compiled(cls, data, recipe, keras)
    model.run_eagerly = eagerly
    rows = _rows(data.inputs)
    batch = max(1, rows // _STEPS_OF_FIT)
    steps = rows // batch
    part = dataclasses.replace(
        data, inputs=_first(data.inputs, steps * batch), labels=_first(data.labels, steps * batch)
    )
    _use(model, use, part, batch)
    return model, steps


def _rows(structure: Any) -> int:
    parts = structure.values() if isinstance(structure, dict) else structure
    if isinstance(structure, (dict, list, tuple)):
        return _rows(next(iter(parts)))
    return int(structure.nrows() if hasattr(structure, "nrows") else len(structure))


def use_once(
    cls: type,
    data: Data,
    recipe: Recipe,
    keras: Any,
    files: Sequence[str],
    uses: Sequence[str] = ("evaluate", "predict"),
) -> list[Failure]:
    """How ``evaluate`` and ``predict`` failed, each on a fresh model."""
    found = []
    for use in uses:
        try:
            _use(_compiled(cls, data, recipe, keras), use, data, recipe.batch_size)
        except BaseException as error:
            found.append(failure(error, files))
    return found


def run_eagerly(cls: type, data: Data, recipe: Recipe, keras: Any) -> BaseException | None:
    """Fit, evaluate and predict without compiling anything; how ``fit`` failed, where it did."""
    batch = min(recipe.batch_size, 4)
    part = dataclasses.replace(data, inputs=_first(data.inputs, batch + 2), labels=_first(data.labels, batch + 2))
    try:
        model = _compiled(cls, part, recipe, keras)
        model.run_eagerly = True
        _use(model, "fit", part, batch)
    except BaseException as error:
        return error
    for use in ("evaluate", "predict"):
        with contextlib.suppress(Exception):
            _use(model, use, part, batch)
    return None


def _use(model: Any, use: str, data: Data, batch: int) -> None:
    """Without labels a step is given the inputs themselves, as of a data set, and not a tuple."""
    import tensorflow as tf

    method = getattr(model, use)
    if data.labels is None:
        method(tf.data.Dataset.from_tensor_slices(data.inputs).batch(batch), verbose=0)
    elif use == "predict":
        method(data.inputs, batch_size=batch, verbose=0)
    else:
        method(data.inputs, data.labels, batch_size=batch, verbose=0)


def _compiled(cls: type, data: Data, recipe: Recipe, keras: Any) -> Any:
    """A new model, compiled by its own ``compile`` unless its constructor has done that. Raises what that raises."""
    model = recipe.arguments.instance(cls)
    if getattr(model, "optimizer", None) is None:
        model.compile(**compile_arguments(model.compile, data, recipe, keras))
    return model


def compile_arguments(compile_model: Any, data: Data, recipe: Recipe, keras: Any) -> dict[str, Any]:
    """What to call ``compile`` with: optimizers and losses for the parameters that are named so."""
    given: dict[str, Any] = {}
    for name, parameter in inspect.signature(compile_model).parameters.items():
        if parameter.kind is parameter.VAR_KEYWORD:
            given.setdefault("optimizer", keras.optimizers.get(recipe.optimizer))
        elif parameter.kind is not parameter.VAR_POSITIONAL and "optimizer" in name:
            given[name] = keras.optimizers.get(recipe.optimizer)
        elif name == "loss" and data.losses is not None:
            given[name] = data.losses
        elif "loss" in name and parameter.default is parameter.empty:
            given[name] = recipe.loss or _to_half_on_average
    if not {"loss"} & set(given) and _takes_any(compile_model) and data.losses is not None:
        given["loss"] = data.losses
    return given


def _takes_any(function: Any) -> bool:
    return any(p.kind is p.VAR_KEYWORD for p in inspect.signature(function).parameters.values())


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


def _to_half_on_average(labels: Any, outputs: Any) -> Any:
    """One number, as a loss object gives it: what a ``train_step`` of its own calls is mostly one."""
    import tensorflow as tf

    return tf.reduce_mean(_to_half(labels, outputs))


def _zeros(losses: Any, rows: int) -> Any:
    if isinstance(losses, dict):
        return {key: _zeros(part, rows) for key, part in losses.items()}
    if isinstance(losses, list):
        return [_zeros(part, rows) for part in losses]
    return np.zeros((rows, 1), "float32")


def _like(outputs: Any, rows: int) -> Any:
    """Zeros in the shapes of the outputs."""
    if isinstance(outputs, Mapping):
        return {key: _like(part, rows) for key, part in outputs.items()}
    if isinstance(outputs, (list, tuple)):
        return [_like(part, rows) for part in outputs]
    return np.zeros((rows, *outputs.shape[1:]), "float32")


def _first(structure: Any, rows: int) -> Any:
    if isinstance(structure, dict):
        return {key: _first(part, rows) for key, part in structure.items()}
    if isinstance(structure, (list, tuple)):
        return type(structure)(_first(part, rows) for part in structure)
    return None if structure is None else structure[:rows]


def _arrays(structure: Any) -> Any:
    if isinstance(structure, dict):
        return {key: _arrays(part) for key, part in structure.items()}
    if isinstance(structure, list):
        return [_arrays(part) for part in structure]
    return structure.numpy() if hasattr(structure, "numpy") and not hasattr(structure, "row_splits") else structure
