"""Local names for the attributes of a model: their own, unless that would change what another name means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import libcst as cst

from flake8_keras_graph.rewrite.functional.read.construction import Construction
from flake8_keras_graph.rewrite.functional.write.context import Context
from flake8_keras_graph.rewrite.text.syntax import (
    Statement,
    dotted,
    names_bound,
    names_read,
    outer_names,
    own_attribute,
    parameters,
)


def choose_names(
    context: Context, construction: Construction, values: Mapping[str, Sequence[cst.BaseExpression]]
) -> dict[str, str]:
    """A local name for each attribute; the names chosen are added to ``context.taken``."""
    arguments = _constructor_arguments(context)
    names: dict[str, str] = {}
    for attribute, given in values.items():
        if _is_stored_argument(context, attribute, given, arguments):
            assert isinstance(given[0], cst.Name)
            names[attribute] = given[0].value
        elif attribute in arguments and _replaces_argument(context, construction, attribute):
            names[attribute] = attribute
        else:
            wanted = attribute.strip("_") or attribute
            names[attribute] = context.fresh(wanted, _suffix(context, given))
    return names


def _constructor_arguments(context: Context) -> set[str]:
    method = context.model.method("__init__")
    if method is None:
        return set()
    found = {parameter.name.value for parameter in parameters(method.node)}
    keywords = method.node.params.star_kwarg
    return found | ({keywords.name.value} if keywords is not None else set())


def _is_stored_argument(
    context: Context, attribute: str, given: Sequence[cst.BaseExpression], arguments: set[str]
) -> bool:
    """``self.x = x`` and nothing else, with ``x`` an argument that no method binds again."""
    if len(given) != 1 or not isinstance(given[0], cst.Name) or given[0].value not in arguments:
        return False
    return given[0].value not in _bound_anywhere(context)


def _bound_anywhere(context: Context) -> set[str]:
    """Names bound in the bodies of the methods that the builder takes over."""
    found: set[str] = set()
    for name in context.model.method_names():
        method = context.model.method(name)
        if method is None:
            continue
        found |= names_bound(method.node.body)
        if name != "__init__":
            found |= {parameter.name.value for parameter in parameters(method.node)}
    return found


def _replaces_argument(context: Context, construction: Construction, attribute: str) -> bool:
    """``self.units = units or 64`` where nothing reads the argument afterwards, nor binds that name."""
    lines = [line.statement for line in construction.lines]
    stores = [index for index, line in enumerate(construction.lines) if _stores(line.statement, line.own, attribute)]
    if len(stores) != 1 or attribute in outer_names(lines):
        return False
    if any(attribute in names_read(line) for line in lines[stores[0] + 1 :]):
        return False
    return not any(
        attribute in _names(method.node)
        for name in context.model.method_names() - {"__init__"}
        if (method := context.model.method(name)) is not None
    )


def _names(function: cst.FunctionDef) -> frozenset[str]:
    return names_read(function) | names_bound(function)


def _stores(line: Statement, own: str, attribute: str) -> bool:
    if not isinstance(line, cst.SimpleStatementLine):
        return False
    return any(
        own_attribute(target.target, own) == attribute
        for small in line.body
        if isinstance(small, cst.Assign)
        for target in small.targets
    )


def _suffix(context: Context, given: Sequence[cst.BaseExpression]) -> str:
    """What to add where the name is in use: what the attribute holds."""
    several = any(isinstance(value, (cst.List, cst.ListComp, cst.Dict, cst.Tuple)) for value in given)
    calls = [value for value in given if isinstance(value, cst.Call)]
    constructed = any(dotted(call.func).rpartition(".")[2][:1].isupper() for call in calls)
    if several:
        return "layers"
    return "layer" if constructed else "value"
