"""``check(source, options)``: the only producer of findings."""

from __future__ import annotations

import dataclasses

from flake8_keras_graph.config import Options
from flake8_keras_graph.records import Finding, KerasClass


@dataclasses.dataclass(frozen=True, slots=True)
class Source:
    """One file: ``path`` as it is to be shown and from which imports resolve, and its decoded text."""

    path: str
    text: str


def check(source: Source, options: Options) -> list[Finding]:
    """Findings in ``source``, in file order, before ``# noqa`` and evidence are looked at.

    Raises SyntaxError where the text does not parse.
    """
    raise NotImplementedError


def keras_classes(source: Source, options: Options) -> list[KerasClass]:
    """The Model and Layer subclasses that ``source`` defines, in file order. Raises SyntaxError."""
    raise NotImplementedError


def fingerprint(source: Source, symbol: str, options: Options) -> str:
    """A hash of the code that decides how ``symbol`` behaves: its class and all it reaches in the project.

    Comments and layout do not change it. Raises KeyError where there is no such class.
    """
    raise NotImplementedError
