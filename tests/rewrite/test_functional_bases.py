"""Models whose base classes stand in other files of the project, and those whose ``build`` takes several shapes."""

from __future__ import annotations

import importlib
import itertools
import sys

import pytest
from proof import Tensor, prove
from readings import builder_of

FILES = {
    "core/__init__.py": "",
    "__init__.py": "",
    "core/helpers.py": """
from keras import ops


def scaled(x, by=0.5):
    return ops.tanh(x) * by


def squashed(x):
    return ops.sigmoid(x)
""",
    "core/base.py": """
import keras
import numpy as np
from keras import layers as L

from . import helpers
from .helpers import scaled

EPSILON = 1e-3


def widen(units):
    return units * 2


class Core(keras.Model):
    FACTOR = 3.0

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = widen(units)
        self.first = L.Dense(self.units, activation="relu")
        self.drop = L.Dropout(0.3)

    def features(self, inputs, training=None):
        # what every model starts with
        x = self.first(inputs) * self.FACTOR
        if training:
            x = self.drop(x)
        return x + np.float32(EPSILON)

    def call(self, inputs, training=None):
        return self.head(helpers.squashed(self.features(inputs, training=training)))


class Middle(Core):
    def __init__(self, units=4, depth=2, **kwargs):
        super().__init__(units, **kwargs)
        self.blocks = [L.Dense(self.units) for _ in range(depth)]

    def features(self, inputs, training=None):
        x = super().features(inputs, training=training)
        for block in self.blocks:
            x = scaled(block(x))
        return x


class Counting(keras.Model):
    def call(self, inputs):
        self.calls += 1
        return inputs
""",
    "absolute.py": """
from keras import layers

from PACKAGE.core.base import Middle


class Net(Middle):
    def __init__(self, classes=3, units=4):
        super().__init__(units, depth=1, name="net")
        self.head = layers.Dense(classes)
""",
    "relative.py": """
from .core import base


class Net(base.Core):
    def __init__(self, classes=3, L=2):
        super().__init__(classes)
        self.head = base.L.Dense(classes + L)
""",
    "counting.py": """
from .core.base import Counting


class Net(Counting):
    pass
""",
    "legacy.py": """
import tf_keras

from .core.base import Core


class Net(Core):
    pass
""",
    "layers/__init__.py": "",
    "layers/dropped.py": """
from keras import layers


class Block(layers.Layer):
    def __init__(self, rate=0.5):
        super().__init__()
        self.drop = layers.Dropout(rate)

    def call(self, x, training=None):
        return self.drop(x, training=training)


class Plain(layers.Layer):
    def call(self, x):
        return x
""",
    "untold.py": """
import keras
from keras import layers

from .layers.dropped import Block, Plain
from third_party import Strange


class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.plain = Plain()
        self.block = Block()
        self.strange = Strange()

    def call(self, inputs):
        return self.strange(self.block(self.plain(inputs)))
""",
    "given.py": """
import keras
from keras import layers


class Net(keras.Model):
    def __init__(self, backbone, activation="relu"):
        super().__init__()
        self.backbone = backbone
        self.activation = activation
        self.head = layers.Dense(1)

    def call(self, inputs):
        return self.head(self.activation(self.backbone(inputs)))
""",
    "lost.py": """
from elsewhere.models import Base


class Net(Base):
    pass
""",
}
_numbers = itertools.count()


@pytest.fixture
def package(tmp_path, monkeypatch):
    """The files as a package of a name of its own, which can be imported."""
    name = f"project_{next(_numbers)}"
    for path, text in FILES.items():
        file = tmp_path / name / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text.replace("PACKAGE", name), encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path / name
    for module in [module for module in sys.modules if module.startswith(name)]:
        del sys.modules[module]


def built(package, name):
    """The text and the builder of ``Net`` in one of the files."""
    path = package / f"{name}.py"
    text = path.read_text(encoding="utf-8")
    return text, builder_of(text, "Net", str(path))


@pytest.mark.tensorflow
@pytest.mark.parametrize(("name", "weights"), [("absolute", 6), ("relative", 4)])
def test_a_base_in_another_file_is_merged(package, name, weights):
    text, rewrite = built(package, name)
    assert rewrite.source is not None, rewrite.refusals
    assert "# what every model starts with" in rewrite.source
    namespace = dict(vars(importlib.import_module(f"{package.name}.{name}")))
    proof = prove(text, "Net", Tensor((5,)), rewrite=rewrite, namespace=namespace)
    assert proof.weights == weights
    assert proof.error < 1e-6


