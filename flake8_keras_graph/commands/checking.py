"""Many files' findings for the command line: configuration, evidence, ``# noqa``, several processes."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import functools
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from flake8_keras_graph import config, failure, unused_noqa
from flake8_keras_graph.config import Config, ConfigError, Options
from flake8_keras_graph.project import files, noqa
from flake8_keras_graph.records import Finding, Unchecked
from flake8_keras_graph.results import matching
from flake8_keras_graph.results.cache import Cache, State, observed
from flake8_keras_graph.wording import counted

if TYPE_CHECKING:
    from flake8_keras_graph import engine

if TYPE_CHECKING:
    from flake8_keras_graph.analysis.reading import FileReading

STDIN = "-"
FILES_FOR_PROCESSES = 32
"""From so many files on, starting processes pays."""


@dataclasses.dataclass(frozen=True, slots=True)
class Overrides:
    """What the command line says over the configuration; None and () where it says nothing."""

    keras: config.KerasOption | None = None
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    evidence: bool = True
    respect_gitignore: bool = True


@dataclasses.dataclass(frozen=True, slots=True)
class Task:
    """One file to check, with what holds for it; ``data`` is its content where stdin gave it.

    ``fixes`` asks for each finding's fix as well, which takes longer. Without ``evidence`` what was measured is not
    heeded.
    """

    path: str
    options: Options
    ignored: tuple[str, ...] = ()
    data: bytes | None = None
    fixes: bool = False
    evidence: bool = True


@dataclasses.dataclass(frozen=True, slots=True)
class Judged:
    """One file's findings that are given, and those that evidence shows to be free or wrong."""

    findings: tuple[Finding, ...] = ()
    silenced: tuple[Finding, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Reusable:
    """What the cache is to remember of a file: findings as the engine gave them, and the files they depend on."""

    findings: tuple[Finding, ...]
    depends: dict[str, State]


@dataclasses.dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file; ``problem`` says why it could not be checked, ``warnings`` what to know.

    ``reusable`` is None where nothing is to be remembered.
    """

    path: str
    told: Judged = Judged()
    problem: Unchecked | None = None
    warnings: tuple[str, ...] = ()
    reusable: Reusable | None = None

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Those that are given."""
        return self.told.findings


def plan(paths: Sequence[str], overrides: Overrides) -> tuple[list[Task], list[str]]:
    """``planned``, with what is wrong with paths in words. Raises ConfigError."""
    tasks, problems = planned(paths, overrides)
    return tasks, list(map(told_in_words, problems))


def planned(
    paths: Sequence[str], overrides: Overrides, stdin_name: str = "stdin"
) -> tuple[list[Task], list[Unchecked]]:
    """The files that ``paths`` stand for, each once, and what is wrong with paths. Raises ConfigError."""
    tasks: dict[str, Task] = {}
    problems = []
    for path in paths:
        try:
            found = list(_tasks(path, overrides, stdin_name))
        except FileNotFoundError:
            problems.append(Unchecked(path, "no such file or folder"))
            continue
        for task in found:
            tasks.setdefault(os.path.abspath(task.path), task)
    return list(tasks.values()), problems


def _tasks(path: str, overrides: Overrides, stdin_name: str) -> Iterator[Task]:
    data = sys.stdin.buffer.read() if path == STDIN else None
    shown = stdin_name if path == STDIN else path
    settings = config.load(Path(shown))
    exclude, root = (*settings.exclude, *overrides.exclude), _root(settings)
    if data is not None:
        if not any(files.matches(shown, pattern, root) for pattern in exclude):
            yield _task(shown, overrides, data)
        return
    for file in files.discover(path, exclude, root, settings.respect_gitignore and overrides.respect_gitignore):
        yield _task(file, overrides)


def _task(path: str, overrides: Overrides, data: bytes | None = None) -> Task:
    settings = config.load(Path(path))
    options = dataclasses.replace(
        settings.options,
        keras=overrides.keras or settings.options.keras,
        select=overrides.select or settings.options.select,
        ignore=(*settings.options.ignore, *overrides.ignore),
    )
    return Task(path, options, _ignored(path, settings), data, evidence=overrides.evidence)


def _ignored(path: str, settings: Config) -> tuple[str, ...]:
    root = _root(settings)
    lists = (codes for pattern, codes in settings.per_file_ignores if files.matches(path, pattern, root))
    return tuple(code for codes in lists for code in codes)


def _root(settings: Config) -> str:
    return str(settings.root or Path.cwd())


def require_known(prefixes: Sequence[str]) -> None:
    """Raises ConfigError where a prefix selects no rule at all: a slip would look like a clean run."""
    if not prefixes:
        return
    from flake8_keras_graph import rules

    codes = [rule.code for rule in (failure.RULE, *rules.reported_rules())]
    for prefix in prefixes:
        if not any(code.startswith(prefix) for code in codes):
            raise ConfigError(f"no rule's code begins with {prefix}")


def check_files(tasks: Sequence[Task], jobs: int, cache: Cache | None = None) -> Iterator[Outcome]:
    """What became of each file, in the order of ``tasks``; ``jobs`` 0 means as many as it pays to have."""
    known = {}
    if cache is not None:
        known = {task.path: kept for task in tasks if (kept := _remembered(task, cache)) is not None}
    checked = _check_anew([task for task in tasks if task.path not in known], jobs, cache is not None)
    for task in tasks:
        if task.path in known:
            yield check_file(task, known[task.path])
            continue
        outcome = next(checked)
        if cache is not None and outcome.reusable is not None:
            _remember(task, outcome.reusable, cache)
        yield dataclasses.replace(outcome, reusable=None)


def _remembered(task: Task, cache: Cache) -> tuple[Finding, ...] | None:
    """What is known of a file; fixes are looked for where there is anything to fix."""
    if task.data is not None:
        return None
    options = engine_options(task.options)
    found = cache.findings(task.path, options)
    return cache.findings(task.path, options, fixes=True) if found and task.fixes else found


def _remember(task: Task, reusable: Reusable, cache: Cache) -> None:
    """For those who ask for no fixes as well, such as flake8."""
    options = engine_options(task.options)
    plain = [dataclasses.replace(finding, fix=None) for finding in reusable.findings]
    cache.add(task.path, options, plain, reusable.depends)
    if task.fixes and plain:
        cache.add(task.path, options, reusable.findings, reusable.depends, fixes=True)


def _check_anew(tasks: Sequence[Task], jobs: int, caching: bool) -> Iterator[Outcome]:
    jobs = jobs or (_processors() if len(tasks) >= FILES_FOR_PROCESSES else 1)
    check = functools.partial(check_file, caching=caching)
    if min(jobs, len(tasks)) < 2:
        yield from map(check, tasks)
        return
    chunk = max(1, min(16, len(tasks) // (4 * jobs)))
    with concurrent.futures.ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(check, tasks, chunksize=chunk)


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def check_file(task: Task, known: Sequence[Finding] | None = None, caching: bool = False) -> Outcome:
    """Check one file, unless its findings are ``known``; nothing that is wrong with it or with us is raised.

    ``caching`` asks for what the cache is to remember.
    """
    warnings: list[str] = []
    try:
        text = text_of(task)
        found = _found(task, text, warnings.append) if known is None else list(known)
        reusable = _reusable(task, text, found) if caching and not warnings else None
        told = told_of(task, text, warnings.append, found)
    except Exception as error:
        return Outcome(task.path, problem=unchecked(task.path, error))
    return Outcome(task.path, told, warnings=tuple(warnings), reusable=reusable)


def _found(task: Task, text: str, warn: Callable[[str], None]) -> list[Finding]:
    found = engine_findings(task, text)
    return _with_fixes(found, task, text, warn) if task.fixes else found


def _reusable(task: Task, text: str, findings: Sequence[Finding]) -> Reusable | None:
    """None for what stdin gave, and where something went wrong in us: the next run is to try again."""
    if task.data is not None or any(map(failure.is_internal, findings)):
        return None
    return Reusable(tuple(findings), observed(session_for(task.options).project, task.path, text))


def session_for(options: Options) -> engine.Session:
    """The session that all files of a command share, each parsed once; the command's processes are its own."""
    from flake8_keras_graph import engine  # importing it takes longer than all else where the cache knows everything

    return engine.shared_session(engine_options(options), owns_process=True)


def engine_options(options: Options) -> Options:
    """What the engine is asked for: everything, whatever is selected, as evidence and noqa speak of all codes."""
    return dataclasses.replace(options, select=(), ignore=())


def engine_findings(task: Task, text: str) -> list[Finding]:
    """One file's findings before evidence, selection, ``# noqa`` and per-file-ignores. Raises SyntaxError."""
    from flake8_keras_graph import engine

    return engine.check(engine.Source(task.path, text), engine_options(task.options), session_for(task.options))


def keras_fingerprint(task: Task, text: str, symbol: str) -> str:
    """The hash that evidence about a class of the file is tied to. Raises KeyError where there is none."""
    from flake8_keras_graph import engine

    return session_for(task.options).fingerprint(engine.Source(task.path, text), symbol)


def text_of(task: Task) -> str:
    """The file's text. Raises files.Unreadable."""
    return files.read(task.path) if task.data is None else files.decode(task.path, task.data)


def problem(path: str, error: Exception) -> str:
    """Why a file could not be checked: ``path:line:column: reason``, columns from 1."""
    return told_in_words(unchecked(path, error))


def unchecked(path: str, error: Exception) -> Unchecked:
    """What became of a file that ``error`` kept from being checked."""
    if isinstance(error, files.Unreadable):
        return Unchecked(path, error.reason, error.line, error.column, not is_no_python(error))
    if isinstance(error, SyntaxError):
        return Unchecked(path, error.msg, error.lineno or 1, max(error.offset or 1, 1), False)
    return Unchecked(path, failure.describe(error), 1, 1)


def is_no_python(error: Exception) -> bool:
    """Whether a file is none of Python 3: something is wrong with the file, and not with checking it."""
    return isinstance(error, (SyntaxError, files.NotPython))


def told_in_words(failed: Unchecked) -> str:
    """``path:line:column: reason``, without a place where none is known."""
    return f"{failed.path}{f':{failed.line}:{failed.column}' if failed.line else ''}: {failed.reason}"


def internal_problems(findings: Sequence[Finding]) -> list[str]:
    """What went wrong in us while the files were checked, as ``problem`` says it of a whole file."""
    internal = filter(failure.is_internal, findings)
    return [f"{each.path}:{each.span.line}:{each.span.column + 1}: {each.message}" for each in internal]


def internal_notice(findings: Sequence[Finding]) -> list[str]:
    """One line for stderr where findings that were shown already speak of us; none where none does."""
    number = sum(map(failure.is_internal, findings))
    if not number:
        return []
    return [f"keras-graph: internal error in {counted(number, 'place')}, shown as {failure.CODE}; please report it"]


def reported(task: Task, text: str, warn: Callable[[str], None]) -> list[Finding]:
    """One file's findings after evidence, ``# noqa`` and the configuration. Raises SyntaxError."""
    return list(told_of(task, text, warn, engine_findings(task, text)).findings)


def told_of(task: Task, text: str, warn: Callable[[str], None], found: Sequence[Finding]) -> Judged:
    """What is told of what the engine ``found`` in a file, after evidence, ``# noqa`` and the configuration."""
    judged = [(finding, True) for finding in found]
    if task.evidence:
        judged = matching.judged(found, task.path, text, functools.partial(keras_fingerprint, task, text), warn)
    judged += [(each, True) for each in unused_comments(task.path, text, [finding for finding, _ in judged])]
    judged = [(finding, kept) for finding, kept in judged if not is_ignored(finding, task)]
    unsilenced = set(map(id, noqa.unsuppressed([finding for finding, _ in judged], text)))
    judged = [(finding, kept) for finding, kept in judged if id(finding) in unsilenced]
    judged.sort(key=lambda item: (item[0].span, item[0].code))
    given = [finding for finding, kept in judged if kept]
    return Judged(tuple(given), tuple(finding for finding, kept in judged if not kept))


def unused_comments(path: str, text: str, found: Sequence[Finding]) -> Iterator[Finding]:
    """What ``# noqa`` comments name of ours and nothing in the file gives cause for."""
    for named in noqa.named_codes(text):
        here = [each for each in found if named.first <= each.span.line <= named.last]
        if unused_noqa.is_ours(named.code) and not unused_noqa.is_used(named.code, here):
            yield unused_noqa.finding(path, named.code, named.span)


def reading_of(task: Task, text: str) -> FileReading:
    """The file, in the project that its findings are looked for in. Raises SyntaxError."""
    from flake8_keras_graph.analysis.reading import read_file

    return read_file(task.path, text, task.options, session_for(task.options).project)


def _with_fixes(findings: list[Finding], task: Task, text: str, warn: Callable[[str], None]) -> list[Finding]:
    from flake8_keras_graph.rewrite.fixes.registry import with_fixes  # most runs ask for none, and it takes a while

    try:
        return with_fixes(findings, reading_of(task, text)) if findings else []
    except Exception as error:  # a finding is worth more than its fix
        warn(f"{findings[0].path}: no fixes: {failure.describe(error)}")
        return findings


def is_ignored(finding: Finding, task: Task) -> bool:
    """Whether the configuration leaves the finding out; one that speaks of us only where it is named in full."""
    if failure.is_internal(finding):
        return finding.code in (*task.ignored, *task.options.ignore)
    if not config.is_selected(finding.code, task.options):
        return True
    return bool(task.ignored) and finding.code.startswith(task.ignored)
