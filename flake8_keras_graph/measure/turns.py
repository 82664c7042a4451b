"""Turns: two timings at once disturb each other, so one model at a time is measured on a machine."""

from __future__ import annotations

import contextlib
import errno
import socket
import time
from collections.abc import Callable, Iterator

POLL_SECONDS = 0.1
_NAME = "\0flake8-keras-graph measuring"


@contextlib.contextmanager
def turn(on_wait: Callable[[], None], check: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Alone among all processes of this machine that measure, whoever started them.

    Where another is at it, ``on_wait`` is called once, and ``check`` again and again until that has ended; what they
    raise passes on. The turn is a name (of an abstract socket, see unix(7)) that one process can have at a time, and
    loses however it ends. A system that gives no such names lets everyone go on.
    """
    with contextlib.ExitStack() as held:
        try:
            name = held.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
        except OSError:
            name = None
        told = False
        while name is not None and _is_taken(name):
            if not told:
                on_wait()
                told = True
            check()
            time.sleep(POLL_SECONDS)
        yield


def _is_taken(name: socket.socket) -> bool:
    """Whether another has the name; it is ours if not."""
    try:
        name.bind(_NAME)
    except OSError as error:
        return error.errno == errno.EADDRINUSE
    return False
