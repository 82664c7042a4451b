"""What ``measure`` shows a person: models, their findings, comparisons with intervals, the ranking."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from typing import IO, Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from flake8_keras_graph.records import Comparison, Finding, FindingResult, ModelResult, Report
from flake8_keras_graph.report import ranking
from flake8_keras_graph.report.text import counted
from flake8_keras_graph.wording import comparison_text, seconds_text, sides_text

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
    for model in report.models:
        _model(console, model, [f for f in report.findings if f.path == model.path])
    if report.ranking:
        _line(console, ranking.render(report.ranking, steps), indent=0)
    measured = sum(model.status == "measured" for model in report.models)
    environment = ", ".join(f"{key} {value}" for key, value in report.environment.items())
    _line(console, f"{measured} of {counted(len(report.models), 'class')} measured; {environment}", "dim", 0)


def _model(console: Console, model: ModelResult, findings: Sequence[Finding]) -> None:
    _line(console, Text.assemble((model.symbol, "bold"), f"  {model.path}"), indent=0)
    if model.status == "not_measured":
        _line(console, f"not measured: {model.reason}", "red")
    if model.spec:
        _line(console, spec_text(model.spec), "yellow" if model.spec.get("guessed") else "")
    for found in model.findings:
        _line(console, *_finding(found, findings))
    if not model.findings and model.status == "measured":
        _line(console, "no finding", "dim")
    for proof in proofs(model.comparisons):
        _line(console, proof, "green")
    if model.comparisons:
        console.print(Padding(_comparisons(model), (0, 0, 0, 2)))
    for refusal in model.refusals:
        _line(console, f"not rewritten: {refusal}", "yellow")
    for warning in _warnings(model):
        _line(console, f"warning: {warning}", "yellow")
    console.print()


def _line(console: Console, text: str | Text, style: str = "", indent: int = 2) -> None:
    """A paragraph; continued lines keep its indentation."""
    prefix = " " * indent
    plain = text if isinstance(text, Text) else Text(text.rstrip("\n").replace("\n", f"\n{prefix}"), style)
    console.print(Text.assemble(prefix, plain), soft_wrap=True)


def spec_text(spec: dict[str, Any]) -> str:
    """How the class was built and fed, and whether that was guessed."""
    where = spec.get("where") or f"arguments {spec.get('constructor', '()')}"
    inputs = ", ".join(_inputs(spec.get("inputs")))
    caveat = " (guessed: tell the right ones in pyproject.toml)" if spec.get("guessed") else ""
    return f"built by {where}; inputs {inputs}, batches of {spec.get('batch_size')}{caveat}"


def _inputs(structure: Any) -> Iterable[str]:
    """The leaves of a structure of inputs: ``(16,) float32``."""
    if isinstance(structure, dict) and "shape" in structure:
        yield f"{tuple(structure['shape'])} {structure.get('dtype', '')}".strip()
    elif isinstance(structure, (dict, list, tuple)):
        for part in structure.values() if isinstance(structure, dict) else structure:
            yield from _inputs(part)
    elif structure is not None:
        yield str(structure)


def _finding(found: FindingResult, findings: Iterable[Finding]) -> tuple[str, str]:
    message = next((f.message for f in findings if (f.code, f.span.line) == (found.code, found.line)), "")
    status = found.status.replace("_", " ")
    detail = f": {found.detail}" if found.detail else ""
    style = {"confirmed": "bold", "refuted": "dim"}.get(found.status, "")
    return f"{found.code} line {found.line}: {message}\n  {status}{detail}", style


def proofs(comparisons: Iterable[Comparison]) -> Iterable[str]:
    """For each rewrite that was proved equal, how far apart the results were."""
    errors: dict[str, float] = {}
    for comparison in comparisons:
        if comparison.max_error is not None and comparison.rewrite != comparison.original:
            errors[comparison.rewrite] = max(errors.get(comparison.rewrite, 0.0), comparison.max_error)
    for rewrite, error in errors.items():
        yield f"{rewrite}: equal, outputs and gradients differ by at most {error:.2g}"


def _comparisons(model: ModelResult) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("compared", "step", "takes", "against"):
        table.add_column(heading, no_wrap=True)
    table.add_column("slowdown [99% interval], or proof")
    for comparison in model.comparisons:
        table.add_row(
            sides_text(comparison),
            comparison.step,
            seconds_text(comparison.original_seconds),
            seconds_text(comparison.rewrite_seconds),
            Text(comparison_text(with_proof(comparison, model)), _STYLES.get(comparison.verdict, "yellow")),
        )
    return table


def with_proof(comparison: Comparison, model: ModelResult) -> Comparison:
    """Where both graphs are the same, the comparison with how many operations that holds for."""
    compiled = model.compiled.get(comparison.mode, {}).get(comparison.step, {})
    operations = sum(compiled.get("operations", {}).values())
    if comparison.verdict != "same graph" or not operations:
        return comparison
    proof = f"{counted(operations, 'operation')}, identical up to names"
    return dataclasses.replace(comparison, reason=proof)


def _warnings(model: ModelResult) -> list[str]:
    """The model's warnings, and of those about single comparisons the first with the number of others."""
    about = list(dict.fromkeys(warning for each in model.comparisons for warning in each.warnings))
    more = f" (and {len(about) - 1} more like it)" if len(about) > 1 else ""
    return [*model.warnings, *(f"{warning}{more}" for warning in about[:1])]
