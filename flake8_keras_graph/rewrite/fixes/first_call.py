"""KG116: a layer or a weight that the first call makes, made before: in the constructor, or in ``build``."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import libcst as cst

from flake8_keras_graph.rewrite.fixes.common.fixer import fixer
from flake8_keras_graph.rewrite.text.call_text import comments_of, parse_line
from flake8_keras_graph.rewrite.text.document import Change, Document, NotFixable
from flake8_keras_graph.rewrite.text.syntax import (
    Statement,
    code,
    names_bound,
    own_attribute,
    parameters,
    self_name,
    statements,
)
from flake8_keras_graph.syntax.nodes import walk

_NOTE = "it is made before the first call, and never None"
_SHAPE = "input_shape"


@dataclasses.dataclass(frozen=True, slots=True)
class _Lazy:
    """``if self.x is None:`` and what it guards: ``made`` are the attributes and their values, in order.

    ``sizes`` are the sizes of the method's input among those, ``x.shape[-1]``.
    """

    function: cst.FunctionDef
    owner: cst.ClassDef
    guard: cst.If
    made: tuple[tuple[str, cst.BaseExpression], ...]
    sizes: tuple[cst.Subscript, ...]


@fixer(cst.Call)
def fix_first_call(document: Document, node: cst.CSTNode) -> Change:
    """``if self.x is None: self.x = Dense(4)`` as a line of ``__init__`` or of ``build``. Raises NotFixable."""
    lazy = _read(document, node)
    methods = {line.name.value: line for line in statements(lazy.owner) if isinstance(line, cst.FunctionDef)}
    constructor, build = methods.get("__init__"), methods.get("build")
    _refuse_other_uses(lazy, constructor)
    if build is None and not lazy.sizes and constructor is not None:
        return _in_constructor(lazy, constructor)
    if build is None and constructor is not None and _makes_layers(constructor):
        raise NotFixable("a `build` of its own would have to build the other layers of the class as well")
    return _in_build(lazy, build)


def _read(document: Document, node: cst.CSTNode) -> _Lazy:
    """The code around the finding. Raises NotFixable where it is of another form."""
    function, owner = document.function(node), document.owner(node)
    guard = next((upper for upper in document.above(node) if isinstance(upper, cst.If)), None)
    if function is None or owner is None or guard is None or function.name.value != "call":
        raise NotFixable("it is not made in `call` itself: make it in `build`")
    if guard not in statements(function.body) or guard.orelse is not None:
        raise NotFixable("more than one test decides whether it is made")
    own = self_name(function)
    made = tuple(_assigned(guard, own))
    if _asked(guard.test, own) not in {name for name, _ in made}:
        raise NotFixable("the test asks for more than whether it is made")
    sizes = tuple(size for _, value in made for size in _sizes(document, function, value))
    inside = {part for size in sizes for part in walk(size)}
    local = names_bound(function.body) | {each.name.value for each in _every_parameter(function)}
    for part in (each for _, value in made for each in walk(value) if isinstance(each, cst.Name)):
        if part.value in local - {own} and part not in inside and not _is_word(document, part):
            raise NotFixable(f"it depends on `{part.value}`, which is only known in `call`")
    return _Lazy(function, owner, guard, made, sizes)


def _asked(test: cst.BaseExpression, own: str) -> str:
    """The attribute that a test asks for; "" where it asks for anything else."""
    spelled = code(test).replace('"', "'")
    for part in walk(test):
        name = own_attribute(part, own)
        if name and spelled in {f"{own}.{name} is None", f"{own}.{name} == None", f"not {own}.{name}"}:
            return name
        if isinstance(part, cst.SimpleString) and spelled == f"not hasattr({own}, {code(part)})".replace('"', "'"):
            return str(part.evaluated_value)
    return ""


def _assigned(guard: cst.If, own: str) -> Iterator[tuple[str, cst.BaseExpression]]:
    """The attributes that the guarded lines set, and to what. Raises NotFixable where they do anything else."""
    for line in statements(guard.body):
        small = line.body[0] if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1 else None
        target = small.targets[0].target if isinstance(small, cst.Assign) and len(small.targets) == 1 else None
        name = own_attribute(target, own) if target is not None else ""
        if not name or not isinstance(small, cst.Assign):
            raise NotFixable("the first call does more than set attributes")
        yield name, small.value


def _sizes(document: Document, function: cst.FunctionDef, value: cst.BaseExpression) -> Iterator[cst.Subscript]:
    """``x.shape[-1]`` of the first argument, which ``build`` is given the shape of."""
    first = next((each.name.value for each in parameters(function)), "")
    if not first or first in names_bound(function.body):
        return
    for part in walk(value):
        if isinstance(part, cst.Subscript) and code(part.value) == f"{first}.shape" and len(part.slice) == 1:
            if code(part.slice[0]).strip() != "0":
                yield part


def _is_word(document: Document, name: cst.Name) -> bool:
    """Whether it is the word of a keyword or of an attribute, and no name."""
    holder = document.parents[name]
    return (isinstance(holder, cst.Arg) and holder.keyword is name) or (
        isinstance(holder, cst.Attribute) and holder.attr is name
    )


def _every_parameter(function: cst.FunctionDef) -> list[cst.Param]:
    return [part for part in walk(function.params) if isinstance(part, cst.Param)]


def _refuse_other_uses(lazy: _Lazy, constructor: cst.FunctionDef | None) -> None:
    """Raise NotFixable where other code sets or asks for what is made, or a value is set only later."""
    names = {name for name, _ in lazy.made}
    flags = {name for name, value in lazy.made if not isinstance(value, cst.Call)}
    guarded = set(walk(lazy.guard))
    for method in (line for line in statements(lazy.owner) if isinstance(line, cst.FunctionDef)):
        own = self_name(method)
        for part in walk(method):
            if part in guarded:
                continue
            target = part.target if isinstance(part, (cst.AssignTarget, cst.AnnAssign, cst.AugAssign)) else None
            name = own_attribute(target, own) if target is not None else ""
            if name in names and method is not constructor:
                raise NotFixable(f"`{method.name.value}` sets `{name}` as well")
            is_asked = isinstance(part, cst.Comparison) and own_attribute(part.left, own) in names
            if is_asked or (own_attribute(part, own) in flags and method is not constructor):
                raise NotFixable(f"`{code(part)}` asks for it elsewhere")
    there = names_set(constructor) if constructor is not None else set()
    for name, value in lazy.made:
        for part in walk(value):
            read = own_attribute(part, self_name(lazy.function))
            if read and read not in there and read not in _INHERITED:
                raise NotFixable(f"it depends on `{code(part)}`, which the constructor does not set")
        there.add(name)


_INHERITED = frozenset({"add_weight", "add_variable", "dtype", "compute_dtype", "variable_dtype", "name", "trainable"})


def names_set(method: cst.FunctionDef) -> set[str]:
    """The attributes of ``self`` that a method mentions."""
    return {own_attribute(part, self_name(method)) for part in walk(method.body)}


def _makes_layers(constructor: cst.FunctionDef) -> bool:
    """Whether the constructor calls what may be a class of layers."""
    calls = (part for part in walk(constructor.body) if isinstance(part, cst.Call))
    return any(code(call.func).rpartition(".")[2][:1].isupper() for call in calls)


def _in_constructor(lazy: _Lazy, constructor: cst.FunctionDef) -> Change:
    """What is made, in place of the None that the constructor sets, or at its end."""
    own, body = self_name(constructor), constructor.body
    if not isinstance(body, cst.IndentedBlock):
        raise NotFixable("its constructor stands on one line")
    made = [_line(lazy, own, name, value, "") for name, value in lazy.made]
    names = {name for name, _ in lazy.made}
    unset = [line for line in body.body if _sets(line, own, names)]
    made[0] = made[0].with_changes(leading_lines=comments_of(*unset))
    kept = [line for line in body.body if line not in unset]
    return Change({lazy.guard: [], body: [body.with_changes(body=[*kept, *made])]}, "unsafe", _NOTE)


def _sets(line: cst.CSTNode, own: str, names: set[str]) -> bool:
    """Whether a line sets one of the attributes, and nothing else, to a constant."""
    small = line.body[0] if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1 else None
    if isinstance(small, cst.Assign) and len(small.targets) == 1:
        return own_attribute(small.targets[0].target, own) in names and code(small.value) in {"None", "False"}
    return False


def _in_build(lazy: _Lazy, build: cst.FunctionDef | None) -> Change:
    """What is made, and built, in a ``build`` of its own above ``call``, or at the end of the one that there is."""
    if build is None:
        built = cst.IndentedBlock(_built(lazy, self_name(lazy.function), _SHAPE))
        method = parse_line(f"def build({self_name(lazy.function)}, {_SHAPE}):\n    pass\n")
        made = method.with_changes(body=built, leading_lines=lazy.function.leading_lines)
        kept = lazy.function.deep_remove(lazy.guard)
        assert isinstance(kept, cst.FunctionDef)
        apart = kept.with_changes(leading_lines=[cst.EmptyLine(indent=False)])
        return Change({lazy.function: [made, apart]}, "unsafe", _NOTE)
    given = parameters(build)
    body = build.body
    if len(given) != 1 or not isinstance(body, cst.IndentedBlock):
        raise NotFixable("its `build` is not given one shape")
    lines = _built(lazy, self_name(build), given[0].name.value)
    ends = bool(body.body) and code(body.body[-1]).strip().startswith(("super()", f"{self_name(build)}.built = "))
    place = len(body.body) - ends
    return Change(
        {lazy.guard: [], body: [body.with_changes(body=[*body.body[:place], *lines, *body.body[place:]])]},
        "unsafe",
        _NOTE,
    )


def _built(lazy: _Lazy, own: str, shape: str) -> list[Statement]:
    """The lines that make everything, and build the layers among that: ``load_model`` calls nothing but ``build``."""
    lines: list[Statement] = []
    for name, value in lazy.made:
        lines.append(_line(lazy, own, name, value, shape))
        if isinstance(value, cst.Call) and own_attribute(value.func, self_name(lazy.function)) != "add_weight":
            _require_called_on_input(lazy, name)
            lines.append(parse_line(f"{own}.{name}.build({shape})"))
    return lines


def _require_called_on_input(lazy: _Lazy, name: str) -> None:
    """Raise NotFixable where a layer is called on anything but what ``build`` is given the shape of."""
    own = self_name(lazy.function)
    first = next((each.name.value for each in parameters(lazy.function)), "")
    calls = [part for part in walk(lazy.owner) if isinstance(part, cst.Call) and own_attribute(part.func, own) == name]
    if (
        not calls
        or first in names_bound(lazy.function.body)
        or any(not call.args or code(call.args[0].value) != first for call in calls)
    ):
        raise NotFixable(f"`{name}` is called on what `build` does not know the shape of")


def _line(lazy: _Lazy, own: str, name: str, value: cst.BaseExpression, shape: str) -> Statement:
    """``self.x = value``, with the sizes of the input read off ``shape``."""
    made: Any = value
    for size in lazy.sizes:
        made = made.deep_replace(size, size.with_changes(value=cst.Name(shape)))
    if own != self_name(lazy.function):
        raise NotFixable("its methods call the object by other names")
    return parse_line(f"{own}.{name} = {code(made)}")
