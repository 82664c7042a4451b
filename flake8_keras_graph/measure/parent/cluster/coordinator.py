"""``measure(targets, settings, address, on_event)``: the session on many machines, through dask.distributed.

The client decides which worker takes which class, and gives a worker one at a time: so it is known which classes a
lost worker had, and no other is thought to have killed it.
"""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import hashlib
import os
import pickle
import queue
import signal
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from flake8_keras_graph.measure.parent.cluster import remote
from flake8_keras_graph.measure.parent.cluster.worker_pool import (
    FAREWELL_SECONDS,
    GPU_RESOURCE,
    LOOK_SECONDS,
    RESOURCE,
    Workers,
    connected,
)
from flake8_keras_graph.measure.parent.collected import Collected
from flake8_keras_graph.measure.parent.session import MeasureUnavailable, Settings
from flake8_keras_graph.measure.parent.session_events import (
    Event,
    ModelFinished,
    ModelStarted,
    Notice,
    Target,
    WorkerReady,
)
from flake8_keras_graph.measure.parent.variants import Variants
from flake8_keras_graph.records import ModelResult

MOST_SENDS = 3
"""A class that was running on so many workers when they were lost is not sent again."""
_NO_WORKER_SECONDS = 60.0
_NOTHING = Variants((), (), {})


@dataclasses.dataclass(slots=True)
class _Job:
    """One class on one device, until it has its result."""

    number: int
    target: Target
    device: str
    sends: int = 0
    refused: dict[str, str] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(slots=True)
class _Sent:
    """A job that a worker has; ``collected`` makes events of what the worker tells.

    ``process`` is the one that has begun: a nanny may start another at the same address, which then is sent the job
    by the scheduler.
    """

    job: _Job
    worker: str
    name: str
    future: Any
    collected: Collected
    process: str = ""


def measure(
    targets: Sequence[Target],
    settings: Settings,
    address: str,
    on_event: Callable[[Event], None] = lambda event: None,
) -> list[ModelResult]:
    """One result per target and device, in the order of ``targets``, measured on the workers of a cluster.

    Raises MeasureUnavailable where there is no scheduler at ``address`` or no worker that can measure, at the
    beginning or later on; what was finished by then has been handed to ``on_event`` as ModelFinished, as it is
    before a KeyboardInterrupt passes on.
    """
    if not targets:
        return []
    with connected(address) as client:
        session = _Session(client, address, settings, on_event)
        devices = session.devices()
        jobs = [(target, device) for target in targets for device in devices]
        return session.run([_Job(number, target, device) for number, (target, device) in enumerate(jobs)])


