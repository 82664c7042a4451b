"""What holds at one place of a file: the Keras of its class, imports in reach, names that stand for something else."""

from __future__ import annotations

import dataclasses
import functools
from typing import Literal

import libcst as cst

from flake8_keras_graph.rewrite.text.document import Document
from flake8_keras_graph.rewrite.text.imports import Imports
from flake8_keras_graph.rewrite.text.syntax import code, names_bound, outer_names, statements
from flake8_keras_graph.syntax.nodes import walk

_SCOPES = (cst.FunctionDef, cst.ClassDef, cst.Lambda)


def document_at(document: Document, node: cst.CSTNode, symbol: str = "") -> Document:
    """``document`` as code at ``node`` sees it; ``symbol`` is the class that reaches code outside of classes."""
    imports = dataclasses.replace(_imports_at(document, node), keras=_keras_version(document, node, symbol))
    return dataclasses.replace(document, imports=imports)


def _keras_version(document: Document, node: cst.CSTNode, symbol: str) -> Literal[2, 3]:
    reading = document.class_reading(node)
    if reading is None and symbol in document.reading.module.classes:
        reading = document.reading.class_named(symbol)
    return document.reading.keras_version if reading is None else reading.keras_version


def _imports_at(document: Document, node: cst.CSTNode) -> Imports:
    """The imports that code at ``node`` can use, and the names that an import added to the file must not take."""
    inside = [upper for upper in document.above(node) if isinstance(upper, (cst.FunctionDef, cst.Lambda))]
    elsewhere: set[str] = set()
    reached: set[str] = set()
    for line in document.tree.imports:
        (reached if _reaches(document, line, inside) else elsewhere).update(names_bound(line))
    shadowed = set().union(*(_local(function) for function in inside))
    imports = document.imports
    hidden = (elsewhere - reached) | shadowed
    kept = {name: path for name, path in imports.names.items() if name not in hidden}
    return dataclasses.replace(imports, names=kept, taken=document.tree.names | reached | shadowed)


def _reaches(document: Document, line: cst.CSTNode, inside: list[cst.FunctionDef | cst.Lambda]) -> bool:
    """Whether what ``line`` imports is bound where the functions ``inside`` run."""
    for upper in document.above(line):
        if isinstance(upper, _SCOPES):
            return upper in inside
        if isinstance(upper, cst.If) and code(upper.test).rpartition(".")[2] == "TYPE_CHECKING":
            return False
    return True


@functools.lru_cache(maxsize=256)
def _local(function: cst.FunctionDef | cst.Lambda) -> frozenset[str]:
    """Names that ``function`` binds by other means than an import."""
    bound = {param.name.value for param in walk(function.params) if isinstance(param, cst.Param)}
    if isinstance(function, cst.Lambda):
        return frozenset(bound)
    lines = statements(function)
    imported = {
        name
        for line in lines
        for part in walk(line)
        if isinstance(part, (cst.Import, cst.ImportFrom))
        for name in names_bound(part)
    }
    return frozenset(bound | (outer_names(lines) - imported))
