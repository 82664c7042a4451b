"""KG108, KG109, KG110: Python and NumPy values of tensors, as tensors."""

from __future__ import annotations

import libcst as cst

from flake8_keras_graph import knowledge
from flake8_keras_graph.analysis.values import is_batched
from flake8_keras_graph.records import Safety
from flake8_keras_graph.rewrite.fixes.common.fixer import fixer
from flake8_keras_graph.rewrite.fixes.common.kinds import kinds
from flake8_keras_graph.rewrite.fixes.common.result_uses import int_tensor_will_do
from flake8_keras_graph.rewrite.fixes.shapes import meets_float
from flake8_keras_graph.rewrite.text.call_text import Spelling
from flake8_keras_graph.rewrite.text.document import Change, Document, NotFixable
from flake8_keras_graph.rewrite.text.syntax import code
from flake8_keras_graph.syntax.nodes import walk

_SHAPES = knowledge.names_where(returns="shape-tensor") | knowledge.names_where(returns="shape-tuple")
_CASTS = {"float": "float32", "int": "int32", "bool": "bool"}
_DETACHED = "the value stays a tensor; no gradient flows through it, as none flowed through the Python value"

# NumPy functions that keras.ops has under the same name, with the same first parameters.
NUMPY = frozenset(knowledge.counterparts("numpy"))
_KEYWORDS = frozenset({"axis", "keepdims", "axes", "shift"})


@fixer(cst.Call)
def fix_cast(document: Document, node: cst.CSTNode) -> Change:
    """``int(t)``, ``float(t)``, ``bool(t)`` and ``len(t)`` as operations. Raises NotFixable."""
    if not (isinstance(node, cst.Call) and isinstance(node.func, cst.Name) and len(node.args) == 1):
        raise NotFixable("it is not a plain conversion")
    name, spelling = node.func.value, Spelling(document.imports)
    value = code(node.args[0].value)
    if name == "len":
        return _length(document, node, spelling)
    if name not in _CASTS:
        raise NotFixable(f"`{name}` of a tensor has no counterpart: the number of items is not known")
    size = _is_size(document, node.args[0].value)
    if name == "int" and size:
        return _change(node, value, spelling, "unsafe", "the size stays a tensor where it is not known while tracing")
    _refuse_text_and_methods(document, node)
    dtype = _CASTS[name]
    text = f"{spelling.operation('cast')}({value}, {spelling.dtype(dtype)})"
    if name == "int" and isinstance(document.parents[node], cst.BinaryOperation):
        # A tensor of integers would not combine with one of floats, as a Python int does.
        text = f"{spelling.operation('trunc')}({value})"
    if name == "float" and not size:
        text = f"{spelling.operation('stop_gradient')}({text})"
    return _change(node, text, spelling, "unsafe", _DETACHED)


def _length(document: Document, node: cst.Call, spelling: Spelling) -> Change:
    """``len(t)`` as the first of its shape; of a shape, as the length of the static one, which is a Python number."""
    value = node.args[0].value
    if _is_shape(document, value) and isinstance(value, cst.Call) and isinstance(value.args[0].value, cst.Name):
        shaped = kinds(document, value.args[0].value) <= {"tensor", "variable"}
        note = "" if shaped else f"`{code(value.args[0].value)}` may be no tensor"
        text = f"len({code(value.args[0].value)}.shape)"
        return _change(node, text, spelling, "unsafe" if note else "safe", note)
    function = document.function(node)
    in_class = document.owner(node) is not None
    if function is not None and not in_class and isinstance(value, cst.Name):
        if value.value in {parameter.name.value for parameter in function.params.params}:
            raise NotFixable(f"`{value.value}` may be a list where the function is called elsewhere")
    size = f"{spelling.operation('shape')}({code(value)})[0]"
    if meets_float(document, node):
        size = f"{spelling.operation('cast')}({size}, {spelling.dtype('float32')})"
        return _change(node, size, spelling, "unsafe", "the size is a float32 there")
    # The batch size is a tensor in the graph of Keras 3 alone, and in Keras 2 everywhere.
    is_tensor = document.imports.keras == 2 or is_batched(document.value(value))
    same = not is_tensor or int_tensor_will_do(document, node)
    note = "" if same else "the size stays a tensor where it is not known while tracing"
    return _change(node, size, spelling, "safe" if same else "unsafe", note)


