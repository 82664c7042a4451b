"""``check --format json``. Lines and columns are 1-based, ends exclusive."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flake8_keras_graph.project.files import Sources
from flake8_keras_graph.records import Edit, Finding, FindingEvidence, Fix, Report, RuleInfo, Step, Unchecked
from flake8_keras_graph.results.codec import as_text, plain


def render(report: Report, sources: Sources) -> str:
    """The findings, each with its rule's name and what is known of it."""
    rules = {rule.code: rule for rule in report.rules}
    findings = [finding_object(finding, rules) for finding in report.findings]
    errors = [_error(failed) for failed in report.unchecked]
    return as_text({"version": report.version, "findings": findings, "errors": errors})


def finding_object(finding: Finding, rules: Mapping[str, RuleInfo]) -> dict[str, Any]:
    """One finding; ``name`` is its rule's."""
    span = finding.span
    return {
        "code": finding.code,
        "name": rules[finding.code].name,
        "level": finding.level,
        "message": finding.message,
        "path": finding.path,
        "line": span.line,
        "column": span.column + 1,
        "end_line": span.end_line,
        "end_column": span.end_column + 1,
        "symbol": finding.symbol,
        "why": [_step(step) for step in finding.why],
        "fix": _fix(finding.fix) if finding.fix else None,
        "evidence": _evidence(finding.evidence) if finding.evidence else None,
    }


def _error(failed: Unchecked) -> dict[str, Any]:
    """A file that could not be checked; where it went wrong is null where that is not known."""
    place = {"line": failed.line or None, "column": failed.column or None}
    return {"path": failed.path, **place, "message": failed.reason}


def _fix(fix: Fix) -> dict[str, Any]:
    return {"safety": fix.safety, "edits": [_edit(edit) for edit in fix.edits]}


def _edit(edit: Edit) -> dict[str, Any]:
    start, end = {"line": edit.span.line, "column": edit.span.column + 1}, edit.span
    return {**start, "end_line": end.end_line, "end_column": end.end_column + 1, "text": edit.text}


def _step(step: Step) -> dict[str, Any]:
    place = {"line": step.span.line, "column": step.span.column + 1, "text": step.text}
    return {**place, "path": step.path} if step.path else place


def _evidence(record: FindingEvidence) -> dict[str, Any]:
    return {name: plain(getattr(record, name)) for name in record.__dataclass_fields__}
