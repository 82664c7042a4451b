"""What the functions of NumPy return; ``numpy`` entries raise when they are given a traced tensor."""

from __future__ import annotations

RETURNS: dict[str, dict[str, str]] = {}
