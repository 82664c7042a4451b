"""What is known of the callables of TensorFlow, Keras, NumPy, einops and Python, a record each by its canonical name.

A name stands in one table, with all that is known of it in one line (``columns`` explains the lines, ``api_record`` the
records); what other parts need is derived from the records by the functions here. Nothing is imported from those
libraries: ``tests/knowledge`` calls every entry on the installed ones.
"""

from __future__ import annotations

import functools
from collections.abc import Collection
from typing import Any

from flake8_keras_graph.knowledge import (
    building,
    einops_functions,
    keras_classes,
    keras_functions,
    keras_ops,
    numpy_functions,
    python_functions,
    removed,
    tensor_attributes,
    tensorflow_functions,
)
from flake8_keras_graph.knowledge.api_record import (
    ApiRecord,
    Counterpart,
    Flag,
    FunctionArgument,
    Kind,
    LayerReturns,
    Runs,
    Training,
    Xla,
)
from flake8_keras_graph.knowledge.building import is_acting_method, is_building_method
from flake8_keras_graph.knowledge.columns import INPUTS, Table, read_line
from flake8_keras_graph.knowledge.names import canonical
from flake8_keras_graph.knowledge.return_specs import ReturnSpec, parse_spec

__all__ = [
    "INPUTS",
    "RAGGED_ATTRIBUTES",
    "ApiRecord",
    "Counterpart",
    "FunctionArgument",
    "LayerReturns",
    "ReturnSpec",
    "bare_names",
    "canonical",
    "counterparts",
    "effect",
    "has",
    "has_weights",
    "is_acting_method",
    "is_building_method",
    "is_initializer",
    "is_layer",
    "is_loss",
    "is_metric",
    "is_model",
    "is_optimizer",
    "is_variable",
    "joins",
    "keeps_shape",
    "layer_returns",
    "names_where",
    "names_with_counterpart",
    "needs_floats",
    "only_builds",
    "parameter_position",
    "parse_spec",
    "record",
    "record_names",
    "replacement_of_attribute",
    "replacement_of_removed",
    "returns",
    "size_from_values",
    "sizes",
    "sizes_for_xla",
    "takes_function",
    "tensor_attribute",
    "works_along_axis",
    "works_on_rows",
    "wraps_function",
]

_TABLES: tuple[tuple[Kind, Table], ...] = (
    ("function", tensorflow_functions.FUNCTIONS_VERSION_1),
    ("function", tensorflow_functions.FUNCTIONS),
    ("function", keras_ops.FUNCTIONS),
    ("function", keras_functions.FUNCTIONS),
    ("function", numpy_functions.FUNCTIONS),
    ("function", einops_functions.FUNCTIONS),
    ("function", python_functions.FUNCTIONS),
    ("variable", tensorflow_functions.VARIABLES),
    ("variable", keras_functions.VARIABLES),
    ("layer", keras_classes.LAYERS),
    ("model", keras_classes.MODELS),
    ("loss", keras_classes.LOSSES),
    ("metric", keras_classes.METRICS),
    ("initializer", keras_classes.INITIALIZERS),
    ("optimizer", keras_classes.OPTIMIZERS),
)


# A kind and a line of a table of that kind, which is read when it is asked for.
_Line = tuple[Kind, str]
_ENTRIES: dict[str, _Line] = {}
# Names that have a counterpart of another name, with that.
_OTHERS: dict[str, str] = {}


def _read_names(table: Table, kind: Kind) -> None:
    for namespaces, groups in table.items():
        for line, block in groups.items():
            names = block.split()
            if "->" in block:
                others = dict(word.split("->") for word in names if "->" in word)
                names = [word.partition("->")[0] for word in names]
            else:
                others = {}
            entry = kind, line
            for namespace in namespaces.split():
                _ENTRIES.update(dict.fromkeys([f"{namespace}.{name}" for name in names], entry))
                _OTHERS.update({f"{namespace}.{name}": other for name, other in others.items()})


for _kind, _table in _TABLES:
    _read_names(_table, _kind)
_ATTRIBUTES = {name: spec for spec, block in tensor_attributes.ATTRIBUTES.items() for name in block.split()}
RAGGED_ATTRIBUTES = frozenset(tensor_attributes.OF_RAGGED.split())
_UNNAMED: dict[_Line, ApiRecord] = {}
_RECORDS: dict[str, ApiRecord] = {}


def record(name: str) -> ApiRecord | None:
    """What is known of the callable with this canonical name; None where there is no entry."""
    found = _RECORDS.get(name)
    if found is None:
        entry = _ENTRIES.get(name)
        if entry is None:
            return None
        unnamed = _unnamed(entry)
        found = unnamed._replace(name=name, counterpart=_named(unnamed.counterpart, name))
        _RECORDS[name] = found
    return found


