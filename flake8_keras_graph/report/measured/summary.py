"""What a run earned: how many classes were compared, proved, only probed, or not run, and why not, in groups."""

from __future__ import annotations

import collections
import dataclasses
import re
from collections.abc import Iterable, Sequence
from typing import Literal

from flake8_keras_graph.records import ModelResult
from flake8_keras_graph.report.measured.view import group_by_class, split_suggestion
from flake8_keras_graph.wording import counted

Outcome = Literal["compared", "proved", "probed", "not_run"]
_WORDS: dict[Outcome, str] = {
    "compared": "compared with a rewrite",
    "proved": "proved the same graph as a rewrite",
    "probed": "probed only",
    "not_run": "not run",
}
_FAILED = re.compile(r"(.*? failed: \w+)\b.*", re.DOTALL)
_REFUSED = re.compile(r"^\w[\w ]*: (line [0-9]+: )?")
_QUOTED = re.compile(r"`[^`]*`")
_NO_REWRITE = "no rewrite of it was made"


@dataclasses.dataclass(frozen=True, slots=True)
class Reason:
    """Why so many classes came no further."""

    outcome: Outcome
    reason: str
    classes: int


@dataclasses.dataclass(frozen=True, slots=True)
class Summary:
    """Classes by what was established of them, each counted once, at its best on any device."""

    classes: int
    compared: int
    proved: int
    probed: int
    not_run: int
    reasons: tuple[Reason, ...]


def summarise(models: Iterable[ModelResult]) -> Summary:
    """The classes of a run; those of a reason that is held by more come first."""
    groups = group_by_class(models)
    outcomes = [outcome_of(results) for results in groups]
    reasons = collections.Counter(
        (outcome, _reason(results)) for outcome, results in zip(outcomes, groups, strict=True)
        if outcome in ("probed", "not_run")
    )  # fmt: skip
    counts = collections.Counter(outcomes)
    listed = sorted(reasons.items(), key=lambda item: (item[0][0], -item[1], item[0][1]))
    return Summary(
        len(groups), counts["compared"], counts["proved"], counts["probed"], counts["not_run"],
        tuple(Reason(outcome, reason, number) for (outcome, reason), number in listed),
    )  # fmt: skip


def outcome_of(results: Sequence[ModelResult]) -> Outcome:
    """What was established of one class, at its best on any device."""
    verdicts = {each.verdict for one in results for each in one.comparisons if each.rewrite != each.original}
    if verdicts - {"same graph"}:
        return "compared"
    if verdicts:
        return "proved"
    return "not_run" if all(one.status == "not_measured" for one in results) else "probed"


def sentence(earned: Summary) -> str:
    """All classes in a line: ``9 classes: 2 compared ..., 1 not run``."""
    numbers = {outcome: getattr(earned, outcome) for outcome in _WORDS}
    told = ", ".join(f"{number} {_WORDS[outcome]}" for outcome, number in numbers.items() if number)
    return f"{counted(earned.classes, 'class')}: {told}" if told else counted(earned.classes, "class")


def reason_texts(earned: Summary) -> list[str]:
    """A line for each reason."""
    return [f"{_WORDS[each.outcome]}, {each.classes}: {each.reason}" for each in earned.reasons]


def _reason(results: Sequence[ModelResult]) -> str:
    """Why a class was not compared, without what is of that class alone."""
    for one in results:
        if one.status == "not_measured":
            text, _ = split_suggestion(one.reason)
            return _FAILED.sub(r"\1", text.partition("\n")[0])
    refusals = [refusal for one in results for refusal in one.refusals]
    return _QUOTED.sub("`...`", _REFUSED.sub("", _FAILED.sub(r"\1", refusals[0]))) if refusals else _NO_REWRITE
