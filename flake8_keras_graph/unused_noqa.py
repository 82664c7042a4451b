"""A ``# noqa`` comment that silences nothing, as a finding: its code and its page."""

from __future__ import annotations

from collections.abc import Iterable

from flake8_keras_graph import measured_cost, runs_into
from flake8_keras_graph.records import Finding, RuleInfo, Span

CODE = "KG003"
PAGE = """\
A `# noqa` comment names one of our codes, and there is nothing of that code on its line.

The code has changed since, or it is misspelt. A comment that is left there would silence what comes to stand on that
line some day. `keras-graph check` says so; under flake8, which looks at such comments itself, there is no such finding.

## What it finds

Codes that begin with `KG` in a `# noqa: ...` comment. A comment without codes, or with those of other tools, is left
alone. What measuring showed to be free, and what the configuration leaves out, counts as being there, and so do KG001
and KG002, which come and go with the evidence.

## What to do

Remove the code, or the comment.
"""
RULE = RuleInfo(CODE, "unused-noqa", "note", "A `# noqa` comment for one of these codes that silences nothing", PAGE)
_OURS = "KG"


def is_ours(code: str) -> bool:
    """Whether a code that a comment names is one that we could give."""
    return code.startswith(_OURS)


def finding(path: str, code: str, span: Span) -> Finding:
    """The finding for one code that a comment names."""
    return Finding(CODE, f"`# noqa: {code}` silences nothing on this line: remove it", path, span, "", RULE.level)


def is_used(code: str, found: Iterable[Finding]) -> bool:
    """Whether one of the findings of a line is silenced by a comment that names ``code``."""
    others = (CODE, runs_into.CODE, measured_cost.CODE)
    return any(other.startswith(code) for other in (*others, *(each.code for each in found)))
