"""Findings matched with what was measured of them: free notes are dropped, slowdowns are told.

Relies on the order of findings: a site is named by its code and its place among the findings of that code
in its class, so that lines may move without the evidence being lost.
"""

from __future__ import annotations

import ast
import collections
import dataclasses
import os
from collections.abc import Callable, Iterable, Iterator, Sequence

from flake8_keras_graph import failure, measured_cost
from flake8_keras_graph.project.code_places import span_of
from flake8_keras_graph.records import (
    Comparison,
    Finding,
    FindingEvidence,
    FindingResult,
    ModelResult,
    RankedFinding,
    Span,
    Status,
    Verdict,
)
from flake8_keras_graph.results import evidence
from flake8_keras_graph.results.roots import root_of_folder
from flake8_keras_graph.wording import FREE_FIRST_CALL_SECONDS, cost_clause

AS_WRITTEN = "as written"
FUNCTIONAL = "functional"
FREE_UP_TO = 1.05
"""No difference is taken for granted where the interval's upper end is above this ratio."""


def applied(
    findings: Sequence[Finding],
    path: str,
    text: str,
    fingerprint: Callable[[str], str],
    warn: Callable[[str], None],
) -> list[Finding]:
    """One file's findings in the light of the project's evidence: those of ``judged`` that are still to be given."""
    return [told for told, kept in judged(findings, path, text, fingerprint, warn) if kept]


def judged(
    findings: Sequence[Finding],
    path: str,
    text: str,
    fingerprint: Callable[[str], str],
    warn: Callable[[str], None],
) -> list[tuple[Finding, bool]]:
    """One file's findings with the project's evidence, its numbers and what only running knows; whether each is given.

    ``text`` is the file's; ``fingerprint`` is asked only for classes that have evidence; ``warn`` is told why a damaged
    file is not used. Findings must be complete for their codes and in file order. An exception that nobody expected is
    one more finding: findings are worth more than what was measured of them.
    """
    if not findings and not has_evidence(path):
        return []
    try:
        return with_evidence(findings, current(path, text, fingerprint, warn))
    except Exception as error:
        failed = failure.finding(path, failure.describe(error, "the evidence about this file"))
        return [(each, True) for each in (failed, *findings)]


def has_evidence(path: str) -> bool:
    """Whether anything was measured in the file; cheap, for most files have neither findings nor evidence."""
    root = root_of_folder(os.path.dirname(os.path.abspath(path)))
    store, _ = evidence.load_cached(root)
    return bool(store.entries) and bool(store.of(evidence.relative_path(path, root)))


def current(path: str, text: str, fingerprint: Callable[[str], str], warn: Callable[[str], None]) -> list[ModelResult]:
    """The evidence about the classes of one file that was made from their code as it is now, at today's lines."""
    root = evidence.project_root(path)
    store, problem = evidence.load_cached(root)
    if problem:
        warn(problem)
    entries = store.of(evidence.relative_path(path, root))
    return _placed(fresh([dataclasses.replace(e.result, path=path) for e in entries], fingerprint), text)


def _placed(results: list[ModelResult], text: str) -> list[ModelResult]:
    """What only running knows where it stands in this text; what is not found there any more is left out."""
    if not any(found.ran_into for result in results for found in result.findings):
        return results
    tree = ast.parse(text)

    def placed(found: FindingResult) -> FindingResult | None:
        if found.ran_into is None:
            return found
        span = span_of(tree, text, found.ran_into.place)
        if span is None:
            return None
        here = dataclasses.replace(found.ran_into, span=span)
        return dataclasses.replace(found, line=span.line, column=span.column, ran_into=here)

    return [
        dataclasses.replace(result, findings=tuple(filter(None, map(placed, result.findings)))) for result in results
    ]


def fresh(results: Iterable[ModelResult], fingerprint: Callable[[str], str]) -> list[ModelResult]:
    """Those made from the code as it is now."""
    current: dict[str, str | None] = {}
    kept = []
    for result in results:
        if result.symbol not in current:
            try:
                current[result.symbol] = fingerprint(result.symbol)
            except KeyError:  # the class is gone
                current[result.symbol] = None
        if result.fingerprint and result.fingerprint == current[result.symbol]:
            kept.append(result)
    return kept


