"""``keras-graph measure``: run the models that have findings, say what each costs, keep the evidence."""

from __future__ import annotations

import argparse
import dataclasses
import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flake8_keras_graph import __version__, checking, config, engine, evidence, matching, noqa, rank
from flake8_keras_graph.commands import _resume
from flake8_keras_graph.config import ConfigError
from flake8_keras_graph.records import Finding, ModelResult, Report
from flake8_keras_graph.report import json
from flake8_keras_graph.report.text import counted
from flake8_keras_graph.rules import all_rules

if TYPE_CHECKING:
    from flake8_keras_graph.commands._progress import Progress
    from flake8_keras_graph.measure.session import Device, Event, Settings, Target

INSTALL = 'pip install "flake8-keras-graph[measure]"'
NEEDED = ("tensorflow", "rich", "psutil", "scipy")
NEEDED_FOR_HTML = ("jinja2",)
INTERRUPTED = 130


@dataclasses.dataclass(frozen=True, slots=True)
class Candidate:
    """One class that is to be measured; ``reported`` are those of its findings that no noqa silences."""

    target: Target
    reported: tuple[Finding, ...]


def run(arguments: argparse.Namespace) -> int:
    """Measure and report; 0 and 1 as ``check`` would say afterwards, 2 where something could not be read.

    Raises ConfigError.
    """
    overrides = checking.Overrides(keras=arguments.keras, exclude=tuple(arguments.exclude))
    tasks, problems = checking.plan(arguments.paths, overrides)
    require_installed(NEEDED + NEEDED_FOR_HTML if arguments.html else NEEDED)
    settings = settings_for(arguments.paths, arguments.device, arguments.budget, arguments.steps)
    if arguments.model:
        outside = _outside(arguments.model, settings)
        tasks, problems = checking.plan([*arguments.paths, *outside], overrides)
    candidates = []
    for task in tasks:
        try:
            candidates += _candidates(task)
        except Exception as error:
            problems.append(checking.problem(task.path, error))
    for problem in problems:
        print(problem, file=sys.stderr)
    chosen = _chosen(candidates, arguments.model, arguments.all)
    if arguments.shard:
        chosen = _sharded(chosen, arguments.shard, Path(settings.root))
    status = _measured(chosen, settings, arguments)
    return 2 if problems else status


def _outside(names: Sequence[str], settings: Settings) -> list[str]:
    """Files of classes asked for by name that a table of pyproject.toml targets, in installed packages too."""
    from flake8_keras_graph.measure.specs import locate

    targets = [str(table.get("target", "")) for table in settings.specs]
    wanted = [target for target in targets if any(target.rpartition(":")[2] == name for name in names)]
    found = (locate(target, Path(settings.root)) for target in wanted)
    return [str(place[0]) for place in found if place is not None]


def _candidates(task: checking.Task) -> list[Candidate]:
    """The file's classes with their findings. Raises files.Unreadable, SyntaxError."""
    from flake8_keras_graph.measure.session import Target

    text = checking.text_of(task)
    source = engine.Source(task.path, text)
    classes = engine.keras_classes(source, task.options)
    if not classes:
        return []
    findings = engine.check(source, task.options)
    symbols = {found.symbol for found in classes}
    candidates = []
    for found in classes:
        mine = tuple(f for f in findings if matching.class_of(f.symbol, symbols) == found.symbol)
        fingerprint = engine.fingerprint(source, found.symbol, task.options)
        target = Target(task.path, found.symbol, found.kind, found.keras, mine, fingerprint)
        reported = [f for f in noqa.unsuppressed(mine, text) if not checking.is_ignored(f, task)]
        candidates.append(Candidate(target, tuple(reported)))
    return candidates


def _chosen(candidates: Sequence[Candidate], names: Sequence[str], everything: bool) -> list[Candidate]:
    """What to measure. Raises ConfigError where a class asked for by name does not exist."""
    for name in names:
        if not any(_is_called(candidate, name) for candidate in candidates):
            raise ConfigError(f"no Keras class called {name} in the paths given")
    if names:
        return [c for c in candidates if any(_is_called(c, name) for name in names)]
    return [c for c in candidates if c.reported or (everything and c.target.kind == "model")]


def _sharded(chosen: Sequence[Candidate], shard: tuple[int, int], root: Path) -> list[Candidate]:
    """The part of a machine of several; says how much that is."""
    from flake8_keras_graph.measure import sharding

    number, count = shard
    mine = {id(target) for target in sharding.shard([c.target for c in chosen], number, count, root)}
    print(f"shard {number}/{count}: {len(mine)} of {counted(len(chosen), 'class')}", file=sys.stderr)
    return [candidate for candidate in chosen if id(candidate.target) in mine]


def _is_called(candidate: Candidate, name: str) -> bool:
    return name in (candidate.target.symbol, candidate.target.symbol.rpartition(".")[2])


def require_installed(names: Sequence[str] = NEEDED) -> None:
    """Raises ConfigError where a package that running models needs is not installed."""
    missing = [name for name in names if importlib.util.find_spec(name) is None]
    if missing:
        raise ConfigError(f"running models needs {', '.join(missing)}: {INSTALL}")


def settings_for(
    paths: Sequence[str], device: Device = "cpu", budget: float | None = None, steps: int | None = None
) -> Settings:
    """How to measure; model tables of the current folder's project go before those of the paths'."""
    from flake8_keras_graph.measure.session import Settings

    found = config.load(Path.cwd())
    if not found.models:
        found = config.load(Path(paths[0]))
    return Settings(
        device=device,
        budget_seconds=budget or found.budget or 60.0,
        steps=steps or found.steps or rank.DEFAULT_STEPS,
        specs=found.models,
        root=str(found.root or Path.cwd()),
    )


