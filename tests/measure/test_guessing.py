"""Guesses at arguments and inputs, from reading the class: each must run, whatever it is."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
pytest.importorskip("tensorflow")
import keras
import numpy as np

from flake8_keras_graph.analysis.reading import read_file
from flake8_keras_graph.config import Options
from flake8_keras_graph.measure import class_uses
from flake8_keras_graph.measure.worker.build import guessing, parameters, stand_ins
from flake8_keras_graph.measure.worker.build.feed_corrections import Failed, corrections

pytestmark = pytest.mark.tensorflow

layers = keras.layers
READ = read_file(__file__, Path(__file__).read_text(), Options())
CLASSES = class_uses.from_message(json.loads(json.dumps(class_uses.as_message(each.uses for each in READ.classes()))))


class Tokens(keras.Model):
    def __init__(self) -> None:
        super().__init__()
        self.embed = layers.Embedding(30, 4)

    def call(self, ids: Any) -> Any:
        return self.embed(ids)


class Images(keras.Model):
    def __init__(self) -> None:
        super().__init__()
        self.blocks = [layers.Conv2D(4, 3), layers.Flatten()]

    def call(self, x: Any) -> Any:
        for block in self.blocks:  # noqa: KG301
            x = block(x)
        return x


class Recurrent(keras.Model):
    def __init__(self) -> None:
        super().__init__()
        self.inner = keras.Sequential([layers.LSTM(4), layers.Dense(2)])

    def call(self, x: Any, training: bool = False) -> Any:
        return self.inner(x * 2.0)


class Pair(keras.Model):
    def __init__(self) -> None:
        super().__init__()
        self.embed = layers.Embedding(7, 4)
        self.dense = layers.Dense(4)

    def call(self, inputs: Any) -> Any:
        ids, vector = inputs
        return keras.ops.mean(self.embed(ids), axis=1) + self.dense(vector)


class Named(keras.Model):
    def __init__(self) -> None:
        super().__init__()
        self.embeds = {"a": layers.Embedding(5, 2), "b": layers.Embedding(9, 2)}
        self.fields = ["a", "b"]

    def call(self, inputs: Any) -> Any:
        return keras.ops.concatenate([self.embeds[f](inputs[f]) for f in self.fields], axis=-1)  # noqa: KG301


class Shaped(keras.Model):
    def call(self, x: Any) -> Any:
        batch, height, width, channels = keras.ops.shape(x)
        return keras.ops.reshape(x, (batch, height * width * channels))


class Pyramid(keras.Model):
    def __init__(self) -> None:
        super().__init__()
        self.conv = layers.Conv2D(4, 3)

    def call(self, inputs: Any) -> Any:
        return [self.conv(level) for level in inputs]  # noqa: KG301


class Helped(keras.Model):
    def __init__(self) -> None:
        super().__init__()
        self.conv = layers.Conv2D(4, 3)

    def call(self, x: Any) -> Any:
        return self.features(x * 2.0)

    def features(self, images: Any) -> Any:
        return self.conv(images)


class Handed(keras.Model):
    def __init__(self, inner: Any = None, fields: tuple[str, ...] = ("a", "b")) -> None:
        super().__init__()
        self.inner = inner or Tokens()
        self.fields = fields

    def call(self, inputs: Any) -> Any:
        return [self.inner(inputs[field]) for field in self.fields]


class Last(keras.Model):
    def __init__(self) -> None:
        super().__init__()
        self.dense = layers.Dense(2)

    def call(self, x: Any) -> Any:
        return self.dense(x[:, -1])


class Several(keras.layers.Layer):
    def call(self, query: Any, value: Any, mask: Any = None, scale: float = 1.0) -> Any:
        return query + value * scale


def _table(*shape: int, dtype: str = "float32", **limits: int) -> dict[str, Any]:
    return {"shape": list(shape), "dtype": dtype, **limits}


@pytest.mark.parametrize(
    ("cls", "expected"),
    [
        (Tokens, {"ids": _table(8, dtype="int32", low=0, high=30)}),
        (Images, {"x": _table(32, 32, 3)}),
        (Recurrent, {"x": _table(16, 8)}),
        (Pair, {"inputs": [_table(8, dtype="int32", low=0, high=7), _table(16)]}),
        (
            Named,
            {"inputs": {"a": _table(8, dtype="int32", low=0, high=5), "b": _table(8, dtype="int32", low=0, high=9)}},
        ),
        (Shaped, {"x": _table(32, 32, 3)}),
        (Pyramid, {"inputs": [_table(32, 32, 3), _table(32, 32, 3)]}),
        (Helped, {"x": _table(32, 32, 3)}),
        (Handed, {"inputs": {name: _table(8, dtype="int32", low=0, high=30) for name in "ab"}}),
        (Last, {"x": _table(16, 8)}),
        (Several, {"query": _table(16), "value": _table(16)}),
    ],
)
def test_the_first_guess_is_what_the_class_takes(cls: Any, expected: Any) -> None:
    assert next(guessing.feed_guesses(cls(), CLASSES)) == expected


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("expected min_ndim=4, found ndim=2. Full shape received: (4, 16)", _table(32, 32, 3)),
        ("expected axis -1 of input shape to have value 5, but received", _table(5)),
        ("Matrix size-incompatible: In[0]: [4,16], In[1]: [3,8]", _table(3)),
        ("Incompatible shapes: [4,16] vs. [4,9]", _table(9)),
    ],
)
def test_an_error_that_names_the_shape_corrects_it(message: str, expected: Any) -> None:
    assert next(corrections(Failed({"x": _table(16)}, {}, ValueError(message)))) == {"x": expected}


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("unchanged. Received: input_shape=(8, 8, 64), target_shape=(3136,)", [28, 28, 3]),
        (
            "Input to reshape is a tensor with 16384 values, but the requested shape requires a multiple of 3136",
            [28, 28, 3],
        ),
        ("Input to reshape is a tensor with 16384 values, but the requested shape has 12544", [28, 28, 3]),
        ("expected axis -1 of input shape to have value 3136, but received input with shape (4, 4096)", [28, 28, 3]),
        ("Matrix size-incompatible: In[0]: [4,4096], In[1]: [3136,8]", [28, 28, 3]),
    ],
)
def test_an_error_further_on_changes_the_sides(message: str, expected: list[int]) -> None:
    if "unchanged" in message:
        message = f"The total size of the tensor must be {message}"
    failed = Failed({"x": _table(32, 32, 3)}, {}, ValueError(message))
    assert {"x": _table(*expected)} in list(corrections(failed))


def test_an_error_that_names_a_count_makes_as_many_inputs() -> None:
    failed = Failed({"x": _table(16)}, {}, ValueError("not enough values to unpack (expected 2, got 4)"))
    assert list(corrections(failed)) == [{"x": [_table(16), _table(16)]}]
    assert not list(corrections(Failed({"x": _table(16)}, {}, ValueError("something else"))))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("units", int),
        ("num_heads", int),
        ("dropout_rate", float),
        ("activation", str),
        ("hidden_units", list),
        ("d_model", int),
        ("n_layer", int),
        ("num_encoder", int),
        ("data_format", str),
        ("image_encoder", keras.layers.Layer),
        ("teacher", keras.layers.Layer),
        ("cfg", stand_ins.Configuration),
    ],
)
def test_constructor_arguments_by_name(name: str, kind: type) -> None:
    namespace: dict[str, Any] = {}
    exec(f"class C:\n    def __init__(self, {name}):\n        pass\n", namespace)
    (guessed,) = parameters.constructor_guesses(namespace["C"], keras, None)
    assert isinstance(guessed.make(namespace["C"])[1][name], kind)


@pytest.mark.parametrize(
    ("made", "kind"),
    [
        ("layers.Dropout(p)", float),
        ("layers.Dense(p)", int),
        ("[layers.Dense(n) for n in p]", list),
        ("layers.Dense(p.units)", stand_ins.Configuration),
        ("layers.Dense(p['units'])", dict),
        ("p(1)", keras.layers.Layer),
    ],
)
def test_constructor_arguments_by_what_they_are_used_for(made: str, kind: type) -> None:
    text = f"import keras\nfrom keras import layers\n\n\nclass C(keras.Model):\n    def __init__(self, p):\n        self.a = {made}\n"
    namespace: dict[str, Any] = {"__name__": "made"}
    exec(text, namespace)
    (guessed,) = parameters.constructor_guesses(
        namespace["C"], keras, read_file("c.py", text, Options()).class_named("C").uses
    )
    assert isinstance(guessed.make(namespace["C"])[1]["p"], kind)


def test_a_layer_is_guessed_for_a_parameter_that_wants_one() -> None:
    class Wraps(keras.Model):
        def __init__(self, encoder: Any) -> None:
            super().__init__()
            self.encoder = encoder

    (guessed,) = parameters.constructor_guesses(Wraps, keras, None)
    one, other = (guessed.instance(Wraps).encoder for _ in range(2))
    assert np.shape(one(np.ones((2, 3), "float32"))) == (2, 16)
    assert other.built is False  # two instances share no weights
