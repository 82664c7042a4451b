"""How code comes to be traced, as a chain of reasons: for findings that no value is the reason of."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_keras_graph.analysis.events import Branch, Event, Loop, Place
from flake8_keras_graph.analysis.values import Static
from flake8_keras_graph.project.files import path_beside
from flake8_keras_graph.records import Consequence, Span, Step
from flake8_keras_graph.syntax.source import FunctionSource, Unplaced

_AT_THE_SITE: dict[Consequence, str] = {
    "silent": "this runs while tracing, and not when the graph does",
    "slow": "this is in the graph as often as Python comes here",
}


def tracing_steps(event: Event, consequence: Consequence, own: str) -> tuple[Step, ...]:
    """From the function that is traced, by the calls that lead on, to the site; paths as seen from the file ``own``."""
    try:
        return tuple(_steps(event, consequence, own))
    except Unplaced:  # what cannot be shown is no reason
        return ()


def _steps(event: Event, consequence: Consequence, own: str) -> Iterator[Step]:
    way = [event.place]
    while way[-1].called_at is not None:
        way.append(way[-1].called_at[0])
    outermost = way[-1]
    yield _step(outermost.source, _header(outermost.source), _beginning(outermost), own)
    for place in reversed(way[:-1]):
        if place.called_at is not None:
            caller, node = place.called_at
            yield _step(caller.source, caller.source.span(node), f"`{_name(place)}` is called while tracing", own)
    text = _site(event) or _AT_THE_SITE.get(consequence, "")
    if text:
        yield _step(event.place.source, event.place.source.span(event.node), text, own)


def _beginning(place: Place) -> str:
    """Why the function is traced at all."""
    name = _name(place)
    if place.way == "Keras" and place.root is not None:
        how = "AutoGraph converts it" if place.autograph else "its Python runs once for each graph"
        return f"`{name}` of the {place.kind or 'class'} `{place.root.symbol}` is traced by fit: {how}"
    return {
        "Keras": f"`{name}` is traced by fit",
        "handed over": f"`{name}` is handed over to Keras, which traces it",
        "own function": f"`{name}` is traced by a tf.function",
        "dataset": f"`{name}` is traced by a dataset",
        "assumed": f"`{name}` has the parameters of a loss or a metric, which Keras traces",
    }[place.way]


def _site(event: Event) -> str:
    """What is known of the site that says more than its rule's family."""
    if isinstance(event, Loop):
        return "each iteration adds its operations to the graph"
    if isinstance(event, Branch) and isinstance(event.value, Static) and event.value.source == "training":
        return "`training` is a Python bool while tracing: each graph holds one side"
    return "Python decides this while tracing: each graph holds one side" if isinstance(event, Branch) else ""


def _name(place: Place) -> str:
    return place.source.info.name or place.method


def _header(source: FunctionSource) -> Span:
    node = source.node
    return source.span(getattr(node, "name", node))


def _step(source: FunctionSource, span: Span, text: str, own: str) -> Step:
    return Step(span, text, path_beside(own, source.path))
