"""The texts of a project's files, read once for all classes, and names as they are written. Nothing is run."""

from __future__ import annotations

import ast
import functools
from pathlib import Path
from typing import Any

from flake8_keras_graph.project import files


def read(file: Path) -> str:
    """The text as it is now; empty where it cannot be read."""
    try:
        status = file.stat()
    except OSError:
        return ""
    return _text(file, status.st_mtime_ns, status.st_size)


@functools.lru_cache(maxsize=2000)
def _text(file: Path, _modified: int, _size: int) -> str:
    """Every class of a project asks for the same files."""
    try:
        return files.read(str(file))
    except files.Unreadable:
        return ""


def parsed(text: str) -> ast.Module | None:
    """None where it does not parse."""
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def dotted(func: ast.expr) -> list[str]:
    """``["a", "b", "f"]`` of ``a.b.f(...)``; of ``g().f(...)`` what follows the call."""
    parts: list[str] = []
    while isinstance(func, ast.Attribute):
        parts.insert(0, func.attr)
        func = func.value
    return [func.id, *parts] if isinstance(func, ast.Name) else parts


def last_name(func: ast.expr) -> str:
    """``f`` of ``f(...)`` and of ``a.b.f(...)``."""
    return func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""


def literal_arguments(text: str) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
    """``(args, kwargs)`` where the source of both holds literals only: no name and no call."""
    try:
        args, kwargs = ast.literal_eval(text)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None
    return tuple(args), dict(kwargs)
