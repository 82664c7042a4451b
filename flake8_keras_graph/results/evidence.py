"""Measured results on disk: loaded, matched to the code they were made from, saved.

``.keras-graph/evidence.json`` lies at the project's root and is meant to be committed: sorted, small, one
entry for each class in each environment. An entry counts only while the class's fingerprint is the same.
"""

from __future__ import annotations

import collections
import dataclasses
import functools
import json
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from flake8_keras_graph.project import files
from flake8_keras_graph.records import ModelResult, run_status
from flake8_keras_graph.results.codec import CodecError, decode, encode, plain
from flake8_keras_graph.results.roots import LOCATION as LOCATION
from flake8_keras_graph.results.roots import project_root as project_root
from flake8_keras_graph.results.roots import relative_path as relative_path

SCHEMA = 1
MAX_BYTES = 64_000_000
VERSION_KEYS = ("python", "tensorflow", "keras", "tf_keras")


class EvidenceError(Exception):
    """The evidence file cannot be used; the message names it and says why."""


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """What one environment established about one class; ``path`` is relative to the root, with slashes."""

    path: str
    symbol: str
    environment: str
    result: ModelResult


@dataclasses.dataclass(frozen=True, slots=True)
class Store:
    """All entries of one project; ``environments`` holds what their short names stand for."""

    entries: tuple[Entry, ...] = ()
    environments: tuple[tuple[str, dict[str, Any]], ...] = ()

    def of(self, path: str) -> tuple[Entry, ...]:
        """The entries of one file."""
        return tuple(entry for entry in self.entries if entry.path == path)


# --- reading ---------------------------------------------------------------------------------------


def load(root: Path) -> Store:
    """The project's evidence, empty where there is none. Raises EvidenceError where it is damaged."""
    try:
        return read(root / LOCATION)
    except (FileNotFoundError, NotADirectoryError):
        return Store()


