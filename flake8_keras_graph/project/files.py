"""Which files there are, and reading and writing them: decoding as Python itself decodes, replacing as a whole."""

from __future__ import annotations

import contextlib
import fnmatch
import functools
import io
import os
import re
import tokenize
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

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

_TEST_FOLDERS = {"test", "tests", "testing", "unit_tests", "integration_tests"}
_PROJECT_FILES = (".git", "pyproject.toml", "setup.py", "setup.cfg")

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")
_LINE_END = re.compile(r"\r\n|\r|\n")


class Unreadable(Exception):
    """One file's text cannot be had: ``line`` and ``column`` (1-based) say where, as far as is known."""

    def __init__(self, path: str, reason: str, line: int = 1, column: int = 1) -> None:
        super().__init__(f"{path}:{line}:{column}: {reason}")
        self.reason, self.line, self.column = reason, line, column


class NotPython(Unreadable):
    """What the file holds is no text of Python 3."""


def is_test(path: str) -> bool:
    """Whether the file is one of a project's tests, by its name or a folder's within the project."""
    name = os.path.basename(path)
    if name == "conftest.py" or name.startswith("test_") or name.endswith(("_test.py", "_tests.py")):
        return True
    return _is_of_tests(os.path.dirname(os.path.abspath(path)))


@functools.lru_cache(maxsize=1024)
def _is_of_tests(folder: str) -> bool:
    while folder != os.path.dirname(folder):
        if os.path.basename(folder) in _TEST_FOLDERS:
            return True
        if any(os.path.exists(os.path.join(folder, each)) for each in _PROJECT_FILES):
            return False
        folder = os.path.dirname(folder)
    return False


def discover(path: str, exclude: Sequence[str], root: str, respect_gitignore: bool = True) -> Iterator[str]:
    """The files that ``path`` stands for, in order: itself, or a folder's Python files.

    Built-in patterns and ``.gitignore`` files hold for what is found in a folder; those of ``exclude``, which the user
    chose and which are relative to ``root``, for everything. Raises FileNotFoundError.
    """
    if os.path.isdir(path):
        yield from _walk(path, exclude, root, respect_gitignore)
    elif not os.path.exists(path):
        raise FileNotFoundError(path)
    elif not _excluded(path, exclude, root):
        yield path


def _walk(folder: str, exclude: Sequence[str], root: str, respect_gitignore: bool) -> Iterator[str]:
    from flake8_keras_graph.project.gitignore import GitIgnore  # only where a folder is walked

    git = GitIgnore(folder) if respect_gitignore else None
    for parent, folders, names in os.walk(folder):
        if git is not None:
            git.enter(parent)
        folders[:] = sorted(
            name
            for name in folders
            if not _left_out(parent, name, exclude, root)
            and not (git is not None and git.leaves_out(os.path.join(parent, name), is_folder=True))
        )
        for name in sorted(names):
            path = os.path.join(parent, name)
            if not name.endswith(".py") or _left_out(parent, name, exclude, root):
                continue
            if git is not None and git.leaves_out(path, is_folder=False):
                continue
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


def beside(own: str, other: str) -> str:
    """How the file ``other`` is called where ``own`` is called so: from where we are, unless that is absolute."""
    full = os.path.abspath(other)
    return os.path.relpath(full) if not os.path.isabs(own) and _same_drive(full, os.curdir) else full


def path_beside(own: str, other: str) -> str:
    """``beside``, empty where both are one file: the same whether the other was checked before or not."""
    return "" if os.path.abspath(other) == os.path.abspath(own) else beside(own, other)


def read(path: str) -> str:
    """A file's text with its line ends as "\\n". Raises Unreadable."""
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError as error:
        raise Unreadable(path, error.strerror or str(error)) from None
    return decode(path, data)


def decode(path: str, data: bytes) -> str:
    """``data`` as Python source, its line ends as "\\n". Raises Unreadable."""
    try:
        return with_plain_line_ends(decode_exactly(data)[0])
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise NotPython(path, f"not {error.encoding}: {error.reason}", line) from None
    except (SyntaxError, LookupError) as error:  # an unknown coding
        raise NotPython(path, error.args[0] if error.args else str(error)) from None


def decode_exactly(data: bytes) -> tuple[str, str]:
    """``data`` as Python source with its own line ends, and its encoding: byte order mark and coding line are heeded.

    Raises UnicodeDecodeError, and SyntaxError or LookupError for a coding that is unknown.
    """
    encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    return data.decode(encoding), encoding


def with_plain_line_ends(text: str) -> str:
    """``text`` with every line end that Python knows as "\\n"."""
    return _LINE_END.sub("\n", text) if "\r" in text else text


def split_lines(text: str) -> list[str]:
    """The lines of ``text`` with their endings, split where Python's tokenizer splits them.

    ``str.splitlines`` also splits at form feeds and Unicode separators, which are not line ends in Python.
    """
    return _LINE.findall(text)


def _let_others_read(temporary: str) -> None:
    os.chmod(temporary, 0o644)  # mkstemp makes it private


def replace(
    path: str | Path, data: bytes, *, durable: bool = False, prepare: Callable[[str], None] = _let_others_read
) -> None:
    """Put ``data`` in the place of a file as a whole: whoever reads it sees the one or the other. Raises OSError.

    ``durable`` waits until the data is on the disk. ``prepare`` is handed the path of the new file before that takes
    its place, and sets its permissions; what it raises leaves everything as it was.
    """
    import tempfile  # only those who write: it takes as long to import as the rest of this module

    folder, name = os.path.split(path)
    handle, temporary = tempfile.mkstemp(dir=folder or os.curdir, prefix=f".{name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            if durable:
                stream.flush()
                os.fsync(stream.fileno())
        prepare(temporary)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


class Sources:
    """Lines of source files, read when asked for; a file that cannot be read has none."""

    def __init__(self, known: dict[str, str]) -> None:
        self._lines = {path: split_lines(content) for path, content in known.items()}

    def line(self, path: str, number: int) -> str:
        """One line without its indentation, "" where there is none."""
        return "".join(self.lines(path, number, number)).strip()

    def lines(self, path: str, first: int, last: int) -> list[str]:
        """The lines from ``first`` to ``last``, without their ends; as many of them as there are."""
        if path not in self._lines:
            try:
                self._lines[path] = split_lines(read(path))
            except Unreadable:
                self._lines[path] = []
        return [line.rstrip("\r\n") for line in self._lines[path][max(0, first - 1) : max(0, last)]]
