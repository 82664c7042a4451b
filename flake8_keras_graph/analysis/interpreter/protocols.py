"""What the parts of the interpreter ask of each other: a protocol for each direction, and what travels along it.

Code calls code, so that every part reaches every other in the end. Each is handed, in ``connect``, those it asks
itself, by these protocols: it imports none of them, and a test can put anything else in their place.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Protocol

import libcst as cst

from flake8_keras_graph.analysis.frozen import frozen
from flake8_keras_graph.analysis.interpreter.frame import Frame
from flake8_keras_graph.analysis.values import (
    UNKNOWN,
    Arguments,
    ClassValue,
    External,
    Function,
    Instance,
    Static,
    Value,
)
from flake8_keras_graph.project.index import ClassInfo, FunctionInfo, Module

Refinement = dict[str, Value]
Operand = tuple[Value, cst.BaseExpression]


@frozen()
class Condition:
    """``value`` decides the test (a tensor where any part that is evaluated is one), spelled ``operand``.

    ``true`` and ``false`` are what names may be taken to be on each side; None where it cannot be reached.
    ``plain`` is the value of the expression itself.
    """

    value: Value
    operand: cst.BaseExpression
    true: Refinement | None
    false: Refinement | None
    plain: Value


class Evaluator(Protocol):
    """Evaluates expressions."""

    def evaluate(self, frame: Frame, node: cst.BaseExpression) -> Value: ...


class Tester(Protocol):
    """Evaluates tests."""

    def condition(self, frame: Frame, node: cst.BaseExpression) -> Condition: ...

    def type_test(self, frame: Frame, node: cst.Call) -> Condition | None: ...


class Executor(Protocol):
    """Runs statements."""

    def statement(self, frame: Frame, node: cst.CSTNode) -> bool: ...

    def execute_body(self, frame: Frame, node: cst.FunctionDef | cst.Lambda) -> Value: ...


class Binder(Protocol):
    """Binds targets, and keeps what names hold up to date when it changes in place."""

    def assign(
        self,
        frame: Frame,
        target: cst.BaseExpression,
        value: Value,
        node: cst.CSTNode,
        how: str = "assign",
        before: Value = UNKNOWN,
    ) -> None: ...

    def change(self, frame: Frame, name: str, before: Value, after: Value) -> None: ...

    def change_inside(self, frame: Frame, node: cst.BaseExpression) -> None: ...

    def change_receiver(self, frame: Frame, node: cst.Call, after: Value, given: Value) -> None: ...


class Resolver(Protocol):
    """Resolves names: locals, closures, modules, imports."""

    def lookup(self, frame: Frame, name: str) -> Value: ...

    def module_member(self, module: Module, name: str) -> Value: ...

    def import_value(self, module: Module, dotted: str) -> Value: ...

    def function_value(self, info: FunctionInfo, bound: Value | None = None) -> Value: ...

    def found_value(self, found: Module | ClassInfo | FunctionInfo | tuple[Module, ast.expr]) -> Value: ...


class AttributeReader(Protocol):
    """Reads attributes, of objects of the project too."""

    def attribute(self, frame: Frame, value: Value, name: str, node: cst.CSTNode) -> Value: ...

    def instance_attributes(self, instance: Instance) -> dict[str, Value]: ...

    def attribute_names(self, instance: Instance) -> list[str]: ...

    def late_globals(self, module: Module) -> Mapping[str, str]: ...


class Iteration(Protocol):
    """Iterates over values."""

    def iterate(self, frame: Frame, value: Value, node: cst.BaseExpression, how: str) -> Value: ...


class Caller(Protocol):
    """Calls whatever is called."""

    def call(self, frame: Frame, node: cst.Call, dropped: bool = False) -> Value: ...

    def call_value(self, frame: Frame, node: cst.Call, callee: Value, arguments: Arguments) -> Value: ...

    def invoke(self, frame: Frame, node: cst.CSTNode, callee: Value, values: Sequence[Value]) -> Value: ...


class FunctionCaller(Protocol):
    """Calls functions of the project."""

    def call_function(self, frame: Frame, node: cst.CSTNode, function: Function, arguments: Arguments) -> Value: ...


class Library(Protocol):
    """Applies what is known of functions outside the project."""

    def call_api(self, frame: Frame, node: cst.Call, name: str, arguments: Arguments) -> Value: ...

    def from_spec(self, frame: Frame, node: cst.CSTNode, spec: str, arguments: Arguments) -> Value: ...


class TextFormatter(Protocol):
    """Formats texts."""

    def percent(self, frame: Frame, node: cst.CSTNode, template: Static, right: Operand) -> Value: ...

    def format_call(self, frame: Frame, node: cst.Call, template: object, arguments: Arguments) -> Value: ...


class StateInspector(Protocol):
    """Knows which layers hold variables."""

    def has_weights(self, value: Value) -> bool: ...

    def has_state(self, value: Value, keras: int = 3, depth: int = 0) -> bool: ...


class LayerCaller(StateInspector, Protocol):
    """Makes and calls objects."""

    def construct_instance(self, frame: Frame, node: cst.Call, callee: ClassValue, arguments: Arguments) -> Value: ...

    def call_instance(self, frame: Frame, node: cst.Call, callee: Instance, arguments: Arguments) -> Value: ...

    def call_external(self, frame: Frame, node: cst.Call, callee: External, arguments: Arguments) -> Value: ...

    def inherited_call(self, frame: Frame, node: cst.Call, callee: Instance, arguments: Arguments) -> Value: ...


class BuiltinCaller(Protocol):
    """Calls Python's own functions."""

    def call_builtin(self, frame: Frame, node: cst.Call, name: str, arguments: Arguments) -> Value: ...


class MethodCaller(Protocol):
    """Calls methods that the project does not define."""

    def call_method(self, frame: Frame, node: cst.Call, receiver: Value, name: str, arguments: Arguments) -> Value: ...
