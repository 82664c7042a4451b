"""How an error of our own is told: one line that says what and where, for a report, never a traceback."""

from __future__ import annotations

import traceback
from pathlib import Path

from flake8_keras_graph.records import Finding, RuleInfo, Span

CODE = "KG000"
PAGE = """\
The linter itself failed on this file, on a class of it or on one line, or cannot read its configuration.

flake8 would stop at such an error and check nothing else, so it is reported as a finding: at the class or the line
that was looked at, which the message names with the rule, else at the first line. What the message says is an error
of flake8-keras-graph, unless it names pyproject.toml: then it is the table [tool.keras-graph] there. Other findings
of the same file, and the rest of what flake8 reports, are not affected.

`keras-graph` exits with status 2 where there is one. It is reported whatever `select` says, and only left out where
`ignore` or `per-file-ignores` name KG000 in full.
"""
RULE = RuleInfo(CODE, "internal-error", "error", "The linter itself failed here.", PAGE)
WHOLE_FILE = Span(1, 0, 1, 0)
_PACKAGE = Path(__file__).parent


def describe(error: BaseException, while_looking_at: str = "") -> str:
    """``internal error in class `Net`: KeyError: 'x' (analysis/interpret.py:120); please report it``."""
    what = "".join(traceback.format_exception_only(type(error), error)).strip()
    where = f" in {while_looking_at}" if while_looking_at else ""
    return f"internal error{where}: {' '.join(what.split())[:300]}{_place(error)}; please report it"


def finding(path: str, message: str, span: Span = WHOLE_FILE, symbol: str = "") -> Finding:
    """What went wrong in the tool itself, as a finding."""
    return Finding(CODE, message, path, span, symbol, RULE.level)


def is_internal(found: Finding) -> bool:
    """Whether a finding speaks of the tool and not of the code: nothing to fix, to measure or to remember."""
    return found.code == CODE


def _place(error: BaseException) -> str:
    """The innermost line of this package that the error passed through."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        file = Path(frame.filename)
        if _PACKAGE in file.parents:
            return f" ({file.relative_to(_PACKAGE).as_posix()}:{frame.lineno})"
    return ""
