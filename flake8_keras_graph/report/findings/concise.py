"""Findings as flake8 prints them, one a line."""

from __future__ import annotations

from flake8_keras_graph.project.files import Sources
from flake8_keras_graph.records import Finding, Report


def render(report: Report, sources: Sources) -> str:
    """``path:line:column: CODE message``, columns from 1."""
    return "".join(f"{line(finding)}\n" for finding in report.findings)


def line(finding: Finding) -> str:
    """One finding on one line."""
    return f"{place(finding)}: {finding.code} {' '.join(finding.message.split())}"


def place(finding: Finding) -> str:
    """``path:line:column``, the column from 1."""
    return f"{finding.path}:{finding.span.line}:{finding.span.column + 1}"
