"""What is said of a file that chooses another backend of Keras 3: what was executed there, and no fix that was not."""

from __future__ import annotations

import pytest

from flake8_keras_graph import engine
from flake8_keras_graph.analysis.reading import read_file
from flake8_keras_graph.config import Options
from flake8_keras_graph.rewrite.fixes.registry import with_fixes
from flake8_keras_graph.rules import backends, load

HEAD = {
    "tensorflow": "import keras\n",
    "jax": 'import os\nos.environ["KERAS_BACKEND"] = "jax"\nimport keras\n',
    "torch": 'import os\nos.environ["KERAS_BACKEND"] = "torch"\nimport keras\n',
}
MODEL = """
import numpy as np
from keras import ops


class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(4)
        self.drop = keras.layers.Dropout(0.5)
        self.steps = 0

    def call(self, inputs{}):
        x = self.dense(inputs)
        {}
        return x
"""
CASES = [
    # lines of call, and the codes for each backend
    ("if ops.mean(x) > 0: x = -x", ["KG101"], ["KG101"], []),
    ("x = -x if ops.mean(x) > 0 else x", ["KG101"], ["KG101"], []),
    ("while ops.mean(x) > 1: x = x * 0.5", ["KG102"], ["KG102"], []),
    ("for row in x: x = x + ops.sum(row)", ["KG103"], [], []),
    ("x = ops.reshape(x, (x.shape[0], -1))", ["KG115"], [], []),
    ("x = x / x.shape[0]", ["KG113"], [], []),
    ("x = x * float(ops.mean(x))", ["KG108"], ["KG108"], []),
    ("x = x * len(ops.transpose(x))", ["KG108"], [], []),
    ("x = x * np.abs(x)", ["KG110"], [], []),
    ("x = keras.layers.Dense(3)(x)", ["KG111"], [], []),
    ("x = x * keras.Variable(2.0)", ["KG111"], ["KG111"], ["KG111"]),
    ("x = x + np.random.normal()", ["KG201"], ["KG201"], []),
    ("print('step')", ["KG202"], ["KG202"], []),
    ("self.steps += 1", ["KG203"], ["KG203"], []),
    ("x = self.drop(x)", ["KG207"], ["KG207"], ["KG207"]),
    ("x = ops.fori_loop(0, 3, lambda i, x: x * 2.0, x)", ["KG305"], [], []),
    ("for i in range(3): x = x * 2.0", ["KG301"], [], []),
]  # fmt: skip


def codes(text: str, **options: object) -> list[str]:
    source = engine.Source("model.py", text)
    return [each.code for each in engine.check(source, Options(**options))]  # type: ignore[arg-type]


@pytest.mark.parametrize(("body", "tensorflow", "jax", "torch"), CASES, ids=[case[0] for case in CASES])
def test_what_is_said(body: str, tensorflow: list[str], jax: list[str], torch: list[str]) -> None:
    for backend, expected in (("tensorflow", tensorflow), ("jax", jax), ("torch", torch)):
        text = HEAD[backend] + MODEL.format("", body)
        assert codes(text) == expected, backend
        assert codes(HEAD["tensorflow"] + MODEL.format("", body), backend=backend) == expected, backend


def test_the_error_is_that_of_the_backend() -> None:
    (found,) = engine.check(engine.Source("m.py", HEAD["jax"] + MODEL.format("", CASES[0][0])), Options())
    assert (
        found.message
        == "`if` on the tensor `ops.mean(x) > 0`: fit raises RuntimeError on JAX; choose with `where` or `cond`"
    )
    assert found.why


CHOICES = [
    ("import keras\nkeras.config.set_backend('jax')\n", "jax"),
    ("import os, keras\nos.environ.setdefault('KERAS_BACKEND', 'jax')\n", "jax"),
    ("import os, keras\nos.environ.update({'KERAS_BACKEND': 'torch'})\n", "torch"),
    ("import os, keras\nos.environ |= dict(KERAS_BACKEND='torch')\n", "torch"),
    ("import os, keras\nos.putenv('KERAS_BACKEND', 'jax')\n", "jax"),
    ("import keras\nimport jax.numpy as jnp\nclass A(keras.Model):\n    def call(self, x):\n        return jnp.tanh(x)\n", "jax"),
    ("import keras\nimport torch\nclass A(keras.layers.Layer):\n    def call(self, x):\n        return torch.tanh(x)\n", "torch"),
    ("import keras\nimport torch\nclass A(keras.layers.Layer):\n    def load(self, x):\n        return torch.load(x)\n", "tensorflow"),
    ("import keras\nimport jax\nimport tensorflow\nclass A(keras.Model):\n    def call(self, x):\n        return jax.nn.relu(x)\n", "tensorflow"),
    ("import keras\nif keras.config.backend() == 'jax':\n    import jax\nclass A(keras.Model):\n    def call(self, x):\n        return jax.nn.relu(x)\n", "tensorflow"),
    ("import keras, os\n# os.environ['KERAS_BACKEND'] = 'jax'\n", "tensorflow"),
    ("import keras, os\nis_jax = os.environ['KERAS_BACKEND'] == 'jax'\n", "tensorflow"),
    ("import keras, os\nname = os.environ.get('KERAS_BACKEND', 'jax')\n", "tensorflow"),
    ("import keras\nBACKENDS = ['jax', 'torch']\n", "tensorflow"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), CHOICES)
def test_which_backend_a_file_chooses(text: str, expected: str) -> None:
    assert read_file("model.py", text, Options()).backend == expected


@pytest.mark.parametrize(("backend", "body", "fixed"), [
    ("tensorflow", CASES[0][0], True),
    ("jax", CASES[0][0], True),
    ("tensorflow", "assert ops.mean(x) > 0", True),
    ("jax", "assert ops.mean(x) > 0", False),
    ("jax", "x = x + np.random.normal()", False),
])  # fmt: skip
def test_no_fix_that_was_not_executed(backend: str, body: str, fixed: bool) -> None:
    text = HEAD[backend] + MODEL.format("", body)
    findings = engine.check(engine.Source("model.py", text), Options())
    made = with_fixes(findings, read_file("model.py", text, Options()))
    assert [each.fix is not None for each in made] == [fixed]


def test_the_branch_for_the_backend_is_followed() -> None:
    text = HEAD["jax"] + MODEL.format("", "if keras.config.backend() == 'tensorflow': x = x * float(ops.mean(x))")
    assert codes(text) == []


def test_the_tables_name_rules_and_what_they_see() -> None:
    kinds = {event.__name__ for rule in load().values() for event in rule.events}
    for backend, table in backends._HOLDS.items():
        assert set(table) <= set(load())
        assert {construct.partition(" ")[0] for each in table.values() for construct in each} <= kinds
        assert backends._FIXED[backend] <= set(table)
