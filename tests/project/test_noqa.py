"""``# noqa`` as flake8 reads it: every case is given to flake8's own code as well."""

from __future__ import annotations

import argparse
import io

import pytest
from flake8.processor import FileProcessor
from flake8.violation import Violation
from hypothesis import given, settings
from hypothesis import strategies as st

from flake8_keras_graph.project.noqa import unsuppressed
from flake8_keras_graph.records import Finding, Span

OPTIONS = argparse.Namespace(
    disable_noqa=False,
    hang_closing=False,
    indent_size=4,
    max_line_length=79,
    max_doc_length=None,
    verbose=0,
)


def finding(code: str, line: int) -> Finding:
    return Finding(code, "", "m.py", Span(line, 0, line, 1), "M.call", "note")


def ours(text: str, code: str, line: int) -> bool:
    return not unsuppressed([finding(code, line)], text)


def flake8s(text: str, code: str, line: int) -> bool:
    """Whether flake8 silences a violation of that code on that line."""
    processor = FileProcessor("m.py", OPTIONS, lines=list(io.StringIO(text)))
    if processor.should_ignore_file():
        return True
    physical_line = processor.noqa_line_for(line) or ""
    return Violation(code, "m.py", line, 1, "", physical_line).is_inline_ignored(False)


@pytest.mark.parametrize(
    ("text", "line", "silenced"),
    [
        ("x = 1\n", 1, False),
        ("x = 1  # noqa\n", 1, True),
        ("x = 1  # NOQA\n", 1, True),
        ("x = 1  # noqa: KG301\n", 1, True),
        ("x = 1  # noqa:KG301\n", 1, True),
        ("x = 1  # noqa: KG101, KG3\n", 1, True),
        ("x = 1  # noqa: KG101 KG301\n", 1, True),
        ("x = 1  # noqa: E501,KG301 because it is free\n", 1, True),
        ("x = 1  # noqa: KG101\n", 1, False),
        ("x = 1  # noqa: E501\n", 1, False),
        ("x = 1  # noqa : KG101\n", 1, True),
        ("x = 1  # noqa: kg301\n", 1, False),
        ("x = 1  # noqa:  KG101\n", 1, True),
        ("x = 1  #noqa\n", 1, False),
        ("x = 1  # nothing; # noqa: KG301\n", 1, True),
        ("x = 1  # noqa: KG101 # noqa: KG301\n", 1, False),
        ("x = '# noqa'\n", 1, True),
        ("x = '''\n'''  # noqa\n", 1, True),
        ("x = 1 + \\\n    2  # noqa\n", 1, True),
        ("f(\n    1,\n)  # noqa\n", 1, False),
        ("f(\n    1,\n)  # noqa\n", 3, True),
        ("# flake8: noqa\nx = 1\n", 2, True),
        ("x = 1\n# flake8: NOQA\n", 1, True),
        ("x = 1  # flake8: noqa\ny = 2\n", 2, False),
        ("x = 1\x0c  # noqa\n", 1, True),
        ("\ufeffx = 1  # noqa\n", 1, True),
        ("x = 1  # noqa", 1, True),
        ("x = (\n", 1, False),
        ("", 1, False),
    ],
)
def test_comment(text: str, line: int, silenced: bool) -> None:
    assert ours(text, "KG301", line) is silenced
    assert flake8s(text, "KG301", line) is silenced


COMMENTS = (
    "# noqa",
    "# NoQA",
    ":",
    ": ",
    "KG301",
    "KG3",
    "KG",
    "E5",
    "kg301",
    ",",
    " ",
    "# flake8: noqa",
    "#",
)
CODE = ("x = 1", "'''", "\\\n", "\n", "(", ")", "\t", "\x0c", "é")
PIECES = st.sampled_from(COMMENTS + CODE)


@given(st.lists(PIECES, max_size=14).map("".join), st.integers(1, 4))
@settings(max_examples=400, deadline=None)
def test_the_same_as_flake8(text: str, line: int) -> None:
    assert ours(text, "KG301", line) is flake8s(text, "KG301", line)
