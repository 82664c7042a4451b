"""``measure --json``. Lines and columns are 1-based."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flake8_keras_graph.records import Comparison, FindingResult, ModelResult, RankedFinding, Report, Trial
from flake8_keras_graph.report.measured import summary
from flake8_keras_graph.results.codec import as_text, plain


def render(report: Report) -> str:
    """Every model's results, and the ranking."""
    return as_text(
        {
            "version": report.version,
            "environment": plain(report.environment),
            "summary": plain(summary.summarise(report.models)),
            "models": [model_object(model) for model in report.models],
            "ranking": [ranked_object(ranked) for ranked in report.ranking],
        }
    )


def render_ranking(version: str, places: Sequence[RankedFinding], steps: int) -> str:
    """The ranking alone, for a run of ``steps`` steps."""
    return as_text({"version": version, "steps": steps, "ranking": [ranked_object(place) for place in places]})


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
        "remedies": plain(model.remedies),
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
