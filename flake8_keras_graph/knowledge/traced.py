"""What Keras and TensorFlow trace besides methods of layers and models, and what it is given while they do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Given = Literal["tensor", "nest", "variable", "scalar variable", "unknown"]
"""What a parameter is given: a batch, a structure, a weight, a count of steps, or what the caller likes."""

# Base classes, by the module that holds them: which method is traced, and what it is given.
OBJECTS: Mapping[str, tuple[str, tuple[Given, ...]]] = {
    "keras.regularizers.": ("__call__", ("variable",)),
    "keras.constraints.": ("__call__", ("variable",)),
    "keras.optimizers.schedules.": ("__call__", ("scalar variable",)),
    "keras.optimizers.": ("update_step", ("tensor", "variable", "unknown")),
}
# What hands a function over: the parameter and its position, and what the function is given.
TAKERS: Mapping[str, tuple[str, int, tuple[Given, ...]]] = {
    "keras.layers.Lambda": ("function", 0, ("nest",)),
    "keras.layers.Activation": ("activation", 0, ("tensor",)),
    "keras.losses.LossFunctionWrapper": ("fn", 0, ("tensor", "tensor")),
    "keras.metrics.MeanMetricWrapper": ("fn", 0, ("tensor", "tensor")),
}
# Methods of ``tf.data.Dataset`` whose first argument is a function of the elements.
ELEMENTS = frozenset({"filter", "flat_map", "group_by_window", "interleave", "map", "scan", "take_while"})
