"""A place in code is found again where layout and lines have changed, and nowhere else."""

from __future__ import annotations

import ast

import pytest

from flake8_keras_graph.project.code_places import place_of, span_of
from flake8_keras_graph.records import CodePlace

SOURCE = """\
import keras


def helper(x):
    return bool(x)


class Net(keras.Model):
    \"\"\"A model.\"\"\"

    def call(self, x):
        y = self.first(
            x,
            bool(x),
        )
        for step in range(bool(x)):
            y = bool(x)
            y = bool(x)
        if x:
            return "ä" + bool(
                y)
        return (lambda z: z)(y)
"""
MOVED = (
    SOURCE.replace("import keras\n", "import keras  # comment\n\nUNITS = 4\n")
    .replace("            x,\n            bool(x),\n        )", "x, bool(x))")
    .replace("        for", "\n        # why\n        for")
    .replace("bool(\n                y)", "bool(y)")
)


def marked(text: str, line: int) -> str:
    """The text of the place that ``line`` of SOURCE is in, as it is found in ``text``; "" where it is not."""
    place = place_of(ast.parse(SOURCE), line)
    span = place and span_of(ast.parse(text), text, place)
    if span is None:
        return ""
    lines = text.split("\n")[span.line - 1 : span.end_line]
    lines[-1] = lines[-1][: span.end_column]
    lines[0] = lines[0][span.column :]
    return "".join(map(str.strip, lines))


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (5, "return bool(x)"),
        (8, "class Net"),
        (9, '"""A model."""'),
        (11, "def call"),
        (12, "y = self.first(x,bool(x),)"),
        (13, "x"),
        (14, "bool(x)"),
        (15, "y = self.first(x,bool(x),)"),
        (16, "for step in range(bool(x))"),
        (17, "y = bool(x)"),
        (18, "y = bool(x)"),
        (19, "if x"),
        (20, 'return "ä" + bool(y)'),
        (21, "y"),
        (22, "return (lambda z: z)(y)"),
        (1, ""),  # in no definition
    ],
)
def test_a_place_outlives_layout(line: int, found: str) -> None:
    for text in (SOURCE, MOVED):
        here = marked(text, line).replace(", bool(x))", ",bool(x),)")
        assert here == found


def test_equal_statements_are_told_apart() -> None:
    spans = [
        span_of(ast.parse(MOVED), MOVED, place) for line in (17, 18) if (place := place_of(ast.parse(SOURCE), line))
    ]
    assert [span.line for span in spans if span] == [19, 20]


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [("y = bool(x)", "y = int(x)", 18), ("class Net", "class Other", 19), ("def helper", "def other", 5)],
)
def test_what_is_gone_is_nowhere(old: str, new: str, line: int) -> None:
    assert marked(SOURCE, line)
    assert not marked(SOURCE.replace(old, new), line)


def test_a_definition_that_is_not_there() -> None:
    assert span_of(ast.parse(SOURCE), SOURCE, CodePlace("Net.build")) is None