def read(file: Path) -> Store:
    """What one evidence file holds. Raises EvidenceError where it is damaged, OSError where there is none."""
    try:
        if file.stat().st_size > MAX_BYTES:
            raise EvidenceError(f"{file}: larger than {MAX_BYTES // 1_000_000} MB")
        return _parsed(json.loads(file.read_text(encoding="utf-8"), parse_constant=_refuse))
    except (FileNotFoundError, NotADirectoryError):
        raise
    except OSError as error:
        raise EvidenceError(f"{file}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:  # not UTF-8, not JSON, not what we write
        raise EvidenceError(f"{file}: {error}") from None


def load_cached(root: Path) -> tuple[Store, str]:
    """The project's evidence, and why it is not used where it is damaged ("" else); read once a process."""
    try:
        status = (root / LOCATION).stat()
    except OSError:
        return Store(), ""
    return _load_once(root, (status.st_mtime_ns, status.st_size, status.st_ino))


@functools.lru_cache(maxsize=64)
def _load_once(root: Path, _signature: tuple[int, int, int]) -> tuple[Store, str]:
    try:
        return load(root), ""
    except EvidenceError as error:
        return Store(), f"evidence not used: {error}"


def _refuse(constant: str) -> float:
    raise CodecError(f"{constant} is not a number")


def _parsed(data: Any) -> Store:
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        raise CodecError(f"not evidence of schema {SCHEMA}")
    environments = _object(data.get("environments", {}), "environments")
    entries = tuple(
        Entry(path, symbol, environment, _result(path, symbol, record))
        for path, symbols in _object(data.get("models", {}), "models").items()
        for symbol, records in _object(symbols, path).items()
        for environment, record in _object(records, symbol).items()
    )
    return Store(entries, tuple((name, _object(value, name)) for name, value in environments.items()))


def _object(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise CodecError(f"{name} must be an object")
    return value


def _result(path: str, symbol: str, record: Any) -> ModelResult:
    fields = _object(record, symbol)
    result = decode(ModelResult, {**fields, "path": path, "symbol": symbol, "status": "probed"})
    return dataclasses.replace(result, status=run_status(result.comparisons))


# --- writing ---------------------------------------------------------------------------------------


def save(root: Path, results: Iterable[tuple[ModelResult, dict[str, Any]]]) -> Path:
    """Add the results of what ran, each with its environment, to the project's evidence; atomically.

    What another environment found of the same code stays; what was found of other code of the same class
    goes. A damaged file is kept beside the new one. Raises OSError where nothing can be written.
    """
    store = _own(root)
    _write(root / LOCATION, as_json(with_results(store, root, results)))
    return root / LOCATION


def merge(into: Path, others: Iterable[Path], is_current: Callable[[Entry], bool] = lambda entry: False) -> Path:
    """Add what other evidence files hold to the project's at the root ``into``; atomically.

    ``is_current`` says whether an entry was made from the code as it is now; it is asked only where files have
    results from different code of one class. Raises EvidenceError where one of the others cannot be used: then
    nothing has changed. A damaged file of the project itself is kept beside the new one, as ``save`` does.
    """
    try:
        stores = [read(file) for file in others]
    except OSError as error:
        raise EvidenceError(f"{error.filename}: {error.strerror}") from None
    base = _own(into)
    _write(into / LOCATION, as_json(merged_changes(base, stores, is_current)))
    return into / LOCATION


def merged_changes(
    base: Store, others: Iterable[Store], is_current: Callable[[Entry], bool] = lambda entry: False
) -> Store:
    """``base`` with what each of the others has and it has not, the later ones last.

    Jobs that each start from the committed evidence bring it along: of an entry that one of them measured anew
    the others have the old one, which equals that of ``base`` and must not win. Results from other code of a
    class go where there are current ones; where none is, those of ``base`` go.
    """
    known = set(map(_entry_key, base.entries))
    changes = [Store(tuple(e for e in s.entries if _entry_key(e) not in known), s.environments) for s in others]
    codes: dict[tuple[str, str], set[str]] = collections.defaultdict(set)
    for entry in (entry for store in changes for entry in store.entries):
        codes[entry.path, entry.symbol].add(entry.result.fingerprint)
    everything = [entry for store in (base, *changes) for entry in store.entries]
    for place, several in codes.items():
        here = [e for e in everything if (e.path, e.symbol) == place]
        if len({e.result.fingerprint for e in here}) > 1:
            codes[place] = {e.result.fingerprint for e in here if is_current(e)} or several
    result = Store()
    for store in (base, *changes):
        kept = [e for e in store.entries if _is_of(e, codes)]
        result = merged(result, Store(tuple(kept), store.environments))
    return result


def _is_of(entry: Entry, codes: Mapping[tuple[str, str], set[str]]) -> bool:
    place = (entry.path, entry.symbol)
    return place not in codes or entry.result.fingerprint in codes[place]


def _entry_key(entry: Entry) -> str:
    """The entry as text: records hold lists, which cannot be hashed."""
    return json.dumps([entry.path, entry.symbol, entry.environment, encode(entry.result)], sort_keys=True)


def _own(root: Path) -> Store:
    """The project's evidence, to be written again: a damaged file is put aside. Raises OSError."""
    file = root / LOCATION
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        return load(root)
    except EvidenceError:
        os.replace(file, file.with_suffix(".json.damaged"))
        return Store()


def with_results(store: Store, root: Path, results: Iterable[tuple[ModelResult, dict[str, Any]]]) -> Store:
    """``store`` with those of ``results`` that ran added; pure."""
    environments = dict(store.environments)
    entries = {(entry.path, entry.symbol, entry.environment): entry for entry in store.entries}
    for result, environment in results:
        if result.status == "not_measured":
            continue
        path, name = relative_path(result.path, root), environment_name(environment)
        environments[name] = environment
        for key, entry in list(entries.items()):
            if key[:2] == (path, result.symbol) and entry.result.fingerprint != result.fingerprint:
                del entries[key]
        entries[path, result.symbol, name] = Entry(path, result.symbol, name, _small(result, path))
    return merged(Store(tuple(entries.values()), tuple(environments.items())), Store())


def merged(first: Store, second: Store) -> Store:
    """Both stores' entries in order; of two for the same class and environment, the second's."""
    entries = {(e.path, e.symbol, e.environment): e for e in (*first.entries, *second.entries)}
    used = {key[2] for key in entries}
    environments = {**dict(first.environments), **dict(second.environments)}
    return Store(
        tuple(entries[key] for key in sorted(entries)),
        tuple((name, environments[name]) for name in sorted(environments) if name in used),
    )


def environment_name(environment: dict[str, Any]) -> str:
    """A short name that is the same for the same versions, device, processor and number of threads."""
    device = device_name(environment)
    threads = f"{environment['threads']} threads" if environment.get("threads") else ""
    versions = [f"{key} {environment[key]}" for key in VERSION_KEYS if environment.get(key)]
    parts = [device, str(environment.get("processor") or ""), threads, *versions]
    return ", ".join(filter(None, parts)) or "unknown"


def device_name(environment: dict[str, Any]) -> str:
    """``cpu``, or ``gpu`` with the name that its driver gives it; "" where it is not known."""
    details = environment.get("gpu")
    name = details.get("device_name", "") if isinstance(details, dict) else ""
    return " ".join(filter(None, (str(environment.get("device") or ""), str(name))))


def shared_by(environments: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """What holds in all of several environments: all of it where there is one."""
    first, *others = [known for known in environments if known] or [{}]
    missing = object()
    return {key: value for key, value in first.items() if all(o.get(key, missing) == value for o in others)}


def as_json(store: Store) -> str:
    """The file's text: sorted, so that the same evidence is the same text and diffs are small."""
    models: dict[str, dict[str, dict[str, Any]]] = {}
    for entry in store.entries:
        record = encode(entry.result)
        for implied in ("path", "symbol", "status"):
            del record[implied]
        models.setdefault(entry.path, {}).setdefault(entry.symbol, {})[entry.environment] = record
    content = {"schema": SCHEMA, "environments": plain(dict(store.environments)), "models": models}
    return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _small(result: ModelResult, path: str) -> ModelResult:
    """Without raw times and source texts, which the report of the run has, and the environment, which is its key."""
    result = dataclasses.replace(result, path=path, trials=(), compiled={}, rewrite_source=None, remedies={})
    return dataclasses.replace(result, refusals=(), warnings=(), environment={})


def _write(file: Path, text: str) -> None:
    # A path that is not Unicode has lone surrogates: written as JSON writes them, \udc80.
    files.replace(file, text.encode("utf-8", "backslashreplace"), durable=True)