def _measured(chosen: Sequence[Candidate], settings: Settings, arguments: argparse.Namespace) -> int:
    from flake8_keras_graph.report import terminal

    keeper = Keeper()
    interrupted = False
    if not chosen:
        if not arguments.shard:
            print("nothing to measure: no class here has a finding (--all takes every model)", file=sys.stderr)
    else:
        mark = _resume.Mark(Path(settings.root), _resume.request(arguments, settings), [c.target for c in chosen])
        left = _left(chosen, mark, keeper, arguments.fresh)
        interrupted = bool(left) and not _finished(left, settings, keeper, mark)
        if not interrupted:
            mark.remove()
    report = keeper.report(chosen, settings.steps)
    if report.models:
        terminal.write(report, sys.stderr if "-" in (arguments.json, arguments.html) else sys.stdout, settings.steps)
    keeper.tell(len(chosen), interrupted)
    if arguments.json:
        _write(arguments.json, json.render_measured(report))
    if arguments.html:
        from flake8_keras_graph.report import html

        _write(arguments.html, html.render(report, settings.steps))
    if interrupted:
        return INTERRUPTED
    return 2 if keeper.failed else 1 if keeper.still_reported(chosen) else 0


def _left(
    chosen: Sequence[Candidate], mark: _resume.Mark, keeper: Keeper, fresh: bool
) -> Sequence[Candidate]:
    """What an interrupted run of the same request has not measured already: everything where there was none."""
    if fresh:
        mark.remove()
    earlier = mark.earlier([candidate.target for candidate in chosen])
    if not earlier:
        return chosen
    for one in earlier:
        keeper.environment = one.environment
        keeper.results += one.results
        print(f"{one.target.path} {one.target.symbol}: already measured", file=sys.stderr)
    told = f"{len(earlier)} of {counted(len(chosen), 'class')} already measured"
    print(f"going on with the run that was interrupted: {told}, --fresh measures again", file=sys.stderr)
    known = {id(one.target) for one in earlier}
    return [candidate for candidate in chosen if id(candidate.target) not in known]


def _finished(chosen: Sequence[Candidate], settings: Settings, keeper: Keeper, mark: _resume.Mark) -> bool:
    """Measure; False where the user interrupted it. Raises ConfigError where nothing can be measured."""
    from flake8_keras_graph.commands._progress import Progress
    from flake8_keras_graph.measure.session import MeasureUnavailable, measure

    targets = [candidate.target for candidate in chosen]
    try:
        with Progress(len(chosen)) as progress:
            measure(targets, settings, lambda event: _heard(event, keeper, mark, progress))
    except MeasureUnavailable as error:
        raise ConfigError(str(error)) from None
    except KeyboardInterrupt:
        return False
    return True


def _heard(event: Event, keeper: Keeper, mark: _resume.Mark, progress: Progress) -> None:
    keeper.keep(event)  # first: what is finished must not be lost to a display
    mark.heard(event, keeper.environment)
    progress.show(event)


def _write(name: str, content: str) -> None:
    if name == "-":
        sys.stdout.write(content)
        return
    try:
        Path(name).write_text(content, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise ConfigError(f"{name}: {error.strerror}") from None


class Keeper:
    """Collects results as they come and saves each at once, so that nothing finished is lost."""

    def __init__(self) -> None:
        self.results: list[ModelResult] = []
        self.environment: dict[str, Any] = {}
        self.files: list[Path] = []
        self.failed = ""

    def keep(self, event: object) -> None:
        """Take what an event of the session brings."""
        from flake8_keras_graph.measure.session import ModelFinished, WorkerReady

        if isinstance(event, WorkerReady):
            self.environment = event.environment
        elif isinstance(event, ModelFinished):
            self.results.append(event.result)
            if event.result.status == "measured":
                self._save(event.result)

    def _save(self, result: ModelResult) -> None:
        try:
            file = evidence.save(evidence.project_root(result.path), [(result, self.environment)])
        except OSError as error:
            self.failed = f"evidence not saved: {error}"
            return
        if file not in self.files:
            self.files.append(file)

    def report(self, chosen: Sequence[Candidate], steps: int) -> Report:
        """Everything of this run; findings in files' order."""
        findings = tuple(f for candidate in chosen for f in candidate.target.findings)
        order = {(c.target.path, c.target.symbol): number for number, c in enumerate(chosen)}
        self.results.sort(key=lambda result: order[result.path, result.symbol])
        ranking = rank.rank(findings, self.results, steps)
        return Report(__version__, self.environment, all_rules(), findings, tuple(self.results), ranking)

    def still_reported(self, chosen: Sequence[Candidate]) -> bool:
        """Whether ``check`` will still report something of these classes."""
        for candidate in chosen:
            places = {(f.code, f.span) for f in candidate.reported}
            if any(kept and (f.code, f.span) in places for f, kept in self._with_evidence(candidate)):
                return True
        return False

    def _with_evidence(self, candidate: Candidate) -> list[tuple[Finding, bool]]:
        target = candidate.target
        mine = [r for r in self.results if (r.path, r.symbol) == (target.path, target.symbol)]
        return matching.with_evidence(target.findings, [r for r in mine if r.status == "measured"])

    def tell(self, wanted: int, interrupted: bool) -> None:
        """Say where results went, and what is missing."""
        if interrupted:
            onward = "; the same command goes on from here" if self.results else ""
            print(f"interrupted: {len(self.results)} of {wanted} finished and kept{onward}", file=sys.stderr)
        for file in self.files:
            print(f"evidence saved in {file}", file=sys.stderr)
        if self.failed:
            print(f"keras-graph: error: {self.failed}", file=sys.stderr)
