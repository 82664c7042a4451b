"""``keras-graph measure`` from end to end, with TensorFlow in its worker, on copies of the fixtures."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flake8_keras_graph.measure.parent.session_events import Target
from flake8_keras_graph.measure.parent.sharding import shard
from flake8_keras_graph.results import evidence

pytestmark = pytest.mark.tensorflow

Run = Callable[..., subprocess.CompletedProcess[str]]

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"


@pytest.fixture(scope="module")
def mission(tmp_path_factory: pytest.TempPathFactory, keras_graph: Run) -> tuple[Path, Any, str]:
    """The founding models, measured once: their folder, the JSON and what was printed."""
    folder = tmp_path_factory.mktemp("mission")
    shutil.copytree(FIXTURES / "mission", folder / "mission")
    (folder / "pyproject.toml").write_text("")
    written = ("--json", "out.json", "--html", "out.html")
    result = keras_graph("measure", "--all", "--budget", "20", "mission", *written, cwd=folder)
    assert result.returncode == 0, result.stderr
    return folder, json.loads((folder / "out.json").read_text()), result.stdout


def test_three_models_with_both_steps(mission: tuple[Path, Any, str]) -> None:
    _, content, printed = mission
    assert [model["symbol"] for model in content["models"]] == ["ConditionalModel", "LoopingModel", "SimpleModel"]
    for model in content["models"]:
        assert (model["status"], model["reason"]) == ("measured", "")
        graphs = {c["step"]: c for c in model["comparisons"] if (c["mode"], c["rewrite"]) == ("graph", "functional")}
        assert set(graphs) == {"forward", "train"}
        assert all(c["verdict"] == "same graph" and c["same_graph"] for c in graphs.values())
        assert all(c["max_error"] < 1e-4 for c in graphs.values())
        assert model["symbol"] in printed
    assert "identical up to names" in printed


def test_the_page_has_every_model(mission: tuple[Path, Any, str]) -> None:
    folder, content, _ = mission
    page = (folder / "out.html").read_text(encoding="utf-8")
    assert page.count('<section class="model"') == len(content["models"])
    assert "def build_looping_model" in page
    assert "identical up to names" in page


def test_arguments_come_from_the_call_below_the_class(mission: tuple[Path, Any, str]) -> None:
    _, content, printed = mission
    assert "LoopingModel(num_layers=5)" in content["models"][1]["spec"]["where"]
    assert content["models"][1]["findings"][0]["trips"][0] == 5
    assert "(guessed" in printed


def test_ranked_as_free(mission: tuple[Path, Any, str]) -> None:
    _, content, _ = mission
    assert [(place["code"], place["seconds_lost"]) for place in content["ranking"]] == [("KG401", 0), ("KG301", 0)]


def test_the_notes_are_gone(mission: tuple[Path, Any, str], flake8: Run, keras_graph: Run) -> None:
    folder, _, _ = mission
    assert keras_graph("check", "mission", cwd=folder).stdout == ""
    assert flake8("--select", "KG", "mission", cwd=folder).stdout == ""
    (folder / evidence.LOCATION).rename(folder / "elsewhere.json")
    assert len(flake8("--select", "KG", "mission", cwd=folder).stdout.splitlines()) == 2
    (folder / "elsewhere.json").rename(folder / evidence.LOCATION)


def test_no_file_was_changed(mission: tuple[Path, Any, str]) -> None:
    folder, _, _ = mission
    for file in (FIXTURES / "mission").glob("*.py"):
        assert (folder / "mission" / file.name).read_bytes() == file.read_bytes()


def test_a_model_that_breaks_and_one_that_cannot_be_built(keras_graph: Run, project: Path) -> None:
    shutil.copy(FIXTURES / "breaking" / "gated.py", project)
    (project / "hard.py").write_text(
        "import keras\n\n\nclass Hard(keras.Model):\n"
        "    def __init__(self, mystery):\n        super().__init__()\n        self.parts = mystery.parts()\n\n"
        "    def call(self, x):\n        for part in self.parts:\n            x = part(x)\n        return x\n"
    )
    (project / "bad.py").write_text("def f(:\n")
    result = keras_graph("measure", "--all", "--budget", "60", "--json", "-", cwd=project)
    assert result.returncode == 1  # one file does not parse; the others were measured
    assert result.stderr.startswith("bad.py:1:7: ")
    models = {model["symbol"]: model for model in json.loads(result.stdout)["models"]}
    assert models["Hard"]["status"] == "not_measured"
    assert '[[tool.keras-graph.model]]\ntarget = "hard.py:Hard"' in models["Hard"]["reason"]
    gated = models["GatedModel"]
    assert [finding["status"] for finding in gated["findings"]] == ["confirmed"]
    assert not gated["compiled"]["graph"]["train"]["works"]
    eager = [c for c in gated["comparisons"] if (c["mode"], c["rewrite_mode"]) == ("eager", "graph")]
    assert {c["step"] for c in eager if c["rewrite"] != "as written"} == {"forward", "train"}
    told = keras_graph("check", "--format", "concise", "gated.py", cwd=project).stdout
    assert told.startswith("gated.py:14:9: KG101 ")


def test_wrong_choices(keras_graph: Run, project: Path) -> None:
    shutil.copy(FIXTURES / "mission" / "simple.py", project)
    result = keras_graph("measure", "--model", "Nobody", cwd=project)
    assert "no Keras class called Nobody in the paths given" in result.stderr
    assert result.returncode == 2
    result = keras_graph("measure", cwd=project)
    assert result.stderr == "nothing to measure: no class here has a finding (--all takes every model: 1)\n"
    assert result.returncode == 0
    (project / "simple.py").write_text("import keras\n\n\nclass L(keras.layers.Layer):\n    pass\n")
    for option in ((), ("--all",)):
        result = keras_graph("measure", *option, cwd=project)
        assert result.stderr == "nothing to measure: no class here has a finding, and none is a model\n"
    (project / "simple.py").write_text("x = 1\n")
    result = keras_graph("measure", "--all", cwd=project)
    assert (result.returncode, result.stderr) == (0, "nothing to measure: no Keras class here\n")


def test_a_shard_without_a_class(keras_graph: Run, project: Path) -> None:
    shutil.copy(FIXTURES / "mission" / "looping.py", project)
    target = Target(str(project / "looping.py"), "LoopingModel", "model", 3)
    other = next(number for number in (1, 2, 3) if not shard([target], number, 3, project))
    result = keras_graph("measure", "--shard", f"{other}/3", cwd=project)
    assert (result.stdout, result.stderr) == ("", f"shard {other}/3: 0 of 1 class\n")
    assert result.returncode == 0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
def test_an_interruption_keeps_what_was_measured(
    keras_graph: Run, interrupted_measure: Callable[..., tuple[str, str]], project: Path
) -> None:
    shutil.copytree(FIXTURES / "mission", project / "mission")
    printed, told = interrupted_measure(
        "--all", "--budget", "12", "mission", cwd=project, at="ConditionalModel: measured"
    )
    assert "interrupted: 1 of 3 classes finished and kept" in told
    assert "ConditionalModel" in printed
    assert [entry.symbol for entry in evidence.load(project).entries] == ["ConditionalModel"]
    again = keras_graph("measure", "--all", "--budget", "12", "mission", cwd=project)
    assert "1 of 3 classes already measured, --fresh measures again" in again.stderr
    assert "ConditionalModel: measured" not in again.stderr
    assert "SimpleModel: measured" in again.stderr
    assert "3 classes: 3 proved the same graph as a rewrite" in again.stdout
    assert [entry.symbol for entry in evidence.load(project).entries] == [
        "ConditionalModel",
        "LoopingModel",
        "SimpleModel",
    ]
    assert [file.name for file in (project / ".keras-graph").iterdir()] == ["evidence.json"]
