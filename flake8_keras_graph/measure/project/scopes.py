"""Which names functions bind: what they import, and what is a value of theirs. Standard library only."""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Iterable, Iterator

from flake8_keras_graph.project.index import Module, imports_of

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclasses.dataclass(frozen=True, slots=True)
class Scope:
    """Names of functions around a node: what is imported there, by its dotted name, and what is a value there."""

    imports: dict[str, str] = dataclasses.field(default_factory=dict)
    values: frozenset[str] = frozenset()


def scope_of(module: Module, nodes: Iterable[ast.AST], outer: Scope) -> Scope:
    """The scope that has these nodes in it."""
    imports, values = dict(outer.imports), set(outer.values)
    for node in nodes:
        for each in _own_nodes(node):
            if isinstance(each, (ast.Import, ast.ImportFrom)):
                imports |= imports_of(module, each)
            elif isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
                values.add(each.id)
            elif isinstance(each, ast.arg):
                values.add(each.arg)
            elif isinstance(each, (ast.ExceptHandler, *_DEFINITIONS)) and each.name:
                values.add(each.name)
    return Scope(imports, frozenset(values))


def _own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    if not isinstance(node, _DEFINITIONS):
        for child in ast.iter_child_nodes(node):
            yield from _own_nodes(child)
