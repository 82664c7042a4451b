"""One function's text -> its libcst tree, with positions in the file it came from.

Only the functions that are reached are parsed: the text of one ``def``, under a ``class _:`` header where it
is indented, so that columns and indentation stay as they are. Positions are worked out when asked for.
"""

from __future__ import annotations

import dataclasses

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

from flake8_keras_graph.index import FunctionInfo
from flake8_keras_graph.records import Span

_HEADER = "class _:\n"
_VALIDATE = cst.CSTNode.__post_init__


@dataclasses.dataclass(eq=False, slots=True)
class FunctionSource:
    """A parsed function; ``shift`` is added to libcst's line numbers to give the file's."""

    info: FunctionInfo
    tree: cst.Module
    node: cst.FunctionDef
    shift: int
    _positions: dict[cst.CSTNode, Span] | None = None
    _texts: dict[cst.CSTNode, str] = dataclasses.field(default_factory=dict)

    @property
    def path(self) -> str:
        return self.info.module.path

    def span(self, node: cst.CSTNode) -> Span:
        """Where ``node`` stands in the file. Raises KeyError for a node of another tree."""
        if self._positions is None:
            wrapper = MetadataWrapper(self.tree, unsafe_skip_copy=True)
            shift = self.shift
            self._positions = {
                each: Span(
                    place.start.line + shift, place.start.column, place.end.line + shift, place.end.column
                )
                for each, place in wrapper.resolve(PositionProvider).items()
            }
        return self._positions[node]

    def code(self, node: cst.CSTNode) -> str:
        """The text of ``node`` on one line, shortened to what fits in a message."""
        known = self._texts.get(node)
        if known is None:
            text = " ".join(self.tree.code_for_node(node).split())
            known = self._texts[node] = text if len(text) <= 60 else text[:57] + "..."
        return known


def parse_function(info: FunctionInfo) -> FunctionSource | None:
    """The libcst tree of one ``def``; None where libcst does not know its syntax."""
    lines = info.module.lines
    text = "".join(lines[info.first_line - 1 : info.end_line])
    indented = text[:1] in (" ", "\t", "\f")
    shift = info.first_line - (2 if indented else 1)
    try:
        tree = _parsed(_HEADER + text if indented else text)
    except (cst.ParserSyntaxError, RecursionError, ValueError, UnicodeError):
        return None
    node: cst.CSTNode = tree
    while not isinstance(node, cst.FunctionDef):
        body = node.body if isinstance(node, cst.Module) else getattr(getattr(node, "body", None), "body", ())
        if not body:
            return None
        node = body[0]
    return FunctionSource(info, tree, node, shift)


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


def parse_expression(text: str) -> cst.BaseExpression | None:
    """A class attribute's or module constant's value; None where libcst does not know its syntax."""
    try:
        return cst.parse_expression(text)
    except (cst.ParserSyntaxError, RecursionError, ValueError, UnicodeError):
        return None
