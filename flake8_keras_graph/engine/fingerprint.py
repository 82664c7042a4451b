"""The code that decides how a class behaves, as a hash that evidence is tied to."""

from __future__ import annotations

import ast

from flake8_keras_graph.project.index import ClassInfo, Module, subtree_hash
from flake8_keras_graph.project.project import Project

MAX_DEFINITIONS = 500
"""Beyond so many classes, functions and constants that a class reaches, further ones do not count."""


def fingerprint_of(info: ClassInfo, project: Project) -> str:
    """A hash of a class and of all it reaches in the project. Comments and layout do not change it."""
    return subtree_hash(_reached(info, info.module, project))


def _reached(info: ClassInfo, module: Module, project: Project) -> list[ast.AST]:
    """The class, and every class, function and constant of the project it names, directly or not."""
    found: list[ast.AST] = []
    queue: list[tuple[Module, ast.AST]] = [(module, info.node)]
    seen: set[int] = set()
    while queue:
        holder, node = queue.pop(0)
        if id(node) in seen or len(seen) > MAX_DEFINITIONS:
            continue
        seen.add(id(node))
        found.append(node)
        for written in sorted(_names_in(node)):
            target = project.member(holder, written.partition(".")[0])
            if isinstance(target, Module):
                target = project.resolve(project.dotted(holder, written), holder)
            if isinstance(target, Module) or target is None:
                continue
            if isinstance(target, tuple):
                queue.append(target)
            else:
                queue.append((target.module, target.node))
    return found


def _names_in(node: ast.AST) -> set[str]:
    names: set[str] = set()
    for child in ast.walk(node):
        if isinstance(child, ast.Name):
            names.add(child.id)
        elif isinstance(child, ast.Attribute) and isinstance(child.value, ast.Name):
            names.add(f"{child.value.id}.{child.attr}")
    return names
