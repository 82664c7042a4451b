"""Attributes: of modules and classes, of objects as constructors leave them, and what values say themselves."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any

import libcst as cst

from flake8_keras_graph import knowledge
from flake8_keras_graph.analysis.attributes import assigned_attributes
from flake8_keras_graph.analysis.events import Read
from flake8_keras_graph.analysis.interpreter.expressions.names import EXTERNAL
from flake8_keras_graph.analysis.interpreter.frame import Frame
from flake8_keras_graph.analysis.interpreter.protocols import FunctionCaller, Resolver
from flake8_keras_graph.analysis.interpreter.recorder import Recorder, explain_from
from flake8_keras_graph.analysis.late_changes import LateChanges, late_changes, late_methods
from flake8_keras_graph.analysis.values import (
    STATIC,
    UNKNOWN,
    Api,
    Arguments,
    ClassValue,
    External,
    Function,
    Instance,
    Method,
    ModuleValue,
    Seq,
    Shape,
    Static,
    Super,
    Tensor,
    Value,
    join,
)
from flake8_keras_graph.project.hierarchy import Hierarchy
from flake8_keras_graph.project.index import ClassInfo, FunctionInfo, Module
from flake8_keras_graph.project.self_uses import TRACED

_NOT_FOLDERS = EXTERNAL | sys.stdlib_module_names | {"tf", "builtins"}
_Reader = Callable[[Frame, Any, str, cst.CSTNode], Value]

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


class Attributes:
    """Reads attributes, and remembers what constructors set."""

    def __init__(self, recorder: Recorder, hierarchy: Hierarchy) -> None:
        self.emit = recorder.emit
        self.hierarchy = hierarchy
        self._late: dict[ClassInfo, dict[str, str]] = {}
        self._changes: dict[str, LateChanges] = {}
        self._assigned: dict[ClassInfo, frozenset[str]] = {}
        self._bound: dict[ClassInfo, frozenset[str]] = {}
        self._settings: dict[ClassInfo, frozenset[str]] = {}
        self._members: dict[str, Api] = {}
        self._tables: dict[Instance, dict[str, Value]] = {}
        self._tables_by_id: dict[int, tuple[Instance, dict[str, Value]]] = {}
        self._readers: dict[type[Value], _Reader] = {
            Api: self._api_attribute,
            Instance: self._instance_attribute,
            ModuleValue: self._module_attribute,
            ClassValue: self._class_attribute,
            Super: self._super_attribute,
            External: self._external_attribute,
        }

    def connect(self, resolver: Resolver, functions: FunctionCaller) -> None:
        """Hand over the parts that this one asks."""
        self.module_member = resolver.module_member
        self.import_value = resolver.import_value
        self.function_value = resolver.function_value
        self.found_value = resolver.found_value
        self.call_function = functions.call_function

    def attribute(self, frame: Frame, value: Value, name: str, node: cst.CSTNode) -> Value:
        """``value.name``, of one alternative."""
        reader = self._readers.get(type(value))
        if reader is not None:
            return reader(frame, value, name, node)
        return explain_from(frame, value, value.attribute(name), node)

    def _module_attribute(self, frame: Frame, value: ModuleValue, name: str, node: cst.CSTNode) -> Value:
        if value.module is None:
            return UNKNOWN
        found = self.module_member(value.module, name)
        is_builtin = type(found) is Api and found.name.startswith("builtins.")
        return UNKNOWN if is_builtin else found  # a module has no builtins for others

    def _api_attribute(self, frame: Frame, value: Api, name: str, node: cst.CSTNode) -> Value:
        dotted = f"{value.name}.{name}"
        known = self._members.get(dotted)  # the same few names everywhere
        if known is not None:
            return known
        if dotted.partition(".")[0] in _NOT_FOLDERS:
            known = self._members[dotted] = Api(name=knowledge.canonical(dotted))
            return known
        return self.import_value(frame.module, dotted)  # a folder without __init__.py is no module by itself

    def _instance_attribute(self, frame: Frame, value: Instance, name: str, node: cst.CSTNode) -> Value:
        method = self.hierarchy.method(value.info, name)
        if method is None or name in self._bound_names(value.info):
            if frame.constructing is not None and value == frame.instance:
                table = frame.constructing
            else:
                table = self.instance_attributes(value)
            if name in table:
                self._note_read(frame, value.info, name, node)
                return table[name]
        if method is not None:
            if _is_property(method):
                function = Function(info=method, bound=value, owner=method.owner)
                return self.call_function(frame, node, function, Arguments())
            return self.function_value(method, value)
        found = self.hierarchy.class_attribute(value.info, name)
        if found is not None:
            return self.found_value((found[0].module, found[1]))
        kind = self.hierarchy.kind(value.info)
        if kind in {"model", "layer"} and name in _LAYER_ATTRIBUTES:
            return _LAYER_ATTRIBUTES[name]
        if kind in {"model", "layer", "metric"}:
            return Method(receiver=value, name=name)
        return UNKNOWN

    def _note_read(self, frame: Frame, info: ClassInfo, name: str, node: cst.CSTNode) -> None:
        """Record that a value is read which other code changes, once something was traced."""
        if frame.place is None or frame.quiet:
            return
        late = self._late.get(info)
        if late is None:
            late = self._late[info] = self._late_names(info)
        told = late.get(name)
        if told is not None:
            self.emit(frame, Read, node, name=name, owner=info, changed_by=told)

    def _late_names(self, info: ClassInfo) -> dict[str, str]:
        """What changes late of the objects of a class, and what changes it; "" where a method does."""
        found = dict.fromkeys(late_methods(info, self.hierarchy) - _LAYER_ATTRIBUTES.keys(), "")
        for each in self.hierarchy.ancestors(info):
            if isinstance(each, ClassInfo):
                found.update(self._changes_in(each.module).attributes.get(each, {}))
        return found

    def _changes_in(self, module: Module) -> LateChanges:
        known = self._changes.get(module.path)
        if known is None:
            known = self._changes[module.path] = late_changes(module, self.hierarchy)
        return known

    def late_globals(self, module: Module) -> Mapping[str, str]:
        """The globals of a file that it changes once something was traced, and what does."""
        return self._changes_in(module).globals

    def _bound_names(self, info: ClassInfo) -> frozenset[str]:
        """Attributes that some method of an instance of ``info`` binds: no table has others."""
        known = self._bound.get(info)
        if known is None:
            classes = [each for each in self.hierarchy.ancestors(info) if isinstance(each, ClassInfo)]
            names = (self.hierarchy.self_uses.bound_by(method) for each in classes for method in each.methods.values())
            known = self._bound[info] = frozenset().union(*names)
        return known

    def _class_attribute(self, frame: Frame, value: ClassValue, name: str, node: cst.CSTNode) -> Value:
        info = value.info
        if info is None:
            return UNKNOWN
        method = self.hierarchy.method(info, name)
        if method is not None:
            return self.function_value(method)
        found = self.hierarchy.class_attribute(info, name)
        if found is not None:
            return self.found_value((found[0].module, found[1]))
        nested = info.module.classes.get(f"{info.symbol}.{name}")
        return ClassValue(info=nested) if nested is not None else UNKNOWN

    def _super_attribute(self, frame: Frame, value: Super, name: str, node: cst.CSTNode) -> Value:
        instance = value.instance
        if type(instance) is not Instance or value.after is None:
            return UNKNOWN
        method = self.hierarchy.method(instance.info, name, value.after)
        return self.function_value(method, instance) if method is not None else Method(receiver=value, name=name)

    def _external_attribute(self, frame: Frame, value: External, name: str, node: cst.CSTNode) -> Value:
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
        same = self._tables_by_id.get(id(instance))
        if same is not None:
            return same[1]
        known = self._tables.get(instance)
        table: dict[str, Value] = {} if known is None else known
        self._tables_by_id[id(instance)] = (instance, table)  # to hash one takes long
        if known is not None:
            return known
        self._tables[instance] = table  # what a constructor that reads itself sees
        arguments = Arguments(instance.arguments or (), dict(instance.keywords), instance.arguments is None)
        for name, given in (("__init__", arguments), ("build", Arguments(open=True))):
            method = self.hierarchy.method(instance.info, name)
            if method is not None:
                self._construct(instance, method, given, table)
        for name, value in self._changed_elsewhere(instance.info).items():
            table[name] = join(table[name], value) if name in table else value
        return table

    def attribute_names(self, instance: Instance) -> list[str]:
        """The names of its methods and of what ``__init__`` and ``build`` set, sorted."""
        classes = [each for each in self.hierarchy.ancestors(instance.info) if isinstance(each, ClassInfo)]
        methods = {name for each in classes for name in each.methods}
        return sorted(methods | self.instance_attributes(instance).keys())

    def settings_of(self, info: ClassInfo) -> frozenset[str]:
        """Attributes that nothing but constructing sets."""
        known = self._settings.get(info)
        if known is None:
            classes = [each for each in self.hierarchy.ancestors(info) if isinstance(each, ClassInfo)]
            made = [
                self.hierarchy.self_uses.bound_by(each.methods["__init__"])
                for each in classes
                if "__init__" in each.methods
            ]
            known = frozenset().union(*made) - frozenset(self._changed_elsewhere(info)) - self._set_while_tracing(info)
            self._settings[info] = known
        return known

    def _set_while_tracing(self, info: ClassInfo) -> frozenset[str]:
        """Attributes that methods bind which traced methods call: a helper of the constructor may be one."""
        methods = {
            name: method
            for each in reversed(self.hierarchy.ancestors(info)) if isinstance(each, ClassInfo)
            for name, method in each.methods.items()
        }  # fmt: skip
        uses = self.hierarchy.self_uses
        pending = [name for name in methods if name in TRACED]
        reached: set[str] = set()
        while pending:
            found = {name for name in uses.of(methods[pending.pop()]).called if name in methods} - reached
            reached |= found
            pending += found
        return frozenset(name for method in reached for name in uses.bound_by(methods[method]))

    def _construct(self, instance: Instance, method: FunctionInfo, given: Arguments, table: dict[str, Value]) -> None:
        frame = Frame(method.module, None, {}, instance=instance, quiet=True, constructing=table)
        function = Function(info=method, bound=instance, owner=method.owner)
        self.call_function(frame, cst.Pass(), function, given)

    def _changed_elsewhere(self, info: ClassInfo) -> dict[str, Value]:
        """Attributes that methods other than the constructor assign."""
        changed: dict[str, Value] = {}
        for ancestor in self.hierarchy.ancestors(info):
            if isinstance(ancestor, ClassInfo):
                if ancestor not in self._assigned:
                    self._assigned[ancestor] = assigned_attributes(ancestor, self.hierarchy)
                changed.update(dict.fromkeys(self._assigned[ancestor], UNKNOWN))
        return changed


def _is_property(method: FunctionInfo) -> bool:
    return any(name.rpartition(".")[2] in {"property", "cached_property"} for name in method.decorators)
