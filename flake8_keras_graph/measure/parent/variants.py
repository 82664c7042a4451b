"""The rewrites to try for one class, as texts: each finding fixed alone, or with its remedy, all fixed, functional.

Static: the texts are made with the project's rewriters and run nowhere here.
"""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from flake8_keras_graph.analysis.reading import FileReading
from flake8_keras_graph.records import Edit, Finding, WeightJoin

FUNCTIONAL = "functional"
ALL_FIXED = "all fixed"


class Refusal(Protocol):
    """Why a class cannot be written with the functional API, at its line."""

    @property
    def line(self) -> int: ...
    @property
    def reason(self) -> str: ...


class Rewrite(Protocol):
    """A functional builder, or why there is none."""

    @property
    def source(self) -> str | None: ...
    @property
    def name(self) -> str: ...
    @property
    def inputs(self) -> tuple[str, ...]: ...
    @property
    def refusals(self) -> Sequence[Refusal]: ...


class RemedyText(Protocol):
    """The file with the remedy of one finding, and how its weights follow from those of the class as written.

    ``eagerly``: it is to be compared run eagerly as well.
    """

    @property
    def title(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def joined(self) -> tuple[WeightJoin, ...]: ...
    @property
    def eagerly(self) -> bool: ...


Remedies = Callable[[Finding], Sequence[RemedyText] | str]
"""The ways to make a finding's remedy, the likeliest first, or why there is none; "" where none is known."""


def _no_remedies(reading: FileReading) -> Remedies:
    return lambda finding: ""


@dataclasses.dataclass(frozen=True, slots=True)
class Rewriters:
    """The functions that make the rewrites; handed in so that this package depends on no rewriter."""

    functional_builder: Callable[[FileReading, str], Rewrite]
    with_fixes: Callable[[Sequence[Finding], FileReading], list[Finding]]
    apply: Callable[[str, Sequence[Edit]], str]
    remedies: Callable[[FileReading], Remedies] = _no_remedies
    eager_remedies: frozenset[str] = frozenset()
    """The remedies that are to be compared run eagerly as well, a fix that is one included."""


@dataclasses.dataclass(frozen=True, slots=True)
class Variants:
    """``asked`` is for the worker, by preference among those of one name; ``refusals`` are for the report."""

    asked: tuple[dict[str, Any], ...]
    refusals: tuple[str, ...]
    fixed: dict[str, tuple[str, ...]]
    """The findings ("KG301:14") that each variant clears."""

    def remedies_of(self, finding: Finding) -> tuple[str, ...]:
        """The names of the variants that are its rule's remedy, made or not, the best first."""
        if finding.remedy is None:
            return ()
        if finding.remedy == "functional":
            return (FUNCTIONAL,)
        alone = [name for name, cleared in self.fixed.items() if cleared == (label(finding),) and name != ALL_FIXED]
        return tuple(dict.fromkeys((fix_of(finding), *alone)))


def installed_rewriters() -> Rewriters:
    """The project's own."""
    from flake8_keras_graph.rewrite.fixes.registry import with_fixes
    from flake8_keras_graph.rewrite.functional.builder import functional_builder
    from flake8_keras_graph.rewrite.remedies.registry import FileRemedies, remediers
    from flake8_keras_graph.rewrite.text.edits import apply

    eager = frozenset(name for name, remedier in remediers().items() if remedier.eagerly)
    return Rewriters(functional_builder, with_fixes, apply, lambda reading: FileRemedies(reading).of, eager)


def make_variants(
    reading: FileReading,
    symbol: str,
    findings: Sequence[Finding],
    rewriters: Rewriters,
    functional: bool = True,
) -> Variants:
    """Every variant of a class of the file whose rewriting succeeds.

    ``functional`` is False for what no functional model replaces: a layer, a loss, a metric.

    Raises nothing: a rewriter that fails is a refusal.
    """
    text = reading.text
    asked: list[dict[str, Any]] = []
    refusals: list[str] = []
    clears: dict[str, tuple[str, ...]] = {}
    fixed = _fixes(findings, reading, rewriters, refusals)
    all_fixed = _apply_all(text, fixed, rewriters, refusals)
    if functional:
        _add_functional(asked, refusals, reading, None, symbol, rewriters)
    if functional and all_fixed is not None:
        _add_functional(asked, refusals, reading, all_fixed, symbol, rewriters)
    for finding in fixed:
        assert finding.fix is not None
        changed = _applied(text, finding.fix.edits, rewriters, refusals)
        name = fix_of(finding)
        if changed is not None and name not in clears:
            asked.append({
                "name": name, "kind": "text", "text": changed, "source": changed, "clears": [label(finding)],
                "eagerly": finding.remedy in rewriters.eager_remedies,
            })  # fmt: skip
            clears[name] = (label(finding),)
    _add_remedies(asked, refusals, clears, reading, findings, rewriters)
    if all_fixed is not None and len(fixed) > 1:
        asked.append({"name": ALL_FIXED, "kind": "text", "text": all_fixed, "source": all_fixed})
        clears[ALL_FIXED] = tuple(label(finding) for finding in fixed)
    return Variants(tuple(asked), tuple(dict.fromkeys(refusals)), clears)


def label(finding: Finding) -> str:
    return f"{finding.code}:{finding.span.line}"


def fix_of(finding: Finding) -> str:
    """The name of the variant in which nothing but this finding is fixed."""
    return f"fixed {label(finding)}"


def _fixes(
    findings: Sequence[Finding], reading: FileReading, rewriters: Rewriters, refusals: list[str]
) -> list[Finding]:
    try:
        return [f for f in rewriters.with_fixes(findings, reading) if f.fix is not None]
    except Exception as error:
        refusals.append(f"no fix: {type(error).__name__}: {error}")
        return []


def _add_remedies(
    asked: list[dict[str, Any]],
    refusals: list[str],
    clears: dict[str, tuple[str, ...]],
    reading: FileReading,
    findings: Sequence[Finding],
    rewriters: Rewriters,
) -> None:
    """The remedies of findings that have no fix, each in all the ways it is made."""
    remedies = rewriters.remedies(reading)
    for finding in findings:
        if fix_of(finding) in clears:
            continue
        try:
            made = remedies(finding)
        except Exception as error:
            made = f"{type(error).__name__}: {error}"
        if isinstance(made, str):
            refusals += [f"remedy of {label(finding)}: {made}"] if made else []
            continue
        for each in made:
            name = f"{each.title} ({label(finding)})"
            asked.append({
                "name": name, "kind": "text", "text": each.text, "source": _difference(reading.text, each.text),
                "clears": [label(finding)], "eagerly": each.eagerly,
                "joined": [dataclasses.asdict(join) for join in each.joined],
            })  # fmt: skip
            clears[name] = (label(finding),)


def _difference(before: str, after: str) -> str:
    """A rewrite as a unified diff without a header."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="")
    return "\n".join([*lines][2:]) + "\n"


def _applied(text: str, edits: Sequence[Edit], rewriters: Rewriters, refusals: list[str]) -> str | None:
    try:
        return rewriters.apply(text, tuple(dict.fromkeys(edits)))
    except ValueError as error:
        refusals.append(f"the fixes cannot be combined: {error}")
        return None


def _apply_all(text: str, fixed: Sequence[Finding], rewriters: Rewriters, refusals: list[str]) -> str | None:
    """All fixes at once; where two touch the same text the first stands."""
    if not fixed:
        return None
    kept: list[Edit] = []
    for finding in fixed:
        assert finding.fix is not None
        together = [*kept, *(edit for edit in finding.fix.edits if edit not in kept)]
        if _applied(text, together, rewriters, []) is not None:
            kept = together
    return _applied(text, kept, rewriters, refusals)


def _add_functional(
    asked: list[dict[str, Any]],
    refusals: list[str],
    reading: FileReading,
    changed: str | None,
    symbol: str,
    rewriters: Rewriters,
) -> None:
    """The builder of the class as it is, or in the ``changed`` text of its file."""
    try:
        read = reading if changed is None else reading.with_text(changed)
        rewrite = rewriters.functional_builder(read, symbol)
    except Exception as error:
        refusals.append(f"functional: {type(error).__name__}: {error}")
        return
    if rewrite.source is None:
        refusals += [f"functional: line {r.line}: {r.reason}" for r in rewrite.refusals]
        return
    asked.append({
        "name": FUNCTIONAL, "kind": "builder", "text": changed, "source": rewrite.source,
        "function": rewrite.name, "inputs": list(rewrite.inputs),
    })  # fmt: skip
