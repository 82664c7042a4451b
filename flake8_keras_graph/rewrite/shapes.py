"""KG112, KG113: shapes whose batch dimension is known in no graph, read with ``keras.ops.shape``."""

from __future__ import annotations

import libcst as cst

from flake8_keras_graph.rewrite.calls import Spelling
from flake8_keras_graph.rewrite.document import Change, Document, NotFixable
from flake8_keras_graph.rewrite.syntax import code, walk

_SHAPES = ("tensorflow.shape", "keras.backend.shape")


def fix_unpacked(document: Document, node: cst.CSTNode) -> Change:
    """``a, b = tf.shape(x)`` with a shape that can be unpacked. Raises NotFixable."""
    calls = [
        part
        for part in walk(node)
        if isinstance(part, cst.Call) and document.imports.canonical(part.func) in _SHAPES and len(part.args) == 1
    ]
    if len(calls) != 1:
        raise NotFixable("what is unpacked is not the shape of a tensor: index it")
    spelling = Spelling(document.imports)
    call = calls[0]
    shape = f"{spelling.operation('shape')}({code(call.args[0].value)})"
    if document.imports.keras == 2:
        shape = f"{spelling.operation('unstack')}({shape})"
    return Change({call: [cst.parse_expression(shape)]}, "safe", "", tuple(spelling.imports_needed))


def fix_dimension(document: Document, node: cst.CSTNode) -> Change:
    """``x.shape[0]`` in an expression as ``ops.shape(x)[0]``. Raises NotFixable."""
    spelling = Spelling(document.imports)
    found = [part for part in walk(node) if _is_static_batch(part)]
    if not found:
        raise NotFixable("the dimension was read elsewhere: read it with keras.ops.shape there")
    replaced: dict[cst.CSTNode, list[cst.CSTNode]] = {}
    rounded = False
    for part in found:
        assert isinstance(part, cst.Subscript)
        assert isinstance(part.value, cst.Attribute)
        shape = cst.parse_expression(f"{spelling.operation('shape')}({code(part.value.value)})")
        size: cst.BaseExpression = part.with_changes(value=shape)
        if _meets_float(document, part):
            size = cst.parse_expression(f"{spelling.operation('cast')}({code(size)}, {spelling.dtype('float32')})")
            rounded = True
        replaced[part] = [size]
    note = "the size is a float32 there" if rounded else ""
    return Change(replaced, "unsafe" if rounded else "safe", note, tuple(spelling.imports_needed))


def _meets_float(document: Document, node: cst.CSTNode) -> bool:
    """Whether an integer tensor would not do in the place of ``node``, where a Python int does."""
    holder = document.parents[node]
    if not isinstance(holder, cst.BinaryOperation):
        return False
    other = holder.left if holder.right is node else holder.right
    return isinstance(holder.operator, cst.Divide) or isinstance(other, cst.Float)


def _is_static_batch(node: cst.CSTNode) -> bool:
    """``<expression>.shape[0]``."""
    return (
        isinstance(node, cst.Subscript)
        and isinstance(node.value, cst.Attribute)
        and node.value.attr.value == "shape"
        and len(node.slice) == 1
        and code(node.slice[0]).strip() == "0"
    )
