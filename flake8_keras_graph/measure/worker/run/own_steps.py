"""A ``train_step`` of a class's own, as a step that is compiled, compared and timed as any other. In the worker."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from flake8_keras_graph.measure.worker.build.building import Program, Recipe
from flake8_keras_graph.measure.worker.run import fitting
from flake8_keras_graph.measure.worker.run.steps import flat_tensors


@dataclasses.dataclass(frozen=True, slots=True)
class OwnStep:
    """What ``train_step`` is given: one ``batch`` of the ``data`` that ``fit`` was seen to accept."""

    data: fitting.Data
    batch: Any
    recipe: Recipe
    keras: Any

    @property
    def signature(self) -> Any:
        """The batch for any number of rows."""
        import tensorflow as tf

        return tf.nest.map_structure(lambda t: tf.TensorSpec([None, *t.shape[1:]], t.dtype), self.batch)

    def of(self, program: Program) -> tuple[Callable[[Any], list[Any]], list[Any]]:
        """The step of a program that ``compile`` was called on, and the state that it has beside the weights.

        One step is run eagerly, for what the first one creates. Raises what the class raises.
        """
        from flake8_keras_graph.measure.worker.compare.equivalence import Snapshot

        model = program.model
        if getattr(model, "optimizer", None) is None:
            model.compile(**fitting.compile_arguments(model.compile, self.data, self.recipe, self.keras))
        saved = Snapshot(program.variables)
        try:
            model.train_step(self.batch)
        finally:
            saved.restore()
        known = {id(variable) for variable in program.variables}
        state = {id(variable): variable for variable in _state(model) if id(variable) not in known}

        def train(data: Any) -> list[Any]:
            return flat_tensors(model.train_step(data))

        return train, list(state.values())


def find(cls: type, program: Program, recipe: Recipe, keras: Any, seed: int) -> OwnStep | None:
    """The class's own step with the first data that ``fit``, run eagerly, accepts; None where there is none."""
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)
    try:
        for data in fitting.data_to_try(cls, program, recipe, seed):
            if fitting.run_eagerly(cls, data, recipe, keras) is None:
                return _of(data, recipe, keras)
    except Exception:  # its outputs are nothing that labels can be made for
        return None
    finally:
        tf.config.run_functions_eagerly(False)
    return None


def _of(data: fitting.Data, recipe: Recipe, keras: Any) -> OwnStep | None:
    import tensorflow as tf

    given = data.inputs if data.labels is None else (data.inputs, data.labels)
    if not all(isinstance(leaf, np.ndarray) for leaf in tf.nest.flatten(given)):
        return None
    batch = tf.nest.map_structure(lambda array: tf.convert_to_tensor(array[: recipe.batch_size]), given)
    return OwnStep(data, batch, recipe, keras)


def _state(model: Any) -> Iterator[Any]:
    """The variables of optimizers and metrics, in an order that another model of the same steps has as well."""
    optimizers = [value for _, value in sorted(vars(model).items()) if hasattr(value, "apply_gradients")]
    for holder in (*optimizers, *model.metrics):
        variables = holder.variables() if callable(holder.variables) else holder.variables
        yield from (getattr(variable, "_value", variable) for variable in variables)
