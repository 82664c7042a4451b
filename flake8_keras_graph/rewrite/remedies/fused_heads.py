"""KG306: separate layers on the same input as one layer with all their units, whose output is split again."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence

import libcst as cst

from flake8_keras_graph import knowledge
from flake8_keras_graph.analysis.values import External, options
from flake8_keras_graph.records import WeightJoin
from flake8_keras_graph.rewrite.fixes.common.collected_lists import all_comments, code_of
from flake8_keras_graph.rewrite.fixes.creation import free_attribute
from flake8_keras_graph.rewrite.remedies.former_lists import is_joined
from flake8_keras_graph.rewrite.remedies.remedy import Remedied, remedy
from flake8_keras_graph.rewrite.text.call_text import Spelling, parse_line
from flake8_keras_graph.rewrite.text.document import Change, Document, NotFixable, body_lines
from flake8_keras_graph.rewrite.text.fresh_names import fresh_name
from flake8_keras_graph.rewrite.text.hyperparameters import values_of
from flake8_keras_graph.rewrite.text.syntax import (
    Statement,
    code,
    expression,
    names_bound,
    names_read,
    own_attribute,
    self_name,
)
from flake8_keras_graph.syntax.nodes import walk

# Parameters that say how wide a layer is; an EinsumDense has an equation for that.
_WIDTHS = {
    kind: "filters" if ".Conv" in kind else "units"
    for kind in knowledge.names_where("fusable")
    if not kind.endswith("EinsumDense")
}
_REFUSED = {
    "groups": "its layers work on groups of channels",
    "data_format": "its layers may have their channels first",
    "kernel_constraint": "its layers constrain their kernels one by one",
    "bias_constraint": "its layers constrain their biases one by one",
}

Changes = dict[cst.CSTNode, Sequence[cst.CSTNode]]


@dataclasses.dataclass(frozen=True, slots=True)
class _Heads:
    """A loop over ``self.<attribute>``, each item of which, called ``head``, is given the same: ``calls``.

    ``held`` is the expression that is iterated, ``keys`` the attribute's text where keys of a dict go along.
    """

    own: str
    attribute: str
    head: str
    held: cst.BaseExpression
    keys: str
    calls: Sequence[cst.Call]


@dataclasses.dataclass(frozen=True, slots=True)
class _Fused:
    """The one layer: where it hangs, and where how many or which parts its output has; both made by ``changes``.

    ``whole`` are the changes where the output is taken as it is. ``activation`` hangs on the object where it is to be
    applied to each part, else "".
    """

    changes: Changes
    whole: Changes
    attribute: str
    parts: str
    activation: str


@remedy("fused heads", "one fused layer", cst.For, cst.CompFor)
def fuse_heads(document: Document, node: cst.CSTNode) -> Iterator[Remedied]:
    """The layers of the loop at ``node`` as one; the code that takes their outputs gets parts of its output."""
    assert isinstance(node, (cst.For, cst.CompFor))
    owner, function = document.owner(node), document.function(node)
    if owner is None or function is None:
        raise NotFixable("it is not in a method of a class")
    heads = _heads(document, node, self_name(function))
    spelling = Spelling(document.imports)
    made = _fused(document, owner, heads, spelling)
    joined = (WeightJoin((heads.attribute,), (made.attribute,)),)
    called = f"{heads.own}.{made.attribute}"
    whole = heads.calls[0].with_changes(func=expression(called))
    if not made.activation:
        for replaced in _as_a_whole(document, node, heads, whole):
            yield _remedied({**made.whole, **replaced}, spelling, joined)
    split = spelling.tensorflow("split") if document.imports.keras == 2 else spelling.operation("split")
    parts = f"{split}({code(whole)}, {heads.own}.{made.parts}, axis=-1)"
    taken = names_read(function) | names_bound(function)
    part = fresh_name(taken, f"{heads.head}_output")
    used = f"{heads.own}.{made.activation}({part})" if made.activation else part
    iterated = expression(f"zip({heads.keys}, {parts})" if heads.keys else parts)
    loop = _loop(document, node)
    changed = loop.visit(_Renamed(heads, part, iterated, expression(used)))
    assert isinstance(changed, cst.CSTNode)
    apart: Changes = {loop: [changed]}
    yield _remedied({**made.changes, **apart}, spelling, joined)


def _remedied(changes: Changes, spelling: Spelling, joined: tuple[WeightJoin, ...]) -> Remedied:
    return Remedied(Change(changes, "unsafe", "", tuple(spelling.imports_needed)), joined)


def _loop(document: Document, node: cst.For | cst.CompFor) -> cst.CSTNode:
    """The statement or the comprehension that the loop is."""
    return node if isinstance(node, cst.For) else document.parents[node]


# -- what the loop does ------------------------------------------------------------------------------------


def _heads(document: Document, node: cst.For | cst.CompFor, own: str) -> _Heads:
    inside = [*walk(_loop(document, node))]
    for target, held in _iterated(node.target, node.iter):
        if not isinstance(target, cst.Name):
            continue
        calls = [part for part in inside if isinstance(part, cst.Call) and _is_name(part.func, target.value)]
        if not calls:
            continue
        is_dict = isinstance(held, cst.Call)
        base = held.func.value if isinstance(held, cst.Call) and isinstance(held.func, cst.Attribute) else held
        attribute = own_attribute(base, own)
        if not attribute:
            break
        if len({code(call).strip() for call in calls}) != 1 or _uses(inside, target.value) != len(calls) + 1:
            raise NotFixable(f"`{target.value}` is used for more than to be called on one and the same")
        if isinstance(node, cst.For) and target.value in document.live_after(node):
            raise NotFixable(f"`{target.value}` is used after the loop")
        keys = code(base) if is_dict and node.target is not target else ""
        return _Heads(own, attribute, target.value, node.iter if keys else held, keys, calls)
    raise NotFixable("it does not go through layers that one attribute holds")


def _iterated(
    target: cst.BaseExpression, iterable: cst.BaseExpression
) -> Iterator[tuple[cst.BaseExpression, cst.BaseExpression]]:
    """Each name that an iteration binds, with what is iterated for it: ``enumerate``, ``zip``, ``.items()`` undone."""
    targets = [element.value for element in target.elements] if isinstance(target, cst.Tuple) else [target]
    function = code(iterable.func) if isinstance(iterable, cst.Call) else ""
    method = function.rpartition(".")[2]
    if isinstance(iterable, cst.Call) and function in ("enumerate", "zip"):
        arguments = [argument.value for argument in iterable.args if argument.keyword is None and not argument.star]
        yield from zip(targets[1:] if function == "enumerate" else targets, arguments, strict=False)
    elif len(targets) == 2 and method == "items":
        yield targets[1], iterable
    elif len(targets) == 1 and method in ("", "values"):
        yield target, iterable


def _uses(nodes: Sequence[cst.CSTNode], name: str) -> int:
    return sum(_is_name(node, name) for node in nodes)


def _is_name(node: cst.CSTNode, name: str) -> bool:
    return isinstance(node, cst.Name) and node.value == name


class _Renamed(cst.CSTTransformer):
    """The loop over parts of one output in place of layers."""

    def __init__(self, heads: _Heads, part: str, parts: cst.BaseExpression, used: cst.BaseExpression) -> None:
        super().__init__()
        self._heads, self._part, self._parts, self._used = heads, part, parts, used

    def on_leave(self, original_node: cst.CSTNode, updated_node: cst.CSTNode) -> cst.CSTNode:  # type: ignore[override]
        if original_node is self._heads.held:
            return self._parts
        if any(original_node is call for call in self._heads.calls):
            return self._used
        if _is_name(original_node, self._heads.head):
            return cst.Name(self._part)
        return updated_node


def _as_a_whole(document: Document, node: cst.For | cst.CompFor, heads: _Heads, whole: cst.Call) -> Iterator[Changes]:
    """Where the outputs are all joined again along what seems to be the last axis: the output as it is."""
    if not isinstance(node.target, cst.Name):
        return
    if isinstance(node, cst.CompFor):
        listed = document.parents[node]
        is_plain = isinstance(listed, (cst.ListComp, cst.GeneratorExp)) and listed.elt is heads.calls[0]
        argument = document.parents[listed]
        joining = document.parents.get(argument)
        plain = is_plain and not node.ifs and node.inner_for_in is None and isinstance(argument, cst.Arg)
        if plain and isinstance(joining, cst.Call) and is_joined(document, joining) and joining.args[0] is argument:
            yield {joining: [whole]}
        return
    found = _collected(document, node, code(heads.calls[0]))
    if found is not None:
        start, name, joining = found
        made = parse_line(f"{name} = {code(whole)}").with_changes(leading_lines=all_comments(node))
        yield {start: [], node: [made], joining: [cst.Name(name)]}


def _collected(document: Document, node: cst.For, item: str) -> tuple[Statement, str, cst.Call] | None:
    """Where a list starts that the loop does nothing but append ``item`` to, its name, and where it is joined."""
    lines = body_lines(node)
    name, method, argument = (code_of(lines[0]) if len(lines) == 1 else "").partition(".append(")
    function = document.function(node)
    if not method or argument != f"{item})" or function is None:
        return None
    siblings, place = document.siblings(node)
    start = next((each for each in siblings[:place] if code_of(each) == f"{name} = []"), None)
    parts = [*walk(function.body)]
    calls = [part for part in parts if isinstance(part, cst.Call) and is_joined(document, part)]
    joining = next((call for call in calls if _is_name(call.args[0].value, name)), None)
    if start is None or joining is None or _uses(parts, name) != 3:
        return None
    return start, name, joining


# -- the one layer -----------------------------------------------------------------------------------------


def _fused(document: Document, owner: cst.ClassDef, heads: _Heads, spelling: Spelling) -> _Fused:
    kinds = {o.name if isinstance(o, External) else "" for o in options(document.value(heads.calls[0].func))}
    kind = kinds.pop() if len(kinds) == 1 else ""
    if kind not in _WIDTHS:
        raise NotFixable("its layers are not all Dense, or all convolutions of one kind")
    values = values_of(owner, heads.attribute)
    if {method.name.value for method, _ in values} != {"__init__"}:
        raise NotFixable(f"it is not plain in `__init__` what `{heads.attribute}` holds")
    constructor, value = values[0]
    if not isinstance(constructor.body, cst.IndentedBlock):
        raise NotFixable("the class has no constructor to make the layer in")
    _refuse_used_elsewhere(owner, constructor, heads)
    alike = isinstance(value, cst.ListComp) and len(values) == 1 and _is_made_alike(document, value, kind)
    calls = [part for part in walk(value if alike else constructor.body) if _makes(document, part, kind)]
    _refuse_options(calls)
    if isinstance(value, cst.ListComp) and alike:
        return _in_place_of_the_list(document, owner, constructor, heads, value, spelling)
    return _beside_the_list(document, owner, constructor, heads, kind, calls, spelling)


def _makes(document: Document, node: cst.CSTNode, kind: str) -> bool:
    return isinstance(node, cst.Call) and knowledge.canonical(document.imports.canonical(node.func)) == kind


def _refuse_used_elsewhere(owner: cst.ClassDef, constructor: cst.FunctionDef, heads: _Heads) -> None:
    """Raise NotFixable where a layer is used outside of the loop."""
    known = {*walk(constructor), *walk(heads.held)}
    own = [part for part in walk(owner) if isinstance(part, cst.Attribute) and part.attr.value == heads.attribute]
    if any(part not in known and code(part.value) == heads.own for part in own):
        raise NotFixable(f"`{heads.attribute}` is used outside of the loop as well")


def _refuse_options(calls: Iterable[cst.CSTNode]) -> None:
    """Raise NotFixable for what a wider layer would do otherwise."""
    for argument in (argument for call in calls if isinstance(call, cst.Call) for argument in call.args):
        if argument.star:
            raise NotFixable("its layers are made with unpacked arguments")
        if argument.keyword is not None and (reason := _REFUSED.get(argument.keyword.value)):
            raise NotFixable(reason)


def _is_made_alike(document: Document, listed: cst.ListComp, kind: str) -> bool:
    """Whether each item of what is iterated has a layer, and these differ in their names at most."""
    loop = listed.for_in
    if not (isinstance(listed.elt, cst.Call) and _makes(document, listed.elt, kind)) or loop.inner_for_in or loop.ifs:
        return False
    bound = {part.value for part in walk(loop.target) if isinstance(part, cst.Name)}
    positional = [argument for argument in listed.elt.args if argument.keyword is None]
    given = [argument for argument in listed.elt.args if argument.keyword is None or argument.keyword.value != "name"]
    by_place = 1 if _WIDTHS[kind] == "units" else 2
    return len(positional) <= by_place and not any(names_read(argument.value) & bound for argument in given)


def _in_place_of_the_list(
    document: Document,
    owner: cst.ClassDef,
    constructor: cst.FunctionDef,
    heads: _Heads,
    listed: cst.ListComp,
    spelling: Spelling,
) -> _Fused:
    """``self.heads = Dense(8 * tasks)`` for ``self.heads = [Dense(8) for _ in range(tasks)]``."""
    call, statement = listed.elt, document.statement(listed)
    assert isinstance(call, cst.Call)
    assert statement is not None
    number = _count(listed.for_in.iter)
    own = f"{self_name(constructor)}."
    arguments: list[str] = []
    kept = ""
    for place, argument in enumerate(call.args):
        keyword = argument.keyword.value if argument.keyword is not None else ""
        if keyword in _WIDTHS.values() or (place == 0 and not keyword):
            arguments.append(f"{keyword}{'=' if keyword else ''}{_factor(argument.value)} * {_factor(number)}")
        elif keyword == "activation" and not _is_elementwise(document, argument.value):
            kept = f"{spelling.api('keras.activations.get')}({code(argument.value)})"
        elif keyword:
            arguments += [f"{keyword}={code(argument.value)}"] if keyword != "name" else []
        else:
            arguments.append(code(argument.value))
    parts = free_attribute(owner, f"{heads.attribute}_count")
    activation = free_attribute(owner, f"{heads.attribute}_activation") if kept else ""
    layer = parse_line(f"{own}{heads.attribute} = {code(call.func)}({', '.join(arguments)})")
    more = [f"{own}{parts} = {code(number)}", *([f"{own}{activation} = {kept}"] if kept else [])]
    return _Fused(
        {statement: [layer, *map(parse_line, more)]}, {statement: [layer]}, heads.attribute, parts, activation
    )


def _count(iterable: cst.BaseExpression) -> cst.BaseExpression:
    """How many items an iterable has."""
    if isinstance(iterable, cst.Call) and code(iterable.func) == "range" and len(iterable.args) == 1:
        return iterable.args[0].value
    return expression(f"len({code(iterable)})")


def _factor(value: cst.BaseExpression) -> str:
    atom = isinstance(value, (cst.Name, cst.Attribute, cst.Integer, cst.Call, cst.Subscript))
    return code(value) if atom else f"({code(value)})"


def _is_elementwise(document: Document, value: cst.BaseExpression) -> bool:
    """Whether an activation is one of Keras's that looks at each unit alone."""
    name = value.evaluated_value if isinstance(value, cst.SimpleString) else None
    path = f"keras.activations.{name}" if isinstance(name, str) else document.imports.canonical(value)
    return code(value) == "None" or knowledge.has(knowledge.canonical(path), "elementwise")


