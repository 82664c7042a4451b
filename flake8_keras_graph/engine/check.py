"""``check(source, options)``: the only producer of findings."""

from __future__ import annotations

import ast
import contextlib
import dataclasses
import functools
import gc
import os
from collections.abc import Iterable, Iterator

from flake8_keras_graph.analysis import sites
from flake8_keras_graph.analysis.events import Event, Place
from flake8_keras_graph.analysis.interpreter.interpreter import Interpreter
from flake8_keras_graph.analysis.values import Origin
from flake8_keras_graph.config import Options
from flake8_keras_graph.project.hierarchy import Hierarchy, classes_in_order
from flake8_keras_graph.project.index import ClassInfo, Module, parse, subtree_hash
from flake8_keras_graph.project.presence import may_have_keras
from flake8_keras_graph.project.project import Project
from flake8_keras_graph.records import Finding, KerasClass, Span, Step
from flake8_keras_graph.rules import load
from flake8_keras_graph.rules.rule import Facts, Report, Rule
from flake8_keras_graph.syntax.source import Unplaced

MAX_CHAIN = 12
MAX_ORIGINS = 1000
MAX_MODULES = 400
MAX_CHARACTERS = 4_000_000
"""From so many files, or so much text, on, a session starts afresh: memory stays bounded."""


@dataclasses.dataclass(frozen=True, slots=True)
class Source:
    """One file: ``path`` as it is to be shown and from which imports resolve, and its decoded text.

    ``tree`` may hold its syntax tree where the caller has one already.
    """

    path: str
    text: str
    tree: ast.Module | None = dataclasses.field(default=None, compare=False, repr=False)


class Session:
    """What one file's check leaves for the next: files read, functions parsed, constructors interpreted.

    Meant for one run over many files; a file that changes on disk meanwhile may be seen as it was.
    """

    def __init__(self, options: Options) -> None:
        self.options = options
        self.project = Project()
        self.interpreter = Interpreter(self.project, options)

    def tree_of(self, source: Source) -> ast.Module | None:
        """The syntax tree of a file that another one has led to already."""
        module = self.project.modules.get(os.path.abspath(source.path))
        return module.tree if module is not None and module.text == source.text else None

    def interpret(self, source: Source, tree: ast.Module) -> tuple[Interpreter, Module]:
        """Index and interpret one file; the events are the interpreter's until the next call."""
        if self._is_full() or self.interpreter.exhausted or self.project.holds_other_text(source.path, source.text):
            self.project = Project()
            self.interpreter = Interpreter(self.project, self.options)
            gc.unfreeze()
            gc.collect()  # trees and what was made of them refer to one another
        module = self.project.add(source.path, source.text, tree)
        self.interpreter.run(module)
        return self.interpreter, module

    def _is_full(self) -> bool:
        modules = self.project.modules.values()
        return len(modules) > MAX_MODULES or sum(len(each.text) for each in modules if each) > MAX_CHARACTERS


