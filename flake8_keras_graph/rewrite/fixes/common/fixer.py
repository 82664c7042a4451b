"""Which fixes there are: each registers itself under the name by which a rule asks for it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import libcst as cst

from flake8_keras_graph.rewrite.text.document import Change, Document

MakeChange = Callable[[Document, cst.CSTNode], Change]
_PREFIX = "fix_"


@dataclasses.dataclass(frozen=True, slots=True)
class Fixer:
    """``make`` gives the change for a node of one of ``nodes``, or raises NotFixable.

    ``in_file_order`` is for changes that give new names, numbered as they are made: the first finding's comes first.
    """

    make: MakeChange
    nodes: tuple[type[cst.CSTNode], ...]
    in_file_order: bool


FIXERS: dict[str, Fixer] = {}


def fixer(*nodes: type[cst.CSTNode], in_file_order: bool = False) -> Callable[[MakeChange], MakeChange]:
    """Register the decorated function, ``fix_branch`` under "branch", for findings that stand at ``nodes``."""

    def register(make: MakeChange) -> MakeChange:
        name = make.__name__
        if not name.startswith(_PREFIX) or name.removeprefix(_PREFIX) in FIXERS:
            raise ValueError(f"{name}: a fixer is called {_PREFIX} and a name of its own")
        FIXERS[name.removeprefix(_PREFIX)] = Fixer(make, nodes, in_file_order)
        return make

    return register
