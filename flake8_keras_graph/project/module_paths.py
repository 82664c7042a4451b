"""Where a module's file lies, and what a file is called as a module; nothing is read or imported to tell.

Imports little: whoever only asks whether imports still lead where they led needs no more than this.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

MAX_ANCESTORS = 8
INSTALLED = frozenset({"site-packages", "dist-packages"})
"""Folders that packages are installed in."""


def module_name(path: str) -> str:
    """The dotted name of a file from its package root: the first folder up that has no ``__init__.py``."""
    folder, name = os.path.split(os.path.abspath(path))
    parts = [] if name == "__init__.py" else [os.path.splitext(name)[0]]
    while os.path.isfile(os.path.join(folder, "__init__.py")):
        folder, name = os.path.split(folder)
        if not name:
            break
        parts.insert(0, name)
    return ".".join(parts)


class Finder:
    """Where imports lead. Asked of many, it looks at the folders around them once."""

    def __init__(self) -> None:
        self._folders: dict[str, tuple[str, tuple[str, ...]]] = {}
        self._found: dict[tuple[str, str], str | None] = {}

    def find(self, dotted: str, directory: str) -> str | None:
        """The project's file that ``dotted`` means in every module of a folder, None where it is not the project's."""
        key = directory, dotted
        if key not in self._found:
            if directory not in self._folders:
                name = module_name(os.path.join(directory, "_.py"))
                self._folders[directory] = name, tuple(import_roots(directory, depth_of(name, False)))
            name, roots = self._folders[directory]
            self._found[key] = find_file(dotted, roots, name)
        return self._found[key]


def find_file(dotted: str, roots: Iterable[str], importer: str) -> str | None:
    """The file of the module ``dotted`` under the first of ``roots`` that has it, for the module ``importer``."""
    parts = dotted.split(".")
    if not all(parts):
        return None
    relative = os.path.join(*parts)
    for root in roots:
        if os.path.basename(root) in INSTALLED and parts[0] != importer.partition(".")[0]:
            continue  # beside an installed package there are others, not more of it
        base = os.path.join(root, relative)
        for candidate in (base + ".py", os.path.join(base, "__init__.py")):
            if os.path.isfile(candidate):
                return candidate
    return None


def depth_of(name: str, is_package: bool) -> int:
    """How many folders the package root is above the folder of the module ``name``."""
    return name.count(".") + (1 if is_package else 0)


def import_roots(directory: str, depth: int) -> Iterator[str]:
    """Where an absolute import of the project may start: the package root, then folders above and beside."""
    root = Path(directory)
    for _ in range(depth):
        root = root.parent
    yield str(root)
    if str(root) != directory:
        yield directory
    for count, parent in enumerate(root.parents):
        if count >= MAX_ANCESTORS or (not (root / ".git").exists() and is_outside(str(root))):
            return
        if (root / ".git").exists() or (root / "pyproject.toml").exists() or (root / "setup.py").exists():
            return
        yield str(parent)
        root = parent


def is_outside(folder: str) -> bool:
    """Whether a folder is of no project: where packages are installed, or the root of the file system."""
    return os.path.basename(folder) in INSTALLED or folder == os.path.dirname(folder)
