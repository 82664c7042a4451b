"""KG116 fixed: what is written, that ``fit`` trains it and ``load_model`` reads it back, and why there is none."""

from __future__ import annotations

import textwrap
from pathlib import Path

import numpy as np
import pytest
from page_examples import check
from proof import namespace_of
from readings import reading_of

from flake8_keras_graph.rewrite.apply import fix_text
from flake8_keras_graph.rewrite.fixes.registry import why_not

HEADER = """\
import keras
from keras import ops


"""
DONE = {
    "a layer of nothing that call knows": (
        """
        class Lazy(keras.layers.Layer):
            def __init__(self, units=3, **kwargs):
                super().__init__(**kwargs)
                self.units = units
                self.dense = None  # not yet

            def call(self, x):
                if self.dense is None:
                    self.dense = keras.layers.Dense(self.units)
                return self.dense(ops.tanh(x))
        """,
        """
        class Lazy(keras.layers.Layer):
            def __init__(self, units=3, **kwargs):
                super().__init__(**kwargs)
                self.units = units
                # not yet
                self.dense = keras.layers.Dense(self.units)

            def call(self, x):
                return self.dense(ops.tanh(x))
        """,
    ),
    "weights of the size of the input": (
        """
        class Lazy(keras.layers.Layer):
            def __init__(self, units=3, **kwargs):
                super().__init__(**kwargs)
                self.units = units
                self.w = None

            def call(self, x):
                if self.w is None:
                    self.w = self.add_weight(shape=(x.shape[-1], self.units), name="w")
                    self.b = self.add_weight(shape=(self.units,), name="b")
                return ops.matmul(x, self.w) + self.b
        """,
        """
        class Lazy(keras.layers.Layer):
            def __init__(self, units=3, **kwargs):
                super().__init__(**kwargs)
                self.units = units
                self.w = None

            def build(self, input_shape):
                self.w = self.add_weight(shape=(input_shape[-1], self.units), name="w")
                self.b = self.add_weight(shape=(self.units,), name="b")

            def call(self, x):
                return ops.matmul(x, self.w) + self.b
        """,
    ),
    "a layer of the size of the input": (
        """
        class Lazy(keras.layers.Layer):
            def call(self, x):
                if not hasattr(self, "dense"):
                    self.dense = keras.layers.Dense(x.shape[1])
                return x + self.dense(x)
        """,
        """
        class Lazy(keras.layers.Layer):
            def build(self, input_shape):
                self.dense = keras.layers.Dense(input_shape[1])
                self.dense.build(input_shape)

            def call(self, x):
                return x + self.dense(x)
        """,
    ),
    "a build that is there": (
        """
        class Lazy(keras.layers.Layer):
            def build(self, shape):
                self.scale = self.add_weight(shape=(1,), name="scale")
                super().build(shape)

            def call(self, x):
                if not hasattr(self, "dense"):
                    self.dense = keras.layers.Dense(4)
                return self.dense(x) * self.scale
        """,
        """
        class Lazy(keras.layers.Layer):
            def build(self, shape):
                self.scale = self.add_weight(shape=(1,), name="scale")
                self.dense = keras.layers.Dense(4)
                self.dense.build(shape)
                super().build(shape)

            def call(self, x):
                return self.dense(x) * self.scale
        """,
    ),
    "a flag": (
        """
        class Lazy(keras.layers.Layer):
            def __init__(self, **kwargs):
                super().__init__(**kwargs)
                self.is_made = False

            def call(self, x):
                if not self.is_made:
                    self.dense = keras.layers.Dense(2)
                    self.is_made = True
                return self.dense(x)
        """,
        """
        class Lazy(keras.layers.Layer):
            def __init__(self, **kwargs):
                super().__init__(**kwargs)
                self.dense = keras.layers.Dense(2)
                self.is_made = True

            def call(self, x):
                return self.dense(x)
        """,
    ),
}
MODEL = """

class Whole(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.lazy = Lazy()
        self.head = keras.layers.Dense(1)

    def call(self, x):
        return self.head(self.lazy(x))


keras.utils.set_random_seed(0)
model = Whole()
"""


