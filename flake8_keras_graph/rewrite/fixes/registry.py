"""Mechanical fixes for findings: each made by the fixer that the finding's rule names."""

from __future__ import annotations

import dataclasses
import functools
import importlib
import pkgutil
from collections.abc import Sequence

import libcst as cst

from flake8_keras_graph.analysis.reading import read_file
from flake8_keras_graph.config import Options
from flake8_keras_graph.records import Finding, Fix, Span
from flake8_keras_graph.rewrite import fixes
from flake8_keras_graph.rewrite.fixes.common.fixer import FIXERS, Fixer
from flake8_keras_graph.rewrite.text.document import Document, NotFixable, changed_text, read_document
from flake8_keras_graph.rewrite.text.edits import between
from flake8_keras_graph.rewrite.text.scopes import with_imports_at
from flake8_keras_graph.rules import load


@functools.cache
def fixers() -> dict[str, Fixer]:
    """Every fixer by its name; the modules of this folder are imported on the first call."""
    for module in pkgutil.iter_modules(fixes.__path__, f"{fixes.__name__}."):
        if not module.ispkg:
            importlib.import_module(module.name)
    return FIXERS


def fixer_of(finding: Finding) -> Fixer | None:
    """What makes the fix that the finding's rule names for findings of its level, None where it names none."""
    rule = load().get(finding.code)
    name = rule.handling_at(finding.level).fix if rule is not None else None
    return fixers()[name] if name is not None else None


def with_fixes(findings: Sequence[Finding], text: str) -> list[Finding]:
    """``findings`` of ``text``, each with its ``fix`` where there is one whose preconditions hold."""
    if not any(map(fixer_of, findings)):
        return list(findings)
    try:
        document = read_document(read_file(findings[0].path, text, Options()))
    except SyntaxError:
        return list(findings)
    return [
        dataclasses.replace(finding, fix=_fix(finding, fixer, _flagged(document, findings, finding.code), text)[0])
        if (fixer := fixer_of(finding)) is not None
        else finding
        for finding in findings
    ]


def why_not(finding: Finding, text: str, findings: Sequence[Finding] = ()) -> str:
    """Why ``finding`` has no fix; empty where it has one. ``findings`` are the others of the file."""
    fixer = fixer_of(finding)
    if fixer is None and finding.remedy == "functional":
        return "it costs nothing: the graph is the one that the functional API gives"
    if fixer is None:
        return f"{finding.code} has no mechanical fix"
    try:
        document = read_document(read_file(finding.path, text, Options()))
    except SyntaxError:
        return "the file does not parse"
    return _fix(finding, fixer, _flagged(document, findings or [finding], finding.code), text)[1]


def _flagged(document: Document, findings: Sequence[Finding], code: str) -> Document:
    places = frozenset((f.span.line, f.span.column) for f in findings if f.code == code)
    return dataclasses.replace(document, flagged=places)


def _fix(finding: Finding, fixer: Fixer, document: Document, text: str) -> tuple[Fix | None, str]:
    node = find_site(document, finding.span, fixer.nodes)
    if node is None:
        return None, "nothing that could be rewritten stands there"
    try:
        change = fixer.make(with_imports_at(document, node), node)
        changed = changed_text(document, change)
        compile(changed, finding.path, "exec", dont_inherit=True)
    except NotFixable as reason:
        return None, str(reason)
    except (cst.ParserSyntaxError, cst.CSTValidationError, SyntaxError, ValueError) as error:
        return None, f"the rewritten code does not parse: {error}"
    edits = between(text, changed)
    return (Fix(edits, change.safety, change.note), "") if edits else (None, "there is nothing to change")


def find_site(document: Document, span: Span, kinds: tuple[type[cst.CSTNode], ...]) -> cst.CSTNode | None:
    """The node of ``kinds`` at ``span``, else the innermost that starts there, or whose test or iterable does."""
    line, column = span.line, span.column
    found: list[cst.CSTNode] = []
    for node in document.positions:
        if not isinstance(node, kinds):
            continue
        heads = [node, getattr(node, "test", None), getattr(node, "iter", None)]
        if any(head is not None and _starts(document, head, line, column) for head in heads):
            found.append(node)
    exact = [node for node in found if _end(document, node) == (span.end_line, span.end_column)]
    return min(exact or found, key=lambda node: _size(document, node), default=None)


def _starts(document: Document, node: cst.CSTNode, line: int, column: int) -> bool:
    return node in document.positions and document.start(node) == (line, column)


def _end(document: Document, node: cst.CSTNode) -> tuple[int, int]:
    end = document.positions[node].end
    return end.line, end.column


def _size(document: Document, node: cst.CSTNode) -> tuple[int, int]:
    place = document.positions[node]
    return place.end.line - place.start.line, place.end.column - place.start.column
