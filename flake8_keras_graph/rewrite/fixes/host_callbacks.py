"""KG304: ``tf.py_function`` and ``tf.numpy_function`` around code that operations can express, as plain calls."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import libcst as cst

from flake8_keras_graph.rewrite.fixes.common.fixer import fixer
from flake8_keras_graph.rewrite.fixes.common.kinds import TENSOR, kinds
from flake8_keras_graph.rewrite.fixes.common.numpy_translation import KEEPING, as_operations, uses_numpy
from flake8_keras_graph.rewrite.fixes.common.result_uses import tensor_of_any_shape_will_do
from flake8_keras_graph.rewrite.text.call_text import Spelling, arguments_by_name
from flake8_keras_graph.rewrite.text.document import Change, Document, NotFixable
from flake8_keras_graph.rewrite.text.syntax import (
    code,
    is_docstring,
    is_static,
    names_read,
    own_attribute,
    self_name,
    statements,
)
from flake8_keras_graph.syntax.nodes import walk

_NOTE = "computed in the dtype of its input; the gradient goes through, which NumPy stopped"
_PARAMETERS = ("func", "inp", "Tout", "name", "stateful")


@fixer(cst.Call)
def fix_host_callback(document: Document, node: cst.CSTNode) -> Change:
    """``tf.py_function(f, [x], tf.float32)`` as ``f(x)``, with ``f`` on tensors. Raises NotFixable."""
    if not isinstance(node, cst.Call):
        raise NotFixable("it is not a plain call")
    given = callback_arguments(node)
    spelling = Spelling(document.imports)
    stopped = document.imports.canonical(node.func).endswith("numpy_function")
    function = given["func"]
    outputs = output_count(given["Tout"])
    arguments = callback_inputs(given["inp"])
    if isinstance(function, cst.Lambda):
        body = as_operations(function.body, document.imports, spelling, _tensors(function.params, len(arguments)))
        _require_outputs(body, outputs)
        replaced = function.with_changes(body=body, lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
        numpy = stopped or uses_numpy(function.body, document.imports)
        change = _change({node: [_called(replaced, arguments)]}, numpy, spelling)
        return _with_note(change, _plain_note(document, node, arguments, [function.body], replaced.params))
    module, _, name = document.imports.canonical(function).rpartition(".")
    if module == "numpy" and name in KEEPING and not outputs:
        return _change({node: [_called(cst.parse_expression(spelling.operation(name)), arguments)]}, True, spelling)
    definition = callback_definition(document, function)
    body_lines = _body(definition)
    converted = _converted(document, definition, body_lines, spelling, len(arguments), outputs)
    call = _called(function, arguments)
    if not any(uses_numpy(line, document.imports) for line in body_lines):
        note = _plain_note(document, node, arguments, _returned(body_lines), definition.params)
        return _with_note(_change({node: [call]}, stopped, spelling), note)
    if _references(document, function) != 1:
        raise NotFixable(f"`{code(function)}` is used elsewhere as well: write it with keras.ops under another name")
    return _change({node: [call], definition: [converted]}, True, spelling)


def _plain_note(
    document: Document,
    node: cst.Call,
    arguments: Sequence[cst.BaseExpression],
    results: Sequence[cst.BaseExpression],
    params: cst.Parameters,
) -> str:
    """What a plain call may do otherwise: the callback makes tensors, and hides shapes. Empty where it does nothing."""
    if not all(kinds(document, argument) == TENSOR for argument in arguments):
        return "what it is given is made a tensor for the callback"
    names = {param.name.value for param in walk(params) if isinstance(param, cst.Param)}
    if any(isinstance(part, cst.BaseNumber) for part in results) or not all(names & names_read(r) for r in results):
        return "what it gives is made a tensor by the callback"
    return "" if tensor_of_any_shape_will_do(document, node) else "its shape is known while tracing then"


def _returned(lines: Sequence[cst.BaseStatement]) -> list[cst.BaseExpression]:
    """What the last of ``lines`` returns."""
    last = lines[-1]
    small = last.body[0] if isinstance(last, cst.SimpleStatementLine) else None
    return [small.value] if isinstance(small, cst.Return) and small.value is not None else []


def _with_note(change: Change, note: str) -> Change:
    return change if change.note or not note else dataclasses.replace(change, safety="unsafe", note=note)


def _change(replacements: dict[cst.CSTNode, Sequence[cst.CSTNode]], numpy: bool, spelling: Spelling) -> Change:
    imports = tuple(spelling.imports_needed)
    return Change(replacements, "unsafe" if numpy else "safe", _NOTE if numpy else "", imports if numpy else ())


def callback_arguments(node: cst.Call) -> dict[str, cst.BaseExpression]:
    """What ``py_function`` or ``numpy_function`` is given, by parameter. Raises NotFixable."""
    given = arguments_by_name(node, _PARAMETERS)
    if given is None:
        raise NotFixable("it is called with unpacked arguments")
    if not {"func", "inp", "Tout"} <= set(given):
        raise NotFixable("it is called without the function, its inputs or its output types")
    return given


def callback_inputs(node: cst.BaseExpression) -> list[cst.BaseExpression]:
    """The tensors of ``inp``. Raises NotFixable where they are not written out."""
    if not isinstance(node, (cst.List, cst.Tuple)) or any(isinstance(e, cst.StarredElement) for e in node.elements):
        raise NotFixable("its inputs are not written out as a list")
    return [element.value for element in node.elements]


def output_count(node: cst.BaseExpression) -> int:
    """How many outputs there are; 0 for one that is not in a list."""
    if not isinstance(node, (cst.List, cst.Tuple)):
        return 0
    if len(node.elements) < 2:
        raise NotFixable("it gives a list of one tensor")
    return len(node.elements)


def _require_outputs(value: cst.BaseExpression, outputs: int) -> None:
    found = len(value.elements) if isinstance(value, (cst.Tuple, cst.List)) else 0
    if found != outputs:
        raise NotFixable("its function does not visibly return what `Tout` says")


def callback_definition(document: Document, function: cst.BaseExpression) -> cst.FunctionDef:
    """The ``def`` of ``function``: of the file, or a method of the class."""
    holder = document.function(function)
    attribute = own_attribute(function, self_name(holder)) if holder is not None else ""
    name = attribute or (function.value if isinstance(function, cst.Name) else "")
    found = [
        part
        for part in walk(document.module)
        if isinstance(part, cst.FunctionDef)
        and part.name.value == name
        and is_method(document, part) == bool(attribute)
    ]
    if len(found) != 1 or found[0].asynchronous is not None:
        raise NotFixable(f"`{code(function)}` is not one function of this file")
    if any(code(decorator.decorator) != "staticmethod" for decorator in found[0].decorators):
        raise NotFixable(f"`{code(function)}` is decorated")
    return found[0]


def is_method(document: Document, function: cst.FunctionDef) -> bool:
    """Whether ``function`` stands in a class."""
    return any(isinstance(upper, cst.ClassDef) for upper in list(document.above(function))[:2])


def _body(function: cst.FunctionDef) -> list[cst.BaseStatement]:
    return [line for line in statements(function) if not is_docstring(line)]


def _converted(
    document: Document,
    function: cst.FunctionDef,
    lines: Sequence[cst.BaseStatement],
    spelling: Spelling,
    count: int,
    outputs: int,
) -> cst.FunctionDef:
    """``function`` on tensors: assignments to names, and one return at the end."""
    is_bound = is_method(document, function) and not is_static(function)
    params = function.params.with_changes(params=function.params.params[1 if is_bound else 0 :])
    tensors = _tensors(params, count)
    name = function.name.value
    made: dict[cst.BaseStatement, cst.BaseStatement] = {}
    for line in lines:
        small = line.body[0] if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1 else None
        if not isinstance(line, cst.SimpleStatementLine) or small is None:
            raise NotFixable(f"`{name}` branches or loops: write it with operations on tensors")
        if isinstance(small, cst.Return) and line is lines[-1] and small.value is not None:
            value = as_operations(small.value, document.imports, spelling, tensors)
            _require_outputs(value, outputs)
        elif isinstance(small, (cst.Assign, cst.AugAssign)) and line is not lines[-1]:
            value = as_operations(small.value, document.imports, spelling, tensors)
            tensors = tensors | {_target(small, name)}
        else:
            raise NotFixable(f"`{name}` does more than compute: `{code(small)}`")
        made[line] = line.with_changes(body=[small.with_changes(value=value)])
    if not lines:
        raise NotFixable(f"`{name}` returns nothing")
    body = [made.get(line, line) for line in statements(function)]
    return function.with_changes(body=cst.IndentedBlock(body))


def _target(small: cst.Assign | cst.AugAssign, function: str) -> str:
    """The name that an assignment of ``function`` binds. Raises NotFixable where it binds something else."""
    targets = [target.target for target in small.targets] if isinstance(small, cst.Assign) else [small.target]
    if len(targets) != 1 or not isinstance(targets[0], cst.Name):
        raise NotFixable(f"`{function}` writes into `{code(targets[0])}`, which a tensor does not allow")
    return targets[0].value


def _tensors(params: cst.Parameters, count: int) -> frozenset[str]:
    names = [param.name.value for param in params.params]
    if len(names) != count or params.kwonly_params or params.posonly_params or params.star_kwarg is not None:
        raise NotFixable("its function does not take just its inputs")
    return frozenset(names)


def _called(function: cst.BaseExpression, arguments: Sequence[cst.BaseExpression]) -> cst.Call:
    return cst.Call(function, [cst.Arg(argument) for argument in arguments])


def _references(document: Document, function: cst.BaseExpression) -> int:
    """How often ``function`` is named in the file, its definition apart."""
    text = code(function)
    name = text.rpartition(".")[2]
    found = 0
    for part in walk(document.module):
        if isinstance(part, cst.Attribute):
            found += part.attr.value == name
        elif isinstance(part, cst.Name) and part.value == name:
            parent = document.parents[part]
            inside = isinstance(parent, cst.Attribute) and parent.attr is part
            found += not inside and not (isinstance(parent, cst.FunctionDef) and parent.name is part)
    return found
