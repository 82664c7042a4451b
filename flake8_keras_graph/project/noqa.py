"""``# noqa`` comments, for the command line, as flake8 reads them (which does it itself for the plugin).

A comment holds for its own line; where a string or a backslash joins several lines, for all of them.
"""

from __future__ import annotations

import collections
import dataclasses
import io
import re
import tokenize
from collections.abc import Iterator, Sequence

from flake8_keras_graph.records import Edit, Finding, Span

# The first such comment counts, in any case; codes follow its colon, and those are case sensitive.
_INLINE = re.compile(r"# noqa(?::\s?(?P<codes>(?:[A-Z]+[0-9]+[,\s]*)+))?", re.IGNORECASE)
_WHOLE_FILE = re.compile(r"\s*# flake8[:=]\s*noqa", re.IGNORECASE)
_CODE = re.compile(r"[A-Z]+[0-9]+", re.IGNORECASE)


@dataclasses.dataclass(frozen=True, slots=True)
class Joined:
    """Lines ``first`` to ``last`` (1-based) that a string or a backslash joins, with their text."""

    first: int
    last: int
    text: str


@dataclasses.dataclass(frozen=True, slots=True)
class NamedCode:
    """A code that a ``# noqa`` comment names, where it stands, and the lines that the comment holds for."""

    code: str
    span: Span
    first: int
    last: int


def unsuppressed(findings: Sequence[Finding], text: str) -> list[Finding]:
    """The findings that no ``# noqa`` comment in ``text`` silences."""
    if not findings or "noqa" not in text.lower():
        return list(findings)
    lines = list(io.StringIO(text))  # split at line ends only, as flake8 does, and not at form feeds
    if _holds_for_the_file(lines):
        return []
    joined = _joined_lines(lines)
    return [finding for finding in findings if not _silences(_text_of(joined, finding), finding.code)]


def comments_for(findings: Sequence[Finding], text: str) -> list[Edit]:
    """Edits that silence ``findings``, which nothing in ``text`` silences so far; none where a line cannot be told."""
    joined = _joined_lines(list(io.StringIO(text)))
    codes: dict[Joined, list[str]] = collections.defaultdict(list)
    for finding in findings:
        place = joined.get(finding.span.line)
        if place is not None and finding.code not in codes[place]:
            codes[place].append(finding.code)
    return [_comment(place, sorted(wanted)) for place, wanted in codes.items()]


def named_codes(text: str) -> Iterator[NamedCode]:
    """The codes that ``# noqa`` comments name, each with its place; those in strings are none."""
    lines = list(io.StringIO(text))
    if "noqa" not in text.lower() or _holds_for_the_file(lines):
        return
    joined = _joined_lines(lines)
    for token in _comments(lines):
        line, column = token.start
        match, place = _INLINE.search(token.string), joined.get(line)
        if match is None or place is None or not match["codes"]:
            continue
        for code in _CODE.finditer(token.string, *match.span("codes")):
            span = Span(line, column + code.start(), line, column + code.end())
            yield NamedCode(code.group(), span, place.first, place.last)


def _holds_for_the_file(lines: Sequence[str]) -> bool:
    return any(_WHOLE_FILE.match(line) for line in lines)


def _text_of(joined: dict[int, Joined], finding: Finding) -> str:
    place = joined.get(finding.span.line)
    return place.text if place is not None else ""


def _silences(line: str, code: str) -> bool:
    match = _INLINE.search(line)
    if match is None:
        return False
    codes = match["codes"]
    return codes is None or code.startswith(tuple(filter(None, re.split(r"[,\s]", codes))))


def _comment(place: Joined, codes: Sequence[str]) -> Edit:
    """The edit that makes the lines of ``place`` silence ``codes``: of several comments only the first one counts."""
    listed = ", ".join(codes)
    match = _INLINE.search(place.text)
    if match is not None and match["codes"]:
        offset, added = match.start("codes") + len(match["codes"].rstrip(", \t\r\n\f")), f", {listed}"
    else:
        offset, added = len(place.text.rstrip()), f"  # noqa: {listed}"
    before = place.text[:offset]
    line = place.first + before.count("\n")
    column = offset - (before.rfind("\n") + 1)
    return Edit(Span(line, column, line, column), added)


def _comments(lines: list[str]) -> list[tokenize.TokenInfo]:
    try:
        return [each for each in tokenize.generate_tokens(iter(lines).__next__) if each.type == tokenize.COMMENT]
    except (tokenize.TokenError, SyntaxError):
        return []


def _joined_lines(lines: list[str]) -> dict[int, Joined]:
    """By 1-based line: the line, together with those that a string or a backslash joins to it."""
    joined: dict[int, Joined] = {}
    first = 0
    try:
        for token in tokenize.generate_tokens(iter(lines).__next__):
            if token.type in (tokenize.ENDMARKER, tokenize.DEDENT):
                continue
            first = first or token.start[0]
            if token.type in (tokenize.NL, tokenize.NEWLINE):
                last = token.end[0]
                place = Joined(first, last, "".join(lines[first - 1 : last]))
                joined.update(dict.fromkeys(range(first, last + 1), place))
                first = 0
    except (tokenize.TokenError, SyntaxError):
        return {}
    return joined
