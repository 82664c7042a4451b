"""What a finding is known by from one version of a file to the next: not its line, and not its message."""

from __future__ import annotations

import collections
import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from flake8_keras_graph.project.files import Sources
from flake8_keras_graph.records import Finding

MAX_CONTENT = 200
"""Of longer code the beginning is kept, and a hash of the whole."""
_DIGITS = 16


class Identity(NamedTuple):
    """A finding's file, its rule, its class, and the code that it speaks of without layout."""

    path: str
    code: str
    symbol: str
    content: str


def identity_of(finding: Finding, sources: Sources, root: Path) -> Identity:
    """The same with evidence and without, wherever in its class the code stands; the path is from ``root``."""
    return Identity(path_from(finding.path, root), finding.code, finding.symbol, content_of(finding, sources))


def path_from(path: str, root: Path) -> str:
    """``path`` as it is found from ``root``, with slashes: the same on every machine that has both."""
    full = os.path.abspath(path)
    try:
        return Path(os.path.relpath(full, root)).as_posix()
    except ValueError:  # on another drive of Windows
        return Path(full).as_posix()


def content_of(finding: Finding, sources: Sources) -> str:
    """The code that a finding speaks of, runs of white space as one."""
    span = finding.span
    lines = sources.lines(finding.path, span.line, span.end_line)
    if len(lines) == span.end_line - span.line + 1:
        lines[-1] = lines[-1][: span.end_column]
    if lines:
        lines[0] = lines[0][span.column :]
    content = " ".join(" ".join(lines).split())
    if len(content) <= MAX_CONTENT:
        return content
    return f"{content[:MAX_CONTENT]}... {_hash(content)}"


def fingerprints(findings: Sequence[Finding], sources: Sources, root: Path) -> list[str]:
    """A hash of each finding's identity, and of its place among those of the same one: all of them differ."""
    seen: collections.Counter[Identity] = collections.Counter()
    found = []
    for finding in findings:
        identity = identity_of(finding, sources, root)
        found.append(_hash("\0".join((*identity, str(seen[identity])))))
        seen[identity] += 1
    return found


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
