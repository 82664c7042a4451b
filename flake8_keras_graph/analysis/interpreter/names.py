"""Names and attributes: locals, closures, the module, other files, ``self`` and its classes."""

from __future__ import annotations

import ast
import builtins
import dataclasses
import sys

import libcst as cst

from flake8_keras_graph import knowledge
from flake8_keras_graph.analysis.attributes import bound_by, uses_of
from flake8_keras_graph.analysis.interpreter.core import Arguments, Core
from flake8_keras_graph.analysis.interpreter.frames import Frame
from flake8_keras_graph.analysis.values import (
    NONE,
    STATIC,
    UNKNOWN,
    Api,
    ClassValue,
    External,
    Function,
    Instance,
    Mapping,
    Method,
    ModuleValue,
    Seq,
    Shape,
    Static,
    Super,
    Tensor,
    Tensors,
    Value,
    constant,
    join,
)
from flake8_keras_graph.project.hierarchy import Hierarchy
from flake8_keras_graph.project.index import ClassInfo, FunctionInfo, Module
from flake8_keras_graph.project.presence import KERAS_PACKAGES
from flake8_keras_graph.syntax.source import read_expression

_CONSTANTS: dict[str, Value] = {"None": NONE, "True": constant(True), "False": constant(False)}
_BUILTINS = frozenset(dir(builtins)) - {"None", "True", "False"}
_OFTEN_SHADOWED = frozenset({"abs", "all", "any", "divmod", "max", "min", "pow", "round", "sorted", "sum"})
_EXTERNAL = KERAS_PACKAGES | {"numpy", "einops", "scipy", "math", "jax", "torch"}
_NOT_FOLDERS = _EXTERNAL | sys.stdlib_module_names | {"tf", "builtins"}

# What every Keras layer and model has.
_LAYER_ATTRIBUTES: dict[str, Value] = {
    "built": Static(type="bool", source="attribute"),
    "trainable": Static(type="bool", source="attribute"),
    "name": Static(type="str"),
    "dtype": STATIC,
    "compute_dtype": STATIC,
    "variable_dtype": STATIC,
    "dtype_policy": STATIC,
    "supports_masking": Static(type="bool"),
    "stateful": Static(type="bool"),
    "run_eagerly": Static(type="bool"),
    "layers": Seq("list", None, External(name="keras.layers.Layer")),
    "losses": Seq("list"),  # often there are none: nothing is certain of their sum
    "weights": Seq("list", None, Tensor(variable="keras")),
    "variables": Seq("list", None, Tensor(variable="keras")),
    "trainable_weights": Seq("list", None, Tensor(variable="keras")),
    "trainable_variables": Seq("list", None, Tensor(variable="keras")),
    "non_trainable_weights": Seq("list", None, Tensor(variable="keras")),
    "non_trainable_variables": Seq("list", None, Tensor(variable="keras")),
    "optimizer": External(name="keras.optimizers.Optimizer"),
    "input_shape": Shape("static", False, None),
    "output_shape": Shape("static", False, None),
}


