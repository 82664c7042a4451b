"""Whether a fixed file computes what the file as it is computes: both run in the worker, nothing is timed."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType

from flake8_keras_graph.measure.parent.host import Message, Worker, WorkerError
from flake8_keras_graph.measure.parent.jobs import make_job
from flake8_keras_graph.measure.parent.session import Settings
from flake8_keras_graph.measure.parent.session_events import Target
from flake8_keras_graph.measure.parent.variants import Variants
from flake8_keras_graph.measure.project.project_files import ProjectFiles
from flake8_keras_graph.measure.project.specs import SpecError
from flake8_keras_graph.records import Finding, KerasClass

Classes = Callable[[str, str], Sequence[KerasClass]]
_NAME = "fixed"


class Verifier:
    """Runs classes before and after a fix on the same weights and inputs; a context, for it keeps a process.

    ``classes`` gives the Keras classes of a text. ``agreed`` collects, a line each, by how much they were off.
    """

    def __init__(self, settings: Settings, classes: Classes) -> None:
        self.agreed: list[str] = []
        self._settings, self._classes = settings, classes
        self._files = ProjectFiles(Path(settings.root).resolve(), settings.options)
        self._scratch = tempfile.TemporaryDirectory(prefix="keras-graph-", ignore_cleanup_errors=True)
        self._worker = Worker(settings.python, Path(self._scratch.name))

    def __enter__(self) -> Verifier:
        self._worker.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._worker.__exit__(kind, error, trace)
        self._scratch.cleanup()

    def verify(self, path: str, before: str, after: str, findings: Sequence[Finding]) -> str:
        """Why ``after``, where ``findings`` of one class are fixed, may not replace the file; empty where both agree.

        They are run forward and in a train step. The file on disk is the original: fixes made before these were found
        to agree with it.
        """
        symbol = findings[0].symbol
        found = next((each for each in self._classes(path, before) if each.symbol == symbol), None)
        if found is None:
            return "not verified: the finding is in no class that can be run"
        target = Target(path, found.symbol, found.kind, found.keras, (), "")
        asked = ({"name": _NAME, "kind": "text", "text": after, "source": None},)
        try:
            job = make_job(
                target, self._settings, self._files, Path(self._scratch.name), "cpu", Variants(asked, (), {}), "verify"
            )
        except (SpecError, OSError, UnicodeDecodeError, SyntaxError) as error:
            return f"not verified: {error}"
        return self._run(job, findings)

    def _run(self, job: Message, findings: Sequence[Finding]) -> str:
        said: list[Message] = []
        try:
            if not self._worker.alive:
                self._worker.begin()
                self._worker.wait_ready()
            limit = self._settings.budget_seconds
            ending = self._worker.run(job, limit, self._settings.memory_bytes, said.append)
        except (OSError, WorkerError) as error:
            return f"not verified: {error}"
        for message in said:
            if message["event"] == "failed":
                return f"not verified: {message['reason']}"
            if message["event"] == "refused":
                return f"the fixed {findings[0].symbol} {message['reason']}"
        agreed = [m for m in said if m["event"] == "verified"]
        if ending.how != "done" or not agreed:
            return f"not verified: {ending.detail or 'the fixed class was not reached'}"
        off = max(message["max_error"] or 0.0 for message in agreed)
        steps = " and ".join(message["step"] for message in agreed)
        together = " together" if len(findings) > 1 else ""
        for finding in findings:
            place = f"{finding.path}:{finding.span.line}"
            self.agreed.append(f"{place}: {finding.code} verified{together}, {steps} differ by at most {off:.3g}")
        return ""
