"""SARIF 2.1.0, which code scanning services and editors read; the chain of reasons as related locations."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

from flake8_keras_graph.project.files import Sources
from flake8_keras_graph.records import Finding, Report, RuleInfo, Span

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def render(report: Report, sources: Sources) -> str:
    """One run; paths are relative to the current folder where they lie in it."""
    rules = sorted(report.rules, key=lambda rule: rule.code)
    index = {rule.code: position for position, rule in enumerate(rules)}
    driver = {
        "name": "keras-graph",
        "semanticVersion": report.version,
        "rules": [_rule(rule) for rule in rules],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, index) for finding in report.findings],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(rule: RuleInfo) -> dict[str, Any]:
    return {
        "id": rule.code,
        "name": "".join(part.capitalize() for part in rule.name.split("-")),
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.summary},
        "help": {"text": rule.page, "markdown": rule.page},
        "defaultConfiguration": {"level": rule.level},
    }


def _result(finding: Finding, index: dict[str, int]) -> dict[str, Any]:
    related = [
        {"id": number, **_location(step.path or finding.path, step.span), "message": {"text": step.text}}
        for number, step in enumerate(finding.why, 1)
    ]
    return {
        "ruleId": finding.code,
        "ruleIndex": index[finding.code],
        "level": finding.level,
        "message": {"text": finding.message},
        "locations": [
            {
                **_location(finding.path, finding.span),
                "logicalLocations": [{"fullyQualifiedName": finding.symbol}],
            }
        ],
        **({"relatedLocations": related} if related else {}),
    }


def _location(path: str, span: Span) -> dict[str, Any]:
    region = {
        "startLine": span.line,
        "startColumn": span.column + 1,
        "endLine": span.end_line,
        "endColumn": span.end_column + 1,
    }
    return {"physicalLocation": {"artifactLocation": {"uri": _uri(path)}, "region": region}}


def _uri(path: str) -> str:
    full = os.path.abspath(path)
    if Path.cwd() in Path(full).parents:
        return quote(Path(full).relative_to(Path.cwd()).as_posix())
    return Path(full).as_uri()
