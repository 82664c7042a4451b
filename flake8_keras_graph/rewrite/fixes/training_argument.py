"""KG207: a model's ``call`` that takes ``training``, which Keras then passes on to the layers inside."""

from __future__ import annotations

import libcst as cst

from flake8_keras_graph.rewrite.fixes.common.fixer import fixer
from flake8_keras_graph.rewrite.text.document import Change, Document, NotFixable

_NOTE = "the layers inside do in training what they are for, which changes what is trained"


@fixer(cst.Name)
def fix_training(document: Document, node: cst.CSTNode) -> Change:
    """``call(self, x)`` as ``call(self, x, training=None)``. Raises NotFixable."""
    function = document.parents[node]
    if not isinstance(function, cst.FunctionDef) or function.name is not node:
        raise NotFixable("it is no method that is written out")
    params = function.params
    taken = cst.Param(cst.Name("training"), default=cst.Name("None"), equal=cst.AssignEqual(
        cst.SimpleWhitespace(""), cst.SimpleWhitespace("")
    ))  # fmt: skip
    if isinstance(params.star_arg, cst.Param) or params.kwonly_params:
        changed = params.with_changes(kwonly_params=[*params.kwonly_params, taken])
    else:
        changed = params.with_changes(params=[*params.params, taken])
    return Change({params: [changed]}, "unsafe", _NOTE)
