"""Ctrl-C where Python ignores what a signal handler raises."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from flake8_keras_graph.measure.parent.interrupts import remembered


class Finalised:
    """Interrupted while it is finalised: the exception goes no further."""

    def __del__(self) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        for _ in range(1000):  # the handler runs between two of these
            pass


@pytest.fixture(autouse=True)
def _pythons_handler() -> Iterator[None]:
    """A shell lets what it runs in the background ignore the signal."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_interrupt_in_a_finaliser_is_raised_afterwards() -> None:
    with remembered() as interrupted:
        interrupted()
        Finalised()
        with pytest.raises(KeyboardInterrupt):
            interrupted()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_one_that_is_not_lost_comes_at_once() -> None:
    with pytest.raises(KeyboardInterrupt), remembered():
        signal.raise_signal(signal.SIGINT)


def test_another_handler_is_left_alone() -> None:
    def handle(number: int, frame: object) -> None:
        pass

    signal.signal(signal.SIGINT, handle)
    with remembered() as interrupted:
        assert signal.getsignal(signal.SIGINT) is handle
        interrupted()
