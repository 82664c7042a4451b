"""What ``measure`` shows a person: models, their findings, comparisons with intervals, the ranking."""

from __future__ import annotations

import collections
import dataclasses
import functools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import IO, Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from flake8_keras_graph.records import Comparison, Finding, FindingResult, ModelResult, Report
from flake8_keras_graph.report.measured import ranking
from flake8_keras_graph.results.evidence import environment_name
from flake8_keras_graph.results.matching import FUNCTIONAL
from flake8_keras_graph.wording import comparison_text, counted, seconds_text, sides_text

FILE_WIDTH = 160
# How the class as written is compiled, in the order of what to tell.
_COMPILING = {"graph": "compiled as fit compiles,", "fit": "in fit", "xla": "compiled by XLA,"}
_CALL = re.compile(r"\) in [^()]+:[0-9]+$")
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
    labels = labels_of(report.models)
    groups = _by_class(report.models)
    for results in groups:
        here = [f for f in report.findings if f.path == results[0].path]
        _class(console, [Run(result, label_of(result, labels)) for result in results], here)
    if report.ranking:
        _line(console, ranking.render(report.ranking, steps), indent=0)
    measured = sum(any(model.status == "measured" for model in results) for results in groups)
    known = [f"{measured} of {counted(len(groups), 'class')} measured", facts(report.environment)]
    _line(console, "; ".join(filter(None, known)), "dim", 0)
    if len(labels) > 1:
        for name, label in labels.items():
            _line(console, _machine(label, [m for m in report.models if _name(m) == name], report.environment), "dim")


@dataclasses.dataclass(frozen=True, slots=True)
class Run:
    """One class on one device; ``label`` names that where the report has several."""

    result: ModelResult
    label: str


def labels_of(models: Iterable[ModelResult]) -> dict[str, str]:
    """Short names of environments and what to call them: by their devices where that tells them apart."""
    known = {_name(model): model.environment for model in models if model.environment}
    devices = collections.Counter(environment.get("device") for environment in known.values())
    return {
        name: str(environment["device"]) if devices[environment.get("device")] == 1 else name
        for name, environment in known.items()
    }


def _name(model: ModelResult) -> str:
    return environment_name(model.environment) if model.environment else ""


def label_of(model: ModelResult, labels: Mapping[str, str]) -> str:
    """What to call the environment of a result; "" where the report has but one."""
    return labels.get(_name(model), "") if len(labels) > 1 else ""


def _by_class(models: Iterable[ModelResult]) -> list[list[ModelResult]]:
    groups: dict[tuple[str, str], list[ModelResult]] = {}
    for model in models:
        groups.setdefault((model.path, model.symbol), []).append(model)
    return list(groups.values())


def facts(environment: Mapping[str, Any]) -> str:
    """What is known of an environment, in a line."""
    return ", ".join(f"{key} {in_line(value)}" for key, value in environment.items())


def in_line(value: Any) -> Any:
    """One fact of an environment; what a driver says of a GPU is a table."""
    return " ".join(map(str, value.values())) if isinstance(value, Mapping) else value


def _machine(label: str, models: Sequence[ModelResult], shared: Mapping[str, Any]) -> str:
    """How much was measured in one of several environments, and what only it has."""
    measured = sum(model.status == "measured" for model in models)
    known = models[0].environment
    own = {key: value for key, value in known.items() if key not in shared and value != label}
    return "; ".join(filter(None, (f"{label}: {measured} of {len(models)}", facts(own))))


def _class(console: Console, runs: Sequence[Run], findings: Sequence[Finding]) -> None:
    result = runs[0].result
    title = Text.assemble((result.symbol, "bold"), f"  {result.path}")
    if len(runs) == 1 and runs[0].label:
        title.append(f"  on {runs[0].label}", "dim")
    _line(console, title, indent=0)
    _each(console, runs, lambda one: [f"not measured: {one.reason}"] if one.status == "not_measured" else [], "red")
    guessed = any((run.result.spec or {}).get("guessed") for run in runs)
    _each(console, runs, lambda one: [spec_text(one.spec)] if one.spec else [], "yellow" if guessed else "")
    _findings(console, runs, findings)
    _each(console, runs, uncompiled, "red")
    _each(console, runs, lambda one: proofs(one.comparisons), "green")
    if any(run.result.comparisons for run in runs):
        table = _comparisons(runs[0].result) if len(runs) == 1 else _side_by_side(runs)
        console.print(Padding(table, (0, 0, 0, 2)))
    _each(console, runs, _refusals, "yellow")
    _each(console, runs, lambda one: [f"warning: {warning}" for warning in _warnings(one)], "yellow")
    console.print()


