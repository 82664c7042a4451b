"""The dataclasses that travel between the parts: findings, fixes, measurements.

Standard library only. Everything here is frozen; whoever wants another value makes another record.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any, Literal, TypeAlias, TypedDict

Level = Literal["error", "warning", "note"]
LEVELS: tuple[Level, ...] = ("error", "warning", "note")
"""The gravest first."""
Safety = Literal["safe", "unsafe"]
Kind = Literal["model", "layer", "metric", "loss"]
Mode = Literal["eager", "graph", "autograph", "xla"]
StepKind = Literal["forward", "train"]
Status = Literal["confirmed", "not_confirmed", "refuted", "not_reached"]
"""What running told of a claim: tested and true, come to but not shown, tested and untrue, never come to."""
RunStatus = Literal["measured", "probed", "not_measured"]
Verdict = Literal["same graph", "slower", "faster", "no difference found", "inconclusive"]
Consequence = Literal["breaks", "silent", "slow", "retraces", "outside"]
"""What a rule's findings do to the graph: its family."""
Remedy = Literal[
    "functional", "fix", "compiled", "fused heads", "loop in the graph", "whole tensor", "one concat", "an operation",
    "function made once", "one shape",
]  # fmt: skip
"""The rewrite that a rule recommends, which its cost is measured against: the class with the functional API, the
rule's own mechanical fix, the same class compiled, or one that ``rewrite.remedies`` makes under that name where the
rule has no fix, or its fix cannot be made."""
SiteKind = Literal[
    "if", "match", "while", "for", "comprehension", "assert", "bool", "cast", "host", "numpy", "call", "index",
    "unpack", "value", "statement",
]  # fmt: skip
"""Constructs that the probe records: a test, an iteration, a call of a builtin, of NumPy or of anything, a subscript,
an unpacking, the value of an expression, a statement that was come to."""
Confirmation = Literal[
    "a tensor at its site",
    "compiling raises",
    "traces for training",
    "traces for an argument",
    "traces for a shape",
    "runs once per trace",
    "leaves another state",
    "goes stale",
    "layers stay off",
    "results frozen",
    "results unlike eager ones",
    "runs",
    "training under XLA raises",
    "fit raises",
    "not run",
]
"""What, seen when a model is run, confirms a finding or refutes it; ``measure.worker.probe.judgement`` does it."""


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of one file: lines are 1-based, columns 0-based characters, the end exclusive.

    What is shown to people and written to JSON has 1-based columns; ``report`` adds the one.
    """

    line: int
    column: int
    end_line: int
    end_column: int


@dataclasses.dataclass(frozen=True, slots=True)
class Edit:
    """Replace the text at ``span`` by ``text``."""

    span: Span
    text: str


@dataclasses.dataclass(frozen=True, slots=True)
class Fix:
    """Edits that clear one finding; ``safety`` says whether they keep the meaning on every input."""

    edits: tuple[Edit, ...]
    safety: Safety
    note: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Step:
    """One link in the chain of reasons behind a finding; ``path`` is empty in the finding's own file."""

    span: Span
    text: str
    path: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class FindingEvidence:
    """What a measurement said about one finding.

    ``ratio`` is original time over rewritten time (above 1: the code as written is slower), with its
    99% interval ``low`` .. ``high``; all three are None where two graphs were the same or nothing ran. First calls
    are told where one was seen to take longer.
    """

    status: Status
    verdict: Verdict | None = None
    ratio: float | None = None
    low: float | None = None
    high: float | None = None
    mode: Mode | None = None
    step: StepKind | None = None
    original: str = ""
    rewrite: str = ""
    guessed: bool = False
    detail: str = ""
    original_first_call_seconds: float | None = None
    rewrite_first_call_seconds: float | None = None
    device: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Finding:
    """A rule's claim about one site.

    ``consequence`` and ``remedy`` are those of its rule at its level; a finding that knows of none is never
    taken for free.
    """

    code: str
    message: str
    path: str
    span: Span
    symbol: str
    level: Level
    why: tuple[Step, ...] = ()
    fix: Fix | None = None
    evidence: FindingEvidence | None = None
    consequence: Consequence | None = None
    remedy: Remedy | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class RuleInfo:
    """What is known of a rule without running it; ``page`` is its documentation."""

    code: str
    name: str
    level: Level
    summary: str
    page: str


