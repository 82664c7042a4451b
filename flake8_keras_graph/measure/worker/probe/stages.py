"""The stages of a job that probe: ``call`` and then ``fit`` run eagerly, their sites instrumented. In the worker."""

from __future__ import annotations

import contextlib
import copy
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from flake8_keras_graph.measure.worker.build import feeding
from flake8_keras_graph.measure.worker.build.building import Builder, Program, Recipe
from flake8_keras_graph.measure.worker.build.loading import TargetFile, find_symbol
from flake8_keras_graph.measure.worker.messages import Messages
from flake8_keras_graph.measure.worker.probe import scoring
from flake8_keras_graph.measure.worker.probe.judgement import judge, judge_unwatched
from flake8_keras_graph.measure.worker.probe.recording import Instrumented
from flake8_keras_graph.measure.worker.run import fitting
from flake8_keras_graph.measure.worker.run.compiling import Failure, failure
from flake8_keras_graph.records import FindingResult, ProbedFinding

_SHARE = 0.2
_MAX_RUNS = 24

Key = tuple[str, int]
"""A finding's code and ordinal."""


class Probing:
    """The instrumented copy of the file and what its runs showed so far.

    ``data`` is what ``fit`` was seen to accept; ``only_fitted`` are the findings that nothing but ``fit``,
    ``evaluate`` and ``predict`` came to.
    """

    def __init__(
        self,
        job: Mapping[str, Any],
        say: Messages,
        target: TargetFile,
        builder: Builder,
        keras: Any,
        files: Sequence[str],
    ) -> None:
        self._job, self._say, self._target, self._builder = job, say, target, builder
        self._keras, self._files = keras, files
        self._findings: Sequence[ProbedFinding] = job["findings"]
        self._instrumented: Instrumented | None = None
        self._class: type | None = None
        self._program: Program | None = None
        self._results: list[FindingResult] = []
        self.data: fitting.Data | None = None
        self.only_fitted: frozenset[Key] = frozenset()

    def executed(self) -> list[dict[str, Any]]:
        """Every site that ran, for the report."""
        return [] if self._instrumented is None else self._instrumented.executed()

    # -- call -------------------------------------------------------------------------------------------

    def run(self, recipe: Recipe, deadline: float) -> list[FindingResult]:
        """Run the instrumented class until both sides of its branches were seen or a bound is hit."""
        if not self._findings and self._job["task"] != "probe":
            return []
        self._say.stage("probe")
        text = Path(self._job["path"]).read_text(encoding="utf-8")
        self._instrumented = instrumented = Instrumented(text, self._findings)
        runs = 0
        with self._eagerly("the probe failed"):
            module = self._target.import_text(text, "probe", instrumented.transform, instrumented.names)
            self._class = find_symbol(module, self._job["symbol"])
            self._program = self._builder.construct(self._class, recipe)
            runs = self._runs(self._program, recipe, instrumented, deadline)
        self._results = [self._found(f, runs) for f in self._findings]
        self._say.findings(self._results)
        return self._results

    def run_steps(self, recipe: Recipe, data: fitting.Data) -> list[FindingResult]:
        """Run a class that has no ``call`` by ``fit``, ``evaluate`` and ``predict``, eagerly."""
        self._say.stage("probe", "fit")
        text = Path(self._job["path"]).read_text(encoding="utf-8")
        self._instrumented = instrumented = Instrumented(text, self._findings)
        with self._eagerly("the probe failed"):
            module = self._target.import_text(text, "probe", instrumented.transform, instrumented.names)
            self._class = find_symbol(module, self._job["symbol"])
            instrumented.recorder.on = True
            fitting.run_eagerly(self._class, data, recipe, self._keras)
        during = f"in fit, evaluate and predict {data.described}"
        self._results = [self._found(f, 1, during) for f in self._findings]
        self.only_fitted = frozenset(key_of(f) for f in self._findings if instrumented.seen_of(f).times)
        self._say.findings(self._results)
        if self._job["task"] == "probe":
            self._say.sites(self.executed())
        return self._results

    def run_score(self, score: scoring.Score) -> list[FindingResult]:
        """Run the instrumented loss or metric eagerly."""
        self._say.stage("probe")
        text = Path(self._job["path"]).read_text(encoding="utf-8")
        self._instrumented = instrumented = Instrumented(text, self._findings)
        done = 0
        with self._eagerly("the probe failed"):
            module = self._target.import_text(text, "probe", instrumented.transform, instrumented.names)
            for run in scoring.runs(score, find_symbol(module, self._job["symbol"]), self._job["seed"]):
                instrumented.recorder.on = True
                run()
                instrumented.recorder.on = False
                done += 1
        self._results = [self._found(f, done) for f in self._findings]
        self._say.findings(self._results)
        if self._job["task"] == "probe":
            self._say.sites(self.executed())
        return self._results

    @contextlib.contextmanager
    def _eagerly(self, what_failed: str) -> Iterator[None]:
        """Nothing is compiled inside; whatever is raised becomes a warning."""
        import tensorflow as tf

        tf.config.run_functions_eagerly(True)
        try:
            yield
        except BaseException as error:
            self._say.warning(f"{what_failed}: {self._failure(error)}")
        finally:
            tf.config.run_functions_eagerly(False)
            if self._instrumented is not None:
                self._instrumented.recorder.on = False

    def _runs(self, program: Program, recipe: Recipe, instrumented: Instrumented, deadline: float) -> int:
        until = time.monotonic() + _SHARE * (deadline - time.monotonic())
        sites = [instrumented.site_of(f) for f in self._findings]
        runs = 0
        for profile, batch, training in _circumstances():
            if runs >= _MAX_RUNS or time.monotonic() > until:
                break
            feed = feeding.make(recipe.feed, batch, self._job["seed"] + runs, profile)
            instrumented.recorder.on = True
            try:
                program(feed, training)
            except BaseException as error:
                if runs == 0:
                    self._say.warning(f"run eagerly it raises {self._failure(error)}")
            instrumented.recorder.on = False
            runs += 1
            seen = [instrumented.seen(site) for site in sites]
            if runs >= 4 and all(len(s.outcomes) != 1 and s.times for s in seen):
                break
        return runs

    # -- fit --------------------------------------------------------------------------------------------

    def run_fit(self, recipe: Recipe) -> list[FindingResult]:
        """Run the class's own ``train_step`` and the like, where it has some; results with what that came to."""
        instrumented, cls, program = self._instrumented, self._class, self._program
        if self._job["kind"] != "model" or instrumented is None or cls is None or program is None:
            return self._results
        if not fitting.has_own_steps(cls):
            return self._results
        self._say.stage("probe", "fit")
        reached = {index for index, f in enumerate(self._findings) if instrumented.seen_of(f).times}
        with self._eagerly("fit could not be tried"):
            self.data = self._accepted(cls, program, recipe, instrumented)
        if self.data is None:
            return self._results
        for index, finding in enumerate(self._findings):
            seen = instrumented.seen_of(finding)
            if index not in reached and seen.times:
                self._results[index] = self._found(finding, 1, f"in fit, evaluate and predict {self.data.described}")
                self.only_fitted |= {key_of(finding)}
        self._say.findings(self._results)
        return self._results

    def _accepted(self, cls: type, program: Program, recipe: Recipe, instrumented: Instrumented) -> fitting.Data | None:
        """The first data that ``fit`` runs through with; what others made it do is forgotten."""
        first: BaseException | None = None
        for data in fitting.data_to_try(cls, program, recipe, self._job["seed"]):
            before = copy.deepcopy(instrumented.recorder.seen)
            instrumented.recorder.on = True
            error = fitting.run_eagerly(cls, data, recipe, self._keras)
            instrumented.recorder.on = False
            if error is None:
                return data
            instrumented.recorder.seen = before
            first = first or error
        if first is not None:
            self._say.warning(f"fit, run eagerly with guessed labels and loss, raises {self._failure(first)}")
        return None

    # -- what is said -------------------------------------------------------------------------------------

    @property
    def unwatched(self) -> frozenset[Key]:
        """Findings of which only compiling can tell: the code came by, to a place that is not recorded."""
        made = self._instrumented
        if made is None:
            return frozenset()
        return frozenset(key_of(f) for f in self._findings if made.seen_of(f).times and not made.watches(f))

    def _found(self, finding: ProbedFinding, runs: int, during: str = "") -> FindingResult:
        assert self._instrumented is not None
        seen = self._instrumented.seen_of(finding)
        judged = judge if self._instrumented.watches(finding) else judge_unwatched
        outcome = judged(finding["confirmed_by"], seen, runs, during)
        return FindingResult(
            finding["code"], finding["ordinal"], finding["line"], finding["column"], outcome.status, outcome.detail,
            tuple(seen.trips), tuple(sorted(seen.outcomes)),
        )  # fmt: skip

    def _failure(self, error: BaseException) -> Failure:
        return failure(error, [*self._files, *self._target.copies], self._target.original_lines)


def key_of(finding: ProbedFinding) -> Key:
    """What a finding is called in results."""
    return finding["code"], finding["ordinal"]


def _circumstances() -> Iterator[tuple[str, int, bool]]:
    """Inputs to probe with: distributions of values, sizes of the batch, inference and training."""
    for training in (False, True):
        yield "whole range", 4, training
        yield feeding.WIDE, 4, training
    for batch in (1, 4):
        for profile in feeding.PROFILES:
            for training in (False, True):
                yield profile, batch, training
