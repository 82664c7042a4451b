"""The statements that a call's arguments need, and whether those only build. Standard library only; nothing is run."""

from __future__ import annotations

import ast
import builtins
import copy
import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from flake8_keras_graph.analysis.reading import FileReading
from flake8_keras_graph.measure.project.following import Objection, find_objection
from flake8_keras_graph.measure.project.project_files import ProjectFiles
from flake8_keras_graph.measure.statements import bound, built_on, names

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_IMPORTS = (ast.Import, ast.ImportFrom)
# Methods called for what they do to their object, which a repeated construction needs.
_BUILDING_STATEMENTS = frozenset({
    "add", "add_argument", "set_defaults", "append", "extend", "update", "insert", "setdefault", "build",
})  # fmt: skip


@dataclasses.dataclass(frozen=True, slots=True)
class Slice:
    """The source of a call's ``(args, kwargs)``, and of what has to run before."""

    arguments: str
    setup: str


class Slicer:
    """One file: which of its statements a call's arguments need, and whether those only build."""

    def __init__(self, files: ProjectFiles, reading: FileReading, own: bool) -> None:
        self._files, self._reading, self._own = files, reading, own
        self._body, self._imports = reading.module.tree.body, reading.module.imports
        self._present = {id(node) for node in self._body if isinstance(node, (*_DEFINITIONS, *_IMPORTS))}
        self._definitions = {node.name: node for node in self._body if isinstance(node, _DEFINITIONS)}

    def sliced(self, call: ast.Call, scopes: list[list[ast.stmt]]) -> Slice | Objection | None:
        """The arguments and the statements they need; what these would do besides building; None: not all is known."""
        arguments = arguments_of(call)
        statements = self._needed(names(arguments), scopes)
        known = self._known(statements)
        if names(arguments) - known - _inner(arguments):
            return None
        if any(names(statement) - known - _inner(statement) for statement in statements if not _defines(statement)):
            return None
        kept = [s for s in statements if not (self._own and id(s) in self._present)]
        run = [s for s in statements if id(s) not in self._present]
        defining = [s for s in kept if id(s) in self._present]
        objection = find_objection(self._files, self._reading, [*run, arguments], defining)
        if objection is not None:
            return objection
        simple = self._inlined(arguments, kept)
        if simple is not None:
            return Slice(simple, "")
        return Slice(ast.unparse(arguments), "\n".join(ast.unparse(s) for s in kept))

    def _needed(self, wanted: set[str], scopes: list[list[ast.stmt]]) -> list[ast.stmt]:
        """The statements that bind what is wanted, the innermost scope first searched, in the order of running."""
        found: list[list[ast.stmt]] = []
        for depth in range(len(scopes) - 1, -1, -1):
            body = scopes[depth] if depth else _before(scopes[0], self._body)
            kept, wanted = _sliced(list(_flattened(body)), wanted)
            found.insert(0, kept)
        return [statement for kept in found for statement in kept]

    def _known(self, statements: Sequence[ast.stmt]) -> set[str]:
        stored = set().union(*map(bound, statements))
        own = set(self._definitions) | set(self._imports) if self._own else set()
        return stored | own | set(dir(builtins))

    def _inlined(self, arguments: ast.expr, statements: Sequence[ast.stmt]) -> str | None:
        """The arguments with names of literals replaced by these, where that leaves a literal."""
        values: dict[str, ast.expr] = {}
        for statement in statements:
            target = statement.targets[0] if isinstance(statement, ast.Assign) else None
            if not isinstance(target, ast.Name) or target.id in values or not isinstance(statement, ast.Assign):
                return None
            values[target.id] = statement.value
        text = ast.unparse(_Substituted(values).visit(ast.parse(ast.unparse(arguments), mode="eval")))
        return text if literal_arguments(text) is not None else None


class _Substituted(ast.NodeTransformer):
    def __init__(self, values: Mapping[str, ast.expr]) -> None:
        self._values = values

    def visit_Name(self, node: ast.Name) -> ast.expr:
        value = self._values.get(node.id)
        return node if value is None else self.visit(copy.deepcopy(value))


def _before(statements: Sequence[ast.stmt], body: Sequence[ast.stmt]) -> Sequence[ast.stmt]:
    """A module's statements as far as they stand before the call; all definitions, which calls see anyway."""
    known = set(map(id, statements))
    return [s for s in body if id(s) in known or isinstance(s, (*_DEFINITIONS, *_IMPORTS))] + [
        s for s in statements if id(s) not in set(map(id, body))
    ]


def _sliced(body: Sequence[ast.stmt], wanted: set[str]) -> tuple[list[ast.stmt], set[str]]:
    """Of one scope's statements those that what is wanted afterwards needs, and what it needs from outside."""
    definitions = {name: s for s in body if _defines(s) for name in bound(s)}
    kept: set[int] = set()
    open_names: set[str] = set()

    def want(names_: set[str]) -> None:
        for name in names_ - open_names:
            open_names.add(name)
            if name in definitions and id(definitions[name]) not in kept:
                kept.add(id(definitions[name]))
                want(names(definitions[name]))

    want(wanted)
    for statement in reversed(body):
        here = bound(statement)
        if _defines(statement) or not (here & open_names or built_on(statement) & open_names):
            continue
        kept.add(id(statement))
        if isinstance(statement, (ast.Assign, ast.AnnAssign)):  # what was bound before does not matter
            open_names -= here
        want(names(statement))
    return [s for s in body if id(s) in kept], open_names - set(definitions)


def _flattened(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements, those under ``with`` and ``if __name__ == ...`` among them."""
    for statement in body:
        if isinstance(statement, (ast.With, ast.AsyncWith)):
            yield from _flattened(statement.body)
        else:
            yield statement


def _defines(statement: ast.stmt) -> bool:
    return isinstance(statement, (*_DEFINITIONS, *_IMPORTS))


def _inner(node: ast.AST) -> set[str]:
    """Names that the node binds within itself: variables of comprehensions and parameters of lambdas."""
    stored = {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    return stored | {n.arg for n in ast.walk(node) if isinstance(n, ast.arg)}


def last_name(func: ast.expr) -> str:
    """``f`` of ``f(...)`` and of ``a.b.f(...)``."""
    return func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""


def arguments_of(call: ast.Call) -> ast.Tuple:
    """The expression ``(args, kwargs)`` of what the call is given."""
    keys: list[ast.expr | None] = [None if k.arg is None else ast.Constant(k.arg) for k in call.keywords]
    keywords = ast.Dict(keys, [k.value for k in call.keywords])
    return ast.Tuple([ast.Tuple(list(call.args), ast.Load()), keywords], ast.Load())


def literal_arguments(text: str) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
    """``(args, kwargs)`` where the source of both holds literals only: no name and no call."""
    try:
        args, kwargs = ast.literal_eval(text)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None
    return tuple(args), dict(kwargs)
