"""Texts as the rewriters are handed them: as readings of a file."""

from __future__ import annotations

from flake8_keras_graph.analysis.reading import FileReading, read_file
from flake8_keras_graph.config import Options
from flake8_keras_graph.rewrite.functional.builder import FunctionalRewrite, functional_builder


def reading_of(text: str, path: str = "model.py", options: Options | None = None) -> FileReading:
    """``text`` as the file ``path``."""
    return read_file(path, text, options or Options())


def builder_of(text: str, symbol: str, path: str = "model.py", options: Options | None = None) -> FunctionalRewrite:
    """The functional builder of a class of ``text``."""
    return functional_builder(reading_of(text, path, options), symbol)
