"""Builders of the mission's models, executed: the same outputs and gradients as their classes."""

from __future__ import annotations

from pathlib import Path

import pytest
from readings import builder_of, reading_of

from flake8_keras_graph.records import Finding, Span
from flake8_keras_graph.rewrite.fixes.registry import with_fixes
from flake8_keras_graph.rewrite.text.edits import apply

pytestmark = pytest.mark.tensorflow

FIXTURES = Path(__file__).parents[2] / "fixtures"


def definitions(path: Path) -> str:
    """The text of a fixture up to where it constructs its model."""
    return path.read_text(encoding="utf-8").split("\nmodel = ")[0] + "\n"


@pytest.mark.parametrize(
    ("name", "symbol", "args", "weights"),
    [
        ("simple", "SimpleModel", (), 4),
        ("conditional", "ConditionalModel", (), 4),
        ("looping", "LoopingModel", (5,), 12),
    ],
)
def test_the_mission_models_are_rewritten_equal(name, symbol, args, weights):
    from proof import Tensor, prove

    proof = prove(definitions(FIXTURES / "mission" / f"{name}.py"), symbol, Tensor((20,)), args)
    assert proof.weights == weights
    assert proof.error == 0.0


def test_a_tensor_branch_is_refused_as_written_and_rewritten_once_fixed():
    from proof import Tensor, prove

    text = definitions(FIXTURES / "breaking" / "gated.py")
    [refusal] = builder_of(text, "GatedModel").refusals
    line = next(number for number, line in enumerate(text.splitlines(), 1) if "if strength" in line)
    assert refusal.line == line
    finding = Finding("KG101", "", "gated.py", Span(line, 11, line, 25), "GatedModel.call", "error")
    [fixed] = with_fixes([finding], reading_of(text))
    assert fixed.fix is not None
    assert fixed.fix.safety == "safe"
    proof = prove(apply(text, fixed.fix.edits), "GatedModel", Tensor((20,)), original_text=text)
    assert proof.weights == 4
    assert proof.gradients == 16


BRANCH = """
import keras
from keras import layers, ops


class Switch(keras.Model):
    def __init__(self):
        super().__init__()
        self.left = layers.Dense(4)
        self.right = layers.Dense(4)

    def call(self, inputs):
        if ops.mean(inputs) > 0:
            x = self.left(inputs)
        else:
            x = self.right(inputs)
        return x
"""


def test_layers_in_a_branch_are_kept_in_one_generated_layer():
    from proof import Tensor, prove

    finding = Finding("KG101", "", "m.py", Span(13, 11, 13, 31), "Switch.call", "error")
    [fixed] = with_fixes([finding], reading_of(BRANCH))
    assert fixed.fix is not None
    text = apply(BRANCH, fixed.fix.edits)
    assert text.count("ops.cond(") == 1
    assert "if ops.mean" not in text
    assert prove(text, "Switch", Tensor((4,))).weights == 4


@pytest.mark.parametrize("settings", [{}, {"jit_compile": True}, {"run_eagerly": True}])
def test_a_fixed_branch_trains(settings):
    import numpy as np
    from proof import namespace_of

    finding = Finding("KG101", "", "m.py", Span(13, 11, 13, 31), "Switch.call", "error")
    [fixed] = with_fixes([finding], reading_of(BRANCH))
    assert fixed.fix is not None
    model = namespace_of(apply(BRANCH, fixed.fix.edits))["Switch"]()
    model.compile("sgd", "mse", **settings)
    history = model.fit(np.ones((8, 4)), np.zeros((8, 4)), epochs=2, batch_size=4, verbose=0).history
    assert history["loss"][1] < history["loss"][0]


@pytest.mark.parametrize(
    ("name", "symbol", "weights"),
    [("early_exit", "EarlyExitNet", 8), ("adaptive_computation", "AdaptiveComputation", 7)],
)
def test_what_is_refused_as_written_is_built_after_its_fix(name, symbol, weights):
    from page_examples import check
    from proof import Tensor, prove

    from flake8_keras_graph.rewrite.apply import functional_after_fixes

    text = definitions(FIXTURES / "models" / f"{name}.py")
    assert builder_of(text, symbol).source is None
    fixed, rewrite = functional_after_fixes(reading_of(text, "model.py"), symbol, check, unsafe=True)
    proof = prove(fixed.text, symbol, Tensor((6,)), rewrite=rewrite)
    assert proof.weights == weights
    assert proof.error < 1e-5
