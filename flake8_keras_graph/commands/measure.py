"""``keras-graph measure``: run the models that have findings, say what each costs, keep the evidence."""

from __future__ import annotations

import argparse
import importlib.util
import os.path
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from flake8_keras_graph import config
from flake8_keras_graph.commands import checking, outputs
from flake8_keras_graph.commands.gate import levels
from flake8_keras_graph.commands.measuring import choice, resume
from flake8_keras_graph.commands.measuring.choice import Candidate
from flake8_keras_graph.commands.measuring.keeper import Keeper
from flake8_keras_graph.config import ConfigError
from flake8_keras_graph.records import ModelResult
from flake8_keras_graph.report.measured import csv_ranking, json_results, markdown_ranking
from flake8_keras_graph.results import evidence, rank
from flake8_keras_graph.wording import counted

if TYPE_CHECKING:
    from flake8_keras_graph.commands.measuring.progress import Progress
    from flake8_keras_graph.measure.parent.session import Event, Settings, Target
    from flake8_keras_graph.measure.parent.settings import Device

INSTALL = 'pip install "flake8-keras-graph[measure]"'
NEEDED = ("tensorflow", "rich", "psutil", "scipy")
NEEDED_FOR_HTML = ("jinja2",)
INSTALL_FOR_DASK = 'pip install "flake8-keras-graph[distributed]"'
NEEDED_FOR_DASK = ("distributed", "rich", "psutil")
INTERRUPTED = 130
_INTERRUPTED = "interrupted"


def run(arguments: argparse.Namespace) -> int:
    """Measure and report; 0 and 1 by levels, as ``check`` would say afterwards, 2 where something could not be read.

    Raises ConfigError.
    """
    overrides = checking.Overrides(
        arguments.keras, exclude=tuple(arguments.exclude), respect_gitignore=not arguments.no_respect_gitignore
    )
    tasks, problems = checking.plan(arguments.paths, overrides)
    _require_able(arguments)
    settings = settings_for(arguments.paths, arguments.device, arguments.budget, arguments.steps)
    if arguments.model:
        outside = choice.outside(arguments.model, settings)
        tasks, problems = checking.plan([*arguments.paths, *outside], overrides)
    candidates = []
    no_python = 0
    for task in tasks:
        try:
            candidates += choice.candidates_of(task, problems)
        except Exception as error:
            if checking.is_no_python(error):
                no_python = 1
                print(checking.problem(task.path, error), file=sys.stderr)
            else:
                problems.append(checking.problem(task.path, error))
    for problem in problems:
        print(problem, file=sys.stderr)
    chosen = choice.chosen_of(candidates, arguments.model, arguments.all)
    if arguments.shard:
        chosen = choice.part_of(chosen, arguments.shard, Path(settings.root))
    status = _measured(chosen, candidates, settings, arguments)
    return 2 if problems else max(status, no_python)


def _require_able(arguments: argparse.Namespace) -> None:
    """Raises ConfigError for what would end the run later: it is better known before anything is measured."""
    for_html = NEEDED_FOR_HTML if arguments.html else ()
    if arguments.dask:
        _require(NEEDED_FOR_DASK + for_html, "measuring on a cluster", INSTALL_FOR_DASK)
    else:
        require_installed(NEEDED + for_html)
    outputs.require_writable(_reports(arguments))


def _reports(arguments: argparse.Namespace) -> tuple[str | None, ...]:
    return arguments.json, arguments.html, arguments.markdown, arguments.csv


def require_installed(names: Sequence[str] = NEEDED) -> None:
    """Raises ConfigError where models cannot be run here, or a package that it takes is not installed."""
    from flake8_keras_graph.measure.parent import platforms

    if reason := platforms.unsupported():
        raise ConfigError(reason)
    _require(names, "running models", INSTALL)


def _require(names: Sequence[str], what: str, install: str) -> None:
    missing = [name for name in names if importlib.util.find_spec(name) is None]
    if missing:
        raise ConfigError(f"{what} needs {', '.join(missing)}: {install}")


def settings_for(
    paths: Sequence[str], device: Device = "cpu", budget: float | None = None, steps: int | None = None
) -> Settings:
    """How to measure; model tables of the current folder's project go before those of the paths'."""
    from flake8_keras_graph.measure.parent.session import Settings

    found = config.load(Path.cwd())
    if not found.models:
        found = config.load(Path(paths[0]))
    return Settings(
        device=device,
        budget_seconds=budget or found.budget or 60.0,
        steps=steps or found.steps or rank.DEFAULT_STEPS,
        specs=found.models,
        options=found.options,
        root=str(found.root or evidence.project_root(_inside(paths[0]))),
    )


