"""Files changed in place keep everything but what the fix is about."""

from __future__ import annotations

import dataclasses
import os
import re
import stat

import pytest
from readings import reading_of

from flake8_keras_graph.records import Edit, Finding, Fix, Span
from flake8_keras_graph.rewrite import apply
from flake8_keras_graph.rewrite.apply import exit_code, fix_paths, fix_text
from flake8_keras_graph.rewrite.fixes import registry
from flake8_keras_graph.rewrite.fixes.registry import FileFixes, Plan
from flake8_keras_graph.rewrite.text import files

GATED = """import keras
from keras import ops


class Gated(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(8)  # größer

    def call(self, inputs):
        x = self.dense(inputs)
        if ops.mean(x) > 0.0:
            x = x * 0.5
        return x
"""
FIXED = GATED.replace(
    "        if ops.mean(x) > 0.0:\n            x = x * 0.5\n",
    "        x = ops.where(ops.mean(x) > 0.0, x * 0.5, x)\n",
)


def read(path, text):
    """``text`` by the default options."""
    return reading_of(text, path)


def findings(path, text):
    """KG101 where the fixture's ``if`` stands."""
    compile(text, path, "exec", dont_inherit=True)
    return [
        Finding("KG101", "", path, Span(number, 8, number, 28), "Gated.call", "error")
        for number, line in enumerate(text.splitlines(), 1)
        if line.strip().startswith("if ops")
    ]


@pytest.mark.parametrize(
    ("prefix", "encoding", "newline"),
    [
        (b"", "utf-8", "\n"),
        (b"\xef\xbb\xbf", "utf-8", "\n"),
        (b"", "utf-8", "\r\n"),
        (b"", "utf-8", "\r"),
        (b"# -*- coding: latin-1 -*-\n", "latin-1", "\n"),
        (b"# -*- coding: cp1252 -*-\r\n", "cp1252", "\r\n"),
    ],
)
def test_encoding_mark_and_line_ends_are_kept(tmp_path, prefix, encoding, newline):
    path = tmp_path / "model.py"
    path.write_bytes(prefix + GATED.replace("\n", newline).encode(encoding))
    [result] = fix_paths([str(path)], read, findings)
    assert result.error == ""
    assert path.read_bytes() == prefix + FIXED.replace("\n", newline).encode(encoding)


def test_mixed_line_ends_are_kept_where_nothing_changes(tmp_path):
    path = tmp_path / "model.py"
    head, tail = GATED.split("    def call")
    path.write_bytes((head.replace("\n", "\r\n") + "    def call" + tail).encode())
    fix_paths([str(path)], read, findings)
    head, tail = FIXED.split("    def call")
    assert path.read_bytes() == (head.replace("\n", "\r\n") + "    def call" + tail).encode()


def test_permissions_and_links_are_kept(tmp_path):
    path, link = tmp_path / "model.py", tmp_path / "link.py"
    path.write_text(GATED, encoding="utf-8")
    path.chmod(0o751)
    link.symlink_to(path)
    fix_paths([str(link)], read, findings)
    assert link.is_symlink()
    assert path.read_text(encoding="utf-8") == FIXED
    assert stat.S_IMODE(path.stat().st_mode) == 0o751
    assert sorted(os.listdir(tmp_path)) == ["link.py", "model.py"]


def test_a_file_that_changed_meanwhile_is_left_alone(tmp_path):
    path = tmp_path / "model.py"
    path.write_text(GATED, encoding="utf-8")

    def slow_check(name, text):
        path.write_text("someone = 'else'\n")
        return findings(name, text)

    [result] = fix_paths([str(path)], read, slow_check)
    assert "changed meanwhile" in result.error
    assert path.read_text() == "someone = 'else'\n"
    assert os.listdir(tmp_path) == ["model.py"]
    assert exit_code([result]) == 2


def test_diff_changes_nothing_and_reads_as_a_patch(tmp_path):
    path = tmp_path / "model.py"
    path.write_text(GATED, encoding="utf-8")
    [result] = fix_paths([str(path)], read, findings, diff=True)
    assert path.read_text(encoding="utf-8") == GATED
    assert "-        if ops.mean(x) > 0.0:" in result.diff
    assert "+        x = ops.where(ops.mean(x) > 0.0, x * 0.5, x)" in result.diff
    assert exit_code([result], diff=True) == 1
    assert exit_code([result]) == 0


