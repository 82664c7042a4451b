"""``keras-graph check``: findings in files, folders or stdin, in one of several formats."""

from __future__ import annotations

import argparse
import dataclasses
import functools
import importlib
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from flake8_keras_graph import __version__, config, failure
from flake8_keras_graph.commands import checking, outputs
from flake8_keras_graph.commands.gate import filters, levels
from flake8_keras_graph.config import ConfigError
from flake8_keras_graph.project import files
from flake8_keras_graph.records import Level, Report, RuleInfo
from flake8_keras_graph.report.findings import summary, text
from flake8_keras_graph.results.cache import Cache, folder_of_project, is_switched_off
from flake8_keras_graph.wording import counted

_MODULES = {"json": "json_findings"}
"""Formats whose module has another name."""
_WITH_FIXES = ("text", "json", "sarif")
"""Formats that tell which findings have a fix: to find that out takes longer."""
_WITHOUT_RULES = ("text", "concise")
"""Formats that say nothing of a rule but its code."""


def run(arguments: argparse.Namespace) -> int:
    """Print what was found; 0 nothing that fails, 1 findings, or a file is no Python 3, 2 failures.

    Raises ConfigError.
    """
    overrides = overrides_from(arguments)
    _require_sensible(arguments)
    tasks, unchecked = checking.planned(arguments.paths, overrides, arguments.stdin_display_name)
    if arguments.format in _WITH_FIXES and not arguments.statistics:
        tasks = [dataclasses.replace(task, fixes=True) for task in tasks]
    cache = None if arguments.no_cache or is_switched_off() else _cache()
    outcomes = list(checking.check_files(tasks, arguments.jobs, cache))
    unchecked += [outcome.problem for outcome in outcomes if outcome.problem]
    sources = _sources(tasks, {failed.path for failed in unchecked})
    problems = list(map(checking.told_in_words, unchecked))
    given = filters.given(outcomes, tasks, sources, arguments)
    if arguments.add_noqa:
        given = _silenced(given, problems)
    findings = given.findings
    internal = checking.internal_notice(findings)
    rules = _rules(arguments, bool(internal))
    _write(Report(__version__, {}, rules, findings, unchecked=tuple(unchecked)), sources, arguments)
    warnings = [f"warning: {warning}" for outcome in outcomes for warning in outcome.warnings]
    for message in dict.fromkeys([*warnings, *problems, *internal, *given.messages]):
        print(message, file=sys.stderr)
    if not arguments.quiet:
        print(summary.sentence(findings, len(outcomes), len(problems), given.left), file=sys.stderr)
        if arguments.format == "text" and (fixable := summary.fixable(findings)):
            print(fixable, file=sys.stderr)
    if any(failed.is_python for failed in unchecked) or len(problems) > len(unchecked) or internal:
        return 2
    found: list[Level] = [finding.level for finding in findings]
    found += ["error" for failed in unchecked if not failed.is_python]
    return 0 if arguments.update_baseline else levels.status(found, arguments)


def _require_sensible(arguments: argparse.Namespace) -> None:
    """Raises ConfigError where options do not go together, or what is to be written could not be."""
    if arguments.update_baseline and not arguments.baseline:
        raise ConfigError("--update-baseline needs --baseline FILE, which it writes")
    if checking.STDIN in arguments.paths and (arguments.diff or arguments.add_noqa):
        raise ConfigError(f"{'--diff' if arguments.diff else '--add-noqa'} takes files, not stdin")
    if arguments.statistics and arguments.format not in _WITHOUT_RULES:
        raise ConfigError(f"--statistics goes with --format text or concise, not {arguments.format}")
    outputs.require_writable((arguments.output_file,))


def _sources(tasks: Sequence[checking.Task], unread: set[str]) -> files.Sources:
    """Files as they are on the disk, but for what stdin gave."""
    given = [task for task in tasks if task.data is not None and task.path not in unread]
    return files.Sources({task.path: checking.text_of(task) for task in given})


def _silenced(given: filters.Given, problems: list[str]) -> filters.Given:
    """What is left once comments silence what they can; what cannot be written is added to ``problems``."""
    from flake8_keras_graph.commands.gate import silencing

    ours = [finding for finding in given.findings if not failure.is_internal(finding)]
    silenced, unwritten = silencing.add_comments(ours)
    problems += unwritten
    gone = set(map(id, silenced))
    left = tuple(finding for finding in given.findings if id(finding) not in gone)
    changed = counted(len({finding.path for finding in silenced}), "file")
    message = f"{counted(len(silenced), 'finding')} silenced by comments in {changed}"
    return dataclasses.replace(given, findings=left, messages=(*given.messages, message))


def _write(report: Report, sources: files.Sources, arguments: argparse.Namespace) -> None:
    """To the file asked for, else to stdout, before what goes to stderr, so that a terminal shows both in order."""
    render = _renderer("statistics" if arguments.statistics else arguments.format, bool(arguments.output_file))
    outputs.write(arguments.output_file or outputs.STDOUT, render(report, sources))
    sys.stdout.flush()


def _rules(arguments: argparse.Namespace, internal: bool) -> tuple[RuleInfo, ...]:
    """Those that the report describes. They come with the analysis, which a run from the cache has no need of."""
    if arguments.format in _WITHOUT_RULES and not arguments.statistics:
        return ()
    from flake8_keras_graph.rules import reported_rules

    return (*reported_rules(), failure.RULE) if internal else reported_rules()


def _cache() -> Cache:
    """Beside the configuration that holds where we are, or just here."""
    return Cache(folder_of_project(config.load(Path.cwd()).root or Path.cwd()))


def overrides_from(arguments: argparse.Namespace) -> checking.Overrides:
    """What the command line says over the configuration. Raises ConfigError."""
    checking.require_known((*arguments.select, *arguments.ignore))
    select, ignore, exclude = (tuple(given) for given in (arguments.select, arguments.ignore, arguments.exclude))
    evidence = not getattr(arguments, "no_evidence", False)
    return checking.Overrides(arguments.keras, select, ignore, exclude, evidence, not arguments.no_respect_gitignore)


def _renderer(name: str, for_file: bool) -> Callable[[Report, files.Sources], str]:
    """The format's module is imported when it is asked for."""
    if name == "text":
        return functools.partial(text.render, colour=not for_file and _is_coloured())
    module = importlib.import_module(f"flake8_keras_graph.report.findings.{_MODULES.get(name, name)}")
    render: Callable[[Report, files.Sources], str] = module.render
    return render


def _is_coloured() -> bool:
    """Whether stdout is a terminal that shows colours; https://no-color.org and FORCE_COLOR decide first."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
