"""Which node of a parsed text a node that was made from the same text's stdlib tree stands for."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

import libcst as cst

from flake8_keras_graph.syntax.nodes.fields import FIELDS


def pairs(made: cst.CSTNode, parsed: cst.CSTNode) -> dict[cst.CSTNode, cst.CSTNode]:
    """Which node of a parsed text each node that was made from the same text's stdlib tree stands for.

    Operators and commas have none. Raises ValueError where the two are not the same code.
    """
    found: dict[cst.CSTNode, cst.CSTNode] = {}
    _pair(made, parsed, found)
    return found


def _pair(made: Any, parsed: Any, found: dict[cst.CSTNode, cst.CSTNode]) -> None:
    kind = type(made)
    special = _PAIRED.get(kind)
    if special is not None:
        found[made] = parsed
        special(made, parsed, found)
        return
    if kind is not type(parsed):
        raise ValueError(f"{kind.__name__} is written as {type(parsed).__name__}")
    found[made] = parsed
    for name in FIELDS[kind]:
        value = getattr(made, name)
        if type(value) is list:
            _pair_all(value, getattr(parsed, name), found)
        elif isinstance(value, cst.CSTNode):
            if not isinstance(value, _SHARED):
                _pair(value, getattr(parsed, name), found)
        elif kind is cst.Name and value not in (parsed.value, unicodedata.normalize("NFKC", parsed.value)):
            raise ValueError(f"{value} is written as {parsed.value}")


def _pair_all(made: Sequence[Any], parsed: Sequence[Any], found: dict[cst.CSTNode, cst.CSTNode]) -> None:
    if len(made) != len(parsed):
        raise ValueError(f"{len(made)} nodes are written as {len(parsed)}")
    for one, other in zip(made, parsed, strict=True):
        if not isinstance(one, _SHARED):
            _pair(one, other, found)


def _pair_block(made: cst.IndentedBlock, parsed: cst.BaseSuite, found: dict[cst.CSTNode, cst.CSTNode]) -> None:
    """Statements that share a line have one each in what was made."""
    written: list[tuple[Any, Any]] = []
    if isinstance(parsed, cst.SimpleStatementSuite):
        written = [(parsed, small) for small in parsed.body]
    else:
        for line in parsed.body:
            if isinstance(line, cst.SimpleStatementLine):
                written += [(line, small) for small in line.body]
            else:
                written.append((line, None))
    if len(written) != len(made.body):
        raise ValueError(f"{len(made.body)} statements are written as {len(written)}")
    for one, (line, small) in zip(made.body, written, strict=True):
        if isinstance(one, cst.SimpleStatementLine):
            found[one] = line
            _pair(one.body[0], small, found)
        else:
            _pair(one, line, found)


def _pair_nothing(made: cst.CSTNode, parsed: cst.CSTNode, found: dict[cst.CSTNode, cst.CSTNode]) -> None:
    """A text may be written in several parts, a number in several ways."""


def _pair_deleted(made: cst.Del, parsed: Any, found: dict[cst.CSTNode, cst.CSTNode]) -> None:
    """``del a,`` deletes what ``del a`` does."""
    if type(made.target) is type(parsed.target):
        _pair(made.target, parsed.target, found)


def _pair_text(made: cst.FormattedString, parsed: cst.CSTNode, found: dict[cst.CSTNode, cst.CSTNode]) -> None:
    _pair_all(_replaced(made.parts), _replaced([parsed]), found)


def _replaced(parts: Sequence[cst.CSTNode]) -> list[cst.FormattedStringExpression]:
    """The replacement fields of a text in however many parts."""
    fields: list[cst.FormattedStringExpression] = []
    for part in parts:
        if isinstance(part, cst.FormattedStringExpression):
            fields.append(part)
        elif isinstance(part, cst.FormattedString):
            fields += _replaced(part.parts)
        elif isinstance(part, cst.ConcatenatedString):
            fields += _replaced([part.left, part.right])
    return fields


def _pair_replaced(made: cst.FormattedStringExpression, parsed: Any, found: dict[cst.CSTNode, cst.CSTNode]) -> None:
    _pair(made.expression, parsed.expression, found)
    _pair_all(_replaced(made.format_spec or ()), _replaced(parsed.format_spec or ()), found)


def _pair_subscript(made: cst.Subscript, parsed: Any, found: dict[cst.CSTNode, cst.CSTNode]) -> None:
    if not isinstance(parsed, cst.Subscript):
        raise ValueError(f"a subscript is written as {type(parsed).__name__}")
    _pair(made.value, parsed.value, found)
    elements: Sequence[Any] = parsed.slice
    first = elements[0].slice if len(elements) == 1 else None
    if isinstance(first, cst.Index) and isinstance(first.value, cst.Tuple):  # x[(a, b)]
        inner: list[Any] = [element.slice for element in made.slice]
        if not (len(inner) == 1 and isinstance(inner[0], cst.Index) and isinstance(inner[0].value, cst.Tuple)):
            if len(inner) != len(first.value.elements):
                raise ValueError("another number of indices")
            for one, element, other in zip(inner, made.slice, first.value.elements, strict=True):
                found[element] = found[one] = other
                _pair(one.value, other.value, found)
            return
    _pair_all(made.slice, elements, found)


_SHARED = (cst.BaseBinaryOp, cst.BaseAugOp, cst.BaseUnaryOp, cst.BaseBooleanOp, cst.BaseCompOp, cst.Asynchronous,
           cst.Dot, cst.ImportStar)  # fmt: skip
_PAIRED: dict[type[cst.CSTNode], Callable[[Any, Any, dict[cst.CSTNode, cst.CSTNode]], None]] = {
    cst.Del: _pair_deleted,
    cst.FormattedString: _pair_text,
    cst.FormattedStringExpression: _pair_replaced,
    cst.IndentedBlock: _pair_block,
    cst.Float: _pair_nothing,
    cst.Imaginary: _pair_nothing,
    cst.Integer: _pair_nothing,
    cst.SimpleString: _pair_nothing,
    cst.Subscript: _pair_subscript,
}
