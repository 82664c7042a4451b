"""Words for lookup layers that got none, because what adapts them is an action of the file. Runs in the worker."""

from __future__ import annotations

import contextlib
from typing import Any

_WORDS = ["a b c", "a", "b", "c"]
_SAMPLES = {"TextVectorization": _WORDS, "StringLookup": _WORDS, "IntegerLookup": list(range(16))}


def adapt(model: Any) -> bool:
    """Give every lookup layer of the model that has no vocabulary a guessed one; whether there was any."""
    layers = list(model._flatten_layers()) if hasattr(model, "_flatten_layers") else []
    without = [layer for layer in layers if type(layer).__name__ in _SAMPLES and _is_empty(layer)]
    for layer in without:
        layer.adapt(_SAMPLES[type(layer).__name__])
    return bool(without)


def _is_empty(layer: Any) -> bool:
    """Whether it knows no more than its entries for what is masked and what is not known."""
    lookup = getattr(layer, "_lookup_layer", layer)
    with contextlib.suppress(Exception):
        known = int(lookup.num_oov_indices) + (lookup.mask_token is not None)
        return int(lookup.vocabulary_size()) <= known
    return False
