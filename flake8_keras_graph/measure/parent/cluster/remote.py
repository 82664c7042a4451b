"""What runs on a worker of a dask.distributed cluster: one class, in the same isolated process as on one machine.

``cluster`` sends here what is to be measured. The process that models run in is kept from one class to the next,
and ends with the run, after a while without work, or with the worker. Whatever a model does, it does not do it to
the worker. One model at a time runs on a machine, however many workers and clients there are.
"""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import functools
import hashlib
import os
import pickle
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from flake8_keras_graph import __version__
from flake8_keras_graph.measure.parent.turns import POLL_SECONDS, turn

TOPIC = "keras-graph"
"""What is told while a model runs is logged under this topic; clients know theirs by the key of the task.

First comes the ``process`` of the worker that has it: where that changes, the scheduler itself has sent it again."""
_TOLD = ("stage", "finding", "comparison", "sites")
_IDLE_SECONDS = 60.0


@dataclasses.dataclass(frozen=True, slots=True)
class Request:
    """One class on one device. ``target`` and ``settings`` are those of the client, as are all paths.

    ``path`` is the file's absolute path, ``place`` the one relative to the root of the project, or to the folder where
    packages are installed; ``digest`` is a hash of what the file holds.
    """

    run: str
    key: str
    target: Any
    settings: Any
    device: str
    path: str
    place: str
    digest: str


class Stopped(Exception):
    """The client no longer wants the result."""


@functools.cache
def identity() -> str:
    """The version of this package with a hash of its code: measured results are comparable only between equal ones."""
    package = Path(__file__).resolve().parents[3]
    known = hashlib.sha256()
    for file in sorted(package.rglob("*.py")):
        known.update(file.relative_to(package).as_posix().encode() + b"\0" + file.read_bytes())
    return f"{__version__} (code {known.hexdigest()[:8]})"


def measure(asked_by: str, request: bytes) -> dict[str, Any]:
    """The task: ``result`` with the files that it ``imported``, or why there is none.

    ``refused`` says why this class cannot be measured here, ``unfit`` why none can on this device.
    """
    from distributed import get_worker

    if asked_by != identity():
        return {"unfit": f"it has flake8-keras-graph {identity()}, the client {asked_by}"}
    asked: Request = pickle.loads(request)
    worker = get_worker()

    def send(message: dict[str, Any]) -> None:
        if message["event"] in _TOLD:
            worker.log_event(TOPIC, {"key": asked.key, "message": message})

    def wanted() -> None:
        if _SEAT.has_ended(asked.run) or worker.status.name in ("closing", "closed", "failed"):
            raise Stopped

    worker.log_event(TOPIC, {"key": asked.key, "process": f"{socket.gethostname()} {os.getpid()}"})
    try:
        return _SEAT.measure(asked, send, wanted, nanny=worker.nanny is not None)
    except Stopped:
        return {"refused": "it was stopped"}


def end(run: str) -> None:
    """The client is done with this run: what is still running for it ends."""
    _SEAT.end(run)


