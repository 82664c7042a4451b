"""What a loop makes anew that it could keep: compiled models, optimizers, whole models."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Set
from typing import Literal

from flake8_keras_graph import knowledge
from flake8_keras_graph.analysis.host_code.loops import LoopReading, reading_of
from flake8_keras_graph.analysis.host_code.models import Models
from flake8_keras_graph.analysis.host_code.scopes import HostCode, Scope
from flake8_keras_graph.analysis.host_code.step_calls import StepCalls
from flake8_keras_graph.analysis.sites import Renewed
from flake8_keras_graph.project.index import path_of

What = Literal["compile", "optimizer", "build", ""]
_TRAINS = {"fit", "fit_generator", "train_on_batch"}
_RUNS = {"fit", "predict", "evaluate", "train_on_batch", "predict_on_batch", "fit_generator"}


class Renewals:
    """Finds them in one file."""

    def __init__(self, code: HostCode, models: Models, steps: StepCalls) -> None:
        self.code = code
        self.models = models
        self.steps = steps

    def find(self) -> Iterator[Renewed]:
        """``compile`` of a model that stays, an optimizer for one, a model that is made and run, in long loops."""
        for call in self.code.calls:
            loops = self.code.loops_around(call)
            if not loops:
                continue
            scope = self.code.scope_of(call)
            reading = reading_of(self.code, loops[0], scope)
            if reading.is_short() or self.code.may_be_traced(scope) or self.steps.is_rare(call, reading.loop):
                continue
            name, what = self._renewed(call, scope, reading)
            if what:
                yield Renewed(self.code.span(call), self.code.symbol(scope), name, what)

    def _renewed(self, call: ast.Call, scope: Scope, reading: LoopReading) -> tuple[str, What]:
        if isinstance(call.func, ast.Attribute) and call.func.attr == "compile":
            model = path_of(call.func.value)
            given = [*call.args, *(each.value for each in call.keywords)]
            stays = bool(model) and not any(_touches(model, bound) for bound in reading.bound)
            if stays and self.models.certainty(call.func.value, scope) and not any(map(reading.reads_bound, given)):
                return (model, "compile") if _runs(reading, model) else ("", "")
            return "", ""
        if self._is_model_made(call, scope, reading):
            return path_of(self.code.parents[call].targets[0]), "build"  # type: ignore[attr-defined]
        if knowledge.is_optimizer(self.code.canonical(call.func)):
            return self._optimizer(call, reading)
        return "", ""

    def _is_model_made(self, call: ast.Call, scope: Scope, reading: LoopReading) -> bool:
        """``net = build()`` of a model that the loop fits, where nothing is cleared meanwhile."""
        holder = self.code.parents[call]
        if not isinstance(holder, ast.Assign) or len(holder.targets) != 1 or not self.models.made(call, scope):
            return False
        name = path_of(holder.targets[0])
        clears = any(isinstance(node, ast.Attribute) and node.attr == "clear_session" for node in reading.nodes)
        loads = path_of(call.func).rpartition(".")[2].startswith("load")
        return bool(name) and not clears and not loads and _runs(reading, name, _TRAINS)

    def _optimizer(self, call: ast.Call, reading: LoopReading) -> tuple[str, What]:
        """An optimizer, made anew, whose ``apply_gradients`` the loop calls on variables that stay."""
        holder = self.code.parents[call]
        if not isinstance(holder, ast.Assign) or any(reading.reads_bound(each) for each in ast.iter_child_nodes(call)):
            return "", ""
        name = path_of(holder.targets[0])
        for node in reading.nodes:
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "apply_gradients"
                and path_of(node.func.value) == name
            ):
                inner = self.code.loops_around(node)
                return (name, "optimizer") if inner and inner[0] is reading.loop else ("", "")
        return "", ""


def _runs(reading: LoopReading, model: str, methods: Set[str] = _RUNS) -> bool:
    """Whether the loop itself calls one of ``methods`` of the model."""
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in methods
        and path_of(node.func.value) == model
        for node in reading.nodes
    )


def _touches(model: str, bound: str) -> bool:
    return model == bound or model.startswith(f"{bound}.") or bound.startswith(f"{model}.")
