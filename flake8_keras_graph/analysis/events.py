"""What the interpreter saw at a site: the only thing rules look at."""

from __future__ import annotations

import dataclasses
from typing import Literal

import libcst as cst

from flake8_keras_graph.analysis.frozen import frozen
from flake8_keras_graph.analysis.values import UNKNOWN, Scope, Value
from flake8_keras_graph.project.index import ClassInfo
from flake8_keras_graph.records import Kind
from flake8_keras_graph.syntax.source import FunctionSource

Way = Literal["Keras", "handed over", "own function", "dataset", "assumed"]


@frozen(eq=False)
class Place:
    """The function that is being interpreted, and on whose behalf.

    ``owner`` is the class whose method this is (or that called this function), ``kind`` what that class is.
    ``autograph``: AutoGraph converts this code. ``called_at`` is the call in the caller's place.
    ``way``: Keras traces it as a method, it is handed over to Keras or is a traced function of one's own or
    for a dataset, or only its
    parameters say what it is for.
    """

    source: FunctionSource
    owner: ClassInfo | None
    kind: Kind | None
    root: ClassInfo | None
    method: str
    autograph: bool = False
    keras: Literal[2, 3] = 3
    called_at: tuple[Place, cst.CSTNode] | None = None
    way: Way = "Keras"

    @property
    def is_call_of_model(self) -> bool:
        """Whether this is the method ``call`` of a model, traced as such."""
        return self.kind == "model" and self.method == "call"


@frozen(eq=False)
class Event:
    """``node`` is the expression or statement it is about. ``swallowed``: an ``except`` around it hides it."""

    node: cst.CSTNode
    place: Place
    swallowed: bool = dataclasses.field(default=False, kw_only=True)


BranchStyle = Literal["if", "elif", "ternary", "while", "assert", "match", "comprehension"]


@frozen(eq=False)
class Branch(Event):
    """A test: ``value`` is what decides it, spelled ``operand``; ``node`` is the statement or ternary."""

    value: Value
    test: cst.BaseExpression
    operand: cst.BaseExpression
    style: BranchStyle


@frozen(eq=False)
class NeedsBool(Event):
    """``and``, ``or``, ``not``, a chained comparison, ``in``, or a builtin that must know a truth value."""

    value: Value
    operand: cst.BaseExpression
    how: str


@frozen(eq=False)
class ValueSize(Event):
    """The size of what ``function`` gives depends on the values of a tensor, ``value``, that is fed to the model."""

    value: Value
    function: str


@frozen(eq=False)
class NotForXla(Event):
    """A call of ``function``, which XLA does not compile."""

    function: str


@frozen(eq=False)
class StagedTest(Event):
    """``function`` (``tf.cond``) chooses by ``value``, which it needs as a tensor."""

    value: Value
    operand: cst.BaseExpression
    function: str


@frozen(eq=False)
class Iterate(Event):
    """Iteration over ``value``: by a for statement, a comprehension, ``zip``, ``enumerate``, a star ..."""

    value: Value
    operand: cst.BaseExpression
    how: str


@frozen(eq=False)
class RangeOver(Event):
    """``range(...)`` with ``value`` among its arguments."""

    value: Value
    operand: cst.BaseExpression


@frozen(eq=False)
class Cast(Event):
    """``int(value)`` and the like, ``function`` being the builtin's name."""

    value: Value
    operand: cst.BaseExpression
    function: str


@frozen(eq=False)
class HostRead(Event):
    """``value.numpy()``, ``keras.ops.convert_to_numpy(value)``."""

    value: Value
    method: str


@frozen(eq=False)
class NumpyCall(Event):
    """A NumPy function given the tensor ``value``."""

    value: Value
    operand: cst.BaseExpression
    function: str


@frozen(eq=False)
class UnknownDimension(Event):
    """A batch dimension that is None in fit, used as a number: ``how`` says for what.

    ``error`` is what that raises, "" where that depends.
    """

    value: Value
    operand: cst.BaseExpression
    how: str
    error: str = "TypeError"


@frozen(eq=False)
class UnknownSize(Event):
    """A batch dimension that is None in fit, or a shape that has it, given to ``function`` as a size."""

    value: Value
    function: str


@frozen(eq=False)
class Unpack(Event):
    """``a, b = value``."""

    value: Value
    operand: cst.BaseExpression


@frozen(eq=False)
class TensorIndex(Event):
    """A Python list, tuple, range, string or dict indexed by the tensor ``value``."""

    value: Value
    operand: cst.BaseExpression
    container: str


@frozen(eq=False)
class Create(Event):
    """A layer or a variable constructed: ``name`` is the class's.

    ``stateful``: it certainly holds variables. ``guarded``: only some runs get here, as in lazy creation;
    ``on_first_call``: under a test of an attribute that what is guarded sets, so that one run gets here.
    """

    name: str
    what: Literal["layer", "variable", "model"]
    stateful: bool = False
    guarded: bool = False
    on_first_call: bool = False


@frozen(eq=False)
class WeightGiven(Event):
    """A weight that ``function`` makes is given the tensor ``value``: a size, or the values it begins with.

    "captured" is a tensor that the function which computes those refers to.
    ``on_first_call``: only the first call gets here; ``what`` makes it is a layer, a variable, or ``add_weight``.
    """

    value: Value
    use: Literal["size", "value", "captured"]
    function: str
    what: Literal["layer", "variable", "weight"]
    on_first_call: bool = False


@frozen(eq=False)
class LayerCall(Event):
    """A layer called that does something else in training; ``training`` is what the call says, None: nothing."""

    value: Value
    training: Value | None


@frozen(eq=False)
class Effect(Event):
    """A call that does something besides returning; ``word`` is one of knowledge's, ``keywords`` those given.

    ``given`` are its positional arguments.
    """

    word: str
    name: str
    keywords: frozenset[str] = frozenset()
    given: tuple[Value, ...] = ()


@frozen(eq=False)
class Store(Event):
    """``self.name = value`` (or ``+=``, or ``self.name.append(value)``), or a global rebound.

    Or a local list that a staged loop fills and code after it reads.

    ``scope`` is the call that does it; when all is interpreted, its names are as the call leaves them. ``guarded``:
    only some runs get here. ``of_module``: the object is one that the module holds, under that name.
    """

    target: str
    value: Value
    how: Literal["assign", "augment", "mutate", "global", "staged loop"]
    before: Value = UNKNOWN
    scope: Scope | None = None
    guarded: bool = False
    of_module: str = ""


@frozen(eq=False)
class Read(Event):
    """A Python value read that other code changes later: ``self.name``, or a global.

    ``changed_by`` is the code that does; "" where a method of the class itself may.
    """

    name: str
    owner: ClassInfo | None
    changed_by: str


@frozen(eq=False)
class Loop(Event):
    """A Python loop that tracing unrolls. ``trips`` where known.

    ``tensors``: the body computes with tensors; ``same_weights`` spells a layer that each iteration applies
    again to what the one before left; ``iterates`` is the iterable's value. ``element``: the one use of the
    loop's variable, a slice of a tensor, where no iteration needs another's result. ``heads``: a call of the
    loop's variable, a layer, on what is the same in every iteration.
    """

    iterates: Value
    operand: cst.BaseExpression | None
    trips: int | None
    tensors: bool
    same_weights: str = ""
    element: cst.Subscript | None = None
    heads: cst.Call | None = None


@frozen(eq=False)
class Grow(Event):
    """``name = concat([name, ...])`` in a loop whose body uses ``name`` for nothing else."""

    name: str
    function: str
    trips: int | None
