"""The fields of libcst's nodes that code means something by, layout left out, and nodes with those alone."""

from __future__ import annotations

import dataclasses
import functools
import operator
from collections.abc import Callable, Iterator
from typing import Any

import libcst as cst

# Of every type that is made from a stdlib tree.
FIELDS: dict[type[cst.CSTNode], tuple[str, ...]] = {
    cst.AnnAssign: ("target", "annotation", "value"),
    cst.Annotation: ("annotation",),
    cst.Arg: ("value", "keyword", "star"),
    cst.AsName: ("name",),
    cst.Assert: ("test", "msg"),
    cst.Assign: ("targets", "value"),
    cst.AssignTarget: ("target",),
    cst.Attribute: ("value", "attr"),
    cst.AugAssign: ("target", "operator", "value"),
    cst.Await: ("expression",),
    cst.BinaryOperation: ("left", "operator", "right"),
    cst.BooleanOperation: ("left", "operator", "right"),
    cst.Break: (),
    cst.Call: ("func", "args"),
    cst.CompFor: ("target", "iter", "ifs", "inner_for_in", "asynchronous"),
    cst.CompIf: ("test",),
    cst.Comparison: ("left", "comparisons"),
    cst.ComparisonTarget: ("operator", "comparator"),
    cst.Continue: (),
    cst.Decorator: ("decorator",),
    cst.Del: ("target",),
    cst.Dict: ("elements",),
    cst.DictComp: ("key", "value", "for_in"),
    cst.DictElement: ("key", "value"),
    cst.Element: ("value",),
    cst.Ellipsis: (),
    cst.Else: ("body",),
    cst.ExceptHandler: ("body", "type", "name"),
    cst.Expr: ("value",),
    cst.Finally: ("body",),
    cst.Float: ("value",),
    cst.For: ("target", "iter", "body", "orelse", "asynchronous"),
    cst.FormattedString: ("parts",),
    cst.FormattedStringExpression: ("expression", "conversion", "format_spec"),
    cst.FormattedStringText: ("value",),
    cst.From: ("item",),
    cst.FunctionDef: ("name", "params", "body", "decorators", "returns", "asynchronous"),
    cst.GeneratorExp: ("elt", "for_in"),
    cst.Global: ("names",),
    cst.If: ("test", "body", "orelse"),
    cst.IfExp: ("test", "body", "orelse"),
    cst.Imaginary: ("value",),
    cst.Import: ("names",),
    cst.ImportAlias: ("name", "asname"),
    cst.ImportFrom: ("module", "names", "relative"),
    cst.IndentedBlock: ("body",),
    cst.Index: ("value", "star"),
    cst.Integer: ("value",),
    cst.Lambda: ("params", "body"),
    cst.List: ("elements",),
    cst.ListComp: ("elt", "for_in"),
    cst.Name: ("value",),
    cst.NameItem: ("name",),
    cst.NamedExpr: ("target", "value"),
    cst.Nonlocal: ("names",),
    cst.Param: ("name", "annotation", "default", "star"),
    cst.Parameters: ("params", "star_arg", "kwonly_params", "star_kwarg", "posonly_params"),
    cst.Pass: (),
    cst.Raise: ("exc", "cause"),
    cst.Return: ("value",),
    cst.Set: ("elements",),
    cst.SetComp: ("elt", "for_in"),
    cst.SimpleStatementLine: ("body",),
    cst.SimpleString: ("value",),
    cst.Slice: ("lower", "upper", "step"),
    cst.StarredDictElement: ("value",),
    cst.StarredElement: ("value",),
    cst.Subscript: ("value", "slice"),
    cst.SubscriptElement: ("slice",),
    cst.Try: ("body", "handlers", "orelse", "finalbody"),
    cst.Tuple: ("elements",),
    cst.UnaryOperation: ("operator", "expression"),
    cst.While: ("test", "body", "orelse"),
    cst.With: ("items", "body", "asynchronous"),
    cst.WithItem: ("item", "asname"),
    cst.Yield: ("value",),
}
# Those of a type in the order in which they are written, where that is another: nodes are made by the order above.
_AS_WRITTEN: dict[type[cst.CSTNode], tuple[str, ...]] = {
    cst.Arg: ("star", "keyword", "value"),
    cst.ClassDef: ("decorators", "name", "type_parameters", "bases", "keywords", "body"),
    cst.CompFor: ("asynchronous", "target", "iter", "ifs", "inner_for_in"),
    cst.ExceptHandler: ("type", "name", "body"),
    cst.ExceptStarHandler: ("type", "name", "body"),
    cst.For: ("asynchronous", "target", "iter", "body", "orelse"),
    cst.FunctionDef: ("decorators", "asynchronous", "name", "params", "returns", "body"),
    cst.IfExp: ("body", "test", "orelse"),
    cst.ImportFrom: ("relative", "module", "names"),
    cst.Index: ("star", "value"),
    cst.MatchCase: ("pattern", "guard", "body"),
    cst.MatchAs: ("pattern", "name"),
    cst.Parameters: ("posonly_params", "params", "star_arg", "kwonly_params", "star_kwarg"),
    cst.With: ("asynchronous", "items", "body"),
}
# The layout fields of the types that are only ever parsed, by how their names begin.
_LAYOUT = ("whitespace", "leading_", "lines_after", "lpar", "rpar", "lbracket", "rbracket", "lbrace", "rbrace",
           "comma", "colon", "semicolon", "header", "footer", "equal", "newline", "trailing_whitespace",
           "indent")  # fmt: skip
