"""KG501: ``compile(run_eagerly=True)``, without the argument."""

from __future__ import annotations

import libcst as cst

from flake8_keras_graph.rewrite.fixes.common.fixer import fixer
from flake8_keras_graph.rewrite.text.document import Change, Document, NotFixable
from flake8_keras_graph.rewrite.text.training import without_arguments

_NOTE = "the model is compiled into a graph: what only works eagerly stops working"


@fixer(cst.Call, cst.Arg)
def fix_run_eagerly(document: Document, node: cst.CSTNode) -> Change:
    """``model.compile(..., run_eagerly=True)`` without that argument. Raises NotFixable."""
    call = node if isinstance(node, cst.Call) else document.parents.get(node)
    if not isinstance(call, cst.Call) or not any(_is_eager(argument) for argument in call.args):
        raise NotFixable("take the call away where the whole program shall run in graphs")
    return Change({call: [without_arguments(call, _is_eager)]}, "unsafe", _NOTE)


def _is_eager(argument: cst.Arg) -> bool:
    return argument.keyword is not None and argument.keyword.value == "run_eagerly"
