"""One or two lines that say what a run of ``check`` came to."""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Sequence

from flake8_keras_graph.records import LEVELS, Finding
from flake8_keras_graph.wording import counted


@dataclasses.dataclass(frozen=True, slots=True)
class Left:
    """How many are not among the findings, by the reason why: nobody would know of them otherwise."""

    free: int = 0
    refuted: int = 0
    cheap: int = 0
    known: int = 0
    unchanged: int = 0


def sentence(findings: Sequence[Finding], files: int, problems: int, left: Left = Left()) -> str:
    """``3 findings (1 error, 2 notes) in 2 of 10 files; 4 shown free by measurement; --no-evidence shows them``."""
    where = f"{len({finding.path for finding in findings})} of " if findings else ""
    found = f"{counted(len(findings), 'finding')}{_by_level(findings)}" if findings else "no findings"
    failed = [f"{counted(problems, 'file')} could not be checked"] if problems else []
    return "; ".join([f"{found} in {where}{counted(files, 'file')}", *_left(left), *failed])


def fixable(findings: Sequence[Finding]) -> str:
    """``2 fixable, 1 more with --unsafe (keras-graph fix)``; "" where no finding has a fix."""
    safe = sum(finding.fix is not None and finding.fix.safety == "safe" for finding in findings)
    unsafe = sum(finding.fix is not None and finding.fix.safety == "unsafe" for finding in findings)
    if not safe and not unsafe:
        return ""
    more = f", {unsafe} more with --unsafe" if unsafe else ""
    return f"[*] {safe} fixable{more} (keras-graph fix)"


def _left(left: Left) -> list[str]:
    told = [
        f"{number} {reason}"
        for number, reason in (
            (left.cheap, "measured to cost less than --min-slowdown"),
            (left.known, "known from the baseline"),
            (left.unchanged, "on lines that did not change"),
        )
        if number
    ]
    return [*_silenced(left), *told]


def _silenced(left: Left) -> list[str]:
    parts = [f"{left.free} shown free by measurement"] if left.free else []
    parts += [f"{left.refuted} refuted by running"] if left.refuted else []
    return (
        [f"{', '.join(parts)}; --no-evidence shows {'it' if left.free + left.refuted == 1 else 'them'}"]
        if parts
        else []
    )


def _by_level(findings: Sequence[Finding]) -> str:
    levels = collections.Counter(finding.level for finding in findings)
    parts = [counted(levels[level], level) for level in LEVELS if levels[level]]
    return f" ({', '.join(parts)})"