def with_evidence(findings: Sequence[Finding], results: Sequence[ModelResult]) -> list[tuple[Finding, bool]]:
    """Each finding with its evidence and message, and whether it is still to be given; and what only running knows.

    What identifies a finding (code, place, symbol, level) is the same with evidence and without.
    """
    told = []
    for finding, ordinal, symbol in sites(findings, {result.symbol for result in results}):
        matches = [
            (model, found)
            for model in results
            if model.symbol == symbol and (found := result_of(model, finding.code, ordinal)) is not None
        ]
        told.append(_judged(finding, matches) if matches else (finding, True))
    raising = {finding.span.line for finding, kept in told if kept and finding.level == "error"}
    more = [finding for finding in established(results) if finding.span.line not in raising]
    more += filter(None, (measured_cost.finding(finding) for finding, kept in told if kept))
    return sorted([*told, *((each, True) for each in more)], key=lambda item: _place(item[0])) if more else told


def _place(finding: Finding) -> tuple[Span, str]:
    return finding.span, finding.code


def established(results: Iterable[ModelResult]) -> list[Finding]:
    """What only running knows, as findings at its lines: once, however many environments it was seen in."""
    found: dict[tuple[str, str, Span], Finding] = {}
    for result in results:
        for each in result.findings:
            if (ran_into := each.ran_into) is not None:
                finding = Finding(
                    each.code, each.detail, result.path, ran_into.span, result.symbol, ran_into.level,
                    evidence=FindingEvidence(each.status), consequence="breaks",
                )  # fmt: skip
                known = found.setdefault((result.path, result.symbol, ran_into.span), finding)
                if known.level != "error":
                    found[result.path, result.symbol, ran_into.span] = finding
    return list(found.values())


Match = tuple[ModelResult, FindingResult]


def sites(findings: Sequence[Finding], symbols: Iterable[str]) -> Iterator[tuple[Finding, int, str]]:
    """Each finding with its ordinal among those of its code in its class, and that class's symbol."""
    known = set(symbols)
    counts: collections.Counter[tuple[str, str]] = collections.Counter()
    for finding in findings:
        symbol = class_of(finding.symbol, known)
        yield finding, counts[finding.code, symbol], symbol
        counts[finding.code, symbol] += 1


def class_of(symbol: str, known: set[str]) -> str:
    """The innermost class of ``known`` that ``symbol`` (of the class or of its method) lies in."""
    prefix = symbol
    while prefix and prefix not in known:
        prefix = prefix.rpartition(".")[0]
    return prefix or symbol


def result_of(model: ModelResult, code: str, ordinal: int) -> FindingResult | None:
    """What ``model`` says about the finding of that code and ordinal."""
    for found in model.findings:
        if (found.code, found.ordinal) == (code, ordinal):
            return found
    return None


def comparison_of(model: ModelResult, found: FindingResult, finding: Finding | None) -> Comparison | None:
    """The comparison that tells what one finding costs: its remedy's, as a train step if there is one.

    As compiled by fit where that runs, else eagerly. A site that was not reached has none: nothing that was
    timed or compared went through it. ``finding`` is None where the linter reports it no more.
    """
    if found.status == "not_reached" or (finding is not None and not _is_against_remedy(finding, found)):
        return None
    mine = [c for c in model.comparisons if c.original == AS_WRITTEN and c.rewrite == found.rewrite]
    order = {"graph": 0, "xla": 1, "autograph": 2, "eager": 3}
    mine.sort(key=lambda c: (order[c.mode], c.step != "train"))
    return mine[0] if mine else None


def _is_against_remedy(finding: Finding, found: FindingResult) -> bool:
    """Whether what was compared is what the finding's rule recommends.

    The functional form keeps a loop as it is: only where it is itself the advice it tells what following that saves.
    Of what breaks, any rewrite that compiles tells. (Evidence of older versions names it for every finding.)
    """
    return found.rewrite != FUNCTIONAL or finding.remedy == "functional" or finding.consequence == "breaks"


