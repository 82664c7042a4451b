"""One finding with its chain of reasons, each with the line of source that it speaks of."""

from __future__ import annotations

from flake8_keras_graph.project.files import Sources
from flake8_keras_graph.records import Finding, RuleInfo, Step
from flake8_keras_graph.report.findings import concise
from flake8_keras_graph.results import matching
from flake8_keras_graph.wording import NOT_COMPARED, cost_clause


def render(finding: Finding, rule: RuleInfo, sources: Sources, not_reported: str) -> str:
    """The finding, why it is known, what was measured, and why ``check`` leaves it out if it does."""
    out = [concise.line(finding), f"    {sources.line(finding.path, finding.span.line)}"]
    out.append(f"  rule: {rule.name} ({finding.level})" + (f", in {finding.symbol}" if finding.symbol else ""))
    if finding.why:
        out.append("  because:")
        out += [row for step in finding.why for row in _step(step, finding, sources)]
    out += [f"  {row}" for row in _measured(finding)]
    if not_reported:
        out.append(f"  not reported by check: {not_reported}")
    return "\n".join(out) + "\n"


def _step(step: Step, finding: Finding, sources: Sources) -> list[str]:
    path = step.path or finding.path
    line, column = step.span.line, step.span.column + 1
    where = f"{path}:{line}:{column}" if step.path else f"line {line}"
    return [f"    {where}: {step.text}", f"        {sources.line(path, line)}"]


def _measured(finding: Finding) -> list[str]:
    record = finding.evidence
    if record is None:
        return []
    rows = [f"when run: {record.status.replace('_', ' ')}{f' ({record.detail})' if record.detail else ''}"]
    clause = cost_clause(record)
    if clause:
        rows.append(f"{clause} ({record.original} against {record.rewrite}, {record.mode}, {record.step})")
    elif matching.is_uncompared(finding, record.status, record.verdict):
        rows.append(f"its cost: {NOT_COMPARED}")
    return rows
