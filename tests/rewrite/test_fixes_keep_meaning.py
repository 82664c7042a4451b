"""A fix that is called safe keeps the meaning: tricky modules before and after, on the real TensorFlow; a short run.

``tests/bench/fixes.py`` runs thousands of them.
"""

from __future__ import annotations

import importlib.util
import itertools
import sys
from pathlib import Path

import pytest
import tricky_modules

BENCH = Path(__file__).resolve().parents[1] / "bench" / "fixes.py"
# Enough for modules of every kind; where they start is arbitrary.
RUNS = [(3, 20_000, 40), (2, 30_000, 20)]

pytestmark = pytest.mark.tensorflow


@pytest.fixture(scope="module")
def bench():
    spec = importlib.util.spec_from_file_location("bench_fixes", BENCH)
    module = importlib.util.module_from_spec(spec)
    sys.modules["bench_fixes"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["bench_fixes"]


@pytest.mark.parametrize(("keras", "first", "wanted"), RUNS)
def test_what_is_fixed_safely_computes_the_same(bench, keras, first, wanted):
    tally = bench.run(itertools.count(first), bench.Runner(keras), wanted, xla_every=8, fit_every=8)
    assert tally.fixed > wanted / 20
    assert not tally.differences


SEEN = """
        if ops.mean(x) > 0:
            x = x * 2.0
        return x
"""
OTHER = {
    "a value": SEEN.replace("* 2.0", "* 3.0"),
    "an exception": SEEN.replace("return x", "return x.missing"),
    "state": SEEN.replace("return x", "self.state.assign(self.state + 1.0)\n        return x"),
    "an attribute": SEEN.replace("return x", "self.calls = 2\n        return x"),
    "a gradient": SEEN.replace("return x", "return ops.stop_gradient(x)"),
    "a dtype": SEEN.replace("return x", "return ops.cast(x, 'float64')"),
    "what the module keeps": SEEN.replace("return x", "LOG.append(3)\n        return x"),
}


@pytest.mark.parametrize("body", OTHER.values(), ids=OTHER)
def test_what_differs_is_seen(bench, body):
    runner = bench.Runner(3)
    before, after = (
        tricky_modules.HEADER.replace("KERAS as keras", "keras")
        .replace("IMPORT", "from keras import ops")
        .replace("BODY", each)
        for each in (SEEN, body)
    )
    versions = [bench.Version(text, 3) for text in (before, after)]
    comparison = bench.Comparison(runner.np, bench.check("model.py", before), before)
    runs = [runner.run(version, "eager") for version in versions]
    assert list(comparison.differences(runs[0], runs[1], "eager"))
    assert not list(comparison.differences(runs[0], runs[0], "eager"))
