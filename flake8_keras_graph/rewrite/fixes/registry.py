"""Mechanical fixes for findings, by rule code."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import libcst as cst

from flake8_keras_graph.analysis.reading import read_file
from flake8_keras_graph.config import Options
from flake8_keras_graph.records import Finding, Fix, Span
from flake8_keras_graph.rewrite.fixes.assertions import fix_assertion
from flake8_keras_graph.rewrite.fixes.booleans import fix_boolean
from flake8_keras_graph.rewrite.fixes.branches import fix_branch
from flake8_keras_graph.rewrite.fixes.creation import fix_creation
from flake8_keras_graph.rewrite.fixes.decorated_call import fix_decorated_call
from flake8_keras_graph.rewrite.fixes.element_loops import fix_element_loop
from flake8_keras_graph.rewrite.fixes.graph_loops import fix_graph_loop
from flake8_keras_graph.rewrite.fixes.growing_concat import fix_growing
from flake8_keras_graph.rewrite.fixes.host_callbacks import fix_host_callback
from flake8_keras_graph.rewrite.fixes.host_values import fix_cast, fix_host_value, fix_numpy
from flake8_keras_graph.rewrite.fixes.randomness import fix_randomness
from flake8_keras_graph.rewrite.fixes.recurrence import fix_recurrence
from flake8_keras_graph.rewrite.fixes.row_loops import fix_comprehension, fix_loop
from flake8_keras_graph.rewrite.fixes.run_eagerly import fix_run_eagerly
from flake8_keras_graph.rewrite.fixes.shapes import fix_dimension, fix_unpacked
from flake8_keras_graph.rewrite.fixes.tensor_index import fix_lookup
from flake8_keras_graph.rewrite.fixes.while_loops import fix_while
from flake8_keras_graph.rewrite.text.document import Change, Document, NotFixable, changed_text, read_document
from flake8_keras_graph.rewrite.text.edits import between
from flake8_keras_graph.rewrite.text.scopes import with_imports_at

Fixer = Callable[[Document, cst.CSTNode], Change]

# One entry a rule that has a mechanical fix: what makes it, and the nodes its findings stand at.
FIXERS: dict[str, tuple[Fixer, tuple[type[cst.CSTNode], ...]]] = {
    "KG101": (fix_branch, (cst.If, cst.IfExp)),
    "KG102": (fix_while, (cst.While,)),
    "KG103": (fix_loop, (cst.For,)),
    "KG104": (fix_loop, (cst.For,)),
    "KG105": (fix_boolean, (cst.BooleanOperation, cst.UnaryOperation, cst.Comparison, cst.Call)),
    "KG106": (fix_assertion, (cst.Assert,)),
    "KG107": (fix_comprehension, (cst.ListComp, cst.GeneratorExp, cst.CompFor)),
    "KG108": (fix_cast, (cst.Call,)),
    "KG109": (fix_host_value, (cst.Call,)),
    "KG110": (fix_numpy, (cst.Call,)),
    "KG111": (fix_creation, (cst.Call,)),
    "KG112": (fix_unpacked, (cst.Assign, cst.AnnAssign, cst.SimpleStatementLine)),
    "KG113": (fix_dimension, (cst.BaseExpression,)),
    "KG114": (fix_lookup, (cst.Subscript,)),
    "KG201": (fix_randomness, (cst.Call,)),
    "KG304": (fix_host_callback, (cst.Call,)),
    "KG305": (fix_graph_loop, (cst.Call,)),
    "KG501": (fix_run_eagerly, (cst.Call, cst.Arg)),
    "KG502": (fix_decorated_call, (cst.Name, cst.Attribute, cst.Call)),
    "KG301": (fix_recurrence, (cst.For,)),
    "KG302": (fix_growing, (cst.Call, cst.Assign, cst.SimpleStatementLine)),
    "KG303": (fix_element_loop, (cst.For,)),
}


def with_fixes(findings: Sequence[Finding], text: str) -> list[Finding]:
    """``findings`` of ``text``, each with its ``fix`` where there is one whose preconditions hold."""
    if not any(map(_is_fixed, findings)):
        return list(findings)
    try:
        document = read_document(read_file(findings[0].path, text, Options()))
    except SyntaxError:
        return list(findings)
    return [
        dataclasses.replace(finding, fix=_fix(finding, _flagged(document, findings, finding.code), text)[0])
        if _is_fixed(finding)
        else finding
        for finding in findings
    ]


def _is_fixed(finding: Finding) -> bool:
    """Whether a fix is looked for: not for loops that merely are unrolled."""
    return finding.code in FIXERS and (finding.code != "KG301" or finding.level == "warning")


def why_not(finding: Finding, text: str, findings: Sequence[Finding] = ()) -> str:
    """Why ``finding`` has no fix; empty where it has one. ``findings`` are the others of the file."""
    if finding.code not in FIXERS:
        return f"{finding.code} has no mechanical fix"
    if not _is_fixed(finding):
        return "it costs nothing: the graph is the one that the functional API gives"
    try:
        document = read_document(read_file(finding.path, text, Options()))
    except SyntaxError:
        return "the file does not parse"
    return _fix(finding, _flagged(document, findings or [finding], finding.code), text)[1]


def _flagged(document: Document, findings: Sequence[Finding], code: str) -> Document:
    places = frozenset((f.span.line, f.span.column) for f in findings if f.code == code)
    return dataclasses.replace(document, flagged=places)


def _fix(finding: Finding, document: Document, text: str) -> tuple[Fix | None, str]:
    fixer, kinds = FIXERS[finding.code]
    node = find_site(document, finding.span, kinds)
    if node is None:
        return None, "nothing that could be rewritten stands there"
    try:
        change = fixer(with_imports_at(document, node), node)
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
