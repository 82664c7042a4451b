"""What becomes of examples that are no page's: outcomes that no page claims yet, and what a wrong claim is answered."""

from __future__ import annotations

from pathlib import Path

import pytest

from flake8_keras_graph.rules.page import Claim, Example

pytestmark = pytest.mark.tensorflow

LAYER = """
import random

import keras
import tensorflow as tf


class Layer(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.count = self.add_weight(shape=(), trainable=False)

    def call(self, inputs):
        {body}
        return inputs
"""
DRAWS = LAYER.format(body="inputs = inputs * random.random()  # KG201")
PRINTS = LAYER.format(body='tf.print("step")  # KG399')
BRANCHES = LAYER.format(body="inputs = inputs if tf.reduce_sum(inputs) > 0 else -inputs  # KG101")


@pytest.mark.parametrize(
    ("body", "acts"),
    [
        ('tf.print("step")', True),
        ("self.count.assign_add(1.0)", True),
        ("inputs = inputs * random.random()", False),
        ("inputs = inputs * tf.random.uniform(())", False),
        ("inputs = inputs + self.count", False),
    ],
)
def test_what_acts_at_every_step(tmp_path: Path, body: str, acts: bool) -> None:
    import running

    example = Example(LAYER.format(body=f"{body}  # KG399"))
    assert running.holds(example, Claim("fit", "acts at every step"), tmp_path) is acts


@pytest.mark.slow
@pytest.mark.parametrize(
    ("code", "claim", "told", "untold"),
    [
        (DRAWS, Claim("fit", "fresh"), ["claims fresh (another value", "seen: frozen (the same value"], "seen: raises"),
        (PRINTS, Claim("fit", "calls Python"), ["seen: acts at every step ("], "seen: calls Python"),
        (
            PRINTS,
            Claim("fit", "raises", "TypeError"),
            ["claims raises TypeError (stops with the error", "seen: runs ("],
            "stopped",
        ),
        (
            BRANCHES,
            Claim("fit", "raises", "TypeError"),
            ["claims raises TypeError (", "seen: raises OperatorNotAllowedInGraphError (stops"],
            "seen: runs",
        ),
        (
            BRANCHES,
            Claim("fit", "runs"),
            ["seen: raises OperatorNotAllowedInGraphError (", "stopped by Operator"],
            "seen: runs",
        ),
    ],
)
def test_a_wrong_claim_is_answered_with_what_was_seen(
    tmp_path: Path, code: str, claim: Claim, told: list[str], untold: str
) -> None:
    import running

    with pytest.raises(pytest.fail.Exception) as caught:
        running.check(Example(code), claim, tmp_path)
    assert all(each in str(caught.value) for each in told), str(caught.value)
    assert untold not in str(caught.value)
    assert "tf.Tensor" not in str(caught.value)
