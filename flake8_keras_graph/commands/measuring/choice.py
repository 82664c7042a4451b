"""Which classes are to be measured: those with findings, all models, those asked for by name, one part of several."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from flake8_keras_graph import config, engine, failure
from flake8_keras_graph.commands import checking
from flake8_keras_graph.config import ConfigError
from flake8_keras_graph.project import noqa
from flake8_keras_graph.records import Finding
from flake8_keras_graph.results import matching
from flake8_keras_graph.wording import counted

if TYPE_CHECKING:
    from flake8_keras_graph.measure.parent.session import Settings, Target


@dataclasses.dataclass(frozen=True, slots=True)
class Candidate:
    """One class that is to be measured; ``reported`` are those of its findings that no noqa silences.

    ``task`` is its file, for what running adds to them.
    """

    target: Target
    reported: tuple[Finding, ...]
    task: checking.Task

    def is_reported(self, finding: Finding) -> bool:
        """Whether ``check`` will report what running found. Raises files.Unreadable."""
        text = checking.text_of(self.task)
        return bool(noqa.unsuppressed([finding], text)) and not checking.is_ignored(finding, self.task)


def outside(names: Sequence[str], settings: Settings) -> list[str]:
    """Files of classes asked for by name that a table of pyproject.toml targets, in installed packages too."""
    from flake8_keras_graph.measure.project.specs import locate

    targets = [str(table.get("target", "")) for table in settings.specs]
    wanted = [target for target in targets if any(target.rpartition(":")[2] == name for name in names)]
    found = (locate(target, Path(settings.root)) for target in wanted)
    return [str(place[0]) for place in found if place is not None]


def candidates_of(task: checking.Task, problems: list[str]) -> list[Candidate]:
    """The file's classes with their findings. Raises files.Unreadable, SyntaxError.

    What went wrong in us is added to ``problems``: there is nothing to measure of it.
    """
    from flake8_keras_graph.measure.parent.session import Target

    text = checking.text_of(task)
    source = engine.Source(task.path, text)
    session = checking.session_for(task.options)
    classes = session.keras_classes(source)
    if not classes:
        return []
    everything = checking.engine_findings(task, text)
    problems += checking.internal_problems([each for each in everything if not checking.is_ignored(each, task)])
    findings = [f for f in everything if not failure.is_internal(f) and config.is_selected(f.code, task.options)]
    symbols = {found.symbol for found in classes}
    candidates = []
    for found in classes:
        mine = tuple(f for f in findings if matching.class_of(f.symbol, symbols) == found.symbol)
        fingerprint = session.fingerprint(source, found.symbol)
        target = Target(task.path, found.symbol, found.kind, found.keras, mine, fingerprint)
        reported = [f for f in noqa.unsuppressed(mine, text) if not checking.is_ignored(f, task)]
        candidates.append(Candidate(target, tuple(reported), task))
    return candidates


def chosen_of(candidates: Sequence[Candidate], names: Sequence[str], everything: bool) -> list[Candidate]:
    """What to measure. Raises ConfigError where a class asked for by name does not exist."""
    for name in names:
        if not any(_is_called(candidate, name) for candidate in candidates):
            raise ConfigError(f"no Keras class called {name} in the paths given")
    if names:
        return [c for c in candidates if any(_is_called(c, name) for name in names)]
    return [c for c in candidates if c.reported or (everything and c.target.kind == "model")]


def why_nothing(candidates: Sequence[Candidate], everything: bool) -> str:
    """Why none of the classes that there are was chosen."""
    if not candidates:
        return "no Keras class here"
    models = sum(candidate.target.kind == "model" for candidate in candidates)
    if everything or not models:
        return "no class here has a finding, and none is a model"
    return f"no class here has a finding (--all takes every model: {models})"


def part_of(chosen: Sequence[Candidate], shard: tuple[int, int], root: Path) -> list[Candidate]:
    """The part of a machine of several; says how much that is."""
    from flake8_keras_graph.measure.parent import sharding

    number, count = shard
    mine = {id(target) for target in sharding.shard([c.target for c in chosen], number, count, root)}
    print(f"shard {number}/{count}: {len(mine)} of {counted(len(chosen), 'class')}", file=sys.stderr)
    return [candidate for candidate in chosen if id(candidate.target) in mine]


def _is_called(candidate: Candidate, name: str) -> bool:
    return name in (candidate.target.symbol, candidate.target.symbol.rpartition(".")[2])
