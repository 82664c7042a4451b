"""Findings of files that have not changed, kept from one run to the next: a small file of our own for each.

A file's findings hold as long as the version, the options, the text of the file and of every file that was read
for it, what these are called as modules, the places their imports lead to, and the Keras that the dependencies of
their projects leave are the same. Where they hold, nothing is parsed, and neither the analysis nor the records are
imported. The folder can be deleted at any time; processes that share it replace its files as a whole.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import hashlib
import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from flake8_keras_graph import __version__
from flake8_keras_graph.project import files
from flake8_keras_graph.project.module_paths import Finder, module_name

if TYPE_CHECKING:
    from flake8_keras_graph.config import Options
    from flake8_keras_graph.project.pins import PinReader, Pins
    from flake8_keras_graph.project.project import Project
    from flake8_keras_graph.records import Finding

FOLDER = ".keras-graph-cache"
NO_CACHE = "KERAS_GRAPH_NO_CACHE"
"""The environment variable that switches every cache off, unless it is empty."""
DAY = 24 * 60 * 60.0
UNUSED_DAYS = 30
"""For so long a result is kept that nobody asks for."""
_MARKER = "CACHEDIR.TAG"
_TAG = "Signature: 8a477f597d28d172789f06886806bc55\n# https://bford.info/cachedir/\n"
_DAMAGED = (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError)


class State(NamedTuple):
    """One file as it was read: a hash of its text and name, and where the modules it asked for were found.

    ``pins`` is what the versions that its project allows say of Keras, None where nobody asked.
    """

    digest: str
    imports: dict[str, str | None]
    pins: Pins | None = None


Question = tuple["Options"] | tuple["Options", bool] | tuple["Options", str]
"""What is asked of a file: its findings under these options, those with their fixes, or the fingerprint of a class."""
Fingerprinted = tuple[str, dict[str, State]]
Brief = tuple[int, int, str, str, str]
"""What flake8 has to know of a finding: its 1-based line and 0-based column, code, message and level."""


# --- where it lies ---------------------------------------------------------------------------------


def is_switched_off() -> bool:
    """Whether the environment asks for no cache at all."""
    return bool(os.environ.get(NO_CACHE))


def folder_of_project(root: str | os.PathLike[str]) -> str:
    """The cache beside a project's configuration."""
    return os.path.join(os.path.abspath(root), FOLDER)


def folder_of_user() -> str | None:
    """Ours in the folder that the system has for caches, None where the user has none."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(base):
        base = os.environ.get("LOCALAPPDATA", "") if os.name == "nt" else os.path.expanduser(_user_caches())
    return os.path.join(base, "keras-graph") if os.path.isabs(base) else None


def _user_caches() -> str:
    return "~/Library/Caches" if sys.platform == "darwin" else "~/.cache"


# --- what it holds ---------------------------------------------------------------------------------


def observed(project: Project, path: str, text: str) -> dict[str, State]:
    """The states of every file that the findings of ``path`` depend on: those that imports of read files led to."""
    start = os.path.abspath(path)
    found: dict[str, State] = {}
    queue = [start]
    while queue:
        current = queue.pop()
        if current in found:
            continue
        module = project.modules.get(current)
        imports = project.edges.get(current, {}) if module is not None else {}
        content = text if current == start else module.text if module is not None else _text(current)
        found[current] = State(digest_of(current, content), dict(imports), project.pins.get(current))
        queue.extend(target for target in imports.values() if target is not None)
    return found


def digest_of(path: str, text: str) -> str:
    """A hash of all that a file is by itself: its text, what it is called as a module, whether it is a test."""
    content = f"{module_name(path)}\0{files.is_test(path)}\0{text}"
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()


class Cache:
    """The cache of one folder, for one run. Whatever is wrong with the folder, it is as if it were empty.

    Where it is not to be ``writable`` it is only asked.
    """

    def __init__(self, folder: str, writable: bool = True) -> None:
        self.folder = folder
        self._finder = Finder()
        self._pin_reader: PinReader | None = None
        self._digests: dict[str, str] = {}
        self._is_ready = False
        self._is_writable = writable

    def __reduce__(self) -> tuple[type[Cache], tuple[str, bool]]:
        """Another process looks for itself."""
        return Cache, (self.folder, self._is_writable)

    def findings(
        self, path: str, options: Options, text: str | None = None, fixes: bool = False
    ) -> tuple[Finding, ...] | None:
        """What was found in ``path``, whose text may be given; None where that may not hold any more.

        ``fixes`` asks for findings that have their fixes.
        """
        found = self._kept(path, (options, True) if fixes else (options,), text)
        if found is None:
            return None
        from flake8_keras_graph.records import Finding
        from flake8_keras_graph.results import codec

        try:
            return tuple(_shown(codec.decode(Finding, each), path) for each in found)
        except _DAMAGED:
            return None

    def briefs(self, path: str, options: Options, text: str) -> list[Brief] | None:
        """``findings`` as flake8 shows them, without a record of each."""
        found = self._kept(path, (options,), text)
        try:
            return None if found is None else [_brief(each) for each in found]
        except _DAMAGED:
            return None

    def add(
        self, path: str, options: Options, findings: Iterable[Finding], states: dict[str, State], fixes: bool = False
    ) -> None:
        """Remember what was found now, with its ``fixes`` or without; without a word where that cannot be written."""
        from flake8_keras_graph.results import codec

        found = [codec.encode(_placed_anywhere(each)) for each in findings]
        self._keep(path, (options, True) if fixes else (options,), found, states)

    def fingerprint(
        self, path: str, options: Options, text: str, symbol: str, work_out: Callable[[], Fingerprinted]
    ) -> str:
        """The hash of a class's code, from ``work_out`` where it is not remembered. Raises KeyError as that does."""
        known = self._kept(path, (options, symbol), text)
        if known is not None and len(known) == 1 and isinstance(known[0], str):
            return known[0]
        hashed, states = work_out()
        self._keep(path, (options, symbol), [hashed], states)
        return hashed

    def _kept(self, path: str, question: Question, text: str | None) -> list[Any] | None:
        """The answer to a question about a file, None where it is not known or may not hold any more."""
        full = os.path.abspath(path)
        file = self._file(full, question)
        try:
            with open(file, "rb") as stream:
                data = json.loads(stream.read())
                used = os.fstat(stream.fileno()).st_mtime
            if data["version"] != _version() or data["paths"][0] != full or not self._holds(data, text):
                return None
            answer = data["answer"]
        except (OSError, *_DAMAGED):
            return None
        if time.time() - used > DAY:
            with contextlib.suppress(OSError):
                os.utime(file)
        return answer if isinstance(answer, list) else None

    def _holds(self, data: Any, text: str | None) -> bool:
        """Whether every file is as it was; ``text`` is that of the first one, where that is given."""
        paths = data["paths"]
        return all(
            digest == self._digest(path, text if number == 0 else None)
            and all(
                self._finder.find(name, os.path.dirname(path)) == (None if at is None else paths[at])
                for name, at in imports.items()
            )
            and (pins is None or self._pins(path) == pins)
            for number, (path, (digest, imports, pins)) in enumerate(zip(paths, data["states"], strict=True))
        )

    def _pins(self, path: str) -> list[Any]:
        """What the dependencies of the file's project leave, as it is kept."""
        if self._pin_reader is None:
            from flake8_keras_graph.project.pins import PinReader

            self._pin_reader = PinReader()
        return _plain_pins(self._pin_reader.pins_of(os.path.dirname(path)))

    def _digest(self, path: str, text: str | None) -> str:
        if text is not None:
            return digest_of(path, text)
        known = self._digests.get(path)
        if known is None:
            known = self._digests[path] = digest_of(path, _text(path))
        return known

    def _file(self, full: str, question: Question) -> str:
        key = hashlib.sha256(repr((full, *question)).encode("utf-8", "surrogatepass")).hexdigest()
        return os.path.join(self.folder, f"{key[:40]}.json")

    def _keep(self, path: str, question: Question, answer: list[Any], states: dict[str, State]) -> None:
        if not self._is_writable:
            return
        numbers = {name: number for number, name in enumerate(states)}
        kept = [
            [
                state.digest,
                {name: None if at is None else numbers[at] for name, at in state.imports.items()},
                None if state.pins is None else _plain_pins(state.pins),
            ]
            for state in states.values()
        ]
        data = {"version": _version(), "paths": list(states), "states": kept, "answer": answer}
        try:
            if not self._is_ready:
                _make_ready(self.folder)
                self._is_ready = True
            content = json.dumps(data, separators=(",", ":")).encode("ascii")
            files.replace(self._file(os.path.abspath(path), question), content)
        except (OSError, ValueError):
            self._is_writable = False


