"""Which files to check, and their text: what a folder holds, and decoding as Python itself decodes."""

from __future__ import annotations

import fnmatch
import io
import os
import tokenize
from collections.abc import Iterator, Sequence

DEFAULT_EXCLUDE = (
    ".*",  # .git, .venv, .tox, .mypy_cache, ...
    "__pycache__",
    "__pypackages__",
    "CVS",
    "*.egg",
    "*.egg-info",
    "build",
    "dist",
    "node_modules",
    "site-packages",
    "venv",
)


class Unreadable(Exception):
    """One file's text cannot be had: ``line`` and ``column`` (1-based) say where, as far as is known."""

    def __init__(self, path: str, reason: str, line: int = 1, column: int = 1) -> None:
        super().__init__(f"{path}:{line}:{column}: {reason}")


def discover(path: str, exclude: Sequence[str], root: str) -> Iterator[str]:
    """The files that ``path`` stands for, in order: itself, or a folder's Python files.

    Built-in patterns hold for what is found in a folder; those of ``exclude``, which the user chose and
    which are relative to ``root``, for everything. Raises FileNotFoundError.
    """
    if os.path.isdir(path):
        yield from _walk(path, exclude, root)
    elif not os.path.exists(path):
        raise FileNotFoundError(path)
    elif not _excluded(path, exclude, root):
        yield path


def _walk(folder: str, exclude: Sequence[str], root: str) -> Iterator[str]:
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not _left_out(parent, name, exclude, root))
        for name in sorted(names):
            if name.endswith(".py") and not _left_out(parent, name, exclude, root):
                path = os.path.join(parent, name)
                if os.path.isfile(path):  # and not a named pipe, which would never end
                    yield os.path.normpath(path)


def _left_out(parent: str, name: str, exclude: Sequence[str], root: str) -> bool:
    if any(fnmatch.fnmatch(name, pattern) for pattern in DEFAULT_EXCLUDE):
        return True
    return bool(exclude) and _excluded(os.path.join(parent, name), exclude, root)


def _excluded(path: str, exclude: Sequence[str], root: str) -> bool:
    return any(matches(path, pattern, root) for pattern in exclude)


def matches(path: str, pattern: str, root: str) -> bool:
    """Whether a pattern names ``path``: its name, its path from ``root``, or a folder above it there."""
    full = os.path.abspath(path)
    relative = os.path.relpath(full, root) if _same_drive(full, root) else full
    parts = relative.replace(os.sep, "/").split("/")
    wanted = pattern.replace(os.sep, "/").removeprefix("./").rstrip("/")
    if "/" not in wanted:
        return any(fnmatch.fnmatch(part, wanted) for part in parts)
    leading = ("/".join(parts[:count]) for count in range(1, len(parts) + 1))
    return any(fnmatch.fnmatch(prefix, wanted) for prefix in leading)


def _same_drive(path: str, root: str) -> bool:
    return os.path.splitdrive(path)[0].lower() == os.path.splitdrive(os.path.abspath(root))[0].lower()


def read(path: str) -> str:
    """A file's text with its line ends as "\\n". Raises Unreadable."""
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError as error:
        raise Unreadable(path, error.strerror or str(error)) from None
    return decode(path, data)


def decode(path: str, data: bytes) -> str:
    """``data`` as Python source: byte order mark and coding line are heeded. Raises Unreadable."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        return io.TextIOWrapper(io.BytesIO(data), encoding).read()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Unreadable(path, f"not {error.encoding}: {error.reason}", line) from None
    except (SyntaxError, LookupError) as error:  # an unknown coding
        raise Unreadable(path, error.args[0] if error.args else str(error)) from None


class Sources:
    """Lines of source files, read when asked for; a file that cannot be read has none."""

    def __init__(self, known: dict[str, str]) -> None:
        self._lines = {path: list(io.StringIO(content)) for path, content in known.items()}

    def line(self, path: str, number: int) -> str:
        """One line without its indentation, "" where there is none."""
        if path not in self._lines:
            try:
                self._lines[path] = list(io.StringIO(read(path)))
            except Unreadable:
                self._lines[path] = []
        lines = self._lines[path]
        return lines[number - 1].strip() if 0 < number <= len(lines) else ""