class Names(Core):
    """Resolution of names and attributes to values."""

    def lookup(self, frame: Frame, name: str) -> Value:
        scope: Frame | None = frame
        while scope is not None:
            if name in scope.env:
                return scope.env[name]
            scope = scope.closure
        if name in _CONSTANTS:
            return _CONSTANTS[name]
        return self.module_member(frame.module, name)

    def module_member(self, module: Module, name: str) -> Value:
        """What ``name`` is at the top level of ``module``."""
        key = (id(module), name)
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
                return self._found(found)
            starred = self._starred(module, name)
            if starred is not None:
                return starred
        return Api(name=f"builtins.{name}") if name in _BUILTINS else UNKNOWN

    def _starred(self, module: Module, name: str) -> Value | None:
        """What ``from keras.ops import *`` and the like give; None where they leave a name as it was."""
        for star in module.star_imports:
            known = knowledge.canonical(f"{star}.{name}")
            if star.partition(".")[0] in _EXTERNAL and _is_known(known):
                return Api(name=known)
        if name in _OFTEN_SHADOWED and any(self.project.resolve_module(s, module) is None for s in module.star_imports):
            return UNKNOWN
        return None

    def import_value(self, module: Module, dotted: str) -> Value:
        """What an absolute dotted name is: the project's own, or an API by its canonical name."""
        root = dotted.partition(".")[0]
        name = knowledge.canonical(dotted)
        if root in _EXTERNAL and (module.name.partition(".")[0] != root or _is_known(name)):
            return Api(name=name)
        found = self.project.resolve(dotted, module)
        if found is not None:
            return self._found(found)
        return Api(name=knowledge.canonical(self.project.origin(dotted, module)))

    def _found(self, found: Module | ClassInfo | FunctionInfo | tuple[Module, ast.expr]) -> Value:
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
        function: Value = Function(info=info, bound=bound, owner=info.owner)
        for decorator in reversed(info.node.decorator_list):
            name = self._decorator_name(info, decorator)
            if name in {"builtins.staticmethod", "staticmethod"}:
                function = Function(info=info, owner=info.owner)
            elif name == "classmethod" and bound is not None:
                owner = bound.info if isinstance(bound, Instance) else info.owner
                function = Function(info=info, bound=ClassValue(info=owner), owner=info.owner)
            elif isinstance(function, Function):
                function = self.wrapped(function, name)
        return function

    def _decorator_name(self, info: FunctionInfo, decorator: ast.expr) -> str:
        from flake8_keras_graph.project.index import dotted_name  # index has no part in the interpreter's types

        written = dotted_name(decorator)
        return knowledge.canonical(self.project.dotted(info.module, written)) if written else ""

    def wrapped(self, function: Function, decorator: str) -> Function:
        """``function`` under a decorator of this canonical name, or given to it."""
        converted = {"autograph": True, "no-autograph": False}.get(knowledge.wraps_function(decorator) or "")
        return function if converted is None else dataclasses.replace(function, autograph=converted)

    def decorated(self, frame: Frame, value: Value, decorator: cst.BaseExpression) -> Value:
        """A nested function under one decorator."""
        target = decorator.func if isinstance(decorator, cst.Call) else decorator
        name = self.evaluate(frame, target)
        if isinstance(name, Api) and isinstance(value, Function):
            return self.wrapped(value, name.name)
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

    def attribute(self, frame: Frame, value: Value, name: str, node: cst.CSTNode) -> Value:
        if isinstance(value, Api):
            return self._api_attribute(frame, value, name)
        if isinstance(value, Instance):
            return self._instance_attribute(frame, value, name, node)
        if isinstance(value, (Tensor, Tensors)):
            return self._tensor_attribute(frame, value, name, node)
        if isinstance(value, ModuleValue) and value.module is not None:
            found = self.module_member(value.module, name)
            is_builtin = isinstance(found, Api) and found.name.startswith("builtins.")
            return UNKNOWN if is_builtin else found  # a module has no builtins for others
        if isinstance(value, ClassValue) and value.info is not None:
            return self._class_attribute(value.info, name)
        if isinstance(value, Super):
            return self._super_attribute(value, name)
        if isinstance(value, External):
            return self._external_attribute(value, name)
        if isinstance(value, Shape) and name in {"rank", "ndims"}:
            return Static(source="shape", type="int")
        if isinstance(value, (Seq, Mapping, Shape, Static)):
            return Method(receiver=value, name=name)
        return UNKNOWN

    def _api_attribute(self, frame: Frame, value: Api, name: str) -> Value:
        dotted = f"{value.name}.{name}"
        if dotted.partition(".")[0] in _NOT_FOLDERS:
            return Api(name=knowledge.canonical(dotted))
        return self.import_value(frame.module, dotted)  # a folder without __init__.py is no module by itself

    def _tensor_attribute(self, frame: Frame, value: Tensor | Tensors, name: str, node: cst.CSTNode) -> Value:
        spec = knowledge.tensor_attribute(name)
        if isinstance(value, Tensors) and spec is None:
            return Method(receiver=value, name=name)
        if spec is None:
            return UNKNOWN
        if spec.startswith("call:"):
            return Method(receiver=value, name=name)
        if spec == "static-shape":
            return self.explain(frame, Shape("static", value.batched, 0, why=value.why), "{code}", node)
        if spec in {"tensor", "batched"}:
            batched = spec == "batched" and value.batched
            return self.explain(frame, Tensor(batched, why=value.why), "{code} is a tensor", node)
        if name in {"ndim"}:
            return Static(source="shape", type="int")
        if name == "graph":
            return External(name="tf.Graph")
        return STATIC if spec == "static" else UNKNOWN

    def _instance_attribute(self, frame: Frame, value: Instance, name: str, node: cst.CSTNode) -> Value:
        method = self.hierarchy.method(value.info, name)
        if method is None or name in self._bound_names(value.info):
            if frame.constructing is not None and value == frame.instance:
                table = frame.constructing
            else:
                table = self.instance_attributes(value)
            if name in table:
                return table[name]
        if method is not None:
            if _is_property(method):
                function = Function(info=method, bound=value, owner=method.owner)
                return self.call_function(frame, node, function, Arguments())
            return self.function_value(method, value)
        found = self.hierarchy.class_attribute(value.info, name)
        if found is not None:
            return self.constant_value(found[0].module, found[1])
        kind = self.hierarchy.kind(value.info)
        if kind in {"model", "layer"} and name in _LAYER_ATTRIBUTES:
            return _LAYER_ATTRIBUTES[name]
        if kind in {"model", "layer", "metric"}:
            return Method(receiver=value, name=name)
        return UNKNOWN

    def _bound_names(self, info: ClassInfo) -> frozenset[str]:
        """Attributes that some method of an instance of ``info`` binds: no table has others."""
        known = self.bound_names.get(id(info))
        if known is None:
            classes = [each for each in self.hierarchy.ancestors(info) if isinstance(each, ClassInfo)]
            names = (bound_by(method, self.hierarchy) for each in classes for method in each.methods.values())
            known = self.bound_names[id(info)] = (info, frozenset().union(*names))
        return known[1]

    def _class_attribute(self, info: ClassInfo, name: str) -> Value:
        method = self.hierarchy.method(info, name)
        if method is not None:
            return self.function_value(method)
        found = self.hierarchy.class_attribute(info, name)
        if found is not None:
            return self.constant_value(found[0].module, found[1])
        nested = info.module.classes.get(f"{info.symbol}.{name}")
        return ClassValue(info=nested) if nested is not None else UNKNOWN

    def _super_attribute(self, value: Super, name: str) -> Value:
        instance = value.instance
        if isinstance(instance, Instance) and value.after is not None:
            method = self.hierarchy.method(instance.info, name, value.after)
            if method is not None:
                return self.function_value(method, instance)
            return Method(receiver=value, name=name)
        return UNKNOWN

    def _external_attribute(self, value: External, name: str) -> Value:
        if value.name.startswith("keras.optimizers.") and name == "iterations":
            return Tensor(rank=0, variable="keras")
        if knowledge.is_layer(value.name) or knowledge.is_model(value.name):
            if name in _LAYER_ATTRIBUTES:
                return _LAYER_ATTRIBUTES[name]
            if name in {"kernel", "bias", "embeddings", "gamma", "beta"}:
                return Tensor(variable="keras")
        return Method(receiver=value, name=name)

    def instance_attributes(self, instance: Instance) -> dict[str, Value]:
        """``self.x`` as ``__init__`` and ``build`` leave it; what other methods change as well is not known."""
        same = self.attribute_tables_by_id.get(id(instance))
        if same is not None:
            return same[1]
        known = self.attribute_tables.get(instance)
        table: dict[str, Value] = {} if known is None else known
        self.attribute_tables_by_id[id(instance)] = (instance, table)  # to hash one takes long
        if known is not None:
            return known
        self.attribute_tables[instance] = table  # what a constructor that reads itself sees
        arguments = Arguments(instance.arguments or (), dict(instance.keywords), instance.arguments is None)
        for name, given in (("__init__", arguments), ("build", Arguments(open=True))):
            method = self.hierarchy.method(instance.info, name)
            if method is not None:
                self._construct(instance, method, given, table)
        for name, value in self._changed_elsewhere(instance.info).items():
            table[name] = join(table[name], value) if name in table else value
        return table

    def _construct(self, instance: Instance, method: FunctionInfo, given: Arguments, table: dict[str, Value]) -> None:
        frame = Frame(method.module, None, {}, instance=instance, quiet=True, constructing=table)
        function = Function(info=method, bound=instance, owner=method.owner)
        self.call_function(frame, cst.Pass(), function, given)

    def _changed_elsewhere(self, info: ClassInfo) -> dict[str, Value]:
        """Attributes that methods other than the constructor assign."""
        changed: dict[str, Value] = {}
        for ancestor in self.hierarchy.ancestors(info):
            if isinstance(ancestor, ClassInfo):
                if id(ancestor) not in self.assigned:
                    self.assigned[id(ancestor)] = assigned_attributes(ancestor, self.hierarchy)
                for name in self.assigned[id(ancestor)]:
                    changed[name] = UNKNOWN
        return changed


def assigned_attributes(info: ClassInfo, hierarchy: Hierarchy) -> frozenset[str]:
    """Names stored on ``self`` outside of ``__init__`` and what it calls by name."""
    constructors = {"__init__", "build", "__new__"}
    bound = {name: bound_by(method, hierarchy) for name, method in info.methods.items() if name not in constructors}
    if not any(bound.values()):
        return frozenset()
    queue = [name for name in constructors if name in info.methods]
    while queue:  # helpers that the constructor calls construct too
        for name in uses_of(info.methods[queue.pop()], hierarchy).called:
            if name in info.methods and name not in constructors and name not in ("call", "__call__"):
                constructors.add(name)
                queue.append(name)
    return frozenset(name for method, names in bound.items() if method not in constructors for name in names)


def _is_property(method: FunctionInfo) -> bool:
    return any(name.rpartition(".")[2] in {"property", "cached_property"} for name in method.decorators)


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
