"""Remedies: each is made, and computes what the class as written computes; where it does not, that is found out."""

from __future__ import annotations

import dataclasses
import sys
import tempfile
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from flake8_keras_graph import engine
from flake8_keras_graph.analysis.reading import read_file
from flake8_keras_graph.config import Options
from flake8_keras_graph.measure.parent.host import Message, Worker
from flake8_keras_graph.measure.parent.jobs import make_job
from flake8_keras_graph.measure.parent.session import Settings, Target
from flake8_keras_graph.measure.parent.variants import installed_rewriters, make_variants
from flake8_keras_graph.measure.project.project_files import ProjectFiles

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

pytest.importorskip("tensorflow")
pytestmark = pytest.mark.tensorflow

ROOT = Path(__file__).resolve().parents[2]
SPECS = tomllib.loads((ROOT / "tests" / "bench" / "remedies.toml").read_text(encoding="utf-8"))["tool"]["keras-graph"]
BOTH = ("forward", "train")


@dataclasses.dataclass(frozen=True)
class Outcome:
    """``equal`` has the steps ("forward", "train") in which each rewrite agrees; ``refused`` says why others do not."""

    equal: Mapping[str, tuple[str, ...]]
    refused: tuple[str, ...]


class Prover:
    """A worker that runs classes beside their remedies."""

    def __init__(self, worker: Worker, scratch: Path, root: Path) -> None:
        self._worker, self._scratch, self._root = worker, scratch, root

    def prove(self, path: Path, symbol: str, specs: Sequence[dict[str, Any]] = (), codes: str = "KG") -> Outcome:
        """What became of the remedies of findings of the class, of ``codes`` alone."""
        text = path.read_text(encoding="utf-8")
        source, options = engine.Source(str(path), text), Options()
        found = next(each for each in engine.keras_classes(source, options) if each.symbol == symbol)
        findings = tuple(
            each for each in engine.check(source, options) if each.symbol == symbol and each.code.startswith(codes)
        )
        target = Target(str(path), symbol, found.kind, found.keras, findings)
        reading = read_file(str(path), text, options)
        variants = make_variants(reading, symbol, findings, installed_rewriters(), functional=False)
        settings = Settings(root=str(self._root), specs=tuple(specs))
        job = make_job(target, settings, ProjectFiles(self._root), self._scratch, "cpu", variants, "verify")
        said: list[Message] = []
        ending = self._worker.run(job, 120.0, settings.memory_bytes, said.append)
        assert ending.how == "done", ending
        assert not [m for m in said if m["event"] == "failed"], said
        equal: dict[str, tuple[str, ...]] = {}
        for message in said:
            if message["event"] == "verified":
                equal[message["name"]] = (*equal.get(message["name"], ()), message["step"])
        refused = [f"{m['name']}: {m['reason']}" for m in said if m["event"] == "refused"]
        return Outcome(equal, (*variants.refusals, *refused))


@pytest.fixture(scope="module")
def prover() -> Iterator[Prover]:
    with tempfile.TemporaryDirectory(prefix="keras-graph-", ignore_cleanup_errors=True) as scratch:
        settings = Settings()
        with Worker(settings.python, Path(scratch)) as worker:
            worker.begin()
            worker.wait_ready()
            yield Prover(worker, Path(scratch), ROOT)


@pytest.mark.parametrize("spec", SPECS["model"], ids=lambda spec: spec["target"].rpartition("/")[2])
def test_each_fixture_has_an_equal_remedy(prover: Prover, spec: dict[str, Any]) -> None:
    """Outputs, gradients and state agree, in inference and in training."""
    place, _, symbol = spec["target"].partition(":")
    outcome = prover.prove(ROOT / place, symbol, SPECS["model"])
    assert list(outcome.equal.values()) == [BOTH], outcome


