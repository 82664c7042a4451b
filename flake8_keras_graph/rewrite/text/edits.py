"""Text edits: apply them, and derive them from two versions of a text.

Spans have 1-based lines and 0-based character columns; a line ends at ``\\n``, ``\\r\\n`` or ``\\r``.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from flake8_keras_graph.project.files import split_lines
from flake8_keras_graph.records import Edit, Span


def apply(text: str, edits: Sequence[Edit]) -> str:
    """``text`` with ``edits`` made. Raises ValueError where two overlap or one lies outside the text."""
    starts = _line_starts(text)
    placed = sorted(
        (
            _offset(starts, text, edit.span.line, edit.span.column),
            _offset(starts, text, edit.span.end_line, edit.span.end_column),
            edit.text,
        )
        for edit in edits
    )
    parts: list[str] = []
    done = 0
    for start, end, replacement in placed:
        if start < done or end < start:
            raise ValueError(f"overlapping or reversed edits near character {start}")
        parts += (text[done:start], replacement)
        done = end
    return "".join((*parts, text[done:]))


def between(before: str, after: str) -> tuple[Edit, ...]:
    """Whole-line edits that turn ``before`` into ``after``, as few and as small as lines allow."""
    old, new = split_lines(before), split_lines(after)
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    middle_old, middle_new = old[head : len(old) - tail], new[head : len(new) - tail]
    matcher = difflib.SequenceMatcher(None, middle_old, middle_new, autojunk=False)
    return tuple(
        Edit(_line_span(old, head + start, head + end), "".join(middle_new[new_start:new_end]))
        for tag, start, end, new_start, new_end in matcher.get_opcodes()
        if tag != "equal"
    )


def overlap(left: Sequence[Edit], right: Sequence[Edit]) -> bool:
    """Whether an edit of ``left`` touches the same text, or the same place, as one of ``right``."""
    return any(
        (_start(one) < _end(other) and _start(other) < _end(one)) or _start(one) == _start(other)
        for one in left
        for other in right
    )


def _start(edit: Edit) -> tuple[int, int]:
    return edit.span.line, edit.span.column


def _end(edit: Edit) -> tuple[int, int]:
    return edit.span.end_line, edit.span.end_column


def _common(left: Sequence[str], right: Sequence[str]) -> int:
    length = min(len(left), len(right))
    return next((index for index in range(length) if left[index] != right[index]), length)


def _line_span(lines: Sequence[str], start: int, end: int) -> Span:
    """The span of ``lines[start:end]``; a last line without an ending is closed by its own length."""
    return Span(*_place(lines, start), *_place(lines, end))


def _place(lines: Sequence[str], index: int) -> tuple[int, int]:
    if index == len(lines) and lines and not lines[-1].endswith(("\n", "\r")):
        return index, len(lines[-1])
    return index + 1, 0


def _line_starts(text: str) -> list[int]:
    starts = [0]
    for line in split_lines(text):
        starts.append(starts[-1] + len(line))
    return starts


def _offset(starts: Sequence[int], text: str, line: int, column: int) -> int:
    if not 1 <= line <= len(starts) or column < 0:
        raise ValueError(f"line {line}, column {column} is outside the text")
    offset = starts[line - 1] + column
    limit = starts[line] if line < len(starts) else len(text)
    if offset > limit:
        raise ValueError(f"line {line}, column {column} is outside the text")
    return offset
