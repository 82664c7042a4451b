"""What a name of a file is in the project: found as an import would find it, whatever puts its folder on the path."""

from __future__ import annotations

import ast
import dataclasses
from pathlib import Path

from flake8_keras_graph.analysis.reading import FileReading
from flake8_keras_graph.measure.project.project_files import ProjectFiles
from flake8_keras_graph.measure.statements import bound
from flake8_keras_graph.project.index import ClassInfo, FunctionInfo, Module
from flake8_keras_graph.project.project import Project

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)


@dataclasses.dataclass(frozen=True, slots=True)
class Constant:
    """A value of a module: what computes it."""

    module: Module
    nodes: tuple[ast.AST, ...]


Found = Module | ClassInfo | FunctionInfo | Constant


class NameLookup:
    """Finds modules, classes, functions and values of one project."""

    def __init__(self, files: ProjectFiles) -> None:
        self._files = files
        self._places: dict[str, tuple[Path, ...]] = {}

    def find_longest(
        self, reading: FileReading, imported: str | None, parts: list[str]
    ) -> tuple[Found | None, list[str]]:
        """What the project has under the longest beginning of a name, and what is left of it."""
        for count in range(len(parts), 0, -1):
            found = self._find_name(reading, imported, parts[:count])
            if found is not None:
                return found, parts[count:]
        return None, []

    def _find_name(self, reading: FileReading, imported: str | None, parts: list[str]) -> Found | None:
        """What the project has under a name of the file."""
        module, written = reading.module, ".".join(parts)
        if imported is not None:
            return self.find(".".join([imported, *parts[1:]]), reading)
        own = module.classes.get(written) or module.functions.get(written)
        if own is not None:
            return own
        dotted = reading.dotted(written)
        if dotted != written or parts[0] in module.imports:
            return self.find(dotted, reading)
        return self._member(reading.project, module, written) if len(parts) == 1 else None

    def find(self, dotted: str, reading: FileReading) -> Found | None:
        """What the project has under an absolute dotted name, as the file of ``reading`` would import it."""
        importers = [reading.module, *(self._module_at(place) for place in self._entries(dotted.partition(".")[0]))]
        head, _, name = dotted.rpartition(".")
        for importer in filter(None, importers):
            found = reading.project.resolve(dotted, importer)
            if found is not None:
                return Constant(found[0], (found[1],)) if isinstance(found, tuple) else found
            holder = reading.project.resolve(head, importer)
            if isinstance(holder, Module):
                return self._member(reading.project, holder, name)
        return None

    def _entries(self, package: str) -> tuple[Path, ...]:
        """Where a package of the project may begin that is found through ``sys.path`` alone."""
        if package not in self._places:
            folders = (self._files.root / "src", self._files.root)
            places = (place for f in folders for place in (f / package / "__init__.py", f / f"{package}.py"))
            self._places[package] = tuple(place for place in places if place.is_file())
        return self._places[package]

    def _module_at(self, place: Path) -> Module | None:
        reading = self._files.read(place)
        return None if reading is None else reading.module

    def _member(self, project: Project, module: Module, name: str) -> Found | None:
        found = project.member(module, name)
        if isinstance(found, tuple):
            return Constant(found[0], (found[1],))
        bindings = [s for s in module.tree.body if not isinstance(s, _DEFINITIONS) and name in bound(s)]
        return found if found is not None or not bindings else Constant(module, tuple(bindings))
