"""Which classes a file makes parts of models: constructed within classes, for Sequential, or called on the spot."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator

from flake8_keras_graph.project.index import ClassInfo, Module, dotted_name


@functools.lru_cache(maxsize=64)
def parts_of_classes(module: Module) -> frozenset[str]:
    """Names of the classes that classes of the file construct: their layers, where they are models."""
    return frozenset(
        name for node in ast.walk(module.tree) if isinstance(node, ast.ClassDef) for name in _constructed_in(node)
    )


@functools.lru_cache(maxsize=64)
def parts_of_models(module: Module) -> frozenset[str]:
    """Names of the classes that the file constructs as a part of something else."""
    return frozenset(_parts(module.tree))


def calls_itself(info: ClassInfo) -> bool:
    """Whether a method of the class calls the object: ``self(inputs)``."""
    return any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "self"
        for method in info.methods.values()
        for node in ast.walk(method.node)
    )


def makes_layers(info: ClassInfo) -> bool:
    """Whether the constructor of the class may make layers: it calls what may be a class, other than its base."""
    names = (dotted_name(node.func) for node in ast.walk(info.methods["__init__"].node) if isinstance(node, ast.Call))
    return any(name.rpartition(".")[2][:1].isupper() for name in names if not name.startswith("super"))


def _parts(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            yield from _constructed_in(node)
        elif isinstance(node, ast.Call):
            if isinstance(node.func, ast.Call):
                yield _last(node.func.func)  # Block()(inputs)
            elif _last(node.func) in {"Sequential", "add"}:
                yield from (
                    _last(call.func) for call in ast.walk(node) if isinstance(call, ast.Call) and call is not node
                )


def _constructed_in(node: ast.ClassDef) -> Iterator[str]:
    return (_last(call.func) for call in ast.walk(node) if isinstance(call, ast.Call))


def _last(function: ast.expr) -> str:
    return dotted_name(function).rpartition(".")[2]
