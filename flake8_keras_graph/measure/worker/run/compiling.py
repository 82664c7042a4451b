"""Compile a step as ``fit`` does, with AutoGraph and with XLA, and say what came of it. Runs in the worker."""

from __future__ import annotations

import dataclasses
import re
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flake8_keras_graph import wording
from flake8_keras_graph.measure.worker.run.graphs import GraphFacts, examine
from flake8_keras_graph.records import Mode

Step = Any
"""A function of a feed (and labels): plain Python, or what ``tf.function`` makes of it."""


_PLACE_IN_GRAPH = re.compile(r"\s*(File \".*|<stack traces unavailable>|Node: .*|Detected at node .*)$")
_ROOT_ERROR = re.compile(r"\s+\(\d+\) (\w+: +)?")
_NAMES_OF_FUNCTIONS = re.compile(r"\{\{\w+ [^{}]*\}\} |__inference_\w+\[[^\]]*\] ?|__inference_\w+ ")


_COLOURS = re.compile(r"\x1b\[[0-9;]*m")  # of Keras, whose messages are for a terminal


@dataclasses.dataclass(frozen=True, slots=True)
class Failure:
    """An exception: its type, the first line that says something, and the line of the file it passed last."""

    type: str
    message: str
    line: int | None

    def __str__(self) -> str:
        return wording.raised(self.type, self.line, self.message)


def failure(
    error: BaseException, files: Sequence[str], original_lines: Mapping[tuple[str, int], int] | None = None
) -> Failure:
    """What to report of an exception; ``files`` are the names under which the target's code was compiled.

    ``original_lines`` holds (file, line) of copies whose lines are not those of the file.
    """
    known = original_lines or {}
    lines = [
        known.get((frame.filename, frame.lineno or 0), frame.lineno)
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename in files
    ]
    text = str(error)
    if not lines:  # AutoGraph and the executor name the place in the message only
        for shown, number in re.findall(r'File "([^"]+)", line (\d+)', text):
            name = next((each for each in files if each == shown or each.endswith(f"/{shown}")), None)
            if name is not None:  # XLA leaves out the folders that all files have in common
                lines.append(known.get((name, int(number)), int(number)))
    return Failure(type(error).__name__, _first_line(text) or type(error).__name__, lines[-1] if lines else None)


def _first_line(text: str) -> str:
    """The first sentence of the message that is not about where the user's code is, nor what the runtime calls it."""
    text = _of_the_operation(_COLOURS.sub("", _NAMES_OF_FUNCTIONS.sub("", text)))
    skip = re.compile(r'^(in user code:|File ".*|Exception encountered when calling .*|\W*)$')
    lines = [line.strip() for line in text.splitlines()]
    wordy = [line for line in lines if line and not skip.match(line)]
    if "in user code:" in text:  # the exception's own line follows the frames
        wordy = [line for line in wordy if re.match(r"^\w*(Error|Exception|Warning|Iteration)\b", line)] or wordy
    return re.split(r"(?<=\w\w[.`'\"])\s+(?=[A-Z])", wordy[0])[0][:300] if wordy else ""


def _of_the_operation(text: str) -> str:
    """What the operation itself said, where the executor tells first at which node of the graph it was."""
    _, executor, rest = text.rpartition("Graph execution error:")
    if not executor:
        return text
    lines = rest.splitlines()
    places = [index for index, line in enumerate(lines) if _PLACE_IN_GRAPH.match(line)]
    after = lines[places[-1] + 1 :] if places else lines
    said = [line for line in after if line.strip() and (not line[0].isspace() or _ROOT_ERROR.match(line))]
    said = [_ROOT_ERROR.sub("", line) for line in said if "root error(s) found" not in line]
    return said[0] if said else rest


@dataclasses.dataclass(slots=True)
class Compiled:
    """A step in one mode: callable where it works, with what its first call showed."""

    mode: Mode
    function: Step | None = None
    concrete: Any = None
    failure: Failure | None = None
    first_call_seconds: float | None = None
    traces: int | None = None
    facts: GraphFacts | None = None

    @property
    def works(self) -> bool:
        return self.function is not None

    def describe(self) -> dict[str, Any]:
        """For the report, as JSON."""
        if self.failure is not None:
            return {"works": False, "error": dataclasses.asdict(self.failure)}
        described: dict[str, Any] = {"works": True, "first_call_seconds": self.first_call_seconds}
        if self.facts is not None:
            described |= {
                "traces": self.traces,
                "operations": dict(self.facts.operations),
                "loops": self.facts.loops,
                "conditionals": self.facts.conditionals,
                "host_callbacks": self.facts.host_callbacks,
            }
        return described


class Compiler:
    """Compiles steps the way the Keras version of the file does it."""

    def __init__(
        self, keras_version: int, jit_compile: bool, files: Sequence[str], synchronise: Callable[[], None]
    ) -> None:
        self._keras_version = keras_version
        self._synchronise = synchronise
        self.jit_compile = jit_compile
        self.files = list(files)

    def as_function(self, step: Step, mode: Mode, signature: Sequence[Any] | None = None) -> Step:
        """The step in the mode, not yet traced; with a signature it is traced once, for that.

        Keras 3's trainer compiles a function that AutoGraph is told not to convert, and so do we; under
        tf_keras AutoGraph converts ``call``. ``reduce_retracing`` is what both trainers pass.
        """
        import tensorflow as tf

        if mode == "eager":
            return step
        convert = mode == "autograph" or self._keras_version == 2
        wrapped = step if convert else tf.autograph.experimental.do_not_convert(step)
        jit = True if mode == "xla" else self.jit_compile or None
        options = {} if signature is None else {"input_signature": list(signature)}
        return tf.function(wrapped, reduce_retracing=True, jit_compile=jit, **options)

    def first_call_seconds(self, step: Step, mode: Mode, signature: Sequence[Any], example: Sequence[Any]) -> float:
        """How long tracing, compiling and running once take, all anew. Raises what that raises."""
        function = self.as_function(step, mode)
        began = time.perf_counter()
        function.get_concrete_function(*signature)
        function(*example)
        self._synchronise()
        return time.perf_counter() - began

    def compile(
        self,
        step: Step,
        mode: Mode,
        signature: Sequence[Any],
        example: Sequence[Any],
        labels: Mapping[int, str],
    ) -> Compiled:
        """Trace for an unknown batch and run the example once; failures of either are recorded, not raised."""
        function = self.as_function(step, mode)
        made = Compiled(mode)
        began = time.perf_counter()
        try:
            if mode != "eager":
                made.concrete = function.get_concrete_function(*signature)
            function(*example)
            self._synchronise()
        except BaseException as error:
            made.failure = failure(error, self.files)
            return made
        made.first_call_seconds = time.perf_counter() - began
        made.function = function
        if mode != "eager":
            made.traces = function.experimental_get_tracing_count()
            made.facts = examine(made.concrete, labels)
        return made
