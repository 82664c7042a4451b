"""Small classes, one of a kind, that nothing in their project constructs or calls: each is built and fed by its uses."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

pytest.importorskip("tensorflow")

from flake8_keras_graph.measure.parent.session import Settings, Target, measure
from flake8_keras_graph.records import ModelResult

pytestmark = pytest.mark.tensorflow

HEAD = """
import keras
import numpy as np
import tensorflow as tf
from keras import Model, layers, ops
"""
# What the constructor takes, what it makes of it, what `call` does.
ARGUMENTS: dict[str, tuple[str, str, str]] = {
    "Namespace": ("args", "self.a = layers.Dense(args.hidden, activation=args.act)", "self.a(x)"),
    "Rates": ("cfg", "self.a = layers.Dropout(cfg.rate)\n        self.b = layers.Dense(cfg['units'])", "self.b(self.a(x))"),
    "NestedConfig": ("config", "self.a = [layers.Dense(config.model.width) for _ in range(config.model.depth)]",
                     "self.a[0](x)"),
    "Columns": (
        "feature_columns",
        "self.dense, self.sparse = feature_columns\n"
        "        self.tables = [layers.Embedding(f['feat_num'], f['embed_dim']) for f in self.sparse]\n"
        "        self.out = layers.Dense(1)",
        "self.out(ops.concatenate([x[0]] + [t(x[1][:, i]) for i, t in enumerate(self.tables)], axis=-1))",
    ),
    "Vocabulary": ("words", "self.look = layers.StringLookup(vocabulary=words)\n        self.a = layers.Embedding(9, 4)",
                   "self.a(self.look(x))"),
    "Sizes": ("channels", "self.a = [layers.Dense(c) for c in channels]", "self.a[-1](x)"),
    "Pairs": ("spec", "self.a = [layers.Conv2D(f, k, padding='same') for f, k in spec]", "self.a[0](x)"),
    "Indexed": ("widths", "self.a, self.b = layers.Dense(widths[0]), layers.Dense(widths[1])", "self.b(self.a(x))"),
    "Compared": ("mode", "if mode == 'up':\n            self.a = layers.Dense(3)\n        elif mode in ('down', 'flat'):\n"
                 "            self.a = layers.Dense(2)\n        else:\n            raise ValueError(mode)", "self.a(x)"),
    "Offered": ("kind", "if kind not in {'gru': 1, 'lstm': 2}:\n            raise ValueError(f\"unknown kind {kind}: "
                "one of 'gru', 'lstm'\")\n        self.a = layers.Dense(2)", "self.a(x)"),
    "Part": ("feature_extractor", "self.a = feature_extractor", "self.a(x)"),
    "Parts": ("experts", "self.a = experts", "ops.stack([e(x) for e in self.a])"),
    "Function": ("transform", "self.f = transform\n        self.a = layers.Dense(2)", "self.a(self.f(x))"),
    "Decay": ("weight_decay", "self.a = layers.Dense(2, kernel_regularizer=keras.regularizers.l2(weight_decay))",
              "self.a(x)"),
    "Divided": ("width, pieces", "assert width % pieces == 0, 'width must be divisible by pieces'\n"
                "        self.a = layers.Dense(width // pieces)", "self.a(x)"),
    "NoneDefault": ("units=None", "self.a = [layers.Dense(u) for u in units]", "self.a[0](x)"),
    "OneSize": ("output_size", "if not isinstance(output_size, tuple) or len(output_size) != 1:\n"
                "            raise ValueError('The `output_size` argument must be a tuple of 1 integers.')\n"
                "        self.a = layers.Dense(output_size[0])", "self.a(x)"),
    "Mapping": ("sizes", "self.a = {k: layers.Dense(v) for k, v in sizes.items()}", "list(self.a.values())[0](x)"),
    "CellPassed": ("cell", "self.a = layers.RNN(cell)", "self.a(x)"),
    "Initializer": ("kernel_initializer", "self.a = layers.Dense(2, kernel_initializer=kernel_initializer)", "self.a(x)"),
}  # fmt: skip
# What `__init__` makes, and the whole of `call`, which nothing but running it tells the inputs of.
INPUTS: dict[str, tuple[str, str]] = {
    "LaterKey": ("layers.Dense(2)", "def call(self, x):\n        name = 'user' + '_id'\n        return self.a(x[name])"),
    "ManyKeys": ("layers.Dense(2)\n        self.names = ['user', 'item', 'shop', 'brand', 'city', 'age', 'hour', 'day']",
                 "def call(self, x):\n        parts = [x['price']]\n        for name in sorted(self.names):\n"
                 "            parts.append(x[name])\n        return self.a(ops.concatenate(parts, axis=-1))"),
    "RankLater": ("layers.Dense(2)", "def call(self, x):\n        y = self.step(x)\n        return self.a(y)\n\n"
                  "    def step(self, x):\n        a, b, c, d = [s for s in x.shape]\n        return ops.mean(x, axis=[1, 2])"),
    "Whole": ("layers.Dense(2)", "def call(self, x, y):\n        return self.a(tf.gather(x, tf.cast(y, tf.int32) * 0)"
              " + tf.one_hot(y, 16))"),
    "Size": ("layers.Dense(2)", "def call(self, x):\n        return self.a(ops.reshape(x, (-1, 7, 3)))"),
    "Weights": ("self.add_weight(shape=(20, 3), name='w')", "def call(self, x):\n        return ops.matmul(x, self.a)"),
    "Added": ("layers.Dense(8)", "def call(self, x, skip):\n        return self.a(x) + skip"),
    "Sparse": ("layers.Dense(2)", "def call(self, x):\n        assert isinstance(x, tf.SparseTensor), 'x must be a SparseTensor'\n"
               "        return self.a(tf.sparse.to_dense(x))"),
    "Deep": ("[layers.Conv2D(4, 3, strides=2) for _ in range(6)] + [layers.Flatten(), layers.Dense(2)]",
             "def call(self, x):\n        for part in self.a:\n            x = part(x)\n        return x"),
    "Triple": ("layers.Dense(2)", "def call(self, batch):\n        a, b, c = (part for part in batch)\n"
               "        return self.a(a * b + c)"),
    "State": ("layers.GRUCell(6)", "def call(self, x, state):\n        return self.a(x, state)"),
    "Optional": ("layers.Dense(16)", "def call(self, x, state=None, mask=None):\n        return self.a(x) + state"),
    "Forty": ("layers.GRUCell(16)", "def call(self, x):\n        s = ops.zeros((ops.shape(x)[0], 16))\n"
              "        for i in range(40):\n            y, s = self.a(x[:, i], s)\n        return y"),
    "Masked": ("layers.Dense(2)", "def call(self, x, mask):\n        return self.a(x) * ops.cast(mask, 'float32')[..., None]"),
    "Unrolled": ("layers.GRUCell(16)", "def call(self, x):\n        s = ops.zeros((ops.shape(x)[0], 16))\n"
                 "        for i in range(5):\n            y, s = self.a(x[:, i], s)\n        return y"),
}  # fmt: skip


def _argument_class(name: str) -> str:
    parameters, body, result = ARGUMENTS[name]
    return (
        f"class {name}(Model):\n    def __init__(self, {parameters}):\n        super().__init__()\n        {body}\n\n"
        f"    def call(self, x):\n        return {result}\n"
    )


def _input_class(name: str) -> str:
    made, call = INPUTS[name]
    return f"class {name}(Model):\n    def __init__(self):\n        super().__init__()\n        self.a = {made}\n\n    {call}\n"


@pytest.fixture(scope="module")
def guessed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ModelResult]:
    text = HEAD + "\n\n".join([*map(_argument_class, ARGUMENTS), *map(_input_class, INPUTS)])
    ast.parse(text)
    folder: Path = tmp_path_factory.mktemp("guessed")
    (folder / "models.py").write_text(text)
    targets = [Target(str(folder / "models.py"), name, "model", 3) for name in [*ARGUMENTS, *INPUTS]]
    return {each.symbol: each for each in measure(targets, Settings(root=str(folder), probe_only=True))}


@pytest.mark.parametrize("name", [*ARGUMENTS, *INPUTS])
def test_it_is_built_and_fed(guessed: dict[str, ModelResult], name: str) -> None:
    result = guessed[name]
    assert result.status == "probed", result.reason
    assert result.spec is not None
    assert result.spec["guessed"]
