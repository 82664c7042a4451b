"""Calls of a class's constructor in the project, with the statements that compute their arguments.

Standard library only. Nothing is run here. What would read data, train, save or fetch is never among the statements:
such a call is no construction that can be repeated.
"""

from __future__ import annotations

import ast
import dataclasses
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from flake8_keras_graph.measure.module_names import module_name
from flake8_keras_graph.measure.project.call_sites import calls
from flake8_keras_graph.measure.project.slicing import Slicer
from flake8_keras_graph.measure.project.sources import literal_arguments, parsed, read
from flake8_keras_graph.project import files

_MARKERS = ("pyproject.toml", "setup.py", "setup.cfg", ".git")
_MAX_FILES = 4000
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


def constructions(path: Path, text: str, symbol: str, root: Path, others: Sequence[Path] = ()) -> list[Construction]:
    """Calls of the class: in its own file, those of literals first, then in ``others``."""
    name = symbol.rpartition(".")[2]
    found = sorted(_in_file(path, text, name, root, own=True), key=lambda one: one.literal is None)
    for file in others:
        if file != path and name in (other := read(file)) and _means(other, name, path):
            found += _in_file(file, other, name, root, own=False)
        if len(found) >= _MAX_FOUND:
            break
    unique = {(one.arguments, one.setup): one for one in reversed(found)}
    return list(unique.values())[::-1][:_MAX_FOUND]


def project_files(path: Path, root: Path) -> list[Path]:
    """The Python files around ``path``: its project's, the tests first, as they are small and say what they construct.

    Where nothing says that ``root`` is a project, which may then be somebody's whole home, those of the same folder.
    """
    if not any((root / marker).exists() for marker in _MARKERS):
        return [*_files_of(root / "tests"), *_files_of(root / "test"), *sorted(path.parent.glob("*.py"))[:_MAX_FILES]]
    return sorted(_files_of(root), key=lambda file: file.relative_to(root).parts[0] not in ("tests", "test"))


def _files_of(folder: Path) -> list[Path]:
    try:
        return [Path(name) for name in itertools.islice(files.discover(str(folder), (), str(folder)), _MAX_FILES)]
    except OSError:
        return []


def uses_of(path: Path, name: str, others: Sequence[Path]) -> Iterator[str]:
    """The texts of the other files that import the class of ``path`` called ``name``."""
    for file in others:
        if file != path and name in (text := read(file)) and _means(text, name, path):
            yield text


def _means(text: str, name: str, path: Path) -> bool:
    """Whether ``name`` in another file is the class of ``path``: imported from it or a package around it."""
    tree = parsed(text)
    if tree is None:
        return False
    around = {path.stem, *(part.name for part in path.parents)} - {""}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            parts = set((node.module or "").split("."))
            for alias in node.names:
                if alias.asname in (None, alias.name) and (
                    (alias.name == name and (node.level or parts & around)) or alias.name == path.stem
                ):
                    return True
        elif isinstance(node, ast.Import) and any(path.stem in alias.name.split(".") for alias in node.names):
            return True
    return False


# --- one file ----------------------------------------------------------------------------------------


def _in_file(path: Path, text: str, name: str, root: Path, own: bool) -> Iterator[Construction]:
    tree = parsed(text)
    if tree is None:
        return
    slicer = Slicer(tree, own, root, path)
    package = "" if own else module_name(path, root)[1].rpartition(".")[0]
    for call, scopes in calls(tree, name):
        found = slicer.sliced(call, scopes)
        if found is not None:
            arguments, setup = found
            shown = ast.unparse(call)
            where = f"{shown} in {path.name}:{call.lineno}"
            yield Construction(arguments, where, shown[len(ast.unparse(call.func)) :], setup, own, package)
