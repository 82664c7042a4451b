"""What is said to be gone is gone, was there in Keras 2, and what is said to take its place is there."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

from flake8_keras_graph import knowledge
from flake8_keras_graph.knowledge.removed import _ATTRIBUTES, _MODULES, _OF_TENSORFLOW, ADDONS, REMOVED, _read

keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")
tf_keras = pytest.importorskip("tf_keras")
pytestmark = pytest.mark.tensorflow

OLD_MODULES = set(_read(_MODULES))
TENSORFLOW = set(_read(_OF_TENSORFLOW))
# In tf.keras, which keeps them for old code.
NOT_IN_TF_KERAS = {"keras.preprocessing.text.Tokenizer"}
BACKEND = sorted(
    {name for name in dir(tf_keras.backend) if name[0] != "_"} - set(dir(keras.backend)) - {"experimental"}
)
PREPROCESSING = sorted(name for name in dir(tf_keras.layers.experimental.preprocessing) if name[0] != "_")


def _is_there(root: Any, name: str) -> bool:
    found = root
    for part in name.split(".")[1:]:
        try:
            found = getattr(found, part)
        except AttributeError:
            try:
                found = importlib.import_module(f"{found.__name__}.{part}")
            except (ImportError, AttributeError):
                return False
    return True


def _assert_there(replacement: str) -> None:
    if replacement.startswith(("keras.", "tf.")):
        name = replacement.partition("(")[0]
        assert _is_there(keras if name.startswith("keras.") else tf, name), replacement


@pytest.mark.parametrize("name", sorted(REMOVED))
def test_is_gone(name: str) -> None:
    assert not _is_there(tf if name.startswith("tf.") else keras, name)
    if name in TENSORFLOW:
        assert _is_there(tf.compat.v1, name) or name in {"tf.contrib", "tf.nn.rnn_cell"}
    elif name not in OLD_MODULES:
        assert _is_there(tf_keras, name) or name == "keras.models.model_from_yaml"


@pytest.mark.parametrize("name", sorted(REMOVED))
def test_the_replacement_is_there(name: str) -> None:
    _assert_there(REMOVED[name])


@pytest.mark.parametrize("name", sorted(ADDONS))
def test_keras_has_what_the_addons_had(name: str) -> None:
    _assert_there(ADDONS[name])


@pytest.mark.parametrize("name", [f"keras.backend.{name}" for name in BACKEND])
def test_the_whole_backend_is_covered(name: str) -> None:
    found = knowledge.replacement_of_removed(name)
    assert found is not None
    _assert_there(found)


@pytest.mark.parametrize("name", [f"keras.layers.experimental.preprocessing.{name}" for name in PREPROCESSING])
def test_preprocessing_has_moved(name: str) -> None:
    found = knowledge.replacement_of_removed(name)
    assert found
    _assert_there(found)


@pytest.mark.parametrize(
    ("holder", "name"), [(holder, name) for holder, names in _ATTRIBUTES.items() for name in names]
)
def test_attributes_are_gone(holder: str, name: str) -> None:
    assert not hasattr(_found(keras, holder), name)
    old = type(tf_keras.Input((3,))) if holder == "keras.KerasTensor" else _found(tf_keras, holder)
    assert hasattr(old, name) or name in {"to_yaml", "compute_gradients"}
    assert knowledge.replacement_of_attribute(name)


def _found(root: Any, name: str) -> Any:
    for part in name.split(".")[1:]:
        root = getattr(root, part)
    return root


@pytest.mark.parametrize("name", ["keras.layers.Dense", "numpy.zeros", "keras.backend.unheard_of", "tf.unheard_of"])
def test_nothing_is_said_of_others(name: str) -> None:
    assert knowledge.replacement_of_removed(name) is None
