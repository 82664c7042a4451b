"""Python's garbage collector, told to look away while there are many new objects and no garbage among them.

Imports nothing that flake8 has not: the plugin asks before it imports the rest.
"""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def paused(owns_process: bool = False) -> Iterator[None]:
    """No garbage collection inside, and little of what is there afterwards.

    Where the process is ours alone (``owns_process``) never again: that keeps other people's garbage of that moment
    for good. Syntax trees are many objects and no garbage; measured, looking through them takes a third of flake8's
    time on files that define layers.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            if owns_process:
                gc.freeze()
            else:
                _make_everything_old()
            gc.enable()


def _make_everything_old() -> None:
    """Move what the collector knows to the generation that it looks at least often, as surviving would in the end.

    Unlike what is frozen, it is collected in time. Where somebody else keeps objects frozen, those are left so.
    """
    if not gc.get_freeze_count():
        gc.freeze()
        gc.unfreeze()
