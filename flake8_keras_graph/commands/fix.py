"""``keras-graph fix``: make the fixes of findings in place, show them, or write a functional builder."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from flake8_keras_graph import engine
from flake8_keras_graph.analysis.reading import FileReading
from flake8_keras_graph.commands import checking
from flake8_keras_graph.commands.check import overrides_from
from flake8_keras_graph.commands.gate import levels
from flake8_keras_graph.config import ConfigError
from flake8_keras_graph.records import Finding, KerasClass, Level
from flake8_keras_graph.report.findings import concise
from flake8_keras_graph.rewrite.apply import Dropped, FixedFile, Verify, exit_code, fix_paths, functional_after_fixes
from flake8_keras_graph.wording import counted

if TYPE_CHECKING:
    from flake8_keras_graph.measure.parent.verification import Verifier


def run(arguments: argparse.Namespace) -> int:
    """Fix, and say what was done; 0 nothing left, 1 findings remain, 2 an error. Raises ConfigError."""
    tasks, problems = checking.plan(arguments.paths, overrides_from(arguments))
    for problem in problems:
        print(problem, file=sys.stderr)
    if arguments.functional:
        return _functional(tasks, arguments)
    results = _fixed(tasks, arguments)
    for result in results:
        _print_result(result, arguments)
    sys.stdout.flush()
    internal = _internal(results, arguments)
    for message in internal:
        print(message, file=sys.stderr)
    _print_summary(results, arguments)
    status = 2 if problems or internal else exit_code(results, diff=arguments.diff)
    if status == 2 or arguments.diff:
        return status
    remaining: list[Level] = [finding.level for result in results for finding in result.remaining]
    remaining += ["error" for result in results if result.is_no_python]
    return levels.status(remaining, arguments)


def _fixed(tasks: Sequence[checking.Task], arguments: argparse.Namespace) -> list[FixedFile]:
    found = {task.path: task for task in tasks}

    def check(path: str, content: str) -> list[Finding]:
        return checking.reported(found[path], content, lambda warning: None)

    def read(path: str, content: str) -> FileReading:
        return checking.reading_of(found[path], content)

    def fixed(task: checking.Task, verify: Verify | None = None) -> FixedFile:
        (result,) = fix_paths([task.path], read, check, unsafe=arguments.unsafe, diff=arguments.diff, verify=verify)
        if result.applied or result.dropped:  # files that import this one are to see what is on the disk
            checking.session_for(task.options).renew()
        return result

    if not arguments.verify:
        return list(map(fixed, tasks))
    with _verifier(arguments) as verifier:
        results = [fixed(task, verifier.verify) for task in tasks]
        for line in verifier.agreed:
            print(line, file=sys.stderr)
        return results


def _internal(results: Sequence[FixedFile], arguments: argparse.Namespace) -> list[str]:
    """What went wrong in us, which ``--diff`` has shown nothing of so far."""
    remaining = [finding for result in results for finding in result.remaining]
    return checking.internal_problems(remaining) if arguments.diff else checking.internal_notice(remaining)


def _verifier(arguments: argparse.Namespace) -> Verifier:
    """Raises ConfigError where what it needs is not installed."""
    from flake8_keras_graph.commands import measure

    measure.require_installed()
    from flake8_keras_graph.measure.parent.verification import Verifier

    def classes(path: str, content: str) -> list[KerasClass]:
        return checking.session_for(options[path]).keras_classes(engine.Source(path, content))

    options = {task.path: task.options for task in checking.plan(arguments.paths, overrides_from(arguments))[0]}
    return Verifier(measure.settings_for(arguments.paths), classes)


def _print_result(result: FixedFile, arguments: argparse.Namespace) -> None:
    if result.error:
        print(f"{result.path}: {result.error}", file=sys.stderr)
        return
    if arguments.diff:
        sys.stdout.write(result.diff)
    for made in result.applied:
        note = f" ({made.fix.note})" if made.fix.note else ""
        verb = "would fix" if arguments.diff else "fixed"
        print(f"{concise.place(made.finding)}: {verb} {made.finding.code}, {made.fix.safety}{note}", file=sys.stderr)
    for dropped in result.dropped:
        print(f"{_place(dropped)} not fixed: {dropped.reason}", file=sys.stderr)
    for held in result.held:
        why = f" ({held.reason})" if held.reason else ""
        print(f"{_place(held)} not fixed: its fix is unsafe{why}, --unsafe makes it", file=sys.stderr)
    if not arguments.diff:
        for finding in result.remaining:
            print(concise.line(finding))


def _place(dropped: Dropped) -> str:
    return f"{concise.place(dropped.finding)}: {dropped.finding.code}"


def _print_summary(results: Sequence[FixedFile], arguments: argparse.Namespace) -> None:
    made = sum(len(result.applied) for result in results)
    left = sum(len(result.remaining) for result in results)
    verb = "would be fixed" if arguments.diff else "fixed"
    print(f"{counted(made, 'finding')} {verb}, {left} left", file=sys.stderr)


def _functional(tasks: Sequence[checking.Task], arguments: argparse.Namespace) -> int:
    """Print the builder of the model asked for. Raises ConfigError where there is none of that name."""
    name = arguments.functional
    found = False
    for task in tasks:
        try:
            reading = checking.reading_of(task, checking.text_of(task))
            symbols = _symbols(reading, name)
        except Exception as error:
            print(checking.problem(task.path, error), file=sys.stderr)
            continue
        for symbol in symbols:
            found = True
            if not _print_builder(task, reading, symbol, arguments):
                return 1
    if not found:
        raise ConfigError(f"no Keras model called {name} in the paths given")
    return 0


def _symbols(reading: FileReading, name: str) -> list[str]:
    return [
        known.symbol
        for known in reading.classes()
        if name in (known.symbol, known.symbol.rpartition(".")[2]) and known.kind == "model"
    ]


def _print_builder(task: checking.Task, reading: FileReading, symbol: str, arguments: argparse.Namespace) -> bool:
    def check(path: str, changed: str) -> list[Finding]:
        return checking.reported(task, changed, lambda warning: None)

    _, rewrite = functional_after_fixes(
        reading, symbol, check, unsafe=arguments.unsafe, with_training=arguments.with_training
    )
    if rewrite.source is None:
        for refusal in rewrite.refusals:
            print(f"{task.path}:{refusal.line}: {refusal.reason}", file=sys.stderr)
        return False
    for note in rewrite.notes:
        print(f"{task.path}:{note.line}: {note.text}", file=sys.stderr)
    sys.stdout.write(rewrite.source if rewrite.source.endswith("\n") else rewrite.source + "\n")
    return True
