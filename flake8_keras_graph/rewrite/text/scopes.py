"""What the imports of a file mean at one place: those in reach, and names that stand for something else there."""

from __future__ import annotations

import dataclasses

import libcst as cst

from flake8_keras_graph.rewrite.text.document import Document
from flake8_keras_graph.rewrite.text.imports import Imports
from flake8_keras_graph.rewrite.text.syntax import code, names_bound, outer_names, statements, walk

_SCOPES = (cst.FunctionDef, cst.ClassDef, cst.Lambda)


def imports_at(document: Document, node: cst.CSTNode) -> Imports:
    """The imports that code at ``node`` can use, and the names that an import added to the file must not take."""
    inside = [upper for upper in document.above(node) if isinstance(upper, (cst.FunctionDef, cst.Lambda))]
    elsewhere: set[str] = set()
    reached: set[str] = set()
    for part in walk(document.module):
        if isinstance(part, (cst.Import, cst.ImportFrom)):
            (reached if _reaches(document, part, inside) else elsewhere).update(names_bound(part))
    shadowed = set().union(*(_local(function) for function in inside))
    imports = document.imports
    hidden = (elsewhere - reached) | shadowed
    kept = {name: path for name, path in imports.names.items() if name not in hidden}
    taken = frozenset(outer_names(document.module.body) | reached | shadowed)
    return dataclasses.replace(imports, names=kept, taken=taken)


def with_imports_at(document: Document, node: cst.CSTNode) -> Document:
    """``document`` as code at ``node`` sees it."""
    return dataclasses.replace(document, imports=imports_at(document, node))


def _reaches(document: Document, line: cst.CSTNode, inside: list[cst.FunctionDef | cst.Lambda]) -> bool:
    """Whether what ``line`` imports is bound where the functions ``inside`` run."""
    for upper in document.above(line):
        if isinstance(upper, _SCOPES):
            return upper in inside
        if isinstance(upper, cst.If) and code(upper.test).rpartition(".")[2] == "TYPE_CHECKING":
            return False
    return True


def _local(function: cst.FunctionDef | cst.Lambda) -> set[str]:
    """Names that ``function`` binds by other means than an import."""
    bound = {param.name.value for param in walk(function.params) if isinstance(param, cst.Param)}
    if isinstance(function, cst.Lambda):
        return bound
    lines = statements(function)
    imported = {
        name
        for line in lines
        for part in walk(line)
        if isinstance(part, (cst.Import, cst.ImportFrom))
        for name in names_bound(part)
    }
    return bound | (outer_names(lines) - imported)
