"""Training loops that nothing compiles: a model called under a GradientTape at every iteration that Python runs."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from flake8_keras_graph.analysis.host_code.scopes import HostCode, Scope, own
from flake8_keras_graph.analysis.sites import EagerLoop
from flake8_keras_graph.project.index import path_of

_LOOPS = (ast.For, ast.AsyncFor, ast.While)


class TrainLoops:
    """Finds them in one file, outside of everything that may be traced."""

    def __init__(self, code: HostCode) -> None:
        self.code = code

    def find(self) -> Iterator[EagerLoop]:
        """The innermost loop around each step, itself or through a function of the file."""
        if not any(map(self._is_tape, self.code.nodes[ast.With])):
            return
        found: dict[ast.AST, str] = {}
        for kind in _LOOPS:
            for loop in self.code.nodes[kind]:
                scope = self.code.scope_of(loop)
                found[loop] = "" if self.code.may_be_traced(scope) else self._trains(loop, scope, 0)
        for loop, model in found.items():
            inner = any(found.get(child) for child in own(loop) if isinstance(child, _LOOPS)) if model else False
            if model and not inner:
                assert isinstance(loop, _LOOPS)
                header = loop.test if isinstance(loop, ast.While) else loop.iter
                yield EagerLoop(self.code.span(loop, header), self.code.symbol(self.code.scope_of(loop)), model)

    def _trains(self, node: ast.AST, scope: Scope, depth: int) -> str:
        """The model that is trained in ``node`` itself or in a function of the file that it calls."""
        for child in own(node):
            if depth and isinstance(child, _LOOPS) and self._trains(child, scope, depth):
                return ""  # the loop inside is the one
            if isinstance(child, ast.With) and self._is_tape(child):
                model = _trained(child, node)
                if model:
                    return model
            if isinstance(child, ast.Call) and depth == 0:
                model = self._trained_by(child, scope)
                if model:
                    return model
        return ""

    def _trained_by(self, call: ast.Call, scope: Scope) -> str:
        """The model that a function of the file trains, called by name or on ``self``."""
        function = call.func
        if isinstance(function, ast.Attribute):
            held = self.code.holder_class(scope)
            if held is None or path_of(function.value) != held[1].self_name:
                return ""
            method = self.code.hierarchy.method(held[0], function.attr)
            called = self.code.scopes.get(method.node) if method is not None else None
        else:
            called = next(iter(self.code.called_scopes(call)), None)
        if called is None or self.code.may_be_traced(called):
            return ""
        return self._trains(called.node, called, 1)

    def _is_tape(self, node: ast.With) -> bool:
        return any(self.code.canonical(item.context_expr) == "tf.GradientTape" for item in node.items)


def _trained(tape: ast.With, around: ast.AST) -> str:
    """The model: called under the tape, and its variables are asked for."""
    called = {
        path_of(node.func)
        for node in own(tape)
        if isinstance(node, ast.Call) and isinstance(node.func, (ast.Name, ast.Attribute))
    }
    for node in own(around):
        if isinstance(node, ast.Attribute) and node.attr in {"trainable_variables", "trainable_weights"}:
            name = path_of(node.value)
            if name and name in called:
                return name
    return ""
