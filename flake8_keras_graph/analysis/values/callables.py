"""Modules, classes and functions: what is called, or holds what is called."""

from __future__ import annotations

import dataclasses
from typing import Protocol

import libcst as cst

from flake8_keras_graph import knowledge
from flake8_keras_graph.analysis.frozen import frozen
from flake8_keras_graph.analysis.values.base import UNKNOWN, Value
from flake8_keras_graph.project.index import ClassInfo, FunctionInfo, Module

_PACKAGES = frozenset({"tf", "keras", "numpy"})  # whoever runs the code has them, whatever a guarded import says


class Scope(Protocol):
    """The names of one call while it is interpreted; the rest is the interpreter's own."""

    env: dict[str, Value]


@frozen()
class Api(Value):
    """A module, class or function outside the project, by its canonical dotted name."""

    name: str = ""

    def may_be_none(self) -> bool:
        """An optional import that failed leaves None."""
        return self.name not in _PACKAGES

    def has_attribute(self, name: str) -> bool | None:
        return True if knowledge.returns(f"{self.name}.{name}") is not None else None

    def order(self) -> tuple[str, ...]:
        return "Api", self.name


@frozen()
class ModuleValue(Value):
    """A module of the project."""

    module: Module | None = None


@frozen()
class ClassValue(Value):
    """A class of the project."""

    info: ClassInfo | None = None

    def can_be(self, truth: bool) -> bool:
        return truth

    def order(self) -> tuple[str, ...]:
        return ("ClassValue",) if self.info is None else ("ClassValue", *defined_at(self.info))


@frozen()
class Function(Value):
    """A function, method, nested function or lambda of the project; ``closure`` is the call that made it."""

    info: FunctionInfo | None = None
    node: cst.FunctionDef | cst.Lambda | None = None
    bound: Value | None = None
    owner: ClassInfo | None = None
    autograph: bool | None = None
    closure: Scope | None = dataclasses.field(default=None, compare=False, repr=False)

    def can_be(self, truth: bool) -> bool:
        return truth

    def order(self) -> tuple[str, ...]:
        if self.info is None:
            return ("Function",)
        inside = () if self.bound is None else (str(self.bound.order()),)
        return ("Function", *defined_at(self.info), *inside)


@frozen()
class Method(Value):
    """A method of a value that the project does not define: ``x.numpy``, ``items.append``."""

    receiver: Value = UNKNOWN
    name: str = ""

    def can_be(self, truth: bool) -> bool:
        return truth

    def order(self) -> tuple[str, ...]:
        return ("Method", self.name, *self.receiver.order())


def defined_at(info: ClassInfo | FunctionInfo) -> tuple[str, str]:
    """Where the project defines it, to sort by."""
    return info.module.path, f"{info.node.lineno:9}"
