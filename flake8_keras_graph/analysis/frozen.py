"""Dataclasses that the type checker holds to be frozen, and that cost no more to make than others.

What ``dataclasses`` does to keep fields from being assigned takes most of the time of making an object, and the
interpreter makes a hundred thousand for a large package. An assignment is an error of mypy instead.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

T = TypeVar("T")

if TYPE_CHECKING:
    from typing_extensions import dataclass_transform
else:

    def dataclass_transform(**_: object) -> Callable[[T], T]:
        """What the type checker alone reads; ``typing`` has it from Python 3.11 on."""
        return lambda decorated: decorated


@dataclass_transform(frozen_default=True, field_specifiers=(dataclasses.field,))
def frozen(*, eq: bool = True, repr: bool = True) -> Callable[[type[T]], type[T]]:
    """A decorator as ``dataclasses.dataclass(frozen=True, slots=True)`` is one."""

    def decorate(cls: type[T]) -> type[T]:
        hashed = eq and "__hash__" not in vars(cls)
        return dataclasses.dataclass(eq=eq, repr=repr, unsafe_hash=hashed, slots=True)(cls)

    return decorate
