"""Models sent to the workers of a real dask.distributed cluster: processes of this machine, some of which are killed."""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

pytest.importorskip("tensorflow")
pytest.importorskip("distributed")

from flake8_keras_graph.measure.parent.cluster import coordinator, remote, worker_pool
from flake8_keras_graph.measure.parent.session import (
    Event,
    MeasureUnavailable,
    ModelFinished,
    ModelStarted,
    Notice,
    Settings,
    StageStarted,
    Target,
    WorkerReady,
)
from flake8_keras_graph.records import Finding, Span
from flake8_keras_graph.results import evidence

pytestmark = pytest.mark.tensorflow

Run = Callable[..., subprocess.CompletedProcess[str]]

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "fixtures"
MEASURES = ("--resources", f"{worker_pool.RESOURCE}=1")

MODELS = """
import ctypes
import time
from pathlib import Path

import helper
import keras
import psutil


class Quick(keras.Model):
    def call(self, x):
        for _ in range(helper.TIMES):
            x = x + x
        return x


class Quick2(Quick):
    pass


class Quick3(Quick):
    pass


class HangsOnce(keras.Model):
    def __init__(self):
        super().__init__()
        mark = Path(helper.__file__).with_name("hung")
        if not mark.exists():
            ctypes.CDLL(None).close(ctypes.CDLL(None).creat(str(mark).encode(), 0o644))  # out of the guard's sight
            time.sleep(86398)

    def call(self, x):
        return x + x


class KillsItsWorker(keras.Model):
    def __init__(self):
        super().__init__()
        psutil.Process().parent().parent().kill()

    def call(self, x):
        return x


class Hangs(keras.Model):
    def call(self, x):
        time.sleep(86398)
"""


@dataclasses.dataclass
class Cluster:
    """A scheduler with its address, and its workers' processes by their addresses; under a nanny, the nannies'."""

    address: str
    scheduler: subprocess.Popen[bytes]
    workers: dict[str, subprocess.Popen[bytes]]
    start_worker: Callable[..., None]


@contextlib.contextmanager
def running(folder: Path, *workers: tuple[str, ...], code: Path = ROOT) -> Iterator[Cluster]:
    """A scheduler, which has its code from ``code``, and a worker for each tuple of further arguments."""
    folder.mkdir()
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONPATH": str(ROOT)}
    with contextlib.ExitStack() as processes:

        def start(*arguments: str, **more: str) -> subprocess.Popen[bytes]:
            log = processes.enter_context((folder / f"{len(list(folder.iterdir()))}.log").open("wb"))
            command = [sys.executable, "-m", "dask", *arguments, "--host", "127.0.0.1", "--no-dashboard"]
            environ = {**environment, **more}
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environ, cwd=folder
            )
            processes.callback(ended, process)
            return process

        def start_worker(*more: str) -> None:
            port = free_port()
            process = start("worker", address, "--worker-port", str(port), "--local-directory", ".", *more)
            started[f"tcp://127.0.0.1:{port}"] = process

        address = f"tcp://127.0.0.1:{free_port()}"
        started: dict[str, subprocess.Popen[bytes]] = {}
        scheduler = start("scheduler", "--port", address.rpartition(":")[2], PYTHONPATH=str(code))
        for more in workers:
            start_worker(*more)
        yield Cluster(address, scheduler, started, start_worker)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ended(process: subprocess.Popen[bytes]) -> None:
    """End a process of the cluster and what it started."""
    with contextlib.suppress(psutil.Error):
        for child in psutil.Process(process.pid).children(recursive=True):
            with contextlib.suppress(psutil.Error):
                child.kill()
    process.kill()
    process.wait()


def measuring(parent: int | None = None) -> list[int]:
    """Processes in which models run; those below one process, or all of this machine."""
    known = psutil.process_iter() if parent is None else psutil.Process(parent).children(recursive=True)
    found = []
    for process in known:
        with contextlib.suppress(psutil.Error):
            if "measure.worker" in " ".join(process.cmdline()):
                found.append(process.pid)
    return found