HEADER = """
import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops


def folded(values):
    if values.sum() > 0.0:
        return values
    return -values


class Net(keras.Model):
    def __init__(self):
        super().__init__()
"""
JOINED = "return ops.concatenate([head(inputs) for head in self.heads], axis=-1)"
UNEQUAL = {
    "other activations": (
        "KG306",
        'self.heads = [layers.Dense(4, activation=name) for name in ("relu", "tanh")]',
        JOINED,
        "is not equal: outputs and gradients: 0 differ",
    ),
    "other layers": (
        "KG306",
        "self.heads = [layers.Dense(4, use_bias=use) for use in (True, False)]",
        JOINED,
        "is not equal: the joined weights are not alike",
    ),
    "a variable that changes": (
        "KG302",
        "self.state = self.add_weight(shape=(1, 6), initializer='zeros', trainable=False)\nself.dense = layers.Dense(2)",
        """
        out = ops.zeros((1, 6))
        for step in range(5):
            self.state.assign(self.state + 1.0)
            out = ops.concatenate([out, self.state], axis=0)
        return self.dense(inputs + ops.sum(out, axis=0))
        """,
        "is not equal: outputs and gradients: 0 differ",
    ),
    "a test of the step": (
        "KG307",
        "self.dense = layers.Dense(6)",
        """
        x = inputs
        for step in range(20):
            x = self.dense(x) * (2.0 if step == 3 else 0.5)
        return x
        """,
        "does not compile: ",
    ),
    "a test of values": (
        "KG304",
        "self.dense = layers.Dense(6)",
        "return self.dense(tf.ensure_shape(tf.numpy_function(folded, [inputs], tf.float32), (None, 6)))",
        "does not compile: ",
    ),
}


@pytest.mark.parametrize("name", UNEQUAL)
def test_what_is_no_remedy_is_found_out(prover: Prover, tmp_path: Path, name: str) -> None:
    """A rewrite may be made on a guess: running it says that it does not do what the class does."""
    code, made, body, reason = UNEQUAL[name]
    path = tmp_path / "net.py"
    parts = [textwrap.indent(textwrap.dedent(part).strip("\n"), " " * 8) for part in (made, body)]
    path.write_text(HEADER + "\n\n    def call(self, inputs):\n".join(parts) + "\n", encoding="utf-8")
    outcome = prover.prove(path, "Net", [{"target": f"{path}:Net", "inputs": {"shape": [6]}}], code)
    assert not outcome.equal
    assert any(reason in text for text in outcome.refused), outcome.refused


DROPPING = """
import keras


class Dropping(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(3)
        self.drop = keras.layers.Dropout(0.5)

    def call(self, x):
        return self.drop(self.dense(x))


class Noisy(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(3)
        self.drop = keras.layers.Dropout(0.5)

    def call(self, x, training=None):
        parts = []
        for index in range(4):
            parts.append(self.dense(x[:, index]))
        return self.drop(keras.ops.stack(parts, axis=1), training=training)
"""


def test_what_draws_is_not_equal_to_what_does_not(prover: Prover, tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(DROPPING, encoding="utf-8")
    outcome = prover.prove(path, "Dropping", [{"target": f"{path}:Dropping", "inputs": {"shape": [4]}}], "KG207")
    assert [steps for steps in outcome.equal.values() if "train" in steps] == []
    assert any("train is not equal" in reason for reason in outcome.refused), outcome
    drawing = prover.prove(path, "Noisy", [{"target": f"{path}:Noisy", "inputs": {"shape": [4, 4]}}], "KG303")
    assert BOTH in drawing.equal.values(), drawing


KERAS_2 = """
import tensorflow as tf
import tf_keras as keras


class Heads(keras.Model):
    def __init__(self):
        super().__init__()
        self.heads = [keras.layers.Dense(width) for width in (2, 3, 4)]

    def call(self, inputs):
        return tf.concat([head(inputs[:, 0]) for head in self.heads], axis=-1)


class Slices(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(3)

    def call(self, inputs):
        outputs = []
        for step in range(inputs.shape[1]):
            outputs.append(self.dense(inputs[:, step]))
        return tf.stack(outputs, axis=1)


class Repeated(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(4)

    def call(self, inputs):
        x = inputs
        for _ in range(20):
            x = tf.tanh(self.dense(x))
        return x
"""


@pytest.mark.parametrize("symbol", ["Heads", "Slices", "Repeated"])
def test_remedies_of_keras_2(prover: Prover, tmp_path: Path, symbol: str) -> None:
    pytest.importorskip("tf_keras")
    path = tmp_path / "net.py"
    path.write_text(KERAS_2, encoding="utf-8")
    outcome = prover.prove(path, symbol, [{"target": f"{path}:{symbol}", "inputs": {"shape": [5, 4]}}])
    assert list(outcome.equal.values()) == [BOTH], outcome
