"""What TensorFlow, Keras, NumPy and einops callables return and do: data, looked up by canonical name.

Nothing is imported from those libraries; ``tests/knowledge`` calls every entry on the installed ones.

A *return spec* is a string in this language:

``tensor``        a tensor; nothing is known of its first dimension
``batched``       a tensor whose first dimension is that of the first tensor argument (or, where the first
                  argument is a list or a dict, of the first tensor in it), for every combination of arguments
``broadcast``     a tensor shaped as ``a + b`` would be, ``a`` and ``b`` (and more) the tensor arguments
``tensors``       a list or tuple of tensors, how many is not known
``nest``          a tensor, or a structure (list, tuple, dict) of tensors
``structure``     the structure of the first argument, with a tensor in place of every leaf
``(a, b)``        a tuple (named or not) or list of exactly these, each a spec of its own
``static``        a value known while tracing that is no tensor: a dtype, an int, a bool, a str, a TensorShape
``static-shape``  a TensorShape, or a tuple or list of static dimensions
``shape-tensor``  the shape as a tensor, as ``tf.shape`` gives it
``shape-tuple``   the shape as a tuple of int or tensor, as ``keras_functions.ops.shape`` gives it
``leaves``        a list of the leaves of the first argument, as they are
``same``          the first argument, as it is
``host``          a NumPy array or a Python value, computed on the host: a tensor that is traced has none
``numpy``         what a NumPy function gives: a host array or scalar; it raises when given a traced tensor
``none``          None (or, in TensorFlow 1 style, an operation that nobody uses)
``result``        what its function arguments return (see ``takes_function``)
``like:NAME``     the structure passed as parameter NAME, with a tensor in place of every leaf
``instance:NAME`` an object of class NAME; its methods are looked up as ``returns("NAME.method")``
``unknown``       something else
"""

from __future__ import annotations

import functools

from flake8_keras_graph.knowledge import (
    axes,
    effects,
    einops_functions,
    function_arguments,
    keras_functions,
    keras_layers,
    keras_ops,
    math_functions,
    numpy_functions,
    tensor_attributes,
    tensorflow_functions,
)
from flake8_keras_graph.knowledge.function_arguments import FunctionArgument
from flake8_keras_graph.knowledge.keras_layers import LayerReturns
from flake8_keras_graph.knowledge.names import canonical

__all__ = [
    "BY_COUNT",
    "LAYERS",
    "TABLE",
    "FunctionArgument",
    "LayerReturns",
    "canonical",
    "effect",
    "has_weights",
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
    "needs_floats",
    "parameter_position",
    "returns",
    "takes_function",
    "tensor_attribute",
    "works_along_axis",
    "wraps_function",
]

_Table = dict[str, dict[str, str]]


def flatten(table: _Table) -> dict[str, str]:
    """``{namespace: {spec: "name name"}}`` as ``{"namespace.name": spec}``."""
    return {
        f"{namespace}.{name}": spec
        for namespace, groups in table.items()
        for spec, block in groups.items()
        for name in block.split()
    }


TABLE: dict[str, str] = {}
for _table in (
    tensorflow_functions.RETURNS_VERSION_1,
    tensorflow_functions.RETURNS,
    keras_ops.RETURNS,
    keras_functions.RETURNS,
    numpy_functions.RETURNS,
    einops_functions.RETURNS,
):
    TABLE.update(flatten(_table))
BY_COUNT: dict[tuple[str, int | None], str] = {**tensorflow_functions.BY_COUNT, **keras_ops.BY_COUNT}
LAYERS: dict[str, LayerReturns] = {
    f"keras.layers.{name}": LayerReturns(spec) for spec, block in keras_layers.LAYERS.items() for name in block.split()
}
LAYERS.update({f"keras.layers.{name}": found for name, found in keras_layers.LAYERS_BY_KEYWORD.items()})
LAYERS["keras.Layer"] = LAYERS["keras.layers.Layer"]


def _named(namespace: str, block: str) -> frozenset[str]:
    return frozenset(f"{namespace}.{name}" for name in block.split())


