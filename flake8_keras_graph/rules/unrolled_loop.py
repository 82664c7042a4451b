"""A Python loop in `call` is unrolled while tracing.

The loop runs once, while Keras traces `call`; the graph holds a copy of the body for every iteration. Over
different layers that is the very graph the functional API gives, and costs nothing. Where the body applies the
same weights again and again, the graph grows with the number of iterations: tracing, and often each step, takes
longer than a loop inside the graph.
"""

from __future__ import annotations

from flake8_keras_graph.analysis.events import Loop
from flake8_keras_graph.analysis.values import Range, is_unknown
from flake8_keras_graph.rules.base import Facts, Report, rule, staged

MANY = 16


@rule("KG301", "unrolled-loop", "note", Loop)
def check(event: Loop, facts: Facts) -> Report | None:
    if not event.tensors:
        return None
    if staged(event) and is_unknown(event.iterates):
        return None  # AutoGraph stages it where it is a tensor
    recurrent = isinstance(event.iterates, Range) and bool(event.same_weights)
    if recurrent and (event.trips is None or event.trips >= MANY):
        times = f"{event.trips} times" if event.trips is not None else "once per iteration"
        message = f"Python loop applies `{event.same_weights}` {times}: unrolled into the graph"
        return Report(message, until=event.operand, level="warning")
    if event.place.kind != "model":
        return None
    times = f" {event.trips} times" if event.trips is not None else ""
    return Report(f"Python loop is unrolled{times} while tracing", until=event.operand)
