"""What the sides of a branch give for one name: whether a graph can choose between them."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import libcst as cst

from flake8_keras_graph import knowledge
from flake8_keras_graph.analysis.values import (
    Dim,
    External,
    Function,
    Instance,
    Method,
    NoneValue,
    Static,
    Tensor,
    Value,
    options,
)
from flake8_keras_graph.rewrite.text.document import Document, NotFixable
from flake8_keras_graph.rewrite.text.effects import single_assignment
from flake8_keras_graph.rewrite.text.hyperparameters import number_type, values_of
from flake8_keras_graph.rewrite.text.syntax import Statement, code, dotted, outer_names, own_attribute, self_name
from flake8_keras_graph.syntax.nodes import walk

_TEXTS = (cst.SimpleString, cst.ConcatenatedString, cst.FormattedString)
_CONTAINERS = (cst.List, cst.Dict, cst.Tuple, cst.Set)
_LISTED = (cst.ListComp, cst.DictComp, cst.SetComp, cst.GeneratorExp)


def assigned_last(lines: Sequence[Statement], name: str) -> cst.BaseExpression | None:
    """What the last of ``lines`` that binds ``name`` sets it to; None where that is not written out."""
    for line in reversed(lines):
        if name in outer_names([line]):
            assignment = single_assignment(line)
            return assignment[1] if assignment is not None else None
    return None


def returned_last(line: Statement) -> cst.BaseExpression | None:
    """What ``line`` returns; None where it is no return."""
    small = line.body[-1] if isinstance(line, cst.SimpleStatementLine) else None
    if not isinstance(small, cst.Return):
        return None
    return small.value if small.value is not None else cst.Name("None")


def refuse_unlike(document: Document, node: cst.CSTNode, name: str, values: Sequence[cst.BaseExpression]) -> None:
    """Raise NotFixable where ``values``, of the sides of a branch, are visibly not tensors of one kind."""
    for value in values:
        what = _python_object(document, node, value)
        if what:
            raise NotFixable(f"{_named(name)} is {what} on one side, which no graph gives back")
    if any(isinstance(value, _CONTAINERS) for value in values):
        if len({_shape(value) for value in values}) > 1:
            raise NotFixable(f"{_named(name)} is built in another way on each side: a graph gives back one structure")
    if any(is_whole(document, value) for value in values) and any(_is_computed(document, value) for value in values):
        raise NotFixable(f"{_named(name)} is a whole number on one side: make it a tensor of the dtype of the other")


def _named(name: str) -> str:
    return name if name == "it" else f"`{name}`"


def _python_object(document: Document, node: cst.CSTNode, value: cst.BaseExpression) -> str:
    """What ``value`` is that no tensor can be; empty for what may be one, for numbers and for structures of those."""
    known = {_object_kind(document, option) for option in options(document.value(value))}
    if len(known) == 1 and (kind := known.pop()) is not None:
        return kind
    if code(value) == "None":
        return "None"
    if isinstance(value, _TEXTS):
        return "a text"
    if isinstance(value, cst.Lambda):
        return "a function"
    if isinstance(value, _LISTED):
        return "a container of a length of its own"
    if isinstance(value, cst.BinaryOperation) and any(isinstance(s, cst.List) for s in (value.left, value.right)):
        return "a list of a length of its own"
    return "a layer" if _is_layer(document, node, value) else ""


def _object_kind(document: Document, value: Value) -> str | None:
    """The same of a value; None where it is not known."""
    if isinstance(value, NoneValue):
        return "None"
    if isinstance(value, (Function, Method)):
        return "a function"
    if isinstance(value, Instance) and document.reading.hierarchy.kind(value.info) is not None:
        return "a layer"
    if isinstance(value, External) and knowledge.is_layer(value.name):
        return "a layer"
    if isinstance(value, Static) and value.type == "str":
        return "a text"
    is_number = isinstance(value, Static) and value.type in ("int", "float", "bool")
    return "" if is_number or isinstance(value, Tensor) else None


def _is_layer(document: Document, node: cst.CSTNode, value: cst.BaseExpression) -> bool:
    """``self.dense`` and ``self.blocks[0]`` that the class sets to what a class makes."""
    owner = document.owner(node)
    inside = itertools.takewhile(lambda upper: upper is not owner, document.above(node))
    functions = [upper for upper in inside if isinstance(upper, cst.FunctionDef)]
    if owner is None or not functions:
        return False
    base = value.value if isinstance(value, cst.Subscript) else value
    attribute = own_attribute(base, self_name(functions[-1]))
    if not attribute:
        return False
    made = (part for _, source in values_of(owner, attribute) for part in walk(source) if isinstance(part, cst.Call))
    names = {dotted(call.func).rpartition(".")[2] for call in made}
    return any(name[:1].isupper() for name in names - {"Variable"})


def _shape(value: cst.BaseExpression) -> tuple[object, ...]:
    """How ``value`` is built, as far as it is written out."""
    if isinstance(value, cst.Dict):
        keys = (code(element.key) if isinstance(element, cst.DictElement) else "**" for element in value.elements)
        return ("dict", *sorted(keys))
    if isinstance(value, (cst.List, cst.Tuple, cst.Set)):
        return (type(value).__name__, *(_shape(element.value) for element in value.elements))
    return ()


def is_whole(document: Document, value: cst.BaseExpression) -> bool:
    """Whether ``value`` is a whole number of Python's, or the size of a dimension."""
    if isinstance(value, cst.UnaryOperation):
        return is_whole(document, value.expression)
    is_size = isinstance(document.value(value), Dim)
    return is_size or isinstance(value, cst.Integer) or number_type(document, value) == "int"


def _is_computed(document: Document, value: cst.BaseExpression) -> bool:
    """Whether ``value`` is what an operation or a layer gives, most often of a floating dtype, or a floating number."""
    if isinstance(value, cst.Float):
        return True
    if not isinstance(value, cst.Call):
        return False
    name = knowledge.canonical(document.imports.canonical(value.func))
    whole = knowledge.has(name, "integers") or name == "keras.ops.shape"
    return not whole and code(value.func) not in ("int", "len")