def uncompiled(model: ModelResult) -> list[str]:
    """How compiling the class as written failed, where none of its findings tells that."""
    told = " ".join(found.detail for found in model.findings)
    for mode, what in _COMPILING.items():
        for facts in model.compiled.get(mode, {}).values():
            error = facts.get("error") if isinstance(facts, Mapping) else None
            if error is not None:  # the other modes and steps fail alike
                place = f" at line {error['line']}" if error.get("line") else ""
                raised = f"{error.get('type')}{place}: {error.get('message')}"
                return [] if raised in told else [f"{what} it raises {raised}"]
    return []


def _refusals(one: ModelResult) -> list[str]:
    """Why rewrites are missing; the functional one may have been made of the fixed code instead."""
    if one.status != "measured":
        return []
    made = any(comparison.rewrite == FUNCTIONAL for comparison in one.comparisons)
    return [_refusal(refusal, made) for refusal in one.refusals]


def _refusal(refusal: str, made: bool) -> str:
    prefix = f"{FUNCTIONAL}: "
    if not made or not refusal.startswith(prefix):
        return f"not rewritten: {refusal}"
    reason = refusal.removeprefix(prefix)
    return f"{prefix}made of the fixed code, not as written: {reason}" if reason.startswith("line ") else refusal


def _each(console: Console, runs: Sequence[Run], texts: Callable[[ModelResult], Iterable[str]], style: str) -> None:
    for text in told(runs, texts):
        _line(console, text, style)


def told(runs: Sequence[Run], texts: Callable[[ModelResult], Iterable[str]]) -> list[str]:
    """What is to be said of one class, once; what holds on some of several devices says on which."""
    where: dict[str, list[str]] = {}
    for run in runs:
        for text in dict.fromkeys(texts(run.result)):
            where.setdefault(text, []).append(run.label)
    everywhere = len(runs)
    return [
        text if len(labels) == everywhere else f"on {' and '.join(labels)}: {text}" for text, labels in where.items()
    ]


def _findings(console: Console, runs: Sequence[Run], findings: Sequence[Finding]) -> None:
    found = {(f.code, f.ordinal): f for run in runs for f in run.result.findings}
    for key, first in found.items():
        message = next((f.message for f in findings if (f.code, f.span.line) == (first.code, first.line)), "")
        statuses = told(runs, functools.partial(_statuses, key))
        text = "\n  ".join([f"{first.code} line {first.line}: {message}", *statuses])
        _line(console, text, {"confirmed": "bold", "refuted": "dim"}.get(first.status, ""))
    if not found and any(run.result.status == "measured" for run in runs):
        _line(console, "no finding", "dim")


def _statuses(key: tuple[str, int], model: ModelResult) -> list[str]:
    return [_status(found) for found in model.findings if (found.code, found.ordinal) == key]


def _status(found: FindingResult) -> str:
    detail = f": {found.detail}" if found.detail else ""
    return f"{found.status.replace('_', ' ')}{detail}"


def _line(console: Console, text: str | Text, style: str = "", indent: int = 2) -> None:
    """A paragraph; continued lines keep its indentation."""
    prefix = " " * indent
    plain = text if isinstance(text, Text) else Text(text.rstrip("\n").replace("\n", f"\n{prefix}"), style)
    console.print(Text.assemble(prefix, plain), soft_wrap=True)


def spec_text(spec: dict[str, Any]) -> str:
    """How the class was built and fed, and whether that was guessed."""
    how = _built(spec)
    inputs = ", ".join(_inputs(spec.get("inputs")))
    caveat = " (guessed: tell the right ones in pyproject.toml)" if spec.get("guessed") else ""
    return f"built {how}; inputs {inputs}, batches of {spec.get('batch_size')}{caveat}"


def _built(spec: dict[str, Any]) -> str:
    """How it was constructed: by a call that stands in the code, or with which arguments and whose they are."""
    where, constructor = str(spec.get("where") or ""), spec.get("constructor") or "()"
    if _CALL.search(where):
        return where if where.startswith("as ") else f"by {where}"
    arguments = "without arguments" if constructor == "()" else f"with {constructor}"
    source = f"from {where}" if where.startswith("pyproject.toml") else where
    return arguments if source in ("", "the defaults") else f"{arguments}, {source}"


def _inputs(structure: Any) -> Iterable[str]:
    """The leaves of a structure of inputs: ``(16,) float32``."""
    if isinstance(structure, dict) and "shape" in structure:
        form = "".join(f" {form}" for form in ("ragged", "sparse") if structure.get(form))
        yield f"{tuple(structure['shape'])}{form} {structure.get('dtype', 'float32')}"
    elif isinstance(structure, (dict, list, tuple)):
        for part in structure.values() if isinstance(structure, dict) else structure:
            yield from _inputs(part)
    elif structure is not None:
        yield str(structure)


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


def _side_by_side(runs: Sequence[Run]) -> Table:
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
    text = comparison_text(with_proof(comparison, model))
    if comparison.original_seconds is not None and comparison.rewrite_seconds is not None:
        text += f"; {seconds_text(comparison.original_seconds)} against {seconds_text(comparison.rewrite_seconds)}"
    return Text(text, _STYLES.get(comparison.verdict, "yellow"))


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
