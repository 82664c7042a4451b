"""How to measure: what a session is asked for beside its targets."""

from __future__ import annotations

import dataclasses
import sys
from typing import Any, Literal

from flake8_keras_graph.config import Options

Device = Literal["cpu", "gpu", "all"]


@dataclasses.dataclass(frozen=True, slots=True)
class Settings:
    """How to measure.

    ``budget_seconds`` is for one model on one device: measuring is planned to end within it, and a worker
    that has not ended by then (plus a short grace) is killed; what it had established is kept.
    ``device`` "all" takes the CPU, and a GPU where there is one. ``comparison_seconds`` is for the timing of one
    comparison; eager against graph takes half of it.
    ``specs`` are the tables ``[[tool.keras-graph.model]]`` of pyproject.toml as read, and ``root`` is the
    folder of that file, from which the paths in them are resolved. ``memory_bytes`` bounds the resident
    memory of a worker and its children. ``python`` is the interpreter whose TensorFlow is measured.
    ``options`` are the linter's, with which the code was checked: what it reads of a class holds here too.
    ``probe_only`` stops after the probe, which then tells of every site (SitesProbed), finding or not.
    """

    device: Device = "cpu"
    budget_seconds: float = 60.0
    steps: int = 1000
    specs: tuple[dict[str, Any], ...] = ()
    root: str = "."
    memory_bytes: int = 8 << 30
    seed: int = 0
    comparison_seconds: float = 3.0
    python: str = sys.executable
    options: Options = dataclasses.field(default_factory=Options)
    probe_only: bool = False
