"""Several devices: kept apart in results, evidence, JSON and report; and what is said where one is absent.

No GPU is needed. What stands in for one is put in at the interface to the device, in the worker: it runs on the
CPU, and nothing here looks at its times.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("tensorflow")

from flake8_keras_graph import cli
from flake8_keras_graph.commands import measure as command
from flake8_keras_graph.measure.parent.session import Settings
from flake8_keras_graph.results import evidence

pytestmark = pytest.mark.tensorflow

Run = Callable[..., subprocess.CompletedProcess[str]]

HIDDEN = {"CUDA_VISIBLE_DEVICES": "-1"}
FAKE = """
import dataclasses, sys
from flake8_keras_graph.measure.worker import device

class Fake(device.Device):
    def __init__(self, kind):
        super().__init__("cpu")
        object.__setattr__(self, "told", kind)

    def describe(self):
        named = {"gpu": {"device_name": "stand-in"}} if self.told == "gpu" else {}
        return {**super().describe(), "device": self.told, **named}

device.Device = Fake
code, *sys.argv = sys.argv[2:]
sys.argv.insert(0, "-c")
exec(code)
"""
MODEL = """
import keras


class Doubling(keras.Model):
    def call(self, x):
        for _ in range(2):
            x = x + x
        return x
"""


@pytest.fixture
def code(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (project / "m.py").write_text(MODEL)
    monkeypatch.chdir(project)
    return project


@pytest.fixture
def _with_a_stand_in(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """An interpreter whose worker has a device that is called gpu."""
    folder = tmp_path_factory.mktemp("python")
    (folder / "fake.py").write_text(FAKE)
    python = folder / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{folder / "fake.py"}" "$@"\n')
    python.chmod(0o755)

    def settings(*arguments: object, **keywords: object) -> Settings:
        return Settings(device="all", budget_seconds=60.0, comparison_seconds=0.2, python=str(python), root=os.getcwd())

    monkeypatch.setattr(command, "settings_for", settings)


@pytest.mark.usefixtures("_with_a_stand_in")
def test_each_device_has_its_results(code: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = cli.main(["measure", "--device", "all", "--json", "out.json", "--html", "out.html"])
    printed, told = capsys.readouterr()
    assert status == 0, told
    assert "m.py Doubling: measured on cpu\nm.py Doubling: measured on gpu\n" in told
    models = json.loads((code / "out.json").read_text())["models"]
    assert [model["environment"]["device"] for model in models] == ["cpu", "gpu"]
    environments = [entry.environment for entry in evidence.load(code).entries]
    assert [name.partition(",")[0] for name in environments] == ["cpu", "gpu stand-in"]
    heading = next(line for line in printed.splitlines() if line.startswith("  compared"))
    assert "cpu: slowdown" in heading and "gpu: slowdown" in heading
    assert printed.count("Doubling  m.py\n") == 1
    page = (code / "out.html").read_text()
    assert [f"<code>Doubling</code> on {device}" in page for device in ("cpu", "gpu")] == [True, True]
    assert "1 class: 1 " in page
    assert "1 class: 1 " in printed


def test_without_a_gpu_all_is_the_cpu(code: Path, keras_graph: Run) -> None:
    result = keras_graph("measure", "--device", "all", "--budget", "20", cwd=code, env=HIDDEN)
    assert "no GPU is measured on: TensorFlow sees no GPU" in result.stderr
    assert "1 class: 1 " in result.stdout
    assert [entry.environment.partition(",")[0] for entry in evidence.load(code).entries] == ["cpu"]


def test_without_a_gpu_asked_for_by_name(code: Path, keras_graph: Run) -> None:
    result = keras_graph("measure", "--device", "gpu", cwd=code, env=HIDDEN)
    told = "keras-graph: error: TensorFlow sees no GPU: install its CUDA packages, or use --device cpu\n"
    assert (result.returncode, result.stdout, result.stderr) == (2, "", told)