def test_a_last_line_without_an_end_is_said_so_in_the_diff():
    shown = apply.unified_diff("a.py", "x = 1", "x = 2")
    assert shown.splitlines()[-4:] == [
        "-x = 1",
        "\\ No newline at end of file",
        "+x = 2",
        "\\ No newline at end of file",
    ]


@pytest.mark.parametrize(
    ("name", "data", "status"),
    [("broken.py", b"def f(:\n", 1), ("bytes.py", b"\xff\xfe\x00", 1), ("gone.py", None, 2)],
)
def test_what_cannot_be_read_is_an_error_of_its_own(tmp_path, name, data, status):
    path = tmp_path / name
    if data is not None:
        path.write_bytes(data)

    def check(where, text):
        compile(text, where, "exec")
        return []

    [result] = fix_paths([str(path)], read, check)
    assert result.error
    assert exit_code([result]) == status


def fix_with(monkeypatch, text, fix):
    """What becomes of ``text`` when every finding has ``fix``."""
    monkeypatch.setattr(FileFixes, "plan", lambda self, finding: Plan(fix, 0, is_local=True))
    return fix_text(reading_of(text, "model.py"), findings)


def test_a_fix_that_keeps_its_finding_is_dropped(monkeypatch):
    fix = Fix((Edit(Span(1, 0, 1, 0), "# seen\n"),), "safe")
    result = fix_with(monkeypatch, GATED, fix)
    assert result.text == GATED
    assert [dropped.reason for dropped in result.dropped] == ["the finding would still be there"]


def test_a_fix_that_does_not_parse_is_dropped(monkeypatch):
    line = next(number for number, text in enumerate(GATED.splitlines(), 1) if "if ops" in text)
    fix = Fix((Edit(Span(line, 0, line + 1, 0), "        if (:\n"),), "safe")
    result = fix_with(monkeypatch, GATED, fix)
    assert result.text == GATED
    assert "does not parse" in result.dropped[0].reason


CLASS = GATED[GATED.index("class") :]
MANY = "import keras\nfrom keras import ops\n" + "".join(
    "\n\n" + CLASS.replace("Gated", f"Gated{n}") for n in range(20)
)


@pytest.fixture
def read_texts(monkeypatch):
    """The texts that libcst parses."""
    seen = []
    whole = registry.read_document
    monkeypatch.setattr(registry, "read_document", lambda reading: seen.append(reading.text) or whole(reading))
    return seen


def test_what_does_not_touch_is_fixed_together(read_texts):
    """A text is parsed once and checked once, however many findings it has."""
    checked = []
    result = fix_text(reading_of(MANY, "model.py"), lambda path, text: checked.append(text) or findings(path, text))
    assert len(result.applied) == 20
    assert result.text.count("ops.where(") == 20
    assert [len(checked), len(read_texts)] == [2, 1]


@pytest.mark.parametrize("bad", [1, 3])
def test_a_fix_that_stands_in_the_way_costs_no_other(bad):
    """Where a few of many fixes bring another finding, those are dropped and the rest is made."""

    def check(path, text):
        found = []
        for name, line in re.findall(r"class (\w+)[^\n]*\n(?:.*\n)*?        (if ops|x = ops)", text):
            start = text[: text.index(f"class {name}(")].count("\n") + 1
            is_bad = name in [f"Gated{number}" for number in range(7, 7 + bad)]
            if line == "if ops":
                found += [
                    dataclasses.replace(findings(path, text)[0], symbol=name, span=Span(start + 7, 8, start + 7, 28))
                ]
            elif is_bad:
                found += [Finding("KG102", "", path, Span(start, 0, start, 5), name, "error")]
        return found

    result = fix_text(reading_of(MANY, "model.py"), check)
    assert (len(result.applied), len(result.remaining)) == (20 - bad, bad)
    assert {dropped.reason for dropped in result.dropped} == {"it would bring KG102"}


def test_what_verification_refuses_is_not_made():
    result = fix_text(reading_of(GATED, "model.py"), findings, verify=lambda *arguments: "outputs differ by 0.5")
    assert result.text == GATED
    assert [dropped.reason for dropped in result.dropped] == ["outputs differ by 0.5"]


def test_unsafe_fixes_are_made_only_when_asked_for():
    text = GATED.replace("ops.mean(x) > 0.0", "x > 0.0")
    check = lambda path, text: [  # noqa: E731
        Finding("KG101", "", path, Span(number, 8, number, 18), "Gated.call", "error")
        for number, line in enumerate(text.splitlines(), 1)
        if line.strip().startswith("if x >")
    ]
    assert fix_text(reading_of(text, "model.py"), check).text == text
    assert "ops.cond(x > 0.0" in fix_text(reading_of(text, "model.py"), check, unsafe=True).text


