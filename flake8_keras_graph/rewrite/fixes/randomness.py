"""KG201: NumPy's and Python's random numbers, drawn once while tracing, as ``keras.random``."""

from __future__ import annotations

import libcst as cst

from flake8_keras_graph.rewrite.fixes.common.fixer import fixer
from flake8_keras_graph.rewrite.text.call_text import Spelling
from flake8_keras_graph.rewrite.text.document import Change, Document, NotFixable
from flake8_keras_graph.rewrite.text.operations import keyword_argument
from flake8_keras_graph.rewrite.text.syntax import code

_NOTE = "draws anew in every step, in float32"

# NumPy's and Python's functions: their parameters, the one in keras.random, what each parameter is there.
_TABLE: dict[str, tuple[tuple[str, ...], str, tuple[str, ...]]] = {
    "numpy.random.normal": (("loc", "scale", "size"), "normal", ("mean", "stddev", "shape")),
    "numpy.random.uniform": (("low", "high", "size"), "uniform", ("minval", "maxval", "shape")),
    "numpy.random.random": (("size",), "uniform", ("shape",)),
    "numpy.random.random_sample": (("size",), "uniform", ("shape",)),
    "numpy.random.standard_normal": (("size",), "normal", ("shape",)),
    "random.random": ((), "uniform", ()),
    "random.uniform": (("a", "b"), "uniform", ("minval", "maxval")),
    "random.gauss": (("mu", "sigma"), "normal", ("mean", "stddev")),
    "random.normalvariate": (("mu", "sigma"), "normal", ("mean", "stddev")),
}
_DIMENSIONS = {"numpy.random.rand": "uniform", "numpy.random.randn": "normal"}


@fixer(cst.Call)
def fix_randomness(document: Document, node: cst.CSTNode) -> Change:
    """The call at ``node`` with keras.random. Raises NotFixable."""
    if not isinstance(node, cst.Call):
        raise NotFixable("it is not a call")
    if document.imports.keras == 2:
        raise NotFixable("Keras 2 has no keras.random: use tf.random")
    path = document.imports.canonical(node.func)
    spelling = Spelling(document.imports)
    if any(argument.star for argument in node.args):
        raise NotFixable("its arguments are not known here")
    if path in _DIMENSIONS:
        name, arguments = _DIMENSIONS[path], [cst.Arg(_tuple([argument.value for argument in node.args]))]
    elif path in _TABLE:
        name, arguments = _TABLE[path][1], _arguments(node, *_TABLE[path])
    else:
        raise NotFixable(f"`{code(node.func)}` has no counterpart in keras.random")
    made = cst.Call(cst.parse_expression(spelling.api(f"keras.random.{name}")), arguments)
    return Change({node: [made]}, "unsafe", _NOTE, tuple(spelling.imports_needed))


def _arguments(node: cst.Call, given: tuple[str, ...], name: str, wanted: tuple[str, ...]) -> list[cst.Arg]:
    """Shape first, then the others by keyword."""
    renamed = dict(zip(given, wanted, strict=True))
    found: dict[str, cst.BaseExpression] = {}
    for place, argument in enumerate(node.args):
        word = argument.keyword.value if argument.keyword is not None else given[place] if place < len(given) else ""
        if word not in renamed:
            raise NotFixable(f"keras.random.{name} does not take these arguments")
        found[renamed[word]] = argument.value
    shape = found.pop("shape", None)
    if shape is None or code(shape) == "None":
        shape = cst.Tuple([])
    elif isinstance(shape, cst.Integer):
        shape = _tuple([shape])
    return [cst.Arg(shape), *(keyword_argument(word, value) for word, value in found.items())]


def _tuple(values: list[cst.BaseExpression]) -> cst.BaseExpression:
    inside = ", ".join(map(code, values)) + ("," if len(values) == 1 else "")
    return cst.parse_expression(f"({inside})")
