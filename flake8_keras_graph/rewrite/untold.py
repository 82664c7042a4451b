"""Models that are not told about training: without a ``training`` in ``call``, Keras 3 fits them as in inference.

The trainer gives ``training=True`` to a model whose ``call`` takes it, which every functional model's does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import libcst as cst

from flake8_keras_graph.rewrite.imports import Imports
from flake8_keras_graph.rewrite.layers import IDENTITY_OUTSIDE_TRAINING
from flake8_keras_graph.rewrite.syntax import parameters, walk

_SWITCH = IDENTITY_OUTSIDE_TRAINING | {"BatchNormalization", "RandomCrop", "SpectralNormalization"}


def is_told(call: cst.FunctionDef) -> bool:
    """Whether the trainer tells a model with this ``call`` that it is trained."""
    return any(parameter.name.value == "training" for parameter in parameters(call))


def switching(made: Iterable[cst.CSTNode], module: cst.Module, imports: Imports) -> Iterator[tuple[cst.CSTNode, str]]:
    """Layers constructed in ``made`` that compute something else in training: where, and their names.

    Classes and functions of ``module`` that are named there are looked into.
    """
    own = {line.name.value: line for line in module.body if isinstance(line, (cst.ClassDef, cst.FunctionDef))}
    seen: set[str] = set()
    for node in made:
        for part in walk(node):
            name = part.value if isinstance(part, cst.Name) else ""
            found = _switches(part, imports) if isinstance(part, cst.Call) else ""
            if found:
                yield part, found
            elif name in own and name not in seen:
                seen.add(name)
                inside = next(switching([own[name]], _without(module, name), imports), None)
                if inside is not None:
                    yield part, inside[1]


def _switches(call: cst.Call, imports: Imports) -> str:
    path = imports.canonical(call.func)
    name = path.rpartition(".")[2]
    if not path.startswith("keras."):
        return ""
    dropped = [word.value for word in call.args if word.keyword is not None and "dropout" in word.keyword.value]
    drops = any(not (isinstance(value, (cst.Integer, cst.Float)) and not value.evaluated_value) for value in dropped)
    return name if name in _SWITCH or (name[:1].isupper() and drops) else ""


def _without(module: cst.Module, name: str) -> cst.Module:
    kept = [line for line in module.body if getattr(getattr(line, "name", None), "value", "") != name]
    return module.with_changes(body=kept)
