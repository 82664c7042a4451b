"""What statements of a branch do: assign, return, or something that a graph would do for both sides."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence

import libcst as cst

from flake8_keras_graph.rewrite.text.document import Document, NotFixable
from flake8_keras_graph.rewrite.text.syntax import Statement, code
from flake8_keras_graph.syntax.nodes import assigned_targets, children, walk


def changed_objects(part: cst.CSTNode) -> list[cst.BaseExpression]:
    """The targets of an assignment that are parts of an object, which outlives the names of a function."""
    return [
        target
        for target in assigned_targets(part)
        if any(isinstance(inner, (cst.Attribute, cst.Subscript)) for inner in walk(target))
    ]


def single_assignment(line: Statement) -> tuple[str, cst.BaseExpression] | None:
    """Name and value of ``x = value`` or ``x += value``; an empty name for ``pass``; None for the rest."""
    if not (isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1):
        return None
    small = line.body[0]
    if isinstance(small, cst.Pass):
        return "", cst.Name("None")
    if isinstance(small, cst.Assign) and len(small.targets) == 1 and isinstance(small.targets[0].target, cst.Name):
        if any(isinstance(part, cst.NamedExpr) for part in walk(small.value)):
            return None
        value = small.value
        if isinstance(value, cst.Tuple) and not value.lpar:
            value = value.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
        return small.targets[0].target.value, value
    if isinstance(small, cst.AugAssign) and isinstance(small.target, cst.Name):
        if any(isinstance(part, cst.NamedExpr) for part in walk(small.value)):
            return None
        return small.target.value, _augmented(small)
    return None


def _augmented(small: cst.AugAssign) -> cst.BaseExpression:
    operator = code(small.operator).strip().removesuffix("=")
    value = code(small.value)
    atom = isinstance(small.value, (cst.Name, cst.BaseNumber, cst.Call, cst.Attribute, cst.Subscript))
    return cst.parse_expression(f"{code(small.target)} {operator} {value if atom else f'({value})'}")


def refuse_super(*nodes: cst.CSTNode) -> None:
    """Raise NotFixable for ``super()``, which finds no instance in a function of its own."""
    calls = (part for node in nodes for part in walk(node) if isinstance(part, cst.Call))
    if any(code(call.func) == "super" and not call.args for call in calls):
        raise NotFixable("a branch calls `super()`, which finds no instance in a function of its own")


def refuse_effects(line: Statement) -> None:
    """Raise NotFixable for what has to happen, or not, by Python's own doing."""
    refuse_super(line)
    refused: dict[type[cst.CSTNode], str] = {
        cst.Raise: "raises an error: check the value with tf.debugging instead",
        cst.Break: "leaves a loop", cst.Continue: "leaves a loop", cst.Global: "changes a global",
        cst.Nonlocal: "changes an outer name", cst.Try: "catches errors", cst.With: "opens a context",
        cst.Await: "waits", cst.Yield: "yields", cst.Del: "deletes", cst.Assert: "asserts",
        cst.For: "loops", cst.While: "loops", cst.ClassDef: "defines a class", cst.Import: "imports",
        cst.ImportFrom: "imports",
    }  # fmt: skip
    for part in walk(line):
        for kind, what in refused.items():
            if isinstance(part, kind):
                raise NotFixable(f"a branch {what}")
        if isinstance(part, cst.Expr) and not isinstance(part.value, (cst.SimpleString, cst.Ellipsis)):
            raise NotFixable("a branch calls something for its effect, which a graph would do for both branches")
        for target in changed_objects(part):
            raise NotFixable(f"a branch changes `{code(target)}`, which would outlive the branch")


def assigned_once(document: Document, node: cst.CSTNode) -> Mapping[str, cst.BaseExpression]:
    """Values of the names that the function of ``node`` binds once, by a plain assignment."""
    function = document.function(node)
    return {} if function is None else _assigned_once(function)


@functools.lru_cache(maxsize=256)
def _assigned_once(function: cst.FunctionDef) -> Mapping[str, cst.BaseExpression]:
    values: dict[str, list[cst.BaseExpression]] = {}
    counts: dict[str, int] = {}
    for part in walk(function.body):
        if isinstance(part, cst.AssignTarget):
            for name in _target_names(part.target):
                counts[name] = counts.get(name, 0) + 1
        if isinstance(part, cst.Assign) and isinstance(part.targets[0].target, cst.Name):
            values.setdefault(part.targets[0].target.value, []).append(part.value)
        if isinstance(part, (cst.AugAssign, cst.AnnAssign, cst.For, cst.NamedExpr, cst.CompFor)):
            for name in _target_names(part.target):
                counts[name] = counts.get(name, 0) + 2
        if isinstance(part, cst.AsName):
            for name in _target_names(part.name):
                counts[name] = counts.get(name, 0) + 2
    for part in walk(function):
        if isinstance(part, cst.Param):
            counts[part.name.value] = counts.get(part.name.value, 0) + 1
    return {name: given[0] for name, given in values.items() if len(given) == 1 and counts.get(name) == 1}


def _target_names(target: cst.CSTNode) -> list[str]:
    return [part.value for part in walk(target) if isinstance(part, cst.Name)]


def returns(line: cst.CSTNode) -> bool:
    """Whether ``line`` returns, from the function it stands in."""
    return count_returns(line) > 0


def count_returns(line: cst.CSTNode) -> int:
    """How many returns ``line`` has, nested functions apart."""
    if isinstance(line, (cst.FunctionDef, cst.Lambda, cst.ClassDef)):
        return 0
    return isinstance(line, cst.Return) + sum(count_returns(child) for child in children(line))


def ends_in_return(lines: Sequence[Statement]) -> bool:
    """Whether the last of ``lines`` is a return."""
    last = lines[-1]
    return isinstance(last, cst.SimpleStatementLine) and isinstance(last.body[-1], cst.Return)


def lone_return(lines: Sequence[Statement]) -> cst.BaseExpression | None:
    """The value of a body that is nothing but ``return value``."""
    if len(lines) == 1 and isinstance(lines[0], cst.SimpleStatementLine) and len(lines[0].body) == 1:
        small = lines[0].body[0]
        if isinstance(small, cst.Return):
            return small.value
    return None
