"""KG304: the operations of ``keras.ops`` that a function on the host computes with NumPy, called in the graph.

The fix asks that every part be known to keep its dtype, and changes the function itself. Here a copy is made, the
result is cast to what the callback says that it gives, and the gradient is stopped where the callback stops it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import libcst as cst

from flake8_keras_graph import knowledge
from flake8_keras_graph.rewrite.fixes.common.numpy_translation import METHODS, uses_numpy
from flake8_keras_graph.rewrite.fixes.host_callbacks import (
    callback_arguments,
    callback_definition,
    callback_inputs,
    is_method,
)
from flake8_keras_graph.rewrite.remedies.remedy import Remedied, remedy
from flake8_keras_graph.rewrite.text.call_text import Spelling, parse_line
from flake8_keras_graph.rewrite.text.document import Change, Document, NotFixable
from flake8_keras_graph.rewrite.text.fresh_names import fresh_name
from flake8_keras_graph.rewrite.text.imports import Imports
from flake8_keras_graph.rewrite.text.operations import dtype_text
from flake8_keras_graph.rewrite.text.syntax import code, names_bound, names_read, parameters, self_name


@remedy("an operation", "operations in the graph", cst.Call)
def operations_in_graph(document: Document, node: cst.CSTNode) -> Iterator[Remedied]:
    """The callback at ``node`` as a call of its function, written with operations."""
    assert isinstance(node, cst.Call)
    given = callback_arguments(node)
    inputs = callback_inputs(given["inp"])
    spelling = Spelling(document.imports)
    function = document.function(node)
    statement = document.statement(node)
    if function is None or statement is None:
        raise NotFixable("it is not in a function")
    taken = names_read(function) | names_bound(function)
    called, lines, stops = _called(document, given["func"], spelling, taken)
    if document.imports.canonical(node.func).endswith("numpy_function"):
        stops = True
    text = _result(f"{called}({', '.join(map(code, inputs))})", given["Tout"], stops, document.imports, spelling, taken)
    replaced: dict[cst.CSTNode, Sequence[cst.CSTNode]] = {node: [cst.parse_expression(text[-1])]}
    made = [*lines, *map(parse_line, text[:-1])]
    if made:
        changed = statement.deep_replace(node, cst.parse_expression(text[-1]))
        assert isinstance(changed, cst.BaseStatement)
        replaced = {statement: [*made, changed]}
    yield Remedied(Change(replaced, "unsafe", "", tuple(spelling.imports_needed)))


def _called(
    document: Document, function: cst.BaseExpression, spelling: Spelling, taken: frozenset[str]
) -> tuple[str, list[cst.BaseStatement], bool]:
    """What is to be called, the lines that make it, and whether NumPy stopped the gradient."""
    translated = _Operations(document.imports, spelling)
    if isinstance(function, cst.Lambda):
        changed = function.visit(translated)
        assert isinstance(changed, cst.Lambda)
        return f"({code(changed)})", [], uses_numpy(function, document.imports)
    path = document.imports.canonical(function)
    if path.startswith("numpy."):
        return translated.operation(path, code(function)), [], True
    definition = callback_definition(document, function)
    stops = uses_numpy(definition.body, document.imports)
    name = fresh_name(taken, f"{definition.name.value}_in_graph")
    copy = definition.visit(translated)
    assert isinstance(copy, cst.FunctionDef)
    given = copy.params.params[len(copy.params.params) - len(parameters(copy)) :]
    inside = document.function(function)
    if self_name(definition) in names_read(definition.body) and is_method(document, definition):
        if inside is None or self_name(inside) != self_name(definition):
            raise NotFixable(f"`{code(function)}` calls its instance otherwise")
    params = copy.params.with_changes(params=given if is_method(document, definition) else copy.params.params)
    return name, [copy.with_changes(name=cst.Name(name), params=params, decorators=[], leading_lines=[])], stops


def _result(
    call: str, given: cst.BaseExpression, stops: bool, imports: Imports, spelling: Spelling, taken: frozenset[str]
) -> list[str]:
    """Lines that compute the results in the dtypes that the callback gives them, the last of them an expression."""
    stop = spelling.operation("stop_gradient") if stops else ""
    several = isinstance(given, (cst.List, cst.Tuple))
    dtypes = [element.value for element in given.elements] if isinstance(given, (cst.List, cst.Tuple)) else [given]
    if not dtypes:
        raise NotFixable("it gives nothing: its function is called for an effect")
    results = [fresh_name(taken, f"result_{place}") for place in range(len(dtypes))] if several else [call]
    made = []
    for result, dtype in zip(results, dtypes, strict=True):
        text = dtype_text(imports.canonical(dtype)) or code(dtype)
        if not text:
            raise NotFixable("it is not plain of which dtype its results are")
        cast = f"{spelling.operation('cast')}({result}, {text if imports.keras == 3 else code(dtype)})"
        made.append(f"{stop}({cast})" if stop else cast)
    if not several:
        return made
    return [f"{', '.join(results)}{',' if len(results) == 1 else ''} = {call}", f"[{', '.join(made)}]"]


class _Operations(cst.CSTTransformer):
    """NumPy's functions and methods of arrays as operations; what has none raises NotFixable."""

    def __init__(self, imports: Imports, spelling: Spelling) -> None:
        super().__init__()
        self._imports, self._spelling = imports, spelling

    def operation(self, path: str, written: str) -> str:
        """The operation with the name of a function of NumPy."""
        name = path.removeprefix("numpy.")
        name = "convert_to_tensor" if name in ("array", "asarray") else name
        if knowledge.record(f"keras.ops.{name}") is None:
            raise NotFixable(f"`{written}` has no equal among the operations")
        return self._spelling.operation(name)

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        path = self._imports.canonical(original_node.func)
        if path.startswith("numpy."):
            function = cst.parse_expression(self.operation(path, code(original_node.func)))
            return updated_node.with_changes(func=function)
        if path or not isinstance(updated_node.func, cst.Attribute):
            return updated_node
        method, base = updated_node.func.attr.value, updated_node.func.value
        if method in ("numpy", "copy", "tolist") and not updated_node.args:
            return base
        if method == "astype" and len(updated_node.args) == 1:
            operation = cst.parse_expression(self._spelling.operation("cast"))
            return cst.Call(operation, [cst.Arg(base), updated_node.args[0].with_changes(keyword=None)])
        if method in METHODS:
            operation = cst.parse_expression(self._spelling.operation(method))
            return cst.Call(operation, [cst.Arg(base), *updated_node.args])
        return updated_node

    def leave_Attribute(self, original_node: cst.Attribute, updated_node: cst.Attribute) -> cst.BaseExpression:
        path = self._imports.canonical(original_node)
        dtype = dtype_text(f"tf.{path.removeprefix('numpy.')}") if path.startswith("numpy.") else ""
        if dtype:
            return cst.parse_expression(dtype)
        return updated_node
