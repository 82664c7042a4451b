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
_HOLDS: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    "jax": {
        "KG101": {
            "Branch elif": "RuntimeError",
            "Branch if": "RuntimeError",
            "Branch match": "",
            "Branch ternary": "RuntimeError",
        },
        "KG102": {
            "Branch while": "RuntimeError",
        },
        "KG105": {
            "NeedsBool all": "RuntimeError",
            "NeedsBool and": "RuntimeError",
            "NeedsBool any": "RuntimeError",
            "NeedsBool chained comparison": "RuntimeError",
            "NeedsBool in": "RuntimeError",
            "NeedsBool max": "RuntimeError",
            "NeedsBool min": "RuntimeError",
            "NeedsBool not": "RuntimeError",
            "NeedsBool or": "RuntimeError",
        },
        "KG106": {
            "Branch assert": "RuntimeError",
        },
        "KG107": {
            "Branch comprehension": "RuntimeError",
        },
        "KG108": {
            "Cast bool": "RuntimeError",
            "Cast float": "RuntimeError",
            "Cast format": "RuntimeError",
            "Cast int": "RuntimeError",
            "Cast math.sqrt": "RuntimeError",
        },
        "KG109": {
            "HostRead convert_to_numpy": "RuntimeError",
            "HostRead numpy": "an error",
        },
        "KG110": {
            "NumpyCall numpy.array": "RuntimeError",
            "NumpyCall numpy.float32": "RuntimeError",
            "NumpyCall numpy.maximum": "RuntimeError",
            "NumpyCall numpy.tanh": "RuntimeError",
        },
        "KG111": {
            "Create variable": "an error",
        },
        "KG114": {
            "TensorIndex dict": "an error",
            "TensorIndex list": "RuntimeError",
            "TensorIndex tuple": "RuntimeError",
        },
        "KG115": {
            "UnknownSize tf.ones": "RuntimeError",
        },
        "KG116": {
            "Create layer": "ValueError",
        },
        "KG201": {
            "Effect clock": "",
            "Effect random": "",
        },
        "KG202": {
            "Effect print": "",
        },
        "KG203": {
            "Store assign": "",
            "Store augment": "",
            "Store global": "",
            "Store mutate": "",
        },
        "KG204": {
            "Store assign": "",
        },
        "KG205": {
            "Branch if": "",
        },
        "KG206": {
            "Branch if": "",
        },
        "KG207": {
            "LayerCall": "",
        },
    },
    "torch": {
        "KG101": {
            "Branch match": "",
        },
        "KG110": {
            "NumpyCall numpy.mean": "an error",
        },
        "KG111": {
            "Create variable": "an error",
        },
        "KG114": {
            "TensorIndex dict": "an error",
        },
        "KG116": {
            "Create layer": "ValueError",
        },
        "KG207": {
            "LayerCall": "",
        },
    },
}
_FIXED: Mapping[str, frozenset[str]] = {
    "jax": frozenset({"KG101", "KG105", "KG108", "KG110", "KG114", "KG207"}),
    "torch": frozenset({"KG110", "KG207"}),
}


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
    message = f"{said} raises {error} on {_SPELLED[backend]}"
    return dataclasses.replace(report, message=message, reason=report.reason if backend == "jax" else "")


def fix_was_executed_on(backend: str, code: str) -> bool:
    """Whether what the fixes of a rule give was trained on ``backend``."""
    return backend == "tensorflow" or code in _FIXED.get(backend, frozenset())
