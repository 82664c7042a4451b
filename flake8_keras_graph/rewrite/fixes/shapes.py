"""KG112, KG113, KG115: shapes whose batch dimension is known in no graph, read with ``keras.ops.shape``."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from flake8_keras_graph import knowledge
from flake8_keras_graph.analysis.values import Dim, is_tensor
from flake8_keras_graph.records import Safety
from flake8_keras_graph.rewrite.fixes.common.fixer import fixer
from flake8_keras_graph.rewrite.fixes.common.result_uses import int_tensor_will_do_for
from flake8_keras_graph.rewrite.text.call_text import Spelling
from flake8_keras_graph.rewrite.text.document import Change, Document, NotFixable
from flake8_keras_graph.rewrite.text.effects import assigned_once
from flake8_keras_graph.rewrite.text.hyperparameters import is_argument, number_type
from flake8_keras_graph.rewrite.text.syntax import code, names_bound, names_read
from flake8_keras_graph.syntax.nodes import walk

_SHAPES = knowledge.names_where(returns="shape-tensor")


def _name(document: Document, call: cst.Call) -> str:
    """The canonical name of what is called."""
    return knowledge.canonical(document.imports.canonical(call.func))


@fixer(cst.Assign, cst.AnnAssign, cst.SimpleStatementLine)
def fix_unpacked(document: Document, node: cst.CSTNode) -> Change:
    """``a, b = tf.shape(x)`` with a shape that can be unpacked. Raises NotFixable."""
    calls = [
        part
        for part in walk(node)
        if isinstance(part, cst.Call) and _name(document, part) in _SHAPES and len(part.args) == 1
    ]
    if len(calls) != 1 or not _is_taken_as_it_is(document, calls[0]):
        raise NotFixable("what is unpacked is not the shape of a tensor: index it")
    spelling = Spelling(document.imports)
    call = calls[0]
    shape = f"{spelling.operation('shape')}({code(call.args[0].value)})"
    note = ""
    if document.imports.keras == 2:
        shape = f"{spelling.operation('unstack')}({shape})"
    elif not all(int_tensor_will_do_for(document, name, node) for name in _unpacked_names(document, call)):
        note = "outside of a graph the sizes are Python numbers then"
    safety: Safety = "unsafe" if note else "safe"
    return Change({call: [cst.parse_expression(shape)]}, safety, note, tuple(spelling.imports_needed))


def _unpacked_names(document: Document, call: cst.CSTNode) -> list[str]:
    """The names that a shape is unpacked to; an empty one stands for every other target."""
    line = next(upper for upper in document.above(call) if isinstance(upper, (cst.Assign, cst.AnnAssign)))
    targets = [target.target for target in line.targets] if isinstance(line, cst.Assign) else [line.target]
    elements = [each for target in targets if isinstance(target, (cst.Tuple, cst.List)) for each in target.elements]
    plain = len(targets) == 1 and all(isinstance(each, cst.Element) for each in elements)
    names = [each.value.value if isinstance(each.value, cst.Name) else "" for each in elements]
    return names if plain else [""]


def _is_taken_as_it_is(document: Document, call: cst.Call) -> bool:
    """Whether a shape, or a slice of it, is what is unpacked: a tuple cannot be computed with as a tensor."""
    holder = document.parents[call]
    if isinstance(holder, cst.Subscript) and holder.value is call:
        holder = document.parents[holder] if isinstance(holder.slice[0].slice, cst.Slice) else holder
    return isinstance(holder, (cst.Assign, cst.AnnAssign))


@fixer(cst.BaseExpression)  # type: ignore[type-abstract]
def fix_dimension(document: Document, node: cst.CSTNode) -> Change:
    """``x.shape[0]`` in an expression as ``ops.shape(x)[0]``, there or where it is read. Raises NotFixable."""
    spelling = Spelling(document.imports)
    found = [part for part in walk(node) if _is_static_batch(part)]
    if not found:
        return _where_it_is_read(document, node, spelling)
    replaced: dict[cst.CSTNode, list[cst.CSTNode]] = {}
    rounded = False
    for part in found:
        assert isinstance(part, cst.Subscript)
        assert isinstance(part.value, cst.Attribute)
        shape = cst.parse_expression(f"{spelling.operation('shape')}({code(part.value.value)})")
        size: cst.BaseExpression = part.with_changes(value=shape)
        if meets_float(document, part):
            size = cst.parse_expression(f"{spelling.operation('cast')}({code(size)}, {spelling.dtype('float32')})")
            rounded = True
        replaced[part] = [size]
    note = "the size is a float32 there" if rounded else ""
    return Change(replaced, "unsafe" if rounded else "safe", note, tuple(spelling.imports_needed))


def _where_it_is_read(document: Document, node: cst.CSTNode, spelling: Spelling) -> Change:
    """``n = x.shape[0]`` as ``n = ops.shape(x)[0]``, for every use of ``n``. Raises NotFixable."""
    function = document.function(node)
    reads = [
        each
        for each in (walk(function) if function is not None else ())
        if isinstance(each, cst.Assign) and _is_static_batch(each.value) and names_bound(each) & names_read(node)
    ]
    if function is None or len(reads) != 1 or not isinstance(reads[0].targets[0].target, cst.Name):
        raise NotFixable("the dimension was read elsewhere: read it with keras.ops.shape there")
    read, target = reads[0], reads[0].targets[0].target
    assert isinstance(read.value, cst.Subscript)
    assert isinstance(read.value.value, cst.Attribute)
    if assigned_once(document, node).get(target.value) is not read.value:
        raise NotFixable(f"`{target.value}` is bound more than once")
    shape = cst.parse_expression(f"{spelling.operation('shape')}({code(read.value.value.value)})")
    replaced: dict[cst.CSTNode, list[cst.CSTNode]] = {read.value: [read.value.with_changes(value=shape)]}
    uses = [each for each in walk(function) if isinstance(each, cst.Name) and each.value == target.value]
    uses.remove(target)
    for use in uses:
        if meets_float(document, use):
            cast = f"{spelling.operation('cast')}({use.value}, {spelling.dtype('float32')})"
            replaced[use] = [cst.parse_expression(cast)]
    note = "the size is a float32 there" if len(replaced) > 1 else ""
    if not all(isinstance(document.parents[use], (cst.BinaryOperation, cst.Element)) for use in uses):
        note = note or "the size is a tensor there"
    return Change(replaced, "unsafe" if note else "safe", note, tuple(spelling.imports_needed))


@fixer(cst.Call)
def fix_size(document: Document, node: cst.CSTNode) -> Change:
    """``x.shape`` among the sizes that a call is given as ``ops.shape(x)``, there or where it is read.

    Raises NotFixable.
    """
    here = [part for part in walk(node) if _is_static_shape(part) and not _is_later_item(document, part)]
    given = here or list(_read_elsewhere(document, node))
    if not given:
        raise NotFixable("the size comes out of another function: read it with keras.ops.shape there")
    spelling = Spelling(document.imports)
    replaced: dict[cst.CSTNode, list[cst.CSTNode]] = {}
    for part in given:
        assert isinstance(part, cst.Attribute)
        replaced[part] = [_shape_read(document, spelling, part)]
    leaves_open = any(code(part) == "-1" for part in walk(node) if isinstance(part, cst.UnaryOperation))
    note = "the size that -1 leaves open is not known while tracing then" if leaves_open else ""
    return Change(replaced, "unsafe" if leaves_open else "safe", note, tuple(spelling.imports_needed))


def _shape_read(document: Document, spelling: Spelling, part: cst.Attribute) -> cst.BaseExpression:
    """What reads the shape in the graph in place of ``part``. Raises NotFixable."""
    tensor = code(part.value)
    shape = f"{spelling.operation('shape')}({tensor})"
    holder = document.parents[part]
    if document.imports.keras == 3 or _is_first_item(document, part) or isinstance(holder, cst.Arg):
        return cst.parse_expression(shape)
    # tf.shape gives a tensor, which cannot be unpacked in a graph
    if not isinstance(holder, cst.Assign) or not isinstance(holder.targets[0].target, (cst.Tuple, cst.List)):
        raise NotFixable("tf.shape gives a tensor, which is no tuple: read the batch size alone with it")
    return cst.parse_expression(f"({shape}[0], *{tensor}.shape[1:])")


def _is_static_shape(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.Attribute) and node.attr.value == "shape"


def _is_first_item(document: Document, node: cst.CSTNode) -> bool:
    holder = document.parents[node]
    return isinstance(holder, cst.Subscript) and holder.value is node and code(holder.slice[0]).strip() == "0"


def _is_later_item(document: Document, node: cst.CSTNode) -> bool:
    holder = document.parents[node]
    is_item = (
        isinstance(holder, cst.Subscript) and holder.value is node and isinstance(holder.slice[0].slice, cst.Index)
    )
    return is_item and not _is_first_item(document, node)


def _read_elsewhere(document: Document, call: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The shapes that the function reads once, for names which ``call`` uses."""
    names = {part.value for part in walk(call) if isinstance(part, cst.Name)}
    function = document.function(call)
    for node in walk(function) if function is not None else ():
        if not isinstance(node, cst.Assign) or not names & names_bound(node):
            continue
        read = node.value.value if isinstance(node.value, cst.Subscript) else node.value
        if _is_static_shape(read):
            yield read


