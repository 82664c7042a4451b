"""KG502: ``@tf.function`` on a Model's ``call``, taken away: Keras compiles ``call`` itself."""

from __future__ import annotations

import libcst as cst

from flake8_keras_graph.rewrite.fixes.common.fixer import fixer
from flake8_keras_graph.rewrite.text.document import Change, Document, NotFixable


@fixer(cst.Name, cst.Attribute, cst.Call)
def fix_decorated_call(document: Document, node: cst.CSTNode) -> Change:
    """``call`` without the decorator. Raises NotFixable."""
    function = document.parents.get(document.parents[node])
    if not isinstance(document.parents[node], cst.Decorator) or not isinstance(function, cst.FunctionDef):
        raise NotFixable("it does not decorate a method")
    kept = [decorator for decorator in function.decorators if not _is_function(document, decorator)]
    if len(kept) == len(function.decorators):
        raise NotFixable("it is not decorated with tf.function")
    comments = [line for gone in function.decorators if gone not in kept for line in gone.leading_lines if line.comment]
    first = [*function.leading_lines, *comments]
    changed = function.with_changes(decorators=kept, leading_lines=first)
    return Change({function: [changed]}, "unsafe", "outside of fit the call then runs eagerly, without AutoGraph")


def _is_function(document: Document, decorator: cst.Decorator) -> bool:
    target = decorator.decorator
    called = target.func if isinstance(target, cst.Call) else target
    return document.imports.canonical(called) == "tf.function"
