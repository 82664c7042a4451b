"""What a measuring session is doing, live on stderr; one plain line a model where that is no terminal."""

from __future__ import annotations

from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from flake8_keras_graph.measure.parent import session
from flake8_keras_graph.measure.parent.session_events import stage_text


class Progress:
    """Shows the events of one session; a context manager. ``devices`` says whether there may be several."""

    def __init__(self, total: int, devices: bool = False) -> None:
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
        self._devices = devices
        self._running: dict[int, str] = {}
        self._waited = False

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
            again = " again, the last one died" if event.restarted else ""
            self._describe(f"importing TensorFlow{again}")
        elif isinstance(event, session.Notice):
            self._print(event.text)
        elif isinstance(event, session.ModelStarted):
            self._bar.update(self._task, total=event.total)
            self._doing(event.target, f" on {event.where}" if event.where else "")
        elif isinstance(event, session.StageStarted):
            doing = f": {stage_text(event.stage, event.text)}"
            self._doing(event.target, doing)
            if event.stage == "wait" and not self._console.is_terminal and not self._waited:
                self._waited = True  # it may take long; once in a run, for two may wait for each other many times
                self._print(f"{event.target.path} {event.target.symbol}{doing}")
        elif isinstance(event, session.ModelFinished):
            self._running.pop(id(event.target), None)
            self._bar.advance(self._task)
            if not self._console.is_terminal:
                self._print(self._finished(event))

    def _doing(self, target: session.Target, what: str) -> None:
        """On a cluster several models are measured at once."""
        self._running[id(target)] = f"{target.symbol}{what}"
        first = next(iter(self._running.values()))
        others = len(self._running) - 1
        self._describe(first if not others else f"{first} (and {others} more)")

    def _describe(self, text: str) -> None:
        self._bar.update(self._task, description=text.strip().replace("[", "\\["))

    def _print(self, text: str) -> None:
        self._console.print(text, highlight=False, markup=False, soft_wrap=True)

    def _finished(self, event: session.ModelFinished) -> str:
        result = event.result
        reason = f" ({result.reason.splitlines()[0]})" if result.reason else ""
        device = f" on {result.environment['device']}" if self._devices and result.environment else ""
        return f"{event.target.path} {event.target.symbol}: {result.status.replace('_', ' ')}{device}{reason}"
