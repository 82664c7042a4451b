"""The abstract values: what the analysis knows of the objects that code computes with.

``base`` holds the questions that every value answers and the join; a module for each family holds its kinds.
"""

from flake8_keras_graph.analysis.values.base import (
    EQUALITY,
    MAX_ITEMS,
    MISSING,
    UNKNOWN,
    Arguments,
    Family,
    MethodResult,
    Origin,
    TypeTest,
    Union,
    Value,
    because,
    is_unknown,
    join,
    join_all,
    known_size,
    map_options,
    operate,
    options,
)
from flake8_keras_graph.analysis.values.callables import Api, ClassValue, Function, Method, ModuleValue, Scope
from flake8_keras_graph.analysis.values.constants import (
    NONE,
    STATIC,
    NoneValue,
    Static,
    compare,
    constant,
    is_plain,
    of_key,
)
from flake8_keras_graph.analysis.values.instances import External, Instance, Super
from flake8_keras_graph.analysis.values.mappings import Mapping
from flake8_keras_graph.analysis.values.sequences import Range, Seq, items_of_array, known_length
from flake8_keras_graph.analysis.values.tensors import (
    Dim,
    Shape,
    Style,
    Tensor,
    Tensors,
    as_tensors,
    is_batched,
    is_from_data,
    is_tensor,
    is_tensor_like,
    maybe_tensor,
    rows,
    shape_of,
    with_data,
    with_leaves,
)

__all__ = [
    "EQUALITY", "MAX_ITEMS", "MISSING", "NONE", "STATIC", "UNKNOWN", "Api", "Arguments", "ClassValue", "Dim",
    "External", "Family", "Function", "Instance", "Mapping", "Method", "MethodResult", "ModuleValue", "NoneValue",
    "Origin",
    "Range", "Scope", "Seq", "Shape", "Static", "Style", "Super", "Tensor", "Tensors", "TypeTest", "Union", "Value",
    "as_tensors", "because", "compare", "constant", "is_batched", "is_from_data", "is_plain", "is_tensor",
    "is_tensor_like", "is_unknown", "items_of_array", "join", "join_all", "known_length", "known_size",
    "map_options", "maybe_tensor", "of_key", "operate", "options", "rows", "shape_of", "with_data", "with_leaves",
]  # fmt: skip
