"""Packages of the project whose ``__init__`` is run only where the file under measurement uses names of it.

One that imports every model of a project costs each of them all that these need, and may build or read things. Whether
its names are used is read from the code before anything is imported, so that what is run is run in Python's order; a
name that is asked for later all the same has it run then. Runs in the worker.
"""

from __future__ import annotations

import ast
import dataclasses
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
import types
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from flake8_keras_graph.measure.statements import bound

_INSTALLED = frozenset({"site-packages", "dist-packages"})
_MAX_FILES = 1000


class QuietPackages(importlib.abc.MetaPathFinder):
    """Finds the project's packages, those whose names are not used without running them.

    ``root`` is the project's folder; ``own`` the package of the file under measurement, wherever it is installed.
    """

    def __init__(self, root: Path, own: str) -> None:
        self._root = root
        self._own = own.partition(".")[0]
        self._used: set[str] = set()

    def install(self, name: str, is_package: bool, tree: ast.Module) -> None:
        """Begin, for a module of this name whose statements are those of ``tree``. For good."""
        self._used = {name} | _used_packages(self, name, is_package, tree)
        sys.meta_path.insert(0, self)

    def is_of_project(self, name: str, origin: str) -> bool:
        """Whether a module is the project's and not installed beside it."""
        if name.partition(".")[0] == self._own:
            return True
        path, package = Path(origin), name.partition(".")[0]
        if package in sys.stdlib_module_names or package == __name__.partition(".")[0] or _INSTALLED & set(path.parts):
            return False
        return path.is_relative_to(self._root)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname in self._used:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path)
        if spec is None or not spec.origin or spec.submodule_search_locations is None:
            return None
        if not self.is_of_project(fullname, spec.origin):
            return None
        loader = _Loader(fullname, spec.origin)
        return importlib.util.spec_from_file_location(
            fullname, spec.origin, loader=loader, submodule_search_locations=spec.submodule_search_locations
        )


class _Loader(importlib.machinery.SourceFileLoader):
    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return _QuietPackage(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        """Nothing yet: ``_QuietPackage`` asks for it."""
        module.__dict__["_run"] = lambda: super(_Loader, self).exec_module(module)


class _QuietPackage(types.ModuleType):
    """A package that has not been run: its modules can be imported, any other name of it runs it."""

    def __getattr__(self, name: str) -> Any:
        run = self.__dict__.get("_run")
        if run is None:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        init = _Init(str(self.__file__))
        if name.startswith("__") and name.endswith("__") and name not in init.names:
            raise AttributeError(name)
        if not init.binds(name) and importlib.machinery.PathFinder.find_spec(f"{self.__name__}.{name}", self.__path__):
            return importlib.import_module(f"{self.__name__}.{name}")
        del self.__dict__["_run"]
        run()
        return getattr(self, name)


class _Init:
    """What the ``__init__`` at ``path`` binds, read and not run."""

    def __init__(self, path: str) -> None:
        tree = _parsed(path)
        self.names = set().union(*map(bound, tree.body))
        # ``from . import x`` binds the module that the name stands for anyway.
        modules = {
            alias.asname or alias.name
            for node in tree.body
            if isinstance(node, ast.ImportFrom) and node.level == 1 and node.module is None
            for alias in node.names
            if alias.asname in (None, alias.name)
        }
        stars = [n for n in tree.body if isinstance(n, ast.ImportFrom) and any(a.name == "*" for a in n.names)]
        for star in stars:
            place = Path(path).parent.joinpath(*(star.module or "").split("."))
            for file in (place.with_suffix(".py"), place / "__init__.py"):
                if star.level == 1 and file.is_file():
                    self.names |= set().union(*map(bound, _parsed(str(file)).body))
        self._others = self.names - modules

    def binds(self, name: str) -> bool:
        """Whether the name is bound to anything but the package's module of that name."""
        return name in self._others


def _parsed(path: str) -> ast.Module:
    try:
        return ast.parse(Path(path).read_bytes())
    except (OSError, SyntaxError, ValueError):
        return ast.Module([], [])


def _used_packages(packages: QuietPackages, name: str, is_package: bool, tree: ast.Module) -> set[str]:
    """The packages that importing a module uses names of, through the project's modules that it imports."""
    used: set[str] = set()
    seen = {name}
    pending = [(name, is_package, tree)]
    while pending and len(seen) < _MAX_FILES:
        importer, is_package, tree = pending.pop()
        for wanted in set(_imported(importer if is_package else importer.rpartition(".")[0], tree)):
            for found in _run_for(packages, *wanted):
                if found.name not in seen:
                    seen.add(found.name)
                    pending.append((found.name, found.folders is not None, _parsed(found.file)))
                    if found.folders is not None:
                        used.add(found.name)
    return used


def _imported(package: str, tree: ast.Module) -> Iterator[tuple[str, str]]:
    """What a module imports as it is imported: a module, and a name that is asked of it ("*" for any, "" for none)."""
    packages: dict[str, str] = {}
    for node in _run_at_import(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, ""
                packages[alias.asname or alias.name.partition(".")[0]] = (
                    alias.name if alias.asname else alias.name.partition(".")[0]
                )
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(package, node)
            for alias in node.names:
                yield base, alias.name
                packages[alias.asname or alias.name] = f"{base}.{alias.name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            parts = _parts(node)
            if parts and parts[0] in packages:
                dotted = ".".join([packages[parts[0]], *parts[1:]])
                yield dotted.rpartition(".")[0], dotted.rpartition(".")[2]


def _run_at_import(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes outside of functions: what these import, they import when they are called."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            yield child
            yield from _run_at_import(child)


def _parts(node: ast.expr) -> list[str]:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.insert(0, node.attr)
        node = node.value
    return [node.id, *parts] if isinstance(node, ast.Name) else []


def _absolute(package: str, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    parts = package.split(".") if package else []
    base = parts[: len(parts) - (node.level - 1)]
    return ".".join([*base, *([node.module] if node.module else [])])


@dataclasses.dataclass(frozen=True, slots=True)
class _Module:
    """A module that is found and not imported; ``folders`` of a package, ``file`` is empty where it has no code."""

    name: str
    file: str
    folders: tuple[str, ...] | None


def _run_for(packages: QuietPackages, module: str, name: str) -> Iterator[_Module]:
    """The project's modules that run where ``name`` is asked of ``module``: packages only for names of their own."""
    found: _Module | None = None
    parts = module.split(".") if module else []
    for index, part in enumerate(parts):
        is_last = index == len(parts) - 1
        asked = name if is_last else parts[index + 1]
        found = _find(part, found)
        if found is None or (found.file and not packages.is_of_project(found.name, found.file)):
            return
        if found.folders is None:
            yield found
            return
        inside = _find(asked, found) if asked not in ("", "*") else None
        if found.file and asked and (inside is None or (is_last and _Init(found.file).binds(asked))):
            yield found
        if is_last and inside is not None and inside.folders is None:
            yield inside


def _find(part: str, parent: _Module | None) -> _Module | None:
    # A dotted name would have folders without __init__.py look for their parent.
    spec = importlib.machinery.PathFinder.find_spec(part, None if parent is None else list(parent.folders or ()))
    if spec is None or (spec.origin and not spec.origin.endswith(".py")):
        return None
    folders = spec.submodule_search_locations
    full = part if parent is None else f"{parent.name}.{part}"
    return _Module(full, spec.origin or "", None if folders is None else tuple(folders))
