"""How an error of our own is told: one line that says what and where, for a report, never a traceback."""

from __future__ import annotations

import traceback
from pathlib import Path

CODE = "KG000"
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
