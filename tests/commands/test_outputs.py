"""Reports that go to files: known to be writable before anything is measured, and never cut short."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from flake8_keras_graph.commands import outputs
from flake8_keras_graph.config import ConfigError

Run = Callable[..., subprocess.CompletedProcess[str]]


def test_what_can_be_written_is_left_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "old.json").write_text("old")
    (tmp_path / "link.json").symlink_to(tmp_path / "nowhere.json")
    os.mkfifo(tmp_path / "pipe")
    names = ["old.json", "new.json", "link.json", "pipe"]
    outputs.require_writable([str(tmp_path / name) for name in names])
    outputs.require_writable(["-", None, "", os.devnull])
    assert (tmp_path / "old.json").read_text() == "old"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["link.json", "old.json", "pipe"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("missing/out.json", "no such file or directory"),
        ("folder", "is a folder"),
        ("file/out.json", "not a directory"),
    ],
)
def test_what_cannot_be_written(tmp_path: Path, name: str, reason: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match=f"{name} cannot be written: {reason}"):
        outputs.require_writable([str(tmp_path / name)])


@pytest.mark.parametrize("names", [("-", "-"), ("out", "./out")])
def test_two_reports_in_one_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: tuple[str, str]) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match="two reports cannot both be written to"):
        outputs.require_writable(names)


@pytest.mark.tensorflow  # has to be installed; it is not started
@pytest.mark.parametrize("option", ["--json", "--html"])
def test_said_before_anything_is_measured(keras_graph: Run, project: Path, option: str) -> None:
    (project / "m.py").write_text("import keras\n\n\nclass M(keras.Model):\n    def call(self, x):\n        return x\n")
    result = keras_graph("measure", "--all", option, "missing/out", cwd=project)
    told = f"keras-graph: error: {project / 'missing' / 'out'} cannot be written: no such file or directory\n"
    assert (result.returncode, result.stdout, result.stderr) == (2, "", told)
