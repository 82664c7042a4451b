"""``measure(targets, settings, on_event)``: run models in worker processes and say what was established.

This side imports no TensorFlow. Models are taken one at a time, because two timings at once disturb each other.
"""

from __future__ import annotations

import dataclasses
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

from flake8_keras_graph.measure.events import (
    ComparisonEstablished,
    Event,
    FindingEstablished,
    ModelFinished,
    ModelStarted,
    SitesProbed,
    StageStarted,
    Target,
    WorkerReady,
    WorkerStarting,
)
from flake8_keras_graph.measure.host import Message, Worker, WorkerError
from flake8_keras_graph.measure.jobs import Collected, make_job
from flake8_keras_graph.measure.specs import SpecError
from flake8_keras_graph.measure.variants import Rewriters, Variants, installed_rewriters, make_variants
from flake8_keras_graph.records import ModelResult

__all__ = [
    "ComparisonEstablished",
    "Event",
    "FindingEstablished",
    "MeasureUnavailable",
    "ModelFinished",
    "ModelStarted",
    "Settings",
    "SitesProbed",
    "StageStarted",
    "Target",
    "WorkerReady",
    "WorkerStarting",
    "measure",
]

# After its budget a worker may finish the operation it is in, for half as long again or this at most.
_GRACE_SECONDS = 5.0
_ENVIRONMENT_SECONDS = 120.0
Device = Literal["cpu", "gpu", "all"]


@dataclasses.dataclass(frozen=True, slots=True)
class Settings:
    """How to measure.

    ``budget_seconds`` is for one model on one device: measuring is planned to end within it, and a worker
    that has not ended by then (plus a short grace) is killed; what it had established is kept.
    ``device`` "all" takes a GPU where there is one. ``comparison_seconds`` is for the timing of one comparison;
    eager against graph takes half of it.
    ``specs`` are the tables ``[[tool.keras-graph.model]]`` of pyproject.toml as read, and ``root`` is the
    folder of that file, from which the paths in them are resolved. ``memory_bytes`` bounds the resident
    memory of a worker and its children. ``python`` is the interpreter whose TensorFlow is measured.
    ``probe_only`` stops after the probe, which then tells of every site (SitesProbed), finding or not.
    """

    device: Device = "cpu"
    budget_seconds: float = 60.0
    steps: int = 1000
    specs: tuple[dict[str, Any], ...] = ()
    root: str = "."
    memory_bytes: int = 8 << 30
    seed: int = 0
    comparison_seconds: float = 3.0
    python: str = sys.executable
    probe_only: bool = False


class MeasureUnavailable(Exception):
    """Nothing can be measured here at all; the message says what to install or change."""


def measure(
    targets: Sequence[Target], settings: Settings, on_event: Callable[[Event], None] = lambda event: None
) -> list[ModelResult]:
    """One result per target and device, in the order of ``targets``; a target that fails has its reason.

    Raises MeasureUnavailable where TensorFlow cannot be imported or the device asked for by name is absent.
    On KeyboardInterrupt the worker is killed and the exception passes on; what was finished has been
    handed to ``on_event`` as ModelFinished.
    """
    with (
        tempfile.TemporaryDirectory(prefix="keras-graph-", ignore_cleanup_errors=True) as scratch,
        Worker(settings.python, Path(scratch)) as worker,
    ):
        return _Session(settings, Path(scratch), worker, on_event, installed_rewriters()).run(targets)


class _Session:
    """One run: the worker, kept alive over the models, and what it says, as events and results."""

    def __init__(
        self,
        settings: Settings,
        scratch: Path,
        worker: Worker,
        on_event: Callable[[Event], None],
        rewriters: Rewriters,
    ) -> None:
        self._settings, self._scratch, self._worker = settings, scratch, worker
        self._on_event, self._rewriters = on_event, rewriters
        self._root = Path(settings.root).resolve()
        self._devices = ("cpu", "gpu") if settings.device == "all" else (settings.device,)

    def run(self, targets: Sequence[Target]) -> list[ModelResult]:
        if not targets:
            return []
        self._start(restarted=False)
        prepared = {id(t): self._variants(t) for t in targets[:1]}  # while TensorFlow is being imported
        self._wait()
        results = []
        jobs = [(device, target) for target in targets for device in self._devices]
        for index, (device, target) in enumerate(jobs):
            self._on_event(ModelStarted(target, index, len(jobs)))
            variants = prepared.setdefault(id(target), self._variants(target))
            result = self._measure(target, device, variants)
            results.append(result)
            self._on_event(ModelFinished(target, result))
        return results

    # -- worker -----------------------------------------------------------------------------------------

    def _start(self, restarted: bool) -> None:
        self._on_event(WorkerStarting(restarted))
        try:
            self._worker.begin()
        except OSError as error:
            raise MeasureUnavailable(f"cannot start {self._settings.python}: {error}") from error

    def _wait(self) -> None:
        """Until TensorFlow is there and the device is known to be. Raises MeasureUnavailable."""
        try:
            versions = self._worker.wait_ready()
        except WorkerError as error:
            raise MeasureUnavailable(
                f"TensorFlow cannot be used here ({error}); install it: pip install 'flake8-keras-graph[measure]'"
            ) from error
        environment: dict[str, Any] = {}
        for device in self._devices:
            try:
                environment |= self._environment(device)
            except MeasureUnavailable:
                if self._settings.device != "all" or device == "cpu":
                    raise
                self._devices = ("cpu",)  # all there is
        versions.pop("event", None)
        self._on_event(WorkerReady({**versions, **environment}))

    def _environment(self, device: str) -> dict[str, Any]:
        said: list[Message] = []
        ending = self._worker.run(
            {"task": "environment", "device": device},
            _ENVIRONMENT_SECONDS,
            self._settings.memory_bytes,
            said.append,
        )
        found = next((m for m in said if m["event"] == "environment"), None)
        if found is None:
            failed = next((m["reason"] for m in said if m["event"] == "failed"), ending.detail + ending.output)
            raise MeasureUnavailable(failed)
        return {key: value for key, value in found.items() if key != "event"}

    # -- one model ----------------------------------------------------------------------------------------

    def _variants(self, target: Target) -> Variants:
        try:
            text = Path(target.path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return Variants((), (), {})
        own = [f for f in target.findings if f.path == target.path]
        return make_variants(text, target.symbol, own, self._rewriters)

    def _measure(self, target: Target, device: str, variants: Variants) -> ModelResult:
        collected = Collected(target, variants)
        try:
            job = make_job(target, self._settings, self._root, self._scratch, device, variants)
        except (SpecError, OSError, UnicodeDecodeError, SyntaxError) as error:
            return collected.not_measured(str(error))
        if not self._worker.alive:
            self._start(restarted=True)
            self._worker.wait_ready()

        def heard(message: Message) -> None:
            for event in collected.taken(message):
                self._on_event(event)

        limit = self._settings.budget_seconds + min(_GRACE_SECONDS, self._settings.budget_seconds / 2)
        ending = self._worker.run(job, limit, self._settings.memory_bytes, heard)
        return collected.result(ending, self._root)
