"""Split the targets of a large project over machines: every one on exactly one, whatever the order they come in."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from flake8_keras_graph.measure.parent.session_events import Target


def shard(targets: Sequence[Target], number: int, count: int, root: Path) -> list[Target]:
    """The targets of shard ``number`` (from 1) of ``count``, in their order.

    The choice depends on the path below ``root`` and the class name alone, so that all machines agree and that a new
    class moves no other one. Raises ValueError for a number that is not within 1..count.
    """
    if not 1 <= number <= count:
        raise ValueError(f"shard {number}/{count}: the number must be between 1 and the count")
    return [target for target in targets if _slot(target, root) % count == number - 1]


def _slot(target: Target, root: Path) -> int:
    path = Path(target.path).resolve()
    try:
        place = path.relative_to(root.resolve()).as_posix()
    except ValueError:
        place = path.as_posix()
    return int.from_bytes(hashlib.sha256(f"{place}:{target.symbol}".encode()).digest()[:8], "big")
