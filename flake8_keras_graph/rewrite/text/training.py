"""Branches on ``training``: folded away where both sides are the same for layers that know it themselves."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import TypeVar

import libcst as cst

from flake8_keras_graph.rewrite.text.syntax import Statement, code
from flake8_keras_graph.syntax.nodes import children

Node = TypeVar("Node", bound=cst.CSTNode)

# Whether every layer that an expression may be returns its input unchanged outside training.
IsIdentity = Callable[[cst.BaseExpression], bool]


@dataclasses.dataclass(frozen=True, slots=True)
class TrainingTest:
    """A test on ``training``: ``when`` is the value for which the branch runs, ``also`` what else is asked."""

    when: bool
    also: cst.BaseExpression | None = None


def training_test(test: cst.BaseExpression, names: set[str]) -> TrainingTest | None:
    """What ``test`` asks of ``training``; None where it asks nothing, or something else as well as it."""
    if isinstance(test, cst.Name):
        return TrainingTest(True) if test.value in names else None
    if isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not):
        inner = training_test(test.expression, names)
        return TrainingTest(not inner.when) if inner is not None and inner.also is None else None
    if isinstance(test, cst.Comparison) and len(test.comparisons) == 1:
        return _compared(test, names)
    if isinstance(test, cst.BooleanOperation) and isinstance(test.operator, cst.And):
        return _both(test, names)
    if isinstance(test, cst.Call) and code(test.func) == "bool" and len(test.args) == 1:
        return training_test(test.args[0].value, names)
    return None


def _compared(test: cst.Comparison, names: set[str]) -> TrainingTest | None:
    part = test.comparisons[0]
    if not (isinstance(test.left, cst.Name) and test.left.value in names):
        return None
    if isinstance(part.operator, (cst.Is, cst.Equal)) and code(part.comparator) in ("True", "False", "1"):
        return TrainingTest(code(part.comparator) != "False")
    return None


def _both(test: cst.BooleanOperation, names: set[str]) -> TrainingTest | None:
    for one, other in ((test.left, test.right), (test.right, test.left)):
        found = training_test(one, names)
        if found is None or found.also is not None:
            continue
        if is_none_test(other, names) is False:
            return found
        if not mentions(other, names):
            return TrainingTest(found.when, other)
    return None


def is_training_itself(value: cst.BaseExpression, names: set[str]) -> bool:
    """Whether ``value`` is true where ``training`` is: ``bool(training)``, ``training or False``, a cast of it."""
    found = training_test(value, names)
    if found is not None:
        return found.when and found.also is None
    if isinstance(value, cst.BooleanOperation) and isinstance(value.operator, cst.Or):
        return is_training_itself(value.left, names) and code(value.right) == "False"
    if isinstance(value, cst.IfExp):
        none = is_none_test(value.test, names)
        sides = [value.body, value.orelse] if none else [value.orelse, value.body]
        return none is not None and is_training_itself(sides[1], names)
    if isinstance(value, cst.Call) and value.args and code(value.func).rpartition(".")[2] in ("cast", "int"):
        return is_training_itself(value.args[0].value, names)
    return False


def is_none_test(test: cst.BaseExpression, names: set[str]) -> bool | None:
    """True for ``training is None``, False for ``training is not None``, else None."""
    if not (isinstance(test, cst.Comparison) and len(test.comparisons) == 1):
        return None
    part = test.comparisons[0]
    if not (isinstance(test.left, cst.Name) and test.left.value in names and code(part.comparator) == "None"):
        return None
    if isinstance(part.operator, (cst.Is, cst.Equal)):
        return True
    return False if isinstance(part.operator, (cst.IsNot, cst.NotEqual)) else None


def mentions(node: cst.CSTNode, names: set[str]) -> bool:
    """Whether ``node`` reads ``training``."""
    if isinstance(node, cst.Name):
        return node.value in names
    if isinstance(node, cst.Attribute):
        return mentions(node.value, names)
    if isinstance(node, cst.Arg):
        return mentions(node.value, names)
    return any(mentions(child, names) for child in children(node))


@dataclasses.dataclass(frozen=True, slots=True)
class Folder:
    """Folds branches on ``training`` (known by ``names``); ``follow`` is told what each node becomes."""

    names: set[str]
    is_identity: IsIdentity
    follow: Callable[[cst.CSTNode, cst.CSTNode], None]

    def branches(self, yes: Sequence[Statement], no: Sequence[Statement]) -> list[Statement] | None:
        """One list of statements that means ``yes`` in training and ``no`` outside it; None if there is none."""
        in_training = [self._without(line, "True") for line in yes]
        outside = [self._without(line, "False") for line in no]
        if _text(in_training) == _text(outside):
            return list(in_training)
        reduced = [self._reduced(line) for line in in_training]
        kept = [line for line in reduced if not is_nothing(line)]
        if _text(kept) == _text([line for line in map(self._reduced, outside) if not is_nothing(line)]):
            return list(in_training)
        return None

    def expressions(self, yes: cst.BaseExpression, no: cst.BaseExpression) -> cst.BaseExpression | None:
        """One expression that means ``yes`` in training and ``no`` outside it; None if there is none."""
        in_training, outside = self._without(yes, "True"), self._without(no, "False")
        if code(self._reduced(in_training)) == code(self._reduced(outside)):
            return in_training
        return None

    def _without(self, node: Node, value: str) -> Node:
        changed = node.visit(_DropTraining(self.names, value))
        assert isinstance(changed, cst.CSTNode)
        self.follow(node, changed)
        assert isinstance(changed, type(node))
        return changed

    def _reduced(self, node: Node) -> Node:
        changed = node.visit(_DropIdentity(self.is_identity))
        assert isinstance(changed, type(node) if isinstance(node, cst.BaseStatement) else cst.BaseExpression)
        return changed


class _DropTraining(cst.CSTTransformer):
    """Leaves ``training=`` out of calls where it is the value that holds on this side of the branch."""

    def __init__(self, names: set[str], value: str) -> None:
        super().__init__()
        self._dropped = names | {value}

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.Call:
        return without_arguments(updated_node, self._is_dropped)

    def _is_dropped(self, argument: cst.Arg) -> bool:
        named = argument.keyword is not None and argument.keyword.value == "training"
        return named and code(argument.value) in self._dropped


class _DropIdentity(cst.CSTTransformer):
    """Replaces a call of a layer that does nothing outside training by what it is called on."""

    def __init__(self, is_identity: IsIdentity) -> None:
        super().__init__()
        self._is_identity = is_identity

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        arguments = updated_node.args
        if len(arguments) == 1 and arguments[0].keyword is None and not arguments[0].star:
            if self._is_identity(original_node.func):
                return arguments[0].value
        return updated_node


def without_arguments(call: cst.Call, dropped: Callable[[cst.Arg], bool]) -> cst.Call:
    """``call`` less the arguments that are ``dropped``, the last one closing as the last did."""
    kept = [argument for argument in call.args if not dropped(argument)]
    if len(kept) == len(call.args):
        return call
    if kept and call.args:
        kept[-1] = kept[-1].with_changes(comma=call.args[-1].comma)
    return call.with_changes(args=kept)


def is_nothing(line: Statement) -> bool:
    """Whether ``line`` is ``x = x``."""
    if not (isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1):
        return False
    small = line.body[0]
    return (
        isinstance(small, cst.Assign) and len(small.targets) == 1 and code(small.targets[0].target) == code(small.value)
    )


def _text(lines: Sequence[Statement]) -> str:
    """The code of ``lines`` without the comments above them."""
    return "".join(
        code(line.with_changes(leading_lines=[])) if hasattr(line, "leading_lines") else code(line) for line in lines
    )
