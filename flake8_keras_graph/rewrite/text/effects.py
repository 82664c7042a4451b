"""What statements of a branch do: assign, return, or something that a graph would do for both sides."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence, Set

import libcst as cst

from flake8_keras_graph.analysis.values import Tensor, Tensors, Value, is_unknown, options
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


def may_compute_both(sides: Sequence[cst.BaseExpression], numbers: Set[str] = frozenset()) -> bool:
    """Whether both sides may be computed and chosen from, with equal shapes, values and gradients.

    True for sums and products of one name and numbers: elementwise, finite wherever the name is, and of the
    name's own shape. ``numbers`` are names that may hold a Python number, which no operation gives back.
    """
    names: set[str] = set()
    for side in sides:
        for part in walk(side):
            if isinstance(part, cst.Name):
                names.add(part.value)
            elif isinstance(part, cst.BinaryOperation):
                if not isinstance(part.operator, (cst.Add, cst.Subtract, cst.Multiply)):
                    return False
            elif isinstance(part, cst.BaseExpression) and not isinstance(
                part, (cst.UnaryOperation, cst.Integer, cst.Float)
            ):
                return False
        if not any(isinstance(part, cst.Name) for part in walk(side)):
            return False
    return len(names) == 1 and not names & numbers


def numbers_in(document: Document, node: cst.CSTNode, sides: Sequence[cst.BaseExpression]) -> set[str]:
    """Names read by ``sides``, expressions in the place of ``node``, that may hold a Python number there.

    Where their value is not known: those that the function binds to a number somewhere, or whose default is a
    Python value.
    """
    function = document.function(node)
    suspected = frozenset() if function is None else _numbers_of(function)
    known: dict[str, list[Value]] = {}
    for part in (part for side in sides for part in walk(side) if isinstance(part, cst.Name)):
        value = document.value(part)
        known.setdefault(part.value, []).extend([] if is_unknown(value) else options(value))
    return {
        name
        for name, values in known.items()
        if (name in suspected and not values) or not all(isinstance(value, (Tensor, Tensors)) for value in values)
    }


@functools.lru_cache(maxsize=256)
def _numbers_of(function: cst.FunctionDef) -> frozenset[str]:
    found: set[str] = set()
    for part in walk(function):
        if isinstance(part, cst.Assign) and not any(
            isinstance(inner, (cst.Call, cst.Name)) for inner in walk(part.value)
        ):
            found |= {name for target in part.targets for name in _target_names(target.target)}
        elif isinstance(part, (cst.For, cst.CompFor)) and isinstance(part.iter, cst.Call):
            if code(part.iter.func) in ("range", "enumerate"):
                found |= set(_target_names(part.target))
        elif isinstance(part, cst.Param) and part.default is not None:
            found.add(part.name.value)
    return frozenset(found)


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
