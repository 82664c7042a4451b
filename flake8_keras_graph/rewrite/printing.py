"""KG202: ``print`` in ``call``, which runs while tracing, as ``tf.print``."""

from __future__ import annotations

import libcst as cst

from flake8_keras_graph.rewrite.calls import Spelling
from flake8_keras_graph.rewrite.document import Change, Document, NotFixable

_NOTE = "prints in every step, to standard error, and slows it down"


def fix_print(document: Document, node: cst.CSTNode) -> Change:
    """``print(x)`` as ``tf.print(x)``. Raises NotFixable."""
    if not (isinstance(node, cst.Call) and isinstance(node.func, cst.Name) and node.func.value == "print"):
        raise NotFixable("only `print` has a counterpart in a graph")
    if any(argument.star or argument.keyword is not None for argument in node.args):
        raise NotFixable("`print` with `sep`, `end` or `file`")
    if any(isinstance(argument.value, cst.FormattedString) for argument in node.args):
        raise NotFixable("an f-string is put together while tracing: give tf.print its parts")
    spelling = Spelling(document.imports)
    made = node.with_changes(func=cst.parse_expression(spelling.tensorflow("print")))
    return Change({node: [made]}, "unsafe", _NOTE, tuple(spelling.imports_needed))
