"""Values for what is only known by its name and by its uses: numbers, lists, dicts, configurations. In the worker.

Nothing here is a fact: whatever is built from a guess is marked as guessed, and only what runs is used.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
from typing import Any

from flake8_keras_graph.records import Use

# Parameters, by a pattern on the name.
_BY_NAME = (
    (r"(^|_)(vocab|vocabulary|charset|alphabet|words|tags|feature_names|feat_names|columns|keys|fields)$", ("a", "b")),
    (r"vocab|num_tokens|input_dim|max_features|feat_num|(^|_)n_?(users|items|words|tokens)$", 16),
    (r"num_heads|heads|n_head|groups", 2), (r"(^|_)seed$", 0),
    (r"stride|dilation", 1), (r"growth", 4),
    (r"classes|labels|(^|_)out(put)?_?(dim|units|size|channels)?$", 10),
    (r"initializer_range|stddev|_range$", 0.02), (r"initializer$|(^|_)init$", "glorot_uniform"),
    (r"regularizer$", "l2"), (r"constraint$", "non_neg"),
    (r"decay|(^|_)(lr|l1|l2|reg|lambda|lamda|lmbda|eps|epsilon)$|learning_rate|(^|_)reg_|weight_reg", 1e-3),
    (r"rate|drop|prob|alpha|beta|momentum|temperature|fraction|sigma|gamma|keep_", 0.1),
    (r"activation|_act$|^act$|nonlinearity", "relu"),
    (r"data_format", "channels_last"), (r"padding$", "same"), (r"merge_mode|combiner", "sum"), (r"kernel|window", 3),
    (r"pool_size", 2),
    (r"num_layers|n_layer|layers|depth|blocks|num_|(^|_)n_|steps|iterations|repeats|repetitions|order", 2),
    (r"len|max|time|seq", 16), (r"image_size|input_size|resolution", 32), (r"patch", 4), (r"shape", (16,)),
    (r"^(use|is|has|with|add|do|enable)_|_(norm|bn)$", True),
    (r"^(bn|bias|causal|training|trainable|downsample|shortcut|residual)$", True),
    (r"(^|_)dtype$", "float32"), (r"name", "guessed"), (r"^axis$", -1),
)  # fmt: skip
SOME_NUMBER = 8
_SEVERAL = ("units", "dims", "filters", "sizes", "widths", "channels_list", "features_list")


def by_name(name: str) -> Any:
    """A value for a parameter of that name."""
    if name.endswith(_SEVERAL) and name not in ("units", "filters"):
        return [8, 8]
    return next((value for pattern, value in _BY_NAME if re.search(pattern, name)), SOME_NUMBER)


def value_of(use: Use, keras: Any) -> Any:
    """A value for what is used so: a number, as many in a list as are taken of it, a dict or a configuration."""
    if use.attributes:
        return Configuration(use, keras)
    if has_keys(use):
        return values_by_key(use, keras)
    value = _one(use, keras)
    is_several = use.is_iterated or use.is_sized or use.count or any(isinstance(key, int) for key, _ in use.items)
    if isinstance(value, (list, tuple)) and any(
        item.items or item.attributes or item.is_called for _, item in use.items
    ):
        value = SOME_NUMBER  # what is done with its parts says more than its name
    if not is_several or isinstance(value, list):
        return value
    if isinstance(value, tuple):
        return list(value)
    return [_item(use, index, value, keras) for index in range(max(use.count, 2))]


def _item(use: Use, index: int, whole: Any, keras: Any) -> Any:
    """One of several; ``whole`` is what the parameter's own name says."""
    items = dict(use.items)
    each = items.get(index) or items.get(0)
    named_as_one = not use.name.endswith("s") and isinstance(whole, int)
    if each is None:
        return SOME_NUMBER if named_as_one else whole
    if each.is_called:
        return keras.layers.Dense(16)
    if has_keys(each):
        return values_by_key(each, keras, f"_{index}")
    if each.attributes:
        return Configuration(each, keras)
    inner = dataclasses.replace(each, name="" if _is_index(each.name) else each.name)
    is_nested = each.is_iterated or each.is_sized or each.count or any(isinstance(key, int) for key, _ in each.items)
    if is_nested:
        return value_of(inner, keras)
    value = _one(inner, keras)
    return value if value != SOME_NUMBER or named_as_one else whole


def _is_index(name: str) -> bool:
    return name.endswith("]")


def has_keys(use: Use) -> bool:
    """Whether parts of it are taken by texts."""
    return any(isinstance(key, str) for key, _ in use.items)


def values_by_key(use: Use, keras: Any, suffix: str = "") -> dict[str, Any]:
    """A dict of what is taken of it by texts; names in it end with the suffix, so that several differ."""
    made = {}
    for key, item in use.items:
        if isinstance(key, str):
            value = value_of(dataclasses.replace(item, name=key), keras)
            made[key] = f"{value}{suffix}" if value == "guessed" else value
    return made


def _one(use: Use, keras: Any) -> Any:
    """A value for a parameter by its name or, where that says nothing, by what it is given to Keras as."""
    value = by_name(use.name)
    if value != SOME_NUMBER:
        return value
    named = (_parameter_of_keras(given.name, given.parameter, keras) for given in use.given)
    return next((by_name(name) for name in named if name), value)


def _parameter_of_keras(name: str, parameter: int | str, keras: Any) -> str:
    """What Keras calls a parameter of one of its layers; "" for those of others."""
    space, _, cls = name.rpartition(".")
    found = getattr(keras.layers, cls, None) if space == "keras.layers" else None
    if found is None or isinstance(parameter, str):
        return parameter if found is not None and isinstance(parameter, str) else ""
    try:
        named = [each for each in inspect.signature(found.__init__).parameters if each != "self"]
    except (TypeError, ValueError):
        return ""
    return named[parameter] if parameter < len(named) else ""


class Configuration:
    """A configuration of which only uses are known: each of its entries is guessed by its name and by those."""

    def __init__(self, use: Use, keras: Any) -> None:
        self._entries = {str(key): entry for key, entry in use.items} | {entry.name: entry for entry in use.attributes}
        self._keras = keras

    def _guess(self, name: str) -> Any:
        use = dataclasses.replace(self._entries.get(name, Use(name)), name=name)
        if has_keys(use) and by_name(name) == SOME_NUMBER:
            return Configuration(use, self._keras)
        return value_of(use, self._keras)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self._guess(name)

    def __getitem__(self, name: str) -> Any:
        if not isinstance(name, str):
            raise TypeError(f"a configuration has no entry {name!r}")
        return self._guess(name)

    def get(self, name: str, default: Any = None) -> Any:
        """As of a dict: what has a default keeps it."""
        return self._guess(name) if default is None else default

    def __repr__(self) -> str:
        return "<every entry guessed by its name>"
