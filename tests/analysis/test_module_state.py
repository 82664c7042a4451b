"""What traced code changes of its module: items, names, attributes of objects and classes, by a constructor, elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from flake8_keras_graph import engine
from flake8_keras_graph.config import Options

TEXT = """\
import collections
import keras
import numpy as np
import tensorflow as tf

STATE = {{"calls": 0}}
SEEN = []
COUNTS = collections.Counter()
TABLE = np.zeros(3)
N = 0
LAST = None


class Box:
    n = 0

    def __init__(self):
        self.items = []


class Loud:
    def __init__(self):
        print("made")


class Counting:
    def __init__(self):
        SEEN[0] = 1


class Quiet:
    def __init__(self, value):
        self.value = value
        self.items = [value]
        self.items.append(value)


BOX = Box()


def change():
    SEEN[0] = 1


def local():
    SEEN = [1]
    SEEN[0] = 2


@tf.function
def step(x):
    {0}
    return x * 2.0


class Model(keras.Model):
    def call(self, x):
        {1}
        return x * 2.0
"""
BODIES = {
    'STATE["calls"] += 1': ["KG203"],
    'STATE["calls"] = STATE["calls"] + 1': ["KG203"],
    'STATE["a"] = 1': ["KG203"],
    "SEEN[0] = 1": ["KG203"],
    "SEEN[:] = [1]": ["KG203"],
    'COUNTS["a"] += 1': ["KG203"],
    "TABLE[0] = 1.0": ["KG203"],
    "global N; N = 1": ["KG203"],
    "global N; (N, m) = (1, 2)": ["KG203"],
    "BOX.n = 1": ["KG203"],
    "BOX.n += 1": ["KG203"],
    "BOX.items.append(1)": ["KG203"],
    "BOX.items[0] = 1": ["KG203"],
    "Box.n += 1": ["KG203"],
    "change()": ["KG203"],
    "[change() for _ in range(3)]": ["KG203"],
    "list(map(lambda i: change(), range(3)))": ["KG203"],
    "Loud()": ["KG202"],
    "Counting()": ["KG203"],
    'STATE["a"] = tf.abs(x)': ["KG204"],
    "global LAST; LAST = tf.abs(x)": ["KG204"],
    "BOX.n = tf.abs(x)": ["KG204"],
    "Quiet(tf.abs(x))": [],
    "local()": [],
    "mine = [0]; mine[0] = 1": [],
    "mine = Box(); mine.n = 1; mine.items.append(1)": [],
    'if "a" not in STATE: STATE["a"] = 1': [],
    "global LAST\n    if LAST is None: LAST = 1": [],
    "global LAST\n    if LAST: return x\n    LAST = 1": [],
    'if "a" in STATE: return x\n    STATE["a"] = 1': [],
    'try:\n        STATE["b"]\n    except KeyError: STATE["b"] = 1': [],
}  # fmt: skip


@pytest.mark.parametrize("where", ["own function", "call"])
@pytest.mark.parametrize("body", BODIES)
def test_what_is_told(body: str, where: str) -> None:
    inner = "\n".join(f"    {line}" if number else line for number, line in enumerate(body.split("\n")))
    text = TEXT.format(body, "pass") if where == "own function" else TEXT.format("pass", inner)
    found = engine.check(engine.Source("state.py", text), Options(select=("KG2",)))
    assert [each.code for each in found] == BODIES[body]


def test_of_another_file(tmp_path: Path) -> None:
    (tmp_path / "B.py").write_text("items = [10]\n\n\nclass C:\n    def g(self):\n        items[0] = 1\n")
    text = "import tensorflow as tf\nimport B\n\n\n@tf.function\ndef f():\n    B.C().g()\n"
    (found,) = engine.check(engine.Source(str(tmp_path / "A.py"), text), Options(select=("KG2",)))
    assert found.code == "KG203" and "in `g` (B.py:6), called here" in found.message
