"""KG201: NumPy's and Python's random numbers, drawn once while tracing, as ``keras.random``."""

from __future__ import annotations

import libcst as cst

from flake8_keras_graph import knowledge
from flake8_keras_graph.knowledge import Counterpart
from flake8_keras_graph.rewrite.fixes.common.fixer import fixer
from flake8_keras_graph.rewrite.text.call_text import Spelling
from flake8_keras_graph.rewrite.text.document import Change, Document, NotFixable
from flake8_keras_graph.rewrite.text.operations import keyword_argument
from flake8_keras_graph.rewrite.text.syntax import code

_NOTE = "draws anew in every step, in float32"

_RANDOM = ("random", "numpy.random")
_OF_SIZES = (("*sizes", "shape"),)  # the arguments are the dimensions of the result
# Functions that keras.random has as well.
_COUNTERPARTS = {
    name: found.counterpart
    for module in _RANDOM
    for name in knowledge.names_with_counterpart(module)
    if (found := knowledge.record(name)) is not None and found.counterpart is not None
}


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
    counterpart = _COUNTERPARTS.get(path)
    if counterpart is None:
        raise NotFixable(f"`{code(node.func)}` has no counterpart in keras.random")
    if counterpart.renamed == _OF_SIZES:
        arguments = [cst.Arg(_tuple([argument.value for argument in node.args]))]
    else:
        arguments = _arguments(node, counterpart)
    made = cst.Call(cst.parse_expression(spelling.api(counterpart.path)), arguments)
    return Change({node: [made]}, "unsafe", _NOTE, tuple(spelling.imports_needed))


def _arguments(node: cst.Call, counterpart: Counterpart) -> list[cst.Arg]:
    """Shape first, then the others by keyword."""
    renamed = dict(counterpart.renamed)
    given = list(renamed)
    found: dict[str, cst.BaseExpression] = {}
    for place, argument in enumerate(node.args):
        word = argument.keyword.value if argument.keyword is not None else given[place] if place < len(given) else ""
        if word not in renamed:
            raise NotFixable(f"{counterpart.path} does not take these arguments")
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