def _unnamed(entry: _Line) -> ApiRecord:
    found = _UNNAMED.get(entry)
    if found is None:
        kind, line = entry
        found = _UNNAMED[entry] = read_line(line, kind)
    return found


def _named(counterpart: Counterpart | None, name: str) -> Counterpart | None:
    """The counterpart of the function ``name``, with its path."""
    if counterpart is None:
        return None
    other = _OTHERS.get(name) or name.rpartition(".")[2]
    if name.startswith("keras.ops."):
        path = f"tf.{other}"
    else:
        path = f"keras.{other}" if "." in other else f"keras.ops.{other}"
    return counterpart._replace(path=path)


def record_names() -> frozenset[str]:
    """The canonical names of all records."""
    return frozenset(_ENTRIES)


def names_where(
    *flags: Flag,
    kind: Kind | None = None,
    returns: str | None = None,
    training: Training | None = None,
    runs: Runs | None = None,
    xla: Xla | None = None,
    modules: Collection[str] = (),
) -> frozenset[str]:
    """The names of the records that have all of these flags and these values of columns, in ``modules`` if given."""
    wanted = {"kind": kind, "returns": returns, "training": training, "runs": runs, "xla": xla}
    columns = {column: value for column, value in wanted.items() if value is not None}

    def matches(line: _Line) -> bool:
        found = _unnamed(line)
        return found.flags.issuperset(flags) and all(getattr(found, name) == value for name, value in columns.items())

    names = frozenset(name for line, names in _lines().items() if matches(line) for name in names)
    return names if not modules else frozenset(name for name in names if name.rpartition(".")[0] in modules)


def bare_names(*flags: Flag, modules: Collection[str], **columns: Any) -> frozenset[str]:
    """The last parts of names in ``modules`` that ``names_where`` finds, for code that is read without its imports.

    A last part that stands for something else in another of these modules is left out.
    """
    there = {name for name in _ENTRIES if name.rpartition(".")[0] in modules}
    others = {name.rpartition(".")[2] for name in there - names_where(*flags, modules=modules, **columns)}
    return frozenset(name.rpartition(".")[2] for name in there) - others


def names_with_counterpart(module: str) -> frozenset[str]:
    """The names in ``module`` and its submodules that have a counterpart."""
    with_one = {line for line in _lines() if _unnamed(line).counterpart is not None}
    return frozenset(name for line in with_one for name in _lines()[line] if name.startswith(f"{module}."))


def counterparts(module: str) -> dict[str, str]:
    """Last parts of the names directly in ``module`` that have a counterpart, and those of the counterparts."""
    found = (record(name) for name in names_with_counterpart(module) if name.rpartition(".")[0] == module)
    return {one.name.rpartition(".")[2]: one.counterpart.name for one in found if one and one.counterpart}


@functools.lru_cache(maxsize=1)
def _lines() -> dict[_Line, list[str]]:
    """Every line of the tables with the names that it holds for."""
    found: dict[_Line, list[str]] = {}
    for name, line in _ENTRIES.items():
        found.setdefault(line, []).append(name)
    return found


def returns(name: str, arguments: int | None = None) -> str | None:
    """The return spec of a function, or None where it is not known.

    ``arguments`` is how many are passed, where that is known: ``tf.where`` with one of them is another function.
    """
    found = record(name)
    if found is None or found.kind != "function":
        return None
    if found.returns_by_count and arguments is not None:
        return dict(found.returns_by_count).get(arguments, found.returns)
    return found.returns


@functools.lru_cache(maxsize=1024)
def layer_returns(name: str) -> LayerReturns | None:
    """What calling an instance of this class (layer, loss, metric, initializer) returns, None where not known."""
    found = record(name)
    if found is None or found.kind == "function" or found.returns is None:
        return None
    return LayerReturns(found.returns, found.returns_when)


def is_layer(name: str) -> bool:
    """Whether this is a class of layers; a model is a layer too, and is told apart by ``is_model``."""
    return _is(name, "layer")


def is_model(name: str) -> bool:
    """Whether this is a class of models, or a function that makes one (``keras.applications``)."""
    return _is(name, "model") or (name.startswith("keras.applications.") and name.rpartition(".")[2][:1].isupper())


def keeps_shape(name: str) -> bool:
    """Whether layers of this class give a tensor of the shape that they are given, whatever it is."""
    found = record(name)
    return found is not None and "keeps-shape" in found.flags


