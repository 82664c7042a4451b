"""What of a run's findings is given: not what is known already, stands on old lines, or was measured to cost little."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Sequence

from flake8_keras_graph import config, failure
from flake8_keras_graph.commands.checking import Outcome, Task
from flake8_keras_graph.commands.gate.baseline import Baseline
from flake8_keras_graph.commands.gate.changed_lines import ChangedLines
from flake8_keras_graph.project.files import Sources
from flake8_keras_graph.records import Finding
from flake8_keras_graph.report.findings.identity import Identity, path_from
from flake8_keras_graph.report.findings.summary import Left
from flake8_keras_graph.results import matching
from flake8_keras_graph.wording import counted


@dataclasses.dataclass(frozen=True, slots=True)
class Given:
    """The findings that are left, how many are not, and what else is to be said of that."""

    findings: tuple[Finding, ...]
    left: Left
    messages: tuple[str, ...] = ()


def given(outcomes: Sequence[Outcome], tasks: Sequence[Task], sources: Sources, arguments: argparse.Namespace) -> Given:
    """What the options of a run leave of its findings; writes the baseline where that changes. Raises ConfigError."""
    everything = [finding for outcome in outcomes for finding in outcome.told.findings]
    silenced = [finding for outcome in outcomes for finding in outcome.told.silenced]
    refuted = sum(map(matching.is_refuted, silenced))
    left = Left(free=len(silenced) - refuted, refuted=refuted)
    kept = [each for each in everything if not _is_cheap(each, arguments.min_slowdown)]
    left = dataclasses.replace(left, cheap=len(everything) - len(kept))
    messages: list[str] = []
    if arguments.baseline:
        run = _BaselineRun(arguments, tasks, outcomes, sources)
        new = run.new_among(kept, [*everything, *silenced])
        left, kept = dataclasses.replace(left, known=len(kept) - len(new)), new
        messages += run.messages
    if arguments.diff:
        changed = ChangedLines(arguments.diff)
        here = [each for each in kept if failure.is_internal(each) or changed.holds(each)]
        left, kept = dataclasses.replace(left, unchanged=len(kept) - len(here)), here
    return Given(tuple(kept), left, tuple(messages))


def _is_cheap(finding: Finding, least: float | None) -> bool:
    record = finding.evidence
    if least is None or record is None or record.ratio is None or finding.level == "error":
        return False
    if finding.consequence in ("breaks", "silent"):
        return False
    original, rewrite = record.original_first_call_seconds, record.rewrite_first_call_seconds
    if original is not None and rewrite is not None and original >= rewrite * least:
        return False
    return record.ratio < least


class _BaselineRun:
    """One run against a baseline."""

    def __init__(
        self, arguments: argparse.Namespace, tasks: Sequence[Task], outcomes: Sequence[Outcome], sources: Sources
    ) -> None:
        self.arguments = arguments
        self.sources = sources
        self.messages: list[str] = []
        self.baseline = Baseline(arguments.baseline)
        if not arguments.update_baseline or self.baseline.file.exists():
            self.baseline.load()
        checked = {outcome.path for outcome in outcomes if not outcome.problem}
        self.tasks = {path_from(task.path, self.baseline.root): task for task in tasks if task.path in checked}

    def new_among(self, kept: Sequence[Finding], present: Sequence[Finding]) -> list[Finding]:
        """Those of ``kept`` that are not known; the file is updated where that is asked for, else what is gone goes."""
        mine = [finding for finding in kept if not failure.is_internal(finding)]
        name = self.arguments.baseline
        try:
            if self.arguments.update_baseline:
                number = self.baseline.update(mine, present, self.sources, self._is_checked)
                self.messages.append(f"{name}: {counted(number, 'finding')} known from now on")
            elif not self.arguments.no_evidence and (
                gone := self.baseline.shrink(present, self.sources, self._is_checked)
            ):
                self.messages.append(f"{name}: {counted(gone, 'finding')} gone from the code, and from the baseline")
        except OSError as error:
            if self.arguments.update_baseline:
                raise config.ConfigError(f"{name} cannot be written: {error.strerror}") from None
            self.messages.append(f"warning: {name} cannot be written: {error.strerror}")
        new = set(map(id, self.baseline.new_among(mine, self.sources)))
        return [finding for finding in kept if failure.is_internal(finding) or id(finding) in new]

    def _is_checked(self, known: Identity) -> bool:
        task = self.tasks.get(known.path)
        if task is None:  # not of this run, unless there is no such file any more
            return not (self.baseline.root / known.path).exists()
        ignored = bool(task.ignored) and known.code.startswith(task.ignored)
        return config.is_selected(known.code, task.options) and not ignored
