"""One function -> its libcst nodes, with the place in the file and the text of each where they are asked for.

The nodes are made from the stdlib tree, which says where nearly all of them stand. Only for the others is a
function parsed by libcst as well: the text of one ``def``, under a ``class _:`` header where it is indented,
so that columns and indentation stay as they are.
"""

from __future__ import annotations

import ast
import dataclasses
import re
from collections.abc import Sequence
from typing import Any

import libcst as cst
from libcst.metadata import CodePosition, CodeRange, PositionProvider

from flake8_keras_graph.project.index import FunctionInfo
from flake8_keras_graph.records import Span
from flake8_keras_graph.syntax import nodes

_HEADER = "class _:\n"
_BLANK = re.compile(r"[ \t\f]*(?:#.*|\\)?")
_VALIDATE = cst.CSTNode.__post_init__


class Unplaced(KeyError):
    """A node whose place in the file cannot be told."""


@dataclasses.dataclass(eq=False, slots=True)
class Written:
    """A function as libcst parsed it; ``shift`` is added to libcst's line numbers to give the file's."""

    text: str
    tree: cst.Module
    node: cst.FunctionDef
    shift: int

    def positions(self) -> dict[cst.CSTNode, Span]:
        """Where each node stands in the file."""
        shift = self.shift
        return {
            node: Span(place.start.line + shift, place.start.column, place.end.line + shift, place.end.column)
            for node, place in positions(self.tree, self.text).items()
        }


@dataclasses.dataclass(eq=False, slots=True)
class FunctionSource:
    """A function to interpret: ``node`` is what there is to read, positions and texts come with a parse."""

    info: FunctionInfo
    node: cst.FunctionDef
    _written: Written | None = None
    _origins: dict[cst.CSTNode, ast.AST] | None = None
    _pairs: dict[cst.CSTNode, cst.CSTNode] | None = None
    _positions: dict[cst.CSTNode, Span] | None = None
    _texts: dict[cst.CSTNode, str] = dataclasses.field(default_factory=dict)

    @property
    def path(self) -> str:
        return self.info.module.path

    def span(self, node: cst.CSTNode) -> Span:
        """Where ``node`` stands in the file. Raises Unplaced, for a node of another function too."""
        origin = self._origin(node)
        if origin is not None:
            return _span(origin, self.info.module.lines)
        if self._positions is None:
            self._positions = self._parsed().positions()
        try:
            return self._positions[self._in_text(node)]
        except KeyError:
            raise Unplaced(type(node).__name__) from None

    def code(self, node: cst.CSTNode) -> str:
        """The text of ``node`` on one line, shortened to what fits in a message. Raises Unplaced."""
        known = self._texts.get(node)
        if known is None:
            origin = self._origin(node)
            if origin is not None:
                text = _text(_span(origin, self.info.module.lines), self.info.module.lines)
                if "#" in text and "\n" in text:  # comments on its lines
                    text = ast.unparse(origin)
            else:
                text = self._parsed().tree.code_for_node(self._in_text(node))
            text = " ".join(text.split())
            known = self._texts[node] = text if len(text) <= 60 else text[:57] + "..."
        return known

    def _origin(self, node: cst.CSTNode) -> ast.AST | None:
        """What ``node`` was made from, where libcst would place it as the stdlib does."""
        if self._origins is None:
            made = self._written is None or self._written.node is not self.node
            self._origins = nodes.origins(self.node, self.info.node) if made else {}
        return None if type(node) in _PARENTHESISED else self._origins.get(node)

    def _in_text(self, node: cst.CSTNode) -> cst.CSTNode:
        if self._pairs is None:
            written = self._parsed().node
            if written is self.node:
                return node
            try:
                self._pairs = nodes.pairs(self.node, written)
            except ValueError as error:
                raise Unplaced(str(error)) from None
        if node not in self._pairs:
            raise Unplaced(type(node).__name__)
        return self._pairs[node]

    def _parsed(self) -> Written:
        if self._written is None:
            self._written = parse_function(self.info)
            if self._written is None:
                raise Unplaced(f"libcst cannot parse {self.info.name}")
        return self._written


# The stdlib counts their parentheses as part of them, libcst does not.
_PARENTHESISED = {cst.GeneratorExp, cst.Tuple}