_LOSSES = _named("keras.losses", keras_layers.LOSSES)
_METRICS = _named("keras.metrics", keras_layers.METRICS)
_INITIALIZERS = _named("keras.initializers", keras_layers.INITIALIZERS)
_OPTIMIZERS = _named("keras.optimizers", keras_layers.OPTIMIZERS)
_TENSOR = LayerReturns("tensor")
_WEIGHTLESS = _named("keras.layers", keras_layers.WEIGHTLESS)
_KEEPS_SHAPE = _named("keras.layers", keras_layers.KEEPS_SHAPE)
_MODELS = frozenset(keras_functions.MODELS.split())
_VARIABLES = frozenset(keras_functions.VARIABLES.split())
_ATTRIBUTES = {name: spec for spec, block in tensor_attributes.ATTRIBUTES.items() for name in block.split()}
_EFFECTS = {name: word for word, block in effects.EFFECTS.items() for name in block.split()}
_ALONG = frozenset(f"{namespace}.{name}" for namespace, block in axes.ALONG.items() for name in block.split())
_JOINING = frozenset(axes.JOINING.split())
_OF_FLOATS = _named("math", math_functions.OF_FLOATS)
_WITHOUT_EFFECT = frozenset(effects.EXCEPTIONS.split())


def returns(name: str, arguments: int | None = None) -> str | None:
    """The return spec of a callable, or None where it is not known.

    ``arguments`` is how many are passed, where that is known: ``tf.where`` with one of them is another function.
    """
    return BY_COUNT.get((name, arguments)) or TABLE.get(name)


def layer_returns(name: str) -> LayerReturns | None:
    """What calling an instance of this class (layer, loss, metric, initializer) returns, None where not known."""
    if name in _LOSSES or name in _METRICS or name in _INITIALIZERS:
        return _TENSOR
    return LAYERS.get(name)


def is_layer(name: str) -> bool:
    """Whether this is a class of layers; a model is a layer too, and is told apart by ``is_model``."""
    return name in LAYERS


def is_model(name: str) -> bool:
    """Whether this is a class of models, or a function that makes one (``keras_functions.applications``)."""
    return name in _MODELS or (name.startswith("keras.applications.") and _is_class(name))


def has_weights(name: str) -> bool:
    """Whether instances of this class of layers or models have weights; a bare ``Layer`` counts as having some."""
    return (name in LAYERS and name not in _WEIGHTLESS) or is_model(name)


def keeps_shape(name: str) -> bool:
    """Whether layers of this class give a tensor of the shape that they are given, whatever it is."""
    return name in _KEEPS_SHAPE


def is_variable(name: str) -> bool:
    """Whether this makes a variable."""
    return name in _VARIABLES


def is_metric(name: str) -> bool:
    """Whether this is a class of metrics."""
    return name in _METRICS or name in ("keras.Metric", "keras.metrics.Metric")


def is_loss(name: str) -> bool:
    """Whether this is a class of losses."""
    return name in _LOSSES or name in ("keras.Loss", "keras.losses.Loss")


def is_optimizer(name: str) -> bool:
    """Whether this is a class of optimizers."""
    return name in _OPTIMIZERS or name in ("keras.Optimizer", "keras.optimizers.Optimizer")


def is_initializer(name: str) -> bool:
    """Whether this is a class of initializers."""
    return name in _INITIALIZERS or name in ("keras.Initializer", "keras.initializers.Initializer")


def _is_class(name: str) -> bool:
    return name.rpartition(".")[2][:1].isupper()


def tensor_attribute(name: str) -> str | None:
    """The spec of a tensor's attribute, prefixed ``call:`` where it is the result of calling a method."""
    return _ATTRIBUTES.get(name)


@functools.lru_cache(maxsize=10_000)
def effect(name: str) -> str | None:
    """What calling this does besides returning, a word of ``effects.WORDS``."""
    if name in _WITHOUT_EFFECT:
        return None
    word = _EFFECTS.get(name)
    if word is None:
        word = next((word for prefix, word in effects.PREFIXES.items() if name.startswith(prefix)), None)
    return word


def takes_function(name: str) -> tuple[FunctionArgument, ...]:
    """The arguments of this callable that are functions; empty where there are none."""
    return function_arguments.FUNCTIONS.get(name, ())


def parameter_position(name: str, parameter: str) -> int | None:
    """Where a parameter named in ``FunctionArgument.gets`` or in a ``like:`` spec stands; None where not known."""
    return function_arguments.POSITIONS.get(name, {}).get(parameter)


def works_along_axis(name: str) -> bool:
    """Whether all dimensions stay as they are but those that the second parameter, ``axis``, says."""
    return name in _ALONG


def joins(name: str) -> bool:
    """Whether this joins the tensors of a list to one of as many dimensions."""
    return name in _JOINING


def needs_floats(name: str) -> bool:
    """Whether this is a function of Python's ``math`` that makes a float of every argument."""
    return name in _OF_FLOATS


def wraps_function(name: str) -> str | None:
    """For a decorator that gives back a function called as its first argument is: a word of ``WRAPS``."""
    return function_arguments.WRAPPERS.get(name)
