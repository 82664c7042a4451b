"""What a rule is: a page, the events it reads, and a check that turns one event into a report."""

from __future__ import annotations

import dataclasses
import inspect
import sys
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import libcst as cst

from flake8_keras_graph import knowledge
from flake8_keras_graph.analysis.attributes import changed_by, has_setters
from flake8_keras_graph.analysis.events import (
    Branch,
    Cast,
    Event,
    HostRead,
    Iterate,
    NeedsBool,
    Place,
    RangeOver,
    Store,
    Unpack,
)
from flake8_keras_graph.analysis.sites import Site
from flake8_keras_graph.analysis.values import External, Instance, Seq, Tensor, Value, is_tensor
from flake8_keras_graph.config import Options
from flake8_keras_graph.project.hierarchy import Hierarchy
from flake8_keras_graph.project.index import ClassInfo
from flake8_keras_graph.records import Level, RuleInfo

Check = Callable[[Any, "Facts"], "Report | None"]
CheckT = TypeVar("CheckT", bound=Check)


# Bases of layers that work on what a dataset gives, in keras, keras_cv and keras_hub.
_PREPARING = {"BaseImageAugmentationLayer", "BaseImagePreprocessingLayer", "DataLayer", "PreprocessingLayer",
              "Preprocessor", "TFDataLayer", "Tokenizer", "VectorizedBaseImageAugmentationLayer"}  # fmt: skip


class Facts:
    """What a check may ask for beyond its event: the options, and what holds of a whole class."""

    def __init__(self, options: Options, hierarchy: Hierarchy, events: Sequence[Event]) -> None:
        self.options = options
        self._hierarchy = hierarchy
        self._events = events
        self._changed: dict[tuple[int, str], str] = {}
        self._assigned: dict[int, set[str]] = {}
        self._ran: set[tuple[int, str]] = set()
        self._host: set[tuple[int, str]] | None = None

    def is_host_code(self, place: Place) -> bool:
        """Whether the traced method cannot be traced at all, as it reads tensors on the host: meant to run eagerly."""
        if self._host is None:
            self._host = {
                _root(event.place)
                for event in self._events
                if isinstance(event, HostRead) and event.method == "numpy" and not event.swallowed
            }
        return _root(place) in self._host

    def is_assigned_while_tracing(self, place: Place, attribute: str) -> bool:
        """Whether the traced methods of the class assign ``attribute`` anew: each trace starts afresh."""
        if not self._assigned:
            self._assigned[0] = set()
            for event in self._events:
                if isinstance(event, Store) and event.how == "assign":
                    self._assigned.setdefault(id(event.place.owner), set()).add(event.target)
        return attribute in self._assigned.get(id(place.owner), set())

    def prepares_input(self, place: Place) -> bool:
        """Whether the class whose traced method this is prepares data for a model: nothing trains through it."""
        while place.called_at is not None:
            place = place.called_at[0]
        ancestors = self._hierarchy.ancestors(place.root) if place.root is not None else ()
        names = {each.rpartition(".")[2] if isinstance(each, str) else each.name for each in ancestors}
        return not names.isdisjoint(_PREPARING)

    def are_metrics(self, value: Value) -> bool:
        """Whether ``value`` is a sequence of metrics, all of which every ``train_step`` goes over."""
        if not isinstance(value, Seq):
            return False
        items = value.items if value.items is not None else (value.element,)
        return bool(items) and all(
            knowledge.is_metric(item.name)
            if isinstance(item, External)
            else isinstance(item, Instance) and self._hierarchy.kind(item.info) == "metric"
            for item in items
        )

    def may_change(self, place: Place) -> bool:
        """Whether ``changed_by`` can name any method of the class."""
        return place.owner is not None and has_setters(place.owner, self._hierarchy)

    def changed_by(self, place: Place, attribute: str) -> str:
        """The method, not run while constructing or tracing, that changes a Python value kept as ``attribute``."""
        key = (id(place.owner), attribute)
        if key not in self._changed:
            self._changed[key] = (
                changed_by(place.owner, attribute, self._hierarchy, self._traced(place.owner)) if place.owner else ""
            )
        return self._changed[key]

    def _traced(self, owner: ClassInfo) -> set[str]:
        """The methods that ran while a traced method was followed, however it came to them."""
        if not self._ran:
            self._ran = {(id(event.place.owner), event.place.method) for event in self._events}
        return {method for known, method in self._ran if known == id(owner)}


