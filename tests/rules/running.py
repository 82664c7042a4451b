"""Runs a page's example and finds out what became of it; every outcome of the vocabulary has its check here.

An example is written to a file, so that AutoGraph finds its source, with a counter before every marked line and at
the start of every function. It defines a Model, or a Layer (a Dense is put after it), or a function ``build``, or
makes ``model`` itself. Models are trained on batches of which the last is smaller, so that the batch dimension is
None, and at a learning rate of 0, so that results can be compared at any time.
"""

from __future__ import annotations

import ast
import collections
import contextlib
import importlib.util
import inspect
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import keras
import numpy as np
import pages
import pytest
import tensorflow as tf
import tf_keras

from flake8_keras_graph.measure.worker.run.graphs import GraphFacts, examine
from flake8_keras_graph.rules.page import OUTCOMES, Claim, Example

BATCH, ROWS, STEPS = 8, 20, 3
SCRIPT_STEPS = 6
X = np.random.default_rng(0).normal(size=(ROWS, 4)).astype("float32")
Y = np.ones((ROWS, 1), "float32")
_serial = itertools.count()


class _Counting(ast.NodeTransformer):
    """Puts ``_hit(key)`` before the lines given and at the start of every function."""

    def __init__(self, lines: set[int]) -> None:
        self.lines = lines

    def visit(self, node: ast.AST) -> Any:
        self.generic_visit(node)
        if isinstance(node, ast.FunctionDef):
            node.body.insert(0, _hit(node.name))
        if isinstance(node, ast.stmt) and not isinstance(node, (ast.Import, ast.ImportFrom)):
            decorators = getattr(node, "decorator_list", [])
            found = {node.lineno, *(each.lineno for each in decorators)} & self.lines
            if found:
                return [*(_hit(line) for line in found), node]
        return node


def _hit(key: str | int) -> ast.stmt:
    return ast.parse(f"_hit({key!r})").body[0]


@contextlib.contextmanager
def _watched_pipelines(count: Callable[[str], None]) -> Iterator[None]:
    """Count every data pipeline that is set up, as "pipeline"."""
    real = tf.data.Dataset.__iter__

    def counted(dataset: Any) -> Any:
        count("pipeline")
        return real(dataset)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tf.data.Dataset, "__iter__", counted)
        yield


class Running:
    """One example, loaded for the Keras that ``setting`` asks for."""

    def __init__(self, code: str, setting: str, folder: Path) -> None:
        self.setting = setting
        self.keras: Any = tf_keras if setting == "tf_keras" else keras
        self.hits: collections.Counter[str | int] = collections.Counter()
        lines = code.splitlines()
        self.marked = {number for number, line in enumerate(lines, 1) if "# KG" in line}
        self.unreached = {number for number, line in enumerate(lines, 1) if "# never reached" in line}
        self.runs_itself = "GradientTape" in code or (
            "\nmodel = " in code and ("\nfor " in code or ".compile(" not in code)
        )
        tree = _Counting(self.marked | self.unreached).visit(ast.parse(code))
        text = ast.unparse(ast.fix_missing_locations(tree)) + "\n"
        self.namespace = self._load(pages.for_tf_keras(text) if setting == "tf_keras" else text, folder)

    def _load(self, text: str, folder: Path) -> ModuleType:
        path = folder / f"example_{next(_serial)}.py"
        path.write_text(text, encoding="utf-8")
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)

        @tf.autograph.experimental.do_not_convert
        def count(key: str | int) -> None:
            self.hits[key] += 1

        module._hit = count  # type: ignore[attr-defined]
        with _watched_pipelines(count):
            spec.loader.exec_module(module)
        return module

    def made(self, base: type) -> type | None:
        classes = [item for item in vars(self.namespace).values() if isinstance(item, type)]
        return next((item for item in reversed(classes) if issubclass(item, base)), None)

    def model(self) -> Any:
        space = vars(self.namespace)
        if "model" in space:
            return space["model"]
        if "build" in space:
            return space["build"]()
        made = self.made(self.keras.Model)
        if made is not None:
            return made()
        layer = self.made(self.keras.layers.Layer)
        assert layer is not None
        return self.keras.Sequential([layer(), self.keras.layers.Dense(1)])

    def compile(self, model: Any) -> None:
        if "model" in vars(self.namespace):
            return
        if self.setting == "eager":
            model(X[:BATCH])
        model.compile(
            self.keras.optimizers.SGD(0.0),
            "mse",
            jit_compile=self.setting == "xla",
            run_eagerly=self.setting == "eager",
        )

    def fit(self, model: Any, epochs: int = 1, rows: int = ROWS) -> list[float]:
        x, y = X[:rows], Y[:rows]
        history = model.fit(x, y, batch_size=BATCH, epochs=epochs, verbose=0, shuffle=False)
        return list(history.history["loss"])

    def trained(self) -> Any:
        model = self.model()
        if not self.runs_itself:
            self.compile(model)
            self.fit(model)
        return model

    def predict(self, model: Any, x: Any = X) -> Any:
        return model.predict(x, batch_size=BATCH, verbose=0)

    def eagerly(self, model: Any, x: Any = X) -> Any:
        return np.concatenate([np.array(model(x[start : start + BATCH])) for start in range(0, ROWS, BATCH)])


