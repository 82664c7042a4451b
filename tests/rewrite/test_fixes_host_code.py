"""Fixes of code around models: what they write, that it gives the same where it is run, and why there is none."""

from __future__ import annotations

import textwrap

import numpy as np
import pytest
from page_examples import check
from proof import namespace_of
from readings import reading_of

from flake8_keras_graph.rewrite.apply import fix_text
from flake8_keras_graph.rewrite.fixes.registry import why_not

HEADER = """\
import keras
import numpy as np
import tensorflow as tf

keras.utils.set_random_seed(0)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
target = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
rows = np.ones((20, 4), "float32")
"""
DONE = {
    "a comprehension": (
        "results = [model.predict(row[None], verbose=0)[0] for row in rows]\n",
        "results = list(model.predict(rows, verbose=0))\n",
    ),
    "a comprehension by index": (
        "results = [model.predict(rows[i : i + 1])[0] for i in range(len(rows))]\n",
        "results = list(model.predict(rows))\n",
    ),
    "an appending loop": (
        "results = []\nfor row in rows:  # all\n    results.append(model.predict(np.expand_dims(row, axis=0))[0])\n",
        "results = []\n# all\nresults.extend(model.predict(rows))\n",
    ),
    "variables assigned one by one": (
        """
        def follow():
            for slow, fast in zip(target.weights, model.weights):
                slow.assign(0.5 * slow + 0.5 * fast)

        for _ in range(12):
            follow()
        results = [target.weights[0].numpy()]
        """,
        """
        @tf.function
        def follow():
            for slow, fast in zip(target.weights, model.weights):
                slow.assign(0.5 * slow + 0.5 * fast)

        for _ in range(12):
            follow()
        results = [target.weights[0].numpy()]
        """,
    ),
    "a function made per call": (
        """
        results = []


        def score(batch):
            @tf.function
            def squash(x):
                return tf.tanh(x)

            results.append(squash(batch).numpy())


        for row in rows:
            score(row)
        """,
        """
        results = []


        @tf.function
        def squash(x):
            return tf.tanh(x)


        def score(batch):
            results.append(squash(batch).numpy())


        for row in rows:
            score(row)
        """,
    ),
}


def text_of(code: str) -> str:
    return HEADER + textwrap.dedent(code).lstrip("\n")


@pytest.mark.parametrize(("before", "after"), DONE.values(), ids=DONE)
def test_what_is_written(before: str, after: str) -> None:
    assert fix_text(reading_of(text_of(before), "script.py"), check, unsafe=True).text == text_of(after)


@pytest.mark.tensorflow
@pytest.mark.parametrize(("before", "after"), DONE.values(), ids=DONE)
def test_the_same_results(before: str, after: str) -> None:
    ours, theirs = (namespace_of(text_of(each))["results"] for each in (before, after))
    assert np.allclose(ours, theirs, atol=1e-5)


MADE = "def score(x):\n    @tf.function\n    def step(x):\n        return {}\n\n    return step(x)\n\n\nfor row in rows:\n    score(row)\n"
REFUSED = {
    "closes over an argument": (MADE.replace("step(x):", "step(y):").format("y + x"), "it reads `x`"),
    "a name that is taken": ("step = 1\n" + MADE.format("x"), "`step` stands for something else"),
    "made by a call": ("for row in rows:\n    tf.function(model)(row[None])\n", "does not decorate a function"),
    "not an array": (
        "items = load()\nresults = [model.predict(row[None])[0] for row in items]\n",
        "`items` is not known to be an array",
    ),
    "not a row alone": (
        "results = [model.predict(row[None] / 255)[0] for row in rows]\n",
        "is not simply the loop's row",
    ),
    "a loop with more": (
        "results = []\nfor row in rows:\n    print(row)\n    results.append(model.predict(row[None])[0])\n",
        "does something else than collect",
    ),
    "a batch": ("for start in range(0, 64, 8):\n    model.predict(rows[start : start + 8])\n", "not the one row"),
    "in no function": (
        "for _ in range(12):\n    for slow, fast in zip(target.weights, model.weights):\n        slow.assign(fast)\n",
        "make a function of the loop",
    ),
}


@pytest.mark.parametrize(("code", "reason"), REFUSED.values(), ids=REFUSED)
def test_refused(code: str, reason: str) -> None:
    reading = reading_of(text_of(code), "script.py")
    [finding] = [each for each in check("script.py", text_of(code)) if each.code in {"KG404", "KG504", "KG506"}]
    assert reason in why_not(finding, reading)
