"""That a silently wrong site is confirmed means that it was seen to differ: for each rule a case, and one that does not."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("tensorflow")

from built import build

from flake8_keras_graph import engine
from flake8_keras_graph.config import Options
from flake8_keras_graph.measure.parent.session import Target
from flake8_keras_graph.measure.worker.actions import Actions
from flake8_keras_graph.measure.worker.conclusions import after_running
from flake8_keras_graph.measure.worker.messages import Messages
from flake8_keras_graph.measure.worker.probe.judgement import CONFIRMING
from flake8_keras_graph.measure.worker.probe.stages import Probing, key_of
from flake8_keras_graph.records import FindingResult

pytestmark = pytest.mark.tensorflow

SOURCE = """
import random
import time

import keras
import numpy as np
import tensorflow as tf
from keras import ops

SEEN = []


class Frozen(keras.Model):
    def call(self, x):
        return x * np.random.rand()  # KG201 confirmed


class FrozenInTraining(keras.Model):
    def __init__(self):
        super().__init__()
        self.drop = keras.layers.Dropout(0.5)

    def call(self, x, training=False):
        x = self.drop(x, training=training)
        return x * random.random() if training else x  # KG201 confirmed


class Unused(keras.Model):
    def call(self, x):
        started = time.time()  # KG201 not_confirmed
        return x * 2


class Printed(keras.Model):
    def call(self, x):
        print(".", end="")  # KG202 confirmed
        return x * 2


class PrintedOnce(keras.Model):
    def __init__(self):
        super().__init__()
        self.told = False

    def call(self, x):
        if not self.told:
            print(".", end="")  # KG202 not_reached
            self.told = True
        return x * 2


class Counting(keras.Model):
    def __init__(self):
        super().__init__()
        self.calls = 0

    def call(self, x):
        self.calls += 1  # KG203 confirmed
        return x * 2


class Listed(keras.Model):
    def call(self, x):
        SEEN.append(len(SEEN))  # KG203 confirmed
        return x * 2


class CountsInTraining(keras.Model):
    def __init__(self):
        super().__init__()
        self.calls = 0

    def call(self, x, training=False):
        if training:
            self.calls += 1  # KG203 confirmed
        return x * 2


class Scratch(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.features = []
        self.dense = [keras.layers.Dense(4) for _ in range(2)]

    def call(self, x):
        self.features.append(x)  # KG203 refuted
        for dense in self.dense:
            self.features.append(dense(x))  # KG203 refuted
            x = ops.concatenate(self.features, axis=-1)
        del self.features[:]
        return x


class ScratchAndCount(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.features, self.calls = [], 0

    def call(self, x):
        self.calls += 1  # KG203 confirmed
        self.features.append(x)  # KG203 refuted
        x = ops.concatenate(self.features, axis=-1)
        del self.features[:]
        return x


class Leaking(keras.Model):
    def call(self, x):
        self.last = x * 2  # KG204 confirmed
        return self.last


class Handing(keras.Model):
    def call(self, x):
        self.last = x * 2  # KG204 refuted
        x = self.last + 1
        setattr(self, "last", None)
        return x


class Switched(keras.Model):
    def __init__(self):
        super().__init__()
        self.step = 0

    def advance(self):
        self.step += 1

    def call(self, x):
        if self.step > 100:  # KG205 confirmed
            x = x * 2
        return x


class SwitchedInVain(keras.Model):
    def __init__(self):
        super().__init__()
        self.doubled = False

    def double(self):
        self.doubled = True

    def call(self, x):
        if self.doubled:  # KG205 not_confirmed
            x = x + x
        else:
            x = x * 2
        return x


class Dropping(keras.Model):
    def __init__(self):
        super().__init__()
        self.drop = keras.layers.Dropout(0.5)

    def call(self, x):  # KG207 confirmed
        return self.drop(x)


class Normalizing(keras.Model):
    def __init__(self):
        super().__init__()
        self.norm = keras.layers.BatchNormalization()

    def call(self, x):  # KG207 confirmed
        return self.norm(x)


class DroppingNothing(keras.Model):
    def __init__(self, rate=0.0):
        super().__init__()
        self.drop = keras.layers.Dropout(rate)

    def call(self, x):  # KG207 not_confirmed
        return self.drop(x)


class Swallowed(keras.Model):
    def call(self, x):
        try:
            if tf.reduce_sum(x) > -1e9:  # KG206 confirmed
                x = x * 2
        except Exception:
            pass
        return x


class SwallowedInVain(keras.Model):
    def call(self, x):
        try:
            if tf.reduce_sum(x) > 1e9:  # KG206 not_confirmed
                x = x * 2
        except Exception:
            pass
        return x
"""
CLASSES = [line.partition(" ")[2].partition("(")[0] for line in SOURCE.splitlines() if line.startswith("class ")]


@pytest.fixture(scope="module")
def targets(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Target]:
    """The classes of the file, with what the linter finds in them."""
    path = tmp_path_factory.mktemp("silent") / "silent.py"
    path.write_text(SOURCE)
    source = engine.Source(str(path), SOURCE)
    findings = engine.check(source, Options(select=("KG2",)))
    return {
        made.symbol: Target(str(path), made.symbol, made.kind, 3, tuple(f for f in findings if f.symbol == made.symbol))
        for made in engine.keras_classes(source, Options())
    }


def concluded(target: Target, scratch: Path) -> list[FindingResult]:
    """What running says of a class's findings, in this process."""
    import keras

    with build(target, {"shape": [4]}, scratch) as made:
        probing = Probing(made.job, Messages(lambda message: None), made.file, made.builder, keras, [target.path])
        probed = probing.run(made.recipe, 1e12)
        assert {found.status for found in probed} <= {"not_confirmed", "not_reached"}
        acted = Actions(made.job, made.file, made.builder, keras).in_call(made.program, made.recipe, made.compiler)
        how = {key_of(f): CONFIRMING[f["confirmed_by"]] for f in made.job["findings"]}
        return [after_running(how[f.code, f.ordinal], f, acted, ()) for f in probed]


@pytest.mark.parametrize("symbol", CLASSES)
def test_what_is_confirmed_was_seen_to_differ(symbol: str, targets: dict[str, Target], tmp_path: Path) -> None:
    found = concluded(targets[symbol], tmp_path)
    lines = SOURCE.splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith(f"class {symbol}("))
    end = next((n for n, line in enumerate(lines) if n > start and line.startswith("class ")), len(lines))
    marked = [(n, line.partition("  # ")[2]) for n, line in enumerate(lines[start:end], start + 1)]
    expected = [(n, *comment.split()) for n, comment in marked if comment]
    assert [(f.line, f.code, f.status) for f in found] == expected, [f.detail for f in found]
    assert all(f.detail for f in found)