def test_an_unencodable_result_changes_nothing(tmp_path):
    path = tmp_path / "model.py"
    path.write_bytes(b"# -*- coding: ascii -*-\nx = 1\n")
    with pytest.raises(UnicodeEncodeError):
        files.write(files.read(str(path)), "# -*- coding: ascii -*-\nx = 'é'\n")
    assert path.read_bytes() == b"# -*- coding: ascii -*-\nx = 1\n"
    assert os.listdir(tmp_path) == ["model.py"]


TWO = GATED.replace(
    "        return x\n", "        y = x - 1.0\n        if ops.max(y) > 1.0:\n            y = y + x\n        return y\n"
)


def without_branches(path, before, after, found):
    """As running does: a class that still has a branch on a tensor does not compile."""
    return "does not compile" if "if ops" in after else ""


def test_fixes_of_a_class_that_only_do_together_are_made_together():
    asked = []

    def verify(path, before, after, found):
        asked.append([finding.span.line for finding in found])
        return without_branches(path, before, after, found)

    result = fix_text(reading_of(TWO, "model.py"), findings, verify=verify)
    assert "if ops" not in result.text
    assert asked == [[15], [15, 12]]
    assert [made.finding.span.line for made in result.applied] == [15, 12]
    assert result.dropped == ()


def test_what_does_not_do_together_either_is_dropped_for_its_own_reason():
    def verify(path, before, after, found):
        return f"{len(found)} differ"

    result = fix_text(reading_of(TWO, "model.py"), findings, verify=verify)
    assert result.text == TWO
    assert [dropped.reason for dropped in result.dropped] == ["1 differ", "1 differ"]


def test_another_class_is_another_matter():
    text = f"{GATED}\n\n{GATED.replace('Gated', 'Other').partition(chr(10) * 3)[2]}"

    def check(path, text):
        found = findings(path, text)
        last = text[: text.index("class Other")].count("\n")
        return [dataclasses.replace(each, symbol="Gated" if each.span.line < last else "Other") for each in found]

    def verify(path, before, after, found):
        return "differs" if {each.symbol for each in found} == {"Other"} else ""

    result = fix_text(reading_of(text, "model.py"), check, verify=verify)
    assert [made.finding.symbol for made in result.applied] == ["Gated"]
    assert [dropped.finding.symbol for dropped in result.dropped] == ["Other"]


TWICE = """import keras
from keras import ops


class Gated(keras.Model):
    def call(self, x):
        if ops.mean(x) > 0.0:
            x = x * 0.5
        # in between
        if x > 1.0:
            x = x + 1.0
        x = x * ops.sum(x)
        if ops.max(x) > 0.0:
            x = x * 0.5
        if ops.min(x) > 0.0:
            return x * 2.0
        return x
"""


def in_any_branch(path, text):
    return [
        Finding("KG101", "", path, Span(number, 8, number, 8 + len(line.strip()) - 1), "Gated", "error")
        for number, line in enumerate(text.splitlines(), 1)
        if line.strip().startswith("if ")
    ]


@pytest.mark.parametrize(("diff", "held", "dropped"), [(True, 10, 15), (False, 9, 13)])
def test_lines_are_those_of_the_file_as_it_is(tmp_path, diff, held, dropped):
    """As it was for what was fixed, and for everything where the file is left as it was."""
    path = tmp_path / "model.py"
    path.write_text(TWICE)

    def verify(path, before, after, found):
        return "differs" if found[0].span.line == 15 else ""

    [result] = fix_paths([str(path)], read, in_any_branch, diff=diff, verify=verify)
    lines = path.read_text().splitlines()
    assert [made.finding.span.line for made in result.applied] == [13, 7]
    assert [(each.finding.span.line, each.reason) for each in result.held] == [(held, result.held[0].reason)]
    assert lines[held - 1].strip() == "if x > 1.0:"
    for each in result.dropped:
        assert lines[each.finding.span.line - 1].strip() == "if ops.min(x) > 0.0:"
        assert each.finding.span.line == dropped


def test_no_fix_is_held_back_that_was_asked_for():
    held = fix_text(reading_of(TWICE, "model.py"), in_any_branch)
    assert [each.finding.span.line for each in held.held] == [9]
    assert fix_text(reading_of(TWICE, "model.py"), in_any_branch, unsafe=True).held == ()
