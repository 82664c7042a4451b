"""What is known of one API: a record with a column per fact.

These are named tuples, as a frozen dataclass takes ten times as long to make, and every check of a file waits for them.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Kind = Literal["function", "variable", "layer", "model", "loss", "metric", "initializer", "optimizer"]
# What ``training`` changes, outside it and in it: the result is the input outside training; another result in
# training; none as the layer is constructed by default, though its ``call`` takes ``training``.
Training = Literal["identity", "differs", "reads"]
Runs = Literal["branches", "loop"]
Xla = Literal["never", "no gradient", "gradient if bounded"]
# Columns that hold or do not; columns.py says what each means.
Flag = Literal[
    "elementwise",
    "reduction",
    "boolean",
    "integers",
    "along-axis",
    "joins",
    "grows",
    "stacks",
    "range",
    "data-dependent",
    "draws",
    "dense",
    "of-shape",
    "keeps-dtype",
    "staged-test",
    "tensor-test",
    "host-read",
    "floats",
    "sizes",
    "casts",
    "warns",
    "container",
    "iterates",
    "of-numbers",
    "no-effect",
    "weights",
    "seeded",
    "wrapper",
    "copies",
    "fusable",
    "cell",
    "adapts",
    "keeps-shape",
]


class FunctionArgument(NamedTuple):
    """One parameter that takes a function (or, with ``many``, a list of functions).

    ``gets`` are the positional arguments it is called with, in the language of return specs, and further:
    ``like:NAME`` the structure passed as parameter NAME with tensors at the leaves, ``*like:NAME`` the items of
    that structure, one argument each, ``as:NAME`` and ``*as:NAME`` the same, passed as they are,
    ``row:NAME`` the structure with one row of each tensor, ``leaf:NAME`` one leaf of it, and ``*call`` what the
    function that is returned is called with.
    ``host`` says that the body runs on the host, eagerly, whenever the graph gets there; else it is traced.
    """

    name: str
    position: int
    gets: tuple[str, ...] = ()
    many: bool = False
    host: bool = False


class LayerReturns(NamedTuple):
    """What calling an instance returns: ``default``, or the spec of the first condition in ``when`` that holds.

    A condition is ``[PARAMETER.]KEYWORD[=LITERAL]``: the keyword of the constructor or of the call is given
    and true, or, with a literal, equals it. ``layer.return_state`` asks the object passed as ``layer``. Where the
    keyword is given with a value that is not known, neither the default nor that spec is certain.
    """

    default: str
    when: tuple[tuple[str, str], ...] = ()


class Counterpart(NamedTuple):
    """The function ``path`` that does the same, in keras.ops or keras.random, or for those in TensorFlow.

    ``renamed`` gives each parameter, in order, and what it is called there: ``-`` one that only names or checks
    (dropped), ``!`` one that the counterpart lacks. It is empty where the arguments are passed as they are.
    ``defaults`` has to be said there to mean what is meant here without.
    """

    path: str
    renamed: tuple[tuple[str, str], ...] = ()
    defaults: tuple[tuple[str, str], ...] = ()

    @property
    def name(self) -> str:
        """The last part of ``path``."""
        return self.path.rpartition(".")[2]


class ApiRecord(NamedTuple):
    """One callable by its canonical ``name``, with everything that is known of it; ``columns.py`` explains the columns.

    ``returns`` is what calling it gives, for a class what calling an instance gives (a spec of ``return_specs``), None
    where that is not known; ``returns_by_count`` the spec with exactly so many arguments, ``returns_when`` the spec
    under a condition of ``LayerReturns``.
    """

    name: str
    kind: Kind = "function"
    returns: str | None = None
    returns_by_count: tuple[tuple[int, str], ...] = ()
    returns_when: tuple[tuple[str, str], ...] = ()
    effect: str | None = None
    counterpart: Counterpart | None = None
    functions: tuple[FunctionArgument, ...] = ()
    positions: tuple[tuple[str, int], ...] = ()
    sizes: tuple[tuple[str, int], ...] = ()
    bounds: tuple[tuple[str, int], ...] = ()
    limits: tuple[tuple[str, int], ...] = ()
    values: tuple[tuple[str, int], ...] = ()
    wraps: str | None = None
    runs: Runs | None = None
    xla: Xla | None = None
    training: Training | None = None
    input: str | None = None
    backends: tuple[tuple[str, str], ...] = ()
    flags: frozenset[Flag] = frozenset()
