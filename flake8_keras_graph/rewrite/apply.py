"""Applying fixes to files: each one checked, and dropped where it does not do what it is for."""

from __future__ import annotations

import dataclasses
import difflib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from flake8_keras_graph.analysis.reading import FileReading
from flake8_keras_graph.project.files import split_lines
from flake8_keras_graph.records import Edit, Finding, Fix
from flake8_keras_graph.rewrite.fixes.registry import FileFixes, Plan, fixer_of
from flake8_keras_graph.rewrite.functional.builder import FunctionalRewrite, functional_builder
from flake8_keras_graph.rewrite.text import files
from flake8_keras_graph.rewrite.text.edits import apply, between, overlap

# ``(path, text) -> findings``, as the engine gives them, those configured away or silenced left out.
Check = Callable[[str, str], Sequence[Finding]]
# ``(path, text) -> reading``, under the options that hold for the file.
Read = Callable[[str, str], FileReading]
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
    read: Read,
    check: Check,
    *,
    unsafe: bool = False,
    diff: bool = False,
    verify: Verify | None = None,
) -> list[FixedFile]:
    """Fix files in place, or with ``diff`` only say what would change.

    ``read`` reads a file under the options that hold for it; ``check`` gives the findings to fix (those selected);
    ``unsafe`` also makes fixes that may change the meaning on some input; ``verify`` runs a version against the
    other.
    """
    return [_fix_path(path, read, check, unsafe=unsafe, diff=diff, verify=verify) for path in paths]


def exit_code(results: Sequence[FixedFile], *, diff: bool = False) -> int:
    """As ``ruff check --fix``: 0 nothing left, 1 findings remain (``--diff``: there is a difference), 2 an error."""
    if any(result.error for result in results):
        return 2
    if diff:
        return int(any(result.changed for result in results))
    return int(any(result.remaining for result in results))


def fix_text(reading: FileReading, check: Check, *, unsafe: bool = False, verify: Verify | None = None) -> FixedText:
    """Make fixes, last finding first, until none is left that helps.

    A fix is dropped where the result does not parse, keeps its finding, adds one as grave, or is found to
    compute something else.
    """
    fixing = _Fixing(reading, check, unsafe, verify)
    fixing.run()
    return FixedText(fixing.reading.text, tuple(fixing.applied), tuple(fixing.dropped.values()), tuple(fixing.findings))


def functional_after_fixes(
    reading: FileReading, symbol: str, check: Check, *, unsafe: bool = False, with_training: bool = False
) -> tuple[FixedText, FunctionalRewrite]:
    """The builder of ``symbol`` once its breaking sites are fixed, and the fixed text it belongs to.

    A branch on a tensor is refused by the builder as written; as ``keras.ops.cond`` it is kept in a layer.
    Raises SyntaxError and KeyError as ``functional_builder`` does.
    """
    fixed = fix_text(reading, check, unsafe=unsafe)
    return fixed, functional_builder(reading.with_text(fixed.text), symbol, with_training=with_training)


