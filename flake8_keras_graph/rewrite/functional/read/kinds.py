"""What an expression of ``call`` is while the functional model is built: a Python value or symbolic.

What an expression is, the analysis knows. Whether a tensor comes from the builder's inputs, or is a constant that is
there while building, no value tells: that, and sizes that hold the batch, are followed here from name to name. It is
also the answer for code that the analysis does not reach.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Literal

import libcst as cst

from flake8_keras_graph import knowledge
from flake8_keras_graph.analysis import values
from flake8_keras_graph.analysis.values import Value
from flake8_keras_graph.rewrite.functional.read.places import Places
from flake8_keras_graph.rewrite.text.imports import Imports
from flake8_keras_graph.rewrite.text.syntax import own_attribute
from flake8_keras_graph.syntax.nodes import walk

# "static": a Python value, or a tensor that is there while building; "tensor": one symbolic tensor; "structure": a
# tensor or a Python container of tensors; "shape": the shape of a tensor, its batch dimension not known; "batch": a
# number that is only known when the model runs; "weight": a variable of the model.
Kind = Literal["static", "tensor", "structure", "shape", "batch", "weight"]
SYMBOLIC = frozenset({"tensor", "structure"})

SHAPE_CALLS = (
    knowledge.names_where(returns="shape-tensor")
    | knowledge.names_where(returns="shape-tuple")
    | knowledge.names_where(returns="static-shape", modules=("keras.backend",))
)
# A cast of what is only known when the model runs is not known before.
_CASTS = knowledge.bare_names("casts", modules=("builtins",))
_STATIC_BUILTINS = knowledge.bare_names(modules=("builtins",), returns="static") - _CASTS | {"len"}
_CONTAINER_BUILTINS = knowledge.bare_names("container", modules=("builtins",))
_STATIC_ATTRIBUTES = frozenset({"dtype", "ndim", "rank"})


def is_operation(path: str) -> bool:
    """Whether ``path`` names an operation that gives tensors (not a layer or a Keras utility)."""
    return path.startswith(("keras.ops.", "keras.random.", "keras.backend.", "keras.activations.", "tf."))


def kind_of(value: Value) -> Kind | None:
    """The kind of what ``value`` says, if it comes from the inputs; None where it says too little."""
    if isinstance(value, values.Union):
        return _content(kind_of(option) for option in values.options(value))
    if isinstance(value, values.Tensor):
        return "weight" if value.variable else "tensor"
    if isinstance(value, values.Tensors):
        return "structure"
    if isinstance(value, (values.Seq, values.Mapping)):
        kind = _content(kind_of(item) for item in contents(value))
        return "structure" if kind == "tensor" else "shape" if kind == "batch" else kind
    if isinstance(value, values.Shape):
        return "static" if value.first else "shape"
    if isinstance(value, values.Dim):
        return "batch" if value.batch else None
    return None if values.is_unknown(value) else "static"


def contents(value: values.Seq | values.Mapping) -> Sequence[Value]:
    """The values that a container holds."""
    if isinstance(value, values.Seq):
        return value.items if value.items is not None else (value.element,)
    return [item for _, item in value.items] + ([value.default] if value.default is not None else [])


def leaves(value: Value) -> Iterator[Value]:
    """What ``value`` may be, and what containers among that hold."""
    for option in values.options(value):
        if isinstance(option, (values.Seq, values.Mapping)):
            for item in contents(option):
                yield from leaves(item)
        else:
            yield option


def _content(kinds: Iterable[Kind | None]) -> Kind | None:
    """The kind that says most of several; None where one is not known, unless another is symbolic."""
    found = set(kinds)
    order: tuple[Kind | None, ...] = ("structure", "tensor", None, "weight", "batch", "shape", "static")
    return next((kind for kind in order if kind in found), "static")


@dataclasses.dataclass(slots=True)
class Kinds:
    """Kinds of expressions in one function; ``names`` is kept up to date by whoever runs over its statements.

    ``weights`` are the attributes that hold variables; ``helper`` gives the kind a call of a method of the
    model returns, or None where it is no such call. ``made`` are the names that hold outputs of layers written for
    the builder, whatever the class had there.
    """

    places: Places
    imports: Imports
    self_name: str
    names: dict[str, Kind]
    weights: frozenset[str] = frozenset()
    helper: Callable[[cst.Call, Kinds], Kind | None] = lambda call, kinds: None
    made: set[str] = dataclasses.field(default_factory=set)

    def of(self, node: cst.CSTNode) -> Kind:
        """The kind of expression ``node``; what is not known is "static" where nothing symbolic enters it."""
        entering = self._entering(node)
        known = kind_of(self.value(node))
        if known is None or known == entering or self._rests_on_made(node):
            return entering
        if entering in SYMBOLIC:
            return known
        if known in SYMBOLIC or known == "weight":
            return entering
        return known if known == "batch" or entering != "static" else "static"

    def _rests_on_made(self, node: cst.CSTNode) -> bool:
        return bool(self.made) and any(isinstance(part, cst.Name) and part.value in self.made for part in walk(node))

    def _entering(self, node: cst.CSTNode) -> Kind:
        """What enters ``node`` from the inputs, sizes and weights, as far as its parts tell."""
        if isinstance(node, cst.Name):
            return self.names.get(node.value, "static")
        if isinstance(node, cst.Attribute):
            return self._attribute(node)
        if isinstance(node, cst.Subscript):
            return self._subscript(node)
        if isinstance(node, cst.Call):
            return self._call(node)
        if isinstance(node, (cst.Comparison, cst.BinaryOperation, cst.UnaryOperation, cst.BooleanOperation)):
            return _arithmetic([self.of(operand) for operand in _operands(node)])
        if isinstance(node, cst.IfExp):
            return _join([self.of(node.body), self.of(node.orelse)])
        if isinstance(node, (cst.Tuple, cst.List, cst.Set, cst.Dict)):
            return _container([self.of(element.value) for element in node.elements])
        if isinstance(node, (cst.ListComp, cst.SetComp, cst.GeneratorExp, cst.DictComp)):
            return self._comprehension(node)
        return self.of(node.value) if isinstance(node, cst.NamedExpr) else "static"

    def value(self, node: cst.CSTNode) -> Value:
        """What ``node`` may be; an attribute of the model is what the constructor left where no run gets to it."""
        value = self.places.value(node)
        attribute = own_attribute(node, self.self_name) if values.is_unknown(value) else ""
        return self.places.reading.attributes.get(attribute, value)

    def is_layer(self, node: cst.CSTNode) -> bool:
        """Whether ``node`` may be a layer, Keras's own or one of the project's."""
        found = values.options(self.value(node))
        hierarchy = self.places.reading.file.hierarchy
        return any(
            (isinstance(value, values.External) and value.name.startswith("keras."))
            or (isinstance(value, values.Instance) and hierarchy.kind(value.info) in ("layer", "model"))
            for value in found
        )

    def bind(self, target: cst.CSTNode, kind: Kind) -> None:
        """Give the names of an assignment target ``kind``; parts of a structure are structures."""
        if isinstance(target, cst.Name):
            self.names[target.value] = kind
            self.made.discard(target.value)
        elif isinstance(target, (cst.Tuple, cst.List)):
            part: Kind = "structure" if kind in SYMBOLIC else "batch" if kind == "shape" else kind
            for index, element in enumerate(target.elements):
                # The first of an unpacked shape is the batch dimension; the others are known.
                known = kind == "shape" and index > 0
                self.bind(element.value, "static" if known else part)

    def bind_loop(self, target: cst.BaseExpression, source: cst.BaseExpression) -> None:
        """Give loop targets their kinds, ``zip`` and ``enumerate`` looked into."""
        parts = target.elements if isinstance(target, (cst.Tuple, cst.List)) else ()
        if isinstance(source, cst.Call) and isinstance(source.func, cst.Name) and parts:
            arguments = [argument.value for argument in source.args]
            if source.func.value == "zip" and len(arguments) == len(parts):
                for part, argument in zip(parts, arguments, strict=True):
                    self.bind_loop(part.value, argument)
                return
            if source.func.value == "enumerate" and len(parts) == 2 and arguments:
                self.bind(parts[0].value, "static")
                self.bind_loop(parts[1].value, arguments[0])
                return
        kind = self.of(source)
        self.bind(target, "structure" if kind in SYMBOLIC else "weight" if kind == "weight" else "static")

    def any_symbolic(self, arguments: Sequence[cst.Arg]) -> bool:
        """Whether a tensor is among ``arguments``."""
        return any(self.of(argument.value) in SYMBOLIC for argument in arguments)

    def _attribute(self, node: cst.Attribute) -> Kind:
        attribute = own_attribute(node, self.self_name)
        if attribute:
            return "weight" if attribute in self.weights else "static"
        base = self.of(node.value)
        if node.attr.value == "shape" and base in SYMBOLIC:
            return "shape"
        return "static" if node.attr.value in _STATIC_ATTRIBUTES else base

    def _subscript(self, node: cst.Subscript) -> Kind:
        base = self.of(node.value)
        if base == "shape":
            return _dimension(node)
        indices = [self.of(child) for element in node.slice for child in element.slice.children]
        return "tensor" if base == "static" and any(kind in SYMBOLIC for kind in indices) else base

    def _call(self, node: cst.Call) -> Kind:
        helped = self.helper(node, self)
        if helped is not None:
            return helped
        path = self.imports.canonical(node.func)
        kinds = {self.of(argument.value) for argument in node.args}
        method = ""
        if isinstance(node.func, cst.Attribute) and not path:
            kinds.add(self.of(node.func.value))
            method = node.func.attr.value
        name = node.func.value if isinstance(node.func, cst.Name) and not path else ""
        if name in _STATIC_BUILTINS:
            return "static"
        if path in SHAPE_CALLS or method == "get_shape":
            return "shape" if kinds & SYMBOLIC else "static"
        if kinds & SYMBOLIC:
            return "structure"
        if kinds & {"batch", "shape"}:
            return _of_sizes(path, name)
        return "tensor" if path.startswith(("tf.random.", "keras.random.")) else "static"

    def _comprehension(self, node: cst.ListComp | cst.SetComp | cst.GeneratorExp | cst.DictComp) -> Kind:
        inner = dataclasses.replace(self, names=dict(self.names), made=set(self.made))
        loop: cst.CompFor | None = node.for_in
        while loop is not None:
            inner.bind_loop(loop.target, loop.iter)
            loop = loop.inner_for_in
        results = [node.key, node.value] if isinstance(node, cst.DictComp) else [node.elt]
        return _container([inner.of(result) for result in results])


def merge(left: Mapping[str, Kind], right: Mapping[str, Kind]) -> dict[str, Kind]:
    """Kinds of names where two branches meet."""
    return {
        name: _join([left.get(name, right.get(name, "static")), right.get(name, left.get(name, "static"))])
        for name in {**left, **right}
    }


def _of_sizes(path: str, name: str) -> Kind:
    """What a call makes of sizes; ``name`` is that of a function that was not imported, empty for a method."""
    if is_operation(path):
        return "tensor"
    return "batch" if name and name not in _CONTAINER_BUILTINS else "shape"


def _operands(
    node: cst.Comparison | cst.BinaryOperation | cst.UnaryOperation | cst.BooleanOperation,
) -> list[cst.BaseExpression]:
    if isinstance(node, cst.UnaryOperation):
        return [node.expression]
    others = [part.comparator for part in node.comparisons] if isinstance(node, cst.Comparison) else [node.right]
    return [node.left, *others]


def _arithmetic(kinds: list[Kind]) -> Kind:
    if any(kind in SYMBOLIC for kind in kinds):
        return "tensor"
    return next((kind for kind in ("weight", "batch", "shape") if kind in kinds), "static")


def _container(kinds: list[Kind]) -> Kind:
    if any(kind in SYMBOLIC for kind in kinds):
        return "structure"
    if "weight" in kinds:
        return "weight"
    return "shape" if "batch" in kinds or "shape" in kinds else "static"


def _join(kinds: list[Kind]) -> Kind:
    return _content(kinds) or "static"


def _dimension(node: cst.Subscript) -> Kind:
    """``shape[0]`` is the batch; another literal index is known; a slice from 1 on is known."""
    piece = node.slice[0].slice if len(node.slice) == 1 else None
    if isinstance(piece, cst.Index):
        value = piece.value
        if isinstance(value, cst.UnaryOperation) and isinstance(value.expression, cst.Integer):
            return "static"
        if isinstance(value, cst.Integer):
            return "batch" if int(value.value) == 0 else "static"
        return "batch"
    if isinstance(piece, cst.Slice) and piece.lower is not None and not isinstance(piece.lower, cst.Name):
        return "static"
    return "shape"
