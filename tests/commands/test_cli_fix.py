"""``keras-graph fix`` in a process of its own: what it changes, what it shows, and how it ends."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]

GATED = """\
import keras


class Gated(keras.Model):
    def __init__(self, units=4):
        super().__init__()
        self.dense = keras.layers.Dense(units)

    def call(self, inputs):
        x = self.dense(inputs)
        if keras.ops.sum(x) > 0:  # both signs occur
            x = -x
        return x


model = Gated()
"""


@pytest.fixture
def gated(project: Path) -> Path:
    file = project / "gated.py"
    file.write_text(GATED)
    return file


def test_the_file_is_fixed_in_place(keras_graph_here: Run, gated: Path) -> None:
    done = keras_graph_here("fix", "gated.py", cwd=gated.parent)
    assert "gated.py:11:9: fixed KG101, safe" in done.stderr
    assert "keras.ops.where(" in gated.read_text()
    assert "# both signs occur" in gated.read_text()
    assert done.returncode == 0
    assert keras_graph_here("check", "gated.py", cwd=gated.parent).returncode == 0


def test_diff_shows_and_changes_nothing(keras_graph_here: Run, gated: Path) -> None:
    done = keras_graph_here("fix", "--diff", "gated.py", cwd=gated.parent)
    assert gated.read_text() == GATED
    assert done.returncode == 1
    patched = subprocess.run(
        ["git", "apply", "--no-index", "-"], input=done.stdout, text=True, cwd=gated.parent, capture_output=True
    )
    assert patched.returncode == 0, patched.stderr
    assert "keras.ops.where(" in gated.read_text()


def test_what_is_not_selected_stays(keras_graph_here: Run, gated: Path) -> None:
    done = keras_graph_here("fix", "--select", "KG3", "gated.py", cwd=gated.parent)
    assert done.returncode == 0
    assert gated.read_text() == GATED


@pytest.mark.parametrize(("keras", "operation"), [("2", "tf.where("), ("3", "keras.ops.where(")])
def test_the_configured_keras_holds_for_fixes(keras_graph_here: Run, gated: Path, keras: str, operation: str) -> None:
    (gated.parent / "pyproject.toml").write_text(f'[tool.keras-graph]\nkeras = "{keras}"\n')
    gated.write_text(GATED.replace("import keras", "import tensorflow as tf\nfrom tensorflow import keras"))
    keras_graph_here("fix", "gated.py", cwd=gated.parent)
    assert f"x = {operation}keras.ops.sum(x) > 0, -x, x)" in gated.read_text()


def test_a_finding_without_a_fix_remains_and_is_told(keras_graph_here: Run, project: Path) -> None:
    (project / "model.py").write_text(
        "import keras\n\n\nclass M(keras.Model):\n    def call(self, x):\n        return x * keras.ops.sum(x).numpy()\n"
    )
    done = keras_graph_here("fix", "model.py", cwd=project)
    assert done.returncode == 1
    assert "model.py:6:20: KG109" in done.stdout


def test_an_unsafe_fix_that_is_held_back_is_told(keras_graph_here: Run, project: Path) -> None:
    made = "import keras\n\n\nclass M(keras.Model):\n    def call(self, x):\n        return keras.layers.Dense(1)(x)\n"
    (project / "model.py").write_text(made)
    done = keras_graph_here("fix", "model.py", cwd=project)
    assert "model.py:6:16: KG111 not fixed: its fix is unsafe (the layer is made once" in done.stderr
    assert (project / "model.py").read_text() == made
    done = keras_graph_here("fix", "--unsafe", "model.py", cwd=project)
    assert "model.py:6:16: fixed KG111, unsafe" in done.stderr
    assert "not fixed" not in done.stderr


def test_silenced_findings_are_left_alone(keras_graph_here: Run, gated: Path) -> None:
    silenced = GATED.replace("# both signs occur", "# noqa: KG101")
    gated.write_text(silenced)
    assert keras_graph_here("fix", "gated.py", cwd=gated.parent).returncode == 0
    assert gated.read_text() == silenced


def test_a_file_that_does_not_parse_is_named_and_the_others_are_fixed(keras_graph_here: Run, gated: Path) -> None:
    (gated.parent / "broken.py").write_text("import keras\ndef f(:\n")
    done = keras_graph_here("fix", ".", cwd=gated.parent)
    assert done.returncode == 1
    assert "broken.py" in done.stderr
    assert "keras.ops.where(" in gated.read_text()


def test_functional_prints_the_builder(keras_graph_here: Run, project: Path) -> None:
    (project / "model.py").write_text(
        "import keras\n\n\nclass Plain(keras.Model):\n    def __init__(self, units):\n        super().__init__()\n"
        "        self.dense = keras.layers.Dense(units)\n\n    def call(self, x):\n        return self.dense(x)\n"
    )
    done = keras_graph_here("fix", "--functional", "Plain", "model.py", cwd=project)
    assert done.returncode == 0
    assert done.stdout.startswith("def build_plain(x, units):\n")
    compile(done.stdout, "builder", "exec")


def test_functional_says_at_its_line_what_cannot_be_written(keras_graph_here: Run, project: Path) -> None:
    (project / "model.py").write_text(
        "import keras\n\n\nclass Odd(keras.Model):\n    def call(self, x):\n        return x * keras.ops.sum(x).numpy()\n"
    )
    done = keras_graph_here("fix", "--functional", "Odd", "model.py", cwd=project)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("model.py:6: ")


def test_functional_of_a_model_that_does_not_exist(keras_graph_here: Run, gated: Path) -> None:
    done = keras_graph_here("fix", "--functional", "Nobody", "gated.py", cwd=gated.parent)
    assert done.returncode == 2
    assert "no Keras model called Nobody" in done.stderr


@pytest.mark.tensorflow
def test_verify_makes_the_fix_that_computes_the_same(keras_graph_here: Run, gated: Path) -> None:
    done = keras_graph_here("fix", "--verify", "gated.py", cwd=gated.parent)
    assert "gated.py:11: KG101 verified, forward and train differ by at most" in done.stderr, done.stderr
    assert "keras.ops.where(" in gated.read_text()
    assert done.returncode == 0


@pytest.mark.tensorflow
def test_verify_makes_together_what_does_not_do_alone(keras_graph_here: Run, gated: Path) -> None:
    gated.write_text(
        GATED.replace(
            "        return x\n", "        if keras.ops.max(x) > 1:\n            x = x / 2\n        return x\n"
        )
    )
    done = keras_graph_here("fix", "--verify", "gated.py", cwd=gated.parent)
    assert "gated.py:11: KG101 verified together, forward and train differ by at most" in done.stderr, done.stderr
    assert "gated.py:13:9: fixed KG101, safe" in done.stderr
    assert "if " not in gated.read_text()
    assert done.returncode == 0


@pytest.mark.tensorflow
def test_verify_leaves_what_cannot_be_run(keras_graph_here: Run, gated: Path) -> None:
    unknown = GATED.replace("units=4", "units").replace("model = Gated()\n", "")
    unknown = unknown.replace(
        "        super().__init__()\n", "        super().__init__()\n        units.nobody_knows()\n"
    )
    gated.write_text(unknown)
    done = keras_graph_here("fix", "--verify", "gated.py", cwd=gated.parent)
    assert "KG101 not fixed: not verified: " in done.stderr
    assert gated.read_text() == unknown
    assert done.returncode == 1
