"""Classes that no guess fits: what is printed to paste into pyproject.toml is read back, and is not the guess that failed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("tensorflow")

from flake8_keras_graph.measure.parent.session import Settings, Target, measure
from flake8_keras_graph.measure.project import specs

pytestmark = pytest.mark.tensorflow

CODE = """
import keras
from keras import Model, layers, ops


class Picky(Model):
    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(2)

    def call(self, x, weights):
        if x.shape[-1] != 12345:
            raise ValueError("not for us")  # here
        return self.dense(x)


class PickyConstructor(Model):
    def __init__(self, plan, rate):
        super().__init__()
        if getattr(plan, "secret", None) != 7:
            raise ValueError("no plan of ours")  # here
        self.dense = layers.Dense(2)

    def call(self, x):
        return self.dense(x)


class Knows(Model):
    def __init__(self, units, rate):
        super().__init__()
        self.dense = layers.Dense(units)

    def call(self, inputs):
        if inputs["a"].shape[-1] != 12345:
            raise RuntimeError("never")  # here
        return self.dense(inputs["b"])


class Unbound(Model):
    def __init__(self, units):
        super().__init__()
        self.dense = layers.Dense(units)

    def call(self, x, y):
        return nowhere(self.dense(x)) + y


class OnlyFour(Model):
    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(2)

    def call(self, x):
        return self.dense(ops.reshape(x, (4, -1)) if x.shape[0] == 4 else ops.reshape(x, (-1, 5, 5, 5)))
"""
VECTOR = {"shape": [16], "dtype": "float32"}

# Keys of the lines, and what the lines name; whether they say what was tried.
EXPECTED: dict[str, tuple[dict[str, Any], tuple[str, ...], bool]] = {
    "Picky": ({"inputs": "models.py:inputs_of_picky"}, ("def inputs_of_picky(batch, seed)", '"x", "weights"'), True),
    "PickyConstructor": ({"factory": "models.py:make_pickyconstructor", "inputs": VECTOR}, ("plan, rate",), True),
    "Knows": ({"kwargs": {"units": 8, "rate": 0.1}, "inputs": "models.py:inputs_of_knows"}, ('"inputs"',), True),
    "Unbound": ({"kwargs": {"units": 8}, "inputs": {"x": VECTOR, "y": VECTOR}}, (), False),
}


@pytest.fixture(scope="module")
def reasons(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder: Path = tmp_path_factory.mktemp("lines")
    (folder / "models.py").write_text(CODE)
    targets = [Target(str(folder / "models.py"), name, "model", 3) for name in [*EXPECTED, "OnlyFour"]]
    results = measure(targets, Settings(root=str(folder), probe_only=True))
    assert {each.status for each in results} == {"not_measured"}
    return {each.symbol: each.reason for each in results}


@pytest.mark.parametrize("name", EXPECTED)
def test_the_lines_can_be_pasted(reasons: dict[str, str], name: str) -> None:
    tomllib = pytest.importorskip("tomllib")
    keys, named, tells = EXPECTED[name]
    lines = reasons[name].partition("Tell how in pyproject.toml:\n")[2]
    (table,) = tomllib.loads(lines)["tool"]["keras-graph"]["model"]
    read = specs.read_spec(table)
    assert read.target == f"models.py:{name}"
    assert {key: table[key] for key in keys} == keys
    assert set(table) == {"target", *keys}
    for text in named:
        assert text in lines
    assert ("# tried and wrong: " in lines) is tells
    if tells:
        (place,) = re.findall(r"; line (\d+) raised with it: raise ", lines)
        assert CODE.splitlines()[int(place) - 1].endswith("# here")


def test_what_runs_and_does_not_compile_is_no_verdict_under_guessed_inputs(reasons: dict[str, str]) -> None:
    assert "it runs on guessed inputs, and compiled it raises" in reasons["OnlyFour"]
    assert "# tried and wrong: x = " in reasons["OnlyFour"]
