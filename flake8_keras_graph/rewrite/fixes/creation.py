"""KG111: a layer constructed in ``call``, moved to the constructor."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from flake8_keras_graph.knowledge import canonical
from flake8_keras_graph.project.self_uses import TRACED
from flake8_keras_graph.rewrite.fixes.common.fixer import fixer
from flake8_keras_graph.rewrite.text.call_text import parse_line
from flake8_keras_graph.rewrite.text.document import Change, Document, NotFixable
from flake8_keras_graph.rewrite.text.fresh_names import fresh_name
from flake8_keras_graph.rewrite.text.syntax import (
    Statement,
    code,
    dotted,
    names_bound,
    names_read,
    own_attribute,
    self_name,
    snake,
    statements,
)
from flake8_keras_graph.syntax.nodes import walk

_LOOPS = (cst.For, cst.While, cst.CompFor, cst.ListComp, cst.SetComp, cst.DictComp, cst.GeneratorExp, cst.Lambda)
_NOTE = "the layer is made once, so that it keeps its weights"


@fixer(cst.Call, in_file_order=True)
def fix_creation(document: Document, node: cst.CSTNode) -> Change:
    """``layers.Dense(8)(x)`` as ``self.dense(x)``, the layer set in ``__init__``. Raises NotFixable."""
    function = document.function(node)
    owner = document.owner(node)
    if not isinstance(node, cst.Call) or function is None or owner is None or function not in statements(owner):
        raise NotFixable("it is not constructed in a method itself")
    name = document.imports.canonical(node.func).rpartition(".")[2] or dotted(node.func).rpartition(".")[2]
    if not name[:1].isupper() or name == "Variable":
        raise NotFixable("only layers are moved: create the variable with `self.add_weight` in `build`")
    _refuse_local(document, node, function)
    _refuse_shared(document, function)
    constructors = (line for line in statements(owner) if isinstance(line, cst.FunctionDef))
    constructor = next((line for line in constructors if line.name.value == "__init__"), None)
    attribute = free_attribute(owner, snake(name))
    if constructor is None:
        return _in_new_constructor(document, node, function, attribute)
    _refuse_unset(node, self_name(function), constructor)
    body = constructor.body
    if not isinstance(body, cst.IndentedBlock):
        raise NotFixable("its constructor stands on one line")
    line = parse_line(f"{self_name(constructor)}.{attribute} = {code(node)}")
    called = cst.parse_expression(f"{self_name(function)}.{attribute}")
    return Change({node: [called], body: [body.with_changes(body=[*body.body, line])]}, "unsafe", _NOTE)


def _refuse_local(document: Document, node: cst.Call, function: cst.FunctionDef) -> None:
    """Raise NotFixable where one layer does not do for all calls, or is made of what only ``function`` knows."""
    if _is_in_loop(document, node):
        raise NotFixable("it is constructed in a loop: make a list of layers in `__init__`")
    local = names_read(node) & (names_bound(function.body) | _arguments(function)) - {self_name(function)}
    if local:
        raise NotFixable(f"it depends on `{sorted(local)[0]}`, which is only known in `{function.name.value}`")


def _is_in_loop(document: Document, node: cst.CSTNode) -> bool:
    """Whether its function may evaluate ``node`` several times when it is called once, or hands it over."""
    return any(isinstance(upper, _LOOPS) for upper in _inside(document, node))


def _refuse_shared(document: Document, function: cst.FunctionDef) -> None:
    """Raise NotFixable where a helper that makes a layer is not called once: each call has a layer of its own."""
    name = function.name.value
    if name in TRACED:
        return
    uses = list(_uses(document, function))
    call = document.parents[uses[0]] if uses else None
    caller = document.function(uses[0]) if uses else None
    if len(uses) != 1 or not isinstance(call, cst.Call) or call.func is not uses[0] or caller is None:
        raise NotFixable(f"each call of `{name}` has a layer of its own: make them in `__init__` and hand them over")
    if _is_in_loop(document, call) or caller is function:
        raise NotFixable(f"`{name}` is called in a loop: make a list of layers in `__init__`, and hand them over")
    _refuse_shared(document, caller)


def _uses(document: Document, method: cst.FunctionDef) -> Iterator[cst.Attribute]:
    """Where the file may refer to a method: by its name, other than in classes that have one of that name."""
    name, own = method.name.value, document.owner(method)
    for part in walk(document.module):
        if isinstance(part, cst.Attribute) and part.attr.value == name:
            owner = document.owner(part)
            if owner is None or owner is own or name not in names_bound(owner.body):
                yield part


def _in_new_constructor(document: Document, node: cst.Call, function: cst.FunctionDef, attribute: str) -> Change:
    """The layer in a constructor of its own, above the method that calls it."""
    reading = document.class_reading(node)
    bases = reading.lineage[1:] if reading is not None else ("",)
    known = all(isinstance(base, str) and canonical(base).startswith("keras.") for base in bases)
    given = "**kwargs" if known else "*args, **kwargs"
    text = f"def __init__(self, {given}):\n    super().__init__({given})\n    self.{attribute} = {code(node)}\n"
    changed = function.deep_replace(node, cst.parse_expression(f"{self_name(function)}.{attribute}"))
    assert isinstance(changed, cst.FunctionDef)
    return Change({function: [parse_line(text), _apart(changed)]}, "unsafe", _NOTE)


def _inside(document: Document, node: cst.CSTNode) -> list[cst.CSTNode]:
    """What holds ``node`` within its function."""
    found = []
    for upper in document.above(node):
        if isinstance(upper, cst.FunctionDef):
            break
        found.append(upper)
    return found


def _arguments(function: cst.FunctionDef) -> set[str]:
    return {part.name.value for part in walk(function.params) if isinstance(part, cst.Param)}


def free_attribute(owner: cst.ClassDef, wanted: str) -> str:
    """A name that no attribute, method or class constant has."""
    taken = {part.attr.value for part in walk(owner) if isinstance(part, cst.Attribute)} | names_bound(owner.body)
    return fresh_name(taken, wanted)


def _refuse_unset(node: cst.Call, own: str, constructor: cst.FunctionDef) -> None:
    """Attributes that the layer is made of have to be set when the constructor ends."""
    there = {own_attribute(part, self_name(constructor)) for part in walk(constructor.body)}
    for part in walk(node):
        attribute = own_attribute(part, own)
        if attribute and attribute not in there:
            raise NotFixable(f"it depends on `{code(part)}`, which the constructor does not set")


def _apart(function: cst.FunctionDef) -> Statement:
    return function.with_changes(leading_lines=[cst.EmptyLine(indent=False), *function.leading_lines])
