"""The parent's side of the worker: start it, give it one job at a time, watch its time and memory, end it.

The worker imports TensorFlow once and forks a fresh process for every job, so that a job starts in
milliseconds and nothing that a model does to its process is there for the next one.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import selectors
import signal
import socket
import subprocess
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import psutil

from flake8_keras_graph.measure.parent.platforms import unsupported

_POLL_SECONDS = 0.05
_START_SECONDS = 180.0
_TAIL_BYTES = 4000
_PACKAGE_ROOT = Path(__file__).resolve().parents[3]
_BOOT = (
    "import sys; sys.path.append(sys.argv[2]); "
    "from flake8_keras_graph.measure.worker.process import main; main(int(sys.argv[1]))"
)

Message = dict[str, Any]


class WorkerError(Exception):
    """The worker itself could not start or died; the message says how."""


@dataclasses.dataclass(frozen=True, slots=True)
class Ending:
    """How a job's process ended; ``how`` is "done" only where it said so itself."""

    how: Literal["done", "exit", "signal", "time", "memory", "worker"]
    detail: str = ""
    output: str = ""
    peak_bytes: int = 0


class Worker:
    """A process with TensorFlow imported. Use as a context manager: leaving it kills whatever is left."""

    def __init__(self, python: str, scratch: Path, environment: dict[str, str] | None = None) -> None:
        self._python = python
        self._scratch = scratch
        self._environment = dict(os.environ) if environment is None else environment
        self.while_running: Callable[[], None] = lambda: None
        """Called every few hundredths of a second while a job runs."""
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._jobs = 0

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def begin(self) -> None:
        """Start the process; importing TensorFlow goes on there while the caller does something else."""
        self.close()
        if reason := unsupported():
            raise OSError(reason)
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs, open(self._scratch / "worker.log", "wb") as log:
            self._process = subprocess.Popen(
                [self._python, "-c", _BOOT, str(theirs.fileno()), str(_PACKAGE_ROOT)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(theirs.fileno(),),
                env=self._environment,
                start_new_session=True,
            )
        self._socket = ours

    def wait_ready(self) -> Message:
        """What the worker says once TensorFlow is imported. Raises WorkerError."""
        assert self._socket is not None
        self._socket.settimeout(_START_SECONDS)
        try:
            data = self._socket.recv(1 << 16)
        except TimeoutError:
            data = b""
        finally:
            self._socket.settimeout(None)
        if not data:
            log = (self._scratch / "worker.log").read_text(encoding="utf-8", errors="replace")
            raise WorkerError(f"the worker process did not start: {log.strip()[-500:]}")
        ready: Message = json.loads(data)
        if "failed" in ready:
            raise WorkerError(ready["failed"])
        return ready

    def run(self, job: Message, seconds: float, memory_bytes: int, on_message: Callable[[Message], None]) -> Ending:
        """Run one job in a process of its own, handing on what it says; returns when nothing of it is left.

        What ``self.while_running`` or ``on_message`` raise ends the job and passes on: then the worker is of no
        more use and must be closed.
        """
        assert self._socket is not None
        self._jobs += 1
        file = self._scratch / f"job_{self._jobs}.json"
        file.write_text(json.dumps(job, default=str), encoding="utf-8")
        with _Pipe() as result, _Pipe() as output:
            try:
                request = json.dumps({"job": str(file)}).encode()
                socket.send_fds(self._socket, [request], [result.give(), output.give()])
            except OSError as error:
                return Ending("worker", f"the worker process is gone: {error}")
            result.mark_given()
            output.mark_given()
            deadline = time.monotonic() + seconds
            watch = _Watch(self._socket, result.read, output.read, on_message, deadline, memory_bytes)
            watch.while_running = self.while_running
            return watch.until_ended(seconds)

    def close(self) -> None:
        """Kill the worker and everything it started."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        if self._process is not None:
            _kill_tree(self._process.pid)
            self._process.wait()
            self._process = None


class _Pipe:
    """A pipe whose reading end is ours and whose writing end goes to the job."""

    def __enter__(self) -> _Pipe:
        self.read, self._write = os.pipe()
        os.set_blocking(self.read, False)
        return self

    def give(self) -> int:
        return self._write

    def mark_given(self) -> None:
        os.close(self._write)
        self._write = -1

    def __exit__(self, *exception: object) -> None:
        os.close(self.read)
        if self._write >= 0:
            os.close(self._write)


class _Watch:
    """Follows one job over three channels: its results, its output, and the worker's word that it ended."""

    def __init__(
        self,
        control: socket.socket,
        result: int,
        output: int,
        on_message: Callable[[Message], None],
        deadline: float,
        memory_bytes: int,
    ) -> None:
        self._control, self._result, self._output = control, result, output
        self._on_message = on_message
        self._deadline, self._memory_bytes = deadline, memory_bytes
        self._pid = 0
        self._pending = b""
        self._tail: deque[bytes] = deque()
        self._peak = 0
        self._finished = False
        self._killed: tuple[Literal["time", "memory"], str] | None = None
        self.while_running: Callable[[], None] = lambda: None

    def until_ended(self, seconds: float) -> Ending:
        with selectors.DefaultSelector() as selector:
            for channel in (self._control, self._result, self._output):
                selector.register(channel, selectors.EVENT_READ)
            try:
                while True:
                    for key, _ in selector.select(_POLL_SECONDS):
                        if key.fileobj is self._control:
                            if (ending := self._read_control()) is not None:
                                return ending
                        elif not self._drain(int(key.fd)):
                            selector.unregister(key.fileobj)
                    self._enforce(seconds)
                    self.while_running()
            except BaseException:
                self._kill()
                raise

    def _read_control(self) -> Ending | None:
        data = self._control.recv(1 << 16)
        if not data:
            self._kill()
            return self._ending("worker", "the model took the worker process down with it")
        message = json.loads(data)
        if "started" in message:
            self._pid = message["started"]
            return None
        self._drain(self._result)
        self._drain(self._output)
        if self._killed is not None:
            return self._ending(*self._killed)
        if self._finished:
            return self._ending("done", "")
        status = message["status"]
        if os.WIFSIGNALED(status):
            return self._ending("signal", f"the process was ended by {_signal_name(os.WTERMSIG(status))}")
        return self._ending("exit", f"the process exited with status {os.WEXITSTATUS(status)}")

    def _drain(self, fd: int) -> bool:
        """Read what is there; False at the end of the stream."""
        while True:
            try:
                data = os.read(fd, 1 << 16)
            except BlockingIOError:
                return True
            except OSError:
                return False
            if not data:
                return False
            if fd == self._output:
                self._keep_tail(data)
                return True  # one piece at a time: endless output must not starve the watch
            self._take(data)

    def _keep_tail(self, data: bytes) -> None:
        joined = (self._tail.pop() if self._tail else b"") + data
        self._tail.append(joined[-_TAIL_BYTES:])

    def _take(self, data: bytes) -> None:
        *lines, self._pending = (self._pending + data).split(b"\n")
        for line in lines:
            try:
                message = json.loads(line)
            except ValueError:
                continue  # the target wrote to a descriptor that is not its own
            if isinstance(message, dict) and message.get("event") == "end":
                self._finished = True
            elif isinstance(message, dict):
                self._on_message(message)

    def _enforce(self, seconds: float) -> None:
        if not self._pid or self._killed:
            return
        used = _resident_bytes(self._pid)
        self._peak = max(self._peak, used)
        if used > self._memory_bytes:
            self._killed = ("memory", f"used more than {self._memory_bytes >> 20} MiB of memory")
        elif time.monotonic() > self._deadline and not self._finished:
            self._killed = ("time", f"not done within {seconds:.0f} s, --budget gives it more")
        if self._killed:
            self._kill()

    def _kill(self) -> None:
        if self._pid:
            _kill_tree(self._pid)

    def _ending(self, how: Any, detail: str) -> Ending:
        output = b"".join(self._tail).decode("utf-8", "replace")
        return Ending(how, detail, output, self._peak)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _resident_bytes(pid: int) -> int:
    total = 0
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        for one in (process, *process.children(recursive=True)):
            with contextlib.suppress(psutil.Error):
                total += one.memory_info().rss
    return total


def _kill_tree(pid: int) -> None:
    """Kill the process, its group and all its descendants, whatever sessions they moved to."""
    processes: list[psutil.Process] = []
    with contextlib.suppress(psutil.Error):
        root = psutil.Process(pid)
        processes = [root, *root.children(recursive=True)]
    with contextlib.suppress(OSError):
        os.killpg(pid, signal.SIGKILL)
    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.kill()