def gone(pids: list[int]) -> bool:
    """Whether the processes end soon."""
    until = time.monotonic() + 60
    while any(map(psutil.pid_exists, pids)) and time.monotonic() < until:
        time.sleep(0.05)
    return not any(map(psutil.pid_exists, pids))


@pytest.fixture
def code(project: Path) -> Path:
    """A project whose models need a module beside them."""
    (project / "models.py").write_text(MODELS)
    (project / "helper.py").write_text("TIMES = 2\n")
    return project


def targets(code: Path, *symbols: str) -> list[Target]:
    return [Target(str(code / "models.py"), symbol, "model", 3, (), f"code of {symbol}") for symbol in symbols]


def settings(code: Path, **more: Any) -> Settings:
    """Nothing is timed here."""
    return Settings(root=str(code), probe_only=True, **{"budget_seconds": 60.0, **more})


def test_a_lost_worker_loses_nothing(code: Path, tmp_path: Path) -> None:
    """Two workers with several threads; the one that has a model that hangs is killed in the middle of it."""
    events: list[Event] = []
    killed: list[int] = []
    with running(tmp_path / "cluster", *2 * [("--no-nanny", "--nthreads", "3", *MEASURES)]) as nodes:

        def heard(event: Event) -> None:
            events.append(event)
            if isinstance(event, StageStarted) and event.stage == "build" and not killed:
                if event.target.symbol == "HangsOnce":
                    until = time.monotonic() + 60
                    while not (code / "hung").exists() and time.monotonic() < until:
                        time.sleep(0.05)
                    (worker,) = [e.where for e in events if isinstance(e, ModelStarted) and e.target == event.target]
                    killed.extend(measuring(nodes.workers[worker].pid))
                    nodes.workers[worker].send_signal(signal.SIGKILL)

        asked = targets(code, "Quick", "HangsOnce", "Quick2", "Quick3")
        results = coordinator.measure(asked, settings(code), nodes.address, heard)
        assert killed
        assert gone(killed)
    assert [(r.symbol, r.status, r.reason) for r in results] == [(t.symbol, "probed", "") for t in asked]
    assert [r.path for r in results] == [t.path for t in asked]
    assert all(r.environment["device"] == "cpu" and r.environment["tensorflow"] for r in results)
    finished = collections.Counter(event.target.symbol for event in events if isinstance(event, ModelFinished))
    assert finished == dict.fromkeys(("Quick", "HangsOnce", "Quick2", "Quick3"), 1)
    assert [event.result for event in events if isinstance(event, ModelFinished) if event.result not in results] == []
    started = collections.Counter(event.target.symbol for event in events if isinstance(event, ModelStarted))
    assert started["HangsOnce"] == 2
    assert len({event.where for event in events if isinstance(event, ModelStarted)}) == 2
    (told,) = [event.text for event in events if isinstance(event, Notice)][:1]
    assert "was lost while it measured" in told and told.endswith("which is sent again")
    assert sum(isinstance(event, WorkerReady) for event in events) == 1  # both are this machine


