"""The code that a finding is about, found by where the finding stands."""

from __future__ import annotations

import libcst as cst

from flake8_keras_graph.records import Span
from flake8_keras_graph.rewrite.text.document import Document, span_of


def find_site(document: Document, span: Span, kinds: tuple[type[cst.CSTNode], ...]) -> cst.CSTNode | None:
    """The node of ``kinds`` at ``span``, else the innermost that starts there, or whose test or iterable does."""
    found: list[cst.CSTNode] = []
    for node in document.tree.starting.get((span.line, span.column), ()):
        holder = document.parents.get(node)
        heads = (getattr(holder, "test", None), getattr(holder, "iter", None))
        for candidate in [node, *([holder] if holder is not None and any(head is node for head in heads) else [])]:
            if isinstance(candidate, kinds) and candidate in document.positions:
                found.append(candidate)
    spans = {node: span_of(document, node) for node in dict.fromkeys(found)}
    exact = [
        node for node, place in spans.items() if (place.end_line, place.end_column) == (span.end_line, span.end_column)
    ]
    return min(exact or spans, key=lambda node: _size(spans[node]), default=None)


def _size(span: Span) -> tuple[int, int]:
    return span.end_line - span.line, span.end_column - span.column
