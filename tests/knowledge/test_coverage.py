"""What is public in TensorFlow and Keras is in the tables, or left out on purpose, for a reason that stands here."""

from __future__ import annotations

import inspect

import pytest

pytest.importorskip("tensorflow")

import keras
import tensorflow as tf

from flake8_keras_graph.analysis import knowledge

pytestmark = pytest.mark.tensorflow

OMITTED: dict[str, dict[str, str]] = {
    "keras.ops": {
        "gives a function back": "custom_gradient vectorize",
    },
    "tf.math": {},
    "tf.nn": {
        "a wrapper of recurrent cells": """
            RNNCellDeviceWrapper RNNCellDropoutWrapper RNNCellResidualWrapper""",
    },
    "tf.linalg": {
        "a class": """
            LinearOperator LinearOperatorAdjoint LinearOperatorBlockDiag LinearOperatorBlockLowerTriangular
            LinearOperatorCirculant LinearOperatorCirculant2D LinearOperatorCirculant3D LinearOperatorComposition
            LinearOperatorDiag LinearOperatorFullMatrix LinearOperatorHouseholder LinearOperatorIdentity
            LinearOperatorInversion LinearOperatorKronecker LinearOperatorLowRankUpdate
            LinearOperatorLowerTriangular LinearOperatorPermutation LinearOperatorScaledIdentity
            LinearOperatorToeplitz LinearOperatorTridiag LinearOperatorZeros""",
        "depends on compute_uv, or on eigvals_only": "eigh_tridiagonal svd",
    },
}


def _functions(module: object) -> set[str]:
    return {
        name
        for name in dir(module)
        if not name.startswith("_") and callable(getattr(module, name)) and not inspect.ismodule(getattr(module, name))
    }


@pytest.mark.parametrize(
    ("namespace", "module"),
    [("keras.ops", keras.ops), ("tf.math", tf.math), ("tf.nn", tf.nn), ("tf.linalg", tf.linalg)],
)
def test_every_public_function_is_known_or_left_out(namespace: str, module: object) -> None:
    omitted = {name for block in OMITTED[namespace].values() for name in block.split()}
    known = {name for name in _functions(module) if knowledge.returns(f"{namespace}.{name}") is not None}
    assert known & omitted == set()
    assert _functions(module) - known == omitted
