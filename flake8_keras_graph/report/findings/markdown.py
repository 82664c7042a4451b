"""A table for pull request comments and job summaries."""

from __future__ import annotations

import re

from flake8_keras_graph.project.files import Sources
from flake8_keras_graph.records import Finding, Report, Unchecked
from flake8_keras_graph.report.findings.concise import place


def render(report: Report, sources: Sources) -> str:
    """A Markdown table of the findings, or one sentence where there are none."""
    names = {rule.code: rule.name for rule in report.rules}
    rows = [_row(finding, names[finding.code]) for finding in report.findings]
    rows += [
        f"| {cell_code(_place(failed))} | error | not checked | {cell_text(failed.reason)} |"
        for failed in report.unchecked
    ]
    if not rows:
        return "No findings.\n"
    return "\n".join(["| where | level | rule | message |", "|---|---|---|---|", *rows]) + "\n"


def _place(failed: Unchecked) -> str:
    return f"{failed.path}:{failed.line}:{failed.column}" if failed.line else failed.path


def _row(finding: Finding, name: str) -> str:
    cells = (cell_code(place(finding)), finding.level, f"{finding.code} {name}", cell_text(finding.message))
    return f"| {' | '.join(cells)} |"


def cell_code(text: str) -> str:
    """A cell of a table that shows ``text`` as code."""
    return f"`{text}`".replace("|", "\\|")


def cell_text(text: str) -> str:
    """A cell of a table: Markdown's own signs escaped, outside of `code` only."""
    parts = re.split(r"(`[^`]*`)", " ".join(text.split()))
    escaped = (part if part.startswith("`") else re.sub(r"([\\*_\[\]<>#])", r"\\\1", part) for part in parts)
    return "".join(escaped).replace("|", "\\|")
