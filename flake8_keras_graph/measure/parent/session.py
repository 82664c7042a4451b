"""``measure(targets, settings, on_event)``: run models in worker processes and say what was established.

This side imports no TensorFlow. Models are taken one at a time, and in turns with other runs on this machine, because
two timings at once disturb each other.
"""

from __future__ import annotations

import contextlib
import dataclasses
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from flake8_keras_graph.measure.parent.collected import Collected
from flake8_keras_graph.measure.parent.host import Message, Worker, WorkerError
from flake8_keras_graph.measure.parent.interrupts import remembered
from flake8_keras_graph.measure.parent.jobs import make_job
from flake8_keras_graph.measure.parent.platforms import unsupported
from flake8_keras_graph.measure.parent.session_events import (
    ComparisonEstablished,
    Event,
    FindingEstablished,
    ModelFinished,
    ModelStarted,
    Notice,
    SitesProbed,
    StageStarted,
    Target,
    WorkerReady,
    WorkerStarting,
)
from flake8_keras_graph.measure.parent.settings import Settings
from flake8_keras_graph.measure.parent.turns import turn
from flake8_keras_graph.measure.parent.variants import Variants, installed_rewriters, make_variants
from flake8_keras_graph.measure.project.project_files import ProjectFiles
from flake8_keras_graph.measure.project.specs import SpecError
from flake8_keras_graph.records import ModelResult

