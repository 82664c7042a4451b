"""Applying fixes to files: each one checked, and dropped where it does not do what it is for."""

from __future__ import annotations

import dataclasses
import difflib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from flake8_keras_graph.analysis.reading import FileReading
from flake8_keras_graph.project.files import split_lines
from flake8_keras_graph.records import Finding, Fix
from flake8_keras_graph.rewrite.fixes.registry import fixer_of, with_fixes
from flake8_keras_graph.rewrite.functional.builder import FunctionalRewrite, functional_builder
from flake8_keras_graph.rewrite.text import files
from flake8_keras_graph.rewrite.text.edits import apply, between

# ``(path, text) -> findings``, as the engine gives them, those configured away or silenced left out.
Check = Callable[[str, str], Sequence[Finding]]
# ``(path, before, after, finding) -> reason``: empty where both versions agree when they are run.
Verify = Callable[[str, str, str, Finding], str]

_RANK = {"note": 0, "warning": 1, "error": 2}
_MAX_FIXES = 1000


@dataclasses.dataclass(frozen=True, slots=True)
class Applied:
    """One fix that was made; ``line`` is where the finding stood when it was made."""

    finding: Finding
    fix: Fix


@dataclasses.dataclass(frozen=True, slots=True)
class Dropped:
    """One fix that was not made, and why."""

    finding: Finding
    reason: str


@dataclasses.dataclass(frozen=True, slots=True)
class FixedText:
    """A text with its fixes made; ``remaining`` are the findings of the text as it is now."""

    text: str
    applied: tuple[Applied, ...]
    dropped: tuple[Dropped, ...]
    remaining: tuple[Finding, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class FixedFile:
    """What became of one file. ``error`` says why it was left alone; ``diff`` is unified and ends in a newline."""

    path: str
    changed: bool = False
    diff: str = ""
    applied: tuple[Applied, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    remaining: tuple[Finding, ...] = ()
    error: str = ""


def fix_paths(
    paths: Iterable[str],
    check: Check,
    *,
    unsafe: bool = False,
    diff: bool = False,
    verify: Verify | None = None,
) -> list[FixedFile]:
    """Fix files in place, or with ``diff`` only say what would change.

    ``check`` gives the findings to fix (those selected); ``unsafe`` also makes fixes that may change the
    meaning on some input; ``verify`` runs a version against the other.
    """
    return [_fix_path(path, check, unsafe=unsafe, diff=diff, verify=verify) for path in paths]


def exit_code(results: Sequence[FixedFile], *, diff: bool = False) -> int:
    """As ``ruff check --fix``: 0 nothing left, 1 findings remain (``--diff``: there is a difference), 2 an error."""
    if any(result.error for result in results):
        return 2
    if diff:
        return int(any(result.changed for result in results))
    return int(any(result.remaining for result in results))


def fix_text(path: str, text: str, check: Check, *, unsafe: bool = False, verify: Verify | None = None) -> FixedText:
    """Make fixes one at a time, last finding first, until none is left that helps.

    A fix is dropped where the result does not parse, keeps its finding, adds one as grave, or is found to
    compute something else. Raises SyntaxError where ``text`` does not parse.
    """
    applied: list[Applied] = []
    dropped: dict[tuple[str, str, str], Dropped] = {}
    findings = list(check(path, text))
    for _ in range(_MAX_FIXES):
        step = _next_fix(path, text, findings, check, unsafe, verify, dropped)
        if step is None:
            break
        text, findings, made = step
        applied.append(made)
    return FixedText(text, tuple(applied), tuple(dropped.values()), tuple(findings))


def functional_after_fixes(
    reading: FileReading, symbol: str, check: Check, *, unsafe: bool = False
) -> tuple[FixedText, FunctionalRewrite]:
    """The builder of ``symbol`` once its breaking sites are fixed, and the fixed text it belongs to.

    A branch on a tensor is refused by the builder as written; as ``keras.ops.cond`` it is kept in a layer.
    Raises SyntaxError and KeyError as ``functional_builder`` does.
    """
    fixed = fix_text(reading.path, reading.text, check, unsafe=unsafe)
    return fixed, functional_builder(reading.with_text(fixed.text), symbol)


def _next_fix(
    path: str,
    text: str,
    findings: list[Finding],
    check: Check,
    unsafe: bool,
    verify: Verify | None,
    dropped: dict[tuple[str, str, str], Dropped],
) -> tuple[str, list[Finding], Applied] | None:
    """The first fix that helps, made: the text and its findings after it; None where there is none."""
    lines = split_lines(text)
    for finding in _in_order(with_fixes(findings, text)):
        fix = finding.fix
        key = (finding.code, finding.symbol, _line(lines, finding))
        if fix is None or key in dropped or (fix.safety == "unsafe" and not unsafe):
            continue
        after, found, reason = _tried(path, text, findings, finding, fix, check)
        if not reason and verify is not None:
            reason = verify(path, text, after, finding)
        if reason:
            dropped[key] = Dropped(finding, reason)
            continue
        return after, found, Applied(finding, fix)
    return None


def _in_order(findings: Sequence[Finding]) -> list[Finding]:
    """The last finding first, so that the others stay where they are; what gives new names in file order."""
    naming = iter([finding for finding in findings if _gives_names(finding)])
    return [next(naming) if _gives_names(finding) else finding for finding in reversed(findings)]


def _gives_names(finding: Finding) -> bool:
    fixer = fixer_of(finding)
    return fixer is not None and fixer.in_file_order


def _tried(
    path: str, text: str, findings: Sequence[Finding], finding: Finding, fix: Fix, check: Check
) -> tuple[str, list[Finding], str]:
    """The text after ``fix``, its findings, and what speaks against it."""
    try:
        after = apply(text, fix.edits)
        found = list(check(path, after))
    except (SyntaxError, ValueError) as error:
        return text, [], f"the fixed file does not parse: {error}"
    before_codes, after_codes = Counter(f.code for f in findings), Counter(f.code for f in found)
    if after_codes[finding.code] >= before_codes[finding.code]:
        return after, found, "the finding would still be there"
    rank = _RANK[finding.level]
    added = [
        other.code
        for other in found
        if _RANK[other.level] >= rank and after_codes[other.code] > before_codes[other.code]
    ]
    return after, found, f"it would bring {added[0]}" if added else ""


def _line(lines: Sequence[str], finding: Finding) -> str:
    place = finding.span.line - 1
    return lines[place].strip() if 0 <= place < len(lines) else ""


def _fix_path(path: str, check: Check, *, unsafe: bool, diff: bool, verify: Verify | None) -> FixedFile:
    try:
        file = files.read(path)
        fixed = fix_text(path, file.text, check, unsafe=unsafe, verify=verify)
        raw = file.edited(between(file.text, fixed.text))
        changed = raw != file.raw
        if changed and not diff:
            files.write(file, raw)
    except (OSError, SyntaxError, UnicodeError, files.FileChanged) as error:
        return FixedFile(path, error=_said(error))
    shown = unified_diff(path, file.text, fixed.text) if changed else ""
    return FixedFile(path, changed, shown, fixed.applied, fixed.dropped, fixed.remaining)


def unified_diff(path: str, before: str, after: str) -> str:
    """A unified diff that ``patch`` reads, also for a last line without an ending."""
    lines = difflib.unified_diff(split_lines(before), split_lines(after), path, path)
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def _said(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    if isinstance(error, SyntaxError) and error.lineno:
        return f"line {error.lineno}: {error.msg}"
    return str(error)
