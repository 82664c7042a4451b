"""What the worker says about one target, collected as its result. Standard library only."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from flake8_keras_graph.measure.parent.failures import found_by_running
from flake8_keras_graph.measure.parent.host import Ending, Message
from flake8_keras_graph.measure.parent.jobs import numbered_findings
from flake8_keras_graph.measure.parent.session_events import (
    ComparisonEstablished,
    Event,
    FindingEstablished,
    ProbedSite,
    SitesProbed,
    StageStarted,
    Target,
    stage_text,
)
from flake8_keras_graph.measure.parent.variants import ALL_FIXED, FUNCTIONAL, Variants, fix_of
from flake8_keras_graph.measure.project import specs
from flake8_keras_graph.records import Comparison, FindingResult, ModelResult, RunStatus, Trial, run_status

_WARNING = re.compile(r":[0-9]+: \w*Warning: |^(WARNING|W[0-9]{4} )")


class Collected:
    """What the worker has said of one target so far."""

    def __init__(self, target: Target, variants: Variants) -> None:
        self._target, self._variants = target, variants
        self._known = {(finding.code, ordinal): finding for finding, ordinal in numbered_findings(target)}
        self._failed: Message | None = None
        self._spec: dict[str, Any] | None = None
        self._doing = stage_text("import", "")
        self._findings: dict[tuple[str, int], FindingResult] = {}
        self._comparisons: list[Comparison] = []
        self._trials: list[Trial] = []
        self._compiled: dict[str, Any] = {}
        self._refusals = list(variants.refusals)
        self._sources: dict[str, str | None] = {}
        self._warnings: list[str] = []
        self._peak_bytes: int | None = None

    def warn(self, text: str) -> None:
        """Say this of the result, whatever the worker says."""
        self._warnings.append(text)

    def events_of(self, message: Message) -> list[Event]:
        """As ``keep``; a message that the model forged (it shares the worker's descriptors) is passed over."""
        try:
            return list(self.keep(message))
        except (KeyError, TypeError, AttributeError, ValueError):
            return []

    def keep(self, message: Message) -> Iterator[Event]:
        """Keep what the message says; the events that follow from it."""
        match message.get("event"):
            case "stage":
                self._doing = stage_text(message["stage"], message["text"])
                yield StageStarted(self._target, message["stage"], message["text"])
            case "failed":
                self._failed = message
            case "spec":
                self._spec = message["spec"]
            case "finding":
                finding = _finding(message["finding"])
                self._findings[finding.code, finding.ordinal] = finding
                yield FindingEstablished(self._target, finding)
            case "comparison":
                comparison = _comparison(message["comparison"])
                self._comparisons.append(comparison)
                self._trials += map(_trial, message["trials"])
                yield ComparisonEstablished(self._target, comparison)
            case "compiled":
                self._compiled.setdefault(message["mode"], {})[message["step"]] = message["what"]
            case "sites":
                yield SitesProbed(self._target, tuple(ProbedSite(**site) for site in message["sites"]))
            case "retraces":
                forward = self._compiled.setdefault("graph", {}).setdefault("forward", {})
                forward["retraces"] = message["retraces"]
            case "lengths":
                forward = self._compiled.setdefault("graph", {}).setdefault("forward", {})
                forward["lengths"] = message["lengths"]
            case "refused":
                self._refusals.append(f"{message['name']}: {message['reason']}")
            case "rewrite":
                self._sources[message["name"]] = message["source"]
            case "warning":
                self._warnings.append(message["text"])

    def not_measured(self, reason: str) -> ModelResult:
        return self._result("not_measured", reason)

    def result(self, ending: Ending, root: Path) -> ModelResult:
        """The result after the job's process has ended, however it did."""
        self._peak_bytes = ending.peak_bytes or None
        if self._failed is not None:
            return self.not_measured(self._with_suggestion(self._failed, root))
        if ending.how == "done":
            return self._result(run_status(self._comparisons), "")
        text = f"{ending.detail} (while {self._doing})"
        if words := _last_words(ending.output):
            text += f"; its last words: {words[:200]}"
        if self._compiled or self._comparisons:
            self._warnings.append(f"ended early: {text}")
            return self._result(run_status(self._comparisons), "")
        return self.not_measured(text)

    def _with_suggestion(self, failed: Message, root: Path) -> str:
        stages = {"import": "importing the file failed: ", "build": "building and calling it failed: "}
        reason = stages.get(failed["stage"], "") + str(failed["reason"])
        if failed["stage"] != "build":
            return reason
        path, given = Path(self._target.path), (failed.get("arguments") or {}, failed.get("inputs") or {})
        lines = specs.suggestion(path, self._target.symbol, root, *given, failed.get("wrong"))
        return f"{reason}\nTell how in pyproject.toml:\n{lines}"

    def _result(self, status: RunStatus, reason: str) -> ModelResult:
        known = tuple(self._with_rewrite(f) for f in self._findings.values())
        return ModelResult(
            self._target.path, self._target.symbol, status, reason, self._target.fingerprint, self._spec,
            (*known, *self._found_by_running(known)), tuple(self._comparisons),
            tuple(self._trials), self._compiled, self._sources.get(FUNCTIONAL), self._remedies(),
            tuple(self._refusals), tuple(self._warnings), self._peak_bytes,
        )  # fmt: skip

    def _found_by_running(self, known: Sequence[FindingResult]) -> tuple[FindingResult, ...]:
        """What compiling raised and no finding tells; nothing where it may come of what was guessed."""
        if self._spec is None or self._spec.get("guessed"):
            return ()
        try:
            text = Path(self._target.path).read_text(encoding="utf-8")
            return found_by_running(self._compiled, known, self._target.symbol, text)
        except (OSError, UnicodeDecodeError, SyntaxError, AttributeError, KeyError, TypeError):
            return ()  # the file has changed meanwhile, or the model forged a message

    def _remedies(self) -> dict[str, str]:
        """The sources of equal rewrites that no fix offers."""
        offered = {FUNCTIONAL, ALL_FIXED, *map(fix_of, self._known.values())}
        return {name: source for name, source in self._sources.items() if source and name not in offered}

    def _with_rewrite(self, result: FindingResult) -> FindingResult:
        """The finding with the name of the rewrite that its cost is measured against: its rule's remedy.

        Where the class does not compile, the functional one is faster because it does: only what breaks costs that.
        """
        finding = self._known.get((result.code, result.ordinal))
        if finding is None:
            return result
        forward = self._compiled.get("graph", {}).get("forward", {})
        works = forward.get("works", True)
        for remedy in self._variants.remedies_of(finding):
            if remedy in self._sources and (remedy != FUNCTIONAL or works):
                return dataclasses.replace(result, rewrite=remedy)
        is_kept = any(text.startswith(f"{fix_of(finding)}: not compared") for text in self._refusals)  # not of `call`
        compiles = finding.consequence == "breaks" and FUNCTIONAL in self._sources and not is_kept
        return dataclasses.replace(result, rewrite=FUNCTIONAL if compiles else "")


def _last_words(output: str) -> str:
    """The last line that says something: no warning, and none of the source lines below warnings and tracebacks."""
    lines = [line for line in output.splitlines() if line.strip() and not line[0].isspace()]
    return next((line for line in reversed(lines) if not _WARNING.search(line)), "")


def _finding(data: dict[str, Any]) -> FindingResult:
    known = {name: tuple(data[name]) for name in ("trips", "branches")}
    return FindingResult(**{**data, **known, "ran_into": None})  # of what compiling raised findings are made here


def _comparison(data: dict[str, Any]) -> Comparison:
    return Comparison(**{**data, "warnings": tuple(data["warnings"])})


def _trial(data: dict[str, Any]) -> Trial:
    return Trial(**{**data, "seconds": tuple(data["seconds"])})
