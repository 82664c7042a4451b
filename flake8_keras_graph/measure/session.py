"""``measure(targets, settings, on_event)``: run models in worker processes and say what was established.

This side imports no TensorFlow. Models are taken one at a time, because two timings at once disturb each other.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeAlias

from flake8_keras_graph.records import Comparison, Finding, FindingResult, Kind, ModelResult

Device = Literal["cpu", "gpu", "all"]


@dataclasses.dataclass(frozen=True, slots=True)
class Target:
    """One class to measure, with what the linter found in it.

    ``path`` is as it is shown and as it can be opened; ``symbol`` is dotted where the class is nested.
    ``fingerprint`` is passed through to the result. The class need not have findings.
    """

    path: str
    symbol: str
    kind: Kind
    keras: Literal[2, 3]
    findings: tuple[Finding, ...] = ()
    fingerprint: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Settings:
    """How to measure.

    ``budget_seconds`` is for one model on one device: measuring is planned to end within it, and a worker
    that has not ended by then (plus a short grace) is killed; what it had established is kept.
    ``specs`` are the tables ``[[tool.keras-graph.model]]`` of pyproject.toml as read, and ``root`` is the
    folder of that file, from which the paths in them are resolved. ``memory_bytes`` bounds the resident
    memory of a worker and its children. ``python`` is the interpreter whose TensorFlow is measured.
    """

    device: Device = "cpu"
    budget_seconds: float = 60.0
    steps: int = 1000
    specs: tuple[dict[str, Any], ...] = ()
    root: str = "."
    memory_bytes: int = 8 << 30
    seed: int = 0
    python: str = sys.executable


@dataclasses.dataclass(frozen=True, slots=True)
class WorkerStarting:
    """TensorFlow is being imported, which takes seconds; ``restarted`` where an earlier worker died."""

    restarted: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class WorkerReady:
    """``environment`` names versions, device, threads and processor: part of what the numbers mean."""

    environment: dict[str, Any]


@dataclasses.dataclass(frozen=True, slots=True)
class ModelStarted:
    target: Target
    index: int
    total: int


@dataclasses.dataclass(frozen=True, slots=True)
class StageStarted:
    """``stage`` is one of "import", "build", "probe", "compile", "rewrite", "equal", "graphs", "time"."""

    target: Target
    stage: str
    text: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class FindingEstablished:
    target: Target
    finding: FindingResult


@dataclasses.dataclass(frozen=True, slots=True)
class ComparisonEstablished:
    target: Target
    comparison: Comparison


@dataclasses.dataclass(frozen=True, slots=True)
class ModelFinished:
    target: Target
    result: ModelResult


Event: TypeAlias = (
    WorkerStarting
    | WorkerReady
    | ModelStarted
    | StageStarted
    | FindingEstablished
    | ComparisonEstablished
    | ModelFinished
)


class MeasureUnavailable(Exception):
    """Nothing can be measured here at all; the message says what to install or change."""


def measure(
    targets: Sequence[Target], settings: Settings, on_event: Callable[[Event], None] = lambda event: None
) -> list[ModelResult]:
    """One result per target and device, in the order of ``targets``; a target that fails has its reason.

    Raises MeasureUnavailable where TensorFlow cannot be imported or the device asked for by name is absent.
    On KeyboardInterrupt the worker is killed and the exception passes on; what was finished has been
    handed to ``on_event`` as ModelFinished.
    """
    raise NotImplementedError