def test_names_of_the_other_file_are_imported_where_they_are_needed(package):
    _, rewrite = built(package, "absolute")
    assert rewrite.source is not None
    head = rewrite.source.split("\n\n")[0].splitlines()
    assert head == [
        "import keras",
        "import numpy as np",
        f"from {package.name}.core import helpers",
        f"from {package.name}.core.base import EPSILON",
        f"from {package.name}.core.base import widen",
        f"from {package.name}.core.helpers import scaled",
    ]


@pytest.mark.parametrize(
    ("name", "line", "reason"),
    [
        ("counting", 5, "`self.calls` is changed in `call`: a functional model keeps no state (base.py:50)"),
        ("legacy", 7, "its base `Core` is not in this file, nor found in this project for the Keras it uses"),
        ("lost", 5, "its base `Base` is not in this file, nor found in this project for the Keras it uses"),
    ],
)
def test_what_is_refused_is_named_at_its_line(package, name, line, reason):
    _, rewrite = built(package, name)
    assert rewrite.source is None
    assert (line, reason) in [(refusal.line, refusal.reason) for refusal in rewrite.refusals]


def test_layers_of_other_files_are_looked_into(package):
    # A class that is not told about training is fitted as in inference; a functional model tells its layers always.
    _, rewrite = built(package, "untold")
    assert rewrite.source is not None
    assert [note.text.split("fit runs ")[1].split(" as ")[0] for note in rewrite.notes] == [
        "`self.block`", "`self.strange`",
    ]  # fmt: skip
    assert "FixedTraining(block, training=False)(" in rewrite.source
    assert "as_in_inference(strange)(" in rewrite.source
    told = (package / "untold.py").read_text().replace("call(self, inputs)", "call(self, inputs, training=None)")
    assert builder_of(told, "Net", str(package / "untold.py")).source is not None


def test_a_layer_that_the_constructor_is_given_may_know_training(package):
    _, rewrite = built(package, "given")
    [note] = rewrite.notes
    assert "fit runs `self.backbone` as in inference" in note.text
    assert rewrite.source is not None
    assert "as_in_inference(backbone)(" in rewrite.source


BUILT = """
import keras
from keras import layers, ops


class Pair(keras.Model):
    def build(self, a_shape, b_shape):
        self.left = layers.Dense(b_shape[-1])
        self.left.build(a_shape)

    def call(self, a, b):
        return self.left(a) * b


class Listed(keras.Model):
    def build(self, input_shape):
        first, second = input_shape
        self.left = layers.Dense(second[-1])

    def call(self, inputs):
        a, b = inputs
        return self.left(a) * b


class Indexed(keras.Model):
    def build(self, input_shape):
        self.left = layers.Dense(input_shape[1][-1])

    def call(self, inputs):
        return self.left(inputs[0]) * inputs[1]


class Named(keras.Model):
    def build(self, input_shape):
        self.left = layers.Dense(input_shape["b"][-1])

    def call(self, inputs):
        return self.left(inputs["a"]) * inputs["b"]


class First(keras.Model):
    def build(self, input_shape):
        self.left = layers.Dense(input_shape[-1])

    def call(self, a, b):
        return self.left(b) * a


class Wrong(keras.Model):
    def build(self, a_shape, other):
        self.left = layers.Dense(other[-1])

    def call(self, a, b):
        return self.left(b) * a
"""
A, B = Tensor((5,)), Tensor((3,))


@pytest.mark.tensorflow
@pytest.mark.parametrize(
    ("symbol", "inputs"),
    [("Pair", (A, B)), ("Listed", [A, B]), ("Indexed", [A, B]), ("Named", {"a": A, "b": B}), ("First", (A, B))],
)
def test_several_shapes_given_to_build(symbol, inputs):
    assert prove(BUILT, symbol, inputs).weights == 2


def test_shapes_that_keras_would_not_give_to_build():
    [refusal] = builder_of(BUILT, "Wrong").refusals
    assert "`other` of `build` is not the shape of an argument of `call`" in refusal.reason
