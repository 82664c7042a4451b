"""KG506: a function that assigns variables one by one, put under ``tf.function``."""

from __future__ import annotations

import libcst as cst

from flake8_keras_graph.rewrite.fixes.common.fixer import fixer
from flake8_keras_graph.rewrite.text.call_text import Spelling
from flake8_keras_graph.rewrite.text.document import Change, Document, NotFixable
from flake8_keras_graph.rewrite.text.syntax import expression, is_docstring, statements

_NOTE = "which variables there are, and every Python number that it reads, is then as it was at the first call"


@fixer(cst.For)
def fix_assigned_weights(document: Document, node: cst.CSTNode) -> Change:
    """The function that the loop makes up, under ``tf.function``. Raises NotFixable."""
    function = document.function(node)
    if function is None:
        raise NotFixable("make a function of the loop, and put that under tf.function")
    body = [line for line in statements(function.body) if not is_docstring(line)]
    if body != [node]:
        raise NotFixable("the function around it does something else as well")
    if function.decorators or function.asynchronous is not None:
        raise NotFixable("the function around it is decorated")
    spelling = Spelling(document.imports)
    decorator = cst.Decorator(expression(spelling.tensorflow("function")))
    changed = function.with_changes(decorators=[decorator])
    return Change({function: [changed]}, "unsafe", _NOTE, tuple(spelling.imports_needed))
