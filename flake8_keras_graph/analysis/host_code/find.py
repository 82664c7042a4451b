"""Every site of one file's host code; the text is looked at first, as most files have none."""

from __future__ import annotations

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
from flake8_keras_graph.project.hierarchy import Hierarchy, backend_of
from flake8_keras_graph.project.index import Module

_TELLING = (
    ".predict(", ".evaluate(", ".fit(", "GradientTape", "function", "odel(", "weights", "optimizers", ".batch(",
)  # fmt: skip


def find(module: Module, hierarchy: Hierarchy) -> Iterator[Site]:
    """What stands outside of traced methods; nothing in tests, which run a few steps, often eagerly, on purpose."""
    if is_test(module.path):
        return
    text = module.text
    if "run_eagerly" in text or "run_functions_eagerly" in text:
        yield from eager_switches(module, hierarchy.project)
    if "function" in text:
        yield from functions_on_call(module, hierarchy)
    if not any(word in text for word in _TELLING) or backend_of(module) != "tensorflow":
        return
    code = HostCode(module, hierarchy)
    models = Models(code)
    if "GradientTape" in text:
        yield from TrainLoops(code).find()
    if "function" in text:
        traced = TracedFunctions(code, models)
        yield from traced.made_repeatedly()
        yield from traced.given_python_values()
    steps = StepCalls(code, models)
    yield from steps.of_methods()
    yield from steps.of_models()
    if "weights" in text or ".assign" in text:
        yield from MovedWeights(code).find()
    if ".compile(" in text or "apply_gradients" in text:
        yield from Renewals(code, models, steps).find()
    if ".map(" in text and ".batch(" in text:
        yield from RowMaps(code).find()
