"""Words for lookup layers that got none, because what adapts them is an action of the file. Runs in the worker."""

from __future__ import annotations

import contextlib
from typing import Any

from flake8_keras_graph import knowledge

_SAMPLES: dict[str, list[Any]] = {"texts": ["a b c", "a", "b", "c"], "numbers": list(range(16))}


def adapt(model: Any) -> bool:
    """Give every lookup layer of the model that has no vocabulary a guessed one; whether there was any."""
    layers = list(model._flatten_layers()) if hasattr(model, "_flatten_layers") else []
    without = [(layer, samples) for layer in layers if (samples := _samples(layer)) and _is_empty(layer)]
    for layer, samples in without:
        layer.adapt(samples)
    return bool(without)


def _samples(layer: Any) -> list[Any] | None:
    """What a lookup layer can be adapted to; None for other layers."""
    found = knowledge.record(f"keras.layers.{type(layer).__name__}")
    return _SAMPLES.get(found.input or "") if found is not None and "adapts" in found.flags else None


def _is_empty(layer: Any) -> bool:
    """Whether it knows no more than its entries for what is masked and what is not known."""
    lookup = getattr(layer, "_lookup_layer", layer)
    with contextlib.suppress(Exception):
        known = int(lookup.num_oov_indices) + (lookup.mask_token is not None)
        return int(lookup.vocabulary_size()) <= known
    return False