@dataclasses.dataclass(frozen=True, slots=True)
class KerasClass:
    """A Model or Layer subclass in one file; ``symbol`` is dotted where the class is nested."""

    path: str
    symbol: str
    kind: Kind
    keras: Literal[2, 3]
    line: int
    end_line: int
    bases: tuple[str, ...] = ()


AttributePath: TypeAlias = tuple[str | int, ...]
"""From an object to what hangs on it: names of attributes, then positions and keys of containers."""
EACH = "*"
"""In a path or among keys: all of a container in turn; beside an input's item, the one with the same key."""


@dataclasses.dataclass(frozen=True, slots=True)
class WeightJoin:
    """Layers whose weights, one by one, are joined along their last axis in one layer of a rewrite.

    ``layers`` is where a list, tuple or dict of them hangs on the object as written, ``into`` where the one hangs on
    the rewritten object.
    """

    layers: AttributePath
    into: AttributePath


@dataclasses.dataclass(frozen=True, slots=True)
class Given:
    """A value is given to ``name``, the canonical name of an API or a layer's class ("" where that is not known).

    ``parameter`` is a keyword or a position, and ``place`` where a layer hangs on the object. By then the value has so
    many axes more than it came with, ``added``, or another number than that, which is not known (None).
    """

    name: str
    parameter: int | str
    place: AttributePath = ()
    added: int | None = 0


