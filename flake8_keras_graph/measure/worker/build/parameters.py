"""The parameters of a class's methods, and the first guess at its constructor's arguments. In the worker.

The guess is by the parameters' names and by what was read of their uses. Nothing here is a fact: whatever is built from
a guess is marked as guessed, and only what runs is used.
"""

from __future__ import annotations

import ast
import dataclasses
import functools
import inspect
import re
import textwrap
from collections.abc import Iterator
from typing import Any

from flake8_keras_graph.measure.worker.build.arguments import Arguments
from flake8_keras_graph.measure.worker.build.guessed_arguments import GuessedArguments
from flake8_keras_graph.measure.worker.build.stand_ins import Configuration, by_name, has_keys, value_of
from flake8_keras_graph.records import ClassUse, Use

_LAYER_PARAMETERS = re.compile(
    r"((?!num_|n_|d_)\w+_)?(encoder|decoder|generator|discriminator|backbone|network|critic|classifier|teacher|student)"
    r"|((base|inner)_)?(layer|model)|block|head|module|net"
)
_CONFIGURATIONS = re.compile(r"(\w+_)?(config|configs|cfg|hparams|hps|opts?|args|params|hyperparameters|settings)")
_CELLS = re.compile(r"(rnn_|\w+_)?cells?")


def constructor_guesses(cls: Any, keras: Any, known: ClassUse | None) -> Iterator[Arguments]:
    """Arguments to try: the defaults alone, or values that the parameters suggest. ``known`` is what was read of it."""
    given = [p for p in parameters(cls.__init__) if p.name != "self"]
    uses = {use.name: use for use in known.parameters} if known is not None else {}
    required = {
        p.name: functools.partial(_guess, p, uses.get(p.name, Use(p.name)), cls, keras)
        for p in given
        if p.default is p.empty
    }
    where = "guessed from the parameters' names" if required else "the defaults"
    defaults = {p.name: p.default for p in given if p.default is None}
    yield GuessedArguments(required, uses, keras, where, defaults).as_arguments()


def parameters(function: Any) -> list[inspect.Parameter]:
    """The parameters of a function that have a name of their own; none where that is not known."""
    try:
        found = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return []
    return [p for p in found if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]


def call_parameters(instance: Any, method: str = "call") -> list[str]:
    """The parameters of ``call`` that get data: the first one and all without a default."""
    named = [p for p in parameters(getattr(instance, method)) if p.name not in ("self", "training")]
    named = [p for p in named if p.name != "mask" or p.default is p.empty]
    return [p.name for index, p in enumerate(named) if index == 0 or p.default is p.empty]


def _guess(parameter: inspect.Parameter, use: Use, cls: Any, keras: Any) -> Any:
    name = parameter.name
    annotation = str(parameter.annotation)
    if "bool" in annotation:
        return True
    if re.search(r"(list|tuple|sequence|iterable)\[.*int", annotation, re.IGNORECASE):
        return [8] * max(use.count, 2)
    if not has_keys(use) and (configuration := _configuration(parameter, cls)) is not None:
        return configuration
    if texts := _compared_texts(cls, name):
        return texts[0]
    if _LAYER_PARAMETERS.fullmatch(name) and not (use.attributes and _CONFIGURATIONS.fullmatch(name)):
        return keras.layers.Dense(16)
    if _CELLS.fullmatch(name) and not use.is_iterated:
        return keras.layers.GRUCell(8)
    if use.is_called:
        return keras.activations.relu if by_name(name) == "relu" else keras.layers.Dense(16)
    if _CONFIGURATIONS.fullmatch(name):
        return Configuration(use, keras)
    return value_of(use, keras)


def _compared_texts(cls: type, name: str) -> list[str]:
    """The texts that the class's methods compare the parameter with, or an attribute of its name."""
    found: list[str] = []
    for node in ast.walk(_source(cls)):
        if isinstance(node, ast.Compare) and _last_name(node.left).lstrip("_") == name:
            for each in node.comparators:
                parts = each.elts if isinstance(each, (ast.List, ast.Tuple, ast.Set)) else [each]
                found += [
                    part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)
                ]
    return [text for text in found if text]


@functools.lru_cache(maxsize=64)
def _source(cls: type) -> ast.AST:
    try:
        return ast.parse(textwrap.dedent(inspect.getsource(cls)))
    except (OSError, TypeError, SyntaxError, ValueError, IndexError):
        return ast.Module([], [])


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):  # mode.lower() == "sum"
        return _last_name(node.func.value)
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


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
