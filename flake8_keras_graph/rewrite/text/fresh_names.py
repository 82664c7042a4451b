"""Names for what a rewrite adds: the one that is wanted, numbered where something else is called so."""

from __future__ import annotations

import itertools
from collections.abc import Container


def fresh_name(wanted: str, taken: Container[str]) -> str:
    """``wanted``, else ``wanted_2``, ``wanted_3`` and so on: the first that is not ``taken``."""
    numbered = (f"{wanted}_{number}" for number in itertools.count(2))
    return next(name for name in itertools.chain([wanted], numbered) if name not in taken)