def check(example: Example, claim: Claim, folder: Path) -> None:
    """Fail unless the example does what the claim says; the failure says in the words of pages what it does."""
    try:
        _require(example, claim, folder)
    except (Exception, pytest.fail.Exception) as error:
        told = (
            "" if isinstance(error, (AssertionError, pytest.fail.Exception)) else f"\n  stopped by {_first_line(error)}"
        )
        seen = "".join(f"\n  seen: {each}" for each in seen_instead(example, claim.setting, folder))
        pytest.fail(
            f"{claim.setting}: the page claims {_meaning(claim.outcome, claim.error)}{seen}{told}", pytrace=False
        )


def seen_instead(example: Example, setting: str, folder: Path) -> list[str]:
    """Everything that may be claimed of the example in that setting: outcomes, and what they mean."""
    try:
        Running(example.code, setting, folder).trained()
    except Exception as error:
        return [f"{_meaning('raises', type(error).__name__)}: {_first_line(error)}"]
    return [_meaning(outcome) for outcome in _CHECKS if holds(example, Claim(setting, outcome), folder)]


def holds(example: Example, claim: Claim, folder: Path) -> bool:
    """Whether the example does what the claim says."""
    try:
        _require(example, claim, folder)
    except (Exception, pytest.fail.Exception):
        return False
    return True


def _meaning(outcome: str, error: str = "") -> str:
    return f"{outcome} {error}".rstrip() + f" ({OUTCOMES[outcome]})"


def _first_line(error: BaseException) -> str:
    return f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}"


def _require(example: Example, claim: Claim, folder: Path) -> None:
    """Raises AssertionError, or whatever stops the example, unless it does what the claim says."""
    running = Running(example.code, claim.setting, folder)
    if claim.outcome == "raises":
        _raises(running, claim.error)
    else:
        _CHECKS[claim.outcome](running, example, folder)


def _raises(running: Running, error: str) -> None:
    with pytest.raises(Exception) as caught:  # noqa: PT011
        running.trained()
    assert type(caught.value).__name__ == error, str(caught.value)


def _runs(running: Running, example: Example, folder: Path) -> None:
    running.trained()


def _silent(running: Running, example: Example, folder: Path) -> None:
    running.trained()
    assert all(running.hits[line] for line in running.marked)
    assert running.unreached
    assert not any(running.hits[line] for line in running.unreached)


def _staged(running: Running, example: Example, folder: Path) -> None:
    model = running.trained()
    for x in (X, -X, X * 0.01):
        assert np.allclose(running.predict(model, x), running.eagerly(model, x), atol=1e-5)


def _losses(running: Running) -> set[float]:
    model = running.model()
    running.compile(model)
    return set(running.fit(model, epochs=4))


def _frozen(running: Running, example: Example, folder: Path) -> None:
    assert len(_losses(running)) == 1


def _fresh(running: Running, example: Example, folder: Path) -> None:
    assert len(_losses(running)) == 4


def _new_hits(running: Running) -> collections.Counter[str | int]:
    """What one more ``fit`` of STEPS steps adds, after a first."""
    model = running.trained()
    before = collections.Counter(running.hits)
    running.fit(model)
    return running.hits - before


