"""Builds the Keras classes that the tables name, calls them eagerly and traced, and says what does not fit."""

from __future__ import annotations

import contextlib
from typing import Any

import keras
import tensorflow as tf
import tf_keras

from flake8_keras_graph import knowledge
from sampling import calls, fit, probe

PACKAGES = (keras, tf_keras)
WRAPPERS = {"Bidirectional", "RNN", "StackedRNNCells", "TimeDistributed"}


def classes(namespace: str, name: str) -> list[tuple[Any, Any]]:
    """(package, class) for the packages that have it."""
    found = []
    for package in PACKAGES:
        module = getattr(package, namespace)
        cls = getattr(module, name, None) or getattr(getattr(module, "experimental", None), name, None)
        if cls is not None:
            found.append((package, cls))
    return found


def check(package: Any, cls: Any, constructor: str, call: str, spec: str, traced: bool = True) -> list[str]:
    """Build one, call it on arrays and on traced tensors without a batch size; what is wrong, as text."""
    where = f"{cls.__module__}.{cls.__name__}({constructor})({call})"
    values = {name: tf.constant(sample.value) for name, sample in calls.SAMPLES.items()}
    scope = calls.MODULES | {"K": package}
    try:
        made = eval(f"_class({constructor})", scope | {"_class": cls})
        problems = [_call(made, call, spec, scope | values)]
        if isinstance(made, package.layers.Layer) and knowledge.is_layer(f"keras.layers.{cls.__name__}"):
            problems.append(_weights_problem(made, cls.__name__))
    except Exception as error:
        return [f"{where}: {type(error).__name__}: {error}"[:300]]
    if not traced:
        return [f"{where}: {problem}" for problem in problems if problem]

    def trace(**tensors: tf.Tensor) -> None:
        problems.append(_call(made, call, spec, scope | tensors))
        raise probe.Traced

    specs = {name: sample.spec() for name, sample in calls.SAMPLES.items()}
    try:
        with contextlib.suppress(probe.Traced):
            tf.function(trace, autograph=False).get_concrete_function(**specs)
    except Exception as error:
        problems.append(f"traced: {type(error).__name__}: {error}"[:300])
    return [f"{where}: {problem}" for problem in problems if problem]


def _weights_problem(made: Any, name: str) -> str:
    """Wrappers have what they wrap has."""
    weights = [weight for weight in made.weights if "seed" not in getattr(weight, "path", weight.name)]
    expected = knowledge.has_weights(f"keras.layers.{name}")
    if bool(weights) is expected or name in WRAPPERS:
        return ""
    return f"has weights: {[weight.name for weight in weights]}, said to have {'some' if expected else 'none'}"


def _call(made: Any, call: str, spec: str, scope: dict[str, Any]) -> str:
    positional, keywords = eval(f"_arguments({call})", scope | {"_arguments": lambda *a, **k: (a, k)})
    used = [leaf for leaf in fit.leaves([list(positional), keywords]) if fit.is_tensor(leaf)]
    value = made(*positional, **keywords)
    if spec == "structure":
        return _structure_problem(value, positional[0])
    return probe.problem(value, spec, used)


def _structure_problem(value: Any, first: Any) -> str:
    try:
        tf.nest.assert_same_structure(first, value)
    except (TypeError, ValueError) as error:
        return str(error)[:200]
    return "" if all(fit.is_tensor(leaf) for leaf in fit.leaves(value)) else f"{value} holds something else"
