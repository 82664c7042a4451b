"""``check --add-noqa``: every finding that would be given is silenced by a comment on its line."""

from __future__ import annotations

import collections
from collections.abc import Sequence

from flake8_keras_graph.project import noqa
from flake8_keras_graph.records import Finding
from flake8_keras_graph.rewrite.text import files


def add_comments(findings: Sequence[Finding]) -> tuple[list[Finding], list[str]]:
    """Write the comments; the findings that are silenced now, and why others are not."""
    by_path: dict[str, list[Finding]] = collections.defaultdict(list)
    for finding in findings:
        by_path[finding.path].append(finding)
    silenced: list[Finding] = []
    problems = []
    for path, here in by_path.items():
        try:
            silenced += _silence(path, here)
        except (OSError, SyntaxError, UnicodeError, files.FileChanged) as error:
            problems.append(f"{path}: no comments added: {error}")
    return silenced, problems


def _silence(path: str, findings: Sequence[Finding]) -> list[Finding]:
    file = files.read(path)
    edits = noqa.comments_for(findings, file.text)
    changed = file.edited(edits)
    files.write(file, changed)
    left = set(map(id, noqa.unsuppressed(findings, changed)))
    return [finding for finding in findings if id(finding) not in left]