def meets_float(document: Document, node: cst.CSTNode) -> bool:
    """Whether an integer tensor would not do in the place of ``node``, where a Python int does.

    Raises NotFixable where it is combined with what may be a tensor of any dtype.
    """
    holder = document.parents[node]
    if isinstance(holder, cst.UnaryOperation):
        return meets_float(document, holder)
    if not isinstance(holder, cst.BinaryOperation):
        return False
    other = holder.left if holder.right is node else holder.right
    if isinstance(holder.operator, cst.Divide):
        return True
    kind = _number(document, other) or ("int" if isinstance(holder.operator, (cst.FloorDivide, cst.Modulo)) else "")
    if not kind:
        raise NotFixable(f"`{code(other)}` may be a tensor of another dtype: cast the size to it")
    return kind == "float" or meets_float(document, holder)


def _number(document: Document, node: cst.BaseExpression) -> str:
    """``int`` or ``float`` where ``node`` is certainly such a number, or the size of a dimension; else empty."""
    value = document.value(node)
    if isinstance(value, Dim):
        return "int"
    return number_type(document, node) or ("" if is_tensor(value) else _written_number(document, node))


def _written_number(document: Document, node: cst.BaseExpression) -> str:
    """The same by what is written, where the value is not known."""
    if isinstance(node, cst.BaseNumber):
        return "int" if isinstance(node, cst.Integer) else "float"
    if isinstance(node, cst.UnaryOperation):
        return _number(document, node.expression)
    if isinstance(node, cst.BinaryOperation):
        sides = {_number(document, node.left), _number(document, node.right)}
        if "" in sides:
            return ""
        return "float" if "float" in sides or isinstance(node.operator, cst.Divide) else "int"
    if isinstance(node, cst.Subscript):
        return "int" if _is_shape(document, node.value) else ""
    if isinstance(node, cst.Call):
        return {"int": "int", "len": "int", "float": "float"}.get(code(node.func), "")
    if isinstance(node, cst.Name):
        written = assigned_once(document, node).get(node.value) or _constant(document, node)
        return _number(document, written) if written is not None else ""
    return "int" if is_argument(document, node, node) else ""


def _is_shape(document: Document, node: cst.BaseExpression) -> bool:
    """``x.shape``, ``tf.shape(x)`` and the like."""
    if isinstance(node, cst.Call):
        return _name(document, node) in (*_SHAPES, "keras.ops.shape")
    return isinstance(node, cst.Attribute) and node.attr.value == "shape"


def _constant(document: Document, node: cst.Name) -> cst.BaseExpression | None:
    """What the module sets a name to that the function does not bind."""
    function = document.function(node)
    if function is None or node.value in names_bound(function):
        return None
    lines = (line for line in document.module.body if isinstance(line, cst.SimpleStatementLine))
    made = [part for line in lines for part in line.body if isinstance(part, cst.Assign)]
    return next((assign.value for assign in made if code(assign.targets[0].target) == node.value), None)


def _is_static_batch(node: cst.CSTNode) -> bool:
    """``<expression>.shape[0]``."""
    return (
        isinstance(node, cst.Subscript)
        and isinstance(node.value, cst.Attribute)
        and node.value.attr.value == "shape"
        and len(node.slice) == 1
        and code(node.slice[0]).strip() == "0"
    )
