"""Every site of one file's host code; the text is looked at first, as most files have none."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from flake8_keras_graph.analysis.host_code.datasets import RowMaps
from flake8_keras_graph.analysis.host_code.models import Models
from flake8_keras_graph.analysis.host_code.renewals import Renewals
from flake8_keras_graph.analysis.host_code.scopes import HostCode
from flake8_keras_graph.analysis.host_code.step_calls import StepCalls
from flake8_keras_graph.analysis.host_code.switches import eager_switches, functions_on_call
from flake8_keras_graph.analysis.host_code.traced_functions import TracedFunctions
from flake8_keras_graph.analysis.host_code.train_loops import TrainLoops
from flake8_keras_graph.analysis.host_code.weights import MovedWeights
from flake8_keras_graph.analysis.sites import Site
from flake8_keras_graph.project.files import is_test
from flake8_keras_graph.project.hierarchy import Hierarchy
from flake8_keras_graph.project.index import Module

_FUNCTION = ("tf.function", "tensorflow.function", "import function", "v2.function")
_METHODS = (".predict(", ".evaluate(", ".fit(")
_DATASETS = ("Dataset", "tfds")
_RUN = ("Dataset", "load_model", "load_weights(", "Sequential(", "Model(inputs", "restore(", ".step(", ".reset(")
"""A file that runs a model itself has its data, or its weights, from somewhere."""


def find(module: Module, hierarchy: Hierarchy) -> Iterator[Site]:
    """What stands outside of traced methods; nothing in tests, which run a few steps, often eagerly, on purpose.

    Nor where another backend is chosen: what is said holds of TensorFlow.
    """
    if is_test(module.path) or hierarchy.backend(module) != "tensorflow":
        return
    text = module.text
    if "run_eagerly" in text or "run_functions_eagerly" in text:
        yield from eager_switches(module, hierarchy.project)
    if "function" in text:
        yield from functions_on_call(module, hierarchy)
    yield from _around_models(module, hierarchy)


def _around_models(module: Module, hierarchy: Hierarchy) -> Iterator[Site]:
    """What holds of TensorFlow; the file is read for it only where one of its words is there."""

    def has(*words: str) -> bool:
        return any(word in module.text for word in words)

    code = functools.cache(lambda: HostCode(module, hierarchy))
    models = functools.cache(lambda: Models(code()))
    steps = functools.cache(lambda: StepCalls(code(), models()))
    if has("GradientTape"):
        yield from TrainLoops(code()).find()
    if has(*_FUNCTION):
        traced = TracedFunctions(code(), models())
        yield from traced.made_repeatedly()
        yield from traced.given_python_values()
    if has(*_METHODS):
        yield from steps().of_methods()
    if has(*_RUN):
        yield from steps().of_models()
    if has("set_weights(", ".assign"):
        yield from MovedWeights(code()).find()
    if has(".compile(", "apply_gradients"):
        yield from Renewals(code(), models(), steps()).find()
    if has(".map(") and has(".batch(", *_DATASETS):
        yield from RowMaps(code()).find()
