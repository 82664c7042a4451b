"""KG114: a list of layers indexed by a tensor, as ``keras.ops.switch``."""

from __future__ import annotations

import libcst as cst

from flake8_keras_graph.rewrite.fixes.common.fixer import fixer
from flake8_keras_graph.rewrite.text.call_text import Spelling, call_text, room_at
from flake8_keras_graph.rewrite.text.document import Change, Document, NotFixable
from flake8_keras_graph.rewrite.text.syntax import code

_NOTE = "an index outside the list picks the first or last item instead of raising"


@fixer(cst.Subscript)
def fix_lookup(document: Document, node: cst.CSTNode) -> Change:
    """``self.experts[i](x)`` as ``ops.switch(i, self.experts, x)``. Raises NotFixable."""
    call = next((upper for upper in document.above(node) if isinstance(upper, cst.Call)), None)
    if not isinstance(node, cst.Subscript) or call is None or call.func is not node:
        raise NotFixable("only the call of an item is rewritten: for values, stack them and use keras.ops.take")
    if document.imports.keras == 2:
        raise NotFixable("Keras 2 has no keras.ops.switch: use tf.switch_case")
    if len(node.slice) != 1 or not isinstance(node.slice[0].slice, cst.Index):
        raise NotFixable("it is a slice")
    if any(argument.keyword is not None or argument.star for argument in call.args):
        raise NotFixable("the item is called with keyword arguments")
    spelling = Spelling(document.imports)
    arguments = [code(node.slice[0].slice.value), code(node.value), *(code(word.value) for word in call.args)]
    text = call_text(spelling.operation("switch"), arguments, room_at(document.positions[call].start.column))
    return Change({call: [cst.parse_expression(text)]}, "unsafe", _NOTE, tuple(spelling.imports_needed))