@dataclasses.dataclass(frozen=True, slots=True)
class Use:
    """What code does with a parameter, or with a part of one, called ``name``; read, not run.

    ``axes`` are those that it has at least, ``rank`` where its shape is unpacked; ``asks_rank`` where that is tested,
    so that several will do. ``count`` items are taken of it, at
    least; ``items`` by key. Where their keys are not spelled they are those of ``keys_at`` on the object.
    """

    name: str
    annotation: str = ""
    rank: int | None = None
    axes: int = 0
    asks_rank: bool = False
    count: int = 0
    is_sized: bool = False
    is_iterated: bool = False
    is_called: bool = False
    keys_at: AttributePath = ()
    items: tuple[tuple[str | int, Use], ...] = ()
    attributes: tuple[Use, ...] = ()
    given: tuple[Given, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class ClassUse:
    """What a class does with the inputs of methods that Keras runs, and with what its constructor is given."""

    symbol: str
    inputs: tuple[tuple[str, tuple[Use, ...]], ...] = ()
    parameters: tuple[Use, ...] = ()

    def inputs_of(self, method: str) -> tuple[Use, ...]:
        """The parameters of ``method``, in order; empty where it is not known."""
        return dict(self.inputs).get(method, ())


@dataclasses.dataclass(frozen=True, slots=True)
class Trial:
    """Raw times of one variant in one mode: seconds per step, one number per block, in run order."""

    variant: str
    mode: Mode
    step: StepKind
    seconds: tuple[float, ...]
    calls_per_block: int
    first_call_seconds: float | None = None
    traces: int | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Comparison:
    """Two variants, the ratio of their step times and what follows from it.

    ``ratio`` is the median over the rounds of original / rewrite, above 1 where the original is slower; ``low``
    and ``high`` bound it at 99%. ``mode`` is how the original ran; ``rewrite_mode`` is how the rewrite ran
    where that differs. ``same_graph`` True means both traced to one graph up to names (nothing was timed:
    ratio, low and high are 1.0); None means that graphs were not compared (a side ran eagerly).
    The first calls trace, compile and run once; ``first_calls_differ`` is None where it was not seen whether they do.
    ``max_error`` is the largest absolute difference found between outputs and gradients of the two.
    """

    original: str
    rewrite: str
    mode: Mode
    step: StepKind
    ratio: float | None
    low: float | None
    high: float | None
    verdict: Verdict
    same_graph: bool | None
    max_error: float | None
    rewrite_mode: Mode | None = None
    original_seconds: float | None = None
    rewrite_seconds: float | None = None
    original_first_call_seconds: float | None = None
    rewrite_first_call_seconds: float | None = None
    first_calls_differ: bool | None = None
    control_low: float | None = None
    control_high: float | None = None
    reason: str = ""
    warnings: tuple[str, ...] = ()
    device: str = "cpu"


class ProbedFinding(TypedDict):
    """A finding as a job tells the worker of it: where it is, what to watch there, what confirms it.

    ``ordinal`` is as in FindingResult; positions are those of Span.
    """

    code: str
    ordinal: int
    line: int
    column: int
    end_line: int
    end_column: int
    sites: list[SiteKind]
    confirmed_by: Confirmation


@dataclasses.dataclass(frozen=True, slots=True)
class CodePlace:
    """A place in a file that outlives layout: in which definition, a hash of what stands there, which of those alike.

    ``code`` is empty for the header of the definition itself.
    """

    definition: str
    code: str = ""
    ordinal: int = 0


@dataclasses.dataclass(frozen=True, slots=True)
class RanInto:
    """Where something was seen that only running knows, in the text that it was seen in, and how bad it is."""

    place: CodePlace
    span: Span
    level: Level


@dataclasses.dataclass(frozen=True, slots=True)
class FindingResult:
    """What running a model told about one finding.

    ``ordinal`` counts the findings of this code in this symbol from 0, in file order: together they name
    the site even when lines have moved. What only running knows has ``ran_into`` for that.
    """

    code: str
    ordinal: int
    line: int
    column: int
    status: Status
    detail: str = ""
    trips: tuple[int, ...] = ()
    branches: tuple[bool, ...] = ()
    rewrite: str = ""
    ran_into: RanInto | None = None


def run_status(comparisons: Iterable[Comparison]) -> RunStatus:
    """Of a class that ran: whether anything but the class itself, run in another way, was compared with it."""
    return "measured" if any(each.rewrite != each.original for each in comparisons) else "probed"


@dataclasses.dataclass(frozen=True, slots=True)
class ModelResult:
    """Everything that was established about one model or layer class on one device of one machine.

    ``status`` is "measured" where it was compared with a rewrite or proved to be the same graph, "probed" where it ran.
    ``remedies`` are the rewrites that were made for the comparison alone, as differences from the file as it is.
    ``peak_bytes`` is the most memory that its process was seen to hold, TensorFlow itself included.
    ``environment`` holds device, processor and versions that the numbers belong to, {} where nothing ran.
    """

    path: str
    symbol: str
    status: RunStatus
    reason: str = ""
    fingerprint: str = ""
    spec: dict[str, Any] | None = None
    findings: tuple[FindingResult, ...] = ()
    comparisons: tuple[Comparison, ...] = ()
    trials: tuple[Trial, ...] = ()
    compiled: dict[str, Any] = dataclasses.field(default_factory=dict)
    rewrite_source: str | None = None
    remedies: dict[str, str] = dataclasses.field(default_factory=dict)
    refusals: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    peak_bytes: int | None = None
    environment: dict[str, Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, slots=True)
class RankedFinding:
    """One place in the ranking: ``seconds_lost`` over a run of N steps, None where it is not a time.

    ``remedy`` is what the cost is to be measured against; where that was not done there is no ``verdict``.
    ``first_call_lost`` is the part of it that tracing and compiling were seen to lose. ``pays_after`` so many steps the
    side pays that is slower to start and faster per step.
    """

    path: str
    symbol: str
    code: str
    line: int
    column: int
    level: Level
    status: Status | None
    seconds_lost: float | None
    ratio: float | None
    low: float | None
    high: float | None
    verdict: Verdict | None
    text: str
    consequence: Consequence | None = None
    remedy: Remedy | None = None
    first_call_lost: float | None = None
    pays_after: int | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Unchecked:
    """A file that could not be checked, and why; ``line`` and ``column`` are 1-based, 0 where they are not known.

    ``is_python``: it is Python 3, or may be, so that checking it has failed.
    """

    path: str
    reason: str
    line: int = 0
    column: int = 0
    is_python: bool = True


@dataclasses.dataclass(frozen=True, slots=True)
class Report:
    """One run's whole outcome."""

    version: str
    environment: dict[str, Any]
    rules: tuple[RuleInfo, ...] = ()
    findings: tuple[Finding, ...] = ()
    models: tuple[ModelResult, ...] = ()
    ranking: tuple[RankedFinding, ...] = ()
    unchecked: tuple[Unchecked, ...] = ()
