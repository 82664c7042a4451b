"""Code that only the first call gets to, told by its text: a test of an attribute that what it guards sets."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from flake8_keras_graph.syntax.nodes import walk

_ASKING = {"hasattr", "getattr"}
_FILLING = {"append", "extend", "insert", "update"}


def sets_what_it_asks(node: cst.If, self_name: str) -> bool:
    """``if self.x is None: self.x = ...``: once that ran, it does not run again."""
    asked = set(_asked(node.test, self_name)) if self_name else set()
    return bool(asked) and not asked.isdisjoint(_set(node.body, self_name))


def attributes_alone(test: cst.BaseExpression, self_name: str) -> set[str]:
    """The attributes of ``self`` that ``test`` is made of; none where anything but constants is among them."""
    asked: set[str] = set()
    names = held = 0
    for node in walk(test):
        kind = type(node)
        if kind is cst.Call:
            return set()
        if kind is cst.Name:
            names += node.value not in {"None", "True", "False"}  # type: ignore[attr-defined]
        elif kind is cst.Attribute:
            if not _is_self(node.value, self_name):  # type: ignore[attr-defined]
                return set()
            held += 1
            asked.add(node.attr.value)  # type: ignore[attr-defined]
    return asked if held * 2 == names else set()


def _asked(test: cst.BaseExpression, self_name: str) -> Iterator[str]:
    for node in walk(test):
        if type(node) is cst.Attribute and _is_self(node.value, self_name):
            yield node.attr.value
        elif type(node) is cst.Call and type(node.func) is cst.Name and node.func.value in _ASKING:
            if len(node.args) > 1 and _is_self(node.args[0].value, self_name):
                name = node.args[1].value
                if type(name) is cst.SimpleString:
                    yield str(name.evaluated_value)


def _set(body: cst.BaseSuite, self_name: str) -> Iterator[str]:
    for node in walk(body):
        target: cst.CSTNode | None = None
        if type(node) is cst.AssignTarget or type(node) is cst.AnnAssign:
            target = node.target.value if type(node.target) is cst.Subscript else node.target
        elif type(node) is cst.Call and type(node.func) is cst.Attribute and node.func.attr.value in _FILLING:
            target = node.func.value
        if type(target) is cst.Attribute and _is_self(target.value, self_name):
            yield target.attr.value


def _is_self(node: cst.CSTNode, self_name: str) -> bool:
    return type(node) is cst.Name and node.value == self_name
