"""Turns: two timings at once disturb each other, so one model at a time is measured on a machine."""

from __future__ import annotations

import contextlib
import errno
import socket
import time
from collections.abc import Callable, Iterator

POLL_SECONDS = 0.1
_NEXT, _MEASURING = "\0flake8-keras-graph next", "\0flake8-keras-graph measuring"


@contextlib.contextmanager
def turn(on_wait: Callable[[], None], check: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Alone among all processes of this machine that measure, whoever started them.

    Where another is at it, ``on_wait`` is called once, and ``check`` again and again until that has ended; what they
    raise passes on. Whoever waits next comes before the one that has just had its turn, so that of two runs neither
    waits for the other's end.

    A turn is a name (of an abstract socket, see unix(7)) that one process can have at a time, and loses however it
    ends. A system that gives no such names lets everyone go on.
    """
    told = False

    def waiting() -> None:
        nonlocal told
        if not told:
            on_wait()
            told = True
        check()
        time.sleep(POLL_SECONDS)

    with contextlib.ExitStack() as held:
        with contextlib.ExitStack() as queue:
            _take(_NEXT, queue, waiting)
            _take(_MEASURING, held, waiting)
        yield


def _take(name: str, held: contextlib.ExitStack, waiting: Callable[[], None]) -> None:
    """Have the name until ``held`` closes, calling ``waiting`` as long as another has it."""
    try:
        ours = held.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
    except OSError:
        return
    while _is_taken(ours, name):
        waiting()


def _is_taken(ours: socket.socket, name: str) -> bool:
    """Whether another has the name; it is ours if not."""
    try:
        ours.bind(name)
    except OSError as error:
        return error.errno == errno.EADDRINUSE
    return False
