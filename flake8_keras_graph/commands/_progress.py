"""What a measuring session is doing, live on stderr; one plain line a model where that is no terminal."""

from __future__ import annotations

from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from flake8_keras_graph.measure import session

STAGES = {
    "import": "importing the file",
    "build": "building the model",
    "probe": "running call eagerly",
    "compile": "compiling as fit does",
    "rewrite": "rewriting with the functional API",
    "equal": "comparing outputs and gradients",
    "graphs": "comparing graphs",
    "time": "timing",
}


class Progress:
    """Shows the events of one session; a context manager."""

    def __init__(self, total: int) -> None:
        self._console = Console(stderr=True)
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        self._bar = Bar(*columns, console=self._console, transient=True, disable=not self._console.is_terminal)
        self._task = self._bar.add_task("starting", total=total)

    def __enter__(self) -> Progress:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def show(self, event: session.Event) -> None:
        """Bring the display up to date."""
        if isinstance(event, session.WorkerStarting):
            again = "again, the last one died" if event.restarted else ""
            self._describe(f"importing TensorFlow {again}")
        elif isinstance(event, session.ModelStarted):
            self._describe(event.target.symbol)
        elif isinstance(event, session.StageStarted):
            text = event.text or STAGES.get(event.stage, event.stage)
            self._describe(f"{event.target.symbol}: {text}")
        elif isinstance(event, session.ModelFinished):
            self._bar.advance(self._task)
            if not self._console.is_terminal:
                self._console.print(self._finished(event), highlight=False, markup=False, soft_wrap=True)

    def _describe(self, text: str) -> None:
        self._bar.update(self._task, description=text.strip().replace("[", "\\["))

    @staticmethod
    def _finished(event: session.ModelFinished) -> str:
        reason = f" ({event.result.reason.splitlines()[0]})" if event.result.reason else ""
        return f"{event.target.path} {event.target.symbol}: {event.result.status.replace('_', ' ')}{reason}"
