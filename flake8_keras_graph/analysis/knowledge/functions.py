"""Which arguments of an API are functions, and what these are called with."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True)
class FunctionArgument:
    """One parameter that takes a function (or, with ``many``, a list of functions).

    ``gets`` are the positional arguments it is called with, in the language of return specs, and further:
    ``like:NAME`` the structure passed as parameter NAME with tensors at the leaves, ``*like:NAME`` the items of
    that structure, one argument each, ``as:NAME`` and ``*as:NAME`` the same, passed as they are,
    ``leaf:NAME`` one leaf of it, and ``*call`` what the function that is returned is called with.
    ``host`` says that the body runs on the host, eagerly, whenever the graph gets there; else it is traced.
    """

    name: str
    position: int
    gets: tuple[str, ...]
    many: bool = False
    host: bool = False


FUNCTIONS: dict[str, tuple[FunctionArgument, ...]] = {
    "tf.cond": (FunctionArgument("true_fn", 1, ()), FunctionArgument("false_fn", 2, ())),
}
WRAPPERS: dict[str, str] = {"tf.function": "autograph"}
