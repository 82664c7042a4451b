"""Calls of a class's constructor in the project, with the statements that compute their arguments.

Nothing is run here. What would read data, train, save or fetch is never among the statements: such a call is no
construction that can be repeated.
"""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flake8_keras_graph.analysis.reading import FileReading
from flake8_keras_graph.measure.module_names import module_name
from flake8_keras_graph.measure.project.call_sites import calls
from flake8_keras_graph.measure.project.following import Objection
from flake8_keras_graph.measure.project.project_files import ProjectFiles, names_class
from flake8_keras_graph.measure.project.slicing import Slicer, literal_arguments
from flake8_keras_graph.project.index import ClassInfo

_MAX_FOUND = 12


@dataclasses.dataclass(frozen=True, slots=True)
class Construction:
    """One call of the constructor: the source of ``(args, kwargs)``, and of the statements to run before it.

    They see the names of the class's own file where ``own``; else they import what they need, as part of ``package``.
    ``shown`` are the arguments as they stand there.
    """

    arguments: str
    where: str
    shown: str = ""
    setup: str = ""
    own: bool = True
    package: str = ""

    @property
    def literal(self) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
        """The arguments where they are literals: no name and no call among them."""
        return literal_arguments(self.arguments)


@dataclasses.dataclass(frozen=True, slots=True)
class Refusal:
    """A call of the constructor that is not repeated, and what would run that does more than build."""

    where: str
    why: str


def constructions(files: ProjectFiles, info: ClassInfo) -> tuple[list[Construction], list[Refusal]]:
    """Calls of the class: in its own file, those of literals first, then in the files around it."""
    own = files.read(Path(info.module.path), info.module.text)
    refused: list[Refusal] = []
    found = sorted(_in_file(own, info, files, refused), key=lambda one: one.literal is None) if own else []
    for reading in files.mentioning(info):
        found += _in_file(reading, info, files, refused)
        if len(found) >= _MAX_FOUND:
            break
    unique = {(one.arguments, one.setup): one for one in reversed(found)}
    return list(unique.values())[::-1][:_MAX_FOUND], refused[:_MAX_FOUND]


def _in_file(
    reading: FileReading, info: ClassInfo, files: ProjectFiles, refused: list[Refusal]
) -> Iterator[Construction]:
    path, is_own = Path(reading.path), reading.path == info.module.path
    slicer = Slicer(files, reading, is_own)
    package = "" if is_own else module_name(path, files.root)[1].rpartition(".")[0]
    for call, scopes in calls(reading.module.tree, lambda func: names_class(reading, func, info)):
        found = slicer.sliced(call, scopes)
        shown = ast.unparse(call)
        where = f"{shown} in {path.name}:{call.lineno}"
        if isinstance(found, Objection):
            refused.append(Refusal(where, f"{found.written} in {found.path}:{found.line}"))
        elif found is not None:
            brief = shown[len(ast.unparse(call.func)) :]
            yield Construction(found.arguments, where, brief, found.setup, is_own, package)
