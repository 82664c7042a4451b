"""Whether statements give the same structure of tensors in training and outside it, as functional models do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import libcst as cst

from flake8_keras_graph.rewrite.text.syntax import Statement, code, statements
from flake8_keras_graph.rewrite.text.training import mentions
from flake8_keras_graph.syntax.nodes import children, walk

REASON = "gives other outputs in training than outside it: a functional model always gives the same ones"
_CHANGES = frozenset({"add", "append", "clear", "extend", "insert", "pop", "popitem", "remove", "setdefault", "update"})


def depends_on_training(lines: Sequence[Statement], training: Iterable[str]) -> cst.CSTNode | None:
    """The place in ``lines`` where the structure of a result depends on ``training`` (its names); None if none."""
    names = set(training)
    parts = [part for line in lines for part in walk(line)]
    for part in parts:
        if isinstance(part, (cst.Element, cst.DictElement)) and mentions_alone(part.value, names):
            return part
    branches = [part for part in parts if _branches(part, names)]
    differing = next(filter(_differs, branches), None)
    if differing is not None:
        return differing
    returned = [value for line in lines for value in _returned(line)]
    if branches and len({_resolved(value, lines) for value in returned}) > 1:
        return branches[0]
    return None


def mentions_alone(node: cst.CSTNode, names: set[str]) -> bool:
    """Whether ``node`` is ``training`` itself."""
    return isinstance(node, cst.Name) and node.value in names


def structure(value: cst.BaseExpression) -> str:
    """The form of ``value`` where it is written out: ``{"a", "b"}``, ``(_, (_, _))``; ``_`` for the rest."""
    if isinstance(value, cst.Dict):
        items = [
            f"{code(item.key)}: {structure(item.value)}" if isinstance(item, cst.DictElement) else code(item)
            for item in value.elements
        ]
        return "{" + ", ".join(sorted(items)) + "}"
    if isinstance(value, (cst.Tuple, cst.List)):
        inner = ", ".join(structure(element.value) for element in value.elements)
        return f"({inner})" if isinstance(value, cst.Tuple) else f"[{inner}]"
    if isinstance(value, (cst.DictComp, cst.ListComp)):
        return code(value)
    return "_"


def _branches(node: cst.CSTNode, names: set[str]) -> bool:
    return isinstance(node, (cst.If, cst.IfExp)) and mentions(node.test, names)


def _differs(branch: cst.CSTNode) -> bool:
    """Whether the sides of a branch give other structures: fill containers differently, or bind a name to others."""
    if isinstance(branch, cst.IfExp):
        return structure(branch.body) != structure(branch.orelse)
    if not isinstance(branch, cst.If):
        return False
    sides = [statements(branch.body), _orelse(branch)]
    if sorted(_filled(sides[0])) != sorted(_filled(sides[1])):
        return True
    bound = [dict(_bound(side)) for side in sides]
    return any(
        bound[0].get(name, "_") != bound[1].get(name, "_")
        for name in {**bound[0], **bound[1]}
        if (name in bound[0] and name in bound[1]) or {**bound[0], **bound[1]}[name] != "_"
    )


def _orelse(branch: cst.If) -> list[Statement]:
    if branch.orelse is None:
        return []
    return [branch.orelse] if isinstance(branch.orelse, cst.If) else statements(branch.orelse.body)


def _filled(lines: Sequence[Statement]) -> Iterator[str]:
    """What is put into or taken out of containers."""
    for part in (part for line in lines for part in walk(line)):
        if isinstance(part, cst.Assign):
            yield from (code(t.target) for t in part.targets if isinstance(t.target, cst.Subscript))
        elif isinstance(part, cst.Expr) and isinstance(part.value, cst.Call):
            function = part.value.func
            if isinstance(function, cst.Attribute) and function.attr.value in _CHANGES:
                given = ", ".join(_argument_text(argument) for argument in part.value.args)
                yield f"{code(function)}({given})"


def _argument_text(argument: cst.Arg) -> str:
    return argument.keyword.value if argument.keyword is not None else structure(argument.value)


def _bound(lines: Sequence[Statement]) -> Iterator[tuple[str, str]]:
    for part in (part for line in lines for part in walk(line)):
        if isinstance(part, cst.Assign) and isinstance(part.targets[0].target, cst.Name):
            yield part.targets[0].target.value, structure(part.value)


def _returned(node: cst.CSTNode) -> Iterator[cst.BaseExpression]:
    if isinstance(node, (cst.FunctionDef, cst.Lambda, cst.ClassDef)):
        return
    if isinstance(node, cst.Return) and node.value is not None:
        yield node.value
    for child in children(node):
        yield from _returned(child)


def _resolved(value: cst.BaseExpression, lines: Sequence[Statement]) -> str:
    """The structure of what is returned; a name that holds a container stands for itself."""
    if isinstance(value, cst.Name):
        filled = any(text.startswith((f"{value.value}[", f"{value.value}.")) for text in _filled(lines))
        return f"={value.value}" if filled else dict(_bound(lines)).get(value.value, "_")
    return structure(value)
