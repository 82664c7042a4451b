"""``# noqa`` comments, for the command line, as flake8 reads them (which does it itself for the plugin).

A comment holds for its own line; where a string or a backslash joins several lines, for all of them.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Sequence

from flake8_keras_graph.records import Finding

# The first such comment counts, in any case; codes follow its colon, and those are case sensitive.
_INLINE = re.compile(r"# noqa(?::\s?(?P<codes>(?:[A-Z]+[0-9]+[,\s]*)+))?", re.IGNORECASE)
_WHOLE_FILE = re.compile(r"\s*# flake8[:=]\s*noqa", re.IGNORECASE)


def unsuppressed(findings: Sequence[Finding], text: str) -> list[Finding]:
    """The findings that no ``# noqa`` comment in ``text`` silences."""
    if not findings or "noqa" not in text.lower():
        return list(findings)
    lines = list(io.StringIO(text))  # split at line ends only, as flake8 does, and not at form feeds
    if any(_WHOLE_FILE.match(line) for line in lines):
        return []
    joined = _joined_lines(lines)
    return [finding for finding in findings if not _silences(joined.get(finding.span.line, ""), finding.code)]


def _silences(line: str, code: str) -> bool:
    match = _INLINE.search(line)
    if match is None:
        return False
    codes = match["codes"]
    return codes is None or code.startswith(tuple(filter(None, re.split(r"[,\s]", codes))))


def _joined_lines(lines: list[str]) -> dict[int, str]:
    """By 1-based line: its text together with the lines that a string or a backslash joins to it."""
    joined: dict[int, str] = {}
    first = 0
    try:
        for token in tokenize.generate_tokens(iter(lines).__next__):
            if token.type in (tokenize.ENDMARKER, tokenize.DEDENT):
                continue
            first = first or token.start[0]
            if token.type in (tokenize.NL, tokenize.NEWLINE):
                last = token.end[0]
                joined.update(dict.fromkeys(range(first, last + 1), "".join(lines[first - 1 : last])))
                first = 0
    except (tokenize.TokenError, SyntaxError):
        return {}
    return joined
