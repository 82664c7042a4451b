"""Models that are not told about training: without a ``training`` in ``call``, Keras 3 fits them as in inference.

The trainer gives ``training=True`` to a model whose ``call`` takes it, which every functional model's does.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Iterable, Iterator

import libcst as cst

from flake8_keras_graph.project.index import Module
from flake8_keras_graph.rewrite.functional.read.layer_classes import CHANGED_BY_TRAINING
from flake8_keras_graph.rewrite.text.imports import Imports
from flake8_keras_graph.rewrite.text.syntax import dotted, parameters
from flake8_keras_graph.syntax.nodes import walk

# Packages whose classes are no layers, or are looked at by name.
_NO_LAYERS = frozenset({"keras", "numpy", "tf"})
_MAX_CLASSES = 100


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """A file: its tree, its imports, and its entry in the project's index (None for the model's own)."""

    module: cst.Module
    imports: Imports
    indexed: Module | None = None


# A class by its name as written in a file: its code and the file that it stands in.
Find = Callable[[str, Place], "tuple[cst.ClassDef, Place] | None"]


def is_told(call: cst.FunctionDef) -> bool:
    """Whether the trainer tells a model with this ``call`` that it is trained."""
    return any(parameter.name.value == "training" for parameter in parameters(call))


def gives_training(node: cst.CSTNode) -> bool:
    """Whether ``node`` calls something with a ``training`` that is not the one it was given itself."""
    return any(
        argument.keyword is not None and argument.keyword.value == "training" and dotted(argument.value) != "training"
        for part in walk(node)
        if isinstance(part, cst.Call)
        for argument in part.args
    )


def switching(
    made: Iterable[cst.CSTNode], place: Place, find: Find, seen: set[int] | None = None
) -> Iterator[tuple[cst.CSTNode, str]]:
    """Layers constructed in ``made``, code of ``place``, that compute something else in training: where, their names.

    Functions of that file that are named there are looked into, and the classes that ``find`` knows.
    """
    seen = set() if seen is None else seen
    for part in (part for node in made for part in walk(node)):
        found = _switches(part, place.imports) or _switching_inside(part, place, find, seen)
        if found:
            yield part, found


def _switching_inside(part: cst.CSTNode, place: Place, find: Find, seen: set[int]) -> str:
    """The layer that switches in what ``part`` calls or names; a class of another package by its own name."""
    name = dotted(part.func if isinstance(part, cst.Call) else part)
    inner = _definition(name, place, find if len(seen) < _MAX_CLASSES else _find_nothing)
    if inner is None:
        return name if isinstance(part, cst.Call) and _may_switch(part, place.imports) else ""
    if id(inner[0]) in seen:
        return ""
    seen.add(id(inner[0]))
    inside = next(switching([inner[0]], inner[1], find, seen), None)
    return inside[1] if inside is not None else ""


def _definition(name: str, place: Place, find: Find) -> tuple[cst.CSTNode, Place] | None:
    """The class or the function of the project that ``name`` is in a file."""
    if name and not _is_no_layer(name, place.imports):
        known = find(name, place)
        if known is not None:
            return known
    lines = place.module.body
    function = next((line for line in lines if isinstance(line, cst.FunctionDef) and line.name.value == name), None)
    return None if function is None else (function, place)


def _find_nothing(name: str, place: Place) -> None:
    """What a search finds that has gone far enough."""


def _switches(call: cst.CSTNode, imports: Imports) -> str:
    """The name of the layer of Keras's own that ``call`` makes and that switches; empty for everything else."""
    if not isinstance(call, cst.Call):
        return ""
    path = imports.canonical(call.func)
    name = path.rpartition(".")[2]
    if not path.startswith("keras."):
        return ""
    dropped = [word.value for word in call.args if word.keyword is not None and "dropout" in word.keyword.value]
    drops = any(not (isinstance(value, (cst.Integer, cst.Float)) and not value.evaluated_value) for value in dropped)
    return name if name in CHANGED_BY_TRAINING or (name[:1].isupper() and drops) else ""


def _is_no_layer(name: str, imports: Imports) -> bool:
    """Whether ``name`` is of a package that is not looked into, or no class's at all."""
    package = imports.canonical(name).partition(".")[0]
    if package in _NO_LAYERS or package in sys.stdlib_module_names:
        return True
    return not name.rpartition(".")[2].lstrip("_")[:1].isupper()


def _may_switch(call: cst.Call, imports: Imports) -> bool:
    """Whether ``call`` makes an object of another package, which may be a layer that knows training."""
    return bool(imports.canonical(call.func)) and not _is_no_layer(dotted(call.func), imports)
