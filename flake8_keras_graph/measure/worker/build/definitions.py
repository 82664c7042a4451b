"""Which top-level statements of a file define things, and which act: only the former run when it is measured.

Standard library only. Works on ``ast`` trees, keeps positions, and changes nothing on disk.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from flake8_keras_graph.measure.statements import bound, names, unconditional

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_ASSIGNMENTS = (ast.Assign, ast.AnnAssign, ast.AugAssign)

# Calls that compute a value and do nothing else; whatever else is called at top level is an action.
_HARMLESS_CALLS = frozenset({
    "getLogger", "TypeVar", "ParamSpec", "NewType", "namedtuple", "NamedTuple", "TypedDict", "Enum", "compile",
    "frozenset", "set", "dict", "list", "tuple", "range", "int", "float", "str", "bool", "bytes", "len", "sum",
    "min", "max", "abs", "round", "sorted", "zip", "enumerate", "partial", "Path", "dirname", "abspath", "join",
    "float32", "float16", "float64", "int32", "int64", "sqrt", "log", "exp", "field", "object", "constant",
    "keys", "values", "items", "format", "split", "lower", "upper", "strip", "replace",
})  # fmt: skip


def definitions_only(tree: ast.Module, roots: Iterable[str]) -> ast.Module:
    """``tree`` with its top-level actions left out.

    ``roots`` are the top-level names that will be used: what they reach is kept whatever it takes; imports,
    other definitions and assignments of plain values are kept as well. An import that no root needs may fail.
    """
    body = list(unconditional(tree.body))
    needed = _reached(body, set(roots))
    kept: list[ast.stmt] = []
    absent: set[str] = set()
    for statement in body:
        verdict = _keep(statement, needed, absent)
        if verdict is None:
            absent |= bound(statement)
        else:
            absent -= bound(statement)
            kept.append(verdict)
    module = ast.Module(body=_future_first(kept), type_ignores=[])
    return ast.fix_missing_locations(module)


def _future_first(body: Sequence[ast.stmt]) -> list[ast.stmt]:
    future = [s for s in body if isinstance(s, ast.ImportFrom) and s.module == "__future__"]
    return future + [s for s in body if s not in future]


def _keep(statement: ast.stmt, needed: set[str], absent: set[str]) -> ast.stmt | None:
    here = bound(statement)
    if here & needed:
        return statement
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        return statement if _is_future(statement) else _optional(statement)
    if isinstance(statement, _DEFINITIONS):
        return None if _evaluated_names(statement) & absent else statement
    if isinstance(statement, _ASSIGNMENTS):
        return statement if _is_plain(statement) and not names(statement) & absent else None
    if isinstance(statement, (ast.If, ast.Try)):
        return _keep_compound(statement, needed, absent)
    return None


def _keep_compound(statement: ast.If | ast.Try, needed: set[str], absent: set[str]) -> ast.stmt | None:
    """An ``if`` or ``try`` around imports and definitions, each block filtered in its turn."""
    if isinstance(statement, ast.If) and not _is_plain_value(statement.test):
        return None
    if not any(isinstance(s, (ast.Import, ast.ImportFrom, *_DEFINITIONS)) for s in ast.walk(statement)):
        return None

    def block(body: Sequence[ast.stmt]) -> list[ast.stmt]:
        return [k for s in body if (k := _keep_inner(s, needed, absent)) is not None] or [ast.Pass()]

    if isinstance(statement, ast.If):
        changed: ast.stmt = ast.If(statement.test, block(statement.body), _maybe(block, statement.orelse))
    else:
        handlers = [ast.ExceptHandler(h.type, h.name, block(h.body)) for h in statement.handlers]
        final = _maybe(block, statement.finalbody)
        changed = ast.Try(block(statement.body), handlers, _maybe(block, statement.orelse), final)
    return ast.copy_location(changed, statement)


def _keep_inner(statement: ast.stmt, needed: set[str], absent: set[str]) -> ast.stmt | None:
    if isinstance(statement, (ast.Import, ast.ImportFrom, ast.Raise, ast.Pass)):
        return statement  # inside ``try`` the file itself says what happens when an import fails
    return _keep(statement, needed, absent)


def _maybe(block: object, body: list[ast.stmt]) -> list[ast.stmt]:
    return block(body) if body and callable(block) else []


def _optional(statement: ast.stmt) -> ast.stmt:
    handler = ast.ExceptHandler(ast.Name("Exception", ast.Load()), None, [ast.Pass()])
    return ast.copy_location(ast.Try([statement], [handler], [], []), statement)


def _is_future(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.ImportFrom) and statement.module == "__future__"


def _is_plain(statement: ast.stmt) -> bool:
    assert isinstance(statement, _ASSIGNMENTS)
    return statement.value is None or _is_plain_value(statement.value)


def _is_plain_value(value: ast.AST) -> bool:
    """Whether evaluating ``value`` only computes: no call but harmless ones, no await, no walrus."""
    if isinstance(value, ast.Lambda):
        return True
    if isinstance(value, ast.Call) and _called_name(value.func) not in _HARMLESS_CALLS:
        return False
    if isinstance(value, (ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr)):
        return False
    return all(_is_plain_value(child) for child in ast.iter_child_nodes(value))


def _called_name(func: ast.expr) -> str:
    return func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""


def _evaluated_names(node: ast.AST) -> set[str]:
    """Names looked up while the definition itself runs: decorators, bases, defaults, class bodies."""
    if isinstance(node, ast.Name):
        return {node.id} if isinstance(node.ctx, ast.Load) else set()
    children: Iterable[ast.AST] = ast.iter_child_nodes(node)
    if isinstance(node, _FUNCTIONS):
        defaults = [d for d in (*node.args.defaults, *node.args.kw_defaults) if d is not None]
        children = [*defaults, *getattr(node, "decorator_list", ())]
    return set().union(*(_evaluated_names(child) for child in children))


def _reached(body: Sequence[ast.stmt], roots: set[str]) -> set[str]:
    """Names that the roots need, however deep in function bodies the use is."""
    uses: dict[str, set[str]] = {}
    for statement in body:
        for name in bound(statement):
            uses.setdefault(name, set()).update(names(statement))
    found: set[str] = set()
    pending = list(roots)
    while pending:
        name = pending.pop()
        if name in uses and name not in found:
            found.add(name)
            pending.extend(uses[name])
    return found
