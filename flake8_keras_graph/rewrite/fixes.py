"""Mechanical fixes for findings, by rule code."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import libcst as cst

from flake8_keras_graph.records import Finding, Fix
from flake8_keras_graph.rewrite.branches import fix_branch
from flake8_keras_graph.rewrite.document import Change, Document, NotFixable, changed_text, read_document
from flake8_keras_graph.rewrite.edits import between

Fixer = Callable[[Document, cst.CSTNode], Change]

# One entry a rule that has a mechanical fix: what makes it, and the nodes its findings stand at.
FIXERS: dict[str, tuple[Fixer, tuple[type[cst.CSTNode], ...]]] = {
    "KG101": (fix_branch, (cst.If, cst.IfExp)),
}


def with_fixes(findings: Sequence[Finding], text: str) -> list[Finding]:
    """``findings`` of ``text``, each with its ``fix`` where there is one whose preconditions hold."""
    if not any(finding.code in FIXERS for finding in findings):
        return list(findings)
    try:
        document = read_document(text)
    except SyntaxError:
        return list(findings)
    return [
        dataclasses.replace(finding, fix=_fix(finding, _flagged(document, findings, finding.code), text)[0])
        if finding.code in FIXERS
        else finding
        for finding in findings
    ]


def why_not(finding: Finding, text: str, findings: Sequence[Finding] = ()) -> str:
    """Why ``finding`` has no fix; empty where it has one. ``findings`` are the others of the file."""
    if finding.code not in FIXERS:
        return f"{finding.code} has no mechanical fix"
    try:
        document = read_document(text)
    except SyntaxError:
        return "the file does not parse"
    return _fix(finding, _flagged(document, findings or [finding], finding.code), text)[1]


def _flagged(document: Document, findings: Sequence[Finding], code: str) -> Document:
    places = frozenset((f.span.line, f.span.column) for f in findings if f.code == code)
    return dataclasses.replace(document, flagged=places)


def _fix(finding: Finding, document: Document, text: str) -> tuple[Fix | None, str]:
    fixer, kinds = FIXERS[finding.code]
    node = find_site(document, finding.span.line, finding.span.column, kinds)
    if node is None:
        return None, "nothing that could be rewritten stands there"
    try:
        change = fixer(document, node)
        changed = changed_text(document, change)
        compile(changed, finding.path, "exec", dont_inherit=True)
    except NotFixable as reason:
        return None, str(reason)
    except (cst.ParserSyntaxError, cst.CSTValidationError, SyntaxError, ValueError) as error:
        return None, f"the rewritten code does not parse: {error}"
    edits = between(text, changed)
    return (Fix(edits, change.safety, change.note), "") if edits else (None, "there is nothing to change")


def find_site(
    document: Document, line: int, column: int, kinds: tuple[type[cst.CSTNode], ...]
) -> cst.CSTNode | None:
    """The innermost node of ``kinds`` that starts at a place, or whose test, condition or target does."""
    found: list[cst.CSTNode] = []
    for node in document.positions:
        if not isinstance(node, kinds):
            continue
        heads = [node, getattr(node, "test", None), getattr(node, "iter", None)]
        if any(head is not None and _starts(document, head, line, column) for head in heads):
            found.append(node)
    return min(found, key=lambda node: _size(document, node), default=None)


def _starts(document: Document, node: cst.CSTNode, line: int, column: int) -> bool:
    return node in document.positions and document.start(node) == (line, column)


def _size(document: Document, node: cst.CSTNode) -> tuple[int, int]:
    place = document.positions[node]
    return place.end.line - place.start.line, place.end.column - place.start.column
