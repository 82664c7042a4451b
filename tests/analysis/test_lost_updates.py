"""KG203 names the branch that a counter decides while tracing."""

from __future__ import annotations

import pytest

LAYER = """
import keras

class Block(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.seen = 0

    def call(self, x):
        self.seen += 1
        {code}
        return x
"""


@pytest.mark.parametrize(
    ("code", "end"),
    [
        ("if self.seen > 3:\n            x = x * 2", "; `self.seen > 3` is decided then, for good"),
        ("x = x * 2 if self.seen % 2 == 0 else x", "; `self.seen % 2 == 0` is decided then, for good"),
        ("x = x * 2", "once per trace, not at every step"),
    ],
)
def test_the_branch_is_named(lint, code, end):
    (found,) = lint(LAYER.format(code=code), select=("KG203",))
    assert found.message.endswith(f"{end}; keep it in a variable")


FLAG = """
import keras

class Block(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.first = True
        self.counts = {{"calls": 0}}

    def call(self, x):
        y = x
{code}
        return y
"""


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        ("        if self.first:\n            y = x * 2\n        self.first = False", [14]),
        ("        if self.first:\n            y = x * 2\n            self.first = False", [14]),
        ("        self.first = False\n        if self.first:\n            y = x * 2", []),
        ("        if self.first:\n            print(1)\n        self.first = False", []),
        ("        self.counts['calls'] += 1", [12]),
        ("        self.counts['calls'] = self.counts['calls'] + 1", [12]),
        ("        self.counts['calls'] = 1", []),
        (
            "        if self.first:\n            _ = self.run(x)\n        _ = 1\n        self.first = False\n        y = _",
            [],
        ),
        (
            "        if 'a' not in self.counts:\n            y = -x\n        else:\n            self.counts['a'] += 1",
            [],
        ),
    ],
)
def test_flags_and_items(lint, code, lines):
    assert [found.span.line for found in lint(FLAG.format(code=code), select=("KG203",))] == lines
