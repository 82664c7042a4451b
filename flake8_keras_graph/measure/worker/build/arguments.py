"""A constructor's arguments, made anew for every instance, so that no two share a layer. Runs in the worker."""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from flake8_keras_graph.measure.worker.build.tracebacks import Raised

Made = tuple[tuple[Any, ...], dict[str, Any]]
Namespace = Callable[[type], Mapping[str, Any]]
"""The names that the module of a class binds."""


@dataclasses.dataclass(frozen=True)
class Arguments:
    """``make(cls)`` gives positional and keyword arguments for an instance of ``cls``; ``text`` is for the report."""

    make: Callable[[type], Made]
    text: str
    where: str
    guessed: bool = False
    corrected: Callable[[BaseException, Sequence[Raised]], Iterator[Arguments]] = lambda error, frames: iter(())
    """Others to try after an exception and the project's frames that it passed; none for what is not guessed."""

    def instance(self, cls: type) -> Any:
        """A new instance. Raises whatever the class raises, or what its arguments are made with."""
        args, kwargs = self.make(cls)
        return cls(*args, **kwargs)


def fixed(args: Any, kwargs: Mapping[str, Any], where: str, guessed: bool = False) -> Arguments:
    """Always these, which hold nothing that an instance would change."""
    made = (tuple(args), dict(kwargs))
    return Arguments(lambda cls: made, shown(*made), where, guessed)


def guessed(make: Callable[[], dict[str, Any]], where: str) -> Arguments:
    """Keyword arguments that are guessed, layers among them."""
    first = make()
    return Arguments(lambda cls: ((), make()), shown((), first), where, guessed=bool(first))


def written(found: Mapping[str, Any], namespace: Namespace) -> Arguments:
    """A construction that stands in the code: its source, run among the names of the class's module."""
    try:
        args, kwargs = ast.literal_eval(found["arguments"])
        return fixed(args, kwargs, found["where"])
    except (ValueError, TypeError, SyntaxError):
        pass

    def make(cls: type) -> Made:
        names = dict(namespace(cls)) if found["own"] else {"__name__": "construction", "__package__": found["package"]}
        exec(compile(found["setup"], "<construction>", "exec", dont_inherit=True), names)
        args, kwargs = eval(compile(found["arguments"], "<construction>", "eval", dont_inherit=True), names)
        return tuple(args), dict(kwargs)

    return Arguments(make, found["shown"], found["where"])


def shown(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> str:
    """As they would be written: ``(5, name='net')``."""
    return f"({', '.join([*map(short, args), *(f'{key}={short(value)}' for key, value in kwargs.items())])})"


def short(value: Any) -> str:
    """Its ``repr``, or the beginning of it."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
