"""KG117: ``tf.cond`` on a Python bool as a conditional expression."""

from __future__ import annotations

import libcst as cst

from flake8_keras_graph.rewrite.fixes.common.fixer import fixer
from flake8_keras_graph.rewrite.text.call_text import arguments_by_name
from flake8_keras_graph.rewrite.text.document import Change, Document, NotFixable
from flake8_keras_graph.rewrite.text.syntax import code

_PARAMETERS = ("pred", "true_fn", "false_fn", "name")


@fixer(cst.Call)
def fix_python_cond(document: Document, node: cst.CSTNode) -> Change:
    """``tf.cond(pred, f, g)`` as ``f() if pred else g()``. Raises NotFixable."""
    assert isinstance(node, cst.Call)
    given = arguments_by_name(node, _PARAMETERS)
    if given is None:
        raise NotFixable("its arguments are not spelled out")
    if not {"pred", "true_fn", "false_fn"} <= given.keys():
        raise NotFixable("it is not given both functions by name or position")
    then, otherwise = (_called(given[name]) for name in ("true_fn", "false_fn"))
    chosen = f"{then} if {code(given['pred'])} else {otherwise}"
    alone = isinstance(document.parents[node], (cst.Assign, cst.Return))
    return Change({node: [cst.parse_expression(chosen if alone else f"({chosen})")]}, "safe", "")


def _called(function: cst.BaseExpression) -> str:
    """The code of a call of ``function`` without arguments."""
    if isinstance(function, cst.Lambda):
        return f"({code(function.body)})" if isinstance(function.body, cst.IfExp) else code(function.body)
    return f"{code(function)}()" if isinstance(function, (cst.Name, cst.Attribute)) else f"({code(function)})()"
