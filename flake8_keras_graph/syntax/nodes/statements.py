"""libcst's statements made from the stdlib's.

flake8 has that tree already, and libcst's parser takes most of its time for layout. What is made here is to be
read, not to be printed or changed.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

import libcst as cst

from flake8_keras_graph.syntax.nodes.expressions import (
    ASYNCHRONOUS,
    OPERATORS,
    RECORD,
    Unsupported,
    elements,
    expression,
    optional,
    parameters,
)
from flake8_keras_graph.syntax.nodes.fields import MAKE

_NAME, _ATTRIBUTE, _LINE = MAKE[cst.Name], MAKE[cst.Attribute], MAKE[cst.SimpleStatementLine]
_DOT, _STAR = cst.Dot(), cst.ImportStar()
_COMPOUND = {ast.AsyncFor, ast.AsyncFunctionDef, ast.AsyncWith, ast.For, ast.FunctionDef, ast.If, ast.Try, ast.While,
             ast.With}  # fmt: skip


def function(node: ast.FunctionDef | ast.AsyncFunctionDef) -> cst.FunctionDef:
    """``node`` as libcst has it, without layout. Raises Unsupported, RecursionError."""
    made: cst.FunctionDef = _statement(node)
    return made


def _statement(node: ast.AST) -> Any:
    handler = _STATEMENTS.get(type(node))
    if handler is None:
        raise Unsupported(type(node).__name__)
    made = handler(node)
    record = RECORD.get()
    if record is not None:
        record.append((made, node))
    return made


def _block(body: Sequence[ast.stmt]) -> Any:
    """An indented block, with every simple statement on a line of its own."""
    lines = []
    for node in body:
        made = _statement(node)
        lines.append(made if type(node) in _COMPOUND else _LINE([made]))
    return MAKE[cst.IndentedBlock](lines)


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Any:
    decorator = MAKE[cst.Decorator]
    return MAKE[cst.FunctionDef](
        _NAME(node.name),
        parameters(node.args),
        _block(node.body),
        [decorator(expression(each)) for each in node.decorator_list],
        None if node.returns is None else MAKE[cst.Annotation](expression(node.returns)),
        ASYNCHRONOUS if isinstance(node, ast.AsyncFunctionDef) else None,
    )


def _expression_statement(node: ast.Expr) -> Any:
    return MAKE[cst.Expr](expression(node.value))


def _assign(node: ast.Assign) -> Any:
    target = MAKE[cst.AssignTarget]
    return MAKE[cst.Assign]([target(expression(each)) for each in node.targets], expression(node.value))


def _annotated(node: ast.AnnAssign) -> Any:
    annotation = MAKE[cst.Annotation](expression(node.annotation))
    return MAKE[cst.AnnAssign](expression(node.target), annotation, optional(node.value))


def _augmented(node: ast.AugAssign) -> Any:
    return MAKE[cst.AugAssign](expression(node.target), OPERATORS[type(node.op)][1], expression(node.value))


def _return(node: ast.Return) -> Any:
    return MAKE[cst.Return](optional(node.value))


def _raise(node: ast.Raise) -> Any:
    cause = None if node.cause is None else MAKE[cst.From](expression(node.cause))
    return MAKE[cst.Raise](optional(node.exc), cause)


def _assert(node: ast.Assert) -> Any:
    return MAKE[cst.Assert](expression(node.test), optional(node.msg))


def _delete(node: ast.Delete) -> Any:
    several = len(node.targets) > 1
    return MAKE[cst.Del](MAKE[cst.Tuple](elements(node.targets)) if several else expression(node.targets[0]))


def _names(names: Sequence[str]) -> list[Any]:
    item = MAKE[cst.NameItem]
    return [item(_NAME(name)) for name in names]


def _global(node: ast.Global) -> Any:
    return MAKE[cst.Global](_names(node.names))


def _nonlocal(node: ast.Nonlocal) -> Any:
    return MAKE[cst.Nonlocal](_names(node.names))


def _pass(node: ast.Pass) -> Any:
    return MAKE[cst.Pass]()


def _break(node: ast.Break) -> Any:
    return MAKE[cst.Break]()


def _continue(node: ast.Continue) -> Any:
    return MAKE[cst.Continue]()


def _dotted(text: str) -> Any:
    first, *rest = text.split(".")
    made = _NAME(first)
    for part in rest:
        made = _ATTRIBUTE(made, _NAME(part))
    return made


def _as_name(target: Any) -> Any:
    return None if target is None else MAKE[cst.AsName](target)


def _aliases(nodes: Sequence[ast.alias]) -> list[Any]:
    alias = MAKE[cst.ImportAlias]
    return [alias(_dotted(each.name), _as_name(_NAME(each.asname) if each.asname else None)) for each in nodes]


def _import(node: ast.Import) -> Any:
    return MAKE[cst.Import](_aliases(node.names))


def _import_from(node: ast.ImportFrom) -> Any:
    names = _STAR if node.names[0].name == "*" else _aliases(node.names)
    module = _dotted(node.module) if node.module else None
    return MAKE[cst.ImportFrom](module, names, [_DOT] * node.level)


def _else(body: Sequence[ast.stmt]) -> Any:
    return MAKE[cst.Else](_block(body)) if body else None


def _if(node: ast.If) -> Any:
    orelse: Any
    inner = node.orelse[0] if len(node.orelse) == 1 else None
    if isinstance(inner, ast.If) and inner.col_offset == node.col_offset:  # elif
        orelse = _if(inner)
    else:
        orelse = _else(node.orelse)
    return MAKE[cst.If](expression(node.test), _block(node.body), orelse)


def _for(node: ast.For | ast.AsyncFor) -> Any:
    return MAKE[cst.For](
        expression(node.target),
        expression(node.iter),
        _block(node.body),
        _else(node.orelse),
        ASYNCHRONOUS if isinstance(node, ast.AsyncFor) else None,
    )


def _while(node: ast.While) -> Any:
    return MAKE[cst.While](expression(node.test), _block(node.body), _else(node.orelse))


def _with(node: ast.With | ast.AsyncWith) -> Any:
    item = MAKE[cst.WithItem]
    return MAKE[cst.With](
        [item(expression(each.context_expr), _as_name(optional(each.optional_vars))) for each in node.items],
        _block(node.body),
        ASYNCHRONOUS if isinstance(node, ast.AsyncWith) else None,
    )


def _try(node: ast.Try) -> Any:
    handler = MAKE[cst.ExceptHandler]
    return MAKE[cst.Try](
        _block(node.body),
        [
            handler(_block(each.body), optional(each.type), _as_name(_NAME(each.name) if each.name else None))
            for each in node.handlers
        ],
        _else(node.orelse),
        MAKE[cst.Finally](_block(node.finalbody)) if node.finalbody else None,
    )


_STATEMENTS: dict[type[ast.AST], Callable[[Any], Any]] = {
    ast.AnnAssign: _annotated,
    ast.Assert: _assert,
    ast.Assign: _assign,
    ast.AsyncFor: _for,
    ast.AsyncFunctionDef: _function,
    ast.AsyncWith: _with,
    ast.AugAssign: _augmented,
    ast.Break: _break,
    ast.Continue: _continue,
    ast.Delete: _delete,
    ast.Expr: _expression_statement,
    ast.For: _for,
    ast.FunctionDef: _function,
    ast.Global: _global,
    ast.If: _if,
    ast.Import: _import,
    ast.ImportFrom: _import_from,
    ast.Nonlocal: _nonlocal,
    ast.Pass: _pass,
    ast.Raise: _raise,
    ast.Return: _return,
    ast.Try: _try,
    ast.While: _while,
    ast.With: _with,
}
