"""One forward step and one training step of a program, as functions that run in any mode. In the worker.

The training step is that of ``fit`` without its metrics: forward, loss, gradients, optimizer. Without labels
the loss is the mean of (output - 0.5)^2 over every floating output, plus the model's own losses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flake8_keras_graph.measure.worker.build.building import Program, Recipe

Step = Callable[..., Any]


def flat_tensors(structure: Any) -> list[Any]:
    """The tensors of an output structure, ragged and sparse ones by their values."""
    import tensorflow as tf

    found: list[Any] = []
    for leaf in tf.nest.flatten(structure, expand_composites=True):
        if leaf is not None:
            value = getattr(leaf, "_value", leaf)
            found.append(value if tf.is_tensor(value) else tf.convert_to_tensor(value))
    return found


def forward_step(program: Program, training: bool = False) -> Step:
    """feed -> outputs."""

    def forward(feed: Mapping[str, Any]) -> Any:
        return program(feed, training)

    return forward


def loss_of(program: Program, outputs: Any, labels: Any, loss_function: Any) -> Any:
    """The scalar that is minimised."""
    import tensorflow as tf

    if loss_function is not None:
        total = tf.reduce_mean(loss_function(labels, outputs))
    else:
        floating = [t for t in flat_tensors(outputs) if t.dtype.is_floating]
        if not floating:
            raise TypeError("no output is of a floating type: there is nothing to train")
        total = tf.add_n([tf.reduce_mean(tf.square(tf.cast(t, tf.float32) - 0.5)) for t in floating])
    own = [tf.cast(tf.reduce_sum(loss), total.dtype) for loss in program.model.losses]
    return tf.add_n([total, *own])


def train_step(
    program: Program, variables: Sequence[Any], recipe: Recipe, keras: Any
) -> tuple[Step, Sequence[Any], Any]:
    """(feed, labels) -> loss, updating ``variables``; the optimizer's own variables; the loss function."""
    import tensorflow as tf

    optimizer = keras.optimizers.get(recipe.optimizer)
    by_identity = {id(getattr(v, "_value", v)): v for v in program.model.trainable_variables}
    trained = [by_identity[id(v)] for v in variables]
    optimizer.build(trained)
    loss_function = keras.losses.get(recipe.loss) if recipe.loss else None

    def train(feed: Mapping[str, Any], labels: Any = None) -> Any:
        with tf.GradientTape() as tape:
            outputs = program(feed, True)
            loss = loss_of(program, outputs, labels, loss_function)
        found = tape.gradient(loss, list(variables))
        pairs = [(g, v) for g, v in zip(found, trained, strict=True) if g is not None]
        if not pairs:
            raise ValueError("no gradient reaches any variable")
        optimizer.apply_gradients(pairs)
        return loss

    slots = optimizer.variables() if callable(optimizer.variables) else optimizer.variables
    return train, [getattr(v, "_value", v) for v in slots], loss_function