def is_uncompared(finding: Finding | RankedFinding, status: Status | None, verdict: Verdict | None) -> bool:
    """Whether the model ran, and what the finding's rule advises was not among what was compared."""
    return verdict is None and status == "confirmed" and finding.remedy is not None and finding.level != "error"


def guessed(model: ModelResult) -> bool:
    """Whether inputs or arguments of the model were guessed and not given."""
    return bool(model.spec and model.spec.get("guessed"))


def is_free(model: ModelResult) -> bool:
    """Whether the class as written was shown to cost nothing against its functional rewrite."""
    graphs = [c for c in model.comparisons if (c.original, c.rewrite, c.mode) == (AS_WRITTEN, FUNCTIONAL, "graph")]
    return bool(graphs) and all(costs_nothing(each) and not _starts_late(each) for each in graphs)


def _starts_late(comparison: Comparison) -> bool:
    original, rewrite = comparison.original_first_call_seconds, comparison.rewrite_first_call_seconds
    if not comparison.first_calls_differ or original is None or rewrite is None:
        return False
    return original - rewrite > FREE_FIRST_CALL_SECONDS


def costs_nothing(comparison: Comparison) -> bool:
    """Same graph, or no difference found and the interval excludes one that matters."""
    if comparison.verdict == "no difference found":
        return comparison.high is not None and comparison.high <= FREE_UP_TO
    return comparison.verdict == "same graph"


def _judged(finding: Finding, matches: Sequence[Match]) -> tuple[Finding, bool]:
    record = _worst([_evidence(finding, model, found) for model, found in matches])
    told = dataclasses.replace(finding, evidence=record)
    if _refuted(matches) or (finding.level == "note" and _is_proved_free(finding, matches)):
        return told, False
    clause = cost_clause(record)
    if clause:
        told = dataclasses.replace(told, message=f"{finding.message} ({clause})")
    return told, True


def _refuted(matches: Sequence[Match]) -> bool:
    """Shown to be wrong somewhere with inputs that the user gave, and confirmed nowhere."""
    statuses = {found.status for model, found in matches if found.status != "refuted" or not guessed(model)}
    return "refuted" in statuses and "confirmed" not in statuses


def is_refuted(finding: Finding) -> bool:
    """Whether running refuted a finding that is not given any more; others of those were shown to be free."""
    return finding.evidence is not None and finding.evidence.status == "refuted"


def _is_proved_free(finding: Finding, matches: Sequence[Match]) -> bool:
    """Whether following the advice would save nothing, wherever it was measured."""
    if finding.remedy != "functional":
        return False
    reached = [model for model, found in matches if found.status != "not_reached"]
    return bool(reached) and all(map(is_free, reached))


def _evidence(finding: Finding, model: ModelResult, found: FindingResult) -> FindingEvidence:
    comparison = comparison_of(model, found, finding)
    if comparison is None:
        return FindingEvidence(found.status, guessed=guessed(model), detail=found.detail)
    timed = comparison.verdict != "same graph"
    first = comparison.first_calls_differ
    return FindingEvidence(
        status=found.status,
        verdict=comparison.verdict,
        ratio=comparison.ratio if timed else None,
        low=comparison.low if timed else None,
        high=comparison.high if timed else None,
        mode=comparison.mode,
        step=comparison.step,
        original=comparison.original,
        rewrite=comparison.rewrite,
        guessed=guessed(model),
        detail=found.detail,
        original_first_call_seconds=comparison.original_first_call_seconds if first else None,
        rewrite_first_call_seconds=comparison.rewrite_first_call_seconds if first else None,
        device=comparison.device,
    )


def _worst(records: Sequence[FindingEvidence]) -> FindingEvidence:
    """Of several environments the one where the code costs most; a confirmation before other statuses."""
    ranks = {"confirmed": 3, "not_confirmed": 2, "not_reached": 1, "refuted": 0}
    return max(records, key=lambda record: (record.low or 0.0, ranks[record.status]))
