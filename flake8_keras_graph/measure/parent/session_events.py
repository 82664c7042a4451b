"""What a measuring session is given to measure, and what it tells while it runs."""

from __future__ import annotations

import dataclasses
from typing import Any, Literal, TypeAlias

from flake8_keras_graph.records import Comparison, Finding, FindingResult, Kind, ModelResult


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
class WorkerStarting:
    """TensorFlow is being imported, which takes seconds; ``restarted`` where an earlier worker died."""

    restarted: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class WorkerReady:
    """``environment`` names versions, device, threads and processor: part of what the numbers mean."""

    environment: dict[str, Any]


@dataclasses.dataclass(frozen=True, slots=True)
class Notice:
    """Something to know of the whole session, such as that there is no GPU or that a worker was lost."""

    text: str


@dataclasses.dataclass(frozen=True, slots=True)
class ModelStarted:
    """One of ``total`` pieces of work, a class on a device; ``where`` names the machine if that is not this one."""

    target: Target
    index: int
    total: int
    where: str = ""


STAGES = {
    "wait": "waiting, because another model is being measured on the same machine",
    "start": "importing TensorFlow",
    "import": "importing the file",
    "build": "building and calling it",
    "probe": "running call eagerly",
    "compile": "compiling",
    "rewrite": "building the rewrite",
    "equal": "comparing outputs and gradients",
    "graphs": "comparing graphs",
    "time": "timing",
}
"""What is done in each stage, in words."""


def stage_text(stage: str, text: str) -> str:
    """What is being done, and with what: ``timing (as written, train, graph)``."""
    words = STAGES.get(stage, stage)
    return f"{words} ({text})" if text else words


@dataclasses.dataclass(frozen=True, slots=True)
class StageStarted:
    """``stage`` is one of STAGES; "start" on a cluster only."""

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
class ProbedSite:
    """A place that tests, iterates, casts or indexes a value, and what the probe saw there."""

    kind: str
    line: int
    column: int
    function: str
    times: int
    tensor: bool


@dataclasses.dataclass(frozen=True, slots=True)
class SitesProbed:
    """Every such place of the target's file that ran."""

    target: Target
    sites: tuple[ProbedSite, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class ModelFinished:
    """``result`` holds the environment that it was made in."""

    target: Target
    result: ModelResult


Event: TypeAlias = (
    WorkerStarting
    | WorkerReady
    | Notice
    | ModelStarted
    | StageStarted
    | FindingEstablished
    | ComparisonEstablished
    | SitesProbed
    | ModelFinished
)
