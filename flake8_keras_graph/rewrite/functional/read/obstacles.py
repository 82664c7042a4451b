"""What in a statement of ``call`` cannot run on symbolic tensors: kept in a layer, or refused."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import libcst as cst

from flake8_keras_graph import knowledge
from flake8_keras_graph.analysis import values
from flake8_keras_graph.analysis.values import Value
from flake8_keras_graph.rewrite.functional.read.kinds import SHAPE_CALLS, SYMBOLIC, Kinds
from flake8_keras_graph.rewrite.text.operations import convert
from flake8_keras_graph.rewrite.text.syntax import camel, code, own_attribute, super_name
from flake8_keras_graph.syntax.nodes import children, walk

# Functions that run other functions over tensors that those close over, and the layer that can hold them.
_CLOSURES = {
    **dict.fromkeys(knowledge.bare_names(modules=("tf", "keras.ops"), runs="branches"), "Branch"),
    **dict.fromkeys(knowledge.bare_names(modules=("tf", "keras.ops"), runs="loop"), "Loop"),
}
STATELESS_LAYERS = knowledge.bare_names(modules=("keras.layers",), kind="layer") - knowledge.bare_names(
    "weights", modules=("keras.layers",)
)
_ITERATING = knowledge.bare_names("iterates", modules=("builtins",))
_TENSOR_METHODS = frozenset({"numpy", "item", "tolist"})


@dataclasses.dataclass(frozen=True, slots=True)
class Obstacle:
    """``layer`` names the kind of layer that can hold it; None where it can only be refused."""

    node: cst.CSTNode
    reason: str
    layer: str | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Finder:
    """Looks for obstacles in expressions of one function, with the ``kinds`` that hold there.

    ``functions`` are the module's own, ``callables`` attributes that hold plain functions: what they do to a
    symbolic tensor is not known, to a tensor it is. ``given`` are attributes that hold what the constructor was
    given: their classes are not known.
    """

    kinds: Kinds
    methods: frozenset[str]
    attributes: frozenset[str]
    functions: frozenset[str] = frozenset()
    callables: frozenset[str] = frozenset()
    generated: frozenset[str] = frozenset()
    supers: frozenset[str] = frozenset()
    given: frozenset[str] = frozenset()

    def outermost(self, node: cst.CSTNode) -> list[Obstacle]:
        """Obstacles in ``node`` that stand in no other, each node once."""
        found = list(self.find(node))
        inside = {id(part) for obstacle in found for part in walk(obstacle.node) if part is not obstacle.node}
        return list({id(one.node): one for one in reversed(found) if id(one.node) not in inside}.values())

    def find(self, node: cst.CSTNode) -> Iterator[Obstacle]:
        """Obstacles in ``node``, outermost first."""
        if isinstance(node, cst.Lambda):
            return
        if isinstance(node, cst.Call) and super_name(node) in self.supers:
            for argument in node.args:
                yield from self.find(argument)
            return
        if isinstance(node, cst.Call):
            yield from self._call(node)
        elif isinstance(node, cst.Subscript):
            yield from self._subscript(node)
        elif isinstance(node, cst.Attribute):
            yield from self._attribute(node)
        elif isinstance(node, cst.Name) and self.kinds.names.get(node.value) == "weight":
            yield Obstacle(node, f"`{node.value}` is a weight of the model itself, not of a layer", "Weight")
        elif isinstance(node, (cst.BooleanOperation, cst.UnaryOperation, cst.IfExp, cst.Comparison)):
            yield from self._truth(node)
        elif isinstance(node, (cst.Await, cst.Yield)):
            yield Obstacle(node, "`call` is a coroutine or a generator")
        elif isinstance(node, cst.BinaryOperation) and self._mixes_batch(node):
            yield Obstacle(node, "computes with the batch size, which is not known while building", "Batch")
        for child in children(node):
            yield from self.find(child)

    def _call(self, node: cst.Call) -> Iterator[Obstacle]:
        path = self.kinds.imports.canonical(node.func)
        name = path.rpartition(".")[2]
        if self._is_unknown(node, path):
            reason = f"`{code(node.func)}` may not take symbolic tensors"
            yield Obstacle(node, reason, camel(code(node.func).rpartition(".")[2]))
        elif isinstance(node.func, cst.Call) and not self.kinds.imports.canonical(node.func.func):
            if code(node.func.func) in self.generated:
                return
            yield from self._construction(node.func)
        elif path:
            yield from self._known_call(node, path, name)
        elif isinstance(node.func, cst.Attribute):
            yield from self._method_call(node, node.func)
        elif isinstance(node.func, cst.Name) and not node.func.value[:1].isupper():
            yield from self._plain_call(node, node.func.value)
        elif isinstance(node.func, cst.Subscript) and self.kinds.is_layer(node.func):
            yield from self._layer_call(node, code(node.func).partition("[")[0].rpartition(".")[2])

    def _is_unknown(self, node: cst.Call, path: str) -> bool:
        """Whether a function of the module, or of a package that is not Keras, is given tensors."""
        if not self.kinds.any_symbolic(node.args):
            return False
        if isinstance(node.func, cst.Name) and node.func.value in self.functions:
            return True
        if own_attribute(node.func, self.kinds.self_name) in self.callables:
            return True
        name = path.rpartition(".")[2]
        package = path.partition(".")[0]
        return bool(path) and not name[:1].isupper() and package not in ("keras", "tf", "numpy", "tf_keras")

    def _construction(self, made: cst.Call) -> Iterator[Obstacle]:
        """``Block(64)(x)``: a layer of one's own, made in ``call``."""
        name = code(made.func).rpartition(".")[2]
        if name[:1].isupper():
            yield Obstacle(made, f"`{code(made.func)}` is constructed in `call`: construct it in `__init__`")

    def _known_call(self, node: cst.Call, path: str, name: str) -> Iterator[Obstacle]:
        if path.startswith(("tf.", "keras.ops.")) and name in _CLOSURES:
            yield Obstacle(node, f"`{code(node.func)}` runs functions over tensors they close over", _CLOSURES[name])
        elif ".random." in path or path.startswith(("keras.random.", "keras.backend.random_")):
            yield self._random_call(node, path)
        elif "py_function" in name or "numpy_function" in name:
            yield Obstacle(node, f"`{code(node.func)}` runs Python on values", "HostCall")
        elif path.startswith("keras.layers.") and name[:1].isupper() and name not in STATELESS_LAYERS:
            yield Obstacle(node, f"`{code(node.func)}` creates weights in `call`: construct it in `__init__`")
        elif path in ("tf.Variable", "keras.Variable"):
            yield Obstacle(node, "creates a variable in `call`: create it in `__init__` or `build`")
        elif self.kinds.any_symbolic(node.args):
            yield from self._operation(node, path, name)
        if self.kinds.imports.keras == 3 and not _is_shape(path) and self._is_given_batch(node):
            yield Obstacle(node, "computes with the batch size, which is not known while building", "Batch")

    def _random_call(self, node: cst.Call, path: str) -> Obstacle:
        if path.startswith(("tf.", "keras.")):
            return Obstacle(node, "draws random numbers, which would be drawn once, while building", "Noise")
        return Obstacle(node, "random numbers drawn by NumPy are frozen in a graph: use keras.random")

    def _operation(self, node: cst.Call, path: str, name: str) -> Iterator[Obstacle]:
        """An operation on tensors that symbolic ones are not given to."""
        if path.startswith("numpy."):
            yield Obstacle(node, f"`{code(node.func)}` needs values; a symbolic tensor has none: use keras.ops")
        elif path.startswith(("tf.", "keras.backend.")) and self.kinds.imports.keras == 3 and not _is_shape(path):
            if convert(node, path, "ops") is None:
                yield Obstacle(node, f"`{code(node.func)}` has no keras.ops counterpart here", camel(name))

    def _is_given_batch(self, node: cst.Call) -> bool:
        return any(self._holds_batch(argument.value) for argument in node.args)

    def _holds_batch(self, value: cst.BaseExpression) -> bool:
        """Whether the batch size is in an argument: itself, in a shape, or an item as in ``(batch, -1)``."""
        if isinstance(value, (cst.List, cst.Tuple)):
            return any(self.kinds.of(element.value) == "batch" for element in value.elements)
        return self.kinds.of(value) in ("batch", "shape")

    def _method_call(self, node: cst.Call, function: cst.Attribute) -> Iterator[Obstacle]:
        method = function.attr.value
        attribute = own_attribute(function, self.kinds.self_name)
        measured = own_attribute(function.value, self.kinds.self_name)
        if measured and method == "update_state" and is_metric(self.kinds.value(function.value)):
            yield Obstacle(node, f"`{code(function)}` changes the state of a metric", "Metric")
        elif attribute == "add_loss":
            yield Obstacle(node, "`self.add_loss` adds a loss of the model itself, not of a layer", "Loss")
        elif attribute in ("add_metric", "add_weight", "add_variable"):
            yield Obstacle(node, f"`self.{attribute}` in `call` has no place in a functional model: keep it in a layer")
        elif self.kinds.of(function.value) in SYMBOLIC and method in _TENSOR_METHODS:
            yield Obstacle(node, f"`.{method}()` needs a value; a symbolic tensor has none")
        elif self.kinds.of(function.value) == "weight" and method.startswith("assign"):
            yield Obstacle(node, "changes a variable in `call`: keep it in a layer")
        elif attribute and attribute in self.attributes and attribute not in self.methods:
            if self._is_by_name(node, attribute):
                yield Obstacle(node, f"`{code(function)}` may read its arguments in a way of its own", camel(attribute))
            yield from self._layer_call(node, attribute)

    def _plain_call(self, node: cst.Call, name: str) -> Iterator[Obstacle]:
        if name in ("bool", "int", "float") and self.kinds.any_symbolic(node.args):
            yield Obstacle(node, f"`{name}` of a tensor needs a value; a symbolic tensor has none")
        elif name in _ITERATING and self._over_one_tensor(node):
            yield Obstacle(node, f"`{name}` runs over the values of a tensor: use keras.ops.{name}")
        elif name in ("min", "max") and "tensor" in [self.kinds.of(argument.value) for argument in node.args]:
            yield Obstacle(node, f"`{name}` compares tensors as Python values: use keras.ops.{name}imum")
        elif name == "super":
            yield Obstacle(node, "calls a method of a base class that is not in this file")
        elif self.kinds.is_layer(node.func):
            yield from self._layer_call(node, name)

    def _is_by_name(self, node: cst.Call, attribute: str) -> bool:
        """Whether a layer that is not known is given its first argument by name, as no layer needs it to be."""
        first = node.args[0] if node.args else None
        named = first is not None and first.keyword is not None and not first.star
        return named and attribute in self.given and self.kinds.any_symbolic(node.args)

    def _over_one_tensor(self, node: cst.Call) -> bool:
        return len(node.args) == 1 and self.kinds.of(node.args[0].value) == "tensor"

    def _layer_call(self, node: cst.Call, name: str) -> Iterator[Obstacle]:
        if not node.args or self.kinds.any_symbolic(node.args):
            return
        yield Obstacle(
            node,
            f"`{code(node.func)}` is applied to a constant: a functional model would freeze its result",
            camel(name),
        )

    def _subscript(self, node: cst.Subscript) -> Iterator[Obstacle]:
        kinds = [self.kinds.of(child) for element in node.slice for child in element.slice.children]
        base = self.kinds.of(node.value)
        if any(kind in SYMBOLIC for kind in kinds):
            if base in SYMBOLIC:
                yield Obstacle(node, "indexes a tensor by a tensor", "Lookup")
            else:
                yield Obstacle(node, "a tensor as the index of a Python container")

    def _attribute(self, node: cst.Attribute) -> Iterator[Obstacle]:
        attribute = own_attribute(node, self.kinds.self_name)
        if attribute and self.kinds.of(node) == "weight":
            yield Obstacle(node, f"`{code(node)}` is a weight of the model itself, not of a layer", camel(attribute))

    def _truth(self, node: cst.CSTNode) -> Iterator[Obstacle]:
        """Python's own truth tests of a tensor."""
        tested: list[cst.BaseExpression] = []
        if isinstance(node, cst.BooleanOperation):
            tested = [node.left, node.right]
        elif isinstance(node, cst.UnaryOperation) and isinstance(node.operator, cst.Not):
            tested = [node.expression]
        elif isinstance(node, cst.IfExp):
            tested = [node.test]
        elif isinstance(node, cst.Comparison) and len(node.comparisons) > 1 and self.kinds.of(node) == "tensor":
            yield Obstacle(node, "a chained comparison of tensors: write it with keras.ops.logical_and")
        for part in tested:
            if self.kinds.of(part) == "tensor":
                yield Obstacle(part, TENSOR_TEST)

    def _mixes_batch(self, node: cst.BinaryOperation) -> bool:
        kinds = {self.kinds.of(node.left), self.kinds.of(node.right)}
        return self.kinds.imports.keras == 3 and bool(kinds & SYMBOLIC) and "batch" in kinds


TENSOR_TEST = "branches on a tensor with Python: write it with keras.ops.cond or where first (fix KG101 does)"


def is_metric(value: Value) -> bool:
    """Whether ``value`` is certainly a metric of Keras's own."""
    found = values.options(value)
    return bool(found) and all(
        isinstance(each, values.External) and each.name.startswith("keras.metrics.") for each in found
    )


def _is_shape(path: str) -> bool:
    name = knowledge.canonical(path)
    return name in SHAPE_CALLS or name in ("tf.rank", "keras.ops.ndim") or knowledge.has(name, "tensor-test")
