"""What each expression gave while a function was interpreted."""

from __future__ import annotations

from typing import Any

import libcst as cst

from flake8_keras_graph.analysis.frozen import frozen
from flake8_keras_graph.analysis.interpreter.expressions.evaluation import Expressions
from flake8_keras_graph.analysis.interpreter.frame import Frame
from flake8_keras_graph.analysis.interpreter.machine import Machine
from flake8_keras_graph.analysis.values import Value, join
from flake8_keras_graph.syntax.source import FunctionSource


@frozen()
class Observation:
    """An expression that was evaluated in a function, and the join of all it gave."""

    source: FunctionSource
    node: cst.BaseExpression
    value: Value


class ObservingExpressions(Expressions):
    """Keeps what each expression gave in a function that is traced."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.seen: dict[tuple[int, int], Observation] = {}  # sources and nodes are kept by what is seen of them

    def evaluate(self, frame: Frame, node: cst.BaseExpression) -> Value:
        """What ``node`` evaluates to, noted."""
        value = super().evaluate(frame, node)
        if frame.place is not None:
            source = frame.place.source
            key = (id(source), id(node))
            known = self.seen.get(key)
            if known is None or known.value is not value:
                joined = value if known is None else join(known.value, value)
                self.seen[key] = Observation(source, node, joined)
        return value


class ObservingMachine(Machine):
    """For one class: summaries of earlier calls would leave bodies out."""

    expressions_class = ObservingExpressions
    expressions: ObservingExpressions

    def observations(self) -> list[Observation]:
        """What was seen, in order."""
        return list(self.expressions.seen.values())
