"""What tests of the command line and of flake8 share: real commands in a process of their own."""

from __future__ import annotations

import gc
import io
import linecache
import os
import runpy
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from selection import leaves_out, marks_of_module

ROOT = Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "fixtures"
WITHOUT_TENSORFLOW = Path(__file__).resolve().parent / "without_tensorflow"

# How fast examples are made and run says how busy the machine is, not whether the code is right.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture(autouse=True)
def _nothing_stays_frozen() -> Iterator[None]:
    """Undo what a command does to the collector of its process, which is that of all tests here.

    Where anything is frozen, the engine leaves the collector alone: measured, each later check takes ten times as long.
    """
    yield
    if gc.get_freeze_count():
        gc.unfreeze()


Run = Callable[..., subprocess.CompletedProcess[str]]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write what reports say now into tests/golden")


def pytest_configure(config: pytest.Config) -> None:
    """Refuse TensorFlow where no test that is marked with it is selected, so that none can do without the mark."""
    if leaves_out(config.option.markexpr, "tensorflow"):
        runpy.run_path(str(WITHOUT_TENSORFLOW / "sitecustomize.py"))


class _Unread(pytest.Module):
    """A module of tests none of which is selected: it is not imported."""

    def collect(self) -> list[pytest.Item | pytest.Collector]:
        """No tests."""
        return []


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> pytest.Module | None:
    """Leave unread the modules of which nothing is selected: what they import takes longer than many other tests."""
    expression = parent.config.option.markexpr
    if any(leaves_out(expression, mark) for mark in marks_of_module(module_path)):
        return _Unread.from_parent(parent, path=module_path)
    return None


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a text with a file of tests/golden."""

    def compare(name: str, text: str) -> None:
        file = ROOT / "tests" / "golden" / name
        if request.config.getoption("--update-golden"):
            file.write_text(text, encoding="utf-8")
        assert text == file.read_text(encoding="utf-8")

    return compare


@pytest.fixture(scope="session", autouse=True)
def _this_package_in_every_process(
    pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """Commands that tests start use the code beside the tests, wherever they run and whatever is installed.

    What flake8 remembers of them is not left to the user.
    """
    refusing = [str(WITHOUT_TENSORFLOW)] if leaves_out(pytestconfig.option.markexpr, "tensorflow") else []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), *refusing]))
        patch.setenv("PYTHONUTF8", "1")
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("caches")))
        patch.delenv("KERAS_GRAPH_NO_CACHE", raising=False)
        yield


InProcess = Callable[..., subprocess.CompletedProcess[str]]
Interrupted = Callable[..., tuple[str, str]]


@pytest.fixture(scope="session")
def interrupted_measure() -> Interrupted:
    """Run ``keras-graph measure``, press Ctrl-C at the first line that holds ``at``; what it printed and told then."""

    def run(*arguments: object, cwd: Path, at: str) -> tuple[str, str]:
        with subprocess.Popen(
            [sys.executable, "-m", "flake8_keras_graph", "measure", *map(str, arguments)],
            cwd=cwd,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # A shell lets what it runs in the background ignore the signal, and its children with it.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        ) as process:
            assert process.stderr is not None
            assert any(at in line for line in process.stderr)
            process.send_signal(signal.SIGINT)
            printed, told = process.communicate(timeout=60)
        assert process.returncode == 130, told
        return printed, told

    return run


@pytest.fixture(scope="session")
def run_command() -> Run:
    """Run ``python -m MODULE ARGUMENTS`` and capture what it prints; ``cwd``, ``input``, ``env`` as given."""

    def run(
        module: str, *arguments: object, env: dict[str, str] | None = None, **keywords: object
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", module, *map(str, arguments)],
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=300,
            stdin=None if "input" in keywords else subprocess.DEVNULL,
            env={**os.environ, **(env or {})},
            **keywords,
        )

    return run


@pytest.fixture(scope="session")
def flake8_process(run_command: Run) -> Run:
    """Run flake8 with the plugin in a process of its own."""
    _installed()
    return lambda *arguments, **keywords: run_command("flake8", *arguments, **keywords)


@pytest.fixture
def flake8(in_process: InProcess) -> Run:
    """Run flake8 with the plugin in this process, which is not to be forked."""
    _installed()
    from flake8.main.cli import main

    return lambda *arguments, **keywords: in_process(main, "-j", "1", *arguments, **keywords)


def _installed() -> None:
    if not any(point.name == "KG" for point in entry_points(group="flake8.extension")):
        pytest.fail("flake8 does not know the plugin, which has to be installed: pip install -e '.[dev]'")


@pytest.fixture(scope="session")
def keras_graph(run_command: Run) -> Run:
    """Run the ``keras-graph`` command in a process of its own."""
    return lambda *arguments, **keywords: run_command("flake8_keras_graph", *arguments, **keywords)


@pytest.fixture
def keras_graph_here(in_process: InProcess) -> Run:
    """Run the ``keras-graph`` command in this process."""
    from flake8_keras_graph.cli import main

    return lambda *arguments, **keywords: in_process(main, *arguments, **keywords)


@pytest.fixture
def in_process() -> InProcess:
    """Run a command line's ``main`` in this process, with what it would find in one of its own: ``cwd``, ``input``.

    Starting Python and importing the package takes longer than most of what the tests ask of a command.
    """

    def run(
        main: Callable[[list[str]], object], *arguments: object, cwd: Path | None = None, input: str = ""
    ) -> subprocess.CompletedProcess[str]:
        words = [str(each) for each in arguments]
        streams = {name: io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for name in ("stdout", "stderr")}
        given = io.TextIOWrapper(io.BytesIO(input.encode()), encoding="utf-8")
        forget()
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(cwd or Path.cwd())
            for name, stream in {**streams, "stdin": given}.items():
                patch.setattr(sys, name, stream)
            try:
                status = main(words)
            except SystemExit as ended:
                status = ended.code
            finally:
                forget()
        told = {}
        for name, stream in streams.items():
            stream.seek(0)
            told[name] = stream.read()
        assert isinstance(status, int)
        return subprocess.CompletedProcess(words, status, **told)

    return run


def forget() -> None:
    """Forget what the package and flake8 remember of files and options, as a new process knows nothing of them."""
    from flake8.utils import stdin_get_value

    from flake8_keras_graph import config, engine, plugin

    for remembering in (engine.shared_session, config.load_for_folder, plugin._warn_once, stdin_get_value):
        remembering.cache_clear()
    linecache.clearcache()


@pytest.fixture(scope="session")
def data() -> Path:
    """Files that tests read."""
    return ROOT / "tests" / "data"


@pytest.fixture(scope="session")
def fixtures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the founding models and of one that breaks, out of reach of evidence that lies beside them."""
    folder = tmp_path_factory.mktemp("fixtures")
    (folder / "pyproject.toml").write_text("")
    for name in ("mission", "breaking"):
        shutil.copytree(FIXTURES / name, folder / name)
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """An empty project: a folder that is its own root for configuration and evidence."""
    (tmp_path / "pyproject.toml").write_text("")
    return tmp_path
