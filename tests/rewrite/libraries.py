"""What proofs ask of Keras 3 and of Keras 2 (tf_keras), where the two differ."""

from __future__ import annotations

import heapq
import itertools
import zlib
from collections.abc import Iterator, Sequence
from typing import Any


class Keras3:
    """Keras 3 on TensorFlow."""

    def __init__(self) -> None:
        import keras

        self.keras = keras

    def children(self, layer: Any) -> list[Any]:
        """The layers that ``layer`` itself holds."""
        return list(layer._layers)

    def variables(self, layer: Any) -> list[Any]:
        """The variables that ``layer`` itself owns."""
        return [*layer._trainable_variables, *layer._non_trainable_variables]

    def weights(self, model: Any) -> list[Any]:
        """The variables of the layers of ``model``, those of its metrics left out."""
        return list(model.weights)

    def variable_name(self, variable: Any) -> str:
        """The name of a variable without that of its layer."""
        return str(variable.name)

    def is_plain(self, layer: Any) -> bool:
        """Whether ``layer`` holds variables for another: a container that Keras tracks."""
        return type(layer).__module__.startswith("builtins")

    def values(self, weights: Sequence[Any]) -> list[Any]:
        """What a gradient is taken of."""
        return [weight.value for weight in weights]

    def told(self, model: Any, training: bool) -> dict[str, bool]:
        """The keyword that says whether the model is trained, for one whose ``call`` takes it."""
        return {"training": training} if "training" in model._call_signature.parameters else {}

    def start_random(self, model: Any, known: set[str]) -> None:
        """Start every random layer at a place that is the same in each model."""
        for layer in layers_in(self, model):
            for generator in getattr(layer, "_seed_generators", []):
                generator.state.assign([1, 1])


class Keras2:
    """tf_keras: trained through ``training`` also where ``call`` does not take it."""

    def __init__(self) -> None:
        import tf_keras

        self.keras = tf_keras

    def children(self, layer: Any) -> list[Any]:
        """The layers that ``layer`` itself holds."""
        return list(layer._flatten_layers(recursive=False, include_self=False))

    def variables(self, layer: Any) -> list[Any]:
        """The variables that ``layer`` itself owns."""
        return [*layer._trainable_weights, *layer._non_trainable_weights]

    def weights(self, model: Any) -> list[Any]:
        """The variables of the layers of ``model``, those of its metrics left out."""
        measured = {id(variable) for metric in model.metrics for variable in metric.weights}
        return [variable for variable in model.weights if id(variable) not in measured]

    def variable_name(self, variable: Any) -> str:
        """The name of a variable without that of its layer."""
        return str(variable.name).rpartition("/")[2].partition(":")[0]

    def is_plain(self, layer: Any) -> bool:
        """Whether ``layer`` holds variables for another; Keras 2 has no such layers."""
        return False

    def values(self, weights: Sequence[Any]) -> list[Any]:
        """What a gradient is taken of."""
        return list(weights)

    def told(self, model: Any, training: bool) -> dict[str, bool]:
        """The keyword that says whether the model is trained."""
        return {"training": training}

    def start_random(self, model: Any, known: set[str]) -> None:
        """Seed every random layer by the ``known`` names that lead to it: the order in which layers run is nothing."""
        paths = paths_in(self, model, known)
        for layer in layers_in(self, model):
            generator = getattr(layer, "_random_generator", None)
            if generator is not None:
                generator._seed = zlib.crc32(repr((paths[id(layer)], layer.name)).encode()) % 2**31
                if getattr(generator, "_generator", None) is not None:
                    generator._generator.reset_from_seed(generator._seed)


Library = Keras3 | Keras2


def layers_in(library: Library, layer: Any) -> Iterator[Any]:
    """``layer`` and all layers in it, each once."""
    pending, seen = [layer], {id(layer)}
    while pending:
        inner = pending.pop(0)
        yield inner
        for child in library.children(inner):
            if id(child) not in seen:
                seen.add(id(child))
                pending.append(child)


def paths_in(library: Library, model: Any, known: set[str]) -> dict[int, tuple[str, ...]]:
    """The names of the layers that lead to each layer of ``model``, by its id: the shortest way, of ``known`` names."""
    found: dict[int, tuple[str, ...]] = {}
    numbers = itertools.count()
    pending: list[tuple[int, tuple[str, ...], int, Any]] = [(0, (), next(numbers), model)]
    while pending:
        _, path, _, layer = heapq.heappop(pending)
        if id(layer) in found:
            continue
        found[id(layer)] = path
        for child in library.children(layer):
            longer = (*path, child.name) if child.name in known and not library.is_plain(child) else path
            heapq.heappush(pending, (len(longer), longer, next(numbers), child))
    return found