def test_hostile_models_on_a_worker_with_a_nanny(
    code: Path, tmp_path: Path, interrupted_measure: Callable[..., tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """They do not harm the worker; one that kills it nevertheless is given up. Then the command, interrupted."""
    monkeypatch.setattr(coordinator, "MOST_SENDS", 2)
    hostile = {"killed_by_signal": "KilledBySignal", "exits_at_import": "ExitsAtImport"}
    asked = [Target(str(FIXTURES / "hostile" / f"{file}.py"), symbol, "model", 3) for file, symbol in hostile.items()]
    asked += targets(code, "KillsItsWorker", "Quick")
    events: list[Event] = []
    with running(tmp_path / "cluster", ("--nthreads", "1", *MEASURES)) as nodes:
        (nanny,) = nodes.workers.values()
        found = {r.symbol: r for r in coordinator.measure(asked, settings(code), nodes.address, events.append)}
        assert list(found) == [target.symbol for target in asked]
        assert "SIGSEGV" in found["KilledBySignal"].reason
        assert "exited with status 3" in found["ExitsAtImport"].reason
        assert found["KillsItsWorker"].reason.startswith("2 workers were lost while measuring it, tcp://")
        assert found["Quick"].status == "probed"
        assert gone(measuring(nanny.pid))  # nothing is kept when a run is over

        printed, told = interrupted_measure(
            *("--budget", "30", "--dask", nodes.address, "--model", "Quick", "--model", "Hangs"),
            cwd=code,
            at="models.py Quick: measured",
        )
        assert "interrupted: 1 of 2 classes finished and kept; the same command goes on from here" in told
        assert "Quick  models.py\n" in printed
        assert [entry.symbol for entry in evidence.load(code).entries] == ["Quick"]
        assert gone(measuring(nanny.pid))


def test_a_cluster_that_does_not_do(code: Path, tmp_path: Path) -> None:
    """No worker that measures; none with a GPU; other code on the scheduler; a scheduler that goes."""
    asked = targets(code, "Quick")
    other = tmp_path / "other"
    shutil.copytree(ROOT / "flake8_keras_graph", other / "flake8_keras_graph")
    with (other / "flake8_keras_graph" / "records.py").open("a") as records:
        records.write("# changed\n")
    with running(tmp_path / "mixed", ("--no-nanny",), code=other) as nodes:
        with pytest.raises(
            MeasureUnavailable, match=r'offers the resource KERAS_GRAPH, .* --resources "KERAS_GRAPH=1"$'
        ):
            coordinator.measure(asked, settings(code), nodes.address)
        with (
            worker_pool.connected(nodes.address) as client,
            pytest.raises(MeasureUnavailable, match=r"the scheduler has flake8-keras-graph .* and here is "),
        ):
            worker_pool.Workers(client, nodes.address).require_same_version()
    with running(tmp_path / "plain", ("--no-nanny", *MEASURES)) as nodes:
        with pytest.raises(MeasureUnavailable, match=r'offers a GPU: start .* --resources "KERAS_GRAPH=1 GPU=1"$'):
            coordinator.measure(asked, settings(code, device="gpu"), nodes.address)

        def heard(event: Event) -> None:
            if isinstance(event, StageStarted):
                nodes.scheduler.kill()

        with pytest.raises(MeasureUnavailable, match=r"the connection to the dask scheduler at .* is lost"):
            coordinator.measure(asked, settings(code), nodes.address, heard)


def test_a_worker_that_is_known_and_does_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As each is for a moment when it starts, and one is that has no memory left: it is waited for."""

    def set_status(dask_worker: Any, name: str, delay: float = 0) -> None:
        status = type(dask_worker.status)[name]
        dask_worker.loop.add_callback(dask_worker.loop.call_later, delay, setattr, dask_worker, "status", status)

    monkeypatch.setattr(worker_pool, "LOOK_SECONDS", 0.1)
    with (
        running(tmp_path / "cluster", ("--no-nanny", "--memory-limit", "0", *MEASURES)) as nodes,
        worker_pool.connected(nodes.address) as client,
    ):
        (only,) = nodes.workers
        workers = worker_pool.Workers(client, nodes.address)
        workers.wait()
        for status in ("init", "paused"):
            assert (list(workers.measuring), workers.waiting) == ([only], {})
            client.run(set_status, name=status)
            until = time.monotonic() + 60
            while workers.measuring and time.monotonic() < until:
                workers.look()
            assert (workers.measuring, workers.waiting) == ({}, {only: status})
            with monkeypatch.context() as soon:
                soon.setattr(worker_pool, "_FIRST_WORKER_SECONDS", 0.3)
                told = rf"^no dask worker at {nodes.address} that measures is running \({only}: {status}\)$"
                with pytest.raises(MeasureUnavailable, match=told):
                    workers.wait()
            client.run(set_status, name="running", delay=0.5)
            workers.wait()


@pytest.mark.parametrize(
    "address", ["tcp://127.0.0.1:9", "nowhere", "carrier-pigeon://loft", "tcp://no.host.invalid:8786"]
)
def test_no_scheduler(keras_graph: Run, code: Path, address: str) -> None:
    result = keras_graph("measure", "--all", "--dask", address, cwd=code)
    assert result.returncode == 2
    assert result.stderr.startswith(f"keras-graph: error: no dask scheduler can be reached at {address}: ")
    assert len(result.stderr.splitlines()) == 1


def test_without_dask_it_says_what_to_install(keras_graph: Run, code: Path) -> None:
    without = "import sys; sys.modules['distributed'] = None; sys.modules['dask'] = None\n"
    (code / "sitecustomize.py").write_text(
        "import importlib.util\nfind = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda name, *more: None if name == 'distributed' else find(name, *more)\n"
        + without
    )
    result = keras_graph("measure", "--all", "--dask", "x:1", cwd=code, env={"PYTHONPATH": f"{code}{os.pathsep}{ROOT}"})
    told = 'measuring on a cluster needs distributed: pip install "flake8-keras-graph[distributed]"'
    assert (result.returncode, result.stderr) == (2, f"keras-graph: error: {told}\n")


# --- the file on the worker's machine --------------------------------------------------------------


def request(code: Path, path: Path, text: str, place: str = "models.py") -> remote.Request:
    return remote.Request("run", "key", None, settings(code), "cpu", str(path), place, digest(text))


def digest(text: str) -> str:
    import hashlib

    return hashlib.sha256(text.encode()).hexdigest()


def test_where_the_file_is(
    code: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    shutil.copy(code / "models.py", elsewhere)
    monkeypatch.chdir(elsewhere)
    there = code / "models.py"
    assert remote._here(request(code, there, MODELS)) == (there, code)
    assert remote._here(request(code / "no", Path("/no/models.py"), MODELS)) == (elsewhere / "models.py", elsewhere)
    assert remote._here(request(code, there, "changed")) == f"{there} is another version there than here"
    missing = f"it has neither /no/a.py nor {elsewhere / 'a.py'}"
    assert remote._here(request(code, Path("/no/a.py"), MODELS, "a.py")) == missing


def test_an_installed_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packages = tmp_path / "site-packages"
    (packages / "p").mkdir(parents=True)
    (packages / "p" / "m.py").write_text(MODELS)
    monkeypatch.syspath_prepend(packages)
    place = coordinator._place(Path("/opt/lib/site-packages/p/m.py"), tmp_path)
    asked = request(tmp_path, Path("/opt/lib/site-packages/p/m.py"), MODELS, place)
    assert remote._here(asked) == (packages / "p" / "m.py", tmp_path)


def test_findings_are_moved_with_the_file() -> None:
    def finding(path: str) -> Finding:
        return Finding("KG101", "", path, Span(1, 0, 1, 1), "M.call", "error")

    moved = remote._moved(Target("m.py", "M", "model", 3, (finding("m.py"), finding("base.py"))), "/there/m.py")
    assert (moved.path, [f.path for f in moved.findings]) == ("/there/m.py", ["/there/m.py", "base.py"])


def test_code_that_was_imported_must_be_what_is_here(code: Path) -> None:
    session = coordinator._Session(None, "", settings(code), lambda event: None)
    assert session._other_code({"helper.py": digest("TIMES = 2\n"), "models.py": digest(MODELS)}) == ""
    assert session._other_code({"helper.py": digest("TIMES = 3\n"), "models.py": digest(MODELS)}) == "helper.py"
    assert session._other_code({"gone.py": ""}) == "gone.py"


def test_other_code_is_refused_by_a_worker_that_comes_later() -> None:
    assert remote.measure("0.0.0", b"")["unfit"].startswith("it has flake8-keras-graph ")