def _once_per_trace(running: Running, example: Example, folder: Path) -> None:
    new = _new_hits(running)
    assert all(running.hits[line] for line in running.marked)
    assert not any(new[line] for line in running.marked)


def _require_fewer_runs(running: Running, example: Example, folder: Path) -> None:
    """A function of the script that Python runs at every step, and no more than while tracing in the good example."""
    better = Running(example.instead, running.setting, folder)
    runs = {name: (count, better.hits[name]) for name, count in running.hits.items() if isinstance(name, str)}
    assert any(0 < few < SCRIPT_STEPS <= many for many, few in runs.values()), runs


def _sets_up_at_every_step(running: Running, example: Example, folder: Path) -> None:
    better = Running(example.instead, running.setting, folder)
    assert better.hits["pipeline"] < SCRIPT_STEPS <= running.hits["pipeline"]


def _map_runs(running: Running) -> int:
    """How many elements the ``map`` of the dataset called ``data`` is given."""
    dataset: Any = running.namespace.data
    while "Map" not in type(dataset).__name__:
        dataset = dataset._input_dataset
    return int(dataset._input_dataset.cardinality())


def _row_by_row(running: Running, example: Example, folder: Path) -> None:
    better = Running(example.instead, running.setting, folder)
    assert _map_runs(running) > _map_runs(better)
    for ours, theirs in zip(running.namespace.data, better.namespace.data, strict=True):
        assert np.array_equal(ours, theirs)


def _runs_in_parallel(running: Running) -> bool:
    """Whether the ``map`` of the dataset called ``data`` is given several elements at once."""
    dataset: Any = running.namespace.data
    while "Map" not in type(dataset).__name__:
        dataset = dataset._input_dataset
    return "Parallel" in type(dataset).__name__


def _one_after_another(running: Running, example: Example, folder: Path) -> None:
    better = Running(example.instead, running.setting, folder)
    assert _runs_in_parallel(better)
    assert not _runs_in_parallel(running)
    for ours, theirs in zip(running.namespace.data, better.namespace.data, strict=True):
        assert np.array_equal(ours, theirs)


def _every_step(running: Running, example: Example, folder: Path) -> None:
    if running.runs_itself:
        _require_fewer_runs(running, example, folder)
        return
    new = _new_hits(running)
    marked = sum(new[line] for line in running.marked)
    assert (marked or new["call"]) == STEPS


def _calls_python(running: Running, example: Example, folder: Path) -> None:
    new = _new_hits(running)
    assert not any(new[line] for line in running.marked)
    called = {key: count for key, count in new.items() if isinstance(key, str)}
    assert list(called.values()) == [STEPS], called


def _acts(running: Running, example: Example, folder: Path) -> None:
    new = _new_hits(running)
    assert all(running.hits[line] for line in running.marked)
    assert not any(new[line] for line in running.marked)
    assert _acting(running)


def _acting(running: Running) -> list[str]:
    """Operations of the forward pass that are there for what they do, which is whenever it runs: none uses a result."""
    model = running.model()
    model(X[:BATCH])
    function = tf.function(model, autograph=running.setting == "tf_keras")
    graph = function.get_concrete_function(tf.TensorSpec((None, 4), tf.float32)).graph
    return [
        operation.type
        for operation in graph.get_operations()
        if operation.op_def.is_stateful
        and operation.type not in {"NoOp", "Placeholder", "ReadVariableOp"}
        and not any(output.consumers() for output in operation.outputs)
    ]


def _tensors_kept(model: Any) -> list[Any]:
    return [value for value in vars(model).values() if isinstance(value, tf.Tensor)]


def _leaks(running: Running, example: Example, folder: Path) -> None:
    kept = _tensors_kept(running.trained())
    assert kept
    with pytest.raises((AttributeError, NotImplementedError, TypeError)):
        np.array(kept[0].numpy())


def _keeps_the_value(running: Running, example: Example, folder: Path) -> None:
    kept = _tensors_kept(running.trained())
    assert kept
    assert all(np.isfinite(value.numpy()).all() for value in kept)


def _changed_later(running: Running) -> tuple[bool, bool]:
    """Whether ``predict``, and whether a call, gives something else after the model's own methods have run."""
    model = running.trained()
    before, called = running.predict(model), running.eagerly(model)
    for name, method in vars(type(model)).items():
        if inspect.isfunction(method) and name not in {"__init__", "build", "call"}:
            getattr(model, name)()
    after, called_after = running.predict(model), running.eagerly(model)
    return not np.allclose(before, after), not np.allclose(called, called_after)