def _beside_the_list(
    document: Document,
    owner: cst.ClassDef,
    constructor: cst.FunctionDef,
    heads: _Heads,
    kind: str,
    calls: Sequence[cst.CSTNode],
    spelling: Spelling,
) -> _Fused:
    """A layer of all their units, made as the first of them at the end of the constructor, whatever they are."""
    own = f"{self_name(constructor)}."
    fused, parts = (free_attribute(owner, f"{heads.attribute}_{word}") for word in ("fused", "parts"))
    activations = [
        argument.value
        for call in calls
        if isinstance(call, cst.Call)
        for place, argument in enumerate(call.args)
        if place == (argument.keyword is None) or (argument.keyword and argument.keyword.value == "activation")
    ]
    apart = not all(_is_elementwise(document, value) for value in activations)
    activation = free_attribute(owner, f"{heads.attribute}_activation") if apart else ""
    separate = fresh_name(names_bound(constructor), "separate")
    held = f"{own}{heads.attribute}" + (".values()" if isinstance(heads.held, cst.Call) else "")
    width = _WIDTHS[kind]
    sizes = f"[layer.{width} for layer in {separate}]"
    places = f"[sum(layer.{width} for layer in {separate}[:end]) for end in range(1, len({separate}))]"
    changed = f'"name": "{fused}", "{width}": sum({sizes[1:-1]})' + (', "activation": None' if apart else "")
    lines = [
        f"{separate} = list({held})",
        f"{own}{fused} = {spelling.api(kind)}.from_config({separate}[0].get_config() | {{{changed}}})",
    ]
    more = [
        f"{own}{parts} = {sizes if document.imports.keras == 2 else places}",
        *([f"{own}{activation} = {separate}[0].activation"] if apart else []),
    ]
    return _Fused(_at_the_end(constructor, lines + more), _at_the_end(constructor, lines), fused, parts, activation)


def _at_the_end(constructor: cst.FunctionDef, lines: Sequence[str]) -> Changes:
    assert isinstance(constructor.body, cst.IndentedBlock)
    body = constructor.body.with_changes(body=[*constructor.body.body, *map(parse_line, lines)])
    return {constructor.body: [body]}
