"""``keras-graph rank``: findings by their cost, from the evidence that was saved; runs nothing."""

from __future__ import annotations

import argparse
import functools
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TextIO

from flake8_keras_graph import __version__, config, failure
from flake8_keras_graph.commands import checking, outputs
from flake8_keras_graph.commands.check import overrides_from
from flake8_keras_graph.commands.gate import levels
from flake8_keras_graph.project import noqa
from flake8_keras_graph.records import Level, RankedFinding
from flake8_keras_graph.report.measured import csv_ranking, json_results, markdown_ranking, ranking
from flake8_keras_graph.results import evidence, matching, rank
from flake8_keras_graph.wording import counted


def run(arguments: argparse.Namespace) -> int:
    """Print the ranking; 0 and 1 by levels, as ``check`` says, 2 where a file could not be read. Raises ConfigError."""
    tasks, problems = checking.plan(arguments.paths, overrides_from(arguments))
    outputs.require_writable((arguments.json, arguments.markdown, arguments.csv))
    if arguments.evidence:
        _merge(arguments.paths[0], arguments.evidence, tasks)
    steps = arguments.steps or config.load(Path(arguments.paths[0])).steps or rank.DEFAULT_STEPS
    warnings: list[str] = []
    places: list[RankedFinding] = []
    reported: list[Level] = []
    no_python: list[str] = []
    for task in tasks:
        try:
            ranked, here = _ranked(task, steps, warnings.append, problems)
        except Exception as error:
            is_no_python = checking.is_no_python(error)
            (no_python if is_no_python else problems).append(checking.problem(task.path, error))
            reported += ["error"] if is_no_python else []
            continue
        places += ranked
        reported += here
    ranked_places = rank.ordered(places)
    _write(ranked_places, steps, arguments)
    _print_ranking(
        ranked_places,
        steps,
        [*(f"warning: {warning}" for warning in warnings), *no_python, *problems],
        sys.stderr if outputs.STDOUT in (arguments.json, arguments.markdown, arguments.csv) else sys.stdout,
    )
    return 2 if problems else levels.status(reported, arguments)


def _write(places: tuple[RankedFinding, ...], steps: int, arguments: argparse.Namespace) -> None:
    """The ranking in the formats asked for, each to its file. Raises ConfigError."""
    if arguments.json:
        outputs.write(arguments.json, json_results.render_ranking(__version__, places, steps))
    if arguments.markdown:
        outputs.write(arguments.markdown, markdown_ranking.render(places, steps))
    if arguments.csv:
        outputs.write(arguments.csv, csv_ranking.render(places))


def _merge(path: str, files: Sequence[str], tasks: Sequence[checking.Task]) -> None:
    """Take over evidence of other machines into that of the project of ``path``. Raises ConfigError."""
    root = evidence.project_root(os.path.join(path, "any") if os.path.isdir(path) else path)
    try:
        by_path = {evidence.relative_path(task.path, root): task for task in tasks}
        file = evidence.merge(root, map(Path, files), lambda entry: _is_current(entry, by_path.get(entry.path)))
    except evidence.EvidenceError as error:
        raise config.ConfigError(f"evidence not merged: {error}") from None
    except OSError as error:
        raise config.ConfigError(f"evidence not merged: {error.filename}: {error.strerror}") from None
    print(f"{counted(len(files), 'evidence file')} merged into {file}", file=sys.stderr)


def _is_current(entry: evidence.Entry, task: checking.Task | None) -> bool:
    """Whether an entry was made from the code as it is now; False where that cannot be said."""
    if task is None:
        return False
    try:
        fingerprint = functools.partial(checking.keras_fingerprint, task, checking.text_of(task))
        return bool(matching.fresh([entry.result], fingerprint))
    except Exception:  # a file that cannot be read: the run says so itself
        return False


def _ranked(
    task: checking.Task, steps: int, warn: Callable[[str], None], problems: list[str]
) -> tuple[list[RankedFinding], list[Level]]:
    """One file's places, noqa and the configuration heeded, and the levels of the findings that ``check`` reports.

    What went wrong in us is added to ``problems``; it has no place in the ranking.
    """
    text = checking.text_of(task)
    everything = checking.engine_findings(task, text)
    problems += checking.internal_problems([each for each in everything if not checking.is_ignored(each, task)])
    findings = [finding for finding in everything if not failure.is_internal(finding)]
    if not findings and not matching.has_evidence(task.path):
        return [], []
    models = matching.current(task.path, text, functools.partial(checking.keras_fingerprint, task, text), warn)
    judged = matching.with_evidence(findings, models)
    unsilenced = {
        (f.code, f.span.line, f.span.column)
        for f in noqa.unsuppressed([f for f, _ in judged], text)
        if not checking.is_ignored(f, task)
    }
    places = rank.rank(findings, models, steps)
    reported = [f.level for f, kept in judged if kept and (f.code, f.span.line, f.span.column) in unsilenced]
    return [place for place in places if (place.code, place.line, place.column) in unsilenced], reported


def _print_ranking(places: tuple[RankedFinding, ...], steps: int, messages: list[str], out: TextIO) -> None:
    print(ranking.render(places, steps) or "no findings\n", end="", flush=True, file=out)
    for message in dict.fromkeys(messages):
        print(message, file=sys.stderr)
    unmeasured = sum(place.status is None for place in places)
    if unmeasured:
        print(f"{counted(unmeasured, 'finding')} not measured yet: keras-graph measure", file=sys.stderr)
