"""What ``measure`` shows a person: models, their findings, comparisons with intervals, the ranking."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from typing import IO

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from flake8_keras_graph.records import Comparison, Finding, ModelResult, Report
from flake8_keras_graph.report.measured import ranking, summary, view
from flake8_keras_graph.wording import first_calls_text, seconds_text, sides_text

FILE_WIDTH = 160
_STYLES = {"slower": "red", "faster": "green", "same graph": "green", "no difference found": "green"}


def write(report: Report, out: IO[str], steps: int) -> None:
    """Write the report of one run to ``out``; lines are wrapped and coloured on a terminal only."""
    console = Console(file=out, highlight=False)
    if console.is_terminal:
        _report(console, report, steps)
        return
    console = Console(file=out, highlight=False, width=FILE_WIDTH)
    with console.capture() as capture:
        _report(console, report, steps)
    out.write("".join(f"{line.rstrip()}\n" for line in capture.get().splitlines()))


def _report(console: Console, report: Report, steps: int) -> None:
    labels = view.labels_of(report.models)
    groups = view.group_by_class(report.models)
    for results in groups:
        here = [f for f in report.findings if f.path == results[0].path]
        _class(console, [view.Run(result, view.label_of(result, labels)) for result in results], here)
    if report.ranking:
        _line(console, ranking.render(report.ranking, steps), indent=0)
    earned = summary.summarise(report.models)
    _line(console, summary.sentence(earned), indent=0)
    for text in summary.reason_texts(earned):
        _line(console, text, "dim")
    _line(console, view.describe_facts(report.environment), "dim", 0)
    if len(labels) > 1:
        for name, label in labels.items():
            _line(
                console,
                view.describe_environment(
                    label, [m for m in report.models if view.environment_key(m) == name], report.environment
                ),
                "dim",
            )


def _class(console: Console, runs: Sequence[view.Run], findings: Sequence[Finding]) -> None:
    result = runs[0].result
    title = Text.assemble((result.symbol, "bold"), f"  {result.path}")
    if len(runs) == 1 and runs[0].label:
        title.append(f"  on {runs[0].label}", "dim")
    _line(console, title, indent=0)
    _each(console, runs, lambda one: [f"not measured: {one.reason}"] if one.status == "not_measured" else [], "red")
    guessed = any((run.result.spec or {}).get("guessed") for run in runs)
    _each(console, runs, lambda one: [view.spec_text(one.spec)] if one.spec else [], "yellow" if guessed else "")
    _findings(console, runs, findings)
    _each(console, runs, view.uncompiled, "red")
    _each(console, runs, view.length_texts, "yellow")
    _each(console, runs, lambda one: view.proofs(one.comparisons), "green")
    if any(run.result.comparisons for run in runs):
        table = _comparisons(runs[0].result) if len(runs) == 1 else _side_by_side(runs)
        console.print(Padding(table, (0, 0, 0, 2)))
    _each(console, runs, view.refusal_texts, "yellow")
    _each(console, runs, lambda one: [f"warning: {warning}" for warning in view.warning_texts(one)], "yellow")
    console.print()


def _each(
    console: Console, runs: Sequence[view.Run], texts: Callable[[ModelResult], Iterable[str]], style: str
) -> None:
    for text in view.merge_texts(runs, texts):
        _line(console, text, style)


def _findings(console: Console, runs: Sequence[view.Run], findings: Sequence[Finding]) -> None:
    found = {(f.code, f.ordinal): f for run in runs for f in run.result.findings}
    for key, first in found.items():
        message = next((f.message for f in findings if (f.code, f.span.line) == (first.code, first.line)), "")
        statuses = view.merge_texts(runs, functools.partial(view.status_texts, key))
        heading = f"{first.code} line {first.line}{': ' if message else ''}{message}"
        text = "\n  ".join([heading, *statuses])
        _line(console, text, {"confirmed": "bold", "refuted": "dim"}.get(first.status, ""))
    if not found and any(run.result.status != "not_measured" for run in runs):
        _line(console, "no finding", "dim")


def _line(console: Console, text: str | Text, style: str = "", indent: int = 2) -> None:
    """A paragraph; continued lines keep its indentation."""
    prefix = " " * indent
    plain = text if isinstance(text, Text) else Text(text.rstrip("\n").replace("\n", f"\n{prefix}"), style)
    console.print(Text.assemble(prefix, plain), soft_wrap=True)


def _comparisons(model: ModelResult) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("compared", "step", "takes", "against", "first call"):
        table.add_column(heading, no_wrap=True)
    table.add_column("slowdown [99% interval], or proof")
    for comparison in model.comparisons:
        table.add_row(
            sides_text(comparison),
            comparison.step,
            seconds_text(comparison.original_seconds),
            seconds_text(comparison.rewrite_seconds),
            first_calls_text(comparison),
            Text(view.outcome_text(comparison, model), _STYLES.get(comparison.verdict, "yellow")),
        )
    return table


def _side_by_side(runs: Sequence[view.Run]) -> Table:
    """One column for each device."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("compared", "step"):
        table.add_column(heading, no_wrap=True)
    for run in runs:
        table.add_column(f"{run.label}: slowdown [99% interval], or proof")
    cells: dict[tuple[str, str], dict[str, Text]] = {}
    for run in runs:
        for comparison in run.result.comparisons:
            row = cells.setdefault((sides_text(comparison), comparison.step), {})
            row[run.label] = _cell(comparison, run.result)
    for (sides, step), row in cells.items():
        table.add_row(sides, step, *(row.get(run.label, "") for run in runs))
    return table


def _cell(comparison: Comparison, model: ModelResult) -> Text:
    text = view.outcome_text(comparison, model)
    if comparison.original_seconds is not None and comparison.rewrite_seconds is not None:
        text += f"; {seconds_text(comparison.original_seconds)} against {seconds_text(comparison.rewrite_seconds)}"
    return Text(text, _STYLES.get(comparison.verdict, "yellow"))
