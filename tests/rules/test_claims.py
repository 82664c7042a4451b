"""Every claim of every page, run on the installed TensorFlow, Keras and tf_keras."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pages
import pytest

from flake8_keras_graph.rules.page import OUTCOMES, Claim, Example

pytestmark = pytest.mark.tensorflow


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Functions are compiled again, and Keras forgets variables that an exception left half made."""
    yield
    import keras
    import tensorflow as tf

    tf.config.run_functions_eagerly(False)
    keras.utils.clear_session()


@pytest.mark.parametrize(("example", "claim"), pages.CLAIMS)
def test_claim(example: Example, claim: Claim, tmp_path: Path) -> None:
    import running

    running.check(example, claim, tmp_path)


@pytest.mark.parametrize("setting", ["xla", "tf_keras"])
@pytest.mark.parametrize("example", pages.GOOD)
def test_good_examples_train(example: Example, setting: str, tmp_path: Path) -> None:
    import running

    running.Running(example.code, setting, tmp_path).trained()


def test_even_batches_have_a_known_size(tmp_path: Path) -> None:
    """Where every batch of an array is full, ``x.shape[0]`` is a number in ``fit``; other data then raises."""
    import running

    code = pages.PAGES["KG113"].bad[1].code
    example = running.Running(code, "fit", tmp_path)
    model = example.model()
    example.compile(model)
    example.fit(model, rows=16)
    with pytest.raises(TypeError):
        example.fit(model, rows=20)


def test_every_outcome_has_a_check() -> None:
    import running

    assert {*running._CHECKS, "raises"} == set(OUTCOMES)
