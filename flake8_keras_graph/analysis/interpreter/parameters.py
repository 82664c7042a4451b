"""What the code of a traced method says of its parameters: that one is a tensor, where it could be a structure."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator

import libcst as cst

from flake8_keras_graph import knowledge
from flake8_keras_graph.syntax.nodes import children, walk

_TENSORS = frozenset({"Tensor", "KerasTensor", "TensorLike"})
# What a tensor has, and no list, tuple or dict of tensors.
_OF_TENSORS = frozenset({"shape", "dtype", "get_shape", "ndim", "set_shape", "graph"})
_TYPE_TESTS = {name.rpartition(".")[2] for name in knowledge.names_where("tensor-test")} | {"isinstance", "type"}
_DEFINITIONS = {cst.FunctionDef, cst.ClassDef}
_BLOCKS = {cst.If, cst.Try, cst.TryStar, cst.Match, cst.While, *_DEFINITIONS}
_SELDOM_RUN = {cst.Lambda, cst.IfExp, cst.BooleanOperation, cst.ListComp, cst.SetComp, cst.DictComp, cst.GeneratorExp}
_NOT_ALWAYS = _SELDOM_RUN | _BLOCKS
_BINDING = {cst.Assign, cst.AugAssign, cst.AnnAssign, cst.For}
_SAYING = {cst.Call, cst.Attribute, cst.Subscript, *_BINDING}
"""What may say that a parameter is a structure."""

_SHOWING = {cst.Attribute, cst.Subscript, cst.UnaryOperation, cst.BinaryOperation}
"""What may show that one is a tensor."""


def is_annotated_as_tensor(param: cst.Param) -> bool:
    """Whether its annotation is the class of tensors: ``tf.Tensor``, spelled as a text or not."""
    node = param.annotation.annotation if param.annotation is not None else None
    if isinstance(node, cst.SimpleString):
        text = node.raw_value
        return "." in text and text.rpartition(".")[2] in _TENSORS and text.replace(".", "").isidentifier()
    return isinstance(node, cst.Attribute) and node.attr.value in _TENSORS


def is_one_tensor(function: cst.FunctionDef, param: cst.Param) -> bool:
    """Whether every run takes the parameter for one tensor: by its annotation, or as only a tensor can be used.

    Code that binds the name again, asks for its type or takes it apart says that it may be a structure.
    """
    name = param.name.value
    if _may_be_structure(function, name):
        return False
    return is_annotated_as_tensor(param) or any(_shows_tensor(node, name) for node in _looked_at(function)[1])


@functools.lru_cache(maxsize=4)
def _looked_at(function: cst.FunctionDef) -> tuple[list[cst.CSTNode], list[cst.CSTNode]]:
    """What may say that a parameter is a structure, and what that one is a tensor; asked for each in turn."""
    saying = [node for node in walk(function.body) if type(node) in _SAYING]
    return saying, [node for node in _always_run(function.body.body) if type(node) in _SHOWING]


def _may_be_structure(function: cst.FunctionDef, name: str) -> bool:
    for node in _looked_at(function)[0]:
        kind = type(node)
        if kind is cst.Call:
            called = node.func.attr if isinstance(node.func, cst.Attribute) else node.func  # type: ignore[attr-defined]
            if isinstance(called, cst.Name) and called.value in _TYPE_TESTS:
                if any(_is(argument.value, name) for argument in node.args):  # type: ignore[attr-defined]
                    return True
        elif kind is cst.Attribute:
            if _is(node.value, name) and node.attr.value in {"items", "keys", "values", "get", "append"}:  # type: ignore[attr-defined]
                return True
        elif kind is cst.Subscript:
            first = node.slice[0].slice  # type: ignore[attr-defined]
            is_text = isinstance(first, cst.Index) and isinstance(first.value, (cst.SimpleString, cst.FormattedString))
            if is_text and _is(node.value, name):  # type: ignore[attr-defined]
                return True
        elif kind in _BINDING and _binds(node, name):
            return True
    return False


def _binds(node: cst.CSTNode, name: str) -> bool:
    """Whether the statement assigns to ``name``, or unpacks what it holds."""
    if isinstance(node, cst.Assign):
        targets = [each.target for each in node.targets]
        if _is(node.value, name) and any(isinstance(target, (cst.Tuple, cst.List)) for target in targets):
            return True
    else:
        targets = [node.target] if isinstance(node, (cst.AugAssign, cst.AnnAssign, cst.For)) else []
    return any(_is(part, name) for target in targets for part in walk(target))


def _always_run(body: Iterable[cst.CSTNode]) -> Iterator[cst.CSTNode]:
    """What every run of the statements evaluates, up to the first that may leave or not run."""
    for statement in body:
        if type(statement) in _BLOCKS:
            if type(statement) in _DEFINITIONS:
                continue
            return
        stack: list[cst.CSTNode] = [statement]
        while stack:
            node = stack.pop()
            if type(node) in _NOT_ALWAYS:
                continue
            yield node
            stack += children(node)


def _shows_tensor(node: cst.CSTNode, name: str) -> bool:
    """``x.shape``, ``x[:, 0]``, ``-x``, or arithmetic that no list or dict takes part in: ``x / n``, ``x * 2.0``."""
    if type(node) is cst.Attribute:
        return node.attr.value in _OF_TENSORS and _is(node.value, name)
    if type(node) is cst.UnaryOperation:
        return type(node.operator) is cst.Minus and _is(node.expression, name)
    if type(node) is cst.BinaryOperation:
        takes_lists = type(node.operator) in (cst.Add, cst.Multiply, cst.BitOr)
        return any(
            _is(one, name) and (not takes_lists or type(other) is cst.Float)
            for one, other in ((node.left, node.right), (node.right, node.left))
        )
    if type(node) is not cst.Subscript or not _is(node.value, name):
        return False
    return len(node.slice) > 1


def _is(node: cst.CSTNode, name: str) -> bool:
    return type(node) is cst.Name and node.value == name
