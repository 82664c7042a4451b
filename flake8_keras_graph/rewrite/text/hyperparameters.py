"""Attributes that hold what the constructor was given: Python values, told from tensors by where they come from."""

from __future__ import annotations

import libcst as cst

from flake8_keras_graph.rewrite.text.document import Document
from flake8_keras_graph.rewrite.text.syntax import code, own_attribute, parameters, self_name, statements, walk


def is_argument(document: Document, node: cst.CSTNode, value: cst.BaseExpression) -> bool:
    """``self.steps`` that ``__init__`` alone sets, once, from an argument or a whole number."""
    found = _source(document, node, value)
    if found is None:
        return False
    source, arguments = found
    return isinstance(source, cst.Integer) or (isinstance(source, cst.Name) and source.value in arguments)


def is_number(document: Document, node: cst.CSTNode, value: cst.BaseExpression) -> bool:
    """As ``is_argument``, and the argument is visibly a number: by its default or annotation."""
    found = _source(document, node, value)
    if found is None:
        return False
    source, arguments = found
    if isinstance(source, (cst.Integer, cst.Float)):
        return True
    argument = arguments.get(source.value) if isinstance(source, cst.Name) else None
    if argument is None:
        return False
    annotation = code(argument.annotation.annotation) if argument.annotation is not None else ""
    return isinstance(argument.default, (cst.Integer, cst.Float)) or annotation in ("int", "float")


def _source(
    document: Document, node: cst.CSTNode, value: cst.BaseExpression
) -> tuple[cst.BaseExpression, dict[str, cst.Param]] | None:
    """What ``__init__`` sets the attribute ``value`` to, and the arguments of ``__init__``."""
    function = document.function(node)
    owner = document.owner(node)
    attribute = own_attribute(value, self_name(function)) if function is not None else ""
    if not attribute or owner is None:
        return None
    given = values_of(owner, attribute)
    if len(given) != 1 or given[0][0].name.value != "__init__":
        return None
    method, source = given[0]
    return source, {parameter.name.value: parameter for parameter in parameters(method)}


def values_of(owner: cst.ClassDef, attribute: str) -> list[tuple[cst.FunctionDef, cst.BaseExpression]]:
    """What the methods of ``owner`` set the attribute to, each with its method."""
    methods = [line for line in statements(owner) if isinstance(line, cst.FunctionDef)]
    return [(method, source) for method in methods for source in _values(method, attribute)]


def _values(method: cst.FunctionDef, attribute: str) -> list[cst.BaseExpression]:
    """Values that ``method`` assigns to ``self.<attribute>``; an update counts as a value too."""
    own = self_name(method)
    found: list[cst.BaseExpression] = []
    for part in walk(method.body):
        if isinstance(part, cst.Assign):
            found += [part.value for target in part.targets if own_attribute(target.target, own) == attribute]
        elif isinstance(part, (cst.AugAssign, cst.AnnAssign)) and own_attribute(part.target, own) == attribute:
            found.append(part.value or cst.Name("None"))
    return found
