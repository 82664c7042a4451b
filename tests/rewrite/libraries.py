"""What proofs ask of Keras 3 and of Keras 2 (tf_keras), where the two differ."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from typing import Any


class Keras3:
    """Keras 3 on TensorFlow."""

    def __init__(self) -> None:
        import keras

        self.keras = keras

    def layers(self, layer: Any) -> Iterator[Any]:
        """``layer`` and all layers in it, each once."""
        return _below(layer, set())

    def variables(self, layer: Any) -> list[Any]:
        """The variables that ``layer`` itself owns."""
        return [*layer._trainable_variables, *layer._non_trainable_variables]

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

    def start_random(self, model: Any) -> None:
        """Start every random layer at a place of its own that is the same in each model."""
        for layer in self.layers(model):
            for generator in getattr(layer, "_seed_generators", []):
                generator.state.assign([1, 1])


class Keras2:
    """tf_keras: trained through ``training`` also where ``call`` does not take it."""

    def __init__(self) -> None:
        import tf_keras

        self.keras = tf_keras

    def layers(self, layer: Any) -> Iterator[Any]:
        """``layer`` and all layers in it, each once."""
        return iter({id(inner): inner for inner in layer._flatten_layers()}.values())

    def variables(self, layer: Any) -> list[Any]:
        """The variables that ``layer`` itself owns."""
        return [*layer._trainable_weights, *layer._non_trainable_weights]

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

    def start_random(self, model: Any) -> None:
        """Seed every random layer by its name, so that the order in which layers run does not matter."""
        for layer in self.layers(model):
            generator = getattr(layer, "_random_generator", None)
            if generator is not None:
                generator._seed = zlib.crc32(layer.name.encode()) % 2**31
                if generator._generator is not None:
                    generator._generator.reset_from_seed(generator._seed)


Library = Keras3 | Keras2


def _below(layer: Any, seen: set[int]) -> Iterator[Any]:
    if id(layer) not in seen:
        seen.add(id(layer))
        yield layer
        for inner in layer._layers:
            yield from _below(inner, seen)
