"""``keras-graph explain``: a rule's page, or the chain of reasons behind the findings of one line."""

from __future__ import annotations

import argparse
import functools
import re
import sys

from flake8_keras_graph import failure
from flake8_keras_graph.commands import checking
from flake8_keras_graph.config import ConfigError
from flake8_keras_graph.project import files, noqa
from flake8_keras_graph.records import Finding, RuleInfo
from flake8_keras_graph.report.findings import chain
from flake8_keras_graph.results import matching
from flake8_keras_graph.rules import reported_rules
from flake8_keras_graph.rules.docs import title
from flake8_keras_graph.wording import counted

_PLACE = re.compile(r"(?P<path>.+?):(?P<line>[0-9]+)(:[0-9]+)?:?")
_FAMILY = re.compile(r"KG?[0-9]{0,2}", re.IGNORECASE)
NOTHING_THERE = 1
NAME_WIDTH = 23


def run(arguments: argparse.Namespace) -> int:
    """Print the explanation; 0 there was one, 1 nothing on that line. Raises ConfigError."""
    what = arguments.what
    if what is None or _FAMILY.fullmatch(what):
        return _print_family((what or "").upper())
    rule = _rule(what)
    if rule is not None:
        _print_page(rule)
        return 0
    place = _PLACE.fullmatch(what)
    if place is None:
        raise ConfigError(f"{what!r} is neither a rule (KG301, unrolled-loop, KG3) nor a place (model.py:12)")
    return _explain_line(place["path"], int(place["line"]), arguments.keras)


def _rule(what: str) -> RuleInfo | None:
    for rule in (*reported_rules(), failure.RULE):
        if what.upper() == rule.code or what.lower() == rule.name:
            return rule
    return None


def _print_family(prefix: str) -> int:
    """The rules whose codes begin so, by family. Raises ConfigError where there are none."""
    rules = [rule for rule in (failure.RULE, *reported_rules()) if rule.code.startswith(prefix)]
    if not rules:
        raise ConfigError(f"no rule's code begins with {prefix}")
    family = ""
    for rule in rules:
        if title(rule) != family:
            print(f"{chr(10) if family else ''}{title(rule)}")
            family = title(rule)
        print(f"  {rule.code}  {rule.level:7}  {rule.name:{NAME_WIDTH}}  {rule.summary.rstrip('.')}")
    print("\nkeras-graph explain CODE shows a rule's page, keras-graph explain FILE:LINE the reasons for a finding.")
    return 0


def _print_page(rule: RuleInfo) -> None:
    heading = f"{rule.code} {rule.name} ({rule.level})"
    if sys.stdout.isatty():
        try:
            from rich.console import Console
            from rich.markdown import Markdown
        except ImportError:
            pass  # only the extra "measure" brings it
        else:
            Console().print(Markdown(f"# {heading}\n\n{rule.page}"))
            return
    print(f"{heading}\n\n{rule.page.strip()}")


def _explain_line(path: str, line: int, keras: str | None) -> int:
    tasks, problems = checking.plan([path], checking.Overrides(keras=keras))  # type: ignore[arg-type]
    if problems:
        raise ConfigError(problems[0])
    if len(tasks) != 1:
        raise ConfigError(f"{path}: not one file that is to be checked")
    try:
        source_text = checking.text_of(tasks[0])
        explained = _explained(tasks[0], source_text)
    except (files.Unreadable, SyntaxError) as error:
        raise ConfigError(checking.problem(path, error)) from None
    here = [item for item in explained if item[0].span.line == line] or [
        item for item in explained if item[0].span.line <= line <= item[0].span.end_line
    ]
    if not here:
        print(_nothing(path, line, [finding for finding, _ in explained]))
        return NOTHING_THERE
    sources = files.Sources({path: source_text})
    rules = {rule.code: rule for rule in (*reported_rules(), failure.RULE)}
    print("\n".join(chain.render(finding, rules[finding.code], sources, why_not) for finding, why_not in here))
    return 0


Explained = tuple[Finding, str]


def _explained(task: checking.Task, source_text: str) -> list[Explained]:
    """Every finding of the file, and why ``check`` does not report it ("" where it does)."""
    findings = checking.engine_findings(task, source_text)
    warn = lambda message: print(f"warning: {message}", file=sys.stderr)  # noqa: E731
    fingerprint = functools.partial(checking.keras_fingerprint, task, source_text)
    measured = matching.current(task.path, source_text, fingerprint, warn)
    judged = matching.with_evidence(findings, measured)
    unused = checking.unused_comments(task.path, source_text, [finding for finding, _ in judged])
    judged += [(finding, True) for finding in unused]
    return [(finding, _why_not(finding, kept, task, source_text)) for finding, kept in judged]


def _why_not(finding: Finding, kept: bool, task: checking.Task, source_text: str) -> str:
    if not kept:
        return "running the model refuted it" if matching.is_refuted(finding) else "it was shown to cost nothing"
    if not noqa.unsuppressed([finding], source_text):
        return "a noqa comment silences it"
    if checking.is_ignored(finding, task):
        return "the configuration leaves it out"
    return ""


def _nothing(path: str, line: int, findings: list[Finding]) -> str:
    lines = sorted({finding.span.line for finding in findings})
    if not lines:
        return f"{path}:{line}: no finding here, nor anywhere else in this file"
    listed = ", ".join(map(str, lines[:20])) + (", ..." if len(lines) > 20 else "")
    noun = counted(len(lines), "line").partition(" ")[2]
    return f"{path}:{line}: no finding here; there are some on {noun} {listed}"
