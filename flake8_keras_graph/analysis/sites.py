"""What rules are told of code outside of traced methods, which Python runs itself; ``host_code`` finds it."""

from __future__ import annotations

from typing import Literal

from flake8_keras_graph.analysis.frozen import frozen
from flake8_keras_graph.records import Span


@frozen(eq=False)
class Site:
    """``symbol`` is the class it belongs to, "" outside of classes."""

    span: Span
    symbol: str


@frozen(eq=False)
class EagerSwitch(Site):
    """``run_eagerly`` turned on: ``how`` spells it."""

    how: str


@frozen(eq=False)
class FunctionOnCall(Site):
    """``@tf.function`` on the ``call`` of a Model; ``keras`` is the version whose trainer runs it.

    ``fitted``: whether its file fits models, or has other uses for the class, or only defines it.
    ``is_given_symbols``: the class itself hands an ``Input`` to ``self.call``.
    """

    keras: int
    fitted: Literal["yes", "no", "elsewhere"]
    is_given_symbols: bool


@frozen(eq=False)
class EagerLoop(Site):
    """A loop that calls ``model`` under a GradientTape, outside of any traced function."""

    model: str


Amount = Literal["row", "batch", ""]


@frozen(eq=False)
class StepCall(Site):
    """``model.method(data)`` at every iteration of a loop; ``data`` is a row or a batch of all there is.

    ``at_once``: one call could be given all of it, as nothing that an iteration is given depends on what one gave.
    ``within`` is the function that holds the call where the loop is around calls of that.
    """

    model: str
    method: str
    data: Amount
    at_once: bool
    within: str


@frozen(eq=False)
class EagerCall(Site):
    """``model(data)`` at every iteration of a loop, where nothing compiles it; as in StepCall."""

    model: str
    data: Amount
    at_once: bool
    within: str


@frozen(eq=False)
class FunctionMade(Site):
    """``name``, ``tf.function`` as spelled, makes a function at every iteration of a loop, and it is called as often.

    ``within`` is the function that holds it where the loop is around calls of that, or, ``by_method``, where nothing is
    known but that another method calls it.
    """

    name: str
    within: str
    by_method: bool


@frozen(eq=False)
class PythonArgument(Site):
    """``function``, under ``tf.function``, is called in a loop with ``argument``, another Python number each time.

    ``is_length``: it is a tensor instead, of another length each time.
    """

    function: str
    argument: str
    is_length: bool


@frozen(eq=False)
class WeightsMoved(Site):
    """The weights of ``model`` are set by hand at every step of a loop: ``how`` is "assign" or "set_weights".

    ``within`` is the function that holds it where the loop is around calls of that.
    """

    model: str
    how: Literal["assign", "set_weights"]
    within: str


@frozen(eq=False)
class Renewed(Site):
    """A loop makes something anew: it compiles a model called ``name``, makes an optimizer or a model of that name."""

    name: str
    what: Literal["compile", "optimizer", "build"]


@frozen(eq=False)
class RowMap(Site):
    """``dataset.map(function).batch(n)``, where ``function`` does to a batch what it does to each row.

    Or, where ``works``, it reads, decodes or calls Python, one row after the other, while the model waits.
    """

    function: str
    works: bool
