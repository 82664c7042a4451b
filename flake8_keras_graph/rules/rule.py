"""What a rule is: a page, the events it reads, a check that turns one into a report, and what becomes of its findings.

All of it is declared where the rule is; other parts ask for what was declared and know no rule's code.
"""

from __future__ import annotations

import dataclasses
import inspect
import sys
from collections.abc import Callable
from typing import Any, Final, TypeVar, get_args

import libcst as cst

from flake8_keras_graph.analysis.events import Event, Place
from flake8_keras_graph.analysis.sites import Site
from flake8_keras_graph.records import Confirmation, Consequence, Level, Remedy, RuleInfo, SiteKind
from flake8_keras_graph.rules.facts import Facts

Check = Callable[[Any, Facts], "Report | None"]
CheckT = TypeVar("CheckT", bound=Check)

ITS_PLACE: Final[tuple[SiteKind, ...]] = ()
"""No construct of a rule's own: that the code at its finding's place ran is all the probe can see."""
# What these are confirmed by is the value at a site, and that of another site on the line would be taken for it.
_LOOK_AT_VALUES: frozenset[Confirmation] = frozenset({
    "a tensor at its site", "traces for training", "traces for an argument", "traces for a shape",
})  # fmt: skip


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Report:
    """A rule's claim about ``event.node``.

    ``message`` says what is there and what happens; ``reason`` is the last link of the chain. The finding
    spans from the start of the event's node to the end of ``until`` (the node itself by default), or over the name of
    the function ``header_of`` where it is given. ``advice`` says what to do, where that is not what its rule says.
    """

    message: str
    reason: str = ""
    until: cst.CSTNode | None = None
    level: Level | None = None
    header_of: Place | None = None
    advice: str | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Handling:
    """What is done with a finding: in which classes it is given, what its cost is measured against, its fix.

    ``models_only`` leaves it out in layers, losses and metrics. ``remedy`` is None where there is no cost to measure.
    ``fix`` names a fixer of ``rewrite.fixes``, None where there is none. A fix that can be made is itself the remedy.
    """

    models_only: bool
    remedy: Remedy | None
    fix: str | None


@dataclasses.dataclass(frozen=True, slots=True)
class Rule:
    """A registered rule; ``events`` are the types of events its check is called with.

    ``sites`` are the constructs that the probe watches for its findings, the likeliest first. ``handling`` holds at
    the rule's own level, ``otherwise`` where its check reports another. ``advice`` ends the messages of its own level.
    """

    info: RuleInfo
    events: tuple[type[Event] | type[Site], ...]
    check: Check
    consequence: Consequence
    sites: tuple[SiteKind, ...]
    confirmed_by: Confirmation
    handling: Handling
    otherwise: Handling
    advice: str = ""

    def message_of(self, report: Report, message: str, level: Level) -> str:
        """What is there, what happens, and what to do about it; nothing is advised at another level than the rule's."""
        advice = self.advice if report.advice is None else report.advice
        return f"{message}; {advice}" if advice and level == self.info.level else message

    def handling_at(self, level: Level) -> Handling:
        """What is done with its findings of this level."""
        return self.handling if level == self.info.level else self.otherwise


RULES: dict[str, Rule] = {}


def rule(
    code: str,
    name: str,
    level: Level,
    *events: type[Event] | type[Site],
    models_only: bool,
    sites: tuple[SiteKind, ...],
    confirmed_by: Confirmation,
    remedy: Remedy | None,
    fix: str | None,
    otherwise: Handling | None = None,
    advice: str = "",
) -> Callable[[CheckT], CheckT]:
    """Register the decorated check under ``code``; its module's docstring is the page, its folder the consequence.

    ``models_only``, ``remedy`` and ``fix`` are as in Handling, for every level that ``otherwise`` does not tell apart.
    ``advice`` says in a few words what to do, where the messages of ``check`` do not.
    Raises ValueError for what is declared wrongly.
    """
    handling = Handling(models_only, remedy, fix)

    def register(check: CheckT) -> CheckT:
        page = inspect.cleandoc(sys.modules[check.__module__].__doc__ or "")
        info = RuleInfo(code, name, level, page.partition("\n")[0].rstrip("."), page)
        if code in RULES and RULES[code].check.__module__ != check.__module__:
            raise ValueError(f"{code} is taken by {RULES[code].check.__module__}")
        consequence = _consequence(check)
        made = Rule(
            info, tuple(events), check, consequence, sites, confirmed_by, handling, otherwise or handling, advice
        )
        _require_sound(made)
        RULES[code] = made
        return check

    return register


def _consequence(check: Check) -> Consequence:
    """The folder that the rule lies in. Raises ValueError where it is none of a family's."""
    folder = check.__module__.split(".")[-2]
    for known in get_args(Consequence):
        if folder == known:
            return known  # type: ignore[no-any-return]
    raise ValueError(f"{check.__module__} is not in the folder of a family: {', '.join(get_args(Consequence))}")


def _require_sound(made: Rule) -> None:
    """Raises ValueError where a part is missing, or is no word of its vocabulary."""
    code = made.info.code
    if not made.events:
        raise ValueError(f"{code} looks at nothing: name the events that its check reads")
    if made.confirmed_by not in get_args(Confirmation):
        raise ValueError(f"{code}: {made.confirmed_by!r} is not one of {get_args(Confirmation)}")
    if unknown := set(made.sites) - set(get_args(SiteKind)):
        raise ValueError(f"{code}: the probe has no sites {sorted(unknown)}, only {get_args(SiteKind)}")
    if made.confirmed_by in _LOOK_AT_VALUES and not made.sites:
        raise ValueError(f"{code} is confirmed by the value at a site: name the constructs that it can be")
    for handling in (made.handling, made.otherwise):
        if handling.remedy is not None and handling.remedy not in get_args(Remedy):
            raise ValueError(f"{code}: {handling.remedy!r} is not one of {get_args(Remedy)}")
        if handling.remedy == "fix" and handling.fix is None:
            raise ValueError(f"{code}: its remedy is a fix that it does not have")
