"""Mechanical fixes for findings: each made by the fixer that the finding's rule names."""

from __future__ import annotations

import dataclasses
import functools
import importlib
import pkgutil
from collections.abc import Sequence

import libcst as cst

from flake8_keras_graph.analysis.reading import FileReading
from flake8_keras_graph.records import Finding, Fix
from flake8_keras_graph.rewrite import fixes
from flake8_keras_graph.rewrite.fixes.common.fixer import FIXERS, Fixer
from flake8_keras_graph.rewrite.fixes.common.sites import find_site
from flake8_keras_graph.rewrite.text.document import Change, Document, NotFixable, changed_text, read_document
from flake8_keras_graph.rewrite.text.edits import between
from flake8_keras_graph.rewrite.text.scopes import document_at
from flake8_keras_graph.rewrite.text.syntax import names_bound
from flake8_keras_graph.rules import load
from flake8_keras_graph.rules.backends import fix_was_executed_on


@functools.cache
def fixers() -> dict[str, Fixer]:
    """Every fixer by its name; the modules of this folder are imported on the first call."""
    for module in pkgutil.iter_modules(fixes.__path__, f"{fixes.__name__}."):
        if not module.ispkg:
            importlib.import_module(module.name)
    return FIXERS


def fixer_of(finding: Finding) -> Fixer | None:
    """What makes the fix that the finding's rule names for findings of its level, None where it names none."""
    rule = load().get(finding.code)
    name = rule.handling_at(finding.level).fix if rule is not None else None
    return fixers()[name] if name is not None else None


@dataclasses.dataclass(frozen=True, slots=True)
class Plan:
    """A fix that can be made; ``statement`` is the one of the file that it changes, by its place among them.

    ``is_local``: it changes one place there and gives no new name, so that others of that statement may be made
    together with it.
    """

    fix: Fix
    statement: int
    is_local: bool


class FileFixes:
    """The fixes of a file in one state of its text, each made when it is asked for; the text is parsed once for all."""

    def __init__(self, reading: FileReading, findings: Sequence[Finding]) -> None:
        self._reading = reading
        self._plans: dict[Finding, Plan | str] = {}
        self._flagged: dict[str, set[tuple[int, int]]] = {}
        for finding in findings:
            self._flagged.setdefault(finding.code, set()).add((finding.span.line, finding.span.column))

    @functools.cached_property
    def _document(self) -> Document | None:
        try:
            return read_document(self._reading)
        except SyntaxError:
            return None

    def plan(self, finding: Finding) -> Plan | str:
        """The finding's fix, or why there is none."""
        if finding not in self._plans:
            self._plans[finding] = self._plan(finding)
        return self._plans[finding]

    def _plan(self, finding: Finding) -> Plan | str:
        fixer = fixer_of(finding)
        if fixer is None and finding.remedy == "functional":
            return "it costs nothing: the graph is the one that the functional API gives"
        if fixer is None:
            return f"{finding.code} has no mechanical fix"
        if not fix_was_executed_on(self._reading.backend, finding.code):
            return f"its fix was not run on the backend {self._reading.backend}, which the file is for"
        if self._document is None:
            return "the file does not parse"
        try:
            return self._planned(self._document, fixer, finding)
        except NotFixable as reason:
            return str(reason)
        except (cst.ParserSyntaxError, cst.CSTValidationError, SyntaxError, ValueError) as error:
            return f"the rewritten code does not parse: {error}"

    def _planned(self, document: Document, fixer: Fixer, finding: Finding) -> Plan:
        node = find_site(document, finding.span, fixer.nodes)
        if node is None:
            raise NotFixable("nothing that could be rewritten stands there")
        flagged = frozenset(self._flagged.get(finding.code, ()))
        here = dataclasses.replace(document_at(document, node, finding.symbol), flagged=flagged)
        change = fixer.make(here, node)
        edits = between(self._reading.text, changed_text(here, change))
        if not edits:
            raise NotFixable("there is nothing to change")
        statement = document.module.body.index(document.outermost(node))
        return Plan(Fix(edits, change.safety, change.note), statement, not fixer.in_file_order and _is_local(change))


def _is_local(change: Change) -> bool:
    """Whether one place is changed, and no name is bound that was not bound there."""
    if len(change.replacements) != 1:
        return False
    [(replaced, made)] = change.replacements.items()
    return set().union(*map(names_bound, made)) <= names_bound(replaced)


def with_fixes(findings: Sequence[Finding], reading: FileReading) -> list[Finding]:
    """``findings`` of a file, each with its ``fix`` where there is one whose preconditions hold."""
    made = FileFixes(reading, findings)
    plans = [made.plan(finding) for finding in findings]
    return [
        dataclasses.replace(finding, fix=plan.fix) if isinstance(plan, Plan) else finding
        for finding, plan in zip(findings, plans, strict=True)
    ]


def why_not(finding: Finding, reading: FileReading, findings: Sequence[Finding] = ()) -> str:
    """Why ``finding`` has no fix; empty where it has one. ``findings`` are the others of the file."""
    plan = FileFixes(reading, findings or [finding]).plan(finding)
    return plan if isinstance(plan, str) else ""
