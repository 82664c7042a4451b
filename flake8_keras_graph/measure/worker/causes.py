"""What led to an exception, however often it was wrapped on the way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

E = TypeVar("E", bound=BaseException)


def find_cause(error: BaseException, kind: type[E]) -> E | None:
    """The exception of type ``kind`` that ``error`` is, or that led to it; None where there is none."""
    return next((one for one in causes(error) if isinstance(one, kind)), None)


def causes(error: BaseException) -> Iterator[BaseException]:
    """The exception and all that led to it, each once."""
    seen: set[int] = set()
    pending: list[BaseException | None] = [error]
    while pending:
        one = pending.pop()
        if one is not None and id(one) not in seen:
            seen.add(id(one))
            yield one
            pending += [one.__cause__, one.__context__]
