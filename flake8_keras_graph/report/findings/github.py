"""Workflow commands that GitHub Actions shows as annotations on the lines of a pull request."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from flake8_keras_graph.project.files import Sources
from flake8_keras_graph.records import Finding, Report, Unchecked
from flake8_keras_graph.report.findings.identity import path_from

_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def render(report: Report, sources: Sources) -> str:
    """One ``::error file=...::message`` a line."""
    names = {rule.code: rule.name for rule in report.rules}
    commands = [_command(finding, names[finding.code]) for finding in report.findings]
    return "".join(f"{command}\n" for command in (*commands, *map(_failed, report.unchecked)))


def _command(finding: Finding, name: str) -> str:
    span = finding.span
    properties: dict[str, str | int] = {
        "file": path_from(finding.path, Path.cwd()),
        "line": span.line,
        "endLine": span.end_line,
        "col": span.column + 1,
        "endColumn": span.end_column + 1,
        "title": f"{finding.code} {name}",
    }
    if span.line != span.end_line:  # GitHub takes columns within one line only
        del properties["col"], properties["endColumn"]
    return _written(_COMMANDS[finding.level], properties, finding.message)


def _failed(failed: Unchecked) -> str:
    properties: dict[str, str | int] = {"file": path_from(failed.path, Path.cwd())}
    if failed.line:
        properties.update(line=failed.line, col=failed.column)
    return _written("error", {**properties, "title": "not checked"}, failed.reason)


def _written(command: str, properties: Mapping[str, str | int], message: str) -> str:
    listed = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items())
    return f"::{command} {listed}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
