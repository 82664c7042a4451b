"""Where in the project's code an exception came from, and what the names of that statement held. Runs in the worker."""

from __future__ import annotations

import ast
import dataclasses
import functools
import types
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

_INSTALLED = frozenset({"site-packages", "dist-packages"})
_PLACES = (ast.stmt, ast.ExceptHandler)


@dataclasses.dataclass(frozen=True, slots=True)
class Raised:
    """One frame of the project that an exception passed: its statement, and what was bound there then."""

    path: str
    line: int
    function: str
    statement: ast.stmt | None
    bound: Mapping[str, Any]
    parameters: Sequence[str] = ()

    @property
    def source(self) -> str:
        """The first line of the statement as it stands, without what surrounds it."""
        return _text_of(self.statement) if self.statement is not None else ""

    def values(self) -> Iterator[tuple[str, Any]]:
        """The names and attributes of ``self`` that the statement reads, each with its value, in order."""
        for node in _expressions(self.statement):
            if isinstance(node, ast.Name) and node.id in self.bound:
                yield node.id, self.bound[node.id]
            elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self":
                found = getattr(self.bound.get("self"), "__dict__", {}).get(node.attr)
                if found is not None:
                    yield node.attr, found


def raised(error: BaseException, roots: Sequence[Path]) -> list[Raised]:
    """The frames of files under ``roots`` that the exception passed, innermost first; installed code is left out."""
    found: list[Raised] = []
    trace: types.TracebackType | None = error.__traceback__
    while trace is not None:
        path = trace.tb_frame.f_code.co_filename
        if _is_of(path, roots):
            statement = _statement(path, trace.tb_lineno)
            code = trace.tb_frame.f_code
            given = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
            bound = dict(trace.tb_frame.f_locals)
            found.append(Raised(path, trace.tb_lineno, code.co_name, statement, bound, given))
        trace = trace.tb_next
    return found[::-1]


def reached(frames: Sequence[Raised]) -> tuple[int, int]:
    """How far a call of a layer or a model came, to compare attempts: whether to ``call``, and to which line."""
    lines = {function: [frame.line for frame in frames if frame.function == function] for function in ("build", "call")}
    return (1, max(lines["call"])) if lines["call"] else (0, max(lines["build"], default=0))


def _is_of(path: str, roots: Sequence[Path]) -> bool:
    place = Path(path)
    return not _INSTALLED & set(place.parts) and any(place.is_relative_to(root) for root in roots)


def _statement(path: str, line: int) -> ast.stmt | None:
    """The innermost statement of the file that stands on the line."""
    found: ast.stmt | None = None
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or node.lineno):
            found = node if found is None or node.lineno >= found.lineno else found
    return found


@functools.lru_cache(maxsize=64)
def _tree(path: str) -> ast.Module:
    try:
        return ast.parse(Path(path).read_bytes())
    except (OSError, SyntaxError, ValueError):
        return ast.Module([], [])


def _text_of(statement: ast.stmt) -> str:
    return ast.unparse(statement).partition("\n")[0]


def _expressions(statement: ast.stmt | None) -> Iterator[ast.AST]:
    """What the statement itself evaluates: not the statements in it."""
    pending: list[ast.AST] = [] if statement is None else [statement]
    while pending:
        node = pending.pop(0)
        yield node
        pending = [child for child in ast.iter_child_nodes(node) if not isinstance(child, _PLACES)] + pending