def _inside(path: str) -> str:
    """``path``, or something in it where it is a folder, which may itself be the root of a project."""
    return os.path.join(path, "any.py") if os.path.isdir(path) else path


def _measured(
    chosen: Sequence[Candidate], candidates: Sequence[Candidate], settings: Settings, arguments: argparse.Namespace
) -> int:
    from flake8_keras_graph.report.measured import terminal

    keeper = Keeper()
    early = ""
    if not chosen:
        if not arguments.shard:
            print(f"nothing to measure: {choice.why_nothing(candidates, arguments.all)}", file=sys.stderr)
    else:
        mark = resume.Mark(Path(settings.root), resume.request(arguments, settings), [c.target for c in chosen])
        left = _left(chosen, mark, keeper, arguments.fresh)
        early = _ended_early(left, settings, arguments.dask, keeper, mark) if left else ""
        if not early:
            mark.remove()
    report = keeper.report(chosen, settings.steps)
    if report.models:
        terminal.write(report, sys.stderr if outputs.STDOUT in _reports(arguments) else sys.stdout, settings.steps)
    if early:
        onward = "; the same command goes on from here" if keeper.results else ""
        progress = f"{keeper.count_finished(mark.devices)} of {counted(len(chosen), 'class')} finished and kept"
        print(f"{early}: {progress}{onward}", file=sys.stderr)
    keeper.print_files()
    if arguments.json:
        outputs.write(arguments.json, json_results.render(report))
    if arguments.markdown:
        outputs.write(arguments.markdown, markdown_ranking.render(report.ranking, settings.steps, report.environment))
    if arguments.csv:
        outputs.write(arguments.csv, csv_ranking.render(report.ranking))
    if arguments.html:
        from flake8_keras_graph.report.measured import html_page

        outputs.write(arguments.html, html_page.render(report, settings.steps))
    if early == _INTERRUPTED:
        return INTERRUPTED
    return 2 if early or keeper.failed else levels.status(keeper.still_reported(chosen), arguments)


def _left(chosen: Sequence[Candidate], mark: resume.Mark, keeper: Keeper, fresh: bool) -> Sequence[Candidate]:
    """What an interrupted run of the same request has not measured already: everything where there was none."""
    if fresh:
        mark.remove()
    earlier = mark.earlier([candidate.target for candidate in chosen])
    if not earlier:
        return chosen
    for one in earlier:
        keeper.results += one.results
        print(f"{one.target.path} {one.target.symbol}: already measured", file=sys.stderr)
    done = f"{len(earlier)} of {counted(len(chosen), 'class')} already measured"
    print(f"going on with the run that was interrupted: {done}, --fresh measures again", file=sys.stderr)
    known = {id(one.target) for one in earlier}
    return [candidate for candidate in chosen if id(candidate.target) not in known]


def _ended_early(
    chosen: Sequence[Candidate], settings: Settings, cluster: str | None, keeper: Keeper, mark: resume.Mark
) -> str:
    """Measure, here or on a cluster; how that ended before its time, "" where it did not.

    Raises ConfigError where nothing could be measured at all.
    """
    from flake8_keras_graph.commands.measuring.progress import Progress
    from flake8_keras_graph.measure.parent.session import MeasureUnavailable

    targets = [candidate.target for candidate in chosen]
    try:
        with Progress(len(chosen), settings.device == "all") as progress:
            _run(targets, settings, cluster, lambda event: _pass_on(event, keeper, mark, progress))
    except MeasureUnavailable as error:
        if not keeper.results:
            raise ConfigError(str(error)) from None
        print(f"keras-graph: error: {error}", file=sys.stderr)
        return "stopped"
    except KeyboardInterrupt:
        return _INTERRUPTED
    return ""


def _run(
    targets: Sequence[Target], settings: Settings, cluster: str | None, on_event: Callable[[Event], None]
) -> list[ModelResult]:
    if cluster:
        from flake8_keras_graph.measure.parent.cluster.coordinator import measure as measure_on_cluster

        return measure_on_cluster(targets, settings, cluster, on_event)
    from flake8_keras_graph.measure.parent.session import measure

    return measure(targets, settings, on_event)


def _pass_on(event: Event, keeper: Keeper, mark: resume.Mark, progress: Progress) -> None:
    keeper.keep(event)  # first: what is finished must not be lost to a display
    mark.take_event(event)
    progress.show(event)
