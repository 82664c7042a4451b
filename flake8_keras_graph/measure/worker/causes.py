"""What led to an exception, however often it was wrapped on the way."""

from __future__ import annotations

from typing import TypeVar

E = TypeVar("E", bound=BaseException)


def find_cause(error: BaseException, kind: type[E]) -> E | None:
    """The exception of type ``kind`` that ``error`` is, or that led to it; None where there is none."""
    seen: set[int] = set()
    pending: list[BaseException | None] = [error]
    while pending:
        one = pending.pop()
        if one is None or id(one) in seen:
            continue
        if isinstance(one, kind):
            return one
        seen.add(id(one))
        pending += [one.__cause__, one.__context__]
    return None
