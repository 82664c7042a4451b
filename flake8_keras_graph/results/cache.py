"""Findings of files that have not changed, kept in ``.keras-graph-cache`` from one run to the next.

A file's findings hold as long as the version, the options, the text of the file and of every file that was read
for it, the places its imports lead to, and the Keras that its project's dependencies leave are the same. The folder
can be deleted at any time; runs that share it replace its file as a whole.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from flake8_keras_graph import __version__
from flake8_keras_graph.config import Options
from flake8_keras_graph.project import files
from flake8_keras_graph.project.pins import PinReader, Pins
from flake8_keras_graph.project.project import Project, find_module
from flake8_keras_graph.records import Finding
from flake8_keras_graph.results import codec

FOLDER = ".keras-graph-cache"
FILE = "findings.json"
_TAG = "Signature: 8a477f597d28d172789f06886806bc55\n# https://bford.info/cachedir/\n"


@dataclasses.dataclass(frozen=True, slots=True)
class State:
    """One file as it was read: a hash of its text, and where the modules it asked for were found.

    ``pins`` is what the versions that its project allows say of Keras, None where nobody asked.
    """

    digest: str
    imports: dict[str, str | None]
    pins: Pins | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Result:
    """One file's findings, and the files they depend on, itself included."""

    path: str
    depends: tuple[str, ...]
    findings: tuple[Finding, ...]


@dataclasses.dataclass(slots=True)
class Content:
    """What the cache holds: files by absolute path, results by ``key``."""

    states: dict[str, State] = dataclasses.field(default_factory=dict)
    results: dict[str, Result] = dataclasses.field(default_factory=dict)


def key(path: str, options: Options) -> str:
    """What a result is found by: findings name their file as it was given, from where we are."""
    return hashlib.sha256(repr((path, os.getcwd(), options)).encode("utf-8", "surrogatepass")).hexdigest()


def digest_of(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


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
        found[current] = State(digest_of(content), dict(imports), project.pins.get(current))
        queue.extend(target for target in imports.values() if target is not None)
    return found


class Cache:
    """The cache of one folder, for one run. Whatever is wrong with the folder, it is as if it were empty."""

    def __init__(self, root: Path) -> None:
        self.file = root / FOLDER / FILE
        self.content = _load(self.file)
        self.new = Content()
        self._valid: dict[str, bool] = {}
        self._pin_reader = PinReader()

    def findings(self, path: str, options: Options) -> tuple[Finding, ...] | None:
        """What was found in ``path``, None where that may not hold any more."""
        result = self.content.results.get(key(path, options))
        if result is None or not all(self._holds(each) for each in result.depends):
            return None
        return result.findings

    def _holds(self, path: str) -> bool:
        known = self._valid.get(path)
        if known is None:
            state = self.content.states.get(path)
            known = self._valid[path] = state is not None and _is_current(path, state, self._pin_reader)
        return known

    def add(self, path: str, options: Options, findings: Iterable[Finding], states: dict[str, State]) -> None:
        """Remember what was found now."""
        _update(self.new, Content(states))
        self.new.results[key(path, options)] = Result(path, tuple(states), tuple(findings))

    def save(self) -> None:
        """Write what is new, on top of what another run may have written meanwhile."""
        if not self.new.results:
            return
        content = _load(self.file)
        _update(content, self.new)
        gone = [name for name, result in content.results.items() if not os.path.exists(result.depends[0])]
        for name in gone:
            del content.results[name]
        _write(self.file, content)


def _update(content: Content, newer: Content) -> None:
    """Add ``newer``; results that depend on a file as it was before are dropped."""
    changed = set()
    for path, state in newer.states.items():
        known = content.states.get(path)
        imports, pins = state.imports, state.pins
        if known is not None:
            same = (
                known.digest == state.digest
                and _agree(known.pins, state.pins)
                and all(imports[name] == target for name, target in known.imports.items() if name in imports)
            )
            if same:
                imports, pins = {**known.imports, **imports}, pins or known.pins
            else:
                changed.add(path)
        content.states[path] = State(state.digest, imports, pins)
    if changed:
        content.results = {
            name: result for name, result in content.results.items() if changed.isdisjoint(result.depends)
        }
    content.results.update(newer.results)


def _is_current(path: str, state: State, pin_reader: PinReader) -> bool:
    folder = os.path.dirname(path)
    return (
        digest_of(_text(path)) == state.digest
        and all(_find(folder, name) == target for name, target in state.imports.items())
        and (state.pins is None or pin_reader.pins_of(folder) == state.pins)
    )


def _agree(one: Pins | None, other: Pins | None) -> bool:
    return one is None or other is None or one == other


def _text(path: str) -> str:
    try:
        return files.read(path)
    except files.Unreadable as problem:
        return f"\0{problem}"  # no source text begins so


@functools.lru_cache(maxsize=100_000)
def _find(directory: str, dotted: str) -> str | None:
    """What a module means by an absolute name is what every module of its folder does."""
    return find_module(dotted, os.path.join(directory, "_.py"))


@functools.cache
def _version() -> str:
    """Of this package as it is installed, of Python and of the parser."""
    from importlib.metadata import version

    package = Path(__file__).parents[1]
    own = sorted(
        (str(file.relative_to(package)), file.stat().st_size, file.stat().st_mtime_ns) for file in package.rglob("*.py")
    )
    parts = (__version__, sys.version_info[:3], version("libcst"), own)
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _load(file: Path) -> Content:
    """The content of the file; empty where there is none, or none of this version, or it is damaged."""
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        if data["version"] != _version():
            return Content()
        return _decoded(data)
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError):
        return Content()


def _decoded(data: Any) -> Content:
    paths: list[str] = data["paths"]
    states = {
        paths[number]: State(
            digest, {name: None if at is None else paths[at] for name, at in imports.items()}, pins and Pins(*pins)
        )
        for number, digest, imports, pins in data["states"]
    }
    results = {
        name: Result(path, tuple(paths[at] for at in depends), tuple(codec.decode(Finding, each) for each in findings))
        for name, (path, depends, findings) in data["results"].items()
    }
    return Content(states, results)


def _encoded(content: Content) -> dict[str, Any]:
    numbers: dict[str, int] = {}

    def number(path: str) -> int:
        return numbers.setdefault(path, len(numbers))

    needed = {path for result in content.results.values() for path in result.depends}
    states = [
        [
            number(path),
            state.digest,
            {name: None if at is None else number(at) for name, at in state.imports.items()},
            state.pins and (state.pins.tensorflow, state.pins.keras),
        ]
        for path, state in content.states.items()
        if path in needed
    ]
    results = {
        name: [result.path, [number(each) for each in result.depends], [codec.encode(each) for each in result.findings]]
        for name, result in content.results.items()
    }
    return {"version": _version(), "paths": list(numbers), "states": states, "results": results}


def _write(file: Path, content: Content) -> None:
    """Replace the file as a whole, so that whoever reads it sees one or the other; without a word if it cannot be."""
    try:
        if not file.parent.is_dir():
            file.parent.mkdir(parents=True)
            (file.parent / ".gitignore").write_text("*\n", encoding="utf-8")
            (file.parent / "CACHEDIR.TAG").write_text(_TAG, encoding="utf-8")
        files.replace(file, json.dumps(_encoded(content), separators=(",", ":")).encode("utf-8"))
    except (OSError, ValueError):
        return
