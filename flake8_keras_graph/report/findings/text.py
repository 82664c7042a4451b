"""Findings for a person at a terminal: level, place, the lines around it with the range underlined, the fix."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from flake8_keras_graph.project.files import Sources
from flake8_keras_graph.records import Finding, Level, Report, Span
from flake8_keras_graph.report.findings.concise import place

CONTEXT = 2
"""Lines that are shown before the range and after it."""
MAX_LINES = 8
"""Of a longer range the first lines are shown."""
WIDTH = 140
TAB = "    "
_COLOURS: dict[Level, str] = {"error": "31", "warning": "33", "note": "36"}
_FIXABLE = "[*]"


def render(report: Report, sources: Sources, colour: bool = False) -> str:
    """A paragraph for each finding; escape sequences of ANSI terminals only with ``colour``."""
    paint = _Paint(colour)
    return "".join(f"{_finding(finding, sources, paint)}\n" for finding in report.findings)


class _Paint:
    """Text in colour, where that is wanted."""

    def __init__(self, colour: bool) -> None:
        self.colour = colour

    def level(self, level: Level, text: str) -> str:
        return self._styled(f"1;{_COLOURS[level]}", text)

    def bold(self, text: str) -> str:
        return self._styled("1", text)

    def margin(self, text: str) -> str:
        return self._styled("34", text)

    def fix(self, text: str) -> str:
        return self._styled("32", text)

    def _styled(self, style: str, text: str) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if self.colour and text else text


def _finding(finding: Finding, sources: Sources, paint: _Paint) -> str:
    mark = f" {paint.fix(_FIXABLE)}" if finding.fix else ""
    message = paint.bold(_printable(" ".join(finding.message.split())))
    rows = [f"{paint.level(finding.level, f'{finding.level}[{finding.code}]')}{mark}: {message}"]
    span = finding.span
    last = min(span.end_line, span.line + MAX_LINES - 1)
    first = max(1, span.line - CONTEXT)
    lines = sources.lines(finding.path, first, last + CONTEXT)
    margin = " " * len(str(first + len(lines)))
    rows.append(f"{margin}{paint.margin('-->')} {_printable(place(finding))}")
    if len(lines) > span.line - first:
        rows += _excerpt(lines, first, span, last, margin, finding.level, paint)
    if finding.fix:
        note = f": {_printable(finding.fix.note)}" if finding.fix.note else ""
        option = " --unsafe" if finding.fix.safety == "unsafe" else ""
        rows.append(f"{margin} {paint.margin('=')} {paint.fix('fix')} (keras-graph fix{option}){note}")
    return "\n".join(row.rstrip() for row in rows) + "\n"


def _excerpt(
    lines: list[str], first: int, span: Span, last: int, margin: str, level: Level, paint: _Paint
) -> Iterator[str]:
    """The lines with their numbers, the range underlined; empty lines at either end are left out."""
    numbered = dict(enumerate(lines, first))
    shown = [number for number, line in numbered.items() if line.strip() or span.line <= number <= last]
    start = max(0, min(span.column, len(numbered[span.line])) - WIDTH // 2) if _is_long(numbered, span) else 0
    bar = paint.margin("|")
    yield f"{margin} {bar}"
    for number in range(shown[0], shown[-1] + 1):
        line = numbered[number]
        yield f"{paint.margin(str(number).rjust(len(margin)))} {bar} {_window(line, start)}"
        if span.line <= number <= last:
            left, right = _range(line, number, span)
            before, under = (_width(_window(part, start)) for part in (line[:left], line[:right]))
            yield f"{margin} {bar} {' ' * before}{paint.level(level, '^' * max(1, under - before))}"
    if last < span.end_line:
        yield f"{margin} {bar} ..."
    yield f"{margin} {bar}"


def _is_long(numbered: dict[int, str], span: Span) -> bool:
    return len(numbered[span.line]) > WIDTH and span.column > WIDTH // 2


def _range(line: str, number: int, span: Span) -> tuple[int, int]:
    """From where to where a line is underlined."""
    left = span.column if number == span.line else len(line) - len(line.lstrip())
    right = span.end_column if number == span.end_line else len(line.rstrip())
    return min(left, len(line)), min(right, len(line))


def _window(line: str, start: int) -> str:
    """What a terminal shows of a line, from the character ``start`` on."""
    return _printable(line[start : start + WIDTH])


def _printable(text: str) -> str:
    """Without what a terminal would take for an order: a file may have been written by anybody."""
    return "".join(_shown(each) for each in text)


def _shown(character: str) -> str:
    if character == "\t":
        return TAB
    return "\N{REPLACEMENT CHARACTER}" if unicodedata.category(character) in ("Cc", "Cf", "Cs") else character


def _width(text: str) -> int:
    """Columns that a terminal takes for it."""
    return sum(
        0 if unicodedata.combining(each) else 2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text
    )
