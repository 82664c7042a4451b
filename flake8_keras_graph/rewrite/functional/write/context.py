"""What is known while one class is turned into a builder, shared by the parts that do it."""

from __future__ import annotations

import dataclasses
import os.path
from collections.abc import Callable, Iterable

import libcst as cst

from flake8_keras_graph.analysis.values import Value
from flake8_keras_graph.rewrite.functional.read.dynamic_names import dynamic_names
from flake8_keras_graph.rewrite.functional.read.layer_classes import Effect
from flake8_keras_graph.rewrite.functional.read.model import ModelClass
from flake8_keras_graph.rewrite.functional.read.places import Places
from flake8_keras_graph.rewrite.text.fresh_names import fresh_name
from flake8_keras_graph.rewrite.text.imports import Imports


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class Refusal:
    """What cannot be expressed with the functional API, at its line, with the reason."""

    line: int
    reason: str


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class Note:
    """What the user of a builder is to know of the class, at its line."""

    line: int
    text: str


@dataclasses.dataclass(slots=True)
class Context:
    """``names`` maps an attribute of the model to its local name in the builder.

    ``weights`` are attributes that hold variables, ``taken`` every name that a new one must not collide with,
    ``generated`` the layer classes that had to be written, ``functions`` the methods that became local
    functions or layers, ``functions_of_module`` and ``callables`` (attributes) plain functions whose code is
    not taken over, ``plain`` attributes that are functions by their names, ``used_constants`` class attributes
    that the builder needs, ``inputs`` the tensors that the builder is given, ``given`` attributes that hold
    arguments of the constructor, ``has_dtype`` says that the constructor gives the model a dtype.

    ``told`` says whether the trainer tells the model that it trains, ``effect_of`` what that changes of a layer,
    ``switches`` whether code constructs one that it changes, ``leaks`` whether a layer tells others a ``training``
    of their own. ``harmless`` is what the builder calls that training certainly does not change, ``fixed`` are the
    names of what was written to give a layer a ``training`` of its own, ``passing`` says of each method that became
    a function whether it is called with the ``training`` of the model, ``notes`` are what the user is to know,
    ``used`` the attributes that ``call`` calls or loops over, in the order in which it does.
    In Keras 3 a layer that is given a ``training`` leaves it to the layers that are called after it and given none:
    ``carried`` is that ``training``, ``carries_elsewhere`` says that one is given where the order is not followed,
    ``inheriting`` are the calls that are given none.

    On a trial, ``held`` collects what a layer would have to hold instead of writing that layer; else it is None.
    """

    model: ModelClass
    imports: Imports
    places: Places
    names: dict[str, str]
    weights: frozenset[str]
    taken: set[str]
    refusals: list[Refusal] = dataclasses.field(default_factory=list)
    generated: list[cst.ClassDef | cst.FunctionDef] = dataclasses.field(default_factory=list)
    functions: dict[str, list[cst.BaseStatement]] = dataclasses.field(default_factory=dict)
    function_names: dict[str, str] = dataclasses.field(default_factory=dict)
    used_constants: dict[str, cst.BaseExpression] = dataclasses.field(default_factory=dict)
    extra_imports: dict[str, None] = dataclasses.field(default_factory=dict)
    held: list[cst.CSTNode] | None = None
    names_of_module: frozenset[str] = frozenset()
    functions_of_module: frozenset[str] = frozenset()
    callables: frozenset[str] = frozenset()
    plain: frozenset[str] = frozenset()
    inputs: frozenset[str] = frozenset()
    given: frozenset[str] = frozenset()
    has_dtype: bool = False
    told: bool = True
    used: dict[str, None] = dataclasses.field(default_factory=dict)
    carried: cst.BaseExpression | None = None
    carries_elsewhere: bool = False
    inheriting: list[cst.CSTNode] = dataclasses.field(default_factory=list)
    effect_of: Callable[[Value], Effect] = lambda value: "unknown"
    leaks: Callable[[Value], bool] = lambda value: False
    switches: Callable[[Iterable[cst.CSTNode]], bool] = lambda lines: True
    harmless: set[str] = dataclasses.field(default_factory=set)
    fixed: dict[str, str] = dataclasses.field(default_factory=dict)
    passing: dict[str, bool] = dataclasses.field(default_factory=dict)
    notes: list[Note] = dataclasses.field(default_factory=list)

    def _place(self, node: cst.CSTNode) -> tuple[int, str]:
        """The line of ``node``, or of the class for another file's code, which then is named: ``base.py:12``."""
        cls = self.places.reading
        place = self.places.line(node)
        if place is None:
            return cls.info.node.lineno, ""
        module, line = place
        if module is cls.file.module:
            return line, ""
        return cls.info.node.lineno, f"{os.path.basename(module.path)}:{line}"

    def refuse(self, node: cst.CSTNode, reason: str) -> None:
        """Note that ``node`` cannot be expressed, once a line and reason."""
        line, place = self._place(node)
        refusal = Refusal(line, f"{reason} ({place})" if place else reason)
        if refusal not in self.refusals:
            self.refusals.append(refusal)

    def note(self, node: cst.CSTNode, text: str) -> None:
        """Note something that the user is to know of the builder, once."""
        line, place = self._place(node)
        note = Note(line, f"{text} ({place})" if place else text)
        if note not in self.notes:
            self.notes.append(note)

    def refuse_dynamic(self, node: cst.CSTNode, own: str) -> None:
        """Note what in ``node`` reaches names, or the instance ``own``, in a way that a builder cannot follow."""
        for part, reason in dynamic_names(node, own, self.imports):
            self.refuse(part, reason)

    def spelling(self, path: str) -> str:
        """How to name ``path`` in the builder, with an import noted where the file has none that suits."""
        found = self.imports.spelling(path)
        if found:
            return found
        line, name = self.imports.import_line(path), path.rpartition(".")[2]
        others = set() if line in self.extra_imports else set(self.imports.names)
        local = fresh_name(self.names_of_module | others, name, f"keras_{name}")
        self.extra_imports[line if local == name else f"{line} as {local}"] = None
        return local

    def fresh_class(self, wanted: str) -> str:
        """A name for a generated class that nothing in the module has; taken from now on."""
        name = fresh_name(self.taken | self.names_of_module, wanted)
        self.taken.add(name)
        return name

    def fresh(self, wanted: str, *suffixes: str) -> str:
        """``wanted``, with a suffix or a number where that name is in use; taken from now on."""
        name = fresh_name(self.taken, wanted, *(f"{wanted}_{suffix}" for suffix in suffixes))
        self.taken.add(name)
        return name


# What a Keras model has of its own, and a function that builds one has not.
_OF_KERAS = frozenset(
    [
        "add_loss",
        "add_metric",
        "add_weight",
        "add_variable",
        "build",
        "built",
        "call",
        "compute_dtype",
        "compute_mask",
        "compute_output_shape",
        "dtype",
        "dtype_policy",
        "get_layer",
        "get_weights",
        "inputs",
        "layers",
        "losses",
        "metrics",
        "name",
        "non_trainable_variables",
        "non_trainable_weights",
        "optimizer",
        "outputs",
        "set_weights",
        "trainable",
        "trainable_variables",
        "trainable_weights",
        "variable_dtype",
        "variables",
        "weights",
    ]
)


def missing(text: str, attribute: str) -> str:
    """Why ``self.<attribute>`` has no counterpart in a builder."""
    if attribute in _OF_KERAS:
        return f"`{text}` belongs to the model itself: keep it in a layer"
    return f"`{text}` is not set in the constructor"


def untold_note(layer: str) -> str:
    """What is said of a ``layer`` in a class whose ``call`` takes no ``training``."""
    return (
        f"`call` takes no `training`, so that fit runs `{layer}` as in inference; the builder keeps that "
        "(--with-training: as if `call` took it)"
    )
