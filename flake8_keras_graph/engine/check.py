"""``check(source, options)``: the only producer of findings. Events of the analysis are handed to the rules."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterable, Iterator

from flake8_keras_graph import collector, config, failure
from flake8_keras_graph.analysis.events import Event
from flake8_keras_graph.analysis.host_code import find as host_code
from flake8_keras_graph.analysis.sites import Site
from flake8_keras_graph.config import Options
from flake8_keras_graph.engine import finding as findings
from flake8_keras_graph.engine.session import Interpreted, Session, Source
from flake8_keras_graph.project.presence import may_have_keras
from flake8_keras_graph.records import Finding, KerasClass, Span
from flake8_keras_graph.rules import load
from flake8_keras_graph.rules.backends import as_executed_on
from flake8_keras_graph.rules.facts import Facts
from flake8_keras_graph.rules.rule import Report, Rule
from flake8_keras_graph.rules.tracing import staged_in_a_dataset
from flake8_keras_graph.syntax.source import Unplaced

RulesByEvent = dict[type[Event] | type[Site], list[Rule]]


def check(source: Source, options: Options, session: Session | None = None) -> list[Finding]:
    """Findings in ``source``, in file order, before ``# noqa`` and evidence are looked at.

    An exception that nobody expected, raised while one class or one rule is looked at, is a finding KG000; the
    others are as they would be without it. Raises SyntaxError where the text does not parse.
    """
    session = session or Session(options)
    with collector.paused(session.owns_process):
        tree = session.tree_of(source)
        if not may_have_keras(tree):
            return []
        with session.renewed_after_an_exception():
            interpreted = session.interpret(source, tree)
            found = _findings(interpreted, options)
        if any(map(failure.is_internal, found)):
            session.renew()
        return found


def keras_classes(source: Source, options: Options, session: Session | None = None) -> list[KerasClass]:
    """The Keras classes that ``source`` defines, in file order. Raises SyntaxError."""
    return (session or Session(options)).keras_classes(source)


def fingerprint(source: Source, symbol: str, options: Options, session: Session | None = None) -> str:
    """A hash of the code that decides how ``symbol`` behaves; see ``Session.fingerprint``.

    Raises KeyError where there is no such class, SyntaxError where the text does not parse.
    """
    return (session or Session(options)).fingerprint(source, symbol)


def is_selected(code: str, options: Options) -> bool:
    """Whether ``select`` and ``ignore`` leave this code on; the longer prefix wins.

    What goes wrong in the tool itself is left out only where it is named in full.
    """
    if code == failure.CODE:
        return code not in options.ignore
    return config.is_selected(code, options)


@functools.lru_cache(maxsize=16)
def _rules_by_event(options: Options) -> RulesByEvent:
    """The rules that ``options`` leave on, by what they look at."""
    by_event: RulesByEvent = {}
    for rule in load().values():
        if is_selected(rule.info.code, options):
            for kind in rule.events:
                by_event.setdefault(kind, []).append(rule)
    return by_event


def _findings(interpreted: Interpreted, options: Options) -> list[Finding]:
    """What the rules find, and what went wrong, once for each place."""
    facts = Facts(options, interpreted.hierarchy, interpreted.events)
    rules = _rules_by_event(options)
    faults = [findings.of_class_fault(fault, interpreted.module) for fault in interpreted.faults]
    found: dict[tuple[str, Span], Finding] = {}
    for finding in (*_of_sites(interpreted, facts, rules), *_told_once(_of_events(interpreted, facts, rules))):
        if failure.is_internal(finding):
            faults.append(finding)
            continue
        key = (finding.code, finding.span)
        known = found.get(key)
        if known is None or _outranks(finding, known):
            found[key] = finding
    kept = [finding for finding in found.values() if not _is_moot(finding, found.values())]
    if is_selected(failure.CODE, options):
        told = {fault.message: fault for fault in reversed(faults)}  # the first of those that say the same
        kept += told.values()
    return sorted(kept, key=lambda finding: (finding.span, finding.code))


def _of_sites(interpreted: Interpreted, facts: Facts, rules: RulesByEvent) -> Iterator[Finding]:
    module = interpreted.module
    try:
        found = list(host_code.find(module, interpreted.hierarchy))
    except Exception as error:  # costs nobody else a finding
        yield failure.finding(module.path, failure.describe(error, "the code outside of classes"))
        return
    for site in found:
        for rule in rules.get(type(site), ()):
            try:
                report = rule.check(site, facts)
            except Exception as error:  # as above
                yield findings.of_site_fault(rule, site, error, module)
                continue
            if report is not None:
                yield findings.of_site(rule, site, report, module)


def _told_once(found: Iterable[tuple[Finding, Event]]) -> list[Finding]:
    """The findings; what stands in another file, as the first of the calls in a class that leads to it."""
    kept: dict[tuple[str, str, str, int], Finding] = {}
    for finding, event in found:
        source = event.place.source
        is_here = failure.is_internal(finding) or os.path.abspath(source.path) == os.path.abspath(finding.path)
        key = (finding.code, finding.symbol, "" if is_here else source.path, id(finding) if is_here else id(event.node))
        known = kept.get(key)
        if known is None or _outranks(finding, known) or (finding.level == known.level and finding.span < known.span):
            kept[key] = finding
    return list(kept.values())


def _of_events(interpreted: Interpreted, facts: Facts, rules: RulesByEvent) -> Iterator[tuple[Finding, Event]]:
    backend = interpreted.hierarchy.backend(interpreted.module)
    for event in interpreted.events:
        for rule in rules.get(type(event), ()):
            try:
                report = rule.check(event, facts)
                if report is not None and backend != "tensorflow":
                    report = as_executed_on(backend, rule.info.code, event, report)
                if report is None or _is_idle(rule, report, facts, event):
                    continue
                finding = findings.of_event(rule, event, report, interpreted.module, interpreted.hierarchy)
            except Unplaced:  # what cannot be shown is not reported
                continue
            except Exception as error:  # costs nobody else a finding
                finding = findings.of_event_fault(rule, event, error, interpreted.module)
            if finding is not None:
                yield finding, event


def _is_moot(note: Finding, findings: Iterable[Finding]) -> bool:
    """A note on a header that raises: what it says of the graph never comes to pass."""
    return note.level == "note" and any(
        other.level == "error"
        and (note.span.line, note.span.column) <= (other.span.line, other.span.column)
        and (other.span.end_line, other.span.end_column) <= (note.span.end_line, note.span.end_column)
        for other in findings
    )


def _is_idle(rule: Rule, report: Report, facts: Facts, event: Event) -> bool:
    """Whether what the rule says is not for this class.

    What is said of a graph means nothing where the code cannot become one; that is an error of its own.
    """
    level = report.level or rule.info.level
    if rule.handling_at(level).models_only and event.place.kind != "model":
        return True
    if event.place.way == "dataset" and rule.consequence not in {"breaks", "silent"}:
        return True  # it runs beside the model, on the host
    if level == "error" and facts.prepares_input(event.place) and staged_in_a_dataset(event):
        return True
    return level != "error" and rule.consequence != "breaks" and facts.is_host_code(event.place)


def _outranks(finding: Finding, known: Finding) -> bool:
    order = {"error": 0, "warning": 1, "note": 2}
    return order[finding.level] < order[known.level]
