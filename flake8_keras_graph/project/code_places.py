"""Places in a file that outlive layout and comments: named when a line is known, found again in a later text."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from flake8_keras_graph.project.index import subtree_hash
from flake8_keras_graph.records import CodePlace, Span

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_DIGITS = 16
# Parts of a statement that are statements in turn: what stands on its header is none of them.
_BODIES = frozenset({"body", "orelse", "finalbody", "handlers", "cases"})


def place_of(tree: ast.Module, line: int) -> CodePlace | None:
    """What begins on ``line``, else the statement around it; None where the file has no such line in a definition."""
    within = [(name, node) for name, node in _definitions(tree) if _begins(node) <= line <= (node.end_lineno or 0)]
    if not within:
        return None
    name, owner = within[-1]  # the innermost: it comes after those around it
    if line < owner.body[0].lineno and line <= owner.lineno:
        return CodePlace(name)
    nodes = list(_nodes(owner))
    node = next((each for each in nodes if each.lineno == line), None) or next(
        (each for each in reversed(nodes) if isinstance(each, ast.stmt) and _spans(each, line)), None
    )
    if node is None:
        return CodePlace(name)
    code = _hash(node)
    alike = [each for each in nodes if _hash(each) == code]
    return CodePlace(name, code, next(n for n, each in enumerate(alike) if each is node))


def span_of(tree: ast.Module, text: str, place: CodePlace) -> Span | None:
    """Where the place is in this text; None where it is no more. Of a statement with a body, the header."""
    lines = text.split("\n")  # as `ast` counts them: not at form feeds
    for name, owner in _definitions(tree):
        if name != place.definition:
            continue
        if not place.code:
            return _header_of(owner, lines)
        alike = [node for node in _nodes(owner) if _hash(node) == place.code]
        if place.ordinal < len(alike):
            return _span(alike[place.ordinal], lines)
    return None


def _definitions(tree: ast.AST, prefix: str = "") -> Iterator[tuple[str, Definition]]:
    """Functions and classes by their dotted names, those around others first."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, Definition):
            yield f"{prefix}{child.name}", child
            yield from _definitions(child, f"{prefix}{child.name}.")
        else:
            yield from _definitions(child, prefix)


def _nodes(owner: ast.AST) -> Iterator[ast.stmt | ast.expr]:
    """Statements and expressions in the order of the text, without what belongs to definitions within."""
    for child in ast.iter_child_nodes(owner):
        if isinstance(child, Definition):
            continue
        if isinstance(child, (ast.stmt, ast.expr)):
            yield child
        yield from _nodes(child)


def _begins(node: Definition) -> int:
    return min([node.lineno, *(each.lineno for each in node.decorator_list)])


def _spans(node: ast.stmt, line: int) -> bool:
    return node.lineno <= line <= (node.end_lineno or 0)


def _on_header(node: ast.stmt | ast.expr) -> Iterator[ast.AST]:
    """The parts of a statement that has a body, without the body; the whole of another node."""
    if not isinstance(node, ast.stmt) or not isinstance(getattr(node, "body", None), list):
        yield node
        return
    for name, value in ast.iter_fields(node):
        if name not in _BODIES:
            yield from (part for part in (value if isinstance(value, list) else [value]) if isinstance(part, ast.AST))


def _hash(node: ast.stmt | ast.expr) -> str:
    return f"{type(node).__name__}:{subtree_hash(_on_header(node))[:_DIGITS]}"


def _span(node: ast.stmt | ast.expr, lines: list[str]) -> Span:
    ends = [
        (each.end_lineno, each.end_col_offset)
        for part in _on_header(node)
        for each in ast.walk(part)
        if isinstance(each, (ast.stmt, ast.expr)) and each.end_lineno is not None and each.end_col_offset is not None
    ]
    end_line, end_column = max(ends, default=(node.lineno, node.col_offset))
    start = (node.lineno, _characters(lines, node.lineno, node.col_offset))
    return Span(*start, *max(start, (end_line, _characters(lines, end_line, end_column))))


def _header_of(owner: Definition, lines: list[str]) -> Span:
    column = _characters(lines, owner.lineno, owner.col_offset)
    keyword = {ast.ClassDef: "class ", ast.AsyncFunctionDef: "async def "}.get(type(owner), "def ")
    return Span(owner.lineno, column, owner.lineno, column + len(f"{keyword}{owner.name}"))


def _characters(lines: list[str], line: int, offset: int) -> int:
    """``ast`` counts the bytes of UTF-8."""
    if line > len(lines):
        return offset
    return len(lines[line - 1].encode("utf-8", "surrogatepass")[:offset].decode("utf-8", "replace"))
