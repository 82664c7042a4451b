"""Findings as flake8 prints them, one a line, and a summary of a run."""

from __future__ import annotations

import collections
from collections.abc import Sequence

from flake8_keras_graph.records import Finding, Report
from flake8_keras_graph.wording import counted


def render(report: Report) -> str:
    """``path:line:column: CODE message``, columns from 1."""
    return "".join(f"{line(finding)}\n" for finding in report.findings)


def line(finding: Finding) -> str:
    """One finding on one line."""
    return f"{place(finding)}: {finding.code} {' '.join(finding.message.split())}"


def place(finding: Finding) -> str:
    """``path:line:column``, the column from 1."""
    return f"{finding.path}:{finding.span.line}:{finding.span.column + 1}"


def summary(findings: Sequence[Finding], files: int, problems: int, free: int = 0, refuted: int = 0) -> str:
    """``3 findings (1 error, 2 notes) in 2 of 10 files; 4 shown free by measurement; --no-evidence shows them``."""
    where = f"{len({finding.path for finding in findings})} of " if findings else ""
    found = f"{counted(len(findings), 'finding')}{_by_level(findings)}" if findings else "no findings"
    failed = f"; {counted(problems, 'file')} could not be checked" if problems else ""
    return f"{found} in {where}{counted(files, 'file')}{_silenced(free, refuted)}{failed}"


def _silenced(free: int, refuted: int) -> str:
    """What evidence leaves out, which nobody would know of otherwise."""
    parts = [f"{free} shown free by measurement"] if free else []
    parts += [f"{refuted} refuted by running"] if refuted else []
    if not parts:
        return ""
    return f"; {', '.join(parts)}; --no-evidence shows {'it' if free + refuted == 1 else 'them'}"


def _by_level(findings: Sequence[Finding]) -> str:
    levels = collections.Counter(finding.level for finding in findings)
    parts = [counted(levels[level], level) for level in ("error", "warning", "note") if levels[level]]
    return f" ({', '.join(parts)})"