class _Session:
    """One run: what is waiting, which worker has what, and the results."""

    def __init__(self, client: Any, address: str, settings: Settings, on_event: Callable[[Event], None]) -> None:
        self._client, self._address, self._settings, self._on_event = client, address, settings, on_event
        self._run = uuid.uuid4().hex
        self._inbox: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
        self._workers = Workers(client, address)
        self._waiting: collections.deque[_Job] = collections.deque()
        self._sent: dict[str, _Sent] = {}
        self._used: set[str] = set()
        self._results: dict[int, ModelResult] = {}
        self._known: set[str] = set()
        self._total = 0
        self._seen = time.monotonic()
        self._told_to_wait = False

    def devices(self) -> list[str]:
        """The devices that workers are there for. Raises MeasureUnavailable."""
        workers, asked = self._workers, self._settings.device
        workers.wait()
        workers.require_same_version()
        if asked == "cpu" or any(workers.offers(worker, "gpu") for worker in workers.measuring):
            return ["cpu", "gpu"] if asked == "all" else [asked]
        missing = f"no worker of {self._address} offers a {GPU_RESOURCE}: {workers.how(gpu=True)}"
        if asked == "gpu":
            raise MeasureUnavailable(missing)
        self._on_event(Notice(f"no GPU is measured on: {missing}"))
        return ["cpu"]

    # -- the run ------------------------------------------------------------------------------------------

    def run(self, jobs: Sequence[_Job]) -> list[ModelResult]:
        """Raises MeasureUnavailable where no worker is left that can go on."""
        self._waiting.extend(jobs)
        self._total = len(jobs)
        try:
            self._client.subscribe_topic(remote.TOPIC, lambda event: self._inbox.put(("told", event[1])))
            with self._interrupt_as_a_message():
                while self._waiting or self._sent:
                    self._workers.look()
                    self._take_back_from_the_lost()
                    self._give_out()
                    self._hear()
        finally:
            self._leave()
        return [self._results[number] for number in sorted(self._results)]

    @contextlib.contextmanager
    def _interrupt_as_a_message(self) -> Iterator[None]:
        """Ctrl-C is heard between other messages: raised just anywhere, it may end in a finaliser, which ignores it.

        The second one is raised where it comes.
        """
        before = signal.getsignal(signal.SIGINT)
        if before is not signal.default_int_handler or threading.current_thread() is not threading.main_thread():
            yield
            return

        def interrupted(number: int, frame: object) -> None:
            signal.signal(signal.SIGINT, before)
            self._inbox.put(("interrupted", None))

        signal.signal(signal.SIGINT, interrupted)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    def _take_back_from_the_lost(self) -> None:
        for sent in [sent for sent in self._sent.values() if sent.worker not in self._workers.there]:
            del self._sent[sent.name]
            if sent.future.status == "finished":
                self._finished(sent)  # it told the scheduler before it went
            else:
                self._lost(sent)

    def _lost(self, sent: _Sent) -> None:
        with contextlib.suppress(Exception):
            sent.future.cancel(force=True)
        if self._again(sent):
            self._waiting.appendleft(sent.job)

    def _again(self, sent: _Sent) -> bool:
        """Whether a job whose worker was lost is to be sent again; if not, it ends here."""
        job = sent.job
        told = f"{sent.worker} was lost while it measured {job.target.symbol}"
        if job.sends < MOST_SENDS:
            self._on_event(Notice(f"{told}, which is sent again"))
            return True
        self._on_event(Notice(f"{told}, which is not sent again"))
        count = f"{job.sends} workers were" if job.sends > 1 else "a worker was"
        reason = f"{count} lost while measuring it, {sent.worker} the last"
        self._done(job, Collected(job.target, _NOTHING).not_measured(reason))
        return False

    def _begun(self, sent: _Sent, process: str) -> None:
        """A worker process has begun with a job; if it is not the first, that was lost, and the scheduler knew it."""
        if sent.process not in ("", process):
            if not self._again(sent):
                del self._sent[sent.name]
                with contextlib.suppress(Exception):
                    sent.future.cancel(force=True)
                return
            sent.job.sends += 1
        sent.process = process

    def _give_out(self) -> None:
        """Give each worker that is free the first job that it can do, those for a GPU before the others."""
        busy = {sent.worker for sent in self._sent.values()}
        for worker in self._workers.measuring:
            if worker not in busy and (job := self._job_for(worker)) is not None:
                self._waiting.remove(job)
                self._send(job, worker)
        self._end_what_nobody_takes()

    def _job_for(self, worker: str) -> _Job | None:
        mine = [job for job in self._waiting if self._takes(worker, job)]
        return min(mine, key=lambda job: job.device != "gpu", default=None)

    def _takes(self, worker: str, job: _Job) -> bool:
        return worker not in job.refused and self._workers.able(worker, job.device)

    def _end_what_nobody_takes(self) -> None:
        """Raises MeasureUnavailable where there are workers and all are unfit, or where none comes back."""
        stuck = []
        for job in list(self._waiting):
            able = [worker for worker in self._workers.measuring if self._workers.able(worker, job.device)]
            if not able:
                stuck.append(job)
            elif all(worker in job.refused for worker in able):
                self._waiting.remove(job)
                told = "; ".join(f"{worker}: {why}" for worker, why in job.refused.items())
                self._done(job, Collected(job.target, _NOTHING).not_measured(f"no worker could measure it: {told}"))
        if not stuck or self._sent or len(stuck) < len(self._waiting):
            self._seen, self._told_to_wait = time.monotonic(), False
            return
        device = stuck[0].device
        unfit = [
            why
            for (worker, what), why in self._workers.unfit.items()
            if what == device and worker in self._workers.measuring
        ]
        if unfit and self._settings.device == "all" and device == "gpu":
            self._waiting.clear()  # as on one machine: all that there is
        elif unfit:
            raise MeasureUnavailable(f"no worker of {self._address} can measure on a {device}: {unfit[-1]}")
        elif not self._told_to_wait:
            self._told_to_wait = True
            self._on_event(Notice(f"no worker is left that measures: waiting {_NO_WORKER_SECONDS:.0f} s for another"))
        elif time.monotonic() - self._seen > _NO_WORKER_SECONDS:
            gone = f"no worker is left at {self._address} that measures on a {device}"
            raise MeasureUnavailable(f"{gone}: {self._workers.how(device == 'gpu')}")

    def _send(self, job: _Job, worker: str) -> None:
        try:
            request = self._request(job)
        except OSError as error:
            self._done(job, Collected(job.target, _NOTHING).not_measured(str(error)))
            return
        job.sends += 1
        name = f"keras-graph-{self._run}-{job.number}-{job.sends}-{len(job.refused)}"
        resources = {RESOURCE: 1, GPU_RESOURCE: 1} if job.device == "gpu" else {RESOURCE: 1}
        body = pickle.dumps(dataclasses.replace(request, key=name))
        future = self._client.submit(
            remote.measure, remote.identity(), body, key=name, workers=[worker], resources=resources, pure=False
        )
        self._sent[name] = _Sent(job, worker, name, future, Collected(job.target, _NOTHING))
        self._used.add(worker)
        self._on_event(ModelStarted(job.target, job.number, self._total, worker))
        future.add_done_callback(lambda done: self._inbox.put(("done", name)))

    def _request(self, job: _Job) -> remote.Request:
        """Raises OSError where the file cannot be read."""
        path = Path(os.path.abspath(job.target.path))
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        root = Path(self._settings.root).resolve()
        settings = dataclasses.replace(self._settings, root=str(root))
        return remote.Request(self._run, "", job.target, settings, job.device, str(path), _place(path, root), digest)

    # -- what comes back ----------------------------------------------------------------------------------

    def _hear(self) -> None:
        """Take what has come, waiting a moment for the first of it."""
        with contextlib.suppress(queue.Empty):
            self._take(*self._inbox.get(timeout=LOOK_SECONDS))
            while True:
                self._take(*self._inbox.get_nowait())

    def _take(self, kind: str, what: Any) -> None:
        if kind == "told" and isinstance(what, dict) and (sent := self._sent.get(what.get("key", ""))):
            if "process" in what:
                self._begun(sent, what["process"])
            for event in sent.collected.events_of(what.get("message", {})):
                self._on_event(event)
        elif kind == "interrupted":
            raise KeyboardInterrupt
        elif kind == "done" and (sent := self._sent.pop(what, None)):
            self._finished(sent)

    def _finished(self, sent: _Sent) -> None:
        """Take a result, or do without where it went with its worker."""
        try:
            answer = sent.future.result(timeout=FAREWELL_SECONDS)
        except Exception as error:
            if sent.future.status != "error":
                self._workers.require_connection()
                self._lost(sent)
                return
            answer = {"refused": f"{type(error).__name__}: {error}"}
        job = sent.job
        if "result" in answer and (other := self._other_code(answer["imported"])):
            answer = {"refused": f"it imports {other}, which is another version there than here"}
        if "result" in answer:
            self._done(job, answer["result"])
            return
        job.sends -= 1  # the worker is well
        if "unfit" in answer:
            self._workers.unfit[sent.worker, job.device] = answer["unfit"]
            self._on_event(Notice(f"{sent.worker} measures nothing on a {job.device}: {answer['unfit']}"))
        else:
            job.refused[sent.worker] = answer["refused"]
        self._waiting.appendleft(job)

    def _other_code(self, imported: Mapping[str, str]) -> str:
        """The first file that the worker imported and that is not the same here: its result is not of this code."""
        root = Path(self._settings.root).resolve()
        for place, digest in sorted(imported.items()):
            with contextlib.suppress(OSError):
                if hashlib.sha256((root / place).read_bytes()).hexdigest() == digest:
                    continue
            return place
        return ""

    def _done(self, job: _Job, result: ModelResult) -> None:
        if result.environment and (known := repr(sorted(result.environment.items(), key=str))) not in self._known:
            self._known.add(known)
            self._on_event(WorkerReady(result.environment))
        self._results[job.number] = result
        self._on_event(ModelFinished(job.target, result))

    def _leave(self) -> None:
        """Cancel what is left, and let workers end what they still run or keep for this run; as far as that goes."""

        def report_events() -> None:
            with contextlib.suppress(Exception):
                self._client.run(remote.end, self._run, workers=there, on_error="ignore")
            with contextlib.suppress(Exception):
                self._client.cancel([sent.future for sent in self._sent.values()], force=True)

        there = [worker for worker in self._used if worker in self._workers.there]
        if there or self._sent:
            thread = threading.Thread(target=report_events, daemon=True)
            thread.start()
            thread.join(FAREWELL_SECONDS)


def _place(path: Path, root: Path) -> str:
    """Where the file lies in its project, or among installed packages; on every machine the same."""
    for folder in path.parents:
        if folder.name in ("site-packages", "dist-packages"):
            return path.relative_to(folder).as_posix()
    resolved = path.resolve()
    return resolved.relative_to(root).as_posix() if root in resolved.parents else path.name
