"""How a record is written in the tables: a return spec and columns, in one line that several names may share.

A table maps namespaces (``"tf tf.math"`` stands for both) to groups, a group maps a line to the names that it holds
for. A line is a return spec (``-`` where there is none) and columns, split by ``;``: a flag of ``FLAGS``, or

``effect WORD``          what calling it does besides returning, a word of ``EFFECTS``
``training WORD``        of a layer: ``identity`` outside training it gives its input back; ``differs`` it computes
                         something else in training; ``reads`` its ``call`` takes ``training`` in every Keras that has
                         it, and as constructed by default it makes no difference
``input WORD``           of a layer: what it takes, a word of ``INPUTS``
``wraps WORD``           gives back a function called as its first argument is, a word of ``WRAPS``
``runs branches|loop``   runs the functions that it is given in the graph
``xla WORDS``            how XLA compiles it, words of ``XLA``
``count N: SPEC``        the spec with exactly N arguments
``when KEYWORD: SPEC``   the spec under a condition (see ``LayerReturns``), the first that holds counts
``function NAME@N(GETS)``  a parameter that takes a function, where it stands, what the function gets
                         (see ``FunctionArgument``); ``functions`` a list of them, ``host-function`` one run on the host
``size NAME@N``          a parameter that is a size of the result, or holds some: None as one of them raises, and XLA
                         has to know it
``bound NAME@N``         a size that XLA need not know
``limit NAME@N``         a size that may be None
``value NAME@N``         a size that follows from values where it is not given
``at NAME@N``            where a parameter named in ``GETS`` or in ``like:`` stands
``same-arguments``       it has a counterpart that takes the same arguments
``with NAMES -> NAMES``  it has a counterpart: its parameters in order, and what they are called there (see
                         ``Counterpart``)
``default NAME=VALUE``   what has to be said there to mean what is meant here without
``backend NAME: WORDS``  what differs on one backend of Keras 3: ``tensorflow``, ``jax``, ``torch``

A name is written ``name->counterpart`` where its counterpart is called otherwise. That of keras.ops stands in
TensorFlow (for Keras 2), that of all others in keras.ops, or where it has a dot (``random.normal``) in Keras.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from flake8_keras_graph.knowledge.api_record import ApiRecord, Counterpart, Flag, FunctionArgument, Kind
from flake8_keras_graph.knowledge.return_specs import parse_spec

Table = dict[str, dict[str, str]]

# Columns that hold or do not.
FLAGS: Mapping[Flag, str] = {
    "elementwise": "each element of the result is computed from the elements at its own place alone",
    "reduction": "of the elements of one tensor and nothing else it makes one number, whatever the rank",
    "boolean": "the result is of booleans",
    "integers": "the result is of integers, whatever is given",
    "along-axis": "every dimension stays but those that the second parameter, `axis`, says; all where it is None",
    "joins": "joins the tensors of a list to one of as many dimensions",
    "grows": "puts several tensors together to one that holds all their elements",
    "stacks": "stacks the tensors of a list along a new axis, the first unless it is told another",
    "range": "the numbers that Python's `range` counts, as a tensor",
    "data-dependent": "the first dimension of the result depends on values",
    "draws": "draws random numbers, other ones at every step that the graph runs",
    "dense": "the result is never marked as sparse while building, whatever is given",
    "of-shape": "the result follows from the shape of what it is given, whatever its values",
    "keeps-dtype": "gives floats of the dtype that it is given, in NumPy, where others make float64",
    "staged-test": "chooses by its first argument `pred` in the graph, which is refused where that is a Python bool",
    "tensor-test": "says whether what it is given is a tensor",
    "host-read": "reads the values of a tensor",
    "floats": "makes a float of every argument, with Python's `float`",
    "sizes": "makes a NumPy array of the size that it is given, for which it needs Python numbers",
    "casts": "asks for a Python value, or for the items",
    "warns": "logs a warning or an error",
    "container": "gives a container with the items of what it is given, as they are",
    "iterates": "goes over its one argument in Python, and computes with the items",
    "of-numbers": "gives a Python value for numbers, and for anything else what its own method says",
    "no-effect": "lacks the effect that its module is known for",
    "weights": "instances have weights",
    "seeded": "instances draw random numbers, from a seed that is a variable in Keras 3",
    "wrapper": "what an instance holds depends on what it is given",
    "copies": "an instance holds copies of what it is given",
    "fusable": "several on one input are one that is wider",
    "cell": "one step of a recurrence, for keras.layers.RNN",
    "adapts": "learns its vocabulary from data, before it can be called",
    "keeps-shape": "gives a tensor of the shape that it is given, whatever that is",
}
EFFECTS: Mapping[str, str] = {
    "random": "another number every time it runs: frozen when it runs while tracing",
    "clock": "the time or the date: frozen when it runs while tracing",
    "print": "writes to the standard output: once per trace",
    "log": "writes to a log: once per trace",
    "write": "writes or opens a file: once per trace",
    "wait": "waits: once per trace",
    "host-callback": "the graph calls a Python function back on the host at every step",
    "creates-variable": "makes a new variable",
    "traces": "makes a new traced function",
    "staged-loop": "a loop that runs inside the graph",
}
WRAPS: Mapping[str, str] = {
    "autograph": "AutoGraph converts the body: it stages what depends on tensors",
    "no-autograph": "AutoGraph leaves the body as it is, also where it converts the caller",
    "traced": "the body is traced as it stands where it is called",
}
XLA: Mapping[str, str] = {
    "never": "does not compile it",
    "no gradient": "runs, but no gradient flows through it",
    "gradient if bounded": "a gradient flows through it where it is told `maximum_iterations`",
}
# One example that a layer takes: shape, dtype, and the range of its values where that matters.
INPUTS: Mapping[str, tuple[tuple[int, ...], str, tuple[int, int] | None]] = {
    "vector": ((16,), "float32", None),
    "sequence": ((16, 8), "float32", None),
    "image": ((32, 32, 3), "float32", None),
    "volume": ((8, 16, 16, 3), "float32", None),
    "lines": ((4, 16, 3), "float32", None),
    "frames": ((4, 16, 16, 3), "float32", None),
    "volumes": ((4, 8, 8, 8, 3), "float32", None),
    "tokens": ((8,), "int32", (0, 16)),
    "numbers": ((), "int32", (0, 16)),
    "texts": ((), "string", None),
}
_WORDS: Mapping[str, frozenset[str]] = {
    "effect": frozenset(EFFECTS),
    "training": frozenset({"identity", "differs", "reads"}),
    "input": frozenset(INPUTS),
    "wraps": frozenset(WRAPS),
    "runs": frozenset({"branches", "loop"}),
    "xla": frozenset(XLA),
}
_BACKENDS = frozenset({"tensorflow", "jax", "torch"})
_PLACE = r"(\w+)@(\d+)(?:\(.*\))?"


def read_line(line: str, kind: Kind) -> ApiRecord:
    """The record that a line describes, without a name; its counterpart without one as well.

    Raises ValueError where a column, a word or a spec is unknown.
    """
    spec, *columns = (part.strip() for part in line.split(";"))
    fields: dict[str, Any] = {}
    flags = {flag for flag in FLAGS if flag in columns}
    for column in columns:
        word, _, rest = column.partition(" ")
        if word in _WORDS:
            if rest not in _WORDS[word]:
                raise ValueError(f"unknown word: {column!r}")
            fields[word] = rest
        elif word in _MANY and rest:
            field, read = _MANY[word]
            fields[field] = (*fields.get(field, ()), read(rest))
        elif word in _ONE_FUNCTION and rest:
            fields["functions"] = (*fields.get("functions", ()), _function(word, rest))
        elif column not in flags and word not in _OF_COUNTERPART:
            raise ValueError(f"unknown column: {column!r}")
    return ApiRecord(
        "",
        kind,
        None if spec == "-" else _checked(spec),
        counterpart=_counterpart(columns),
        flags=frozenset(flags),
        **fields,
    )


def _checked(spec: str) -> str:
    parse_spec(spec)
    return spec


def _spec_under(text: str) -> tuple[str, str]:
    """``KEYWORD: SPEC``."""
    condition, _, spec = text.partition(": ")
    return condition, _checked(spec)


def _spec_by_count(text: str) -> tuple[int, str]:
    count, spec = _spec_under(text)
    return int(count), spec


def _backend(text: str) -> tuple[str, str]:
    name, _, words = text.partition(": ")
    if name not in _BACKENDS or not words:
        raise ValueError(f"unknown backend: {text!r}")
    return name, words


def _place(text: str) -> tuple[str, int]:
    found = re.fullmatch(_PLACE, text)
    if found is None:
        raise ValueError(f"not NAME@N: {text!r}")
    return found[1], int(found[2])


def _function(word: str, text: str) -> FunctionArgument:
    name, position = _place(text)
    gets = text.partition("(")[2].rstrip(")").split(", ") if "(" in text else ()
    return FunctionArgument(name, position, tuple(gets), many=word == "functions", host=word == "host-function")


def _counterpart(columns: list[str]) -> Counterpart | None:
    if "same-arguments" in columns:
        return Counterpart("")
    mapping = next((column for column in columns if column.startswith("with ")), None)
    if mapping is None:
        return None
    given, _, wanted = mapping.removeprefix("with ").partition("->")
    defaults = (column.removeprefix("default ").split("=") for column in columns if column.startswith("default "))
    return Counterpart(
        "", tuple(zip(given.split(), wanted.split(), strict=True)), tuple((name, value) for name, value in defaults)
    )


_MANY: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    "count": ("returns_by_count", _spec_by_count),
    "when": ("returns_when", _spec_under),
    "at": ("positions", _place),
    "size": ("sizes", _place),
    "bound": ("bounds", _place),
    "limit": ("limits", _place),
    "value": ("values", _place),
    "backend": ("backends", _backend),
}
_ONE_FUNCTION = frozenset({"function", "functions", "host-function"})
_OF_COUNTERPART = frozenset({"same-arguments", "with", "default"})
