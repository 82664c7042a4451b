"""What a rule is: a page, the events it reads, and a check that turns one event into a report."""

from __future__ import annotations

import dataclasses
import inspect
import sys
from collections.abc import Callable
from typing import Any, TypeVar

import libcst as cst

from flake8_keras_graph.analysis.events import Event
from flake8_keras_graph.records import Level, RuleInfo

EventT = TypeVar("EventT", bound=Event)
Check = Callable[[Any], "Report | None"]


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Report:
    """A rule's claim about ``event.node``.

    ``message`` says what is there and what happens; ``reason`` is the last link of the chain. The finding
    spans from the start of the event's node to the end of ``until`` (the node itself by default).
    """

    message: str
    reason: str = ""
    until: cst.CSTNode | None = None
    level: Level | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Rule:
    """A registered rule; ``events`` are the event types its check is called with."""

    info: RuleInfo
    events: tuple[type[Event], ...]
    check: Check
    options: frozenset[str] = frozenset()


RULES: dict[str, Rule] = {}


def rule(
    code: str, name: str, level: Level, *events: type[EventT]
) -> Callable[[Callable[[EventT], Report | None]], Callable[[EventT], Report | None]]:
    """Register the decorated check under ``code``; its module's docstring is the page."""

    def register(check: Callable[[EventT], Report | None]) -> Callable[[EventT], Report | None]:
        page = inspect.cleandoc(sys.modules[check.__module__].__doc__ or "")
        info = RuleInfo(code, name, level, page.partition("\n")[0].rstrip("."), page)
        if code in RULES and RULES[code].check.__module__ != check.__module__:
            raise ValueError(f"{code} is taken by {RULES[code].check.__module__}")
        RULES[code] = Rule(info, tuple(events), check)
        return check

    return register


def staged(event: Event) -> bool:
    """AutoGraph converts this code, so a tensor test becomes part of the graph instead of raising."""
    return event.place.autograph


def text(event: Event, node: cst.CSTNode) -> str:
    """The code of ``node``, quoted."""
    return f"`{event.place.source.code(node)}`"
