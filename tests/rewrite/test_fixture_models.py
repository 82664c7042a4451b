"""Some of the fixture models, rewritten and proved equal; ``tests/bench/rewrite.py`` does all and prints the table."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

pytestmark = pytest.mark.tensorflow

BENCH = Path(__file__).parents[1] / "bench" / "rewrite.py"


def bench():
    """The command as a module."""
    spec = importlib.util.spec_from_file_location("bench_rewrite", BENCH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    "name",
    ["din", "film", "mlp_switches", "moe", "seq2seq", "stochastic_depth", "transformer_encoder", "unet", "vae", "vit"],
)
def test_a_fixture_model_is_rewritten_equal(name):
    command = bench()
    row, _ = command.rewrite_one(command.MODELS / f"{name}.py")
    assert row.outcome == "equal", row.detail


@pytest.mark.parametrize("name", ["counting_model"])
def test_a_fixture_model_is_refused(name):
    command = bench()
    row, _ = command.rewrite_one(command.MODELS / f"{name}.py")
    assert row.outcome == "refused"


def test_every_fixture_model_has_inputs():
    command = bench()
    assert sorted(command.INPUTS) == sorted(path.stem for path in command.MODELS.glob("*.py"))