def is_variable(name: str) -> bool:
    """Whether this makes a variable."""
    return _is(name, "variable")


def is_metric(name: str) -> bool:
    """Whether this is a class of metrics."""
    return _is(name, "metric")


def is_loss(name: str) -> bool:
    """Whether this is a class of losses."""
    return _is(name, "loss")


def is_optimizer(name: str) -> bool:
    """Whether this is a class of optimizers."""
    return _is(name, "optimizer")


def is_initializer(name: str) -> bool:
    """Whether this is a class of initializers."""
    return _is(name, "initializer")


def _is(name: str, kind: Kind) -> bool:
    entry = _ENTRIES.get(name)
    return entry is not None and entry[0] == kind


def has(name: str, flag: Flag) -> bool:
    """Whether there is a record of this name, with this flag."""
    found = record(name)
    return found is not None and flag in found.flags


def has_weights(name: str) -> bool:
    """Whether instances of this class of layers or models have weights; a bare ``Layer`` counts as having some."""
    return has(name, "weights") or is_model(name)


def tensor_attribute(name: str) -> str | None:
    """The spec of a tensor's attribute, prefixed ``call:`` where it is the result of calling a method."""
    return _ATTRIBUTES.get(name)


@functools.lru_cache(maxsize=10_000)
def effect(name: str) -> str | None:
    """What calling this does besides returning, a word of ``columns.EFFECTS``."""
    found = record(name)
    if found is not None and (found.effect is not None or "no-effect" in found.flags):
        return found.effect
    return next((word for prefix, word in python_functions.MODULES.items() if name.startswith(prefix)), None)


def replacement_of_removed(name: str) -> str | None:
    """What takes the place of a name that Keras 3 or TensorFlow 2 no longer has; empty: nothing; None: not known."""
    known = removed.ADDONS.get(name) if name.startswith("tensorflow_addons.") else removed.REMOVED.get(name)
    if known is not None:
        return known
    if name.startswith("keras.backend."):
        found, last = record(name), name.rpartition(".")[2]
        if found is not None and found.counterpart is not None:
            return found.counterpart.path
        return f"keras.ops.{last}" if record(f"keras.ops.{last}") is not None else None
    return removed.moved(name) or None


def replacement_of_attribute(name: str) -> str | None:
    """What takes the place of an attribute that layers, models, metrics or optimizers had in Keras 2 alone."""
    return removed.attribute_replacement(name)


@functools.lru_cache(maxsize=10_000)
def only_builds(name: str) -> bool:
    """Whether calling this only computes or constructs, or it is a value: nothing is read, written, fetched or run."""
    return building.is_building_name(name, record(name) is not None, effect(name))


def takes_function(name: str) -> tuple[FunctionArgument, ...]:
    """The arguments of this callable that are functions; empty where there are none."""
    found = record(name)
    return () if found is None else found.functions


def parameter_position(name: str, parameter: str) -> int | None:
    """Where a parameter named in ``FunctionArgument.gets`` or in a ``like:`` spec stands; None where not known."""
    found = record(name)
    return None if found is None else dict(found.positions).get(parameter)


def sizes(name: str) -> tuple[tuple[str, int], ...]:
    """The parameters of this callable of which no size may be None, each with where it stands."""
    found = record(name)
    return () if found is None else (*found.sizes, *found.bounds)


def sizes_for_xla(name: str) -> tuple[tuple[str, int], ...]:
    """The parameters of this callable that are sizes which XLA has to know, each with where it stands."""
    found = record(name)
    return () if found is None else (*found.sizes, *found.limits, *found.values)


def size_from_values(name: str) -> str:
    """The parameter that the size of the result follows from values without; "" where there is none."""
    found = record(name)
    return found.values[0][0] if found is not None and found.values else ""


def works_along_axis(name: str) -> bool:
    """Whether all dimensions stay as they are but those that the second parameter, ``axis``, says."""
    return has(name, "along-axis")


def joins(name: str) -> bool:
    """Whether this joins the tensors of a list to one of as many dimensions."""
    return has(name, "joins")


def works_on_rows(name: str) -> bool:
    """Whether this reads, decodes, resizes or calls Python, as is done with rows of data and takes its time."""
    return name.startswith(("tf.io.", "tf.image.", "tf.audio.")) or effect(name) == "host-callback"


def needs_floats(name: str) -> bool:
    """Whether this is a function of Python's ``math`` that makes a float of every argument."""
    return has(name, "floats")


def wraps_function(name: str) -> str | None:
    """For a decorator that gives back a function called as its first argument is: a word of ``columns.WRAPS``."""
    found = record(name)
    return None if found is None else found.wraps
