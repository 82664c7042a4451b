"""libcst's expressions made from the stdlib's.

flake8 has that tree already, and libcst's parser takes most of its time for layout. What is made here is to be
read, not to be printed or changed.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from typing import Any

import libcst as cst

from flake8_keras_graph.syntax.nodes.fields import MAKE


class Unsupported(Exception):
    """Syntax that is not made into nodes here."""


RECORD: ContextVar[list[tuple[cst.CSTNode, ast.AST]] | None] = ContextVar("record", default=None)
"""Where each node that is made is noted with what it is made from, by who asks for that."""


_NAME, _ATTRIBUTE, _CALL, _ARG = MAKE[cst.Name], MAKE[cst.Attribute], MAKE[cst.Call], MAKE[cst.Arg]
_ELEMENT, _PARAM = MAKE[cst.Element], MAKE[cst.Param]

OPERATORS: dict[type[ast.operator], tuple[cst.BaseBinaryOp, cst.BaseAugOp]] = {
    ast.Add: (cst.Add(), cst.AddAssign()),
    ast.BitAnd: (cst.BitAnd(), cst.BitAndAssign()),
    ast.BitOr: (cst.BitOr(), cst.BitOrAssign()),
    ast.BitXor: (cst.BitXor(), cst.BitXorAssign()),
    ast.Div: (cst.Divide(), cst.DivideAssign()),
    ast.FloorDiv: (cst.FloorDivide(), cst.FloorDivideAssign()),
    ast.LShift: (cst.LeftShift(), cst.LeftShiftAssign()),
    ast.MatMult: (cst.MatrixMultiply(), cst.MatrixMultiplyAssign()),
    ast.Mod: (cst.Modulo(), cst.ModuloAssign()),
    ast.Mult: (cst.Multiply(), cst.MultiplyAssign()),
    ast.Pow: (cst.Power(), cst.PowerAssign()),
    ast.RShift: (cst.RightShift(), cst.RightShiftAssign()),
    ast.Sub: (cst.Subtract(), cst.SubtractAssign()),
}
_UNARY: dict[type[ast.unaryop], cst.BaseUnaryOp] = {
    ast.Invert: cst.BitInvert(),
    ast.Not: cst.Not(),
    ast.UAdd: cst.Plus(),
    ast.USub: cst.Minus(),
}
_BOOLEAN: dict[type[ast.boolop], cst.BaseBooleanOp] = {ast.And: cst.And(), ast.Or: cst.Or()}
_COMPARE: dict[type[ast.cmpop], cst.BaseCompOp] = {
    ast.Eq: cst.Equal(),
    ast.Gt: cst.GreaterThan(),
    ast.GtE: cst.GreaterThanEqual(),
    ast.In: cst.In(),
    ast.Is: cst.Is(),
    ast.IsNot: cst.IsNot(),
    ast.Lt: cst.LessThan(),
    ast.LtE: cst.LessThanEqual(),
    ast.NotEq: cst.NotEqual(),
    ast.NotIn: cst.NotIn(),
}
ASYNCHRONOUS = cst.Asynchronous()


def expression(node: ast.expr) -> cst.BaseExpression:
    """``node`` as libcst has it, without layout. Raises Unsupported, RecursionError."""
    handler = _EXPRESSIONS.get(type(node))
    if handler is None:
        raise Unsupported(type(node).__name__)
    made: cst.BaseExpression = handler(node)
    record = RECORD.get()
    if record is not None:
        record.append((made, node))
    return made


def optional(node: ast.expr | None) -> cst.BaseExpression | None:
    return None if node is None else expression(node)


def _constant(node: ast.Constant) -> Any:
    value = node.value
    kind = type(value)
    if kind is str or kind is bytes:
        return MAKE[cst.SimpleString](repr(value))
    if value is None or kind is bool:
        return _NAME(str(value))
    if value is ...:
        return MAKE[cst.Ellipsis]()
    try:
        text = repr(value)
    except ValueError:  # more digits than Python is willing to write
        raise Unsupported("a huge integer") from None
    return MAKE[cst.Integer if kind is int else cst.Float if kind is float else cst.Imaginary](text)


def _name(node: ast.Name) -> Any:
    return _NAME(node.id)


def _attribute(node: ast.Attribute) -> Any:
    return _ATTRIBUTE(expression(node.value), _NAME(node.attr))


def _call(node: ast.Call) -> Any:
    given: list[ast.expr | ast.keyword] = [*node.args, *node.keywords]
    if node.keywords and any(type(item) is ast.Starred for item in node.args):
        given.sort(key=lambda item: (item.lineno, item.col_offset))
    return _CALL(expression(node.func), [_argument(item) for item in given])


def _argument(node: ast.expr | ast.keyword) -> Any:
    if isinstance(node, ast.keyword):
        if node.arg is None:
            return _ARG(expression(node.value), None, "**")
        return _ARG(expression(node.value), _NAME(node.arg), "")
    if isinstance(node, ast.Starred):
        return _ARG(expression(node.value), None, "*")
    return _ARG(expression(node), None, "")


def _subscript(node: ast.Subscript) -> Any:
    """``x[(a, b)]`` and ``x[a, b]`` are the same and made the same."""
    index = node.slice
    items = index.elts if isinstance(index, ast.Tuple) and index.elts else [index]
    element = MAKE[cst.SubscriptElement]
    return MAKE[cst.Subscript](expression(node.value), [element(_index(item)) for item in items])


def _index(node: ast.expr) -> Any:
    if isinstance(node, ast.Slice):
        return MAKE[cst.Slice](optional(node.lower), optional(node.upper), optional(node.step))
    if isinstance(node, ast.Starred):
        return MAKE[cst.Index](expression(node.value), "*")
    return MAKE[cst.Index](expression(node), None)


def _binary(node: ast.BinOp) -> Any:
    return MAKE[cst.BinaryOperation](expression(node.left), OPERATORS[type(node.op)][0], expression(node.right))


def _boolean(node: ast.BoolOp) -> Any:
    operator = _BOOLEAN[type(node.op)]
    made = expression(node.values[0])
    for value in node.values[1:]:
        made = MAKE[cst.BooleanOperation](made, operator, expression(value))
    return made


def _unary(node: ast.UnaryOp) -> Any:
    return MAKE[cst.UnaryOperation](_UNARY[type(node.op)], expression(node.operand))


def _compare(node: ast.Compare) -> Any:
    target = MAKE[cst.ComparisonTarget]
    return MAKE[cst.Comparison](
        expression(node.left),
        [
            target(_COMPARE[type(sign)], expression(right))
            for sign, right in zip(node.ops, node.comparators, strict=True)
        ],
    )


def elements(nodes: Sequence[ast.expr]) -> list[Any]:
    starred = MAKE[cst.StarredElement]
    return [
        starred(expression(item.value)) if isinstance(item, ast.Starred) else _ELEMENT(expression(item))
        for item in nodes
    ]


def _tuple(node: ast.Tuple) -> Any:
    return MAKE[cst.Tuple](elements(node.elts))


def _list(node: ast.List) -> Any:
    return MAKE[cst.List](elements(node.elts))


def _set(node: ast.Set) -> Any:
    return MAKE[cst.Set](elements(node.elts))


def _dict(node: ast.Dict) -> Any:
    element, starred = MAKE[cst.DictElement], MAKE[cst.StarredDictElement]
    return MAKE[cst.Dict](
        [
            starred(expression(value)) if key is None else element(expression(key), expression(value))
            for key, value in zip(node.keys, node.values, strict=True)
        ]
    )


def _ternary(node: ast.IfExp) -> Any:
    return MAKE[cst.IfExp](expression(node.test), expression(node.body), expression(node.orelse))


def _lambda(node: ast.Lambda) -> Any:
    return MAKE[cst.Lambda](parameters(node.args), expression(node.body))


def _walrus(node: ast.NamedExpr) -> Any:
    return MAKE[cst.NamedExpr](expression(node.target), expression(node.value))


def _await(node: ast.Await) -> Any:
    return MAKE[cst.Await](expression(node.value))


def _yield(node: ast.Yield) -> Any:
    return MAKE[cst.Yield](optional(node.value))


def _yield_from(node: ast.YieldFrom) -> Any:
    return MAKE[cst.Yield](MAKE[cst.From](expression(node.value)))


def _generators(nodes: Sequence[ast.comprehension]) -> Any:
    made = None
    test = MAKE[cst.CompIf]
    for node in reversed(nodes):
        made = MAKE[cst.CompFor](
            expression(node.target),
            expression(node.iter),
            [test(expression(each)) for each in node.ifs],
            made,
            ASYNCHRONOUS if node.is_async else None,
        )
    return made


def _list_comprehension(node: ast.ListComp) -> Any:
    return MAKE[cst.ListComp](expression(node.elt), _generators(node.generators))


def _set_comprehension(node: ast.SetComp) -> Any:
    return MAKE[cst.SetComp](expression(node.elt), _generators(node.generators))


def _generator(node: ast.GeneratorExp) -> Any:
    return MAKE[cst.GeneratorExp](expression(node.elt), _generators(node.generators))


def _dict_comprehension(node: ast.DictComp) -> Any:
    return MAKE[cst.DictComp](expression(node.key), expression(node.value), _generators(node.generators))


def _joined(node: ast.JoinedStr) -> Any:
    """Before Python 3.12 the stdlib does not know where the parts of an f-string stand: none are noted."""
    token = RECORD.set(None)
    try:
        return MAKE[cst.FormattedString](_parts(node.values))
    finally:
        RECORD.reset(token)


def _parts(nodes: Sequence[ast.expr]) -> list[Any]:
    parts = []
    for node in nodes:
        if isinstance(node, ast.FormattedValue):
            spec = _parts(node.format_spec.values) if isinstance(node.format_spec, ast.JoinedStr) else None
            conversion = chr(node.conversion) if node.conversion > 0 else None
            parts.append(MAKE[cst.FormattedStringExpression](expression(node.value), conversion, spec))
        else:
            text = node.value if isinstance(node, ast.Constant) else ""
            parts.append(MAKE[cst.FormattedStringText](text if isinstance(text, str) else ""))
    return parts


def _parameter(node: ast.arg, default: ast.expr | None, star: str = "") -> Any:
    annotation = None if node.annotation is None else MAKE[cst.Annotation](_annotation(node.annotation))
    made = _PARAM(_NAME(node.arg), annotation, optional(default), star)
    record = RECORD.get()
    if record is not None:
        record.append((made, node))
    return made


def _annotation(node: ast.expr) -> Any:
    if isinstance(node, ast.Starred):  # *args: *Ts
        return MAKE[cst.StarredElement](expression(node.value))
    return expression(node)


def parameters(node: ast.arguments) -> Any:
    positional = [*node.posonlyargs, *node.args]
    defaults = [*[None] * (len(positional) - len(node.defaults)), *node.defaults]
    made = [_parameter(*pair) for pair in zip(positional, defaults, strict=True)]
    count = len(node.posonlyargs)
    star: Any = cst.MaybeSentinel.DEFAULT
    if node.vararg is not None:
        star = _parameter(node.vararg, None, "*")
    return MAKE[cst.Parameters](
        made[count:],
        star,
        [_parameter(*pair) for pair in zip(node.kwonlyargs, node.kw_defaults, strict=True)],
        None if node.kwarg is None else _parameter(node.kwarg, None, "**"),
        made[:count],
    )


_EXPRESSIONS: dict[type[ast.expr], Callable[[Any], Any]] = {
    ast.Attribute: _attribute,
    ast.Await: _await,
    ast.BinOp: _binary,
    ast.BoolOp: _boolean,
    ast.Call: _call,
    ast.Compare: _compare,
    ast.Constant: _constant,
    ast.Dict: _dict,
    ast.DictComp: _dict_comprehension,
    ast.GeneratorExp: _generator,
    ast.IfExp: _ternary,
    ast.JoinedStr: _joined,
    ast.Lambda: _lambda,
    ast.List: _list,
    ast.ListComp: _list_comprehension,
    ast.Name: _name,
    ast.NamedExpr: _walrus,
    ast.Set: _set,
    ast.SetComp: _set_comprehension,
    ast.Subscript: _subscript,
    ast.Tuple: _tuple,
    ast.UnaryOp: _unary,
    ast.Yield: _yield,
    ast.YieldFrom: _yield_from,
}
