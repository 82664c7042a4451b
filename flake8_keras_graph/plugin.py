"""The flake8 plugin: hands flake8's tree to the engine where it can hold Keras code, and findings back.

Importing this module loads neither libcst nor TensorFlow: a file without Keras must cost next to nothing.
"""

from __future__ import annotations

import argparse
import ast
import functools
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from flake8_keras_graph import __version__

if TYPE_CHECKING:
    from flake8.options.manager import OptionManager

    from flake8_keras_graph.config import Options
    from flake8_keras_graph.records import Finding
    from flake8_keras_graph.results.cache import Brief, Cache, Fingerprinted

Reported = tuple[int, int, str, type["KerasGraph"]]


class KerasGraph:
    """One file's check, as flake8 asks for it.

    Options of flake8's own configuration win over the ``[tool.keras-graph]`` table of pyproject.toml, which
    holds for the editor and the command line alike. Selecting codes is left to flake8, but for notes: those are given
    only where ``select`` or ``extend-select`` names them. flake8's own list of codes that are off by default would not
    do: a project's ``ignore`` replaces it, and a rule's findings are not all of one level.
    """

    name = "flake8-keras-graph"
    version = __version__
    overrides: ClassVar[dict[str, Any]] = {}
    caching: ClassVar[Literal["on", "read", "off"]] = "off"  # until flake8 has said with which options it runs
    cache: ClassVar[Cache | None] = None
    selected: ClassVar[tuple[str, ...]] = ("",)  # beginnings of codes whose notes are given: all, until flake8 says

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
        manager.add_option(
            "--keras-graph-no-cache",
            action="store_true",
            parse_from_config=True,
            help="check files anew that have not changed, and remember nothing",
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
        cls.cache = None  # of the run before in the same process
        cls.caching = "off" if options.keras_graph_no_cache else "read" if "-" in options.filenames else "on"
        cls.selected = (*(options.select or ()), *(options.extend_select or ()))
        cls.overrides = {key: _checked(key, value) for key, value in given.items() if value is not None and value != []}

    def run(self) -> Iterator[Reported]:
        """Findings as flake8 takes them: 1-based line, 0-based column, "CODE message"."""
        from flake8_keras_graph.project.presence import may_have_keras

        try:
            told = self._told() if may_have_keras(self.tree) else []
        except Exception as error:  # flake8 would stop at it and check nothing else
            told = [_brief(self._failed(error))]
        for line, column, code, message, level in told:
            if level != "note" or code.startswith(self.selected):
                yield line, column, f"{code} {message}", type(self)

    def _told(self) -> list[Brief]:
        """From the cache where nothing has changed: then neither the analysis nor libcst is imported."""
        from flake8_keras_graph.results.roots import may_have_evidence

        options = self._options()
        text = "".join(self.lines)
        cache = self._cache()
        known: Sequence[Finding] | None = None
        if cache is not None:
            if may_have_evidence(self.filename):
                known = cache.findings(self.filename, options, text)
            else:
                told = cache.briefs(self.filename, options, text)
                if told is not None:
                    return told
        from flake8_keras_graph import collector

        with collector.paused():  # from here on: what is imported first is a tenth of a large package's check
            from flake8_keras_graph.results import matching

            found = self._checked(options, text, cache) if known is None else known
            fingerprint = functools.partial(self._fingerprint, options, text, cache)
            return list(map(_brief, matching.applied(found, self.filename, text, fingerprint, _warn_once)))

    def _checked(self, options: Options, text: str, cache: Cache | None) -> list[Finding]:
        """What the engine finds, remembered unless something went wrong in us: the next run is to try again."""
        from flake8_keras_graph import engine, failure
        from flake8_keras_graph.results.cache import observed

        session = engine.shared_session(options)  # flake8's process is not ours: it may be an editor's
        found = engine.check(engine.Source(self.filename, text, self.tree), options, session)
        if cache is not None and not any(map(failure.is_internal, found)):
            cache.add(self.filename, options, found, observed(session.project, self.filename, text))
        return found

    def _fingerprint(self, options: Options, text: str, cache: Cache | None, symbol: str) -> str:
        """The hash that evidence about a class of the file is tied to. Raises KeyError where there is none."""

        def work_out() -> Fingerprinted:
            from flake8_keras_graph import engine
            from flake8_keras_graph.results.cache import observed

            session = engine.shared_session(options)
            hashed = session.fingerprint(engine.Source(self.filename, text, self.tree), symbol)
            return hashed, observed(session.project, self.filename, text)

        return cache.fingerprint(self.filename, options, text, symbol, work_out) if cache is not None else work_out()[0]

    @classmethod
    def _cache(cls) -> Cache | None:
        """The cache of this run: beside the configuration where one is there, as ``check`` makes it, else the user's.

        flake8 makes no folder in a project. What stdin gave is looked up, and not remembered.
        """
        if cls.caching == "off" or cls.cache is not None:
            return cls.cache
        from pathlib import Path

        from flake8_keras_graph import config
        from flake8_keras_graph.results.cache import Cache, folder_of_project, folder_of_user, is_switched_off

        ours = folder_of_project(config.load(Path.cwd()).root or Path.cwd())
        folder = ours if os.path.isdir(ours) else folder_of_user()
        if folder is None or is_switched_off():
            cls.caching = "off"
        else:
            cls.cache = Cache(folder, writable=cls.caching == "on")
        return cls.cache

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


def _brief(finding: Finding) -> Brief:
    return finding.span.line, finding.span.column, finding.code, finding.message, finding.level


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
