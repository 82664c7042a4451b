"""Failures of code for Keras 2 or TensorFlow 1: what it uses that is gone, and what takes its place."""

from __future__ import annotations

import inspect
import re

from flake8_keras_graph import knowledge
from flake8_keras_graph.measure.worker.causes import causes

_NAMES = (
    re.compile(r"module '(?P<module>[\w.]+)' has no attribute '(?P<name>\w+)'"),
    re.compile(r"cannot import name '(?P<name>\w+)' from '(?P<module>[\w.]+)'"),
    re.compile(r"No module named '(?P<module>[\w.]+)\.(?P<name>\w+)'"),
)
_ATTRIBUTE = re.compile(r"'(?P<class>\w+)' object has no attribute '(?P<name>\w+)'")
_SIGNATURE = re.compile(
    r"\b(?P<class>[A-Z]\w*)\.(?P<method>\w+)\(\) (?:got an unexpected keyword argument '(?P<unknown>\w+)'"
    r"|missing \d+ required (?:positional|keyword-only) arguments?: (?P<needed>[\w', ]+))"
)
# What Keras 3 says of what Keras 2 took, and what to write instead.
_ARGUMENTS = (
    (
        r"must be passed as a keyword argument\. Received: add_weight|add_weight\(\) takes at most \d positional",
        "it gives the name to add_weight first, where Keras 3 takes the shape: use add_weight(shape=..., name=...)",
    ),
    (
        r"Only input tensors may be passed as positional arguments",
        "it gives a layer a Python value by position, which Keras 3 does not take: give it by keyword "
        "(training=training)",
    ),
    (
        r"not recognized: \{.*'lr'",
        "it gives lr to an optimizer, which Keras 3 does not take: use learning_rate",
    ),
    (
        r"keras\.optimizers\.legacy` is not supported in Keras 3",
        "it uses keras.optimizers.legacy, which Keras 3 does not have: use keras.optimizers",
    ),
    (
        r"Unrecognized keyword arguments passed to \w+: \{.*'(batch_input_shape|input_shape)'",
        "it gives a layer its input shape, which Keras 3 does not take there: use keras.Input",
    ),
    (
        r"Unrecognized keyword arguments passed to \w+: \{.*'weights'",
        "it gives a layer its weights, which Keras 3 does not take: use layer.set_weights",
    ),
    (
        r"Unrecognized keyword arguments passed to \w+: \{.*'(?P<name>dynamic|fused|input_length|time_major)'",
        "it gives {name} to a layer, which Keras 3 does not take: leave it out",
    ),
    (
        r"'tuple' object has no attribute '(?P<name>as_list|ndims|num_elements|rank|dims)'",
        "it uses {name} of a shape, which is a tuple in Keras 3: use tuple(x.shape)",
    ),
    (
        r"argument `reduction`.* Received: reduction=auto",
        "it gives the reduction 'auto', which Keras 3 does not take: use \"sum_over_batch_size\"",
    ),
)


def describe_removed(error: BaseException) -> str:
    """What the code does that Keras or TensorFlow no longer allow, as in "it uses ..."; empty where that is not it."""
    for one in causes(error):
        said = _of_name(str(one)) or _of_argument(str(one)) or _of_signature(one)
        if said:
            return said
    return ""


def _of_argument(message: str) -> str:
    found = ((re.search(pattern, message), said) for pattern, said in _ARGUMENTS)
    return next((said.format(**match.groupdict()) for match, said in found if match is not None), "")


def _of_signature(error: BaseException) -> str:
    """What the project hands to a method of Keras that does not take it, or needs more."""
    found = _SIGNATURE.search(str(error)) if isinstance(error, TypeError) else None
    method = found and getattr(_class_of_keras(found["class"]), found["method"], None)
    if found is None or not callable(method):
        return ""
    written, takes = f"{found['class']}.{found['method']}", inspect.signature(method).parameters
    if found["unknown"]:
        if found["unknown"] in takes or any(each.kind is inspect.Parameter.VAR_KEYWORD for each in takes.values()):
            return ""  # a class of the project that has the name of one of Keras
        names = ", ".join(name for name in takes if name not in ("self", "args"))
        return f"it gives {found['unknown']} to {written}, which the installed Keras does not take: it takes {names}"
    needed = re.findall(r"\w+(?=')", found["needed"])
    if any(name not in takes or takes[name].default is not inspect.Parameter.empty for name in needed):
        return ""
    return f"it does not give {' and '.join(needed)} to {written}, which the installed Keras wants there"


def _class_of_keras(name: str) -> type | None:
    """The public class of Keras of this name, a base of layers among them."""
    import keras

    rooms = (keras, keras.layers, keras.optimizers, keras.metrics, keras.losses, keras.callbacks, keras.initializers)
    found = next((vars(room)[name] for room in rooms if name in vars(room)), None)
    return found if isinstance(found, type) else None


def _of_name(message: str) -> str:
    for pattern in _NAMES:
        found = pattern.search(message)
        if found is None:
            continue
        written = f"{found['module']}.{found['name']}"
        name = knowledge.canonical(written)
        replacement = knowledge.replacement_of_removed(name)
        if replacement is not None:
            return _said(name, replacement, "Keras 3" if name.startswith("keras.") else "TensorFlow 2")
    found = _ATTRIBUTE.search(message)
    replacement = knowledge.replacement_of_attribute(found["name"]) if found is not None else None
    if found is None or replacement is None:
        return ""
    return _said(f"{found['class']}.{found['name']}", replacement, "Keras 3")


def _said(name: str, replacement: str, library: str) -> str:
    instead = f": use {replacement}" if replacement else ", nor anything in its place"
    return f"it uses {name}, which {library} does not have{instead}"
