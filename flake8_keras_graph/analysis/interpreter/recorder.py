"""What the interpreter writes down: events at sites, and the reasons of values."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Literal

import libcst as cst

from flake8_keras_graph.analysis.events import (
    Branch,
    Cast,
    Create,
    Event,
    HostRead,
    Iterate,
    NeedsBool,
    NumpyCall,
    RangeOver,
    TensorIndex,
    UnknownDimension,
    Unpack,
    WeightGiven,
)
from flake8_keras_graph.analysis.interpreter.frame import Frame
from flake8_keras_graph.analysis.values import Origin, Value, because

# What only a tensor makes worth telling.
_OF_TENSORS: frozenset[Callable[..., Event]] = frozenset({
    Branch, Cast, HostRead, Iterate, NeedsBool, NumpyCall, RangeOver, TensorIndex, UnknownDimension, Unpack,
})  # fmt: skip


class Recorder:
    """The events of one file, in the order in which the code gave them; and the frames that functions refer to."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._closures: dict[int, Frame] = {}

    def emit(self, frame: Frame, kind: Callable[..., Event], node: cst.CSTNode, **facts: Any) -> None:
        """Record an event at ``node``, unless the frame is quiet, or it is of a tensor where there is none."""
        if frame.place is not None and not frame.quiet:
            if kind in _OF_TENSORS and frame.is_without_tensors:
                return
            self.events.append(kind(node, frame.place, swallowed=frame.swallowing > 0, **facts))

    def note_closure(self, frame: Frame) -> None:
        """Remember that a function was made in ``frame``, whose names hold it and which it refers to."""
        self._closures[id(frame)] = frame

    def open_closures(self) -> None:
        """Break the cycles of functions and the frames that they were made in: nothing is interpreted any more."""
        for frame in self._closures.values():
            frame.env.clear()
            frame.returns.clear()

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
        if not value.is_none_in_fit:
            return False
        self.emit(frame, UnknownDimension, node, value=value, operand=operand, how=how, error=error)
        return True

    def emit_variable(self, frame: Frame, node: cst.CSTNode, name: str) -> None:
        """Record that ``name``, called at ``node``, makes a variable."""
        self.emit_creation(frame, node, name, "variable", True)

    def emit_creation(
        self, frame: Frame, node: cst.CSTNode, name: str, what: Literal["layer", "variable", "model"], stateful: bool
    ) -> None:
        """Record that ``name``, called at ``node``, makes an object, which holds variables where it is ``stateful``."""
        guarded, first = frame.guard_depth > 0, frame.first_call_depth > 0
        self.emit(frame, Create, node, name=name, what=what, stateful=stateful, guarded=guarded, on_first_call=first)

    def emit_given(
        self,
        frame: Frame,
        node: cst.CSTNode,
        name: str,
        what: Literal["layer", "variable", "weight"],
        given: Iterable[tuple[Literal["size", "value", "captured"], Value]],
    ) -> None:
        """Record the tensors that a weight made at ``node`` is given."""
        first = frame.first_call_depth > 0
        for use, value in given:
            self.emit(frame, WeightGiven, node, value=value, use=use, function=name, what=what, on_first_call=first)


def explain(frame: Frame, value: Value, text: str, node: cst.CSTNode, before: Origin | None = None) -> Value:
    """``value`` with a further reason: ``text`` about ``node``, after those ``before``, or else the ones it has."""
    source = frame.place.source if frame.place else None
    return because(value, Origin(text, node, source, before or value.why))


def explain_from(frame: Frame, origin: Value, result: Value, node: cst.CSTNode) -> Value:
    """``result``, which was made of ``origin`` at ``node``, with what ``origin`` says of that."""
    text = origin.reason_for(result)
    return explain(frame, result, text, node) if text else result
