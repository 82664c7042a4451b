"""What a repository's ``.gitignore`` files leave out, as git reads them: each for its folder, the deepest first."""

from __future__ import annotations

import itertools
import os

from pathspec import GitIgnoreSpec

NAME = ".gitignore"
_EXCLUDE = os.path.join("info", "exclude")


class GitIgnore:
    """The patterns that hold in ``start``, a folder that is walked; those of folders below are read with ``enter``.

    A folder that is left out itself was asked for by name: what leaves it out does not count.
    """

    def __init__(self, start: str) -> None:
        self._specs: dict[str, GitIgnoreSpec] = {}
        start = os.path.abspath(start)
        way = [*_folders_above(start), start]
        for folder, inner in itertools.pairwise(way):
            self.enter(folder)
            if self.leaves_out(inner, is_folder=True):
                self._specs.clear()
                return

    def enter(self, folder: str) -> None:
        """Read what a folder says of itself and of those below."""
        folder = os.path.abspath(folder)
        lines = _lines(os.path.join(folder, ".git", _EXCLUDE)) + _lines(os.path.join(folder, NAME))
        if lines:
            self._specs[folder] = GitIgnoreSpec.from_lines(lines)

    def leaves_out(self, path: str, is_folder: bool) -> bool:
        """Whether a file or folder in one that was entered is left out."""
        if not self._specs:
            return False
        full = os.path.abspath(path)
        folder = os.path.dirname(full)
        while True:
            spec = self._specs.get(folder)
            if spec is not None:
                relative = os.path.relpath(full, folder).replace(os.sep, "/")
                decided = spec.check_file(f"{relative}/" if is_folder else relative).include
                if decided is not None:
                    return decided
            if folder == os.path.dirname(folder):
                return False
            folder = os.path.dirname(folder)


def _folders_above(start: str) -> list[str]:
    """The folders from that of the repository to the one above ``start``; none where there is no repository."""
    found: list[str] = []
    folder = start
    while not os.path.exists(os.path.join(folder, ".git")):
        if folder == os.path.dirname(folder):
            return []
        folder = os.path.dirname(folder)
        found.append(folder)
    return found[::-1]


def _lines(file: str) -> list[str]:
    try:
        with open(file, encoding="utf-8", errors="surrogateescape") as stream:
            return stream.read().splitlines()
    except OSError:
        return []
