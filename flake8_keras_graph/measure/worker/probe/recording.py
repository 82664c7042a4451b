"""Run ``call`` with its sites recorded, and find what was seen at each finding's. Runs in the worker."""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from flake8_keras_graph.measure.worker.probe.instrumentation import RECORDER, Site, instrument
from flake8_keras_graph.records import ProbedFinding

_MAX_TRIPS = 16
# Builtins that do nothing to the items of a list: a list of tensors is nothing special to them.
_TAKE_LISTS = (int, float, bool, len, list, tuple, range, zip, enumerate, reversed, map, filter, dict, str, sum)

# Kinds of site that every finding may have: that the code came there.
_PASSED = ("call", "statement")


@dataclasses.dataclass(slots=True)
class Seen:
    """What was recorded at one site over all runs; ``cut_short`` where the last operand never had its turn."""

    times: int = 0
    tensor: bool = False
    python_types: set[str] = dataclasses.field(default_factory=set)
    outcomes: set[bool] = dataclasses.field(default_factory=set)
    trips: list[int] = dataclasses.field(default_factory=list)
    cut_short: bool = False


class Recorder:
    """The object that instrumented code calls. Only what runs while ``on`` is recorded."""

    def __init__(self) -> None:
        self.on = False
        self.seen: dict[int, Seen] = {}

    def _look(self, number: int, value: Any, tensor: bool) -> Seen:
        seen = self.seen.setdefault(number, Seen())
        if self.on:
            seen.times += 1
            if tensor:
                seen.tensor = True
            else:
                seen.python_types.add(type(value).__name__)
        return seen

    def value(self, number: int, value: Any) -> Any:
        self._look(number, value, is_tensor(value))
        return value

    def members(self, number: int, value: Any) -> Any:
        """What ``in`` searches: each member is compared, so a list of tensors counts as a tensor."""
        self._look(number, value, holds_tensor(value))
        return value

    def index(self, number: int, container: Any, value: Any) -> Any:
        """``container[value]``: a tensor may be indexed by a tensor, a list or a dict may not."""
        self._look(number, value, is_tensor(value) and not is_tensor(container))
        return container[value]

    def reach(self, number: int) -> None:
        if self.on:
            self.seen.setdefault(number, Seen()).times += 1

    def operand(self, number: int, value: Any) -> Any:
        """One of ``a and b or c`` whose truth decides whether the next one is evaluated."""
        seen = self._look(number, value, is_tensor(value))
        seen.cut_short = seen.cut_short or seen.times == 1
        return self._tested(seen, value)

    def last(self, number: int, value: Any) -> Any:
        """The last one, which is handed on as it is."""
        if self.on:
            self.seen.setdefault(number, Seen()).cut_short = False
        return value

    def negated(self, number: int, value: Any) -> Any:
        """``x`` of a test ``not x``."""
        return self.test(number, value, negated=True)

    def test(self, number: int, value: Any, negated: bool = False) -> Any:
        return self._tested(self._look(number, value, is_tensor(value)), value, negated)

    def _tested(self, seen: Seen, value: Any, negated: bool = False) -> Any:
        if self.on and not is_symbolic(value):
            try:
                seen.outcomes.add(bool(value) != negated)
            except Exception:
                return value  # the code itself will raise the same at the same place
        return value

    def call(self, number: int, function: Callable[..., Any]) -> Callable[..., Any]:
        def recorded(*args: Any, **kwargs: Any) -> Any:
            values = (*args, *kwargs.values())
            deep = function not in _TAKE_LISTS
            self._look(number, values, any((holds_tensor if deep else is_tensor)(v) for v in values))
            return function(*args, **kwargs)

        return function if isinstance(function, type) and not self.on else recorded

    def iterate(self, number: int, values: Any) -> Any:
        seen = self._look(number, values, is_tensor(values))
        return self._counted(seen, values) if self.on and not is_symbolic(values) else values

    def _counted(self, seen: Seen, values: Iterable[Any]) -> Iterator[Any]:
        trips = 0
        try:
            for value in values:
                trips += 1
                yield value
        finally:
            if len(seen.trips) < _MAX_TRIPS:
                seen.trips.append(trips)


def is_tensor(value: Any) -> bool:
    """A tensor or a variable of TensorFlow or Keras."""
    import tensorflow as tf

    return (
        bool(tf.is_tensor(value))
        or isinstance(value, tf.Variable)
        or isinstance(getattr(value, "_value", None), tf.Variable)
    )