class _Seat:
    """The one place of this worker where models are measured, with its process."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._ended: collections.deque[str] = collections.deque(maxlen=64)
        self._session: Any = None
        self._process: Any = None
        self._resources = contextlib.ExitStack()
        self._used = 0.0

    def measure(
        self, asked: Request, send: Callable[[dict[str, Any]], None], wanted: Callable[[], None], nanny: bool
    ) -> dict[str, Any]:
        """``wanted`` raises Stopped where the answer no longer is; so does this."""
        from flake8_keras_graph.measure.parent.session import MeasureUnavailable

        with self._turns(wanted, send):
            try:
                return self._measured(asked, send, wanted, nanny)
            except MeasureUnavailable as error:
                self._close()
                return {"unfit": str(error)}
            except BaseException:
                self._close()
                raise
            finally:
                self._used = time.monotonic()

    def has_ended(self, run: str) -> bool:
        return run in self._ended

    def end(self, run: str) -> None:
        """Stop what runs for this run; the process goes at once if nothing runs, and soon if something does."""
        self._ended.append(run)
        if self._turn.acquire(blocking=False):
            try:
                self._close()
            finally:
                self._turn.release()

    @contextlib.contextmanager
    def _turns(self, wanted: Callable[[], None], send: Callable[[dict[str, Any]], None]) -> Iterator[None]:
        """Until this one alone may measure in this process and on this machine."""

        def on_wait() -> None:
            send(_stage("wait"))

        if not self._turn.acquire(blocking=False):
            on_wait()
            while not self._turn.acquire(timeout=POLL_SECONDS):
                wanted()
        try:
            with turn(on_wait, wanted):
                yield
        finally:
            self._turn.release()

    def _measured(
        self, asked: Request, send: Callable[[dict[str, Any]], None], wanted: Callable[[], None], nanny: bool
    ) -> dict[str, Any]:
        place = _here(asked)
        if isinstance(place, str):
            return {"refused": place}
        file, root = place
        settings = dataclasses.replace(asked.settings, python=sys.executable, root=str(root))
        session = self._ready(settings, send, wanted, nanny)
        imported: dict[str, str] = {}

        def take_message(message: dict[str, Any]) -> None:
            if message["event"] == "imported" and isinstance(message.get("files"), dict):
                imported.update(message["files"])
            send(message)

        session.on_message = take_message
        result = session.measure(_moved(asked.target, str(file)), asked.device)
        return {"result": dataclasses.replace(result, path=asked.target.path), "imported": imported}

    def _ready(
        self, settings: Any, send: Callable[[dict[str, Any]], None], wanted: Callable[[], None], nanny: bool
    ) -> Any:
        """A session whose process is there, with these settings. Raises MeasureUnavailable."""
        from flake8_keras_graph.measure.parent.host import Worker
        from flake8_keras_graph.measure.parent.session import Session

        if self._session is None:
            send(_stage("start"))
            scratch = Path(self._resources.enter_context(_scratch()))
            self._process = self._resources.enter_context(Worker(settings.python, scratch, _environment(nanny)))
            self._session = Session(settings, scratch, self._process)
            self._session.begin()
            _later(self._close_if_idle)
        self._session.settings = settings
        self._process.while_running = wanted
        return self._session

    def _close(self) -> None:
        self._session = None
        self._resources.close()

    def _close_if_idle(self) -> None:
        if not self._turn.acquire(blocking=False):
            _later(self._close_if_idle)
            return
        try:
            if self._session is not None and time.monotonic() - self._used < _IDLE_SECONDS:
                _later(self._close_if_idle)
            else:
                self._close()
        finally:
            self._turn.release()


def _later(action: Callable[[], None]) -> None:
    timer = threading.Timer(_IDLE_SECONDS, action)
    timer.daemon = True
    timer.start()


def _scratch() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="keras-graph-", ignore_cleanup_errors=True)


def _environment(nanny: bool) -> dict[str, str]:
    """The environment of the worker without what its nanny put there: numbers must not depend on how it was started."""
    import dask

    added = dask.config.get("distributed.nanny.pre-spawn-environ", {}) if nanny else {}
    return {key: value for key, value in os.environ.items() if str(added.get(key)) != value}


def _stage(stage: str) -> dict[str, Any]:
    return {"event": "stage", "stage": stage, "text": ""}


def _here(asked: Request) -> tuple[Path, Path] | str:
    """The file on this machine with the root of its project, or why it is not the client's.

    It is looked for where the client has it, then below the folder that the worker was started in, then among the
    installed packages.
    """
    root = Path(asked.settings.root)
    here = root if root.is_dir() else Path.cwd()
    folders = [Path(entry) for entry in sys.path if Path(entry).name in ("site-packages", "dist-packages")]
    places = [(Path(asked.path), here), (Path.cwd() / asked.place, Path.cwd())]
    places += [(folder / asked.place, here) for folder in folders]
    found = [(file, at) for file, at in places if file.is_file()]
    for file, at in found:
        with contextlib.suppress(OSError):
            if hashlib.sha256(file.read_bytes()).hexdigest() == asked.digest:
                return file.resolve(), at.resolve()
    if found:
        return f"{found[0][0]} is another version there than here"
    return f"it has neither {places[0][0]} nor {places[1][0]}"


def _moved(target: Any, path: str) -> Any:
    """The target with its file, and the findings in it, where this machine has that."""
    findings = tuple(
        dataclasses.replace(finding, path=path) if finding.path == target.path else finding
        for finding in target.findings
    )
    return dataclasses.replace(target, path=path, findings=findings)


_SEAT = _Seat()
