"""Machine-readable output of ``check`` and ``measure``. Lines and columns are 1-based, ends exclusive."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flake8_keras_graph.records import (
    Comparison,
    Finding,
    FindingEvidence,
    FindingResult,
    ModelResult,
    RankedFinding,
    Report,
    RuleInfo,
    Step,
    Trial,
)
from flake8_keras_graph.results.codec import plain


def render(report: Report) -> str:
    """``check --format json``."""
    rules = {rule.code: rule for rule in report.rules}
    findings = [finding_object(finding, rules) for finding in report.findings]
    return _dump({"version": report.version, "findings": findings})


def render_measured(report: Report) -> str:
    """``measure --json``."""
    return _dump(
        {
            "version": report.version,
            "environment": plain(report.environment),
            "models": [model_object(model) for model in report.models],
            "ranking": [ranked_object(ranked) for ranked in report.ranking],
        }
    )


def _dump(content: Any) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


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
        "fix": {"safety": finding.fix.safety} if finding.fix else None,
        "evidence": _evidence(finding.evidence) if finding.evidence else None,
    }


def _step(step: Step) -> dict[str, Any]:
    place = {"line": step.span.line, "column": step.span.column + 1, "text": step.text}
    return {**place, "path": step.path} if step.path else place


def _evidence(record: FindingEvidence) -> dict[str, Any]:
    return {name: plain(getattr(record, name)) for name in record.__dataclass_fields__}


def model_object(model: ModelResult) -> dict[str, Any]:
    """One model's results on one device with the raw times; ``environment`` is that of the machine it ran on."""
    return {
        "path": model.path,
        "symbol": model.symbol,
        "status": model.status,
        "reason": model.reason,
        "fingerprint": model.fingerprint,
        "spec": plain(model.spec),
        "findings": [_finding_result(found) for found in model.findings],
        "comparisons": [_fields(comparison) for comparison in model.comparisons],
        "trials": [_fields(trial) for trial in model.trials],
        "compiled": plain(model.compiled),
        "rewrite_source": model.rewrite_source,
        "refusals": list(model.refusals),
        "warnings": list(model.warnings),
        "peak_bytes": model.peak_bytes,
        "environment": plain(model.environment),
    }


def _finding_result(found: FindingResult) -> dict[str, Any]:
    return {**_fields(found), "column": found.column + 1}


def ranked_object(ranked: RankedFinding) -> dict[str, Any]:
    """One place in the ranking."""
    return {**_fields(ranked), "column": ranked.column + 1}


def _fields(record: Comparison | Trial | FindingResult | RankedFinding) -> dict[str, Any]:
    return {name: plain(getattr(record, name)) for name in record.__dataclass_fields__}
