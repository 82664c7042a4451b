"""The search for feeds that run: the first guesses, and what their errors turn them into. In the worker."""

from __future__ import annotations

import dataclasses
import heapq
import itertools
import time
from collections.abc import Callable, Iterable, Iterator

from flake8_keras_graph.measure.worker.build.feed_corrections import Failed, corrections
from flake8_keras_graph.measure.worker.build.feeding import Feed
from flake8_keras_graph.measure.worker.build.tracebacks import reached

_MAX_DEPTH = 6
_MAX_BRANCHES = 5


@dataclasses.dataclass(slots=True)
class Budget:
    """How many attempts may be made, and until when (``time.monotonic``); one at least, however late it is."""

    attempts: int
    until: float
    made: int = 0

    def take(self) -> bool:
        """Whether one more attempt may be made; it counts as made."""
        if self.made and (self.made >= self.attempts or time.monotonic() > self.until):
            return False
        self.made += 1
        return True


def feeds_that_run(
    feeds: Iterable[tuple[Feed, bool]], run: Callable[[Feed, bool], Failed | None], budget: Budget
) -> Iterator[tuple[Feed, bool]]:
    """The feeds that ``run`` has nothing against, each with whether it is guessed; what is guessed is corrected.

    The corrections of one guess are tried before the next guess: first those of the attempt that came farthest.
    """
    seen: list[Feed] = []
    order = itertools.count()
    for first, is_guessed in feeds:
        pending = [((0, 0), next(order), 0, first, "")]
        while pending:
            _, _, depth, feed, before = heapq.heappop(pending)
            if feed in seen:
                continue
            if not budget.take():
                return
            seen.append(feed)
            failed = run(feed, is_guessed)
            if failed is None:
                yield feed, is_guessed
                pending.clear()  # it runs and something else is the matter: another guess rather than one like it
            elif is_guessed and depth < _MAX_DEPTH and failed.text != before:
                stage, line = reached(failed.frames)
                for each in itertools.islice(corrections(failed), _MAX_BRANCHES):
                    heapq.heappush(pending, ((-stage, -line), next(order), depth + 1, each, failed.text))
