"""The lines of the working tree that are not as they were in a revision, as git says."""

from __future__ import annotations

import ast
import functools
import os
import re
import subprocess
from collections.abc import Iterator

from flake8_keras_graph.config import ConfigError
from flake8_keras_graph.records import Finding

Ranges = tuple[range, ...]

_HUNK = re.compile(r"@@ -\d+(?:,(?P<removed>\d+))? \+(?P<start>\d+)(?:,(?P<added>\d+))? @@")
# Nothing that the repository's own configuration names is started.
_GIT = ("git", "-c", "core.fsmonitor=false", "-c", "core.quotePath=true", "--no-optional-locks")
_DIFF = ("diff", "--unified=0", "--find-renames", "--no-color", "--no-ext-diff", "--no-textconv", "--no-prefix")


class ChangedLines:
    """What differs from where ``revision`` and the current commit parted; each repository is asked once."""

    def __init__(self, revision: str) -> None:
        self.revision = revision
        self._repository = functools.cache(self._read)

    def holds(self, finding: Finding) -> bool:
        """Whether a line of the finding's range is new or changed. Raises ConfigError."""
        path = os.path.realpath(finding.path)
        top = _top_of(os.path.dirname(path))
        changed, tracked = self._repository(top)
        relative = os.path.relpath(path, top).replace(os.sep, "/")
        if relative not in tracked:
            return True
        return any(
            finding.span.line < each.stop and each.start <= finding.span.end_line for each in changed.get(relative, ())
        )

    def _read(self, top: str) -> tuple[dict[str, Ranges], frozenset[str]]:
        """The changed lines of each file of a repository, and the files that it knows."""
        try:
            commit = _git(top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{self.revision}^{{commit}}")
        except ConfigError:
            raise ConfigError(f"--diff: {self.revision!r} is no revision of {top}") from None
        try:
            base = _git(top, "merge-base", commit.strip(), "HEAD").strip()
        except ConfigError:  # a shallow clone has no common ancestor
            base = commit.strip()
        changed = dict(_changes(_git(top, *_DIFF, base, "--")))
        return changed, frozenset(_git(top, "ls-files", "-z").split("\0"))


@functools.cache
def _top_of(folder: str) -> str:
    try:
        return os.path.realpath(_git(folder, "rev-parse", "--show-toplevel").rstrip("\n"))
    except ConfigError as error:
        raise ConfigError(f"--diff: {folder} is not in a git repository ({error})") from None


def _git(folder: str, *arguments: str) -> str:
    """What git prints. Raises ConfigError."""
    try:
        ran = subprocess.run([*_GIT, "-C", folder, *arguments], capture_output=True, check=True)
    except FileNotFoundError:
        raise ConfigError("git is not installed") from None
    except subprocess.CalledProcessError as error:
        raise ConfigError(os.fsdecode(error.stderr).strip() or f"git ended with {error.returncode}") from None
    return os.fsdecode(ran.stdout)


def _changes(diff: str) -> Iterator[tuple[str, Ranges]]:
    """By path, the ranges of lines that a diff without context adds."""
    lines = iter(diff.split("\n"))
    path, ranges = "", list[range]()
    for line in lines:
        if line.startswith("+++ "):
            if path:
                yield path, tuple(ranges)
            path, ranges = _path(line[4:]), []
        elif match := _HUNK.match(line):
            start, added = int(match["start"]), int(match["added"] or 1)
            ranges.append(range(start, start + added))
            _skip(lines, added + int(match["removed"] or 1))
    if path:
        yield path, tuple(ranges)


def _skip(lines: Iterator[str], count: int) -> None:
    """Leave out so many lines of a hunk, which may look like anything; what git remarks between them is none."""
    while count:
        line = next(lines, None)
        if line is None:
            return
        count -= not line.startswith("\\")


def _path(written: str) -> str:
    """A path as a diff writes it: in quotes, as C would, where a letter is none of ASCII's or would be misread."""
    name = written.rstrip("\t")
    return os.fsdecode(ast.literal_eval(f"b{name}")) if name.startswith('"') else name
