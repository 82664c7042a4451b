"""Builders of classes whose bases, names or Keras are not told by their own lines; without TensorFlow."""

from __future__ import annotations

from pathlib import Path

import pytest
from readings import builder_of

from flake8_keras_graph.config import Options

DIAMOND = """
import keras

class Base(keras.Model):
    def scale(self, x):
        return x * 2.0

class Middle(Base):
    pass

class Tripling(keras.Model):
    def scale(self, x):
        return x * 3.0

class Diamond(BASES):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        return self.scale(self.head(inputs))
"""


@pytest.mark.parametrize(
    ("bases", "expected"),
    [
        ("Middle, Tripling", "x * 2.0"),
        ("Tripling, Middle", "x * 3.0"),
        ("Middle", "x * 2.0"),
    ],
)
def test_a_method_is_that_of_the_class_that_python_finds_first(bases: str, expected: str) -> None:
    source = builder_of(DIAMOND.replace("BASES", bases), "Diamond").source
    assert source is not None
    assert f"return {expected}" in source


COOPERATING = """
import keras
from abc import ABC, abstractmethod

class Root(keras.Model, ABC):
    @abstractmethod
    def call(self, inputs): ...
    def features(self, x):
        return x + 1.0

class Left(Root):
    def features(self, x):
        return super().features(x * 2.0)

class Right(Root):
    def features(self, x):
        return super().features(x * 3.0)

class Both(Left, Right):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        return self.features(self.head(inputs))
"""


def test_super_goes_on_along_the_same_order() -> None:
    """Left's ``super()`` finds Right, which is none of its bases; ABC has no method to find."""
    built = builder_of(COOPERATING, "Both")
    assert built.source is not None, built.refusals
    names = [line.strip() for line in built.source.splitlines() if "return" in line]
    assert names == [
        "return right_features(x * 2.0)",
        "return root_features(x * 3.0)",
        "return x + 1.0",
        'return keras.Model(inputs=inputs, outputs=features(head(inputs)), name="both")',
    ]


GATED = """
import os
LEGACY
import tensorflow as tf

class Gated(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.head = tf.keras.layers.Dense(1)

    def call(self, inputs):
        x = self.head(inputs)
        return tf.concat([x, tf.nn.relu(x)], -1)
"""
ASKED = 'os.environ["TF_USE_LEGACY_KERAS"] = "1"'


@pytest.mark.parametrize(
    ("line", "options", "operation"),
    [
        ("", Options(), "tf.keras.ops.concatenate"),
        (ASKED, Options(), "tf.concat"),
        ("", Options(keras="2"), "tf.concat"),
        (ASKED, Options(keras="3"), "tf.keras.ops.concatenate"),
    ],
)
def test_the_keras_that_is_written_for_is_the_one_that_the_linter_sees(
    line: str, options: Options, operation: str
) -> None:
    source = builder_of(GATED.replace("LEGACY", line), "Gated", options=options).source
    assert source is not None
    assert f"outputs={operation}([" in source


NET = """
class Net(K.Model):
    def __init__(self):
        super().__init__()
        self.head = layers.Dense(1)

    def call(self, inputs):
        return K.ops.mean(self.head(inputs), axis=-1)
"""
BUILT = """def build_net(inputs):
    head = layers.Dense(1)

    return K.Model(inputs=inputs, outputs=K.ops.mean(head(inputs), axis=-1), name="net")
"""


@pytest.mark.parametrize(
    "header",
    [
        "import keras as K\nfrom keras import layers\n",
        "import keras\nK = keras\nlayers = K.layers\n",
        "from .compat import K, layers\n",
        "from . import compat\nK = compat.K\nlayers = compat.layers\n",
        "from .compat import *\n",
    ],
)
def test_names_stand_for_the_same_whichever_way_they_came(tmp_path: Path, header: str) -> None:
    (tmp_path / "__init__.py").write_text("")
    (tmp_path / "compat.py").write_text("import keras\nK = keras\nlayers = keras.layers\n")
    built = builder_of(header + NET, "Net", str(tmp_path / "model.py"))
    assert built.source == BUILT, built.refusals


NESTED = """
import keras

class Outer:
    class Inner(keras.Model):
        def call(self, x):
            return x * 2.0

def make():
    class Local(keras.Model):
        def call(self, x):
            return x * 2.0
    return Local()

class Test:
    def test(self):
        class Local(keras.Model):
            def call(self, x):
                return x * 2.0
"""


def test_a_nested_class_is_one_like_others() -> None:
    source = builder_of(NESTED, "Outer.Inner").source
    assert source is not None
    assert source.startswith("def build_inner(x):")


@pytest.mark.parametrize(
    ("symbol", "line", "outer"),
    [("make.Local", 10, "make"), ("Test.test.Local", 17, "Test.test")],
)
def test_a_class_made_in_a_function_is_refused(symbol: str, line: int, outer: str) -> None:
    [refusal] = builder_of(NESTED, symbol).refusals
    assert refusal.line == line
    assert refusal.reason == f"it is made in the function `{outer}`: define it outside any function"


def test_a_class_that_is_not_there() -> None:
    with pytest.raises(KeyError):
        builder_of(NESTED, "Local")
