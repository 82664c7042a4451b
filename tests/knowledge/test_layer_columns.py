"""What is said of layers besides what they return: training, draws, inputs; each is built and called in every Keras."""

from __future__ import annotations

import dataclasses
import inspect
from typing import Any

import numpy as np
import pytest

pytest.importorskip("tensorflow")

import keras
import tensorflow as tf
import tf_keras
from sampling import calls, classes, layer_calls

from flake8_keras_graph import knowledge
from flake8_keras_graph.knowledge import columns

pytestmark = pytest.mark.tensorflow

# The one of tf_keras is built with the InputSpec of Keras 3, and refuses that.
BROKEN = {("SpectralNormalization", tf_keras)}
# Made with arguments under which training changes something; the rest is made as in ``layer_calls``.
CONSTRUCTORS = {
    "RandomColorJitter": "brightness_factor=0.5",
    "RandomShear": "x_factor=0.5",
    "Solarization": "addition_factor=0.5",
}
ROWS = [
    (name, CONSTRUCTORS.get(name, constructor), texts.split(";")[0].strip())
    for constructor, texts, names in layer_calls.LAYER_CALLS
    for name in names.split()
]
FIRST = {row[0]: row for row in reversed(ROWS)}


@dataclasses.dataclass(frozen=True)
class Seen:
    """What calls of one layer gave, outside training and in it."""

    reads: bool
    seeded: bool
    given: list[np.ndarray]
    outside: list[np.ndarray]
    inside: list[list[np.ndarray]]

    @property
    def is_identity(self) -> bool:
        return _same(self.outside, self.given)

    @property
    def differs(self) -> bool:
        return any(not _same(self.outside, each) for each in self.inside)

    @property
    def draws(self) -> bool:
        return any(not _same(self.inside[0], each) for each in self.inside[1:])


def _same(left: list[np.ndarray], right: list[np.ndarray]) -> bool:
    return len(left) == len(right) and all(np.array_equal(a, b) for a, b in zip(left, right, strict=True))


def _arrays(value: Any) -> list[np.ndarray]:
    return [np.asarray(tf.convert_to_tensor(leaf)) for leaf in tf.nest.flatten(value)]


def _scope(package: Any) -> dict[str, Any]:
    return {**calls.MODULES, "K": package, **{name: tf.constant(each.value) for name, each in calls.SAMPLES.items()}}


def _see(package: Any, cls: Any, constructor: str, text: str) -> Seen:
    scope = _scope(package)
    layer = eval(f"_class({constructor})", {**scope, "_class": cls})
    positional, keywords = eval(f"_arguments({text})", {**scope, "_arguments": lambda *a, **k: (a, k)})
    reads = "training" in inspect.signature(cls.call).parameters

    def call(training: bool) -> list[np.ndarray]:
        return _arrays(layer(*positional, **keywords, **({"training": training} if reads else {})))

    outside = call(False)
    seeds = [v for v in layer.variables if "seed" in getattr(v, "path", v.name)]
    return Seen(reads, bool(seeds), _arrays(positional[0]), outside, [call(True) for _ in range(8 if reads else 1)])


@pytest.mark.parametrize("name", sorted(FIRST))
def test_training(name: str) -> None:
    found = knowledge.record(f"keras.layers.{name}")
    assert found is not None
    _, constructor, text = FIRST[name]
    made = [(package, cls) for package, cls in classes.classes("layers", name) if (name, package) not in BROKEN]
    seen = {package: _see(package, cls, constructor, text) for package, cls in made}
    assert seen
    expected = None
    if all(each.reads for each in seen.values()):
        changes = any(each.differs for each in seen.values())
        identity = changes and all(each.is_identity for each in seen.values())
        expected = "identity" if identity else "differs" if changes else "reads"
    assert expected == found.training
    draws = any(each.draws for each in seen.values()) and not found.flags & {"weights"}
    assert draws == ("seeded" in found.flags)
    if draws and keras in seen:
        assert seen[keras].seeded


def _example(word: str) -> tf.Tensor:
    shape, dtype, bounds = columns.INPUTS[word]
    if dtype == "string":
        return tf.constant(np.full((2, *shape), "a b"))
    values = np.random.default_rng(0).uniform(*(bounds or (0, 1)), (2, *shape))
    return tf.constant(values.astype(dtype))


# Layers that take several inputs get the example as each of them.
SEVERAL = {"Attention": list, "AdditiveAttention": list, "GroupQueryAttention": tuple, "MultiHeadAttention": tuple}
WITH_AN_INPUT = sorted(name for name in FIRST if (found := knowledge.record(f"keras.layers.{name}")) and found.input)
# Whose constructor depends on the input.
FITTING = {
    "EinsumDense": "'ab,bc->ac', 3",
    "Embedding": "16, 3",
    "ReversibleEmbedding": "16, 3",
    "CategoryEncoding": "16",
}
# CategoryEncoding of tf_keras wants a rank that it is only given by a batch of columns.
COLUMNS_ONLY = {"CategoryEncoding"}


@pytest.mark.parametrize("name", WITH_AN_INPUT)
def test_a_layer_takes_its_input(name: str) -> None:
    found = knowledge.record(f"keras.layers.{name}")
    assert found is not None
    assert found.input is not None
    constructor = FITTING.get(name, FIRST[name][1])
    for package, cls in classes.classes("layers", name):
        if (name, package) in BROKEN or (package is tf_keras and name in COLUMNS_ONLY):
            continue
        layer = eval(f"_class({constructor})", {**_scope(package), "_class": cls})
        example = _example(found.input)
        if name in SEVERAL:
            assert _arrays(layer([example, example]) if SEVERAL[name] is list else layer(example, example))
        else:
            assert _arrays(layer(example))


def test_every_input_is_tried() -> None:
    named = {found for found in knowledge.names_where(kind="layer") if (each := knowledge.record(found)) and each.input}
    assert {name.rpartition(".")[2] for name in named} == set(WITH_AN_INPUT)


@pytest.mark.parametrize("name", sorted(knowledge.names_where("fusable")))
def test_several_are_one_that_is_wider(name: str) -> None:
    short = name.rpartition(".")[2]
    narrow = {"EinsumDense": ("'ab,bc->ac', 2", "'ab,bc->ac', 4")}.get(
        short, ("2", "4") if short == "Dense" else ("2, 3", "4, 3")
    )
    word = knowledge.record(name)
    assert word is not None
    assert word.input is not None
    example = _example(word.input)
    for package, cls in classes.classes("layers", short):
        one, other, wide = (
            eval(f"_class({text})", {**_scope(package), "_class": cls}) for text in (*[narrow[0]] * 2, narrow[1])
        )
        parts = [one(example), other(example)]
        wide(example)
        wide.set_weights(
            [np.concatenate(pair, axis=-1) for pair in zip(one.get_weights(), other.get_weights(), strict=True)]
        )
        np.testing.assert_allclose(np.concatenate(parts, axis=-1), wide(example), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", sorted(knowledge.names_where("cell")))
def test_cells_run_in_a_recurrence(name: str) -> None:
    for package, cls in classes.classes("layers", name.rpartition(".")[2]):
        assert package.layers.RNN(cls(2))(_example("sequence")).shape == (2, 2)


@pytest.mark.parametrize("name", sorted(knowledge.names_where("adapts")))
def test_what_adapts(name: str) -> None:
    for _, cls in classes.classes("layers", name.rpartition(".")[2]):
        layer = cls()
        layer.adapt([1, 2] if name.endswith("IntegerLookup") else ["a", "b"])
        assert len(layer.get_vocabulary()) >= 3
