"""Import one file with its top-level actions left out, as itself or from changed text. Runs in the worker."""

from __future__ import annotations

import ast
import contextlib
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import os
import sys
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from flake8_keras_graph.measure.module_names import module_name
from flake8_keras_graph.measure.worker.build.definitions import definitions_only
from flake8_keras_graph.measure.worker.build.missing_modules import unbind_failed
from flake8_keras_graph.measure.worker.build.packages import QuietPackages

Transform = Callable[[ast.Module], ast.Module]


def _roots_of_imports(path: Path, root: Path) -> Iterator[Path]:
    """Folders between the project's and the file's that hold what the file imports by its full name."""
    first = {
        name.partition(".")[0]
        for node in ast.walk(ast.parse(path.read_bytes()))
        for name in _imported(node)
        if importlib.machinery.PathFinder.find_spec(name.partition(".")[0], [str(root), *sys.path]) is None
    }
    for folder in path.parents if path.is_relative_to(root) else ():
        if folder == root:
            return
        if any((folder / name).is_dir() or (folder / f"{name}.py").is_file() for name in first):
            yield folder


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module] if isinstance(node, ast.ImportFrom) and node.module and not node.level else []


class TargetFile:
    """The file under measurement: imported once under its own name, and again for each changed text."""

    def __init__(self, path: Path, root: Path, roots: Sequence[str], scratch: Path) -> None:
        self.path = path
        self.roots = tuple(roots)
        self.scratch = scratch
        self.copies: list[str] = []
        self._modules: list[types.ModuleType] = []
        self.original_lines: dict[tuple[str, int], int] = {}
        folder, self.name = module_name(path, root)
        for entry in (root, root / "src", *_roots_of_imports(path, root), folder):
            if entry.is_dir() and str(entry) not in sys.path:
                # What lies in a package has a longer name, and stands back behind what is installed.
                at = len(sys.path) if (entry / "__init__.py").exists() else 0
                sys.path.insert(at, str(entry))
        if "." not in self.name and not self._found_as_itself():
            self.name = f"_keras_graph_{self.name}"
        needed = definitions_only(ast.parse(path.read_bytes()), self.roots)
        QuietPackages(root, self.name).install(self.name, path.stem == "__init__", needed)
        sys.meta_path.insert(0, _Finder(self))

    def _found_as_itself(self) -> bool:
        """Whether ``import <stem>`` gives this file and not, say, an installed package of that name."""
        if self.name in sys.modules:
            return False
        found = importlib.machinery.PathFinder.find_spec(self.name, sys.path)
        return found is not None and found.origin is not None and os.path.samefile(found.origin, self.path)

    def import_as_written(self) -> types.ModuleType:
        self._modules.append(importlib.import_module(self.name))
        unbind_failed(vars(self._modules[-1]))
        return self._modules[-1]

    def namespace_of(self, cls: type) -> Mapping[str, Any]:
        """The names of the module that ``cls`` was defined by: the file's own, or one of its copies."""
        for module in self._modules:
            with contextlib.suppress(AttributeError, TypeError):
                if find_symbol(module, cls.__qualname__) is cls:
                    return vars(module)
        return vars(sys.modules[cls.__module__])

    def import_text(
        self,
        text: str,
        label: str,
        transform: Transform | None = None,
        names: Mapping[str, Any] | None = None,
    ) -> types.ModuleType:
        """A separate module object made from ``text``, which sees the same packages as the file does.

        ``names`` are bound in the module before it runs. The text lies in a scratch file, because AutoGraph
        reads the source of what it converts.
        """
        tree = definitions_only(ast.parse(text), self.roots)
        if transform is not None:
            tree = ast.fix_missing_locations(transform(tree))
        copy = self.scratch / f"{label}_{len(self.copies) + 1}.py"
        self.copies.append(str(copy))
        copy.write_text(ast.unparse(tree) if transform else text, encoding="utf-8")
        module = types.ModuleType(self.name)
        module.__file__ = str(copy)
        module.__package__ = self._package()
        vars(module).update(names or {})
        written = ast.parse(copy.read_bytes()) if transform else tree
        if transform is not None:
            self.original_lines |= {(str(copy), new): old for new, old in _lines(written, tree)}
        code = compile(written, str(copy), "exec", dont_inherit=True)
        original = sys.modules.get(self.name)
        sys.modules[self.name] = module  # class creation looks itself up (dataclasses, pickling)
        try:
            exec(code, module.__dict__)
        finally:
            if original is not None:
                sys.modules[self.name] = original
        unbind_failed(vars(module))
        self._modules.append(module)
        return module

    def _package(self) -> str:
        return self.name if self.path.stem == "__init__" else self.name.rpartition(".")[0]


def _lines(written: ast.AST, original: ast.AST) -> Iterator[tuple[int, int]]:
    """The lines of the statements of one tree with those of the same statements in the other."""
    for new, old in zip(ast.walk(written), ast.walk(original), strict=False):
        if isinstance(new, ast.stmt) and isinstance(old, ast.stmt):
            yield new.lineno, old.lineno


class _Finder(importlib.abc.MetaPathFinder):
    """Finds the target file under its own name, whoever imports it first."""

    def __init__(self, target: TargetFile) -> None:
        self._target = target

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self._target.name:
            return None
        loader = _Loader(fullname, str(self._target.path), self._target.roots)
        return importlib.util.spec_from_file_location(fullname, self._target.path, loader=loader)


class _Loader(importlib.machinery.SourceFileLoader):
    """Compiles the definitions alone; neither reads nor writes byte code, which would hold the actions."""

    def __init__(self, fullname: str, path: str, roots: Sequence[str]) -> None:
        super().__init__(fullname, path)
        self._roots = roots

    def get_code(self, fullname: str) -> types.CodeType:
        tree = definitions_only(ast.parse(self.get_data(self.path)), self._roots)
        return compile(tree, self.path, "exec", dont_inherit=True)


def find_symbol(module: types.ModuleType, symbol: str) -> type:
    """The class that ``symbol`` names. Raises AttributeError, TypeError where it is not a class."""
    found: object = module
    for part in symbol.split("."):
        found = getattr(found, part)
    if not isinstance(found, type):
        raise TypeError(f"{symbol} is not a class")
    return found
