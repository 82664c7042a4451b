"""What ``training`` changes of a layer: whether it has to be told a ``training`` of its own in a functional model.

Keras 3 hands the ``training`` that a functional model is called with to each of its layers, whatever they were given.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from flake8_keras_graph import knowledge
from flake8_keras_graph.analysis import values
from flake8_keras_graph.analysis.values import Value
from flake8_keras_graph.project.index import ClassInfo
from flake8_keras_graph.rewrite.functional.read.kinds import contents
from flake8_keras_graph.rewrite.functional.read.layer_classes import CHANGED_BY_TRAINING, Effect, inside_sequential
from flake8_keras_graph.rewrite.functional.read.project_layers import ProjectLayers
from flake8_keras_graph.rewrite.functional.read.untrained_layers import gives_training, switching

_ORDER: tuple[Effect, ...] = ("object", "unknown", "differs")

# Layers that give any input back as it is, of any type: the others make floats of integers.
DROPOUTS = frozenset(
    name
    for name in knowledge.bare_names(modules=("keras.layers",), training="identity")
    if "Dropout" in name or name.startswith("Gaussian")
)
_LAYERS = knowledge.bare_names(modules=("keras.layers",), kind="layer")
# The argument in which a layer is given others.
_HOLDERS = {
    "Bidirectional": "layer", "TimeDistributed": "layer", "RNN": "cell", "StackedRNNCells": "cells",
}  # fmt: skip


@dataclasses.dataclass(frozen=True, slots=True)
class TrainingEffects:
    """Tells what ``training`` changes of what an expression holds; ``layers`` finds the code of the project's own.

    ``adds`` says that the file adds layers to a ``Sequential`` after it was made, so that its arguments do not tell.
    """

    layers: ProjectLayers
    adds: bool = False

    def of(self, value: Value) -> Effect:
        """What ``training`` changes of ``value``, called on tensors; of a container, of what it holds."""
        if isinstance(value, values.Union):
            return _joined(map(self.of, values.options(value)))
        if isinstance(value, (values.Seq, values.Mapping)):
            return _joined(map(self.of, contents(value)))
        if isinstance(value, values.External):
            return self._of_external(value)
        if isinstance(value, values.Instance):
            return self._of_instance(value)
        return "unknown" if values.is_unknown(value) else "none"

    def leaks(self, value: Value) -> bool:
        """Whether a layer of the project tells others a ``training`` of their own, which Keras 3 then carries on."""
        if isinstance(value, values.Union):
            return any(map(self.leaks, values.options(value)))
        if not isinstance(value, values.Instance):
            return False
        found = (self.layers.code_of(info) for info in self._classes(value))
        return any(node is not None and gives_training(node[0]) for node in found)

    def _classes(self, value: values.Instance) -> list[ClassInfo]:
        ancestors = self.layers.reading.hierarchy.ancestors(value.info)
        return [info for info in ancestors if isinstance(info, ClassInfo)]

    def _of_external(self, value: values.External) -> Effect:
        if not value.name.startswith("keras."):
            return "none" if value.name.startswith(("tf.", "callable:")) else "unknown"
        name = value.name.rpartition(".")[2]
        if value.name == "keras.Sequential":
            inside = None if self.adds else inside_sequential(value)
            return "differs" if inside is None or self.of(inside) != "none" else "none"
        given = dict(value.keywords)
        if name in _HOLDERS:
            held = given.get(_HOLDERS[name], given.get("layer"))
            return "differs" if held is None or self.of(held) != "none" else "none"
        if name in DROPOUTS:
            return "identity"
        if name in CHANGED_BY_TRAINING or name not in _LAYERS:
            return "none" if _is_no_layer(value.name) else "differs"
        dropped = [rate for word, rate in given.items() if "dropout" in word]
        return "none" if all(isinstance(rate, values.Static) and rate.const == 0 for rate in dropped) else "differs"

    def _of_instance(self, value: values.Instance) -> Effect:
        """Of an instance of a class of the project: what its code constructs, and what it was given."""
        given = [*(value.arguments or ()), *(held for _, held in value.keywords)]
        hierarchy = self.layers.reading.hierarchy
        parts = [self.of(held) for held in given if isinstance(held, (values.External, values.Instance, values.Seq))]
        if all(part == "none" for part in parts) and not self._constructs_switching(value):
            return "none"
        return "differs" if hierarchy.kind(value.info) in ("layer", "model") else "object"

    def _constructs_switching(self, value: values.Instance) -> bool:
        """Whether the class of ``value``, or one that it inherits from, constructs a layer that training changes."""
        for info in self._classes(value):
            found = self.layers.code_of(info)
            if found is not None and next(switching([found[0]], found[1], self.layers.find), None) is not None:
                return True
        return False


def _joined(effects: Iterable[Effect]) -> Effect:
    """The effect that asks for most care; some that give their input back, and others, differ together."""
    found = set(effects)
    most = next((effect for effect in _ORDER if effect in found), None)
    if most is not None:
        return most
    if "identity" in found:
        return "identity" if found == {"identity"} else "differs"
    return "none"


def _is_no_layer(path: str) -> bool:
    """Whether an object of Keras's is no layer: a metric, an initializer."""
    return path.startswith(("keras.metrics.", "keras.losses.", "keras.initializers.", "keras.optimizers.",
                            "keras.regularizers.", "keras.constraints.", "keras.random."))  # fmt: skip
