"""Losses and metrics, which only ``fit`` calls: run by themselves on guessed labels and outputs. In the worker."""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from flake8_keras_graph.measure import feeding, guessing
from flake8_keras_graph.measure.compiling import Compiler, Failure, failure
from flake8_keras_graph.measure.feeding import Feed

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

    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    feed: Feed
    where: str

    def describe(self) -> dict[str, Any]:
        """For the report; the labels and outputs are always guessed."""
        parts = [*map(repr, self.args), *(f"{key}={value!r}" for key, value in self.kwargs.items())]
        return {
            "constructor": f"({', '.join(parts)})", "where": self.where, "inputs": self.feed, "call": {},
            "batch_size": _BATCH, "guessed": True,
        }  # fmt: skip

    def step(self, cls: type) -> Callable[..., Any]:
        """(labels, outputs) -> the loss, or the metric's result after an update with them."""
        instance = cls(*self.args, **self.kwargs)

        def run(y_true: Any, y_pred: Any) -> Any:
            if not hasattr(instance, "update_state"):
                return instance(y_true, y_pred)
            instance.update_state(y_true, y_pred)
            return instance.result()

        return run


def find_score(cls: type, keras: Any, job: Mapping[str, Any]) -> Score:
    """The first way that runs eagerly. Raises what the first one raised."""
    import tensorflow as tf

    first: BaseException | None = None
    tf.config.run_functions_eagerly(True)
    try:
        for args, kwargs, where in _constructions(cls, keras, job):
            for feed in _FEEDS:
                score = Score(args, kwargs, feed, where)
                try:
                    score.step(cls)(**feeding.make(feed, _BATCH, job["seed"]))
                    return score
                except BaseException as error:
                    first = first or error
    finally:
        tf.config.run_functions_eagerly(False)
    raise first or TypeError("no way to construct it was found")


def _constructions(
    cls: type, keras: Any, job: Mapping[str, Any]
) -> Iterator[tuple[tuple[Any, ...], dict[str, Any], str]]:
    spec = job.get("spec")
    if spec and (spec.get("args") is not None or spec.get("kwargs") is not None):
        yield tuple(spec.get("args") or ()), dict(spec.get("kwargs") or {}), "pyproject.toml"
        return
    for found in job.get("constructions", ()):
        args, kwargs = ast.literal_eval(found["literal"])
        yield args, kwargs, found["where"]
    for kwargs in guessing.constructor_guesses(cls, keras):
        yield (), kwargs, "guessed from the parameters' names" if kwargs else "the defaults"


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
