"""Edits: applying them, deriving them, and their laws."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flake8_keras_graph.project.files import split_lines
from flake8_keras_graph.records import Edit, Span
from flake8_keras_graph.rewrite.text.edits import apply, between

LINES = st.lists(st.sampled_from(["a\n", "b\n", "\n", "  c\r\n", "d\r", "\x0c e\n", "é\u2028x\n"]), max_size=12)
TEXTS = st.builds(lambda lines, last: "".join(lines) + last, LINES, st.sampled_from(["", "end"]))


@pytest.mark.parametrize(
    ("span", "replacement", "expected"),
    [
        (Span(1, 0, 1, 3), "X", "X def\nghi\n"),
        (Span(1, 4, 2, 1), "-", "abc -hi\n"),
        (Span(2, 0, 2, 0), "new\n", "abc def\nnew\nghi\n"),
        (Span(3, 0, 3, 0), "end", "abc def\nghi\nend"),
        (Span(1, 0, 3, 0), "", ""),
    ],
)
def test_one_edit(span, replacement, expected):
    assert apply("abc def\nghi\n", [Edit(span, replacement)]) == expected


def test_edits_are_made_in_any_order():
    edits = [Edit(Span(2, 0, 2, 3), "two"), Edit(Span(1, 0, 1, 3), "one")]
    assert apply("abc\nghi\n", edits) == apply("abc\nghi\n", edits[::-1]) == "one\ntwo\n"


@pytest.mark.parametrize(
    "edits",
    [
        [Edit(Span(1, 0, 1, 2), ""), Edit(Span(1, 1, 1, 3), "")],
        [Edit(Span(1, 2, 1, 1), "")],
        [Edit(Span(9, 0, 9, 0), "")],
        [Edit(Span(1, 50, 1, 50), "")],
    ],
)
def test_edits_that_overlap_or_lie_outside_are_refused(edits):
    with pytest.raises(ValueError, match=r"edits|outside"):
        apply("abc\nghi\n", edits)


@given(TEXTS, TEXTS)
def test_edits_between_two_texts_turn_one_into_the_other(before, after):
    assert apply(before, between(before, after)) == after


@given(TEXTS)
def test_lines_join_to_the_text_and_no_edits_leave_it(text):
    assert "".join(split_lines(text)) == text
    assert apply(text, between(text, text)) == text
    assert between(text, text) == ()