def _is_shape(document: Document, value: cst.BaseExpression) -> bool:
    """``tf.shape(x)`` and ``ops.shape(x)``."""
    if not isinstance(value, cst.Call) or not value.args:
        return False
    return knowledge.canonical(document.imports.canonical(value.func)) in _SHAPES


def _is_size(document: Document, value: cst.BaseExpression) -> bool:
    """``tf.shape(x)[i]``."""
    return isinstance(value, cst.Subscript) and _is_shape(document, value.value)


@fixer(cst.Call)
def fix_host_value(document: Document, node: cst.CSTNode) -> Change:
    """``t.numpy()`` and ``t.item()`` as the tensor, without its gradient. Raises NotFixable."""
    if not (isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute) and not node.args):
        raise NotFixable("it is not a plain call")
    if node.func.attr.value not in ("numpy", "item"):
        raise NotFixable(f"`.{node.func.attr.value}()` gives Python containers, which a graph has none of")
    _require_operation(document, node)
    _refuse_text_and_methods(document, node)
    spelling = Spelling(document.imports)
    text = f"{spelling.operation('stop_gradient')}({code(node.func.value)})"
    return _change(node, text, spelling, "unsafe", _DETACHED)


def _require_operation(document: Document, node: cst.CSTNode) -> None:
    """Raise NotFixable where the value goes to a function that is no operation: it may need a value."""
    for upper in document.above(node):
        if isinstance(upper, cst.Call):
            path = document.imports.canonical(upper.func)
            if not path.startswith(("keras.", "tf.", "numpy.")) and code(upper.func) not in _CASTS:
                raise NotFixable(f"`{code(upper.func)}` may need the value itself")
            return
        if isinstance(upper, (cst.BaseStatement, cst.BaseSmallStatement)):
            return


def _refuse_text_and_methods(document: Document, node: cst.CSTNode) -> None:
    """Raise NotFixable where the value is put into a text, or asked for what only Python's and NumPy's values have."""
    holder = document.parents[node]
    if isinstance(holder, cst.Attribute) and holder.attr.value not in ("shape", "dtype"):
        raise NotFixable(f"a tensor has no `.{holder.attr.value}` of its own: use the function of keras.ops")
    if any(isinstance(upper, cst.FormattedString) for upper in document.above(node)):
        raise NotFixable("it is put into a text, which a graph does once")
    call = document.parents[holder] if isinstance(holder, cst.Arg) else None
    if isinstance(call, cst.Call) and document.imports.canonical(call.func).startswith("math."):
        raise NotFixable(f"`{code(call.func)}` needs the value itself: use the function of keras.ops")


@fixer(cst.Call)
def fix_numpy(document: Document, node: cst.CSTNode) -> Change:
    """``np.f(t)`` as ``keras.ops.f(t)``. Raises NotFixable."""
    if not isinstance(node, cst.Call):
        raise NotFixable("it is not a call")
    path = document.imports.canonical(node.func)
    name = path.removeprefix("numpy.")
    if document.imports.keras == 2:
        raise NotFixable("Keras 2 has no keras.ops")
    if not path.startswith("numpy.") or name not in NUMPY:
        raise NotFixable(f"`{code(node.func)}` has no counterpart in keras.ops")
    for argument in node.args:
        if argument.star or (argument.keyword is not None and argument.keyword.value not in _KEYWORDS):
            raise NotFixable(f"`{code(node.func)}` with arguments that keras.ops.{name} does not take")
    _refuse_written(document, node)
    _refuse_text_and_methods(document, node)
    spelling = Spelling(document.imports)
    replaced = node.with_changes(func=cst.parse_expression(spelling.operation(name)))
    note = "keeps the dtype of the tensor, and lets the gradient through"
    return Change({node: [replaced]}, "unsafe", note, tuple(spelling.imports_needed))


def _refuse_written(document: Document, node: cst.Call) -> None:
    """Raise NotFixable where the function writes into the array that ``node`` gives."""
    holder, function = document.parents[node], document.function(node)
    if not isinstance(holder, cst.Assign) or function is None:
        return
    names = {code(target.target) for target in holder.targets}
    for part in walk(function.body):
        if isinstance(part, (cst.AssignTarget, cst.AugAssign)) and isinstance(part.target, cst.Subscript):
            if code(part.target.value) in names:
                raise NotFixable(f"`{code(part.target.value)}` is written into, which a tensor does not allow")


def _change(node: cst.CSTNode, text: str, spelling: Spelling, safety: Safety, note: str) -> Change:
    return Change({node: [cst.parse_expression(text)]}, safety, note, tuple(spelling.imports_needed))
