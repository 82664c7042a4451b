"""Which layer classes an expression may stand for, read off the constructor; which of them do nothing
outside training."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import libcst as cst

from flake8_keras_graph import knowledge
from flake8_keras_graph.rewrite.text.imports import Imports
from flake8_keras_graph.rewrite.text.syntax import own_attribute

# Layers whose call returns its input unchanged when ``training`` is false.
IDENTITY_OUTSIDE_TRAINING = knowledge.bare_names(modules=("keras.layers",), training="identity")
# Layers that compute something else in training.
CHANGED_BY_TRAINING = IDENTITY_OUTSIDE_TRAINING | knowledge.bare_names(modules=("keras.layers",), training="differs")
# Layers that look at ``training`` themselves: Keras hands it to them inside a functional model.
KNOW_TRAINING = CHANGED_BY_TRAINING | knowledge.bare_names(modules=("keras.layers", "keras"), training="reads")

Classes = frozenset[str]


@dataclasses.dataclass(slots=True)
class LayerClasses:
    """``attributes`` maps an attribute of the model to every value it is given while constructing."""

    imports: Imports
    attributes: Mapping[str, list[cst.BaseExpression]]
    _pending: set[str] = dataclasses.field(default_factory=set)

    def of(self, node: cst.BaseExpression, self_name: str, names: Mapping[str, Classes | None]) -> Classes | None:
        """Layer classes that ``node`` (a layer, or a container of layers) may be; None where it is not known.

        ``names`` gives those of local names. Keras's own are given by their bare name.
        """
        attribute = own_attribute(node, self_name)
        if attribute:
            return self._attribute(attribute, self_name)
        if isinstance(node, cst.Name):
            return frozenset() if node.value == "None" else names.get(node.value)
        if isinstance(node, (cst.List, cst.Tuple)):
            return self._union([element.value for element in node.elements], self_name, names)
        if isinstance(node, cst.Dict):
            return self._union([element.value for element in node.elements], self_name, names)
        if isinstance(node, (cst.ListComp, cst.GeneratorExp)):
            return self.of(node.elt, self_name, names)
        if isinstance(node, cst.DictComp):
            return self.of(node.value, self_name, names)
        if isinstance(node, cst.IfExp):
            return self._union([node.body, node.orelse], self_name, names)
        if isinstance(node, cst.Subscript):
            return self.of(node.value, self_name, names)
        if isinstance(node, cst.BinaryOperation):
            return self._union([node.left, node.right], self_name, names)
        if isinstance(node, cst.Call):
            return self._call(node, self_name, names)
        return None

    def _attribute(self, attribute: str, self_name: str) -> Classes | None:
        if attribute in self._pending or attribute not in self.attributes:
            return None
        self._pending.add(attribute)
        try:
            return self._union(self.attributes[attribute], self_name, {})
        finally:
            self._pending.discard(attribute)

    def _union(
        self, nodes: list[cst.BaseExpression], self_name: str, names: Mapping[str, Classes | None]
    ) -> Classes | None:
        found: set[str] = set()
        for node in nodes:
            classes = self.of(node, self_name, names)
            if classes is None:
                return None
            found |= classes
        return frozenset(found)

    def _call(self, node: cst.Call, self_name: str, names: Mapping[str, Classes | None]) -> Classes | None:
        arguments = [argument.value for argument in node.args]
        path = self.imports.canonical(node.func)
        name = path.rpartition(".")[2]
        if name == "Sequential" and path.startswith("keras.") and arguments:
            return self.of(arguments[0], self_name, names)
        if path.startswith("keras.") and name[:1].isupper():
            return frozenset({name})
        if isinstance(node.func, cst.Name) and node.func.value in ("reversed", "list", "tuple") and arguments:
            return self.of(arguments[0], self_name, names)
        if isinstance(node.func, cst.Attribute) and node.func.attr.value == "values":
            return self.of(node.func.value, self_name, names)
        return None

    def loop_targets(
        self,
        target: cst.BaseExpression,
        source: cst.BaseExpression,
        self_name: str,
        names: Mapping[str, Classes | None],
    ) -> dict[str, Classes | None]:
        """What the names of a loop target stand for when it runs over ``source``."""
        if isinstance(target, cst.Name):
            return {target.value: self.of(source, self_name, names)}
        if not isinstance(target, (cst.Tuple, cst.List)):
            return {}
        parts = [element.value for element in target.elements]
        found: dict[str, Classes | None] = {}
        if isinstance(source, cst.Call) and isinstance(source.func, cst.Name):
            arguments = [argument.value for argument in source.args]
            if source.func.value == "zip" and len(arguments) == len(parts):
                for part, argument in zip(parts, arguments, strict=True):
                    found |= self.loop_targets(part, argument, self_name, names)
                return found
            if source.func.value == "enumerate" and len(parts) == 2:
                return self.loop_targets(parts[1], arguments[0], self_name, names)
        for part in parts:
            found |= self.loop_targets(part, source, self_name, names)
        return found
