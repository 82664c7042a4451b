"""Which top-level statements of a file run when a class of it is measured: those that the class needs, and few others.

Any of them but the class itself may fail: what it would have bound then raises where it is used. Standard library
only. Works on ``ast`` trees, keeps positions, and changes nothing on disk.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from flake8_keras_graph.measure.statements import bound, built_on, names, unconditional

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


# Builtins that find names of the module which nothing spells.
_FINDS_NAMES = frozenset({"eval", "exec", "globals"})
_FAILED = "_keras_graph_failed"
_FROM = "flake8_keras_graph.measure.worker.build.missing_modules"


def definitions_only(tree: ast.Module, roots: Iterable[str]) -> ast.Module:
    """``tree`` without the statements that nothing of ``roots``, top-level names that will be used, needs.

    What they reach is kept whatever it takes. So is what may be found without being named, where it only computes:
    decorated definitions, which may be registered, and imports whose names nothing uses. Whatever is kept may fail,
    but the definitions of the roots themselves.
    """
    body = list(unconditional(tree.body))
    wanted, first = _Uses(body), set(roots)
    needed = wanted.reached(first)
    if any(wanted.of(name) & _FINDS_NAMES for name in needed):
        needed |= {name for s in body if _only_defines(s) for name in bound(s)}
    for statement in body:
        if isinstance(statement, _DEFINITIONS) and statement.decorator_list and not bound(statement) & needed:
            rests_on = wanted.reached(_evaluated_names(statement))
            if all(map(_only_defines, wanted.binding(rests_on))):
                needed |= rests_on | bound(statement)
    kept = [s for s in body if _is_needed(s, needed) or _is_import_for_its_effect(s, wanted)]
    made = [s if _is_future(s) or (isinstance(s, _DEFINITIONS) and s.name in first) else _may_fail(s) for s in kept]
    return ast.fix_missing_locations(ast.Module(body=_future_first(made), type_ignores=[]))


class _Uses:
    """What the names that statements bind are bound with."""

    def __init__(self, body: Sequence[ast.stmt]) -> None:
        self._body = body
        self._bound = set().union(*map(bound, body))
        self._uses: dict[str, set[str]] = {}
        for statement in body:
            spelled = names(statement) | (_words(statement) & self._bound)
            for name in bound(statement) | built_on(statement):
                self._uses.setdefault(name, set()).update(spelled)

    def of(self, name: str) -> set[str]:
        """Names that the statements which bind ``name`` look up, however deep."""
        return self._uses.get(name, set())

    def reached(self, roots: Iterable[str]) -> set[str]:
        """``roots``, as far as statements bind them, and what they need, however deep in function bodies the use is."""
        found: set[str] = set()
        pending = list(roots)
        while pending:
            name = pending.pop()
            if name in self._bound and name not in found:
                found.add(name)
                pending.extend(self.of(name))
        return found

    def binding(self, wanted: set[str]) -> list[ast.stmt]:
        """The statements that bind any of these names."""
        return [s for s in self._body if bound(s) & wanted]

    def is_used(self, name: str) -> bool:
        """Whether any statement looks the name up."""
        return any(name in names(s) | _words(s) for s in self._body if not isinstance(s, (ast.Import, ast.ImportFrom)))


def _is_needed(statement: ast.stmt, needed: set[str]) -> bool:
    return bool((bound(statement) | built_on(statement)) & needed) or _is_future(statement)


def _is_import_for_its_effect(statement: ast.stmt, uses: _Uses) -> bool:
    """``import custom_operations``, ``from parts import *``: nothing spells what they bring."""
    if not isinstance(statement, (ast.Import, ast.ImportFrom)):
        return False
    return any(name == "*" or not uses.is_used(name) for name in bound(statement))


def _only_defines(statement: ast.stmt) -> bool:
    if isinstance(statement, _ASSIGNMENTS):
        return _is_plain(statement)
    return isinstance(statement, (*_DEFINITIONS, ast.Import, ast.ImportFrom))


def _words(node: ast.AST) -> set[str]:
    """Strings in the node: a name in one may be an annotation, or be looked up by it."""
    return {n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)}


def _may_fail(statement: ast.stmt) -> ast.stmt:
    """The statement; where it raises, its names are bound to what raises when it is used."""
    lost = sorted(bound(statement) - {"*"})
    error = "_keras_graph_error"
    call = ast.Call(
        ast.Name(_FAILED, ast.Load()),
        [
            ast.Call(ast.Name("globals", ast.Load()), [], []),
            ast.Tuple([ast.Constant(name) for name in lost], ast.Load()),
            ast.Name(error, ast.Load()),
        ],
        [],
    )
    imported = ast.ImportFrom(_FROM, [ast.alias("bind_failed", _FAILED)], 0)
    handler = ast.ExceptHandler(ast.Name("BaseException", ast.Load()), error, [imported, ast.Expr(call)])
    return ast.copy_location(ast.Try([statement], [handler], [], []), statement)


def _future_first(body: Sequence[ast.stmt]) -> list[ast.stmt]:
    future = [s for s in body if isinstance(s, ast.ImportFrom) and s.module == "__future__"]
    return future + [s for s in body if s not in future]


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
