"""Which of Keras's layer classes a value may be of; which of them do nothing outside training."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from flake8_keras_graph import knowledge
from flake8_keras_graph.analysis import values
from flake8_keras_graph.analysis.values import Value
from flake8_keras_graph.rewrite.functional.read.kinds import contents

# Layers whose call returns its input unchanged when ``training`` is false.
IDENTITY_OUTSIDE_TRAINING = knowledge.bare_names(modules=("keras.layers",), training="identity")
# Layers that compute something else in training.
CHANGED_BY_TRAINING = IDENTITY_OUTSIDE_TRAINING | knowledge.bare_names(modules=("keras.layers",), training="differs")
# Layers that look at ``training`` themselves: Keras hands it to them inside a functional model.
KNOW_TRAINING = CHANGED_BY_TRAINING | knowledge.bare_names(modules=("keras.layers", "keras"), training="reads")

Classes = frozenset[str]
# What ``training`` changes of what is called. "none": nothing; "identity": outside training it gives its input back;
# "differs": it may compute something else; "object": it is no layer and may hold some that do; "unknown": nothing is
# known of it, and it may be a function.
Effect = Literal["none", "identity", "differs", "object", "unknown"]


def layer_classes(value: Value) -> Classes | None:
    """Classes of Keras's own, by their bare names, that a layer or a container of layers is of; None if not known."""
    if isinstance(value, values.External) and value.name.startswith("keras."):
        inside = inside_sequential(value)
        if inside is not None:
            return layer_classes(inside)
        return frozenset({value.name.rpartition(".")[2]})
    if isinstance(value, values.NoneValue):
        return frozenset()
    if isinstance(value, (values.Seq, values.Mapping)):
        return _union(map(layer_classes, contents(value)))
    return _union(map(layer_classes, values.options(value))) if isinstance(value, values.Union) else None


def is_one_layer(value: Value) -> bool:
    """Whether ``value`` is certainly one of Keras's own layers, or a model of layers one after the other."""
    return isinstance(value, values.External) and value.name.startswith(("keras.layers.", "keras.Sequential"))


def inside_sequential(value: values.External) -> Value | None:
    """The layers that a ``Sequential`` is made of; None for what is none, or is filled later."""
    given = dict(value.keywords)
    return given.get("layers", given.get("layer")) if value.name == "keras.Sequential" else None


def _union(found: Iterable[Classes | None]) -> Classes | None:
    together: Classes = frozenset()
    for classes in found:
        if classes is None:
            return None
        together |= classes
    return together
