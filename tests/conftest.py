"""What tests of the command line and of flake8 share: real commands in a process of their own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import entry_points
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "fixtures"

Run = Callable[..., subprocess.CompletedProcess[str]]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write what reports say now into tests/golden")


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
def _this_package_in_every_process() -> Iterator[None]:
    """Commands that tests start use the code beside the tests, wherever they run and whatever is installed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT))
        patch.setenv("PYTHONUTF8", "1")
        yield


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
def flake8(run_command: Run) -> Run:
    """Run flake8 with the plugin, which has to be installed for flake8 to find it."""
    if not any(point.name == "KG" for point in entry_points(group="flake8.extension")):
        pytest.fail("flake8 does not know the plugin: pip install -e '.[dev]'")
    return lambda *arguments, **keywords: run_command("flake8", *arguments, **keywords)


@pytest.fixture(scope="session")
def keras_graph(run_command: Run) -> Run:
    """Run the ``keras-graph`` command."""
    return lambda *arguments, **keywords: run_command("flake8_keras_graph", *arguments, **keywords)


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