__all__ = [
    "ComparisonEstablished",
    "Event",
    "FindingEstablished",
    "MeasureUnavailable",
    "ModelFinished",
    "ModelStarted",
    "Notice",
    "Session",
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
_INSTALL = "pip install 'flake8-keras-graph[measure]'"


class MeasureUnavailable(Exception):
    """Nothing can be measured here at all; the message says what to install or change."""


def measure(
    targets: Sequence[Target], settings: Settings, on_event: Callable[[Event], None] = lambda event: None
) -> list[ModelResult]:
    """One result per target and device, in the order of ``targets``; a target that fails has its reason.

    Raises MeasureUnavailable where this system cannot measure, TensorFlow cannot be imported or the device asked
    for by name is absent. On KeyboardInterrupt the worker is killed and the exception passes on; what was finished
    has been handed to ``on_event`` as ModelFinished.
    """
    if not targets:
        return []
    with (
        tempfile.TemporaryDirectory(prefix="keras-graph-", ignore_cleanup_errors=True) as scratch,
        Worker(settings.python, Path(scratch)) as worker,
        remembered() as interrupted,
    ):

        def take(event: Event) -> None:
            on_event(event)
            interrupted()

        session = Session(settings, Path(scratch), worker, take)
        session.begin()
        session.prepare(targets[0])  # while TensorFlow is being imported
        jobs = [(device, target) for devices in [_devices(session)] for target in targets for device in devices]
        results = []
        for index, (device, target) in enumerate(jobs):
            take(ModelStarted(target, index, len(jobs)))
            with _turn(target, settings, take, interrupted):
                results.append(session.measure(target, device))
            take(ModelFinished(target, results[-1]))
        return results


def _turn(
    target: Target, settings: Settings, on_event: Callable[[Event], None], check: Callable[[], None]
) -> contextlib.AbstractContextManager[None]:
    """This run's turn to measure on the machine; where nothing is timed, nothing is disturbed."""
    if settings.probe_only:
        return contextlib.nullcontext()
    return turn(lambda: on_event(StageStarted(target, "wait")), check)


def _devices(session: Session) -> list[str]:
    """The devices to measure on, found to be there. Raises MeasureUnavailable."""
    asked = session.settings.device
    found = []
    for device in ("cpu", "gpu") if asked == "all" else (asked,):
        try:
            session.on_event(WorkerReady(session.environment(device)))
        except MeasureUnavailable as error:
            if asked != "all" or device == "cpu":
                raise
            session.on_event(Notice(f"no GPU is measured on: {error}"))
            continue
        found.append(device)
    return found


class Session:
    """A measuring process kept alive over models, and what it says, as events and results.

    ``on_message`` hears what the process says of a model as it says it, before events are made of it. It and the
    settings may be changed from one model to the next; the interpreter and the limits of its start may not.
    """

    def __init__(
        self,
        settings: Settings,
        scratch: Path,
        worker: Worker,
        on_event: Callable[[Event], None] = lambda event: None,
        on_message: Callable[[Message], None] = lambda message: None,
    ) -> None:
        self.settings, self.on_event, self.on_message = settings, on_event, on_message
        self._scratch, self._worker = scratch, worker
        self._rewriters = installed_rewriters()
        self._files: ProjectFiles | None = None
        self._prepared: tuple[Target, Variants] | None = None
        self._versions: dict[str, Any] = {}
        self._environments: dict[str, dict[str, Any]] = {}

    def begin(self) -> None:
        """Start the process, which then imports TensorFlow. Raises MeasureUnavailable."""
        if reason := unsupported():
            raise MeasureUnavailable(reason)
        try:
            self._start(restarted=False)
        except OSError as error:
            raise MeasureUnavailable(f"cannot start {self.settings.python}: {error}") from error

    def prepare(self, target: Target) -> None:
        """Make the rewrites of the target that is measured next."""
        self._prepared = (target, self._variants(target))

    def environment(self, device: str) -> dict[str, Any]:
        """Versions, processor and so on, for a device that is there. Raises MeasureUnavailable where it is not."""
        if device not in self._environments:
            self._versions = self._versions or self._ready()
            self._environments[device] = self._versions | self._described(device)
        return self._environments[device]

    def measure(self, target: Target, device: str) -> ModelResult:
        """What became of one class; whatever it does, its process ends within the budget."""
        prepared = self._prepared
        variants = prepared[1] if prepared and prepared[0] is target else self._variants(target)
        self._prepared = (target, variants)  # the other devices take the same
        environment = _of_keras(self.environment(device), target)
        return dataclasses.replace(self._measured(target, device, variants), environment=environment)

    # -- the process --------------------------------------------------------------------------------------

    def _start(self, restarted: bool) -> None:
        self.on_event(WorkerStarting(restarted))
        self._worker.begin()

    def _ready(self) -> dict[str, Any]:
        """What is installed, once the process has imported it. Raises MeasureUnavailable."""
        try:
            return {key: value for key, value in self._worker.wait_ready().items() if key != "event"}
        except WorkerError as error:
            raise MeasureUnavailable(f"TensorFlow cannot be used here ({error}); install it: {_INSTALL}") from error

    def _described(self, device: str) -> dict[str, Any]:
        said: list[Message] = []
        asked = {"task": "environment", "device": device}
        ending = self._worker.run(asked, _ENVIRONMENT_SECONDS, self.settings.memory_bytes, said.append)
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
        files = self._project_at(Path(self.settings.root).resolve())
        reading = files.read_under(Path(target.path), text, target.keras)
        if reading is None:
            return Variants((), (), {})
        own = [f for f in target.findings if f.path == target.path]
        return make_variants(reading, target.symbol, own, self._rewriters, target.kind == "model")

    def _backend_of(self, target: Target) -> str:
        """The backend that the target's file is for: what running it on another shows does not hold for it."""
        if target.keras == 2:
            return "tensorflow"
        reading = self._project_at(Path(self.settings.root).resolve()).read(Path(target.path))
        return "tensorflow" if reading is None else reading.backend

    def _measured(self, target: Target, device: str, variants: Variants) -> ModelResult:
        collected = Collected(target, variants)

        def take(message: Message) -> None:
            self.on_message(message)
            for event in collected.events_of(message):
                self.on_event(event)

        root = Path(self.settings.root).resolve()
        backend = self._backend_of(target)
        if backend != "tensorflow":
            return collected.not_measured(f"its file is for the backend {backend}, and models are run on TensorFlow")
        try:
            job = make_job(target, self.settings, self._project_at(root), self._scratch, device, variants)
            for text in job["unread"]:
                collected.warn(text)
            if not self._worker.alive:
                self._start(restarted=True)
                self._worker.wait_ready()
        except (SpecError, OSError, UnicodeDecodeError, SyntaxError, WorkerError) as error:
            return collected.not_measured(str(error))
        budget = self.settings.budget_seconds
        ending = self._worker.run(job, budget + min(_GRACE_SECONDS, budget / 2), self.settings.memory_bytes, take)
        return collected.result(ending, root)

    def _project_at(self, root: Path) -> ProjectFiles:
        """The files around the targets; settings of the next model may have another root."""
        if self._files is None or self._files.root != root:
            self._files = ProjectFiles(root, self.settings.options)
        return self._files


def _of_keras(environment: dict[str, Any], target: Target) -> dict[str, Any]:
    """The environment with the version of the one Keras that the target uses."""
    other = "keras" if target.keras == 2 else "tf_keras"
    return {key: value for key, value in environment.items() if key != other}
