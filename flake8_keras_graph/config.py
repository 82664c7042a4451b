"""Options of one run, frozen: from pyproject.toml, flake8's configuration and the command line."""

from __future__ import annotations

import dataclasses
from typing import Literal

KerasOption = Literal["auto", "2", "3"]


@dataclasses.dataclass(frozen=True, slots=True)
class Options:
    """What the linter's engine needs to know.

    ``select`` and ``ignore`` hold code prefixes ("KG", "KG1", "KG301"); empty ``select`` means all.
    ``model_bases`` names extra base classes (dotted or bare) that count as Keras models.
    ``returns`` maps the dotted name of a function to "tensor" or "python".
    ``max_iterations`` is the number of applications of the same weights from which KG301 is a warning.
    """

    keras: KerasOption = "auto"
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    model_bases: tuple[str, ...] = ()
    returns: tuple[tuple[str, str], ...] = ()
    max_iterations: int = 16
