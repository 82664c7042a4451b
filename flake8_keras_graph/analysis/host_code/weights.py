"""Weights that host code moves by hand at every step: assigned one by one, or through NumPy with ``set_weights``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Literal

from flake8_keras_graph.analysis.host_code.loops import reading_of
from flake8_keras_graph.analysis.host_code.scopes import HostCode, Scope, own
from flake8_keras_graph.analysis.sites import WeightsMoved
from flake8_keras_graph.project.index import path_of

How = Literal["assign", "set_weights"]
_WEIGHTS = {"weights", "variables", "trainable_weights", "trainable_variables", "non_trainable_weights"}
_ASSIGNING = {"assign", "assign_add", "assign_sub"}
_FOR = (ast.For, ast.AsyncFor)


class MovedWeights:
    """Finds them in one file."""

    def __init__(self, code: HostCode) -> None:
        self.code = code

    def find(self) -> Iterator[WeightsMoved]:
        """Every place that a loop comes to at each of its steps."""
        for loop in self.code.nodes[ast.For]:
            target = self._assigned(loop)
            if target:
                yield from self._found(loop, loop.iter, target, "assign")
        for call in self.code.calls:
            if isinstance(call.func, ast.Attribute) and call.func.attr == "set_weights" and call.args:
                if self._comes_from_weights(call.args[0], call):
                    yield from self._found(call, call, path_of(call.func.value) or "the model", "set_weights")

    def _found(self, node: ast.expr | ast.stmt, end: ast.expr, target: str, how: How) -> Iterator[WeightsMoved]:
        scope = self.code.scope_of(node)
        if self.code.may_be_traced(scope):
            return
        within = ""
        if scope.name and self._is_under_a_test(node, scope.node):
            return
        if not self._is_step(node, scope):
            if self.code.loops_around(node) or not scope.name or not self._is_called_at_steps(scope):
                return
            within = scope.name
        yield WeightsMoved(self.code.span(node, end), self.code.symbol(scope), target, how, within)

    def _is_step(self, node: ast.AST, scope: Scope) -> bool:
        """Whether the innermost loop around is one over steps: long, with no other loop over steps inside."""
        loops = self.code.loops_around(node)
        if not loops or self._is_under_a_test(node, loops[0]):
            return False
        reading = reading_of(self.code, loops[0], scope)
        inside = [
            each for each in reading.nodes if isinstance(each, (ast.For, ast.AsyncFor, ast.While)) and each is not node
        ]
        holds_steps = any(not self._assigned(each) and not self._is_over_layers(each) for each in inside)
        return not reading.is_short() and not holds_steps and not self._is_over_layers(loops[0])

    def _is_under_a_test(self, node: ast.AST, loop: ast.AST) -> bool:
        """Whether a test in the loop decides if it is done at a step."""
        for holder in self.code.around(node):
            if holder is loop:
                return False
            if isinstance(holder, (ast.If, ast.IfExp, ast.ExceptHandler)):
                return True
        return False

    def _is_called_at_steps(self, scope: Scope) -> bool:
        return any(self._is_step(call, self.code.scope_of(call)) for call in self.code.callers.get(scope, ()))

    def _assigned(self, loop: ast.AST) -> str:
        """The model whose variables ``for a, b in zip(x.weights, y.weights): a.assign(...)`` changes."""
        if not isinstance(loop, _FOR) or len(loop.body) != 1:
            return ""
        read = [
            path_of(node.value)
            for node in (loop.iter, *own(loop.iter))
            if isinstance(node, ast.Attribute) and node.attr in _WEIGHTS
        ]
        call = loop.body[0].value if isinstance(loop.body[0], ast.Expr) else None
        if not read or not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
            return ""
        bound = {node.id for node in ast.walk(loop.target) if isinstance(node, ast.Name)}
        changes = call.func.attr in _ASSIGNING and path_of(call.func.value).partition(".")[0] in bound
        return read[0] if changes else ""

    def _is_over_layers(self, loop: ast.AST) -> bool:
        """Whether a loop goes over the layers or weights of a model, or over models."""
        iterated = loop.iter if isinstance(loop, _FOR) else None
        if iterated is None:
            return False
        words = {each.attr for each in ast.walk(iterated) if isinstance(each, ast.Attribute)}
        words |= {each.id for each in ast.walk(iterated) if isinstance(each, ast.Name)}
        return any("layer" in word or "weight" in word or "model" in word or "network" in word for word in words)

    def _comes_from_weights(self, node: ast.expr, call: ast.Call, depth: int = 0) -> bool:
        """Whether it is a list that ``get_weights`` gave as often as it is set, perhaps reckoned with since."""
        if depth > 3:
            return False
        for part in (node, *own(node)):
            if isinstance(part, ast.Attribute) and part.attr == "get_weights":
                return True
        names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
        scope = self.code.scope_of(call)
        return any(
            self._comes_from_weights(value, call, depth + 1)
            for name in names
            for value, _ in self.code.bindings.get((scope, name), ())
            if value is not node and self._is_beside(value, call)
        )

    def _is_beside(self, value: ast.expr, call: ast.Call) -> bool:
        """Whether ``value`` is worked out in the innermost loop around ``call``."""
        loops = self.code.loops_around(call)
        return not loops or loops[0] in self.code.loops_around(value)
