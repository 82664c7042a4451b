"""KG111 fixed where a helper makes the layer: once for the one call that there is, and not for several."""

from __future__ import annotations

import numpy as np
import pytest
from page_examples import check
from proof import namespace_of
from readings import reading_of

from flake8_keras_graph.rewrite.apply import fix_text
from flake8_keras_graph.rewrite.fixes.registry import why_not

TEXT = """\
import keras


class Stacked(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def _block(self, x):
        return keras.layers.Dense(8, activation="relu")(x)

{more}    def call(self, inputs):
        x = inputs
{calls}
        return self.head(x)


model = Stacked()
"""
ONCE = {"once": ("        x = self._block(x)", ""),
        "by another helper": ("        x = self._two(x)", "    def _two(self, x):\n        return self._block(x)\n\n")}  # fmt: skip
OFTEN = {
    "twice": ("        x = self._block(x)\n        x = self._block(x)", "", "each call of `_block` has a layer"),
    "in a loop": ("        for _ in range(2):\n            x = self._block(x)", "", "`_block` is called in a loop"),
    "in a comprehension": ("        x = [self._block(x) for _ in 'ab'][0]", "", "`_block` is called in a loop"),
    "handed over": (
        "        block = self._block\n        x = block(block(x))",
        "",
        "each call of `_block` has a layer",
    ),
    "by a helper that is called twice": (
        "        x = self._two(x)\n        x = self._two(x)",
        "    def _two(self, x):\n        return self._block(x)\n\n",
        "each call of `_two` has a layer",
    ),
    "by itself": (
        "        x = self._two(x, 2)",
        "    def _two(self, x, n):\n        return self._two(self._block(x), n - 1) if n else x\n\n",
        "each call of `_two` has a layer",
    ),
}


@pytest.mark.parametrize(("calls", "more"), ONCE.values(), ids=ONCE)
def test_one_call(calls: str, more: str) -> None:
    text = TEXT.format(calls=calls, more=more)
    fixed = fix_text(reading_of(text, "model.py"), check, unsafe=True).text
    assert "self.dense = keras.layers.Dense(8" in fixed
    assert "return self.dense(x)" in fixed


@pytest.mark.tensorflow
@pytest.mark.parametrize(("calls", "more"), ONCE.values(), ids=ONCE)
def test_one_call_trains(calls: str, more: str) -> None:
    text = TEXT.format(calls=calls, more=more)
    model = namespace_of(fix_text(reading_of(text, "model.py"), check, unsafe=True).text)["model"]
    model.compile("sgd", "mse")
    model.fit(np.ones((20, 4), "float32"), np.ones((20, 1), "float32"), batch_size=8, verbose=0)
    assert len(model.trainable_variables) == 4


@pytest.mark.parametrize(("calls", "more", "reason"), OFTEN.values(), ids=OFTEN)
def test_several_calls(calls: str, more: str, reason: str) -> None:
    text = TEXT.format(calls=calls, more=more)
    found = [each for each in check("model.py", text) if each.code == "KG111"]
    assert {reason in why_not(each, reading_of(text, "model.py")) for each in found} == {True}
    assert fix_text(reading_of(text, "model.py"), check, unsafe=True).text == text
