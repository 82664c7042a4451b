"""SARIF 2.1.0, which code scanning services and editors read; the chain of reasons as a code flow."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from flake8_keras_graph.project.files import Sources
from flake8_keras_graph.records import Finding, Fix, Report, RuleInfo, Span, Unchecked
from flake8_keras_graph.report.findings.identity import fingerprints

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

FINGERPRINT = "kerasGraph/v1"
"""Names how a finding is known again, whose line has moved."""


def render(report: Report, sources: Sources) -> str:
    """One run; paths are relative to the current folder where they lie in it."""
    rules = sorted(report.rules, key=lambda rule: rule.code)
    index = {rule.code: position for position, rule in enumerate(rules)}
    driver = {
        "name": "keras-graph",
        "semanticVersion": report.version,
        "rules": [_rule(rule) for rule in rules],
    }
    hashes = fingerprints(report.findings, sources, Path.cwd())
    run = {
        "tool": {"driver": driver},
        "invocations": [_invocation(report.unchecked)],
        "columnKind": "unicodeCodePoints",
        "results": [_result(each, index, known) for each, known in zip(report.findings, hashes, strict=True)],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(rule: RuleInfo) -> dict[str, Any]:
    return {
        "id": rule.code,
        "name": "".join(part.capitalize() for part in rule.name.split("-")),
        "shortDescription": {"text": rule.summary},
        "help": {"text": f"keras-graph explain {rule.code}", "markdown": rule.page},
        "defaultConfiguration": {"level": rule.level},
    }


def _invocation(unchecked: Sequence[Unchecked]) -> dict[str, Any]:
    """Whether everything was checked, and what was not."""
    notifications = [_notification(failed) for failed in unchecked]
    said = {"toolExecutionNotifications": notifications} if notifications else {}
    return {"executionSuccessful": not notifications, **said}


def _notification(failed: Unchecked) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": _uri(failed.path)}}
    if failed.line:
        place["region"] = {"startLine": failed.line, "startColumn": failed.column}
    return {"level": "error", "message": {"text": failed.reason}, "locations": [{"physicalLocation": place}]}


def _result(finding: Finding, index: dict[str, int], fingerprint: str) -> dict[str, Any]:
    location = _location(finding.path, finding.span)
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": index[finding.code],
        "level": finding.level,
        "message": {"text": finding.message},
        "locations": [{**location, "logicalLocations": [{"fullyQualifiedName": finding.symbol}]}],
        "partialFingerprints": {FINGERPRINT: fingerprint},
    }
    steps = [
        {**_location(step.path or finding.path, step.span), "message": {"text": step.text}} for step in finding.why
    ]
    if steps:
        site = {**location, "message": {"text": finding.message}}
        flow = [{"location": step} for step in (*steps, site)]
        result["relatedLocations"] = [{"id": number, **step} for number, step in enumerate(steps, 1)]
        result["codeFlows"] = [{"threadFlows": [{"locations": flow}]}]
    if finding.fix is not None and finding.fix.edits:
        result["fixes"] = [_fix(finding.fix, finding.path)]
    return result


def _fix(fix: Fix, path: str) -> dict[str, Any]:
    note = f": {fix.note}" if fix.note else ""
    replacements = [{"deletedRegion": _region(edit.span), "insertedContent": {"text": edit.text}} for edit in fix.edits]
    changes = [{"artifactLocation": {"uri": _uri(path)}, "replacements": replacements}]
    return {"description": {"text": f"{fix.safety} fix{note}"}, "artifactChanges": changes}


def _location(path: str, span: Span) -> dict[str, Any]:
    return {"physicalLocation": {"artifactLocation": {"uri": _uri(path)}, "region": _region(span)}}


def _region(span: Span) -> dict[str, int]:
    return {
        "startLine": span.line,
        "startColumn": span.column + 1,
        "endLine": span.end_line,
        "endColumn": span.end_column + 1,
    }


def _uri(path: str) -> str:
    full = os.path.abspath(path)
    if Path.cwd() in Path(full).parents:
        return quote(Path(full).relative_to(Path.cwd()).as_posix())
    return Path(full).as_uri()
