"""Names for what a rewrite adds: the one that is wanted, another or a number where something is called so."""

from __future__ import annotations

import builtins
import itertools
import keyword
from collections.abc import Container


def fresh_name(wanted: str, taken: Container[str], *others: str) -> str:
    """``wanted``, else the first of ``others`` that is free, else ``wanted`` with a number: ``x_2``, ``Branch2``."""
    base = wanted if wanted.isidentifier() else f"_{wanted}"
    joint = "" if base[:1].isupper() else "_"
    numbered = (f"{base}{joint}{number}" for number in itertools.count(2))
    return next(name for name in itertools.chain((wanted, *others), numbered) if _is_free(name, taken))


def _is_free(name: str, taken: Container[str]) -> bool:
    """Whether ``name`` can be bound: neither in use nor a word or a builtin of Python."""
    return name.isidentifier() and not keyword.iskeyword(name) and name not in taken and not hasattr(builtins, name)
