"""What a remedy makes, and how one registers itself under the name by which rules ask for it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator

import libcst as cst

from flake8_keras_graph.records import Remedy, WeightJoin
from flake8_keras_graph.rewrite.text.document import Change, Document


@dataclasses.dataclass(frozen=True, slots=True)
class Remedied:
    """A change of the file, and which weights of the class as written are one weight of the changed class.

    Whether both compute the same is found out by running them, so that a change may be made on a guess.
    """

    change: Change
    joined: tuple[WeightJoin, ...] = ()


MakeRemedy = Callable[[Document, cst.CSTNode], Iterator[Remedied]]


@dataclasses.dataclass(frozen=True, slots=True)
class Remedier:
    """``make`` gives changes for a node of one of ``nodes``, the likeliest to be right first, or raises NotFixable.

    ``title`` is what the rewrite is called where it is compared: ``one fused layer``. ``eagerly``: what it saves shows
    where the model runs eagerly, so that this is compared as well.
    """

    make: MakeRemedy
    title: str
    nodes: tuple[type[cst.CSTNode], ...]
    eagerly: bool


REMEDIERS: dict[Remedy, Remedier] = {}


def remedy(
    name: Remedy, title: str, *nodes: type[cst.CSTNode], eagerly: bool = False
) -> Callable[[MakeRemedy], MakeRemedy]:
    """Register the decorated function as what makes the remedy ``name`` of findings that stand at ``nodes``."""

    def register(make: MakeRemedy) -> MakeRemedy:
        if name in REMEDIERS:
            raise ValueError(f"two functions make the remedy {name!r}")
        REMEDIERS[name] = Remedier(make, title, nodes, eagerly)
        return make

    return register