def text_of(code: str) -> str:
    return HEADER + textwrap.dedent(code).lstrip("\n")


@pytest.mark.parametrize(("before", "after"), DONE.values(), ids=DONE)
def test_what_is_written(before: str, after: str) -> None:
    fixed = fix_text(reading_of(text_of(before), "model.py"), check, unsafe=True)
    assert fixed.text == text_of(after)
    assert {made.fix.safety for made in fixed.applied} == {"unsafe"}


@pytest.mark.tensorflow
@pytest.mark.parametrize(("before", "after"), DONE.values(), ids=DONE)
def test_it_trains_and_loads(before: str, after: str, tmp_path: Path) -> None:
    import keras

    rows, targets = np.ones((20, 4), "float32"), np.ones((20, 1), "float32")
    with pytest.raises(ValueError, match="cannot add new elements of state"):
        _fitted(before, rows, targets)
    model, classes = _fitted(after, rows, targets)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras", custom_objects=classes)
    assert np.allclose(loaded.predict(rows, verbose=0), model.predict(rows, verbose=0))


def _fitted(code: str, rows: np.ndarray, targets: np.ndarray) -> tuple[object, dict[str, object]]:
    space = namespace_of(text_of(code) + MODEL)
    model = space["model"]
    model.compile("sgd", "mse")
    model.fit(rows, targets, batch_size=8, verbose=0)
    return model, {name: space[name] for name in ("Lazy", "Whole")}


LAZY = """
class Lazy(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.dense = None{constructed}

    def call(self, x):
        {before}
        if {test}:
            {made}
        return self.dense({given})
{more}"""
PLAIN = {
    "constructed": "", "before": "y = ops.relu(x)", "test": "self.dense is None",
    "made": "self.dense = keras.layers.Dense(4)", "given": "x", "more": "",
}  # fmt: skip
OF_INPUT = "self.dense = keras.layers.Dense(x.shape[-1])"
REFUSED = {
    "of what call computes": ({"made": "self.dense = keras.layers.Dense(y.shape[-1])"}, "it depends on `y`"),
    "of the batch": ({"made": "self.dense = keras.layers.Dense(x.shape[0])"}, "it depends on `x`"),
    "of an input that is bound anew": ({"before": "x = ops.pad(x, 1)", "made": OF_INPUT}, "it depends on `x`"),
    "another test as well": ({"test": "self.dense is None and x.shape[1] > 2"}, "the test asks for more"),
    "more is done": ({"made": "print(1); self.dense = keras.layers.Dense(4)"}, "does more than set attributes"),
    "called on something else": ({"made": OF_INPUT, "given": "y"}, "does not know the shape of"),
    "other layers": (
        {"constructed": "\n        self.first = keras.layers.Dense(3)", "made": OF_INPUT},
        "would have to build the other layers",
    ),
    "asked for elsewhere": (
        {"more": "\n    def is_ready(self):\n        return self.dense is not None\n"}, "asks for it elsewhere"
    ),
    "set elsewhere": ({"more": "\n    def reset(self):\n        self.dense = None\n"}, "`reset` sets `dense`"),
    "of an attribute set later": (
        {"made": "self.dense = keras.layers.Dense(self.size)", "more": "\n    def grow(self):\n        self.size = 3\n"},
        "it depends on `self.size`",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("parts", "reason"), REFUSED.values(), ids=REFUSED)
def test_refused(parts: dict[str, str], reason: str) -> None:
    text = text_of(LAZY.format(**{**PLAIN, **parts}))
    [finding] = [each for each in check("model.py", text) if each.code == "KG116"]
    assert reason in why_not(finding, reading_of(text, "model.py"))
