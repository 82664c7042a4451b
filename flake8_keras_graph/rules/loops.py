"""What tells loops that tracing unrolls from each other: which are left alone, and which repeat the same weights."""

from __future__ import annotations

from flake8_keras_graph.analysis.events import Loop
from flake8_keras_graph.analysis.values import Range, is_unknown
from flake8_keras_graph.rules.facts import Facts


def is_unrolled(event: Loop, facts: Facts) -> bool:
    """Whether the loop certainly is unrolled into operations of the graph, and is none that every model has."""
    if not event.tensors or facts.are_metrics(event.iterates):
        return False
    return not (event.place.autograph and is_unknown(event.iterates))  # AutoGraph stages it where it is a tensor


def is_recurrence(event: Loop, facts: Facts) -> bool:
    """Whether it applies the same weights many times, or a number of times that is not known."""
    if not isinstance(event.iterates, Range) or not event.same_weights or event.element is not None:
        return False
    return event.trips is None or event.trips >= facts.options.max_iterations


def times(event: Loop) -> str:
    """How often it runs, in words that follow a verb; "" where that is not known."""
    if event.trips is None:
        return ""
    return " once" if event.trips == 1 else f" {event.trips} times"
