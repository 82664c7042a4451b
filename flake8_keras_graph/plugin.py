"""The flake8 plugin: hands flake8's tree to the engine where it can hold Keras code, and findings back.

Importing this module loads neither libcst nor TensorFlow: a file without Keras must cost next to nothing.
"""

from __future__ import annotations

import argparse
import ast
import functools
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from flake8_keras_graph import __version__

if TYPE_CHECKING:
    from flake8.options.manager import OptionManager

    from flake8_keras_graph.config import Options
    from flake8_keras_graph.records import Finding

Reported = tuple[int, int, str, type["KerasGraph"]]


class KerasGraph:
    """One file's check, as flake8 asks for it.

    Options of flake8's own configuration win over the ``[tool.keras-graph]`` table of pyproject.toml, which
    holds for the editor and the command line alike. Selecting codes is left to flake8.
    """

    name = "flake8-keras-graph"
    version = __version__
    overrides: ClassVar[dict[str, Any]] = {}

    def __init__(self, tree: ast.Module, filename: str, lines: Sequence[str]) -> None:
        self.tree = tree
        self.filename = filename
        self.lines = lines

    @classmethod
    def add_options(cls, manager: OptionManager) -> None:
        """Declare the options, for the command line and for flake8's configuration files."""
        manager.add_option(
            "--keras-graph-keras",
            choices=("auto", "2", "3"),
            parse_from_config=True,
            help="whose semantics hold: Keras 3, Keras 2 (tf_keras), or auto, of imports and what the project allows",
        )
        manager.add_option(
            "--keras-graph-model-bases",
            comma_separated_list=True,
            parse_from_config=True,
            help="further base classes, dotted or bare, that make a class a Keras model",
        )
        manager.add_option(
            "--keras-graph-returns",
            comma_separated_list=True,
            parse_from_config=True,
            help="what functions return, as name=tensor or name=python",
        )
        manager.add_option(
            "--keras-graph-max-iterations",
            parse_from_config=True,
            help="applications of the same weights from which an unrolled loop is a warning (16)",
        )

    @classmethod
    def parse_options(cls, options: argparse.Namespace) -> None:
        """Keep what was given. Raises flake8's ExecutionError where a value cannot be used."""
        given = {
            "keras": options.keras_graph_keras,
            "model_bases": options.keras_graph_model_bases,
            "returns": options.keras_graph_returns,
            "max_iterations": options.keras_graph_max_iterations,
        }
        cls.overrides = {key: _checked(key, value) for key, value in given.items() if value is not None and value != []}

    def run(self) -> Iterator[Reported]:
        """Findings as flake8 takes them: 1-based line, 0-based column, "CODE message"."""
        from flake8_keras_graph.project.presence import may_have_keras

        try:
            findings = self._findings() if may_have_keras(self.tree) else []
        except Exception as error:  # flake8 would stop at it and check nothing else
            findings = [self._failed(error)]
        for finding in findings:
            yield finding.span.line, finding.span.column, f"{finding.code} {finding.message}", type(self)

    def _findings(self) -> list[Finding]:
        from flake8_keras_graph import collector

        with collector.paused():  # from here on: what is imported first is a tenth of a large package's check
            from flake8_keras_graph import engine
            from flake8_keras_graph.results import matching

            options = self._options()
            session = engine.shared_session(options)  # flake8's process is not ours: it may be an editor's
            text = "".join(self.lines)
            source = engine.Source(self.filename, text, self.tree)
            findings = engine.check(source, options, session)
            fingerprint = functools.partial(session.fingerprint, source)
            return matching.applied(findings, self.filename, text, fingerprint, _warn_once)

    def _failed(self, error: Exception) -> Finding:
        """What kept us from checking the file at all, at its first line."""
        from flake8_keras_graph import config, failure

        message = str(error) if isinstance(error, config.ConfigError) else failure.describe(error)
        return failure.finding(self.filename, message)

    def _options(self) -> Options:
        import dataclasses
        from pathlib import Path

        from flake8_keras_graph import config

        found = config.load(Path(self.filename)).options
        return dataclasses.replace(found, select=(), ignore=(), **self.overrides)


@functools.cache
def _warn_once(text: str) -> None:
    sys.stderr.write(f"flake8-keras-graph: warning: {text}\n")  # at once: flake8 has several processes


def _checked(key: str, value: Any) -> Any:
    from flake8.exceptions import ExecutionError

    from flake8_keras_graph import config

    readers: dict[str, Callable[[Any], Any]] = {
        "keras": config.keras_option,
        "model_bases": config.dotted_names,
        "returns": lambda items: config.returns_table(dict(item.partition("=")[::2] for item in items)),
        "max_iterations": lambda text: config.at_least_one(int(text) if text.isdecimal() else text),
    }
    try:
        return readers[key](value)
    except config.ConfigError as error:
        raise ExecutionError(f"keras-graph-{key.replace('_', '-')}: {error}") from None
