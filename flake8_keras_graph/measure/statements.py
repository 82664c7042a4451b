"""What statements bind and look up, and which of them run unconditionally: asked alike by parent and worker.

Standard library only, on ``ast`` trees.
"""

from __future__ import annotations

import ast
import symtable
from collections.abc import Iterator, Sequence

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def unconditional(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements, without ``if __name__ == "__main__"`` and what stands under ``with`` at top level."""
    for statement in body:
        if isinstance(statement, ast.If) and is_main_test(statement.test):
            yield from unconditional(statement.orelse)
        elif isinstance(statement, (ast.With, ast.AsyncWith)):
            yield from unconditional(statement.body)
        else:
            yield statement


def is_main_test(test: ast.expr) -> bool:
    """Whether a test is that of ``if __name__ == "__main__"``."""
    return any(isinstance(node, ast.Name) and node.id == "__name__" for node in ast.walk(test)) and any(
        isinstance(node, ast.Constant) and node.value == "__main__" for node in ast.walk(test)
    )


def names(node: ast.AST) -> set[str]:
    """Names of the module that the node looks up, however deep; locals and parameters of its functions are others."""
    try:
        table = symtable.symtable(ast.unparse(node), "", "exec")
    except (SyntaxError, ValueError, RecursionError):  # not code by itself: a ``return``, for one
        return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    here = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_referenced()}
    return here.union(*map(_globals, table.get_children()))


def _globals(table: symtable.SymbolTable) -> set[str]:
    here = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_global()}
    return here.union(*map(_globals, table.get_children()))


def bound(statement: ast.stmt) -> set[str]:
    """Names that the statement binds at module level."""
    if isinstance(statement, _DEFINITIONS):
        return {statement.name}
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        return {(alias.asname or alias.name).partition(".")[0] for alias in statement.names}
    stored = {n.id for n in _own_scope(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    for child in ast.iter_child_nodes(statement):
        if isinstance(child, ast.stmt):
            stored |= bound(child)
        elif isinstance(child, ast.ExceptHandler):
            stored |= set().union(*(bound(s) for s in child.body))
    return stored


def _own_scope(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    if not isinstance(node, (*_DEFINITIONS, ast.Lambda)):
        for child in ast.iter_child_nodes(node):
            yield from _own_scope(child)


# Methods called for what they do to their object.
_BUILDING = frozenset({
    "add", "add_argument", "set_defaults", "append", "extend", "update", "insert", "setdefault", "build",
})  # fmt: skip


def built_on(statement: ast.stmt) -> set[str]:
    """The name whose object the statement changes: ``parser.add_argument(...)``, ``TABLE[x] = y``."""
    target: ast.expr | None = None
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        func = statement.value.func
        target = func.value if isinstance(func, ast.Attribute) and func.attr in _BUILDING else None
    elif isinstance(statement, (ast.Assign, ast.AugAssign, ast.AnnAssign)):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        target = targets[0] if isinstance(targets[0], (ast.Attribute, ast.Subscript)) else None
    while isinstance(target, (ast.Attribute, ast.Subscript)):
        target = target.value
    return {target.id} if isinstance(target, ast.Name) else set()
