"""What a job says of one model while it runs, as the messages that ``collected.Collected`` reads. In the worker."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flake8_keras_graph.records import Comparison, FindingResult, Trial

Emit = Callable[[dict[str, Any]], None]


class Messages:
    """Each method says one thing; what was said is kept, whatever becomes of the process."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit

    def stage(self, stage: str, text: str = "") -> None:
        """``stage`` is one of ``session_events.STAGES``."""
        self._emit({"event": "stage", "stage": stage, "text": text})

    def failed(self, stage: str, reason: str, **more: Any) -> None:
        """The job ends without a result. ``more`` is what a spec is suggested from."""
        self._emit({"event": "failed", "stage": stage, "reason": reason, **more})

    def spec(self, spec: Mapping[str, Any]) -> None:
        """How the class is built and fed."""
        self._emit({"event": "spec", "spec": spec})

    def findings(self, results: Sequence[FindingResult]) -> None:
        """What is known of findings now; said again where more is."""
        for result in results:
            self._emit({"event": "finding", "finding": dataclasses.asdict(result)})

    def sites(self, sites: Sequence[Mapping[str, Any]]) -> None:
        """Every site of the file that ran."""
        self._emit({"event": "sites", "sites": sites})

    def compiled(self, step: str, mode: str, what: Mapping[str, Any]) -> None:
        """``what`` of compiling one step in one mode, or of ``fit``."""
        self._emit({"event": "compiled", "step": step, "mode": mode, "what": what})

    def retraces(self, retraces: Sequence[Any]) -> None:
        """What each change of the feed did; dataclasses."""
        self._emit({"event": "retraces", "retraces": [dataclasses.asdict(each) for each in retraces]})

    def lengths(self, lengths: Sequence[Any]) -> None:
        """The axes whose lengths decide the graph; dataclasses."""
        told = [dataclasses.asdict(each) | {"text": str(each)} for each in lengths]
        self._emit({"event": "lengths", "lengths": told})

    def rewrite(self, name: str, source: str | None) -> None:
        """A rewrite that builds, compiles and computes the same."""
        self._emit({"event": "rewrite", "name": name, "source": source})

    def refused(self, name: str, reason: str) -> None:
        """Why a rewrite, or one step of it, is compared no further."""
        self._emit({"event": "refused", "name": name, "reason": reason})

    def verified(self, name: str, step: str, max_error: float | None) -> None:
        """A rewrite computes the same in this step, but for so much."""
        self._emit({"event": "verified", "name": name, "step": step, "max_error": max_error})

    def comparison(self, comparison: Comparison, trials: Sequence[Trial]) -> None:
        """A verdict with the times behind it."""
        told = [dataclasses.asdict(trial) for trial in trials]
        self._emit({"event": "comparison", "comparison": dataclasses.asdict(comparison), "trials": told})

    def warning(self, text: str) -> None:
        self._emit({"event": "warning", "text": text})