class _Fixing:
    """A file while it is fixed: its present text and findings, and what was made and dropped so far.

    To check and read a file takes as long as the file is. So fixes that do not touch one another are made together and
    checked once; where the check speaks against them, half as many are tried next, down to one at a time.
    """

    def __init__(self, reading: FileReading, check: Check, unsafe: bool, verify: Verify | None) -> None:
        self.reading = reading
        self.findings = list(check(reading.path, reading.text))
        self.applied: list[Applied] = []
        self.dropped: dict[tuple[str, str, str], Dropped] = {}
        self._check, self._unsafe, self._verify = check, unsafe, verify
        self._fixes = FileFixes(reading, self.findings)

    def run(self) -> None:
        """Make what helps."""
        most = 1 if self._verify is not None else _MAX_FIXES
        limit = most
        while len(self.applied) < _MAX_FIXES and (chosen := self._chosen(limit)):
            reason = self._make(chosen)
            if not reason:
                limit = min(2 * limit, most)
            elif len(chosen) > 1:
                limit = len(chosen) // 2
            else:
                [(finding, _)] = chosen
                self.dropped[self._key(finding)] = Dropped(finding, reason)
                limit = most

    def _chosen(self, limit: int) -> list[tuple[Finding, Fix]]:
        """The next fixes to make together, ``limit`` at most."""
        chosen: list[tuple[Finding, Fix]] = []
        edits: list[Edit] = []
        is_local: dict[int, bool] = {}  # by the statement of the file that is changed
        for finding in _in_order(self.findings):
            plan = self._plan(finding)
            if plan is None:
                continue
            added = [edit for edit in plan.fix.edits if edit not in edits]
            beside = plan.statement not in is_local or (plan.is_local and is_local[plan.statement])
            if not beside or overlap(edits, added):
                continue
            chosen.append((finding, plan.fix))
            if len(chosen) == limit:
                break
            edits += added
            is_local[plan.statement] = plan.is_local
        return chosen

    def _plan(self, finding: Finding) -> Plan | None:
        """The fix of a finding, where it may be made."""
        if self._key(finding) in self.dropped:
            return None
        plan = self._fixes.plan(finding)
        return plan if isinstance(plan, Plan) and (self._unsafe or plan.fix.safety == "safe") else None

    def _key(self, finding: Finding) -> tuple[str, str, str]:
        """What a finding is known by while lines move."""
        lines, place = self.reading.module.lines, finding.span.line - 1
        return finding.code, finding.symbol, lines[place].strip() if 0 <= place < len(lines) else ""

    def _make(self, chosen: Sequence[tuple[Finding, Fix]]) -> str:
        """Make the fixes, unless something speaks against them: then that is said, and all stays as it is."""
        path, before = self.reading.path, self.reading.text
        try:
            after = apply(before, list(dict.fromkeys(edit for _, fix in chosen for edit in fix.edits)))
            found = list(self._check(path, after))
        except (SyntaxError, ValueError) as error:
            return f"the fixed file does not parse: {error}"
        reason = _objection([finding for finding, _ in chosen], self.findings, found)
        if not reason and self._verify is not None:
            [(finding, _)] = chosen
            reason = self._verify(path, before, after, finding)
        if not reason:
            self.reading, self.findings = self.reading.with_text(after), found
            self._fixes = FileFixes(self.reading, found)
            self.applied += [Applied(finding, fix) for finding, fix in chosen]
        return reason


def _in_order(findings: Sequence[Finding]) -> list[Finding]:
    """The last finding first, so that the others stay where they are; what gives new names in file order."""
    naming = iter([finding for finding in findings if _gives_names(finding)])
    return [next(naming) if _gives_names(finding) else finding for finding in reversed(findings)]


def _gives_names(finding: Finding) -> bool:
    fixer = fixer_of(finding)
    return fixer is not None and fixer.in_file_order


def _objection(fixed: Sequence[Finding], before: Sequence[Finding], after: Sequence[Finding]) -> str:
    """What the findings of a file before and after speak against the fixes of some; "" where nothing does."""
    gone, known, left = (Counter(finding.code for finding in each) for each in (fixed, before, after))
    if any(left[code] > known[code] - number for code, number in gone.items()):
        return "the finding would still be there"
    rank = min(_RANK[finding.level] for finding in fixed)
    added = [other.code for other in after if _RANK[other.level] >= rank and left[other.code] > known[other.code]]
    return f"it would bring {added[0]}" if added else ""


def _fix_path(path: str, read: Read, check: Check, *, unsafe: bool, diff: bool, verify: Verify | None) -> FixedFile:
    try:
        file = files.read(path)
        fixed = fix_text(read(path, file.text), check, unsafe=unsafe, verify=verify)
        raw = file.edited(between(file.text, fixed.text))
        changed = raw != file.raw
        if changed and not diff:
            files.write(file, raw)
    except (OSError, SyntaxError, UnicodeError, files.FileChanged) as error:
        return FixedFile(path, error=_describe_error(error))
    shown = unified_diff(path, file.text, fixed.text) if changed else ""
    return FixedFile(path, changed, shown, fixed.applied, fixed.dropped, fixed.remaining)


def unified_diff(path: str, before: str, after: str) -> str:
    """A unified diff that ``patch`` reads, also for a last line without an ending."""
    lines = difflib.unified_diff(split_lines(before), split_lines(after), path, path)
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def _describe_error(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    if isinstance(error, SyntaxError) and error.lineno:
        return f"line {error.lineno}: {error.msg}"
    return str(error)
