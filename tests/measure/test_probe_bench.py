"""The table of ``tests/bench/probe.py``: what it counts as agreement, and that it sees a miss."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("tensorflow")
pytestmark = pytest.mark.tensorflow

BENCH = Path(__file__).resolve().parents[1] / "bench" / "probe.py"
LAYERS = """
import operator

import keras
import tensorflow as tf

HIDDEN = operator.attrgetter("reduce_any")(tf)


class Fine(keras.layers.Layer):
    def call(self, inputs, training=None):
        if training:
            inputs = inputs * 2.0
        for axis in range(len(inputs.shape)):
            inputs = inputs + axis
        return inputs


class Breaks(keras.layers.Layer):
    def call(self, inputs):
        if tf.reduce_sum(inputs) > 0:
            inputs = inputs * 2.0
        return inputs


class Hides(keras.layers.Layer):
    def call(self, inputs):
        if HIDDEN(inputs > 0):
            inputs = inputs * 2.0
        return inputs


class Host(keras.layers.Layer):
    def call(self, inputs):
        if tf.executing_eagerly():
            assert HIDDEN(inputs < 100)
        return inputs
"""


def test_what_breaks_is_told_from_what_only_runs_eagerly(tmp_path: Path) -> None:
    (tmp_path / "some_layers.py").write_text(LAYERS)
    run = subprocess.run(
        [sys.executable, str(BENCH), str(tmp_path)], capture_output=True, text=True, timeout=300, check=False
    )
    assert run.returncode == 0, run.stderr
    rows = dict(re.findall(r"^(\w+) +((?:\d+ *){6})$", run.stdout, re.MULTILINE))
    counts = {name: [int(number) for number in numbers.split()] for name, numbers in rows.items()}
    # sites, tensors, findings, agreed, false positives, misses
    assert counts["Fine"] == [4, 0, 0, 4, 0, 0]
    assert counts["Breaks"] == [1, 1, 1, 1, 0, 0]
    assert counts["Hides"] == [1, 1, 0, 0, 0, 1]
    assert counts["Host"] == [2, 1, 0, 2, 0, 0]
    line = LAYERS.splitlines().index("        if HIDDEN(inputs > 0):") + 1
    assert f"some_layers.py:{line}:9 if in Hides.call: a tensor without a finding: if HIDDEN" in run.stdout
    assert "4 classes, 8 sites executed: 0 false positives, 1 misses" in run.stdout
