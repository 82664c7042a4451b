"""Each axis of the inputs is varied once: where its length decides the graph, and what is raised without one."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("tensorflow")

from built import build

from flake8_keras_graph.measure.parent.session import Target
from flake8_keras_graph.measure.worker.conclusions import at_other_lengths, without_retraces
from flake8_keras_graph.measure.worker.probe.judgement import CONFIRMING
from flake8_keras_graph.measure.worker.run import lengths
from flake8_keras_graph.measure.worker.run.compiling import Failure
from flake8_keras_graph.measure.worker.run.lengths import Lengths, vary_lengths
from flake8_keras_graph.records import FindingResult
from flake8_keras_graph.rules import load

pytestmark = pytest.mark.tensorflow

SOURCE = """
import keras
from keras import ops


class Loops(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(2)

    def call(self, x):
        return ops.stack([self.dense(x[:, step]) for step in range(x.shape[1])], axis=1)


class Pools(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(2)

    def call(self, x):
        return self.dense(ops.mean(x, axis=1))


class Branches(Pools):
    def call(self, x):
        if x.shape[1] is not None and x.shape[1] > 3:
            x = x * 2.0
        return self.dense(ops.mean(x, axis=1))


class Pairs(Pools):
    def call(self, x, mask):
        total = 0.0
        for step in range(mask.shape[1]):
            total = total + x[:, step] * mask[:, step, None]
        return self.dense(total)


class Image(keras.Model):
    def call(self, x):
        return sum(x[:, :, column] for column in range(x.shape[2]))
"""
SEQUENCE = {"shape": [4, 3]}


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("lengths") / "lengths.py"
    file.write_text(SOURCE)
    return file


@pytest.mark.parametrize(
    ("symbol", "inputs", "told"),
    [
        (
            "Loops",
            SEQUENCE,
            [(("x",), 1, (4, 2, 3), "TypeError at line 12: 'NoneType' object cannot be interpreted as an integer")],
        ),
        ("Pools", SEQUENCE, []),
        ("Branches", SEQUENCE, [(("x",), 1, (4, 2, 3), "")]),
        ("Pairs", {"x": SEQUENCE, "mask": {"shape": [4]}}, [(("x", "mask"), 1, (4, 2, 3), "TypeError at line 34: ")]),
        ("Image", {"shape": [2, 5, 3]}, [(("x",), 2, (5, 2, 4), "TypeError at line 41: ")]),
    ],
)
def test_axes(path: Path, tmp_path: Path, symbol: str, inputs: Any, told: list[tuple[Any, ...]]) -> None:
    with build(Target(str(path), symbol, "model", 3), inputs, tmp_path) as made:
        found = vary_lengths(made.program, made.recipe, made.compiler, 0, lambda: 1.0)
    assert [(each.inputs, each.axis, each.lengths) for each in found] == [each[:3] for each in told]
    for each, (*_, error) in zip(found, told, strict=True):
        assert str(each.error or "").startswith(error)
        assert bool(each.error) is bool(error)
        assert each.retrace_seconds > 0


def test_nothing_is_varied_when_the_time_is_up(path: Path, tmp_path: Path) -> None:
    with build(Target(str(path), "Loops", "model", 3), SEQUENCE, tmp_path) as made:
        assert vary_lengths(made.program, made.recipe, made.compiler, 0, lambda: 0.0) == []


VARIED = Lengths(("x",), 1, (4, 2, 3), 0.25, Failure("TypeError", "no", 9))
TOLD = (
    "axis 1 of x: one graph for each length, 250 ms to trace; "
    "where the length is not fixed, as after the second one in fit, it raises TypeError at line 9: no"
)


@pytest.mark.parametrize(
    ("code", "status", "trips", "told"),
    [
        ("KG301", "confirmed", (4,), True),
        ("KG301", "confirmed", (5,), False),  # it goes over something else
        ("KG403", "confirmed", (), True),
        ("KG401", "confirmed", (), False),
        ("KG403", "not_reached", (), False),
    ],
)
def test_the_findings_that_it_is_told_of(code: str, status: Any, trips: tuple[int, ...], told: bool) -> None:
    result = FindingResult(code, 0, 4, 1, status, "probed", trips)
    confirming = CONFIRMING[load()[code].confirmed_by]
    assert at_other_lengths(confirming, result, [VARIED]).detail == (f"probed; {TOLD}" if told else "probed")


def test_a_rewrite_that_needs_one_graph_is_told_with_its_finding() -> None:
    found = [FindingResult(code, 0, 4, 8, "confirmed", "probed") for code in ("KG301", "KG303")]
    told = without_retraces(found, "one call (KG303:4)", ["KG303:4"], [VARIED])
    assert [each.detail for each in told] == [
        "probed",
        "probed; one call (KG303:4): one graph for all lengths of axis 1 of x",
    ]
    assert without_retraces(found, "one call (KG303:4)", ["KG303:4"], []) == found


def test_which_rewrites_need_one_graph(path: Path, tmp_path: Path) -> None:
    """A model that takes the lengths of another, without a trace for each."""
    with contextlib.ExitStack() as stack:
        made = {
            name: stack.enter_context(build(Target(str(path), name, "model", 3), SEQUENCE, tmp_path))
            for name in ("Loops", "Pools", "Branches")
        }
        varied = vary_lengths(made["Loops"].program, made["Loops"].recipe, made["Loops"].compiler, 0, lambda: 1.0)
        freed = {
            name: lengths.without_retraces(varied, each.program, each.recipe, each.compiler, 0)
            for name, each in made.items()
        }
    assert freed == {"Loops": [], "Pools": varied, "Branches": []}
