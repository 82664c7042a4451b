"""What a measuring session brings: kept, saved at once as evidence, and told at the end."""

from __future__ import annotations

import collections
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from flake8_keras_graph import __version__, measured_cost, runs_into
from flake8_keras_graph.commands.measuring.choice import Candidate
from flake8_keras_graph.records import Finding, Level, ModelResult, Report
from flake8_keras_graph.results import evidence, matching, rank
from flake8_keras_graph.rules import reported_rules


class Keeper:
    """Collects results as they come and saves each at once, so that nothing finished is lost."""

    def __init__(self) -> None:
        self.results: list[ModelResult] = []
        self.files: list[Path] = []
        self.failed = ""

    def keep(self, event: object) -> None:
        """Take what an event of the session brings."""
        from flake8_keras_graph.measure.parent.session_events import ModelFinished

        if isinstance(event, ModelFinished):
            self.results.append(event.result)
            if event.result.status != "not_measured":
                self._save(event.result)

    def _save(self, result: ModelResult) -> None:
        try:
            file = evidence.save(evidence.project_root(result.path), [(result, result.environment)])
        except OSError as error:
            self.failed = f"evidence not saved: {error}"
            return
        if file not in self.files:
            self.files.append(file)

    def report(self, chosen: Sequence[Candidate], steps: int) -> Report:
        """Everything of this run; findings and results in files' order."""
        findings = tuple(f for candidate in chosen for f in candidate.target.findings)
        order = {(c.target.path, c.target.symbol): number for number, c in enumerate(chosen)}
        self.results.sort(key=lambda result: (order[result.path, result.symbol], result.environment.get("device", "")))
        ranking = rank.rank(findings, self.results, steps)
        environment = evidence.shared_by(result.environment for result in self.results)
        return Report(__version__, environment, reported_rules(), findings, tuple(self.results), ranking)

    def count_finished(self, devices: int) -> int:
        """How many classes have a result for each of so many devices."""
        counts = collections.Counter((result.path, result.symbol) for result in self.results)
        return sum(count >= devices for count in counts.values())

    def still_reported(self, chosen: Sequence[Candidate]) -> Iterator[Level]:
        """The levels of the findings that ``check`` will still report of these classes."""
        for candidate in chosen:
            places = {(f.code, f.span) for f in candidate.reported}
            for finding, kept in self._with_evidence(candidate):
                if kept and ((finding.code, finding.span) in places or _is_established(finding, candidate)):
                    yield finding.level

    def _with_evidence(self, candidate: Candidate) -> list[tuple[Finding, bool]]:
        target = candidate.target
        mine = [r for r in self.results if (r.path, r.symbol) == (target.path, target.symbol)]
        return matching.with_evidence(target.findings, [r for r in mine if r.status != "not_measured"])

    def print_files(self) -> None:
        """Say where results went."""
        for file in self.files:
            print(f"evidence saved in {file}", file=sys.stderr)
        if self.failed:
            print(f"keras-graph: error: {self.failed}", file=sys.stderr)


def _is_established(finding: Finding, candidate: Candidate) -> bool:
    is_known_from_running = runs_into.is_established(finding) or measured_cost.is_measured_cost(finding)
    return is_known_from_running and candidate.is_reported(finding)