def _root(place: Place) -> tuple[int, str]:
    """The class and the traced method on whose behalf ``place`` runs."""
    while place.called_at is not None:
        place = place.called_at[0]
    return id(place.root), place.method


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Report:
    """A rule's claim about ``event.node``.

    ``message`` says what is there and what happens; ``reason`` is the last link of the chain. The finding
    spans from the start of the event's node to the end of ``until`` (the node itself by default).
    """

    message: str
    reason: str = ""
    until: cst.CSTNode | None = None
    level: Level | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Rule:
    """A registered rule; ``events`` are the event types its check is called with."""

    info: RuleInfo
    events: tuple[type[Event] | type[Site], ...]
    check: Check


RULES: dict[str, Rule] = {}


def rule(code: str, name: str, level: Level, *events: type[Event] | type[Site]) -> Callable[[CheckT], CheckT]:
    """Register the decorated check under ``code``; its module's docstring is the page."""

    def register(check: CheckT) -> CheckT:
        page = inspect.cleandoc(sys.modules[check.__module__].__doc__ or "")
        info = RuleInfo(code, name, level, page.partition("\n")[0].rstrip("."), page)
        if code in RULES and RULES[code].check.__module__ != check.__module__:
            raise ValueError(f"{code} is taken by {RULES[code].check.__module__}")
        RULES[code] = Rule(info, tuple(events), check)
        return check

    return register


# What AutoGraph turns into operations of the graph; all else raises as it does without it.
_STAGED_BRANCHES = {"if", "elif", "ternary", "while"}
_STAGED_TESTS = {"and", "or", "not", "chained comparison", "sorted"}
_STAGED_CASTS = {"int", "float", "len"}


def staged(event: Event) -> bool:
    """Whether AutoGraph converts this code, and makes what a tensor decides here part of the graph."""
    if not event.place.autograph:
        return False
    if isinstance(event, Branch):
        return event.style in _STAGED_BRANCHES
    if isinstance(event, Iterate):
        return event.how in {"for", "sorted"}
    if isinstance(event, NeedsBool):
        return event.how in _STAGED_TESTS
    if isinstance(event, Cast):
        return event.function in _STAGED_CASTS
    return isinstance(event, RangeOver) and is_tensor(event.value)


def bool_error(event: Branch | NeedsBool | Cast) -> str:
    """What asking the event's tensor for a Python bool raises while tracing."""
    return "TypeError" if _is_keras_variable(event, event.value) else "OperatorNotAllowedInGraphError"


def iteration_error(event: Iterate | Unpack | Cast) -> str:
    """What iterating over the event's tensor raises while tracing: a Keras variable is indexed beyond its end."""
    return "ValueError" if _is_keras_variable(event, event.value) else "OperatorNotAllowedInGraphError"


def _is_keras_variable(event: Event, value: Value) -> bool:
    """In Keras 3 that is no tensor of TensorFlow's."""
    return isinstance(value, Tensor) and value.variable == "keras" and event.place.keras == 3


def only_checks(event: Branch) -> bool:
    """``if wrong: raise ...``: it chooses between no two graphs."""
    node = event.node
    if not isinstance(node, cst.If) or node.orelse is not None or not node.body.body:
        return False
    last = node.body.body[-1]
    if isinstance(last, cst.SimpleStatementLine):
        last = last.body[-1]
    return isinstance(last, cst.Raise)


def raised_by_a_side(event: Branch) -> str:
    """What a side of an ``if`` raises whenever it is run: the exception's name; "" where neither does."""
    node = event.node
    if not isinstance(node, cst.If):
        return ""
    sides = [node.body, *([node.orelse.body] if isinstance(node.orelse, cst.Else) else [])]
    return next((name for side in sides if (name := _raised(side))), "")


def _raised(block: cst.BaseSuite) -> str:
    for line in block.body:
        for part in line.body if isinstance(line, cst.SimpleStatementLine) else (line,):
            if isinstance(part, cst.Return):
                return ""
            if isinstance(part, cst.Raise):
                made = part.exc.func if isinstance(part.exc, cst.Call) else part.exc
                return made.value if isinstance(made, cst.Name) else "an exception"
    return ""


def attribute_of_self(event: Event, node: cst.CSTNode) -> str:
    """The name ``x`` where ``node`` is ``self.x`` of a Keras class; "" for anything else."""
    if type(node) is not cst.Attribute or event.place.kind is None:
        return ""
    params = event.place.source.node.params
    first = (*params.posonly_params, *params.params)[:1]
    holder = node.value
    if first and isinstance(holder, cst.Name) and holder.value == first[0].name.value:
        return node.attr.value
    return ""


def text(event: Event, node: cst.CSTNode) -> str:
    """The code of ``node``, quoted."""
    return f"`{event.place.source.code(node)}`"