def _stale(running: Running, example: Example, folder: Path) -> None:
    assert _changed_later(running) == (False, True)


def _up_to_date(running: Running, example: Example, folder: Path) -> None:
    assert _changed_later(running) == (True, True)


def _differs_from_eager(running: Running, example: Example, folder: Path) -> None:
    model = running.trained()
    assert not np.allclose(running.predict(model), running.eagerly(model), atol=1e-3)


def graph(running: Running, training: bool) -> tuple[GraphFacts, Any]:
    """The forward pass and its gradient as ``fit`` traces them, and the shape of the result."""
    model = running.model()
    model(X[:BATCH])

    @tf.function(autograph=running.setting == "tf_keras")
    def step(x: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = model(x, training=training)
        return y, tape.gradient(y, [x, *(getattr(weight, "_value", weight) for weight in model.trainable_variables)])

    concrete = step.get_concrete_function(tf.TensorSpec((None, 4), tf.float32))
    handles = [getattr(item, "_value", item).handle for item in model.variables]
    labels = {id(handle): f"variable {number}" for number, handle in enumerate(handles)}
    return examine(concrete, labels), concrete.output_shapes[0]


def _graphs(running: Running, example: Example, folder: Path) -> Iterator[tuple[Any, Any]]:
    better = Running(example.instead, running.setting, folder)
    for training in (False, True) if "training" in example.code else (True,):
        yield graph(running, training), graph(better, training)


def _same_graph(running: Running, example: Example, folder: Path) -> None:
    for (ours, _), (theirs, _) in _graphs(running, example, folder):
        assert ours.digest is not None
        assert ours.digest == theirs.digest


def _larger_graph(running: Running, example: Example, folder: Path) -> None:
    for (ours, shape), (theirs, other) in _graphs(running, example, folder):
        assert shape.as_list() == other.as_list()
        assert sum(ours.operations.values()) > sum(theirs.operations.values())


def _retraces(running: Running, example: Example, folder: Path) -> None:
    if running.runs_itself:  # Python runs a function while it is traced
        _require_fewer_runs(running, example, folder)
        return
    if running.setting == "eager":
        new = _new_hits(running)
        made = {key: count for key, count in new.items() if isinstance(key, str) and key != "call"}
        assert list(made.values()) == [STEPS], made
        return
    model = running.model()
    model(X[:BATCH])
    function = tf.function(model, autograph=False)
    variations = list(_variations(running, model))
    for _ in range(2):
        for x, keywords in variations:
            function(tf.constant(x), **keywords)
    assert function.experimental_get_tracing_count() == len(variations)


def _variations(running: Running, model: Any) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Arguments that a caller may vary: flags, texts that the code compares with, else the shape."""
    parameters = list(inspect.signature(type(model).call).parameters.values())[2:]
    texts = {
        node.value
        for compared in ast.walk(ast.parse(inspect.getsource(running.namespace)))
        if isinstance(compared, ast.Compare)
        for node in ast.walk(compared)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    for parameter in parameters:
        choices = {False, True} if isinstance(parameter.default, bool) else texts | {parameter.default}
        for value in sorted(choices):
            yield X[:BATCH], {parameter.name: value}
    if not parameters:
        yield X[:BATCH], {}
        yield X[:BATCH, :3], {}


_CHECKS: dict[str, Callable[[Running, Example, Path], None]] = {
    "runs": _runs,
    "silent": _silent,
    "staged": _staged,
    "frozen": _frozen,
    "fresh": _fresh,
    "once per trace": _once_per_trace,
    "every step": _every_step,
    "row by row": _row_by_row,
    "one after another": _one_after_another,
    "sets up at every step": _sets_up_at_every_step,
    "calls Python": _calls_python,
    "acts at every step": _acts,
    "leaks": _leaks,
    "keeps the value": _keeps_the_value,
    "stale": _stale,
    "up to date": _up_to_date,
    "differs from eager": _differs_from_eager,
    "same graph": _same_graph,
    "larger graph": _larger_graph,
    "retraces": _retraces,
}
