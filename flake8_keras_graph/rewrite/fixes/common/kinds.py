"""What an expression may give, as far as a fix has to tell: a tensor, a variable, a number, or something else.

The reading's values answer where they are known. They are joined over paths, and a join of a variable and a tensor is
a tensor: so the bindings of a name are looked at as well. What nothing is known of is "unknown", never left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

import libcst as cst

from flake8_keras_graph import knowledge
from flake8_keras_graph.analysis.values import Dim, External, Mapping, Seq, Static, Tensor, Tensors, Value, options
from flake8_keras_graph.rewrite.text.document import Document
from flake8_keras_graph.rewrite.text.hyperparameters import is_number, number_default
from flake8_keras_graph.rewrite.text.scopes import bindings_of, reaching_value, reads_of, returned_values, scope_of
from flake8_keras_graph.syntax.nodes import walk

Kind = Literal["tensor", "variable", "float", "whole", "other", "unknown"]
Kinds = frozenset[Kind]

TENSOR: Kinds = frozenset({"tensor"})
NUMBERS: Kinds = frozenset({"float", "whole"})
_TENSORS: Kinds = frozenset({"tensor", "variable"})
_TENSOR_SPECS = frozenset({"tensor", "batched", "broadcast"})
_UNKNOWN: Kinds = frozenset({"unknown"})
_OTHER: Kinds = frozenset({"other"})
_ARITHMETIC = (cst.Add, cst.Subtract, cst.Multiply, cst.Divide)


def kinds(document: Document, node: cst.BaseExpression, place: cst.CSTNode | None = None) -> Kinds:
    """What ``node`` may give; one that was made anew, and stands nowhere, as at ``place``."""
    return _Kinds(document, place if place is not None else node).of(node)


def kinds_of_sides(sides: Iterable[Kinds]) -> Kinds:
    """What a branch gives whose sides give these: beside a tensor there is another, or no graph is made."""
    found = list(sides)
    joined = frozenset[Kind]().union(*found)
    return joined - _UNKNOWN if TENSOR in found else joined


class _Kinds:
    def __init__(self, document: Document, place: cst.CSTNode) -> None:
        self._document, self._place = document, place
        self._seen: set[str] = set()

    def of(self, node: cst.BaseExpression) -> Kinds:
        if isinstance(node, cst.IfExp):
            return self.of(node.body) | self.of(node.orelse)
        if isinstance(node, (cst.List, cst.Tuple, cst.Dict)):
            return self._of_container(node)
        known = _of_value(self._document.value(node))
        if isinstance(node, cst.Name):
            return self._of_name(node, known)
        found = known if "unknown" not in known else self._as_written(node)
        return found | {"variable"} if isinstance(node, cst.Call) and self._may_pass_on_a_variable(node) else found

    def _may_pass_on_a_variable(self, call: cst.Call) -> bool:
        """Whether the call is given a variable, and may give it back: as ``convert_to_tensor`` and Dropout do."""
        made = self._document.value(call.func)
        if isinstance(made, External) and knowledge.has(made.name, "weights"):
            return False
        name = knowledge.canonical(self._document.imports.canonical(call.func))
        found = knowledge.record(name)
        if found is not None and found.runs == "branches":
            return any("variable" in self.of(function.body) for function in _lambdas(call))
        computes = knowledge.has(name, "elementwise") or knowledge.has(name, "reduction") or knowledge.joins(name)
        if computes and not name.startswith("keras.activations.") and not name.endswith("convert_to_tensor"):
            return False
        given = [argument.value for argument in call.args]
        if isinstance(call.func, cst.Attribute) and not name:
            given.append(call.func.value)
        return any("variable" in self.of(value) for value in given) or (not name and self._own_may_give_one(call))

    def _own_may_give_one(self, call: cst.Call) -> bool:
        """Whether a function of this file that has the name of what is called may return a variable."""
        called = call.func.attr if isinstance(call.func, cst.Attribute) else call.func
        if not isinstance(called, cst.Name) or f"{called.value}()" in self._seen:
            return False
        self._seen.add(f"{called.value}()")
        return any("variable" in self.of(value) for value in returned_values(self._document.module, called.value))

    def _of_container(self, node: cst.List | cst.Tuple | cst.Dict) -> Kinds:
        parts = [element.value for element in node.elements]
        starred = (cst.StarredElement, cst.StarredDictElement)
        if not parts or any(isinstance(element, starred) for element in node.elements):
            return _OTHER
        return frozenset[Kind]().union(*map(self.of, parts))

    def _of_name(self, node: cst.Name, known: Kinds) -> Kinds:
        """By its value there; where that is not known, or may hide a variable, by all that the name is bound to."""
        if "unknown" not in known and "tensor" not in known:
            return known
        name = node.value
        place = node if node in self._document.parents else self._place
        scope = scope_of(self._document, place, name)
        if scope is None or name in self._seen:
            return frozenset() if scope is not None and "unknown" in known else known
        last = reaching_value(self._document, place, name)
        if last is not None:
            bound = self.of(last)
        else:
            self._seen.add(name)
            bound = self._of_bindings(scope, name)
        if "unknown" not in known:
            return known | (bound & {"variable"})
        return bound or _UNKNOWN

    def _of_bindings(self, scope: cst.FunctionDef, name: str) -> Kinds:
        found: set[Kind] = set()
        opaque = False
        for source in bindings_of(scope, name):
            if source is None:
                opaque = True
            else:
                found |= self.of(source)
        if opaque:
            values = [_of_value(self._document.value(read)) for read in reads_of(self._document, scope, name)]
            known = [each for each in values if "unknown" not in each]
            found |= frozenset[Kind]().union(*known) if known else _UNKNOWN
        return frozenset(found)

    def _as_written(self, node: cst.BaseExpression) -> Kinds:
        """The same by what is written, where the value is not known."""
        if isinstance(node, cst.BaseNumber):
            return frozenset({"whole" if isinstance(node, cst.Integer) else "float"})
        if isinstance(node, cst.UnaryOperation):
            return _OTHER if isinstance(node.operator, cst.Not) else self.of(node.expression)
        if isinstance(node, cst.BinaryOperation):
            pairs = ((one, other) for one in self.of(node.left) for other in self.of(node.right))
            return frozenset(_computed(node.operator, one, other) for one, other in pairs) or _UNKNOWN
        if isinstance(node, cst.Call):
            name = knowledge.canonical(self._document.imports.canonical(node.func))
            return TENSOR if knowledge.returns(name) in _TENSOR_SPECS else _UNKNOWN
        if isinstance(node, cst.Attribute) and is_number(self._document, node, node):
            default = number_default(self._document, node, node)
            return frozenset({default}) if default else _UNKNOWN
        return _UNKNOWN


def _lambdas(call: cst.Call) -> list[cst.Lambda]:
    return [argument.value for argument in call.args if isinstance(argument.value, cst.Lambda)]


def _computed(operator: cst.BaseBinaryOp, one: Kind, other: Kind) -> Kind:
    if {one, other} & _TENSORS:
        return "tensor"
    if not {one, other} <= NUMBERS:
        return "unknown"
    return "float" if "float" in (one, other) or isinstance(operator, cst.Divide) else "whole"


def _of_value(value: Value) -> Kinds:
    return frozenset[Kind]().union(*map(_of_option, options(value)))


def _of_option(value: Value) -> Kinds:
    if isinstance(value, Tensor):
        return frozenset({"variable" if value.variable else "tensor"})
    if isinstance(value, Tensors):
        return TENSOR
    if isinstance(value, Dim):
        return frozenset({"whole"})
    if isinstance(value, Seq) and value.items:
        return frozenset[Kind]().union(*map(_of_value, value.items))
    if isinstance(value, Mapping) and value.items:
        return frozenset[Kind]().union(*(_of_value(item) for _, item in value.items))
    if isinstance(value, Static):
        return (
            frozenset({"float"}) if value.type == "float" else frozenset({"whole"}) if value.type == "int" else _OTHER
        )
    return _UNKNOWN if type(value) is Value else _OTHER


def is_floating(document: Document, node: cst.BaseExpression) -> bool:
    """Whether ``node`` is certainly of floats: what layers with weights give, and what is computed from that."""
    return _Floating(document).holds(node)


class _Floating:
    def __init__(self, document: Document) -> None:
        self._document = document
        self._seen: set[str] = set()

    def holds(self, node: cst.BaseExpression) -> bool:
        if isinstance(node, cst.Name):
            return self._name(node)
        if isinstance(node, cst.UnaryOperation):
            return not isinstance(node.operator, cst.Not) and self.holds(node.expression)
        if isinstance(node, cst.BinaryOperation):
            return isinstance(node.operator, _ARITHMETIC) and self._operation(node.left, node.right)
        if isinstance(node, cst.Call):
            return self._call(node)
        return isinstance(node, cst.Float)

    def _operation(self, left: cst.BaseExpression, right: cst.BaseExpression) -> bool:
        floats = self.holds(left), self.holds(right)
        return any(floats) and all(
            held or isinstance(side, cst.Integer) for held, side in zip(floats, (left, right), strict=True)
        )

    def _name(self, node: cst.Name) -> bool:
        last = reaching_value(self._document, node, node.value) if node in self._document.parents else None
        if last is not None:
            return self.holds(last)
        scope = scope_of(self._document, node, node.value)
        if scope is None:
            return False
        if node.value in self._seen:
            return True
        self._seen.add(node.value)
        sources = bindings_of(scope, node.value)
        return bool(sources) and all(source is not None and self.holds(source) for source in sources)

    def _call(self, node: cst.Call) -> bool:
        made = self._document.value(node.func)
        if isinstance(made, External):
            return knowledge.is_layer(made.name) and knowledge.has(made.name, "weights")
        name = knowledge.canonical(self._document.imports.canonical(node.func))
        kept = knowledge.has(name, "elementwise") or knowledge.has(name, "reduction")
        if not kept or knowledge.has(name, "boolean") or knowledge.has(name, "integers") or name.endswith("cast"):
            return False
        return len(node.args) == 1 and node.args[0].keyword is None and self.holds(node.args[0].value)


def may_choose(document: Document, place: cst.CSTNode, sides: Sequence[cst.BaseExpression]) -> bool:
    """Whether both sides may be computed and chosen from, with equal shapes, values and gradients.

    True for sums of one name and numbers, and products of it with numbers: of the name's own shape, and with a
    gradient that is finite whatever the name holds. The name holds floats, as a number may not go with others.
    """
    names = {part.value: part for side in sides for part in walk(side) if isinstance(part, cst.Name)}
    if len(names) != 1 or not all(any(isinstance(part, cst.Name) for part in walk(side)) for side in sides):
        return False
    reads = [part for side in sides for part in walk(side) if isinstance(part, cst.Name)]
    placed = [read for read in reads if read in document.parents]
    tensors = all(kinds(document, read, place) == TENSOR for read in placed) and bool(placed)
    return tensors and all(map(_is_linear, sides)) and all(is_floating(document, read) for read in placed)


def _is_linear(node: cst.BaseExpression) -> bool:
    if isinstance(node, cst.UnaryOperation):
        return isinstance(node.operator, (cst.Minus, cst.Plus)) and _is_linear(node.expression)
    if isinstance(node, cst.BinaryOperation):
        if isinstance(node.operator, cst.Multiply):
            numbers = [not any(isinstance(part, cst.Name) for part in walk(side)) for side in (node.left, node.right)]
            return any(numbers) and _is_linear(node.left) and _is_linear(node.right)
        return isinstance(node.operator, (cst.Add, cst.Subtract)) and _is_linear(node.left) and _is_linear(node.right)
    return isinstance(node, (cst.Name, cst.Integer, cst.Float))
