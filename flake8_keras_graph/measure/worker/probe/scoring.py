"""Losses and metrics, which only ``fit`` calls: run by themselves on guessed labels and outputs. In the worker."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from flake8_keras_graph.measure.class_uses import from_message, symbol_of
from flake8_keras_graph.measure.tables import is_tensor_table
from flake8_keras_graph.measure.worker.build import feeding, parameters
from flake8_keras_graph.measure.worker.build.arguments import Arguments, Namespace, fixed, written
from flake8_keras_graph.measure.worker.build.feeding import Feed
from flake8_keras_graph.measure.worker.run.compiling import Compiler, Failure, failure

_BATCH = 4
_UNIT = {"low": 0, "high": 1}
# Labels and outputs, the likeliest first: of one shape, class numbers with scores, single numbers, images.
_FEEDS: tuple[Feed, ...] = (
    {"y_true": {"shape": [3], **_UNIT}, "y_pred": {"shape": [3], **_UNIT}},
    {"y_true": {"shape": [1], "dtype": "int32", "low": 0, "high": 3}, "y_pred": {"shape": [3], **_UNIT}},
    {"y_true": {"shape": [], "dtype": "int32", "low": 0, "high": 3}, "y_pred": {"shape": [3], **_UNIT}},
    {"y_true": {"shape": [1], **_UNIT}, "y_pred": {"shape": [1], **_UNIT}},
    {"y_true": {"shape": [8, 8, 3], **_UNIT}, "y_pred": {"shape": [8, 8, 3], **_UNIT}},
)


@dataclasses.dataclass(frozen=True, slots=True)
class Score:
    """One way to construct and feed a loss or a metric that was seen to work."""

    arguments: Arguments
    feed: Feed
    guessed: bool

    def describe(self) -> dict[str, Any]:
        """For the report."""
        return {
            "constructor": self.arguments.text, "where": self.arguments.where, "inputs": self.feed, "call": {},
            "batch_size": _BATCH, "guessed": self.guessed,
        }  # fmt: skip

    def step(self, cls: type) -> Callable[..., Any]:
        """(labels, outputs) -> the loss, or the metric's result after an update with them."""
        instance = self.arguments.instance(cls)

        def run(y_true: Any, y_pred: Any) -> Any:
            if not hasattr(instance, "update_state"):
                return instance(y_true, y_pred)
            instance.update_state(y_true, y_pred)
            return instance.result()

        return run


def find_score(cls: type, keras: Any, job: Mapping[str, Any], namespace: Namespace) -> Score:
    """The first way that runs eagerly. Raises what the first one raised."""
    import tensorflow as tf

    first: BaseException | None = None
    tf.config.run_functions_eagerly(True)
    try:
        given = _given_feed(job)
        for arguments in _constructions(cls, keras, job, namespace):
            for feed in [given] if given is not None else _FEEDS:
                score = Score(arguments, feed, arguments.guessed or given is None)
                try:
                    score.step(cls)(**feeding.make(feed, _BATCH, job["seed"]))
                    return score
                except BaseException as error:
                    first = first or error
    finally:
        tf.config.run_functions_eagerly(False)
    raise first or TypeError("no way to construct it was found")


def _given_feed(job: Mapping[str, Any]) -> Feed | None:
    """What pyproject.toml says: ``inputs`` with both by name, or the outputs, with ``labels`` beside them."""
    spec = job.get("spec") or {}
    inputs, labels = spec.get("inputs"), spec.get("labels")
    if isinstance(inputs, Mapping) and not is_tensor_table(inputs) and len(inputs) == 2:
        y_true, y_pred = inputs.values()  # in the order of the method's parameters, whatever it calls them
        return {"y_true": y_true, "y_pred": y_pred}
    if is_tensor_table(inputs):
        return {"y_true": labels if is_tensor_table(labels) else inputs, "y_pred": inputs}
    return None


def _constructions(cls: type, keras: Any, job: Mapping[str, Any], namespace: Namespace) -> Iterator[Arguments]:
    spec = job.get("spec")
    if spec and (spec.get("args") is not None or spec.get("kwargs") is not None):
        yield fixed(spec.get("args") or (), spec.get("kwargs") or {}, "pyproject.toml")
        return
    for found in job.get("constructions", ()):
        yield written(found, namespace)
    yield from parameters.constructor_guesses(cls, keras, from_message(job["classes"]).get(symbol_of(cls)))


def runs(score: Score, cls: type, seed: int) -> Iterator[Callable[[], Any]]:
    """Eager runs over the distributions of values, to be recorded."""
    step = score.step(cls)
    for number, profile in enumerate(feeding.PROFILES):
        given = feeding.make(score.feed, _BATCH, seed + number, profile)
        yield lambda given=given: step(**given)  # type: ignore[misc]


def compile_score(score: Score, cls: type, compiler: Compiler, files: Sequence[str]) -> Failure | None:
    """How it fails where ``fit`` compiles it."""
    signature = feeding.signature(score.feed)
    try:
        function = compiler.as_function(score.step(cls), "graph")
        function.get_concrete_function(**signature)
    except BaseException as error:
        return failure(error, files)
    return None
