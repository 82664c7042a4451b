"""An interrupted ``measure`` goes on where it was: which classes it had finished, in ``.keras-graph/interrupted.json``.

The file lies there from the first class that is finished until the run completes, so that it outlives a kill as
well. It holds names only; what was measured is in the evidence, and counts only where that still has it.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import importlib.metadata
import json
import os
import platform
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flake8_keras_graph.project import files
from flake8_keras_graph.records import ModelResult
from flake8_keras_graph.results import evidence
from flake8_keras_graph.results.codec import plain

if TYPE_CHECKING:
    from flake8_keras_graph.measure.parent.session import Event, Settings, Target

LOCATION = Path(".keras-graph") / "interrupted.json"
ENDED_EARLY = "ended early"
"""How the warning begins of a result that is not all that there would have been to say."""


@dataclasses.dataclass(frozen=True, slots=True)
class Earlier:
    """A class that the interrupted run had finished, with a result for each device."""

    target: Target
    results: tuple[ModelResult, ...]


def request(arguments: argparse.Namespace, settings: Settings) -> dict[str, Any]:
    """What a run was asked for and where it runs: only a run with the same request goes on with it.

    ``--steps``, ``--json`` and ``--html`` are not part of it: they change what is told, not what is measured.
    """
    asked = {name: getattr(arguments, name) for name in ("all", "model", "shard", "dask", "keras", "exclude")}
    paths = [os.path.abspath(path) for path in arguments.paths]
    measured = {"device": settings.device, "budget": settings.budget_seconds, "specs": settings.specs}
    content = plain({**asked, **measured, "paths": paths, "machine": _machine()})
    found: dict[str, Any] = json.loads(json.dumps(content, default=str))  # as it will be read back
    return found


def _machine() -> dict[str, str]:
    """What numbers depend on, as far as it can be told without TensorFlow."""
    versions = {}
    for name in ("tensorflow", "keras", "tf_keras"):
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            versions[name] = importlib.metadata.version(name)
    return {**versions, "python": sys.version, "node": platform.node(), "machine": platform.machine()}


class Mark:
    """The note of one run in the project at ``root``."""

    def __init__(self, root: Path, asked: dict[str, Any], targets: Sequence[Target]) -> None:
        self._file, self._asked, self._root = root / LOCATION, asked, root
        self._chosen = [self._name(target) for target in targets]
        self._done: dict[str, list[str]] = {}
        self._results: dict[str, list[ModelResult]] = {}
        self._left = len(targets)
        self.devices = 1
        """How many results each class has, known from the first one that is started."""

    def earlier(self, targets: Sequence[Target]) -> list[Earlier]:
        """Those of ``targets`` that an interrupted run of the same request has measured; noted as done here too."""
        done = self._read()
        found = []
        for target in targets:
            environments = done.get(self._name(target), [])
            results = _results(target, environments)
            if environments and len(results) == len(environments):
                found.append(Earlier(target, results))
                self._done[self._name(target)] = environments
                self.devices = len(results)
        self._left = len(targets) - len(found)
        return found

    def take_event(self, event: Event) -> None:
        """Take what an event of the session brings; results must be in the evidence by then."""
        from flake8_keras_graph.measure.parent.session import ModelFinished, ModelStarted

        if isinstance(event, ModelStarted):
            self.devices = event.total // max(1, self._left)
        elif isinstance(event, ModelFinished):
            self._finished(event.target, event.result)

    def _finished(self, target: Target, result: ModelResult) -> None:
        """Note a class as done once it was measured to the end on every device."""
        name = self._name(target)
        results = self._results.setdefault(name, [])
        results.append(result)
        if len(results) == self.devices and all(map(_is_complete, results)):
            self._done[name] = [evidence.environment_name(each.environment) for each in results]
        self._write()

    def remove(self) -> None:
        """The run has completed, or is to begin anew; a note of another request stays."""
        if self._asked_before() == self._asked:
            with contextlib.suppress(OSError):
                self._file.unlink()

    def _name(self, target: Target) -> str:
        return f"{evidence.relative_path(target.path, self._root)}:{target.symbol}:{target.fingerprint}"

    def _content(self) -> dict[str, Any]:
        try:
            content = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        return content if isinstance(content, dict) else {}

    def _asked_before(self) -> Any:
        return self._content().get("request")

    def _read(self) -> dict[str, list[str]]:
        content = self._content()
        done = content.get("done")
        if content.get("request") != self._asked or not isinstance(done, dict):
            return {}
        return {name: list(map(str, value)) for name, value in done.items() if isinstance(value, list)}

    def _write(self) -> None:
        """Losing the note costs time and nothing else: where it cannot be written there is none."""
        content = {"request": self._asked, "chosen": self._chosen, "done": self._done}
        text = json.dumps(content, indent=1, sort_keys=True) + "\n"
        with contextlib.suppress(OSError, UnicodeEncodeError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            files.replace(self._file, text.encode("utf-8"))


def _is_complete(result: ModelResult) -> bool:
    return result.status != "not_measured" and not any(said.startswith(ENDED_EARLY) for said in result.warnings)


def _results(target: Target, environments: Sequence[str]) -> tuple[ModelResult, ...]:
    """The evidence of the class as it is now from each of these environments that has it."""
    root = evidence.project_root(target.path)
    store, _ = evidence.load_cached(root)
    known = dict(store.environments)
    return tuple(
        dataclasses.replace(entry.result, path=target.path, environment=known.get(entry.environment, {}))
        for entry in store.of(evidence.relative_path(target.path, root))
        if entry.symbol == target.symbol
        and entry.environment in environments
        and entry.result.fingerprint == target.fingerprint != ""
    )
