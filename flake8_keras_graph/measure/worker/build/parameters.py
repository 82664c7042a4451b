"""Guesses at constructor arguments, by the parameters' names and by what was read of their uses. In the worker.

Nothing here is a fact: whatever is built from a guess is marked as guessed, and only what runs is used.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Iterator
from typing import Any

from flake8_keras_graph.measure.worker.build import arguments
from flake8_keras_graph.measure.worker.build.arguments import Arguments
from flake8_keras_graph.records import ClassUse, Use

# Constructor parameters, by a pattern on the name.
_BY_PARAMETER = (
    (r"vocab|num_tokens|input_dim|max_features", 16), (r"num_heads|heads|n_head|groups", 2),
    (r"stride|dilation", 1), (r"growth", 4),
    (r"classes|labels|(^|_)out(put)?_?(dim|units|size|channels)?$", 10), (r"initializer|stddev|_range$", 0.02),
    (r"rate|drop|prob|alpha|beta|eps|momentum|temperature", 0.1), (r"activation|_act$|^act$", "relu"),
    (r"data_format", "channels_last"), (r"padding", "same"), (r"kernel|window", 3),
    (r"num_layers|n_layer|layers|depth|blocks|num_|(^|_)n_|steps|iterations|repeats", 2), (r"len|max|time|seq", 16),
    (r"image_size|input_size|resolution", 32), (r"patch", 4), (r"shape", (16,)), (r"use_|is_|has_|with_", True),
    (r"(^|_)dtype$", "float32"), (r"name", "guessed"), (r"^axis$", -1),
)  # fmt: skip
_SOME_NUMBER = 8
_LAYER_PARAMETERS = re.compile(
    r"((?!num_|n_|d_)\w+_)?(encoder|decoder|generator|discriminator|backbone|network|critic|classifier|teacher|student)"
    r"|((base|inner)_)?(layer|model)|block|head|module|net"
)
_CONFIGURATIONS = re.compile(r"(\w+_)?(config|configs|cfg|hparams|hps|opts?|args|params|hyperparameters|settings)")


def constructor_guesses(cls: Any, keras: Any, known: ClassUse | None) -> Iterator[Arguments]:
    """Arguments to try: the defaults alone, or values that the parameters suggest. ``known`` is what was read of it."""
    required = [p for p in parameters(cls.__init__) if p.default is p.empty and p.name != "self"]
    uses = {use.name: use for use in known.parameters} if known is not None else {}

    def make() -> dict[str, Any]:
        return {p.name: _guess(p, uses.get(p.name, Use(p.name)), cls, keras) for p in required}

    yield arguments.guessed(make, "guessed from the parameters' names" if required else "the defaults")


def parameters(function: Any) -> list[inspect.Parameter]:
    """The parameters of a function that have a name of their own; none where that is not known."""
    try:
        found = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return []
    return [p for p in found if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]


def call_parameters(instance: Any, method: str = "call") -> list[str]:
    """The parameters of ``call`` that get data: the first one and all without a default."""
    named = [p for p in parameters(getattr(instance, method)) if p.name not in ("self", "training", "mask")]
    return [p.name for index, p in enumerate(named) if index == 0 or p.default is p.empty]


def _guess(parameter: inspect.Parameter, use: Use, cls: Any, keras: Any) -> Any:
    name = parameter.name
    annotation = str(parameter.annotation)
    keys = any(isinstance(key, str) for key, _ in use.items)
    if "bool" in annotation:
        return True
    if re.search(r"(list|tuple|sequence|iterable)\[.*int", annotation, re.IGNORECASE):
        return [8, 8]
    if not keys and (configuration := _configuration(parameter, cls)) is not None:
        return configuration
    if _LAYER_PARAMETERS.fullmatch(name) and not (use.attributes and _CONFIGURATIONS.fullmatch(name)):
        return keras.layers.Dense(16)
    if use.is_called:
        return keras.activations.relu if by_name(name) == "relu" else keras.layers.Dense(16)
    if use.attributes or keys or _CONFIGURATIONS.fullmatch(name):
        return Guessed(use, keras)
    return _number_or_several(use, keras)


def _number_or_several(use: Use, keras: Any) -> Any:
    """A value, or as many in a list as the constructor takes."""
    value = _by_use(use, keras)
    is_several = use.is_iterated or use.is_sized or use.count or any(isinstance(key, int) for key, _ in use.items)
    if not is_several or isinstance(value, (list, tuple)):
        return value
    each = dict(use.items).get(0)
    if use.name.endswith("s") or not isinstance(value, int):
        one = value
    else:
        one = _SOME_NUMBER
    if each is not None and each.is_called:
        return [keras.layers.Dense(16) for _ in range(max(use.count, 2))]
    if each is not None and one == _SOME_NUMBER:
        one = _by_use(dataclasses.replace(each, name=""), keras)
    return [one] * max(use.count, 2)


def _by_use(use: Use, keras: Any) -> Any:
    """A value for a parameter by its name or, where that says nothing, by what it is given to Keras as."""
    value = by_name(use.name)
    if value != _SOME_NUMBER:
        return value
    named = (_parameter_of_keras(given.name, given.parameter, keras) for given in use.given)
    return next((by_name(name) for name in named if name), value)


def _parameter_of_keras(name: str, parameter: int | str, keras: Any) -> str:
    """What Keras calls a parameter of one of its layers; "" for those of others."""
    space, _, cls = name.rpartition(".")
    found = getattr(keras.layers, cls, None) if space == "keras.layers" else None
    if found is None or isinstance(parameter, str):
        return parameter if found is not None and isinstance(parameter, str) else ""
    named = [p.name for p in parameters(found.__init__) if p.name != "self"]
    return named[parameter] if parameter < len(named) else ""


def by_name(name: str) -> Any:
    """A value for a parameter of that name."""
    if name.endswith(("units", "dims", "filters", "sizes")) and name not in ("units", "filters"):
        return [8, 8]
    return next((value for pattern, value in _BY_PARAMETER if re.search(pattern, name)), _SOME_NUMBER)


class Guessed:
    """A configuration of which only uses are known: each of its entries is guessed by its name and by those."""

    def __init__(self, use: Use, keras: Any) -> None:
        self._entries = {str(key): entry for key, entry in use.items} | {entry.name: entry for entry in use.attributes}
        self._keras = keras

    def _guess(self, name: str) -> Any:
        use = dataclasses.replace(self._entries.get(name, Use(name)), name=name)
        value = by_name(name)
        if (use.attributes or any(isinstance(key, str) for key, _ in use.items)) and value == _SOME_NUMBER:
            return Guessed(use, self._keras)
        return _number_or_several(use, self._keras)

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


def _configuration(parameter: inspect.Parameter, cls: Any) -> Any:
    """An instance of the dataclass that the parameter is annotated with, or that its module has for it; else None."""
    names = getattr(cls.__init__, "__globals__", {})
    annotation = parameter.annotation
    if isinstance(annotation, str):
        annotation = names.get(annotation.strip("'\"").rpartition(".")[2])
    if annotation is inspect.Parameter.empty and _CONFIGURATIONS.fullmatch(parameter.name):
        annotation = next((n for n in names.values() if isinstance(n, type) and dataclasses.is_dataclass(n)), None)
    if not (isinstance(annotation, type) and dataclasses.is_dataclass(annotation)):
        return None
    missing = dataclasses.MISSING
    required = [f for f in dataclasses.fields(annotation) if f.init and f.default is missing is f.default_factory]
    try:
        return annotation(**{f.name: _of_field(f) for f in required})
    except Exception:  # it looks at what it is given
        return None


def _of_field(field: dataclasses.Field[Any]) -> Any:
    several = re.search(r"(list|tuple|sequence|iterable)", str(field.type), re.IGNORECASE)
    value = by_name(field.name)
    return [8, 8] if several and not isinstance(value, (list, tuple)) else value
