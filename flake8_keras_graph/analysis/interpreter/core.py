"""What every part of the interpreter shares: budget, caches, the event list, and the parts' signatures."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import libcst as cst

from flake8_keras_graph.analysis.events import Create, Event, UnknownDimension
from flake8_keras_graph.analysis.interpreter.frames import Frame
from flake8_keras_graph.analysis.values import UNKNOWN, Dim, Function, Instance, Origin, Shape, Static, Value, because
from flake8_keras_graph.config import Options
from flake8_keras_graph.project.hierarchy import Hierarchy
from flake8_keras_graph.project.index import ClassInfo, FunctionInfo, Module
from flake8_keras_graph.project.project import Project
from flake8_keras_graph.syntax.source import FunctionSource, read_function

MAX_DEPTH = 14
MAX_RECURSION = 3
"""Times that a function is followed into itself with other values: each level multiplies the work."""
MAX_STEPS = 400_000


class OutOfBudget(Exception):
    """The root under interpretation took too many steps; what was seen so far stands."""


@dataclasses.dataclass(slots=True)
class Arguments:
    """Evaluated arguments. ``open`` where a ``*`` or ``**`` of unknown content was among them."""

    positional: tuple[Value, ...] = ()
    keywords: dict[str, Value] = dataclasses.field(default_factory=dict)
    open: bool = False

    def get(self, position: int, name: str) -> Value | None:
        """The argument given at ``position`` or as ``name``."""
        if position < len(self.positional):
            return self.positional[position]
        return self.keywords.get(name)


Refinement = dict[str, Value]


@dataclasses.dataclass(frozen=True, slots=True)
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


class Core:
    """State of one run over one file, and the signatures that the parts call each other by."""

    def __init__(self, project: Project, options: Options) -> None:
        self.project = project
        self.options = options
        self.hierarchy = Hierarchy(project, options)
        self.returns_option = dict(options.returns)
        self.events: list[Event] = []
        self.steps = 0
        self.memo: dict[Any, Value | None] = {}  # calls that gave events: of one file
        self.quiet_memo: dict[Any, Value | None] = {}  # calls that gave none: kept between files
        self.assigned: dict[int, frozenset[str]] = {}
        self.bound_names: dict[int, tuple[ClassInfo, frozenset[str]]] = {}
        self.changed_names: dict[int, tuple[cst.CSTNode, frozenset[str]]] = {}
        self.exhausted = False
        self.entered: dict[int, int] = {}  # how often each function is being interpreted right now
        self.sources: dict[int, tuple[FunctionInfo, FunctionSource | None]] = {}
        self.attribute_tables: dict[Instance, dict[str, Value]] = {}
        self.attribute_tables_by_id: dict[int, tuple[Instance, dict[str, Value]]] = {}
        self.module_values: dict[tuple[int, str], Value] = {}

    def source_of(self, info: FunctionInfo) -> FunctionSource | None:
        """The libcst tree of a function, parsed when first asked for."""
        known = self.sources.get(id(info))
        if known is None:
            known = self.sources[id(info)] = (info, read_function(info))
        return known[1]

    def emit(self, frame: Frame, kind: Callable[..., Event], node: cst.CSTNode, **facts: Any) -> None:
        """Record an event at ``node``, unless the frame is quiet."""
        if frame.place is not None and not frame.quiet:
            self.events.append(kind(node, frame.place, swallowed=frame.swallowing > 0, **facts))

    def needs_number(
        self,
        frame: Frame,
        node: cst.CSTNode,
        value: Value,
        operand: cst.CSTNode,
        how: str,
        error: str = "TypeError",
    ) -> bool:
        """Record that ``how`` is given a batch dimension that is None in fit, where ``value`` is one."""
        if not (isinstance(value, Dim) and value.is_none):
            return False
        self.emit(frame, UnknownDimension, node, value=value, operand=operand, how=how, error=error)
        return True

    def emit_variable(self, frame: Frame, node: cst.CSTNode, name: str) -> None:
        """Record that ``name``, called at ``node``, makes a variable."""
        guarded = frame.guards > 0
        self.emit(frame, Create, node, name=name, what="variable", stateful=True, guarded=guarded)

    def explain(self, frame: Frame, value: Value, text: str, node: cst.CSTNode) -> Value:
        """``value`` with a further reason: ``text`` about ``node``, after the reasons it has."""
        source = frame.place.source if frame.place else None
        return because(value, Origin(text, node, source, value.why))

    # What the parts offer each other.

    def evaluate(self, frame: Frame, node: cst.BaseExpression) -> Value:
        raise NotImplementedError

    def condition(self, frame: Frame, node: cst.BaseExpression) -> Condition:
        raise NotImplementedError

    def type_test(self, frame: Frame, node: cst.Call) -> Condition | None:
        raise NotImplementedError

    def execute_body(self, frame: Frame, node: cst.FunctionDef | cst.Lambda) -> Value:
        raise NotImplementedError

    def assign(
        self,
        frame: Frame,
        target: cst.BaseExpression,
        value: Value,
        node: cst.CSTNode,
        how: str = "assign",
        before: Value = UNKNOWN,
    ) -> None:
        raise NotImplementedError

    def change(self, frame: Frame, name: str, before: Value, after: Value) -> None:
        raise NotImplementedError

    def change_inside(self, frame: Frame, node: cst.BaseExpression) -> None:
        raise NotImplementedError

    def statement(self, frame: Frame, node: cst.CSTNode) -> bool:
        raise NotImplementedError

    def operate(
        self,
        frame: Frame,
        node: cst.CSTNode,
        sign: cst.BaseBinaryOp | cst.BaseAugOp,
        left: tuple[Value, cst.BaseExpression],
        right: tuple[Value, cst.BaseExpression],
    ) -> Value:
        raise NotImplementedError

    def percent(
        self, frame: Frame, node: cst.CSTNode, template: Static, right: tuple[Value, cst.BaseExpression]
    ) -> Value:
        raise NotImplementedError

    def format_call(self, frame: Frame, node: cst.Call, template: object, arguments: Arguments) -> Value:
        raise NotImplementedError

    def dimension(self, frame: Frame, node: cst.CSTNode, shape: Shape, batch: bool) -> Value:
        raise NotImplementedError

    def function_value(self, info: FunctionInfo, bound: Value | None = None) -> Value:
        raise NotImplementedError

    def wrapped(self, function: Function, decorator: str) -> Function:
        raise NotImplementedError

    def decorated(self, frame: Frame, value: Value, decorator: cst.BaseExpression) -> Value:
        raise NotImplementedError

    def bind_import(self, frame: Frame, node: cst.Import | cst.ImportFrom) -> None:
        raise NotImplementedError

    def call(self, frame: Frame, node: cst.Call, dropped: bool = False) -> Value:
        raise NotImplementedError

    def has_weights(self, value: Value) -> bool:
        raise NotImplementedError

    def has_state(self, value: Value, depth: int = 0) -> bool:
        raise NotImplementedError

    def lookup(self, frame: Frame, name: str) -> Value:
        raise NotImplementedError

    def module_member(self, module: Module, name: str) -> Value:
        raise NotImplementedError

    def attribute(self, frame: Frame, value: Value, name: str, node: cst.CSTNode) -> Value:
        raise NotImplementedError

    def call_value(self, frame: Frame, node: cst.Call, callee: Value, arguments: Arguments) -> Value:
        raise NotImplementedError

    def call_function(self, frame: Frame, node: cst.CSTNode, function: Function, arguments: Arguments) -> Value:
        raise NotImplementedError

    def call_api(self, frame: Frame, node: cst.Call, name: str, arguments: Arguments) -> Value:
        raise NotImplementedError

    def call_builtin(self, frame: Frame, node: cst.Call, name: str, arguments: Arguments) -> Value:
        raise NotImplementedError

    def call_method(self, frame: Frame, node: cst.Call, receiver: Value, name: str, arguments: Arguments) -> Value:
        raise NotImplementedError

    def from_spec(self, frame: Frame, node: cst.CSTNode, spec: str, arguments: Arguments, what: str = "") -> Value:
        raise NotImplementedError

    def iterate(self, frame: Frame, value: Value, node: cst.BaseExpression, how: str) -> Value:
        raise NotImplementedError

    def invoke(self, frame: Frame, node: cst.CSTNode, callee: Value, values: Sequence[Value]) -> Value:
        raise NotImplementedError

    def instance_attributes(self, instance: Instance) -> dict[str, Value]:
        raise NotImplementedError
