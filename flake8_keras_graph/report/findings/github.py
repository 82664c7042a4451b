"""Workflow commands that GitHub Actions shows as annotations on the lines of a pull request."""

from __future__ import annotations

from flake8_keras_graph.project.files import Sources
from flake8_keras_graph.records import Finding, Report

_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def render(report: Report, sources: Sources) -> str:
    """One ``::error file=...::message`` a line."""
    names = {rule.code: rule.name for rule in report.rules}
    return "".join(f"{_command(finding, names[finding.code])}\n" for finding in report.findings)


def _command(finding: Finding, name: str) -> str:
    span = finding.span
    properties = {
        "file": finding.path.replace("\\", "/"),
        "line": span.line,
        "endLine": span.end_line,
        "col": span.column + 1,
        "endColumn": span.end_column + 1,
        "title": f"{finding.code} {name}",
    }
    if span.line != span.end_line:  # GitHub takes columns within one line only
        del properties["col"], properties["endColumn"]
    listed = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items())
    return f"::{_COMMANDS[finding.level]} {listed}::{_data(finding.message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
