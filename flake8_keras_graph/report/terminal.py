"""What ``measure`` shows a person: models, their findings, comparisons with intervals, the ranking."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import IO

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from flake8_keras_graph.records import Comparison, Finding, FindingResult, ModelResult, Report
from flake8_keras_graph.report import ranking
from flake8_keras_graph.report.text import counted
from flake8_keras_graph.wording import comparison_text, seconds_text

PIPE_WIDTH = 140
_STYLES = {"slower": "red", "faster": "green", "same graph": "green", "no difference found": "green"}
_MODES = {"graph": "as fit compiles", "autograph": "with AutoGraph", "xla": "with XLA", "eager": "eagerly"}


def write(report: Report, out: IO[str], steps: int) -> None:
    """Write the report of one run to ``out``."""
    console = Console(file=out, highlight=False)
    if not console.is_terminal:
        console = Console(file=out, highlight=False, width=PIPE_WIDTH)
    if not report.models:
        console.print("Nothing to measure: no class here has a finding (--all takes every model).")
        return
    for model in report.models:
        _model(console, model, [f for f in report.findings if f.path == model.path])
    if report.ranking:
        console.print(Text(ranking.render(report.ranking, steps)))
    measured = sum(model.status == "measured" for model in report.models)
    environment = ", ".join(f"{key} {value}" for key, value in report.environment.items() if _short(value))
    console.print(
        f"{measured} of {counted(len(report.models), 'model')} measured. {environment}", style="dim"
    )


def _short(value: object) -> bool:
    return isinstance(value, (str, int, float)) and len(str(value)) <= 60


def _model(console: Console, model: ModelResult, findings: Sequence[Finding]) -> None:
    console.print(Text.assemble((model.symbol, "bold"), f"  {model.path}"))
    if model.spec and model.spec.get("guessed"):
        console.print("  inputs or arguments were guessed", style="yellow")
    if model.status == "not_measured":
        console.print(Padding(Text(f"not measured: {model.reason}", "red"), (0, 2)))
    for found in model.findings:
        console.print(_finding(found, findings))
    if not model.findings and model.status == "measured":
        console.print("  no finding", style="dim")
    if model.comparisons:
        console.print(Padding(_comparisons(model.comparisons), (0, 2)))
    for refusal in model.refusals:
        console.print(Padding(Text(f"no functional rewrite: {refusal}", "yellow"), (0, 2)))
    for warning in model.warnings:
        console.print(Padding(Text(f"warning: {warning}", "yellow"), (0, 2)))
    console.print()


def _finding(found: FindingResult, findings: Iterable[Finding]) -> Padding:
    messages = [f.message for f in findings if (f.code, f.span.line) == (found.code, found.line)]
    status = found.status.replace("_", " ")
    detail = f": {found.detail}" if found.detail else ""
    text = f"{found.code} line {found.line}: {messages[0] if messages else ''}\n{status}{detail}"
    return Padding(Text(text), (0, 2))


def _comparisons(comparisons: Iterable[Comparison]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("code", "against", "run", "step", "takes", "against", "slowdown [99% interval] or proof"):
        table.add_column(heading, no_wrap=heading != "slowdown [99% interval] or proof")
    for comparison in comparisons:
        table.add_row(
            comparison.original,
            _rewrite(comparison),
            _MODES[comparison.mode],
            comparison.step,
            seconds_text(comparison.original_seconds),
            seconds_text(comparison.rewrite_seconds),
            Text(comparison_text(comparison), _STYLES.get(comparison.verdict, "yellow")),
        )
    return table


def _rewrite(comparison: Comparison) -> str:
    if comparison.rewrite_mode in (None, comparison.mode):
        return comparison.rewrite
    return f"{comparison.rewrite} {_MODES[comparison.rewrite_mode]}"
