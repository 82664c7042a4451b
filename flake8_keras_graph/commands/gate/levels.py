"""From which level on a finding makes a command fail."""

from __future__ import annotations

import argparse
from collections.abc import Iterable

from flake8_keras_graph.records import LEVELS, Level


def status(levels: Iterable[Level], arguments: argparse.Namespace) -> int:
    """1 where one of ``levels`` is that of ``--fail-on`` or graver; 0 where none is, or with ``--exit-zero``."""
    if arguments.exit_zero:
        return 0
    return int(any(is_failing(level, arguments.fail_on) for level in levels))


def is_failing(level: Level, fail_on: Level) -> bool:
    """Whether a finding of ``level`` fails a run that fails on ``fail_on``."""
    return LEVELS.index(level) <= LEVELS.index(fail_on)
