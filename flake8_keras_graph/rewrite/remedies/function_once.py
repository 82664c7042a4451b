"""KG404: a ``tf.function`` that each run of ``call`` makes anew, made once in the constructor."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from flake8_keras_graph.rewrite.fixes.creation import free_attribute
from flake8_keras_graph.rewrite.remedies.remedy import Remedied, remedy
from flake8_keras_graph.rewrite.text.call_text import parse_line
from flake8_keras_graph.rewrite.text.document import Change, Document, NotFixable
from flake8_keras_graph.rewrite.text.fresh_names import fresh_name
from flake8_keras_graph.rewrite.text.syntax import (
    Statement,
    code,
    dotted,
    names_bound,
    names_read,
    outer_names,
    self_name,
    snake,
    statements,
)
from flake8_keras_graph.syntax.nodes import walk


@remedy("function made once", "the function made once", cst.Call, cst.Attribute, cst.Name, eagerly=True)
def make_function_once(document: Document, node: cst.CSTNode) -> Iterator[Remedied]:
    """The function made at ``node``, by a call or a decorator, as an attribute that the constructor sets."""
    holder = document.parents.get(node)
    is_decorator = isinstance(holder, cst.Decorator)
    definition = document.parents[holder] if holder is not None and is_decorator else None
    made = definition if isinstance(definition, cst.FunctionDef) else node
    function, owner = document.function(made), document.owner(node)
    if function is None or owner is None or function not in statements(owner) or function.name.value == "__init__":
        raise NotFixable("it is not made in a method itself")
    constructors = (line for line in statements(owner) if isinstance(line, cst.FunctionDef))
    constructor = next((line for line in constructors if line.name.value == "__init__"), None)
    if constructor is None or not isinstance(constructor.body, cst.IndentedBlock):
        raise NotFixable("the class has no constructor to make it in")
    own = self_name(function)
    _refuse_local(made, function, own, constructor)
    if isinstance(made, cst.FunctionDef):
        name = fresh_name(names_read(constructor) | names_bound(constructor), made.name.value)
        attribute = free_attribute(owner, f"{made.name.value}_function")
        lines: list[Statement] = [
            made.with_changes(name=cst.Name(name)),
            parse_line(f"{self_name(constructor)}.{attribute} = {name}"),
        ]
        used: cst.CSTNode = parse_line(f"{made.name.value} = {own}.{attribute}")
    elif isinstance(made, cst.Call) and made.args:
        named = snake(dotted(made.args[0].value).rpartition(".")[2]) or "traced"
        attribute = free_attribute(owner, f"{named}_function")
        lines = [parse_line(f"{self_name(constructor)}.{attribute} = {code(made)}")]
        used = cst.parse_expression(f"{own}.{attribute}")
    else:
        raise NotFixable("it is not plain what it is made of")
    body = constructor.body.with_changes(body=[*constructor.body.body, *lines])
    yield Remedied(Change({constructor.body: [body], made: [used]}, "unsafe"))


def _refuse_local(made: cst.CSTNode, function: cst.FunctionDef, own: str, constructor: cst.FunctionDef) -> None:
    """Raise NotFixable where it is made of what only this run of the method knows."""
    given = {part.name.value for part in walk(function.params) if isinstance(part, cst.Param)}
    inside = names_bound(made) | ({made.name.value} if isinstance(made, cst.FunctionDef) else set())
    local = names_read(made) & (given | outer_names(statements(function))) - inside - {own}
    if local:
        raise NotFixable(f"it is made of `{sorted(local)[0]}`, which is only known in `{function.name.value}`")
    if own in names_read(made) and self_name(constructor) != own:
        raise NotFixable("the constructor calls its instance otherwise")