def is_symbolic(value: Any) -> bool:
    """A tensor without a value: one being traced, or Keras's own symbol."""
    import tensorflow as tf

    symbol = type(value).__name__ in ("KerasTensor", "SymbolicTensor")
    return symbol or (bool(tf.is_tensor(value)) and not hasattr(value, "numpy"))


def holds_tensor(value: Any, depth: int = 3) -> bool:
    """A tensor, or a tuple, list or dict with one in it."""
    if isinstance(value, dict):
        return depth > 0 and any(holds_tensor(part, depth - 1) for part in value.values())
    if isinstance(value, (tuple, list)):
        return depth > 0 and any(holds_tensor(part, depth - 1) for part in value)
    return is_tensor(value)


class Instrumented:
    """The instrumented text of a file and its recorder; ``transform`` is for the loader."""

    def __init__(self, text: str, findings: Sequence[ProbedFinding]) -> None:
        self.recorder = Recorder()
        self.sites: list[Site] = []
        self._text = text
        self._positions = {(f["line"], f["column"]) for f in findings}

    def transform(self, tree: ast.Module) -> ast.Module:
        tree, self.sites = instrument(tree, self._text, self._positions)
        return tree

    @property
    def names(self) -> dict[str, Any]:
        """What the module must hold before it runs."""
        return {RECORDER: self.recorder}

    def site_of(self, finding: ProbedFinding) -> int | None:
        """The number of the site that the finding speaks of, or None where nothing is recorded there."""
        place, end = (finding["line"], finding["column"]), (finding["end_line"], finding["end_column"])
        kinds = finding["sites"]

        def rank(number: int) -> tuple[int, int, int]:
            site = self.sites[number]
            exact = (site.line, site.column) == place or site.inner == place
            kind = kinds.index(site.kind) if site.kind in kinds else len(kinds) + (site.kind not in _PASSED)
            return (not exact, kind, number)

        within = [
            n for n, s in enumerate(self.sites)
            if (s.line, s.column) == place or s.inner == place
            or (s.kind in kinds and (place <= (s.line, s.column) < end or place <= s.inner < end))
            or (s.kind in kinds and s.line == place[0])
        ]  # fmt: skip
        return min(within, key=lambda n: (_of_kind(self.sites[n].kind, kinds), *rank(n)), default=None)

    def watches(self, finding: ProbedFinding) -> bool:
        """Whether what the finding speaks of is recorded: not where only the way to it is, a call into another file."""
        number, kinds = self.site_of(finding), finding["sites"]
        return number is not None and (not kinds or self.sites[number].kind in kinds)

    def executed(self) -> list[dict[str, Any]]:
        """Every site that ran, for the report."""
        return [
            {
                "kind": self.sites[number].kind,
                "line": self.sites[number].line,
                "column": self.sites[number].column,
                "function": self.sites[number].function,
                "times": seen.times,
                "tensor": seen.tensor,
            }
            for number, seen in sorted(self.recorder.seen.items())
            if seen.times
        ]

    def seen_of(self, finding: ProbedFinding) -> Seen:
        """What was seen at the finding's site; for ``for a, b in zip(t, t)`` at the ``zip`` as well.

        A comprehension is one site for what it goes over and others for what it is filtered by.
        """
        number = self.site_of(finding)
        seen = self.seen(number)
        if number is None or not seen.times:
            return seen
        mine, kinds = self.sites[number], finding["sites"]
        places = {mine.inner} | ({(mine.line, mine.column)} if mine.kind == "comprehension" else set())
        others = [
            self.seen(n)
            for n, site in enumerate(self.sites)
            if n != number and (site.line, site.column) in places and site.kind in kinds
        ]
        cut = seen.cut_short or any(self.seen(n).cut_short for n in self._operators_in(finding))
        return dataclasses.replace(seen, tensor=seen.tensor or any(other.tensor for other in others), cut_short=cut)

    def _operators_in(self, finding: ProbedFinding) -> Iterator[int]:
        """The sites of ``and``, ``or`` and the like within the finding."""
        begin, end = (finding["line"], finding["column"]), (finding["end_line"], finding["end_column"])
        return (n for n, s in enumerate(self.sites) if s.kind == "bool" and begin <= (s.line, s.column) < end)

    def seen(self, number: int | None) -> Seen:
        return self.recorder.seen.get(number, Seen()) if number is not None else Seen()


def _of_kind(kind: str, kinds: Sequence[str]) -> bool:
    """Sorts sites of the rule's own kinds before the others."""
    return bool(kinds) and kind not in kinds
