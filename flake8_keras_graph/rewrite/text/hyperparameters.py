"""Which expressions are Python numbers: by their value, and attributes else by what the constructor was given."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Literal

import libcst as cst

from flake8_keras_graph.analysis.values import Static, is_unknown, options
from flake8_keras_graph.rewrite.text.document import Document
from flake8_keras_graph.rewrite.text.syntax import code, own_attribute, parameters, self_name, statements
from flake8_keras_graph.syntax.nodes import walk


def number_type(document: Document, node: cst.CSTNode) -> Literal["int", "float", ""]:
    """Which Python number ``node`` certainly is, by its value; empty for what is none, or not known."""
    found = {option.type if isinstance(option, Static) else "" for option in options(document.value(node))}
    kind = found.pop() if len(found) == 1 else ""
    return "int" if kind == "int" else "float" if kind == "float" else ""


def is_argument(document: Document, node: cst.CSTNode, value: cst.BaseExpression) -> bool:
    """A whole number, or ``self.steps`` that ``__init__`` alone sets, once, from an argument or a whole number."""
    if not is_unknown(document.value(value)):
        return number_type(document, value) == "int"
    found = _source(document, node, value)
    if found is None:
        return False
    source, arguments = found
    return isinstance(source, cst.Integer) or (isinstance(source, cst.Name) and source.value in arguments)


def is_number(document: Document, node: cst.CSTNode, value: cst.BaseExpression) -> bool:
    """As ``is_argument``, also of a float, and the argument is visibly a number: by its default or annotation."""
    if not is_unknown(document.value(value)):
        return bool(number_type(document, value))
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


def number_default(document: Document, node: cst.CSTNode, value: cst.BaseExpression) -> Literal["whole", "float", ""]:
    """Whether what ``is_number`` holds of is a whole number or a float, by what is written; empty where neither."""
    found = _source(document, node, value)
    if found is None:
        return ""
    source, arguments = found
    argument = arguments.get(source.value) if isinstance(source, cst.Name) else None
    written = argument.default if argument is not None else source
    annotation = code(argument.annotation.annotation) if argument is not None and argument.annotation else ""
    if annotation in ("int", "float"):
        return "whole" if annotation == "int" else "float"
    return "whole" if isinstance(written, cst.Integer) else "float" if isinstance(written, cst.Float) else ""


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


def values_of(owner: cst.ClassDef, attribute: str) -> Sequence[tuple[cst.FunctionDef, cst.BaseExpression]]:
    """What the methods of ``owner`` set the attribute to, each with its method; an update counts as a value too."""
    return _values(owner).get(attribute, ())


@functools.lru_cache(maxsize=256)
def _values(owner: cst.ClassDef) -> Mapping[str, Sequence[tuple[cst.FunctionDef, cst.BaseExpression]]]:
    """The same by attribute."""
    found: dict[str, list[tuple[cst.FunctionDef, cst.BaseExpression]]] = {}
    for method in statements(owner):
        if not isinstance(method, cst.FunctionDef):
            continue
        own = self_name(method)
        for part in walk(method.body):
            targets: list[cst.CSTNode] = []
            if isinstance(part, cst.Assign):
                targets = [target.target for target in part.targets]
            elif isinstance(part, (cst.AugAssign, cst.AnnAssign)):
                targets = [part.target]
            for target in targets:
                if attribute := own_attribute(target, own):
                    value = part.value if isinstance(part, (cst.Assign, cst.AugAssign, cst.AnnAssign)) else None
                    found.setdefault(attribute, []).append((method, value or cst.Name("None")))
    return found
