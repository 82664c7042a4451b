"""The worker process: imports TensorFlow once, then forks for every job it is given over its socket.

TensorFlow may be imported before a fork but not used: its threads start with the first operation.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import hashlib
import importlib.metadata
import json
import os
import select
import signal
import socket
import sys
import sysconfig
import traceback
from pathlib import Path
from typing import Any

import psutil

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_RESULT_FD_FROM = 512
_REAP_SECONDS = 0.02


def main(descriptor: int) -> None:
    """Serve jobs until the other end of the socket is closed."""
    control = socket.socket(fileno=descriptor)
    control.set_inheritable(False)
    _ask_the_kernel(_PR_SET_CHILD_SUBREAPER, 1)  # what a job leaves behind becomes ours, to be ended
    _ask_the_kernel(_PR_SET_PDEATHSIG, signal.SIGKILL)  # importing may take long, and starts nothing
    try:
        ready = _import_tensorflow()
    except BaseException as error:
        control.send(json.dumps({"failed": f"{type(error).__name__}: {error}"[:2000]}).encode())
        return
    # From here on the end of the stream says that the parent is gone, which leaves time to end what a job started.
    _ask_the_kernel(_PR_SET_PDEATHSIG, 0)
    control.send(json.dumps(ready).encode())
    while True:
        data, descriptors, _, _ = socket.recv_fds(control, 1 << 16, 2)
        if not data:
            break
        _serve(control, json.loads(data)["job"], *descriptors)
    _end_descendants()


def _import_tensorflow() -> dict[str, Any]:
    os.environ["KERAS_BACKEND"] = "tensorflow"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras
    import tensorflow as tf

    versions = {"tensorflow": tf.__version__, "keras": keras.__version__, "python": sys.version.split()[0]}
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        versions["tf_keras"] = importlib.metadata.version("tf_keras")
    return versions


def _ask_the_kernel(option: int, value: int) -> None:
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


def _serve(control: socket.socket, job: str, result: int, output: int) -> None:
    child = os.fork()
    if child == 0:
        control.close()
        _run_job(job, result, output)
    os.close(result)
    os.close(output)
    control.send(json.dumps({"started": child}).encode())
    status = _wait(control, child)
    _end_descendants()
    control.send(json.dumps({"status": status}).encode())


def _wait(control: socket.socket, child: int) -> int:
    while True:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == child:
            return status
        if pid == 0 and select.select([control], [], [], _REAP_SECONDS)[0]:
            _end_descendants()  # only the end of the stream comes here: the parent is gone
            os._exit(1)


def _end_descendants() -> None:
    while children := psutil.Process().children(recursive=True):
        for child in children:
            with contextlib.suppress(psutil.Error):
                child.kill()
        with contextlib.suppress(ChildProcessError):
            os.waitpid(-1, 0)


def _run_job(job: str, result: int, output: int) -> None:
    """The forked child: a session of its own, output captured, results as lines of JSON; never returns."""
    try:
        _ask_the_kernel(_PR_SET_PDEATHSIG, signal.SIGKILL)
        os.setsid()
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(output, 1)
        os.dup2(output, 2)
        channel = fcntl.fcntl(result, fcntl.F_DUPFD_CLOEXEC, _RESULT_FD_FROM)
        os.close(result)
        os.close(output)
        _offer_to_the_oom_killer()

        def emit(message: dict[str, Any]) -> None:
            data = json.dumps(message, default=str).encode() + b"\n"
            while data:
                data = data[os.write(channel, data) :]

        from flake8_keras_graph.measure.worker.job import run

        with open(job, encoding="utf-8") as file:
            asked = json.load(file)

        def say(message: dict[str, Any]) -> None:
            emit(message)
            if message["event"] == "spec":  # it was built and called: what it needs is imported by now
                emit({"event": "imported", "files": _imported_from(asked["root"])})

        run(asked, say)
        emit({"event": "end"})
    except BaseException:
        traceback.print_exc()
        os._exit(70)
    os._exit(0)


def _imported_from(root: str) -> dict[str, str]:
    """Files of the project that modules were imported from, relative to its root, each with a hash of its content."""
    installed = [Path(place).resolve() for place in sysconfig.get_paths().values()]
    found = {}
    for module in list(sys.modules.values()):
        with contextlib.suppress(OSError, ValueError, TypeError):
            path = Path(getattr(module, "__file__", None) or "").resolve()
            place = path.relative_to(root).as_posix()
            if not any(folder in path.parents for folder in installed):
                found[place] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def _offer_to_the_oom_killer() -> None:
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
        file.write("1000")
