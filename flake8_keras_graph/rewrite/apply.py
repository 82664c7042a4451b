"""Applying fixes to files: each one checked, and dropped where it does not do what it is for."""

from __future__ import annotations

import dataclasses
import difflib
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Sequence

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
# ``(path, before, after, findings) -> reason``: empty where both versions agree when they are run.
Verify = Callable[[str, str, str, Sequence[Finding]], str]

_RANK = {"note": 0, "warning": 1, "error": 2}
_MAX_FIXES = 1000


@dataclasses.dataclass(frozen=True, slots=True)
class Applied:
    """One fix that was made; the finding stands where the file had it before any was."""

    finding: Finding
    fix: Fix


@dataclasses.dataclass(frozen=True, slots=True)
class Dropped:
    """One fix that was not made, and why."""

    finding: Finding
    reason: str


@dataclasses.dataclass(frozen=True, slots=True)
class FixedText:
    """A text with its fixes made; ``remaining`` are the findings of the text as it is now.

    What was applied and dropped stands where the text before had it; ``held`` are unsafe fixes that were not asked for,
    and stand where the text has them. ``former`` has for each line of the text the one before that it was made of.
    """

    text: str
    applied: tuple[Applied, ...]
    dropped: tuple[Dropped, ...]
    held: tuple[Dropped, ...]
    remaining: tuple[Finding, ...]
    former: tuple[int, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class FixedFile:
    """What became of one file. ``error`` says why it was left alone; ``diff`` is unified and ends in a newline.

    What was not fixed stands where the file has it now: as it was, where it was only asked what would change.
    """

    path: str
    changed: bool = False
    diff: str = ""
    applied: tuple[Applied, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    held: tuple[Dropped, ...] = ()
    remaining: tuple[Finding, ...] = ()
    error: str = ""
    is_no_python: bool = False


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
    """As ``ruff check --fix``: 0 nothing left, 1 findings remain (``--diff``: there is a difference), 2 an error.

    1 where a file is no Python 3, too.
    """
    if any(result.error and not result.is_no_python for result in results):
        return 2
    if diff:
        return int(any(result.changed or result.is_no_python for result in results))
    return int(any(result.remaining or result.is_no_python for result in results))


def fix_text(reading: FileReading, check: Check, *, unsafe: bool = False, verify: Verify | None = None) -> FixedText:
    """Make fixes, last finding first, until none is left that helps.

    A fix is dropped where the result does not parse, keeps its finding, adds one as grave, or is found to
    compute something else.
    """
    fixing = _Fixing(reading, check, unsafe, verify)
    fixing.run()
    now = fixing.state
    return FixedText(
        now.reading.text,
        now.applied,
        tuple(fixing.dropped.values()),
        tuple(fixing.held_back()),
        now.findings,
        now.former,
    )


def functional_after_fixes(
    reading: FileReading, symbol: str, check: Check, *, unsafe: bool = False, with_training: bool = False
) -> tuple[FixedText, FunctionalRewrite]:
    """The builder of ``symbol`` once its breaking sites are fixed, and the fixed text it belongs to.

    A branch on a tensor is refused by the builder as written; as ``keras.ops.cond`` it is kept in a layer.
    Raises SyntaxError and KeyError as ``functional_builder`` does.
    """
    fixed = fix_text(reading, check, unsafe=unsafe)
    return fixed, functional_builder(reading.with_text(fixed.text), symbol, with_training=with_training)


@dataclasses.dataclass(frozen=True, slots=True)
class _State:
    """A file while it is fixed: its present text and findings, what was made so far, and where its lines come from."""

    reading: FileReading
    findings: tuple[Finding, ...]
    fixes: FileFixes
    applied: tuple[Applied, ...]
    former: tuple[int, ...]

    def key(self, finding: Finding) -> tuple[str, str, str]:
        """What a finding is known by while lines move."""
        lines, place = self.reading.module.lines, finding.span.line - 1
        return finding.code, finding.symbol, lines[place].strip() if 0 <= place < len(lines) else ""


class _Fixing:
    """Fixes a file: ``state`` is what became of it so far.

    To check and read a file takes as long as the file is. So fixes that do not touch one another are made together and
    checked once; where the check speaks against them, half as many are tried next, down to one at a time. Where both
    versions are run, one fix is made at a time, and with it all others of its class where it does not do alone.
    """

    def __init__(self, reading: FileReading, check: Check, unsafe: bool, verify: Verify | None) -> None:
        findings = tuple(check(reading.path, reading.text))
        lines = tuple(range(1, len(split_lines(reading.text)) + 2))
        self.state = _State(reading, findings, FileFixes(reading, findings), (), lines)
        self.dropped: dict[tuple[str, str, str], Dropped] = {}
        self._check, self._unsafe, self._verify = check, unsafe, verify

    def run(self) -> None:
        """Make what helps."""
        most = 1 if self._verify is not None else _MAX_FIXES
        limit = most
        while len(self.state.applied) < _MAX_FIXES and (chosen := self._chosen(self.state, limit)):
            after, reason = self._made(self.state, chosen)
            reason = reason or self._disagreement(after)
            if not reason:
                self.state = after
                limit = min(2 * limit, most)
            elif len(chosen) > 1:
                limit = len(chosen) // 2
            else:
                [(finding, _)] = chosen
                self._make_with_others(finding, reason, tries_others=after is not self.state)
                limit = most

    def held_back(self) -> Iterator[Dropped]:
        """The fixes that are left out because nobody asked for unsafe ones."""
        for finding in () if self._unsafe else self.state.findings:
            plan = self.state.fixes.plan(finding)
            if isinstance(plan, Plan) and plan.fix.safety == "unsafe":
                yield Dropped(finding, plan.fix.note)

    def _make_with_others(self, finding: Finding, reason: str, tries_others: bool) -> None:
        """Make a fix that does not do alone together with the others of its class; drop it where that does not do."""
        together = self._all_of(finding.symbol) if tries_others and finding.symbol else self.state
        if len(together.applied) > len(self.state.applied) + 1 and not self._disagreement(together):
            self.state = together
        else:
            self.dropped[self.state.key(finding)] = Dropped(_as_before(finding, self.state.former), reason)

    def _all_of(self, symbol: str) -> _State:
        """The file with everything fixed in a class that can be, one after the other, before it is run."""
        state, refused = self.state, set(self.dropped)
        while len(state.applied) < _MAX_FIXES and (chosen := self._chosen(state, 1, symbol, refused)):
            after, reason = self._made(state, chosen)
            if reason:
                refused.add(state.key(chosen[0][0]))
            state = after
        return state

    def _chosen(
        self, state: _State, limit: int, symbol: str | None = None, refused: Container[tuple[str, str, str]] = ()
    ) -> list[tuple[Finding, Fix]]:
        """The next fixes to make together, ``limit`` at most, of one class where it is named."""
        chosen: list[tuple[Finding, Fix]] = []
        edits: list[Edit] = []
        is_local: dict[int, bool] = {}  # by the statement of the file that is changed
        for finding in _in_order(state.findings):
            is_out = (symbol is not None and finding.symbol != symbol) or state.key(finding) in refused
            plan = None if is_out else self._plan(state, finding)
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

    def _plan(self, state: _State, finding: Finding) -> Plan | None:
        """The fix of a finding, where it may be made."""
        if state.key(finding) in self.dropped:
            return None
        plan = state.fixes.plan(finding)
        return plan if isinstance(plan, Plan) and (self._unsafe or plan.fix.safety == "safe") else None

    def _made(self, state: _State, chosen: Sequence[tuple[Finding, Fix]]) -> tuple[_State, str]:
        """The file with the fixes made; where something speaks against them, as it is, and what that is."""
        path = state.reading.path
        edits = list(dict.fromkeys(edit for _, fix in chosen for edit in fix.edits))
        try:
            text = apply(state.reading.text, edits)
            found = tuple(self._check(path, text))
        except (SyntaxError, ValueError) as error:
            return state, f"the fixed file does not parse: {error}"
        reason = _objection([finding for finding, _ in chosen], state.findings, found)
        if reason:
            return state, reason
        reading = state.reading.with_text(text)
        made = [Applied(_as_before(finding, state.former), fix) for finding, fix in chosen]
        return _State(
            reading, found, FileFixes(reading, found), (*state.applied, *made), _former_lines(state.former, edits)
        ), ""

    def _disagreement(self, after: _State) -> str:
        """What running both versions speaks against what was made last; "" where nothing does or none is run."""
        if self._verify is None:
            return ""
        made = [each.finding for each in after.applied[len(self.state.applied) :]]
        return self._verify(after.reading.path, self.state.reading.text, after.reading.text, made)


def _placed(finding: Finding, moved: Callable[[int], int]) -> Finding:
    """The finding with its lines moved."""
    span = finding.span
    return dataclasses.replace(
        finding, span=dataclasses.replace(span, line=moved(span.line), end_line=moved(span.end_line))
    )


def _as_before(finding: Finding, former: Sequence[int]) -> Finding:
    """The finding where the text had it before anything was made."""
    return _placed(finding, lambda line: former[min(line, len(former)) - 1])


def _as_now(finding: Finding, former: Sequence[int]) -> Finding:
    """The finding of the text before where the fixed text has it: at the last of the lines that its line became."""
    last = {line: number for number, line in enumerate(former, 1)}

    def moved(line: int) -> int:
        return last.get(line) or max((number for known, number in last.items() if known <= line), default=1)

    return _placed(finding, moved)


def _former_lines(former: Sequence[int], edits: Sequence[Edit]) -> tuple[int, ...]:
    """For each line of the text that ``edits`` make, what ``former`` has for the line that it was made of."""
    lines = list(former)
    for edit in sorted(edits, key=lambda edit: (edit.span.line, edit.span.column), reverse=True):
        old = lines[edit.span.line - 1 : edit.span.end_line]
        count = len(split_lines(edit.text + "."))
        made = [old[max(0, min(place, len(old) - 2))] for place in range(count - 1)]
        lines[edit.span.line - 1 : edit.span.end_line] = [*made, old[-1]]
    return tuple(lines)


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
        return FixedFile(
            path, error=_describe_error(error), is_no_python=isinstance(error, (SyntaxError, UnicodeError))
        )
    shown = unified_diff(path, file.text, fixed.text) if changed else ""
    dropped, held = fixed.dropped, fixed.held
    if diff:
        held = tuple(Dropped(_as_before(each.finding, fixed.former), each.reason) for each in held)
    else:
        dropped = tuple(Dropped(_as_now(each.finding, fixed.former), each.reason) for each in dropped)
    return FixedFile(path, changed, shown, fixed.applied, dropped, held, fixed.remaining)


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
