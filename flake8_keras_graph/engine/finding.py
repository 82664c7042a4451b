"""From a rule's report to a finding: where it is shown, whose it is, and the chain of reasons behind it."""

from __future__ import annotations

import dataclasses
import os

from flake8_keras_graph import failure
from flake8_keras_graph.analysis.events import Event, Place
from flake8_keras_graph.analysis.sites import Site
from flake8_keras_graph.analysis.values import Origin
from flake8_keras_graph.engine.session import Fault
from flake8_keras_graph.engine.tracing_steps import tracing_steps
from flake8_keras_graph.project.files import path_beside
from flake8_keras_graph.project.hierarchy import Hierarchy
from flake8_keras_graph.project.index import ClassInfo, Module
from flake8_keras_graph.records import Finding, Level, Span, Step
from flake8_keras_graph.rules.rule import Report, Rule
from flake8_keras_graph.syntax.source import Unplaced

MAX_CHAIN = 12
MAX_ORIGINS = 1000


def of_site(rule: Rule, site: Site, report: Report, module: Module) -> Finding:
    """The finding for what a rule says of a place outside of traced code."""
    level = report.level or rule.info.level
    return Finding(
        rule.info.code, rule.message_of(report, report.message, level), module.path, site.span, site.symbol, level,
        consequence=rule.consequence, remedy=rule.handling_at(level).remedy,
    )  # fmt: skip


def of_event(rule: Rule, event: Event, report: Report, module: Module, hierarchy: Hierarchy) -> Finding | None:
    """The finding for what a rule says of an event; code of another file is reported where this file calls it.

    None where the other file's own check reports it. Raises Unplaced where it cannot be shown.
    """
    path = os.path.abspath(module.path)
    chain = _chain(event, report, module.path) or tracing_steps(event, rule.consequence, module.path)
    if report.header_of is not None:
        event = dataclasses.replace(event, place=report.header_of, node=report.header_of.source.node.name)
    place = event.place
    level = level_of(rule, report, place)
    message, until = report.message, report.until
    if place.way == "assumed" and level == "warning" and rule.info.level == "error":
        message = f"{message}, where `{place.method}` is a loss or a metric"
    if place.way in {"own function", "dataset"}:
        message = message.replace(" fit raises", " tracing it raises")
    if os.path.abspath(place.source.path) != path:
        if level == "note" or _is_checked_there(place, hierarchy):
            return None
        where = f"{os.path.basename(place.source.path)}:{place.source.span(event.node).line}"
        message = f"in `{place.source.info.name}` ({where}), called here: {message}"
        until = None
    seen = _seen_from(event, path)
    if seen is None:
        return None
    place, start = seen
    end = place.source.span(until) if until is not None else start
    span = Span(start.line, start.column, end.end_line, end.end_column)
    return Finding(
        rule.info.code, rule.message_of(report, message, level), module.path, span, _symbol(place, path), level, chain,
        consequence=rule.consequence, remedy=rule.handling_at(level).remedy,
    )  # fmt: skip


def level_of(rule: Rule, report: Report, place: Place) -> Level:
    """How grave it is: nothing is certain of what is not seen handed over."""
    level = report.level or rule.info.level
    return "warning" if place.way == "assumed" and level == "error" else level


def of_class_fault(fault: Fault, module: Module) -> Finding:
    """The finding that says that a class was not looked at to the end."""
    if fault.info is None:
        return failure.finding(module.path, failure.describe(fault.error, "the code outside of classes"))
    message = failure.describe(fault.error, f"class `{fault.info.symbol}`")
    return failure.finding(module.path, message, _header(fault.info), fault.info.symbol)


def of_site_fault(rule: Rule, site: Site, error: Exception, module: Module) -> Finding:
    """The finding that says that a rule failed on a place outside of traced code."""
    owner = f", class `{site.symbol}`" if site.symbol else ""
    message = failure.describe(error, f"rule {rule.info.code}{owner}")
    return failure.finding(module.path, message, site.span, site.symbol)


def of_event_fault(rule: Rule, event: Event, error: Exception, module: Module) -> Finding:
    """The finding that says that a rule failed on an event: at its line, or at its class where that is not known."""
    path = os.path.abspath(module.path)
    try:
        place, span = _seen_from(event, path) or (event.place, None)
    except Exception:  # it may be the very fault that is to be told
        place, span = event.place, None
    symbol = _symbol(place, path)
    if span is None:
        span = _header(module.classes[symbol]) if symbol in module.classes else failure.WHOLE_FILE
    owner = f", class `{symbol}`" if symbol else ""
    message = failure.describe(error, f"rule {rule.info.code}{owner}")
    return failure.finding(module.path, message, span, symbol)


def _header(info: ClassInfo) -> Span:
    node = info.node
    return Span(node.lineno, node.col_offset, node.lineno, node.col_offset + len(f"class {info.name}"))


def _seen_from(event: Event, path: str) -> tuple[Place, Span] | None:
    """Where the file at ``path`` has the event, or the call that led to it; None where it has neither.

    Raises Unplaced where it cannot be shown.
    """
    place, node = event.place, event.node
    while os.path.abspath(place.source.path) != path:
        if place.called_at is None:
            return None
        place, node = place.called_at
    return place, place.source.span(node)


def _is_checked_there(place: Place, hierarchy: Hierarchy) -> bool:
    """Code of a Keras class is reported in that class's own file."""
    owner = place.source.info.owner
    return owner is not None and hierarchy.kind(owner) is not None


def _symbol(place: Place, path: str) -> str:
    """The Keras class that a finding belongs to: the code's own, else the one it was reached from."""
    own = place.source.info.owner
    for info in (own if own is not None and own is place.owner else None, place.owner, place.root, own):
        if info is not None and os.path.abspath(info.module.path) == path:
            return info.symbol
    return ""


def _chain(event: Event, report: Report, own: str) -> tuple[Step, ...]:
    """The reasons, first cause first, the site itself last."""
    value = getattr(event, "value", None)
    origins = _origins(value.why if value is not None else None)
    if len(origins) > MAX_CHAIN:
        origins = [*origins[: MAX_CHAIN // 2], *origins[-MAX_CHAIN // 2 :]]
    steps = [step for origin in origins if (step := _step(origin, own)) is not None]
    if report.reason:
        source = event.place.source
        steps.append(Step(source.span(event.node), report.reason, path_beside(own, source.path)))
    return tuple(dict.fromkeys(steps))


def _origins(last: Origin | None) -> list[Origin]:
    """The chain that ends in ``last``, first cause first; what a loop goes through again is there once."""
    found: dict[tuple[str, int], Origin] = {}
    while last is not None and len(found) < MAX_ORIGINS:
        found.setdefault((last.text, id(last.node)), last)
        last = last.before
    return list(found.values())[::-1]


def _step(origin: Origin, own: str) -> Step | None:
    source = origin.source
    if source is None or origin.node is None:
        return None
    try:
        span = source.span(origin.node)
        text = origin.text
        if "{code}" in text:
            text = text.replace("{code}", f"`{source.code(origin.node)}`")
    except Unplaced:
        return None
    return Step(span, text, path_beside(own, source.path))
