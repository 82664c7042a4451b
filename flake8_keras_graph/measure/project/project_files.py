"""The files of one project, read and indexed once for all of its classes, and the analysis's reading of each."""

from __future__ import annotations

import ast
import dataclasses
import functools
import itertools
from collections.abc import Iterator
from pathlib import Path

from flake8_keras_graph.analysis.reading import ClassReading, FileReading
from flake8_keras_graph.config import Options
from flake8_keras_graph.project import files
from flake8_keras_graph.project.index import ClassInfo, dotted_name
from flake8_keras_graph.project.project import Project

_MARKERS = ("pyproject.toml", "setup.py", "setup.cfg", ".git")
_MAX_FILES = 4000
_MAX_CLASSES = 40


class ProjectFiles:
    """The Python files under ``root`` as they are asked for; what has changed on disk is read again."""

    def __init__(self, root: Path, options: Options | None = None) -> None:
        self.root = root
        self._options = options or Options()
        self._project = Project()
        self._readings: dict[Path, FileReading] = {}
        self._around: dict[Path, tuple[Path, ...]] = {}

    def read(self, path: Path, text: str | None = None) -> FileReading | None:
        """The file's reading, of ``text`` if that is given; None where it cannot be read or parsed."""
        content = read_text(path) if text is None else text
        known = self._readings.get(path)
        if known is not None and known.text == content:
            return known
        if self._project.holds_other_text(str(path), content):  # what was derived from the old text goes with it
            self._project, self._readings = Project(), {}
        try:
            module = self._project.add(str(path), content)
        except SyntaxError:
            return None
        self._readings[path] = FileReading(self._project, module, self._options)
        return self._readings[path]

    def read_under(self, path: Path, text: str, keras: int) -> FileReading | None:
        """The reading as ``read`` gives it, for code of a Keras version that is known; None where it does not parse."""
        reading = self.read(path, text)
        if reading is None:
            return None
        options = dataclasses.replace(self._options, keras="2" if keras == 2 else "3")
        return FileReading(self._project, reading.module, options)

    def mentioning(self, info: ClassInfo) -> Iterator[FileReading]:
        """The readings of the other files around the class's that spell its name, its tests' first."""
        path = Path(info.module.path)
        for file in self.around(path):
            if file != path and info.name in read_text(file) and (reading := self.read(file)) is not None:
                yield reading

    def around(self, path: Path) -> tuple[Path, ...]:
        """The Python files around ``path``, its project's: tests first, which are small and say what they construct.

        Where nothing says that ``root`` is a project, it may be somebody's whole home: only those of the same folder.
        """
        if path not in self._around:
            self._around[path] = self._find_around(path)
        return self._around[path]

    def _find_around(self, path: Path) -> tuple[Path, ...]:
        root = self.root
        if not any((root / marker).exists() for marker in _MARKERS):
            tests = [*_files_of(root / "tests"), *_files_of(root / "test")]
            return (*tests, *sorted(path.parent.glob("*.py"))[:_MAX_FILES])
        return tuple(sorted(_files_of(root), key=lambda file: file.relative_to(root).parts[0] not in ("tests", "test")))

    def keras_classes(self, reading: FileReading) -> Iterator[ClassReading]:
        """The Keras classes that the file defines and those of the project that it imports."""
        found = {(each.info.module.path, each.symbol): each for each in reading.classes()}
        for name in reading.module.imports:
            info = reading.find_class(name)
            if info is not None:
                path = Path(info.module.path)
                holder = self._readings.setdefault(path, FileReading(self._project, info.module, self._options))
                found.setdefault((info.module.path, info.symbol), holder.class_named(info.symbol))
        return itertools.islice((each for each in found.values() if each.kind is not None), _MAX_CLASSES)


def names_class(reading: FileReading, written: ast.expr, info: ClassInfo) -> bool:
    """Whether an expression of the file is the class: by its own name or by one that it is imported under."""
    name = dotted_name(written) if isinstance(written, (ast.Name, ast.Attribute)) else ""
    if not name:
        return False
    is_own = reading.module.path == info.module.path
    if is_own and name == info.name:
        return True
    found = reading.find_class(name)
    if found is not None:
        return (found.module.path, found.symbol) == (info.module.path, info.symbol)
    if is_own or name.partition(".")[0] not in reading.module.imports:
        return False
    full = reading.dotted(name)  # of a package that is not where this file would look for it
    return full.rpartition(".")[2] == info.name and full.partition(".")[0] == info.module.name.partition(".")[0]


def read_text(file: Path) -> str:
    """The text as it is now; empty where it cannot be read."""
    try:
        status = file.stat()
    except OSError:
        return ""
    return _text(file, status.st_mtime_ns, status.st_size)


@functools.lru_cache(maxsize=2000)
def _text(file: Path, _modified: int, _size: int) -> str:
    """Every class of a project asks for the same files."""
    try:
        return files.read(str(file))
    except files.Unreadable:
        return ""


def _files_of(folder: Path) -> list[Path]:
    try:
        return [Path(name) for name in itertools.islice(files.discover(str(folder), (), str(folder)), _MAX_FILES)]
    except OSError:
        return []
