"""Names and attributes: locals, closures, the module, other files, ``self`` and its classes."""

from __future__ import annotations

import ast
import builtins
import dataclasses

import libcst as cst

from flake8_keras_graph import knowledge
from flake8_keras_graph.analysis.interpreter.frame import Frame, holder_of
from flake8_keras_graph.analysis.interpreter.protocols import Evaluator
from flake8_keras_graph.analysis.values import (
    NONE,
    UNKNOWN,
    Api,
    ClassValue,
    Function,
    Instance,
    Mapping,
    ModuleValue,
    Seq,
    Value,
    constant,
)
from flake8_keras_graph.project.index import ClassInfo, FunctionInfo, Module, dotted_name
from flake8_keras_graph.project.presence import KERAS_PACKAGES
from flake8_keras_graph.project.project import Project
from flake8_keras_graph.syntax.source import read_expression

_CONSTANTS: dict[str, Value] = {"None": NONE, "True": constant(True), "False": constant(False)}
_BUILTINS = frozenset(dir(builtins)) - {"None", "True", "False"}
_OFTEN_SHADOWED = frozenset({"abs", "all", "any", "divmod", "max", "min", "pow", "round", "sorted", "sum"})
# Packages whose names are known, be they installed or not.
EXTERNAL = KERAS_PACKAGES | {"numpy", "einops", "scipy", "math", "jax", "torch"}


