"""Names for what a rewrite adds, that nothing around has yet."""

from __future__ import annotations

import builtins
import itertools
import keyword
import re
from collections.abc import Container


def _is_free(name: str, taken: Container[str]) -> bool:
    """Whether ``name`` can be bound: neither in use nor a word or a builtin of Python."""
    return name.isidentifier() and not keyword.iskeyword(name) and name not in taken and not hasattr(builtins, name)


def fresh_name(taken: Container[str], *wanted: str) -> str:
    """The first of ``wanted`` that is free, else the first of them with a number: ``x_2``, ``Branch2``.

    What cannot stand in a name is left out of it.
    """
    base = re.sub(r"\W+", "_", wanted[0]).strip("_") if not wanted[0].isidentifier() else wanted[0]
    base = base if base.isidentifier() else f"_{base}"
    joint = "" if base[:1].isupper() else "_"
    numbered = (f"{base}{joint}{number}" for number in itertools.count(2))
    return next(name for name in itertools.chain(wanted, numbered) if _is_free(name, taken))
