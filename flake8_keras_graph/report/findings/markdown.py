"""A table for pull request comments and job summaries."""

from __future__ import annotations

import re

from flake8_keras_graph.project.files import Sources
from flake8_keras_graph.records import Finding, Report
from flake8_keras_graph.report.findings.concise import place


def render(report: Report, sources: Sources) -> str:
    """A Markdown table of the findings, or one sentence where there are none."""
    if not report.findings:
        return "No findings.\n"
    names = {rule.code: rule.name for rule in report.rules}
    rows = [_row(finding, names[finding.code]) for finding in report.findings]
    return "\n".join(["| where | level | rule | message |", "|---|---|---|---|", *rows]) + "\n"


def _row(finding: Finding, name: str) -> str:
    cells = (_code(place(finding)), finding.level, f"{finding.code} {name}", _text(finding.message))
    return f"| {' | '.join(cells)} |"


def _code(text: str) -> str:
    return f"`{text}`".replace("|", "\\|")


def _text(text: str) -> str:
    """Markdown's own signs escaped, outside of `code` only."""
    parts = re.split(r"(`[^`]*`)", " ".join(text.split()))
    escaped = (part if part.startswith("`") else re.sub(r"([\\*_\[\]<>#])", r"\\\1", part) for part in parts)
    return "".join(escaped).replace("|", "\\|")