class Names:
    """Resolution of names to values."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.module_values: dict[tuple[Module, str], Value] = {}

    def connect(self, evaluator: Evaluator) -> None:
        """Hand over the part that this one asks."""
        self.evaluate = evaluator.evaluate

    def lookup(self, frame: Frame, name: str) -> Value:
        """What ``name`` is in ``frame``."""
        scope = holder_of(frame, name)
        if scope is not None:
            return scope.env[name]
        if name in _CONSTANTS:
            return _CONSTANTS[name]
        return self.module_member(frame.module, name)

    def module_member(self, module: Module, name: str) -> Value:
        """What ``name`` is at the top level of ``module``."""
        key = (module, name)
        if key not in self.module_values:
            self.module_values[key] = UNKNOWN  # what a cycle of constants sees
            self.module_values[key] = self._module_member(module, name)
        return self.module_values[key]

    def _module_member(self, module: Module, name: str) -> Value:
        if name in module.classes:
            return ClassValue(info=module.classes[name])
        if name in module.functions:
            return self.function_value(module.functions[name])
        if name in module.imports:
            return self.import_value(module, module.imports[name])
        if name in module.constants:
            return self.constant_value(module, module.constants[name])
        dotted = self.project.dotted(module, name)
        if dotted != name:
            return self.import_value(module, dotted)
        if module.star_imports or module.is_package:
            found = self.project.member(module, name)
            if found is not None:
                return self.found_value(found)
            starred = self._starred(module, name)
            if starred is not None:
                return starred
        return Api(name=f"builtins.{name}") if name in _BUILTINS else UNKNOWN

    def _starred(self, module: Module, name: str) -> Value | None:
        """What ``from keras.ops import *`` and the like give; None where they leave a name as it was."""
        for star in module.star_imports:
            known = knowledge.canonical(f"{star}.{name}")
            if star.partition(".")[0] in EXTERNAL and _is_known(known):
                return Api(name=known)
        if name in _OFTEN_SHADOWED and any(self.project.resolve_module(s, module) is None for s in module.star_imports):
            return UNKNOWN
        return None

    def import_value(self, module: Module, dotted: str) -> Value:
        """What an absolute dotted name is: the project's own, or an API by its canonical name."""
        root = dotted.partition(".")[0]
        name = knowledge.canonical(dotted)
        if root in EXTERNAL and (module.name.partition(".")[0] != root or _is_known(name)):
            return Api(name=name)
        found = self.project.resolve(dotted, module)
        if found is not None:
            return self.found_value(found)
        return Api(name=knowledge.canonical(self.project.origin(dotted, module)))

    def found_value(self, found: Module | ClassInfo | FunctionInfo | tuple[Module, ast.expr]) -> Value:
        """What the project was found to define, as a value."""
        if isinstance(found, Module):
            return ModuleValue(module=found)
        if isinstance(found, ClassInfo):
            return ClassValue(info=found)
        if isinstance(found, FunctionInfo):
            return self.function_value(found)
        return self.constant_value(*found)

    def constant_value(self, module: Module, node: ast.expr) -> Value:
        """A module or class constant: literals, aliases, and what a quiet evaluation tells of the rest."""
        try:
            literal = ast.literal_eval(node)
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            pass
        else:
            return _from_literal(literal)
        expression = read_expression(node)
        if expression is None:
            return UNKNOWN
        return self.evaluate(Frame(module, None, {}, quiet=True), expression)

    def function_value(self, info: FunctionInfo, bound: Value | None = None) -> Value:
        """A ``def`` seen as a value: decorators that Keras users meet are understood."""
        function = Function(info=info, bound=bound, owner=info.owner)
        for decorator in reversed(info.node.decorator_list):
            name = self._decorator_name(info, decorator)
            if name in {"builtins.staticmethod", "staticmethod"}:
                function = Function(info=info, owner=info.owner)
            elif name == "classmethod" and bound is not None:
                owner = bound.info if type(bound) is Instance else info.owner
                function = Function(info=info, bound=ClassValue(info=owner), owner=info.owner)
            else:
                function = wrapped(function, name)
        return function

    def _decorator_name(self, info: FunctionInfo, decorator: ast.expr) -> str:
        written = dotted_name(decorator)
        return knowledge.canonical(self.project.dotted(info.module, written)) if written else ""

    def decorated(self, frame: Frame, value: Value, decorator: cst.BaseExpression) -> Value:
        """A nested function under one decorator."""
        target = decorator.func if isinstance(decorator, cst.Call) else decorator
        name = self.evaluate(frame, target)
        if type(name) is Api and type(value) is Function:
            return wrapped(value, name.name)
        return UNKNOWN

    def bind_import(self, frame: Frame, node: cst.Import | cst.ImportFrom) -> None:
        """An import inside a function."""
        if isinstance(node, cst.Import):
            for alias in node.names:
                dotted = _dotted(alias.name)
                if alias.asname is not None and isinstance(alias.asname.name, cst.Name):
                    frame.env[alias.asname.name.value] = self.import_value(frame.module, dotted)
                else:
                    root = dotted.partition(".")[0]
                    frame.env[root] = self.import_value(frame.module, root)
            return
        if isinstance(node.names, cst.ImportStar):
            return
        base = _dotted(node.module) if node.module is not None else ""
        if node.relative:
            package = frame.module.name if frame.module.is_package else frame.module.name.rpartition(".")[0]
            parts = package.split(".")
            kept = parts[: len(parts) - (len(node.relative) - 1)]
            base = ".".join([*kept, base] if base else kept)
        for alias in node.names:
            name = _dotted(alias.name)
            local = alias.asname.name.value if alias.asname and isinstance(alias.asname.name, cst.Name) else name
            frame.env[local] = self.import_value(frame.module, f"{base}.{name}")


def wrapped(function: Function, decorator: str) -> Function:
    """``function`` under a decorator of this canonical name, or given to it."""
    converted = {"autograph": True, "no-autograph": False}.get(knowledge.wraps_function(decorator) or "")
    return function if converted is None else dataclasses.replace(function, autograph=converted)


def _is_known(name: str) -> bool:
    return (
        knowledge.returns(name) is not None
        or knowledge.is_layer(name)
        or knowledge.is_model(name)
        or name in {"keras.ops", "keras.layers", "keras", "tf", "keras.backend", "keras.random", "keras.initializers"}
    )


def _from_literal(literal: object) -> Value:
    if isinstance(literal, (list, tuple, set, frozenset)):
        kind = {list: "list", tuple: "tuple"}.get(type(literal), "set")
        return Seq(kind, tuple(_from_literal(item) for item in literal))
    if isinstance(literal, dict):
        return Mapping(tuple((key, _from_literal(value)) for key, value in literal.items()))
    return constant(literal)


def _dotted(node: cst.CSTNode) -> str:
    if isinstance(node, cst.Attribute):
        return f"{_dotted(node.value)}.{node.attr.value}"
    return node.value if isinstance(node, cst.Name) else ""
