"""What compiling a class was seen to raise, as findings that only running knows. Standard library only."""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flake8_keras_graph import runs_into, wording
from flake8_keras_graph.project.code_places import place_of, span_of
from flake8_keras_graph.records import CodePlace, FindingResult, Level, RanInto, Span

# The modes in which a class is compiled: what to say of a failure there, and how bad it is. XLA comes last: it fails
# as well where the others do.
_COMPILING: dict[str, tuple[str, Level]] = {
    "graph": ("compiled as fit compiles,", "error"),
    "fit": ("in fit", "error"),
    "xla": ("compiled by XLA, as fit does on a GPU,", "warning"),
}


@dataclasses.dataclass(frozen=True, slots=True)
class _Raised:
    """One failure as the worker told it."""

    how: str
    level: Level
    type: str
    message: str
    line: int | None

    def __str__(self) -> str:
        """As findings that it confirms quote it."""
        return wording.raised(self.type, self.line, self.message)

    @property
    def detail(self) -> str:
        return f"{self.how} it raises {self.type}: {self.message}"


def found_by_running(
    compiled: Mapping[str, Any], known: Sequence[FindingResult], symbol: str, text: str
) -> tuple[FindingResult, ...]:
    """A finding for every failure that none of the known ones tells, in the order of their lines.

    ``compiled`` holds what was said of each step in each mode, ``text`` is the file's. A failure without a line is told
    at ``call``.
    """
    told = " ".join(found.detail for found in known)
    raised = [each for each in _raised(compiled) if str(each) not in told]
    if not raised:
        return ()
    tree = ast.parse(text)
    places: dict[CodePlace, tuple[Span, _Raised]] = {}
    for each in raised:
        place = (each.line and place_of(tree, each.line)) or CodePlace(f"{symbol}.call")
        span = span_of(tree, text, place)
        if span is None and not each.line:  # a ``call`` that it inherits
            place = CodePlace(symbol)
            span = span_of(tree, text, place)
        if span is not None:
            places.setdefault(place, (span, each))
    ordered = sorted(places.items(), key=lambda item: item[1][0])
    return tuple(
        FindingResult(
            runs_into.CODE, ordinal, span.line, span.column, "confirmed", each.detail,
            ran_into=RanInto(place, span, each.level),
        )
        for ordinal, (place, (span, each)) in enumerate(ordered)
    )  # fmt: skip


def _raised(compiled: Mapping[str, Any]) -> Iterator[_Raised]:
    """What each mode raised, those that fail as the ones before them left out."""
    for mode, (how, level) in _COMPILING.items():
        steps = compiled.get(mode, {})
        failed = [facts for facts in steps.values() if isinstance(facts, Mapping) and facts.get("error")]
        errors = [facts["error"] for facts in failed if not facts.get("guessed")]
        for error in errors:
            yield _Raised(how, level, str(error["type"]), str(error["message"]), error.get("line"))
        if failed:
            return
