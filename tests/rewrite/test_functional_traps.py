"""Classes that are easily rewritten wrongly, executed: names that clash, masks, bases, losses, kept layers."""

from __future__ import annotations

from pathlib import Path

import pytest
from proof import Tensor, prove
from readings import builder_of

pytestmark = pytest.mark.tensorflow

TRAPS = Path(__file__).with_name("traps.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("symbol", "inputs", "args", "weights"),
    [
        ("Shadow", Tensor((4,)), (5,), 8),
        ("Masked", Tensor((6,), "int32", 3), (), 7),
        ("Reshaped", Tensor((3, 4)), (), 2),
        ("Derived", Tensor((4,)), (3,), 6),
        ("VAE", Tensor((6,)), (), 4),
        ("Scaled", Tensor((3,)), (), 5),
        ("OwnWeights", Tensor((4,)), (), 3),
        ("Windows", (Tensor((5, 3)), Tensor((2,))), (), 6),
    ],
)
def test_rewritten_equal(symbol, inputs, args, weights):
    proof = prove(TRAPS, symbol, inputs, args)
    assert proof.weights == weights
    assert proof.error < 1e-6


def test_a_wrong_builder_is_not_proved():
    rewrite = builder_of(TRAPS, "VAE")
    assert rewrite.source is not None
    for right, wrong in [("enc(x)", "enc(x) + 0.01"), ("0.1 *", "0.2 *"), ("dec(z)", "ops.relu(dec(z))")]:
        assert right in rewrite.source
        broken = rewrite.__class__(rewrite.source.replace(right, wrong), rewrite.name, rewrite.inputs)
        with pytest.raises(AssertionError):
            prove(TRAPS, "VAE", Tensor((6,)), rewrite=broken)
