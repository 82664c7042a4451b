"""What functions do besides returning: the names exist, and each module's list is whole."""

from __future__ import annotations

import importlib
import random
import types

import pytest

from flake8_keras_graph import knowledge
from flake8_keras_graph.knowledge import columns, python_functions

NAMES = sorted(name for name in knowledge.record_names() if knowledge.effect(name) is not None)
STANDARD = [name for name in NAMES if not name.startswith(("keras.", "tf.", "numpy."))]
# Not on every platform or version of Python.
SOMETIMES = {
    "os.getrandom",
    "random.binomialvariate",
    "time.clock_gettime",
    "time.clock_gettime_ns",
    "time.thread_time",
    "time.thread_time_ns",
}


def _resolve(name: str) -> object:
    parts = name.split(".")
    for length in range(len(parts) - 1, 0, -1):
        try:
            value: object = importlib.import_module(".".join(parts[:length]))
        except ImportError:
            continue
        for part in parts[length:]:
            value = getattr(value, part)
        return value
    raise LookupError(name)


def test_words_are_explained() -> None:
    assert {knowledge.effect(name) for name in NAMES} == set(columns.EFFECTS)
    assert set(python_functions.MODULES.values()) <= set(columns.EFFECTS)


@pytest.mark.parametrize("name", [name for name in STANDARD if name not in SOMETIMES])
def test_standard_library_names_exist(name: str) -> None:
    assert callable(_resolve(name))


@pytest.mark.tensorflow
@pytest.mark.parametrize("name", [name for name in NAMES if name not in STANDARD])
def test_library_names_exist(name: str) -> None:
    pytest.importorskip("tensorflow")
    from sampling import probe

    assert probe.implementations(name)


def test_every_source_of_randomness_is_known() -> None:
    methods = (types.MethodType, types.BuiltinMethodType)
    own = {name for name in dir(random) if isinstance(getattr(random, name), methods) and name[0] != "_"}
    without_effect = {"getstate", "seed", "setstate"}
    assert {name for name in own - without_effect if knowledge.effect(f"random.{name}") != "random"} == set()
    assert not any(knowledge.effect(f"random.{name}") for name in without_effect)


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("builtins.print", "print"),
        ("datetime.datetime.now", "clock"),
        ("time.time", "clock"),
        ("numpy.random.normal", "random"),
        ("numpy.random.default_rng", None),
        ("numpy.random.seed", None),
        ("absl.logging.info", "log"),
        ("absl.logging.set_verbosity", None),
        ("tf.py_function", "host-callback"),
        ("tf.Variable", "creates-variable"),
        ("keras.ops.fori_loop", "staged-loop"),
        ("tf.function", "traces"),
        ("tf.reduce_sum", None),
    ],
)
def test_effects(name: str, word: str | None) -> None:
    assert knowledge.effect(name) == word
