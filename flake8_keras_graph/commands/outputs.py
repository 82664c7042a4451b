"""Reports that go to files: what cannot be written is said before anything is measured, and nothing is cut short."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path

from flake8_keras_graph.config import ConfigError

STDOUT = "-"


def require_writable(names: Iterable[str | None]) -> None:
    """Raises ConfigError where one of the files could not be written, or two would be the same.

    A file that exists keeps what it holds; one that does not exist is not left behind.
    """
    given = [name for name in names if name]
    for name in given:
        if name != STDOUT:
            _require_writable(Path(os.path.realpath(name)))
    places = [name if name == STDOUT else os.path.realpath(name) for name in given]
    if len(set(places)) < len(places):
        raise ConfigError(f"two reports cannot both be written to {given[0]}")


def _require_writable(file: Path) -> None:
    try:
        if file.is_dir():
            raise IsADirectoryError(None, "is a folder")
        if file.is_file():
            file.open("ab").close()
        elif not file.exists():  # a pipe or a device is left alone: opening it may wait, or count
            file.open("xb").close()
            file.unlink()
    except OSError as error:
        raise _failed(file, error) from None


def write(name: str, content: str) -> None:
    """Write a whole report, to stdout for "-". Raises ConfigError."""
    if name == STDOUT:
        sys.stdout.write(content)
        return
    try:
        Path(name).write_text(content, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise _failed(Path(name), error) from None


def _failed(file: Path, error: OSError) -> ConfigError:
    return ConfigError(f"{file} cannot be written: {(error.strerror or str(error)).lower()}")
