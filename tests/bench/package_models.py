"""What the specs of packages.toml cannot say in a line: models that are made of others, inputs that hang together."""

from __future__ import annotations

from typing import Any


def patches(batch: int, seed: int) -> dict[str, Any]:
    """One image for each row, of 2 by 4 patches, with the counts of patches in time, height and width."""
    import numpy as np

    pixels = np.random.default_rng(seed).normal(size=(batch, 8, 2, 4, 4, 3)).astype("float32")
    return {"pixel_values": pixels, "grid_thw": np.tile(np.array([[[1, 2, 4]]], "int32"), (batch, 1, 1))}


def distiller() -> Any:
    import keras

    def network() -> Any:
        return keras.Sequential([keras.Input((8,)), keras.layers.Dense(3)])

    losses = [keras.distillation.LogitsDistillation()]
    return keras.distillation.Distiller(network(), network(), losses)


def wide_and_deep() -> Any:
    import tf_keras

    deep = tf_keras.Sequential([tf_keras.layers.Dense(4), tf_keras.layers.Dense(1)])
    return tf_keras.experimental.WideDeepModel(tf_keras.experimental.LinearModel(), deep)


def sharpness_aware() -> Any:
    import tf_keras

    inner = tf_keras.Sequential([tf_keras.layers.Dense(4), tf_keras.layers.Dense(1)])
    return tf_keras.models.experimental.SharpnessAwareMinimization(inner)
