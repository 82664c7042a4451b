"""GitLab's Code Quality report, which a merge request shows; https://docs.gitlab.com/ci/testing/code_quality."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from flake8_keras_graph.project.files import Sources
from flake8_keras_graph.records import Finding, Level, Report, Unchecked
from flake8_keras_graph.report.findings.identity import fingerprints, path_from

_SEVERITIES: dict[Level, str] = {"error": "critical", "warning": "major", "note": "info"}


def render(report: Report, sources: Sources) -> str:
    """A JSON list; what a finding is known by in the next pipeline is not its line."""
    hashes = fingerprints(report.findings, sources, Path.cwd())
    entries = [_finding(each, known) for each, known in zip(report.findings, hashes, strict=True)]
    return json.dumps([*entries, *map(_unchecked, report.unchecked)], indent=2, ensure_ascii=False) + "\n"


def _finding(finding: Finding, fingerprint: str) -> dict[str, Any]:
    span = finding.span
    lines = {"begin": span.line, "end": span.end_line}
    return _entry(finding.message, finding.code, fingerprint, _SEVERITIES[finding.level], finding.path, lines)


def _unchecked(failed: Unchecked) -> dict[str, Any]:
    path = path_from(failed.path, Path.cwd())
    fingerprint = hashlib.sha256(f"{path}\0{failed.reason}".encode("utf-8", "surrogatepass")).hexdigest()[:16]
    message = f"not checked: {failed.reason}"
    return _entry(message, "not-checked", fingerprint, "blocker", failed.path, {"begin": failed.line or 1})


def _entry(
    message: str, name: str, fingerprint: str, severity: str, path: str, lines: dict[str, int]
) -> dict[str, Any]:
    return {
        "description": " ".join(message.split()),
        "check_name": name,
        "fingerprint": fingerprint,
        "severity": severity,
        "location": {"path": path_from(path, Path.cwd()), "lines": lines},
    }
