"""Calls of a model, on a row or a batch at a time, in loops that Python runs: ``predict`` and others, and its own."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator

from flake8_keras_graph.analysis.host_code.loops import LoopReading, reading_of, reads
from flake8_keras_graph.analysis.host_code.models import Models
from flake8_keras_graph.analysis.host_code.rows import Amount, amount
from flake8_keras_graph.analysis.host_code.scopes import HostCode, Scope
from flake8_keras_graph.analysis.sites import EagerCall, StepCall
from flake8_keras_graph.project.index import path_of

_METHODS = {"predict", "evaluate", "fit"}
_SEEN_RARELY = ("plot", "show", "debug", "verbose", "log", "display", "visual", "summar", "save", "sample_interval")
_INTERACTIVE = {"input", "raw_input"}


class StepCalls:
    """Finds them in one file."""

    def __init__(self, code: HostCode, models: Models) -> None:
        self.code = code
        self.models = models

    def of_methods(self) -> Iterator[StepCall]:
        """``model.predict(row)`` and the like, at every iteration of a loop."""
        for call in self.code.calls:
            if not isinstance(call.func, ast.Attribute) or call.func.attr not in _METHODS or not call.args:
                continue
            scope = self.code.scope_of(call)
            if self.code.may_be_traced(scope) or not self.models.is_called_as_one(call, scope):
                continue
            if call.func.attr == "fit" and not _fits_once(call):
                continue
            found = self._step(call, call.func.value, scope)
            if found is not None:
                held, is_one, within = found
                yield StepCall(
                    self.code.span(call), self.code.symbol(scope), path_of(call.func.value) or "the model",
                    call.func.attr, held, is_one, within,
                )  # fmt: skip

    def of_models(self) -> Iterator[EagerCall]:
        """``model(row)`` at every iteration of a loop, where nothing compiles it."""
        module = self.code.module
        known = {*module.imports, *module.classes, *module.functions}  # none is a model
        for call in self.code.calls:
            if not isinstance(call.func, (ast.Name, ast.Attribute)) or not call.args:
                continue
            path = path_of(call.func)
            root = path.partition(".")[0]
            if not path or root in known or hasattr(builtins, root) or not self._may_be_repeated(call):
                continue
            scope = self.code.scope_of(call)
            if not self._is_model(call, scope) or self.code.may_be_traced(scope):
                continue
            if self._is_compiled(call.func, scope) or self._is_symbolic(call, scope) or self._under_tape(call):
                continue
            found = self._step(call, call.func, scope)
            if found is not None:
                held, is_one, within = found
                yield EagerCall(self.code.span(call), self.code.symbol(scope), path, held, is_one, within)

    def _is_model(self, call: ast.Call, scope: Scope) -> bool:
        """Whether a Keras model is called: known from where it was made, or told to be one and not in training."""
        if self.models.made(call.func, scope):
            return True
        training = [each.value for each in call.keywords if each.arg == "training"]
        told = any(isinstance(each, ast.Constant) and each.value is False for each in training)
        return told and bool(self.models.certainty(call.func, scope))

    def _may_be_repeated(self, call: ast.Call) -> bool:
        """Whether a loop is around it, or around calls of a function that holds it."""
        scope = self.code.scope_of(call)
        return bool(self.code.loops_around(call)) or bool(scope.name and self.code.callers.get(scope))

    def _step(self, call: ast.Call, model: ast.expr, scope: Scope) -> tuple[Amount, bool, str] | None:
        """What a call is given at each iteration, whether one call could take all, and the function that a loop calls.

        None where it is not called step by step.
        """
        loops = self.code.loops_around(call)
        readings = [reading_of(self.code, loop, scope) for loop in loops]
        chosen = next((place for place, each in enumerate(readings) if not each.is_short()), None)
        path = path_of(model)
        if chosen is None:
            return self._in_called_function(call, scope) if not loops else None
        inner = readings[: chosen + 1]
        if any(path and any(_same_or_part(path, bound) for bound in each.bound) for each in inner):
            return None  # another model each time
        reading = readings[chosen]
        if self.is_rare(call, reading.loop) or self._waits_for_people(reading):
            return None
        changed = reading.bound | reading.results_of(call)
        if not any(reads(each, changed) for each in call.args):
            return None
        held = self._amount(call, scope, inner)
        if not held:
            return None
        is_one = not isinstance(reading.loop, ast.While) and not reading.changes_models()
        return held, is_one and not any(each.depends_on_result(call) for each in inner), ""

    def _in_called_function(self, call: ast.Call, scope: Scope) -> tuple[Amount, bool, str] | None:
        """The call stands in a function of a name of its own that a loop of the file calls, with what it is given."""
        if not scope.name or scope.name.startswith("__") or len(self.code.functions[scope.name]) != 1:
            return None
        if self.is_rare(call, scope.node):
            return None
        parameters = {each.arg for each in scope.parameters if each.arg != scope.self_name}
        if not parameters:
            return None
        for caller in self.code.callers.get(scope, ()):
            around = self.code.scope_of(caller)
            for loop in self.code.loops_around(caller):
                reading = reading_of(self.code, loop, around)
                if reading.is_short() or self.is_rare(caller, loop) or self._waits_for_people(reading):
                    continue
                if self._under_tape(caller):  # that is a training loop
                    continue
                given = [*caller.args, *(each.value for each in caller.keywords)]
                if not any(reading.reads_bound(each) for each in given):
                    continue
                held = self._amount(call, scope, [])
                passed_on = path_of(call.args[0]) in parameters
                if not held and passed_on and any(self._from_environment(each, reading, around) for each in given):
                    held = "row"
                if held:
                    return held, False, scope.name
        return None

    def _amount(self, call: ast.Call, scope: Scope, readings: list[LoopReading]) -> Amount:
        given = call.args[0]
        reading = readings[-1] if readings else None
        seen: list[LoopReading | None] = [*readings] or [None]
        for each in seen:
            if found := amount(self.code, given, scope, each):
                return found
        if any(each.arg == "batch_size" and _is_number(each.value, 1) for each in call.keywords):
            return "row"
        if self._takes_the_first(call, scope):
            return "row"
        if reading is None:
            return ""
        if self._from_environment(given, reading, scope) or self._stands_by_a_row(given, call, scope, reading):
            return "row"
        if any(self._goes_over_batches(given, each, scope) for each in readings):
            return "batch"
        return ""

    def _takes_the_first(self, call: ast.Call, scope: Scope) -> bool:
        """Whether of what ``predict`` gives the only row is taken: ``model.predict(x)[0]``, at once or by its name."""
        holder = self.code.parents.get(call)
        if isinstance(holder, ast.Subscript) and holder.value is call:
            return _is_number(holder.slice, 0)
        if (
            not isinstance(holder, ast.Assign)
            or len(holder.targets) != 1
            or not isinstance(holder.targets[0], ast.Name)
        ):
            return False
        name = holder.targets[0].id
        uses = [
            self.code.parents[node]
            for node in self.code.nodes[ast.Name]
            if node.id == name and isinstance(node.ctx, ast.Load) and self.code.scope_of(node) is scope
        ]
        taken = [use for use in uses if isinstance(use, ast.Subscript) and isinstance(use.ctx, ast.Load)]
        return bool(taken) and len(taken) == len(uses) and all(_is_number(use.slice, 0) for use in taken)

    def _stands_by_a_row(self, node: ast.expr, call: ast.Call, scope: Scope, reading: LoopReading) -> bool:
        """Whether it is a variable of a loop of which another is known to be one row."""
        if path_of(node) not in reading.target:
            return False
        return any(
            isinstance(other, ast.Call)
            and other is not call
            and isinstance(other.func, ast.Attribute)
            and other.func.attr in _METHODS
            and other.args
            and path_of(other.args[0]) in reading.target
            and self._takes_the_first(other, scope)
            for other in reading.nodes
        )

    def _from_environment(self, node: ast.expr, reading: LoopReading, scope: Scope) -> bool:
        """Whether it is what an environment gave: ``state, reward, done, _ = env.step(action)``."""
        path = path_of(node)
        if not path:
            return False
        bound = [value for value, _ in self.code.bindings.get((scope, path), ())]
        return any(
            isinstance(value, ast.Call)
            and isinstance(value.func, ast.Attribute)
            and value.func.attr == "step"
            and "env" in path_of(value.func.value).lower()
            for value in bound
        )

    def _goes_over_batches(self, node: ast.expr, reading: LoopReading, scope: Scope) -> bool:
        """Whether it is a variable of a loop over batches of data."""
        path = path_of(node)
        if not path or path not in reading.target or reading.iterated is None:
            return False
        if "batch" in path.lower() and not path.lower().endswith("batches"):
            return True
        return self._is_called_a_dataset(reading.iterated) or self._is_dataset(reading.iterated, scope)

    def _is_called_a_dataset(self, node: ast.expr) -> bool:
        """``test_ds``, ``dataset.take(5)``, ``enumerate(loader)``: a name of one source of batches."""
        while isinstance(node, ast.Call):
            inner = node.func.value if isinstance(node.func, ast.Attribute) else next(iter(node.args), None)
            if inner is None:
                return False
            node = inner
        last = path_of(node).rpartition(".")[2].lower()
        return last in {"ds", "dataset", "batches"} or last.endswith(("_ds", "dataset", "_loader", "_batches"))

    def _is_dataset(self, node: ast.expr, scope: Scope, depth: int = 0) -> bool:
        if isinstance(node, ast.Call):
            name = self.code.canonical(node.func)
            if name.startswith("tf.data.") or name.endswith("image_dataset_from_directory"):
                return True
            if name.rpartition(".")[2] in {"enumerate", "tqdm", "iter"} and node.args:
                return self._is_dataset(node.args[0], scope, depth)
            if isinstance(node.func, ast.Attribute) and depth < 20:
                return self._is_dataset(node.func.value, scope, depth + 1)
            return False
        return depth < 20 and any(
            value is not node and self._is_dataset(value, at, depth + 5)
            for value, at in self.models.values(node, scope)
        )

    def is_rare(self, node: ast.AST, loop: ast.AST) -> bool:
        """Whether a test in the loop lets few iterations through: every so often, at the end, to show something."""
        inner: ast.AST = node
        for holder in self.code.around(node):
            if holder is loop:
                return False
            if isinstance(holder, ast.If) and inner is not holder.test:
                text = ast.unparse(holder.test).lower()
                if "%" in text or any(word in text for word in _SEEN_RARELY):
                    return True
            if isinstance(holder, ast.ExceptHandler):
                return True
            inner = holder
        return False

    def _waits_for_people(self, reading: LoopReading) -> bool:
        return any(
            isinstance(node, ast.Call) and path_of(node.func).rpartition(".")[2] in _INTERACTIVE
            for node in reading.nodes
        )

    def _under_tape(self, call: ast.Call) -> bool:
        """Whether gradients are taken of the call, here or in the loop: that is a training loop's own finding."""
        return any(
            isinstance(holder, ast.With)
            and any(self.code.canonical(item.context_expr).endswith("GradientTape") for item in holder.items)
            for holder in self.code.around(call)
        )

    def _is_compiled(self, model: ast.expr, scope: Scope) -> bool:
        """Whether the model, or its ``call``, is put under tf.function somewhere in the file."""
        path = path_of(model)
        info = self.models.class_of(model, scope)
        method = self.code.hierarchy.method(info, "call") if info is not None else None
        if method is not None and any(each.rpartition(".")[2] == "function" for each in method.decorators):
            return True
        return any(
            isinstance(node.ctx, ast.Store)
            and node.attr == "call"
            and path_of(node.value).rpartition(".")[2] == path.rpartition(".")[2]
            for node in self.code.nodes[ast.Attribute]
        )

    def _is_symbolic(self, call: ast.Call, scope: Scope) -> bool:
        """Whether a functional model is put together there: what is called is called once, on symbolic tensors."""
        at: Scope | None = scope
        names = {"Input", "InputLayer", "KerasTensor"}
        while at is not None and at.name:
            for other in self.code.calls:
                if path_of(other.func).rpartition(".")[2] in names and self.code.scope_of(other) is at:
                    return True
            at = at.outer
        return False


def _fits_once(call: ast.Call) -> bool:
    """Whether ``fit`` is asked for one epoch only, as it is where nothing is said."""
    epochs = next((each.value for each in call.keywords if each.arg in {"epochs", "nb_epoch"}), None)
    return epochs is None or _is_number(epochs, 1)


def _is_number(node: ast.expr, number: int) -> bool:
    return isinstance(node, ast.Constant) and node.value == number and type(node.value) is int


def _same_or_part(path: str, bound: str) -> bool:
    return path == bound or path.startswith(f"{bound}.")
