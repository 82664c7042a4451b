"""How an error of our own is told: one line that says what and where, for a report, never a traceback."""

from __future__ import annotations

import traceback
from pathlib import Path

CODE = "KG000"
PAGE = """\
The linter itself failed on this file, or cannot read its configuration.

flake8 would stop at such an error and check nothing else, so it is reported as a finding at the first line. What
the message says is an error of flake8-keras-graph, unless it names pyproject.toml: then it is the table
[tool.keras-graph] there. The rest of what flake8 reports is not affected.
"""
_PACKAGE = Path(__file__).parent


def describe(error: BaseException) -> str:
    """``internal error: KeyError: 'x' (analysis/interpret.py:120); please report it``."""
    what = "".join(traceback.format_exception_only(type(error), error)).strip()
    return f"internal error: {' '.join(what.split())[:300]}{_place(error)}; please report it"


def _place(error: BaseException) -> str:
    """The innermost line of this package that the error passed through."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        file = Path(frame.filename)
        if _PACKAGE in file.parents:
            return f" ({file.relative_to(_PACKAGE).as_posix()}:{frame.lineno})"
    return ""
