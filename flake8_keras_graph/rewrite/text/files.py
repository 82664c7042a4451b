"""Changing files in place: atomically, with encoding, byte order mark, line ends and permissions kept."""

from __future__ import annotations

import codecs
import contextlib
import dataclasses
import os
import re
from collections.abc import Sequence

from flake8_keras_graph.project import files
from flake8_keras_graph.project.files import split_lines
from flake8_keras_graph.records import Edit
from flake8_keras_graph.rewrite.text.edits import apply

_LINE_END = re.compile(r"\r\n|\r|\n")


class FileChanged(Exception):
    """The file is no longer what was read, so it is not overwritten."""


@dataclasses.dataclass(frozen=True, slots=True)
class File:
    """A source file as it was read: ``data`` its bytes, ``raw`` its text with its own line ends."""

    path: str
    data: bytes
    encoding: str
    raw: str

    @property
    def text(self) -> str:
        """The text with every line end as "\\n"; lines and columns are those of ``raw``."""
        return files.with_plain_line_ends(self.raw)

    def edited(self, edits: Sequence[Edit]) -> str:
        """``raw`` with ``edits`` (made for ``text``), their line ends those of the lines they replace."""
        lines = split_lines(self.raw)
        return apply(self.raw, [dataclasses.replace(edit, text=_localised(edit, lines)) for edit in edits])


def read(path: str) -> File:
    """Read a source file. Raises OSError, and SyntaxError or UnicodeDecodeError where Python could not read it."""
    with open(path, "rb") as stream:
        data = stream.read()
    raw, encoding = files.decode_exactly(data)
    return File(path, data, encoding, raw)


def write(file: File, raw: str) -> None:
    """Put ``raw`` in the place of ``file``. Raises FileChanged, OSError or UnicodeEncodeError, changing nothing.

    A link is followed: what it points to is replaced, and stays linked.
    """
    target = os.path.realpath(file.path)

    def prepare(temporary: str) -> None:
        _copy_mode(target, temporary)
        with open(target, "rb") as stream:
            if stream.read() != file.data:
                raise FileChanged(f"{file.path} changed meanwhile")

    files.replace(target, encode(file, raw), durable=True, prepare=prepare)


def encode(file: File, raw: str) -> bytes:
    """``raw`` as the bytes of ``file``'s encoding, with a byte order mark where it had one."""
    if file.encoding == "utf-8-sig":
        return codecs.BOM_UTF8 + raw.encode("utf-8")
    return raw.encode(file.encoding)


def _copy_mode(source: str, target: str) -> None:
    """Give ``target`` the permissions of ``source``, and its owner where that is allowed."""
    status = os.stat(source)
    os.chmod(target, status.st_mode & 0o7777)
    if hasattr(os, "chown"):
        with contextlib.suppress(OSError):
            os.chown(target, status.st_uid, status.st_gid)


def _localised(edit: Edit, lines: Sequence[str]) -> str:
    """The text of ``edit`` with the line end used around it."""
    around = [lines[place - 1] for place in (edit.span.line, edit.span.line - 1) if 1 <= place <= len(lines)]
    around += lines
    found = (match.group() for line in around if (match := _LINE_END.search(line)))
    return _LINE_END.sub(next(found, "\n"), edit.text)
