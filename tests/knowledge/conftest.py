"""The tests of the tables share the package ``sampling``, which lies next to them."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _no_tape_left() -> Iterator[None]:
    yield
    calls = sys.modules.get("sampling.calls")
    while calls is not None and calls.OPEN_TAPES:
        calls.OPEN_TAPES.pop().__exit__(None, None, None)