@contextlib.contextmanager
def _collector_paused(keeps: bool) -> Iterator[None]:
    """No garbage collection inside; with ``keeps`` the collector never looks at what is there afterwards.

    Syntax trees are many objects and no garbage; measured, looking through them takes a fifth of the time.
    Only for a process that does little else: other people's garbage of that moment is kept as well.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            if keeps:
                gc.freeze()
            gc.enable()


@functools.lru_cache(maxsize=2)
def shared_session(options: Options) -> Session:
    """The session of this process for these options."""
    return Session(options)


def check(source: Source, options: Options, session: Session | None = None) -> list[Finding]:
    """Findings in ``source``, in file order, before ``# noqa`` and evidence are looked at.

    Raises SyntaxError where the text does not parse.
    """
    with _collector_paused(keeps=session is not None):
        tree = source.tree or (session and session.tree_of(source)) or parse(source.text, source.path)
        if not may_have_keras(tree):
            return []
        interpreter, module = (session or Session(options)).interpret(source, tree)
        return _findings(interpreter, module, options)


def keras_classes(source: Source, options: Options) -> list[KerasClass]:
    """The Keras classes that ``source`` defines, in file order. Raises SyntaxError."""
    project = Project()
    module = project.add(source.path, source.text, source.tree)
    hierarchy = Hierarchy(project, options)
    found = []
    for info in classes_in_order(module):
        kind = hierarchy.kind(info)
        if kind is not None:
            end = info.node.end_lineno or info.node.lineno
            version = hierarchy.keras_version(info)
            found.append(KerasClass(source.path, info.symbol, kind, version, info.node.lineno, end, info.bases))
    return found


def fingerprint(source: Source, symbol: str, options: Options) -> str:
    """A hash of the code that decides how ``symbol`` behaves: its class and all it reaches in the project.

    Comments and layout do not change it. Raises KeyError where there is no such class, SyntaxError where the
    text does not parse.
    """
    project = Project()
    module = project.add(source.path, source.text, source.tree)
    return subtree_hash(_reached(module.classes[symbol], module, project))


def _reached(info: ClassInfo, module: Module, project: Project) -> list[ast.AST]:
    """The class, and every class, function and constant of the project it names, directly or not."""
    found: list[ast.AST] = []
    queue: list[tuple[Module, ast.AST]] = [(module, info.node)]
    seen: set[int] = set()
    while queue:
        holder, node = queue.pop(0)
        if id(node) in seen or len(seen) > 500:
            continue
        seen.add(id(node))
        found.append(node)
        for written in sorted(_names_in(node)):
            target = project.member(holder, written.partition(".")[0])
            if isinstance(target, Module):
                target = project.resolve(project.dotted(holder, written), holder)
            if isinstance(target, Module) or target is None:
                continue
            if isinstance(target, tuple):
                queue.append(target)
            else:
                queue.append((target.module, target.node))
    return found


def _names_in(node: ast.AST) -> set[str]:
    names: set[str] = set()
    for child in ast.walk(node):
        if isinstance(child, ast.Name):
            names.add(child.id)
        elif isinstance(child, ast.Attribute) and isinstance(child.value, ast.Name):
            names.add(f"{child.value.id}.{child.attr}")
    return names


@functools.lru_cache(maxsize=16)
def _rules_by_event(options: Options) -> dict[type[Event] | type[sites.Site], list[Rule]]:
    """The rules that ``options`` leave on, by what they look at."""
    by_event: dict[type[Event] | type[sites.Site], list[Rule]] = {}
    for rule in load().values():
        if is_selected(rule.info.code, options):
            for kind in rule.events:
                by_event.setdefault(kind, []).append(rule)
    return by_event


def _findings(interpreter: Interpreter, module: Module, options: Options) -> list[Finding]:
    path = os.path.abspath(module.path)
    by_event = _rules_by_event(options)
    found: dict[tuple[str, Span], Finding] = {}
    facts = Facts(options, interpreter.hierarchy, interpreter.events)
    for site in sites.find(module, interpreter.hierarchy):
        for rule in by_event.get(type(site), ()):
            report = rule.check(site, facts)
            if report is not None:
                level = report.level or rule.info.level
                found[rule.info.code, site.span] = Finding(
                    rule.info.code, report.message, module.path, site.span, site.symbol, level
                )
    for event in interpreter.events:
        for rule in by_event.get(type(event), ()):
            try:
                report = rule.check(event, facts)
                if report is None or _is_idle(rule, report, facts, event):
                    continue
                finding = _finding(rule, event, report, path, module.path, interpreter.hierarchy)
            except Unplaced:  # what cannot be shown is not reported
                continue
            if finding is not None:
                key = (finding.code, finding.span)
                known = found.get(key)
                if known is None or _outranks(finding, known):
                    found[key] = finding
    kept = [finding for finding in found.values() if not _is_moot(finding, found.values())]
    return sorted(kept, key=lambda finding: (finding.span, finding.code))


def _is_moot(note: Finding, findings: Iterable[Finding]) -> bool:
    """A note on a header that raises: what it says of the graph never comes to pass."""
    return note.level == "note" and any(
        other.level == "error"
        and (note.span.line, note.span.column) <= (other.span.line, other.span.column)
        and (other.span.end_line, other.span.end_column) <= (note.span.end_line, note.span.end_column)
        for other in findings
    )


def _is_idle(rule: Rule, report: Report, facts: Facts, event: Event) -> bool:
    """What is said of a graph means nothing where the code cannot become one; that is an error of its own."""
    level = report.level or rule.info.level
    return level != "error" and not rule.info.code.startswith("KG1") and facts.is_host_code(event.place)


def _outranks(finding: Finding, known: Finding) -> bool:
    order = {"error": 0, "warning": 1, "note": 2}
    return order[finding.level] < order[known.level]


def is_selected(code: str, options: Options) -> bool:
    """Whether ``select`` and ``ignore`` leave this code on; the longer prefix wins."""
    chosen = max((len(each) for each in options.select if code.startswith(each)), default=-1)
    if options.select and chosen < 0:
        return False
    dropped = max((len(each) for each in options.ignore if code.startswith(each)), default=-1)
    return dropped < 0 or chosen > dropped


def _finding(rule: Rule, event: Event, report: Report, path: str, shown: str, hierarchy: Hierarchy) -> Finding | None:
    """The finding for ``report``; code of another file is reported where this file calls it."""
    place, node = event.place, event.node
    level = report.level or rule.info.level
    message = report.message
    until = report.until
    if os.path.abspath(place.source.path) != path:
        if level == "note" or _is_checked_there(place, hierarchy):
            return None
        where = f"{os.path.basename(place.source.path)}:{place.source.span(node).line}"
        message = f"in `{place.source.info.name}` ({where}), called here: {message}"
        until = None
        while os.path.abspath(place.source.path) != path:
            if place.called_at is None:
                return None
            place, node = place.called_at
    start = place.source.span(node)
    end = place.source.span(until) if until is not None else start
    span = Span(start.line, start.column, end.end_line, end.end_column)
    return Finding(rule.info.code, message, shown, span, _symbol(place, path), level, _chain(event, report, path))


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


def _chain(event: Event, report: Report, path: str) -> tuple[Step, ...]:
    """The reasons, first cause first, the site itself last."""
    value = getattr(event, "value", None)
    origins = _origins(value.why if value is not None else None)
    if len(origins) > MAX_CHAIN:
        origins = [*origins[: MAX_CHAIN // 2], *origins[-MAX_CHAIN // 2 :]]
    steps = [step for origin in origins if (step := _step(origin, path)) is not None]
    if report.reason:
        source = event.place.source
        other = "" if os.path.abspath(source.path) == path else source.path
        steps.append(Step(source.span(event.node), report.reason, other))
    return tuple(dict.fromkeys(steps))


def _origins(last: Origin | None) -> list[Origin]:
    """The chain that ends in ``last``, first cause first; what a loop goes through again is there once."""
    found: dict[tuple[str, int], Origin] = {}
    while last is not None and len(found) < MAX_ORIGINS:
        found.setdefault((last.text, id(last.node)), last)
        last = last.before
    return list(found.values())[::-1]


def _step(origin: Origin, path: str) -> Step | None:
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
    other = "" if os.path.abspath(source.path) == path else source.path
    return Step(span, text, other)
