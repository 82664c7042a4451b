"""``keras-graph check``: findings in files, folders or stdin, in one of several formats."""

from __future__ import annotations

import argparse
import dataclasses
import functools
import importlib
import os
import sys
from collections.abc import Callable
from pathlib import Path

from flake8_keras_graph import __version__, config, failure
from flake8_keras_graph.commands import checking
from flake8_keras_graph.commands.gate import levels
from flake8_keras_graph.project import files
from flake8_keras_graph.records import Report, RuleInfo
from flake8_keras_graph.report.findings import summary, text
from flake8_keras_graph.results.cache import Cache

_MODULES = {"json": "json_findings"}
"""Formats whose module has another name."""
_WITH_FIXES = ("text", "json")
"""Formats that tell which findings have a fix: to find that out takes longer."""


def run(arguments: argparse.Namespace) -> int:
    """Print what was found; 0 nothing that fails, 1 findings, 2 something could not be checked, or an error of ours.

    Raises ConfigError.
    """
    overrides = overrides_from(arguments)
    tasks, problems = checking.plan(arguments.paths, overrides, arguments.stdin_display_name)
    if arguments.format in _WITH_FIXES:
        tasks = [dataclasses.replace(task, fixes=True) for task in tasks]
    cache = None if arguments.no_cache else _cache()
    outcomes = list(checking.check_files(tasks, arguments.jobs, cache))
    findings = tuple(finding for outcome in outcomes for finding in outcome.findings)
    problems += [outcome.problem for outcome in outcomes if outcome.problem]
    internal = checking.internal_notice(findings)
    rules = _rules(arguments.format, bool(internal))
    sources = files.Sources({task.path: checking.text_of(task) for task in tasks if task.data is not None})
    sys.stdout.write(_renderer(arguments.format)(Report(__version__, {}, rules, findings), sources))
    sys.stdout.flush()  # before what goes to stderr, so that a terminal shows both in order
    warnings = [f"warning: {warning}" for outcome in outcomes for warning in outcome.warnings]
    for message in dict.fromkeys([*warnings, *problems, *internal]):
        print(message, file=sys.stderr)
    if not arguments.quiet:
        left = summary.Left(sum(each.told.free for each in outcomes), sum(each.told.refuted for each in outcomes))
        print(summary.sentence(findings, len(outcomes), len(problems), left), file=sys.stderr)
        if fixable := summary.fixable(findings):
            print(fixable, file=sys.stderr)
    return 2 if problems or internal else levels.status((finding.level for finding in findings), arguments)


def _rules(form: str, internal: bool) -> tuple[RuleInfo, ...]:
    """Those that the report describes. They come with the analysis, which a run from the cache has no need of."""
    if form in ("text", "concise"):
        return ()
    from flake8_keras_graph.rules import reported_rules

    return (*reported_rules(), failure.RULE) if internal else reported_rules()


def _cache() -> Cache:
    """Beside the configuration that holds where we are, or just here."""
    return Cache(config.load(Path.cwd()).root or Path.cwd())


def overrides_from(arguments: argparse.Namespace) -> checking.Overrides:
    """What the command line says over the configuration. Raises ConfigError."""
    checking.require_known((*arguments.select, *arguments.ignore))
    select, ignore, exclude = (tuple(given) for given in (arguments.select, arguments.ignore, arguments.exclude))
    return checking.Overrides(arguments.keras, select, ignore, exclude, not getattr(arguments, "no_evidence", False))


def _renderer(name: str) -> Callable[[Report, files.Sources], str]:
    """The format's module is imported when it is asked for."""
    if name == "text":
        return functools.partial(text.render, colour=_is_coloured())
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
