"""Where models cannot be run, that is said in a line, by the command as by the functions."""

from __future__ import annotations

import platform
import sys
from pathlib import Path

import pytest

from flake8_keras_graph import cli
from flake8_keras_graph.measure.parent.platforms import unsupported
from flake8_keras_graph.measure.parent.session import MeasureUnavailable, Settings, Target, measure

MODEL = "import keras\n\n\nclass M(keras.Model):\n    def call(self, x):\n        if x.numpy():\n            return x\n        return -x\n"
SYSTEMS = [("darwin", "Darwin", "a Linux container or a virtual machine"), ("win32", "Windows", "WSL 2")]


@pytest.fixture(params=SYSTEMS, ids=["macOS", "Windows"])
def told(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Another system, as far as its name goes, and what is said of it."""
    identifier, name, instead = request.param
    monkeypatch.setattr(sys, "platform", identifier)
    monkeypatch.setattr(platform, "system", lambda: name)
    return f"models are run on Linux only, and this is {name}: use {instead}"


def test_linux_is_supported() -> None:
    assert unsupported() == "" or sys.platform != "linux"


def test_the_function_says_so(told: str, tmp_path: Path) -> None:
    with pytest.raises(MeasureUnavailable) as raised:
        measure([Target(str(tmp_path / "m.py"), "M", "model", 3)], Settings())
    assert str(raised.value) == told


@pytest.mark.parametrize("command", [["measure"], ["fix", "--verify"]])
def test_the_commands_say_so(
    told: str, command: list[str], project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "m.py").write_text(MODEL)
    monkeypatch.chdir(project)
    assert cli.main(command) == 2
    assert capsys.readouterr().err == f"keras-graph: error: {told}\n"
    assert (project / "m.py").read_text() == MODEL


def test_the_other_commands_work(told: str, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "m.py").write_text(MODEL)
    monkeypatch.chdir(project)
    assert (cli.main(["check", "m.py"]), cli.main(["rank", "m.py"])) == (1, 1)