def _plain_pins(pins: Pins) -> list[Any]:
    return [pins.tensorflow, pins.keras]


def _make_ready(folder: str) -> None:
    """Make the folder where there is none; in one that is there remove, once a day, what is unused. Raises OSError."""
    marker = os.path.join(folder, _MARKER)
    try:
        age = time.time() - os.stat(marker).st_mtime
    except FileNotFoundError:
        os.makedirs(folder, exist_ok=True)
        for name, text in ((".gitignore", "*\n"), (_MARKER, _TAG)):
            files.replace(os.path.join(folder, name), text.encode("ascii"))
        return
    if age > DAY:
        os.utime(marker)
        _remove_unused(folder)


def _remove_unused(folder: str) -> None:
    oldest = time.time() - UNUSED_DAYS * DAY
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith((".json", ".tmp")):
                with contextlib.suppress(OSError):  # another process may be doing the same
                    if entry.stat().st_mtime < oldest:
                        os.unlink(entry.path)


def _placed_anywhere(finding: Finding) -> Finding:
    """A finding without what depends on how its file was called, and from where."""
    why = tuple(
        dataclasses.replace(step, path=os.path.abspath(step.path)) if step.path else step for step in finding.why
    )
    return dataclasses.replace(finding, path="", why=why)


def _brief(data: Any) -> Brief:
    """Raises one of _DAMAGED where it is no finding."""
    line, column = data["span"]["line"], data["span"]["column"]
    code, message, level = data["code"], data["message"], data["level"]
    if [type(each) for each in (line, column, code, message, level)] != [int, int, str, str, str]:
        raise TypeError(data)
    return line, column, code, message, level


def _shown(finding: Finding, path: str) -> Finding:
    """A finding as it is where its file is called ``path`` today."""
    why = tuple(
        dataclasses.replace(step, path=files.beside(path, step.path)) if step.path else step for step in finding.why
    )
    return dataclasses.replace(finding, path=path, why=why)


def _text(path: str) -> str:
    try:
        return files.read(path)
    except files.Unreadable as problem:
        return f"\0{problem}"  # no source text begins so


@functools.cache
def _version() -> str:
    """Of this package as it is installed, of Python and of the parser."""
    from importlib.metadata import version

    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    parts = (__version__, sys.version_info[:3], version("libcst"), sorted(_own_files(package)))
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _own_files(folder: str) -> Iterator[tuple[str, int, int]]:
    """The modules of this package: path, size and time of the last change."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(".py"):
                status = entry.stat()
                yield entry.path, status.st_size, status.st_mtime_ns
            elif entry.is_dir() and entry.name != "__pycache__":
                yield from _own_files(entry.path)
