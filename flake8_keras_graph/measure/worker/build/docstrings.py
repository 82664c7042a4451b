"""What docstrings and comments say of inputs, as in "x: Tensor of shape (batch, steps, dim)". In the worker."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Sequence
from typing import Any

from flake8_keras_graph.measure.worker.build.layer_inputs import OF_RANK, TOKENS, Shaped

_GROUP = re.compile(r"[(\[]((?:\[[\w ]+\]|[^()\[\]])*,?(?:\[[\w ]+\]|[^()\[\]])*)[)\]]")
_SIZE = re.compile(r"\[?[`'\"]?[A-Za-z_\d?*][\w ?*.+/-]*[`'\"]?\]?|-1|\.\.\.")
_BATCH = re.compile(
    r"\[?[`'\"]?(b|bs|bsz|n|none|\?|-1|samples?|nb_samples|num_samples|.*batch.*)[`'\"]?\]?", re.IGNORECASE
)
_INPUT_SHAPE = re.compile(r"inputs?\b.*\bshape|expects?\b.*\bshape", re.IGNORECASE)
_SHAPE = re.compile(r"shape|tensor|array|\(b|\[b|dim", re.IGNORECASE)
_OUTPUT = re.compile(r"^\W*(returns?|outputs?|yields?)\b", re.IGNORECASE)
_WHOLE = re.compile(r"\b(int|int32|int64|integers?|indices|ids|tokens?)\b", re.IGNORECASE)
_LIST = re.compile(r"\b(list|tuple|sequence)\b[^\[(]*[\[(`]+([^\])`]*,[^\])`]*)[\])`]", re.IGNORECASE)
_NEAR = 3
_MAX_PARTS = 8


def inputs_in_docs(instance: Any, names: Sequence[str], method: str = "call") -> dict[str, Any]:
    """Tables for those of the inputs that a docstring or a comment tells of; nothing is run."""
    cls = type(instance)
    texts = [inspect.getdoc(getattr(cls, method, None)) or "", _comments(cls, method), vars(cls).get("__doc__") or ""]
    found: dict[str, Any] = {}
    for text in texts:
        lines = text.splitlines()
        for name in names:
            if name not in found and (told := _told_of(name, lines)) is not None:
                found[name] = told
        if names and names[0] not in found and (first := _of_input(lines)) is not None:
            found[names[0]] = first
    return found


def _comments(cls: type, method: str) -> str:
    """The comments at the end of the lines of the method's parameters, and of the first lines of its body."""
    try:
        lines = inspect.getsource(getattr(cls, method)).splitlines()
    except (OSError, TypeError, AttributeError):
        return ""
    pairs = [(before, after.strip()) for before, mark, after in (line.partition("#") for line in lines[:8]) if mark]
    return "\n".join(text for before, after in pairs for text in (after, f"{_subject(before)}: {after}"))


def _subject(code: str) -> str:
    """What a comment behind ``code`` is about: the input, behind the line of the ``def``."""
    first = next(iter(re.findall(r"\w+", code)), "")
    return "input shape" if first == "def" else first


def _told_of(name: str, lines: Sequence[str]) -> Any:
    """What the line that begins with the name says of it, or those below."""
    begins = re.compile(rf"\W*(:param |Args: )?(\w+ )?[`*]*{re.escape(name)}\b[`*]*\s*([:(=\[-]|is\b|are\b|has\b)")
    for index, line in enumerate(lines):
        if not begins.match(line):
            continue
        parts = _LIST.search(line)
        if parts is not None and 1 < len(parts[2].split(",")) <= _MAX_PARTS:
            return [_told_of(each.strip(" `'\""), lines[index:]) or dict(OF_RANK[2]) for each in parts[2].split(",")]
        for near in [line, *_continued(lines[index + 1 :])]:
            if (table := _table_in(near)) is not None:
                return table
    return None


def _continued(lines: Sequence[str]) -> Iterator[str]:
    """The lines that go on about the same thing."""
    for line in lines[: _NEAR - 1]:
        if not line.strip() or re.match(r"\W*(:\w+|\w+\s*(\([^)]*\))?:)", line):
            return
        yield line


def _of_input(lines: Sequence[str]) -> Shaped | None:
    """What follows "Input shape:" and the like."""
    for index, line in enumerate(lines):
        if _INPUT_SHAPE.search(line) and not _OUTPUT.match(line):
            for near in lines[index : index + _NEAR]:
                if (table := _table_in(near)) is not None:
                    return table
    return None


def _table_in(line: str) -> Shaped | None:
    """The table of the first shape with a batch axis in a line that speaks of shapes."""
    if not _SHAPE.search(line) or _OUTPUT.match(line):
        return None
    for group in _GROUP.finditer(line):
        sizes = [part.strip() for part in group[1].split(",") if part.strip()]
        if sizes and len(sizes) in OF_RANK and _BATCH.fullmatch(sizes[0]) and all(map(_SIZE.fullmatch, sizes)):
            return _table(sizes[1:], whole=_WHOLE.search(line[: group.start()]) is not None)
    return None


def _table(sizes: Sequence[str], whole: bool) -> Shaped:
    usual = OF_RANK[len(sizes) + 1]["shape"] if not whole else [8] * len(sizes)
    shape = [int(size) if size.isdecimal() and int(size) else usual[index] for index, size in enumerate(sizes)]
    return {**TOKENS, "shape": shape} if whole else {"shape": shape, "dtype": "float32"}
