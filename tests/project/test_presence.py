"""The cheap gate: which files can hold anything for the linter."""

from __future__ import annotations

import ast

import pytest

from flake8_keras_graph.project.presence import may_have_keras

GATE = {
    "import keras": True,
    "import os, keras.layers as L": True,
    "from tensorflow import keras": True,
    "from tensorflow.keras import layers": True,
    "import tf_keras": True,
    "try:\n    import tensorflow as tf\nexcept ImportError:\n    tf = None": True,
    "if True:\n    with open('x'):\n        import keras": True,
    "if a:\n    pass\nelse:\n    import keras": True,
    "from .base import Base\nclass A(Base):\n    def call(self, x): pass": True,
    "from . import base\nclass A(base.Base):\n    async def call(self, x): pass": True,
    "import os": False,
    "import keras_tuner": False,
    "from .keras import x": False,
    "x = 1": False,
    "": False,
    "from abc import ABC\nclass A(ABC):\n    def call(self, x): pass": False,
    "import enum\nclass A(enum.Enum):\n    def call(self, x): pass": False,
    "class A:\n    def call(self, x): pass": False,
    "from .base import Base\nclass A(Base):\n    def run(self, x): pass": False,
}


@pytest.mark.parametrize("text", GATE)
def test_may_have_keras(text):
    assert may_have_keras(ast.parse(text)) is GATE[text]


def test_may_have_keras_takes_any_tree():
    assert may_have_keras(ast.Expression(ast.Constant(1))) is False  # type: ignore[arg-type]
