"""Guesses at constructor arguments, by the parameters' names and by what the constructor does with them. In the worker.

Nothing here is a fact: whatever is built from a guess is marked as guessed, and only what runs is used.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import re
import textwrap
from collections.abc import Iterator
from typing import Any

from flake8_keras_graph.measure.worker.build import arguments
from flake8_keras_graph.measure.worker.build.arguments import Arguments

# Constructor parameters, by a pattern on the name.
_BY_PARAMETER = (
    (r"vocab|num_tokens|input_dim|max_features", 16), (r"num_heads|heads|n_head|groups", 2),
    (r"stride|dilation", 1), (r"growth", 4),
    (r"classes|labels|(^|_)out(put)?_?(dim|units|size|channels)?$", 10), (r"initializer|stddev|_range$", 0.02),
    (r"rate|drop|prob|alpha|beta|eps|momentum|temperature", 0.1), (r"activation|_act$|^act$", "relu"),
    (r"data_format", "channels_last"), (r"padding", "same"), (r"kernel|window", 3),
    (r"num_layers|n_layer|layers|depth|blocks|num_|(^|_)n_|steps|iterations|repeats", 2), (r"len|max|time|seq", 16),
    (r"image_size|input_size|resolution", 32), (r"patch", 4), (r"shape", (16,)), (r"use_|is_|has_|with_", True),
    (r"(^|_)dtype$", "float32"), (r"name", "guessed"), (r"", 8),
)  # fmt: skip
_LAYER_PARAMETERS = re.compile(
    r"((?!num_|n_|d_)\w+_)?(encoder|decoder|generator|discriminator|backbone|network|critic|classifier|teacher|student)"
    r"|((base|inner)_)?(layer|model)|block|head|module|net"
)
_CONFIGURATIONS = re.compile(r"(\w+_)?(config|configs|cfg|hparams|hps|opts?|args|params|hyperparameters|settings)")


def constructor_guesses(cls: Any, keras: Any) -> Iterator[Arguments]:
    """Arguments to try: the defaults alone, or values that the parameters suggest."""
    required = [p for p in parameters(cls.__init__) if p.default is p.empty and p.name != "self"]
    uses = _uses(cls)

    def make() -> dict[str, Any]:
        return {p.name: _guess(p, uses.get(p.name, _Use()), cls, keras) for p in required}

    yield arguments.guessed(make, "guessed from the parameters' names" if required else "the defaults")


def parameters(function: Any) -> list[inspect.Parameter]:
    """The parameters of a function that have a name of their own; none where that is not known."""
    try:
        found = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return []
    return [p for p in found if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]


def _guess(parameter: inspect.Parameter, use: _Use, cls: Any, keras: Any) -> Any:
    name = parameter.name
    annotation = str(parameter.annotation)
    if "bool" in annotation:
        return True
    if re.search(r"(list|tuple|sequence|iterable)\[.*int", annotation, re.IGNORECASE):
        return [8, 8]
    if not use.keys and (configuration := _configuration(parameter, cls)) is not None:
        return configuration
    if _LAYER_PARAMETERS.fullmatch(name):
        return keras.layers.Dense(16)
    if use.attributes or use.keys or _CONFIGURATIONS.fullmatch(name):
        return Guessed()
    value = by_name(name)
    if use.several and not isinstance(value, (list, tuple)):
        return [value if name.endswith("s") or not isinstance(value, int) else 8] * use.several
    return value


def by_name(name: str) -> Any:
    """A value for a parameter of that name."""
    if name.endswith(("units", "dims", "filters", "sizes")) and name not in ("units", "filters"):
        return [8, 8]
    return next(value for pattern, value in _BY_PARAMETER if re.search(pattern, name))


class Guessed:
    """A configuration of which nothing is known: each of its entries is guessed by its name."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return by_name(name)

    def __getitem__(self, name: str) -> Any:
        if not isinstance(name, str):
            raise TypeError(f"a configuration has no entry {name!r}")
        return by_name(name)

    def get(self, name: str, default: Any = None) -> Any:
        """As of a dict: what has a default keeps it."""
        return by_name(name) if default is None else default

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


@dataclasses.dataclass(slots=True)
class _Use:
    """What a constructor does with a parameter: how many items it takes of it (0: it may be a number)."""

    several: int = 0
    attributes: bool = False
    keys: bool = False


def _uses(cls: Any) -> dict[str, _Use]:
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(cls.__init__)))
    except (OSError, TypeError, SyntaxError):
        return {}
    found: dict[str, _Use] = {}
    for node in ast.walk(tree):
        _read(node, found)
    return found


def _read(node: ast.AST, found: dict[str, _Use]) -> None:
    if isinstance(node, (ast.For, ast.comprehension)):
        for name in _iterated(node.iter):
            _take(found, name, 2)
    elif isinstance(node, ast.Assign) and isinstance(node.targets[0], (ast.Tuple, ast.List)):
        if isinstance(node.value, ast.Name):
            _take(found, node.value.id, len(node.targets[0].elts))
    elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "len" and node.args:
        if isinstance(node.args[0], ast.Name):
            _take(found, node.args[0].id, 2)
    elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
        index = node.slice.value if isinstance(node.slice, ast.Constant) else None
        if isinstance(index, str):
            found.setdefault(node.value.id, _Use()).keys = True
        else:
            _take(found, node.value.id, index + 1 if isinstance(index, int) else 2)
    elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id != "self":
        found.setdefault(node.value.id, _Use()).attributes = True


def _take(found: dict[str, _Use], name: str, count: int) -> None:
    use = found.setdefault(name, _Use())
    use.several = max(use.several, count, 2)


def _iterated(source: ast.expr) -> Iterator[str]:
    """Names that a loop runs over, through ``zip``, ``enumerate`` and ``reversed``."""
    if isinstance(source, ast.Name):
        yield source.id
    elif isinstance(source, ast.Call) and getattr(source.func, "id", "") in ("zip", "enumerate", "reversed", "iter"):
        for argument in source.args:
            yield from _iterated(argument)