_PLAIN = {str, bool, type(None), cst.MaybeSentinel}


@functools.cache
def fields(kind: type[cst.CSTNode]) -> tuple[str, ...]:
    """The fields of a type of node in the order in which they are written, layout left out."""
    known = _AS_WRITTEN.get(kind) or FIELDS.get(kind)
    if known is not None:
        return known
    return tuple(field.name for field in dataclasses.fields(kind) if not field.name.startswith(_LAYOUT))


def children(node: cst.CSTNode) -> list[cst.CSTNode]:
    """What ``node`` consists of, in the order in which it is written, layout left out, made here or parsed.

    libcst's own ``children`` makes the node again to find out, and takes ten times as long.
    """
    found: list[cst.CSTNode] = []
    kind = type(node)
    for value in (_READERS.get(kind) or _reader(kind))(node):
        kind_of_value = type(value)
        if kind_of_value is list or kind_of_value is tuple:
            found += value
        elif kind_of_value not in _PLAIN:
            found.append(value)
    return found


def walk(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """``node`` and everything below it, in the order in which it is written, layout left out."""
    stack = [node]
    while stack:
        node = stack.pop()
        yield node
        if type(node) is not cst.Name:  # most of them, and nothing is below one
            stack += reversed(children(node))


_READERS: dict[type[cst.CSTNode], Callable[[Any], tuple[Any, ...]]] = {}


def _reader(kind: type[cst.CSTNode]) -> Callable[[Any], tuple[Any, ...]]:
    """Reads the values of the fields of a type of node all at once."""
    names = fields(kind)
    if len(names) > 1:
        read: Callable[[Any], tuple[Any, ...]] = operator.attrgetter(*names)
    elif names:
        only = operator.attrgetter(names[0])

        def read(node: Any) -> tuple[Any, ...]:
            return (only(node),)
    else:

        def read(node: Any) -> tuple[Any, ...]:
            return ()

    _READERS[kind] = read
    return read


def assigned_targets(node: cst.CSTNode) -> list[cst.BaseExpression]:
    """What an assignment of any kind binds; nothing for other statements."""
    if isinstance(node, cst.Assign):
        return [item.target for item in node.targets]
    return [node.target] if isinstance(node, (cst.AugAssign, cst.AnnAssign)) else []


def _maker(kind: type[cst.CSTNode]) -> Callable[..., Any]:
    """Makes nodes of a type out of its fields' values, in the order of ``FIELDS``.

    libcst's constructors would make twenty objects of layout for one that is read.
    """
    new = object.__new__
    setters = [getattr(kind, name).__set__ for name in FIELDS[kind]]
    if len(setters) == 1:
        (only,) = setters

        def make_one(value: object) -> cst.CSTNode:
            node: cst.CSTNode = new(kind)
            only(node, value)
            return node

        return make_one
    if len(setters) == 2:
        first, second = setters

        def make_two(one: object, two: object) -> cst.CSTNode:
            node: cst.CSTNode = new(kind)
            first(node, one)
            second(node, two)
            return node

        return make_two

    if len(setters) == 3:
        first, second, third = setters

        def make_three(one: object, two: object, three: object) -> cst.CSTNode:
            node: cst.CSTNode = new(kind)
            first(node, one)
            second(node, two)
            third(node, three)
            return node

        return make_three

    def make(*values: object) -> cst.CSTNode:
        node: cst.CSTNode = new(kind)
        for setter, value in zip(setters, values, strict=True):
            setter(node, value)
        return node

    return make


MAKE = {kind: _maker(kind) for kind in FIELDS}