def _span(node: Any, lines: Sequence[str]) -> Span:
    """The stdlib counts columns in bytes of UTF-8, and a last semicolon as part of the statements around."""
    first, last = lines[node.lineno - 1], lines[node.end_lineno - 1]
    start = node.col_offset if first.isascii() else _characters(first, node.col_offset)
    if isinstance(node, ast.arg):  # without its annotation
        return Span(node.lineno, start, node.lineno, start + len(node.arg))
    end = node.end_col_offset if last.isascii() else _characters(last, node.end_col_offset)
    if last.endswith(";", 0, end):
        end = len(last[:end].rstrip("; \t\f"))
    return Span(node.lineno, start, node.end_lineno, end)


def _characters(line: str, count: int) -> int:
    return len(line.encode("utf-8", "surrogatepass")[:count].decode("utf-8", "replace"))


def _text(span: Span, lines: Sequence[str]) -> str:
    found = list(lines[span.line - 1 : span.end_line])
    found[-1] = found[-1][: span.end_column]
    found[0] = found[0][span.column :]
    return "".join(found)


class _Places(PositionProvider):
    """libcst's positions without its ``MetadataWrapper``, which goes through the tree a second time."""

    def of(self, module: cst.Module) -> dict[cst.CSTNode, CodeRange]:
        self._gen_impl(module)
        return {node: self.get_metadata(_Places, node) for node in self._computed}


def positions(module: cst.Module, text: str) -> dict[cst.CSTNode, CodeRange]:
    """Where each node of ``module``, parsed from ``text``, stands.

    To libcst a comprehension's ``for`` begins with the blank before it; here it does not.
    """
    found = _Places().of(module)
    loops = [node for node in found if type(node) is cst.CompFor]
    lines = re.split("\r\n|\r|\n", text) if loops else []
    for node in loops:
        line, column = found[node].start.line, found[node].start.column
        while (blank := _BLANK.match(lines[line - 1], column)) and blank.end() == len(lines[line - 1]):
            line, column = line + 1, 0
        found[node] = CodeRange(CodePosition(line, blank.end() if blank else column), found[node].end)
    return found


def read_function(info: FunctionInfo) -> FunctionSource | None:
    """The nodes of one ``def``; None where neither way to them knows its syntax."""
    try:
        return FunctionSource(info, nodes.function(info.node))
    except RecursionError:
        return None
    except nodes.Unsupported:
        written = parse_function(info)
        return None if written is None else FunctionSource(info, written.node, written)


def read_expression(node: ast.expr) -> cst.BaseExpression | None:
    """The nodes of a class attribute's or module constant's value; None where its syntax is not known."""
    try:
        return nodes.expression(node)
    except (nodes.Unsupported, RecursionError):
        return None


def parse_function(info: FunctionInfo) -> Written | None:
    """One ``def`` parsed by libcst, layout and all; None where libcst does not know its syntax."""
    lines = info.module.lines
    text = "".join(lines[info.first_line - 1 : info.end_line])
    indented = text[:1] in (" ", "\t", "\f")
    shift = info.first_line - (2 if indented else 1)
    try:
        text = _HEADER + text if indented else text
        tree = _parsed(text)
    except (cst.ParserSyntaxError, RecursionError, ValueError, UnicodeError):
        return None
    node: cst.CSTNode = tree
    while not isinstance(node, cst.FunctionDef):
        body = node.body if isinstance(node, cst.Module) else getattr(getattr(node, "body", None), "body", ())
        if not body:
            return None
        node = body[0]
    return Written(text, tree, node, shift)


def _parsed(text: str) -> cst.Module:
    """``cst.parse_module`` without a second look at each node: what the parser makes is valid as it is.

    Measured: validating takes a quarter of the time of parsing. The original is restored from one place, so
    that threads which parse at once cannot leave validation off.
    """
    cst.CSTNode.__post_init__ = _accept  # type: ignore[assignment,method-assign]
    try:
        return cst.parse_module(text)
    finally:
        cst.CSTNode.__post_init__ = _VALIDATE  # type: ignore[method-assign]


def _accept(node: cst.CSTNode) -> None:
    """No validation."""
