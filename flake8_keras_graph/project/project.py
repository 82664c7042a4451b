"""The files of a project, found through imports and never by importing anything: what a name of one is in another."""

from __future__ import annotations

import ast
import dataclasses
import os
import sys

from flake8_keras_graph.project import files
from flake8_keras_graph.project.index import ClassInfo, FunctionInfo, Module, dotted_name, read_module
from flake8_keras_graph.project.module_paths import depth_of, find_file, import_roots, module_name
from flake8_keras_graph.project.pins import PinReader, Pins
from flake8_keras_graph.project.presence import KERAS_PACKAGES

MAX_FILE_BYTES = 4_000_000
_ELSEWHERE = KERAS_PACKAGES | sys.stdlib_module_names | {"numpy"}  # never the project's


@dataclasses.dataclass(slots=True)
class Project:
    """The files reached from the one that is checked: read when asked for, and kept.

    No more than ``max_files`` are read on behalf of one file; beyond them a name is simply not known. ``characters``
    is how much text they have together.
    """

    max_files: int = 400
    modules: dict[str, Module | None] = dataclasses.field(default_factory=dict)
    characters: int = 0
    touched: set[str] = dataclasses.field(default_factory=set)
    found: dict[tuple[str, str], str | None] = dataclasses.field(default_factory=dict)
    roots: dict[tuple[str, int], tuple[str, ...]] = dataclasses.field(default_factory=dict)
    edges: dict[str, dict[str, str | None]] = dataclasses.field(default_factory=dict)
    pins: dict[str, Pins] = dataclasses.field(default_factory=dict)
    pin_reader: PinReader = dataclasses.field(default_factory=PinReader)

    def add(self, path: str, text: str, tree: ast.Module | None = None) -> Module:
        """Index the file that is checked, from the text given (an editor's buffer may not be on disk)."""
        key = os.path.abspath(path)
        known = self.modules.get(key)
        self.touched = {key}
        if known is not None and known.text == text:
            known.path = path
            return known
        module = read_module(path, text, module_name(path), tree)
        self._keep(key, module)
        return module

    def _keep(self, key: str, module: Module | None) -> None:
        """Have ``module`` as the file ``key``, in the place of what was known of it."""
        before = self.modules.get(key)
        self.characters += (len(module.text) if module else 0) - (len(before.text) if before else 0)
        self.modules[key] = module

    def take_apart(self) -> None:
        """Forget everything for good, cycles of references opened: no collector has to look for what is left."""
        for module in self.modules.values():
            if module is not None:
                for info in module.classes.values():
                    info.methods.clear()
                for table in (module.classes, module.functions, module.constants):
                    table.clear()
        self.modules.clear()

    def holds_other_text(self, path: str, text: str) -> bool:
        """Whether ``path`` was read before with another content, so that what was derived from it is stale."""
        key = os.path.abspath(path)
        if key not in self.modules:
            return False
        known = self.modules[key]
        return known is None or known.text != text

    def module_at(self, path: str) -> Module | None:
        key = os.path.abspath(path)
        if key not in self.touched:
            if len(self.touched) >= self.max_files:
                return None
            self.touched.add(key)
        if key not in self.modules:
            self.modules[key] = None  # also what an import cycle sees
            self._keep(key, _load(key))
        return self.modules[key]

    def pins_of(self, module: Module) -> Pins:
        """What the versions that the module's project allows say of Keras; ``pins`` keeps it for who asked."""
        path = os.path.abspath(module.path)
        if path not in self.pins:
            self.pins[path] = self.pin_reader.pins_of(os.path.dirname(path))
        return self.pins[path]

    def files_of_this_check(self) -> list[Module]:
        """The file that was added last and those read for its sake, in the order of their paths."""
        found = (self.modules.get(key) for key in sorted(self.touched))
        return [module for module in found if module is not None]

    def resolve_module(self, dotted: str, importer: Module) -> Module | None:
        """The project's module called ``dotted`` as ``importer`` would import it; None where it is not ours."""
        directory = os.path.dirname(os.path.abspath(importer.path))
        key = (directory, dotted)
        if key not in self.found:
            depth = depth_of(importer.name, importer.is_package)
            roots = self.roots.get((directory, depth))
            if roots is None:
                roots = self.roots[directory, depth] = tuple(import_roots(directory, depth))
            self.found[key] = find_file(dotted, roots, importer.name)
        path = self.found[key]
        self.edges.setdefault(os.path.abspath(importer.path), {})[dotted] = path
        return self.module_at(path) if path else None

    def resolve(
        self, dotted: str, importer: Module, depth: int = 0
    ) -> Module | ClassInfo | FunctionInfo | tuple[Module, ast.expr] | None:
        """What an absolute dotted name is in the project: a module, class, function or constant."""
        if depth > 8 or not dotted:
            return None
        whole = self.resolve_module(dotted, importer)
        if whole is not None:
            return whole
        head, _, last = dotted.rpartition(".")
        if not head:
            return None
        holder = self.resolve(head, importer, depth + 1)
        if isinstance(holder, Module):
            return self.member(holder, last, depth + 1)
        return None

    def member(
        self, module: Module, name: str, depth: int = 0
    ) -> Module | ClassInfo | FunctionInfo | tuple[Module, ast.expr] | None:
        """A module's attribute, re-exports followed."""
        if depth > 8:
            return None
        if name in module.classes:
            return module.classes[name]
        if name in module.functions:
            return module.functions[name]
        if name in module.constants:
            return module, module.constants[name]
        if name in module.imports:
            return self.resolve(module.imports[name], module, depth + 1)
        for star in module.star_imports:
            target = self.resolve_module(star, module)
            if target is not None and target is not module:
                found = self.member(target, name, depth + 1)
                if found is not None:
                    return found
        if module.is_package:
            return self.resolve_module(f"{module.name}.{name}" if module.name else name, module)
        return None

    def dotted(self, module: Module, written: str) -> str:
        """The absolute dotted name behind ``written`` in ``module`` ("layers.Dense" -> "keras.layers.Dense").

        A name that the module defines itself, or does not know, keeps its form.
        """
        spelled = _without_aliases(module, written)
        root, _, rest = spelled.partition(".")
        if root in module.classes or root in module.functions:
            return spelled
        target = module.imports.get(root) or self._star_origin(module, root)
        if target is None:
            return written
        return self.origin(f"{target}.{rest}" if rest else target, module)

    def origin(self, dotted: str, importer: Module) -> str:
        """An absolute name with the project's re-exports and aliases undone.

        ``pkg.compat.tf.nn.relu`` is ``tensorflow.nn.relu`` where ``pkg/compat.py`` imports tensorflow as tf.
        """
        for _ in range(8):
            if dotted.partition(".")[0] in _ELSEWHERE:
                break
            behind = self._behind(dotted, importer)
            if behind is None:
                break
            dotted = behind
        return dotted

    def _behind(self, dotted: str, importer: Module) -> str | None:
        """What the name of a module's member stands for there; None where the module defines it, or is none."""
        head, rest = dotted, ""
        module = None
        while module is None:
            head, _, last = head.rpartition(".")
            if not head:
                return None
            rest = f"{last}.{rest}" if rest else last
            module = self.resolve_module(head, importer)
        name, _, rest = rest.partition(".")
        if name in module.classes or name in module.functions:
            return None
        target = module.imports.get(name)
        if target is None:
            root, _, tail = _without_aliases(module, name).partition(".")
            target = module.imports.get(root)
            target = f"{target}.{tail}" if target and tail else target
        if target is None or target == f"{head}.{name}":
            return None
        return f"{target}.{rest}" if rest else target

    def _star_origin(self, module: Module, name: str) -> str | None:
        for star in module.star_imports:
            if star.partition(".")[0] in KERAS_PACKAGES:
                if name[:1].isupper():  # from tensorflow.keras.layers import *
                    return f"{star}.{name}"
                continue
            target = self.resolve_module(star, module)
            if target is None or target is module:
                continue
            if name in target.imports:
                return target.imports[name]
            if isinstance(target.constants.get(name), (ast.Attribute, ast.Name)):  # K = keras
                return f"{star}.{name}"
        return None


def _without_aliases(module: Module, written: str) -> str:
    """``Layer.x`` as ``tf.keras.layers.Layer.x`` after ``keras = tf.keras`` and ``Layer = keras.layers.Layer``."""
    for _ in range(8):
        root, _, rest = written.partition(".")
        alias = module.constants.get(root)
        if root in module.imports or not isinstance(alias, (ast.Attribute, ast.Name)):
            break
        name = dotted_name(alias)
        if not name:
            break
        written = f"{name}.{rest}" if rest else name
    return written


def _load(path: str) -> Module | None:
    try:
        if os.path.getsize(path) > MAX_FILE_BYTES:
            return None
        return read_module(path, files.read(path), module_name(path))
    except (OSError, files.Unreadable, SyntaxError):
        return None
