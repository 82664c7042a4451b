"""What of the rules holds on backends of Keras 3 other than TensorFlow: what was executed there, and nothing else.

The tables are printed by ``tests/bench/backends.py``, which trains the bad examples of all pages and samples of each
construct on every backend. Keras 3.15.0, JAX 0.10.2, PyTorch 2.14.1, on a CPU.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from flake8_keras_graph.analysis.events import Event
from flake8_keras_graph.analysis.values import Tensor
from flake8_keras_graph.rules.rule import Report

_SPELLED = {"jax": "JAX", "torch": "PyTorch"}
_TELLING = ("style", "how", "function", "method", "container", "what", "word")
_RAISES = " raises"
# Code -> construct -> what fit raises there; "" where it does there what it does on TensorFlow, without an error.
_HOLDS: Mapping[str, Mapping[str, Mapping[str, str]]] = {}
_FIXED: Mapping[str, frozenset[str]] = {}


def construct_of(event: Event) -> str:
    """The construct that an event is about, as the tables name it: ``Branch elif``, ``Cast float`` ..."""
    found = next((getattr(event, name) for name in _TELLING if getattr(event, name, "")), "")
    return f"{type(event).__name__} {found}".rstrip()


def as_executed_on(backend: str, code: str, event: Event, report: Report) -> Report | None:
    """What holds on ``backend`` of a report that holds on TensorFlow; None where nothing was seen to.

    What was run are methods that Keras traces; a variable of Keras, which is no tensor there, was not.
    """
    value = getattr(event, "value", None)
    if event.place.way != "Keras" or (isinstance(value, Tensor) and value.variable):
        return None
    error = _HOLDS.get(backend, {}).get(code, {}).get(construct_of(event))
    if not error:
        return None if error is None or _RAISES in report.message else report
    said, found, _ = report.message.partition(_RAISES)
    if not found:
        return None
    return dataclasses.replace(report, message=f"{said} raises {error} on {_SPELLED[backend]}", reason="")


def fix_was_executed_on(backend: str, code: str) -> bool:
    """Whether what the fixes of a rule give was trained on ``backend``."""
    return backend == "tensorflow" or code in _FIXED.get(backend, frozenset())
