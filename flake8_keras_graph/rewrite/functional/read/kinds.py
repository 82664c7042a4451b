"""What an expression of ``call`` is while the functional model is built: a Python value or symbolic."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import libcst as cst

from flake8_keras_graph import knowledge
from flake8_keras_graph.rewrite.text.imports import Imports
from flake8_keras_graph.rewrite.text.syntax import own_attribute

# "static": a Python value; "tensor": one symbolic tensor; "structure": a tensor or a Python container of
# tensors; "shape": the shape of a tensor, its batch dimension not known; "batch": a number that is only
# known when the model runs; "weight": a variable of the model.
Kind = Literal["static", "tensor", "structure", "shape", "batch", "weight"]
SYMBOLIC = frozenset({"tensor", "structure"})

SHAPE_CALLS = (
    knowledge.names_where(returns="shape-tensor")
    | knowledge.names_where(returns="shape-tuple")
    | knowledge.names_where(returns="static-shape", modules=("keras.backend",))
)
_STATIC_CALLS = knowledge.names_where(returns="static", modules=("tf", "keras.ops", "keras.utils", "keras.backend")) | {
    "tf.rank"
}
# A cast of what is only known when the model runs is not known before.
_CASTS = knowledge.bare_names("casts", modules=("builtins",))
_STATIC_BUILTINS = knowledge.bare_names(modules=("builtins",), returns="static") - _CASTS | {"len"}
_CONTAINER_BUILTINS = knowledge.bare_names("container", modules=("builtins",))
_STATIC_ATTRIBUTES = frozenset({"dtype", "ndim", "rank", "ndims", "name"})
_DICT_METHODS = frozenset({"get", "items", "values", "pop", "keys", "copy"})


def is_operation(path: str) -> bool:
    """Whether ``path`` names an operation that gives tensors (not a layer or a Keras utility)."""
    return path.startswith(("keras.ops.", "keras.random.", "keras.backend.", "keras.activations.", "tensorflow."))


def _gives_several(name: str) -> bool:
    """Whether the operation gives a list or a tuple of tensors."""
    spec = knowledge.returns(name) or ""
    return spec == "tensors" or spec.startswith("(")


@dataclasses.dataclass(slots=True)
class Kinds:
    """Kinds of expressions in one function; ``names`` is kept up to date by whoever runs over its statements.

    ``weights`` are the attributes that hold variables; ``helper`` gives the kind a call of a method of the
    model returns, or None where it is no such call.
    """

    imports: Imports
    self_name: str
    names: dict[str, Kind]
    weights: frozenset[str] = frozenset()
    helper: Callable[[cst.Call, Kinds], Kind | None] = lambda call, kinds: None

    def of(self, node: cst.CSTNode) -> Kind:
        """The kind of expression ``node``; what is not known is "static" where nothing symbolic enters it."""
        if isinstance(node, cst.Name):
            return self.names.get(node.value, "static")
        if isinstance(node, cst.Attribute):
            return self._attribute(node)
        if isinstance(node, cst.Subscript):
            return self._subscript(node)
        if isinstance(node, cst.Call):
            return self._call(node)
        if isinstance(node, cst.Comparison):
            return self._comparison(node)
        if isinstance(node, (cst.BinaryOperation, cst.UnaryOperation, cst.BooleanOperation)):
            return _arithmetic([self.of(child) for child in node.children])
        if isinstance(node, cst.IfExp):
            return _join([self.of(node.body), self.of(node.orelse)])
        if isinstance(node, (cst.Tuple, cst.List, cst.Set, cst.Dict)):
            return _container([self.of(_element(element)) for element in node.elements])
        if isinstance(node, (cst.ListComp, cst.SetComp, cst.GeneratorExp, cst.DictComp)):
            return self._comprehension(node)
        if isinstance(node, cst.NamedExpr):
            return self.of(node.value)
        if isinstance(node, (cst.StarredElement, cst.Await)):
            return self.of(node.value if isinstance(node, cst.StarredElement) else node.expression)
        return "static"

    def bind(self, target: cst.CSTNode, kind: Kind) -> None:
        """Give the names of an assignment target ``kind``; parts of a structure are structures."""
        if isinstance(target, cst.Name):
            self.names[target.value] = kind
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
        kinds = [self.of(argument.value) for argument in node.args]
        path = self.imports.canonical(node.func)
        api = knowledge.canonical(path)
        name = node.func.value if isinstance(node.func, cst.Name) else ""
        if api in _STATIC_CALLS or (name in _STATIC_BUILTINS and not path):
            return "static"
        if api in SHAPE_CALLS:
            return "shape" if any(kind in SYMBOLIC for kind in kinds) else "static"
        if isinstance(node.func, cst.Attribute) and not path:
            return self._method(node.func, kinds)
        if any(kind in SYMBOLIC for kind in kinds):
            single = is_operation(path) and not _gives_several(api)
            return "tensor" if single else "structure"
        if "batch" in kinds or "shape" in kinds:
            return "tensor" if is_operation(path) else "shape" if name in _CONTAINER_BUILTINS else "batch"
        if path.startswith(("tensorflow.random.", "keras.random.")):
            return "tensor"
        return "static"

    def _method(self, function: cst.Attribute, kinds: list[Kind]) -> Kind:
        base = self.of(function.value)
        method = function.attr.value
        if base == "shape":
            return "static" if method in ("rank", "ndims") else "shape"
        if base in SYMBOLIC:
            if method in ("get_shape",):
                return "shape"
            return "structure" if method in _DICT_METHODS else base
        return "structure" if any(kind in SYMBOLIC for kind in kinds) else "static"

    def _comparison(self, node: cst.Comparison) -> Kind:
        kinds = [self.of(node.left), *(self.of(part.comparator) for part in node.comparisons)]
        identity = (cst.Is, cst.IsNot)
        if all(isinstance(part.operator, identity) for part in node.comparisons):
            return "static"
        if all(isinstance(part.operator, (cst.In, cst.NotIn)) for part in node.comparisons):
            return "tensor" if "tensor" in kinds else "static"
        return _arithmetic(kinds)

    def _comprehension(self, node: cst.ListComp | cst.SetComp | cst.GeneratorExp | cst.DictComp) -> Kind:
        inner = Kinds(self.imports, self.self_name, dict(self.names), self.weights, self.helper)
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


def _element(element: cst.CSTNode) -> cst.CSTNode:
    return element.value if isinstance(element, (cst.Element, cst.DictElement, cst.StarredElement)) else element


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
    if kinds[0] == kinds[1]:
        return kinds[0]
    return next(
        (kind for kind in ("structure", "tensor", "weight", "batch", "shape") if kind in kinds),
        "static",
    )


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
