"""Steps of a ``tf.data`` pipeline that run once a row where once a batch gives the same."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from flake8_keras_graph import knowledge
from flake8_keras_graph.analysis.host_code.scopes import HostCode, Scope
from flake8_keras_graph.analysis.sites import RowMap
from flake8_keras_graph.project.index import path_of
from flake8_keras_graph.project.presence import FunctionNode

_BETWEEN = {"shuffle", "cache", "repeat", "prefetch"}
_ARITHMETIC = (
    ast.BinOp,
    ast.UnaryOp,
    ast.operator,
    ast.unaryop,
    ast.Name,
    ast.Constant,
    ast.Attribute,
    ast.expr_context,
)


class RowMaps:
    """Finds them in one file."""

    def __init__(self, code: HostCode) -> None:
        self.code = code

    def find(self) -> Iterator[RowMap]:
        """``.map(f).batch(n)`` where ``f`` does the same to a batch as to each of its rows; maps that work alone."""
        yield from self._of_batches()
        for call in self.code.calls:
            if isinstance(call.func, ast.Attribute) and call.func.attr == "map" and len(call.args) == 1:
                if not call.keywords and self._works(call.args[0]) and not self._is_prefetched(call):
                    function, scope = call.args[0], self.code.scope_of(call)
                    yield RowMap(self.code.span(function), self.code.symbol(scope), _shown(function), True)

    def _works(self, function: ast.expr) -> bool:
        """Whether a function is known to read, decode or resize, or to call Python, for the row that it is given."""
        node: ast.AST = function
        if not isinstance(function, ast.Lambda):
            path = path_of(function).rpartition(".")[2]
            found = self.code.functions.get(path, ())
            if len(found) != 1 or found[0].node is None:
                return False
            node = found[0].node
        return any(
            isinstance(part, ast.Call) and knowledge.works_on_rows(self.code.canonical(part.func))
            for part in ast.walk(node)
        )

    def _is_prefetched(self, mapped: ast.Call) -> bool:
        """Whether the function that makes the pipeline, or else the file, prefetches from one."""
        scope = self.code.scope_of(mapped)
        return any(
            isinstance(call.func, ast.Attribute)
            and call.func.attr == "prefetch"
            and (self.code.scope_of(call) is scope or self.code.scope_of(call).name == "")
            for call in self.code.calls
        )

    def _of_batches(self) -> Iterator[RowMap]:
        for call in self.code.calls:
            if not isinstance(call.func, ast.Attribute) or call.func.attr != "batch":
                continue
            mapped = self._mapped(call)
            if mapped is None:
                continue
            scope = self.code.scope_of(mapped)
            function = mapped.args[0]
            if self._is_elementwise(function, scope):
                yield RowMap(self.code.span(mapped.args[0]), self.code.symbol(scope), _shown(function), False)

    def _mapped(self, batch: ast.Call) -> ast.Call | None:
        """The ``map`` before it, in the same chain or in the statement before with the same name."""
        assert isinstance(batch.func, ast.Attribute)
        node: ast.expr = batch.func.value
        while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr == "map":
                return node if len(node.args) >= 1 else None
            if node.func.attr not in _BETWEEN:
                return None
            node = node.func.value
        return self._mapped_above(batch, node) if isinstance(node, ast.Name) else None

    def _mapped_above(self, batch: ast.Call, name: ast.Name) -> ast.Call | None:
        statement: ast.AST = batch
        while not isinstance(statement, ast.stmt):
            statement = self.code.parents[statement]
        block = getattr(self.code.parents[statement], "body", [])
        place = block.index(statement) if isinstance(block, list) and statement in block else 0
        for above in reversed(block[:place]):
            if not isinstance(above, ast.Assign) or path_of(above.targets[0]) != name.id:
                return None
            value = above.value
            if not isinstance(value, ast.Call) or not isinstance(value.func, ast.Attribute):
                return None
            if path_of(value.func.value) != name.id:
                return value if value.func.attr == "map" and value.args else None
            if value.func.attr == "map":
                return value if value.args else None
            if value.func.attr not in _BETWEEN:
                return None
        return None

    def _is_elementwise(self, function: ast.expr, scope: Scope) -> bool:
        if isinstance(function, ast.Lambda):
            return self._is_elementwise_value(function.body, _names_of(function.args), does=False)
        if not isinstance(function, ast.Name):
            return False
        found = self.code.functions.get(function.id, ())
        if len(found) != 1 or not isinstance(found[0].node, FunctionNode) or found[0].node.decorator_list:
            return False
        node = found[0].node
        *lines, last = node.body
        known = _names_of(node.args)
        if not isinstance(last, ast.Return) or last.value is None:
            return False
        for line in lines:
            if isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant):
                continue
            if not isinstance(line, ast.Assign) or len(line.targets) != 1 or not isinstance(line.targets[0], ast.Name):
                return False
            if not self._is_elementwise_value(line.value, known, does=True):
                return False
            known = known | {line.targets[0].id}
        return self._is_elementwise_value(last.value, known, does=bool(lines))

    def _is_elementwise_value(self, node: ast.expr, known: frozenset[str] | set[str], does: bool) -> bool:
        """Whether it is made of the function's arguments by elementwise operations, at least one unless ``does``."""
        items = node.elts if isinstance(node, ast.Tuple) else [node]
        parts = [part for item in items for part in ast.walk(item)]
        calls = [part for part in parts if isinstance(part, ast.Call)]
        functions = {id(part) for call in calls for part in ast.walk(call.func)}
        for part in parts:
            if isinstance(part, ast.Call):
                if not knowledge.has(self.code.canonical(part.func), "elementwise"):
                    return False
            elif id(part) in functions or isinstance(part, ast.keyword):
                continue
            elif isinstance(part, ast.Name) and part.id not in known and part.id not in self.code.module.imports:
                if part.id not in self.code.module.constants or not _is_number(self.code.module.constants[part.id]):
                    return False
            elif not isinstance(part, _ARITHMETIC):
                return False
        return does or any(isinstance(part, (ast.Call, ast.BinOp)) for part in parts)


def _names_of(arguments: ast.arguments) -> frozenset[str]:
    return frozenset(each.arg for each in (*arguments.posonlyargs, *arguments.args))


def _is_number(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, (int, float))


def _shown(function: ast.expr) -> str:
    return path_of(function) or "lambda"
