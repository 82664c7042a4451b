"""The linter on the examples of every page: on a bad one the marked lines and nothing else, on a good one nothing."""

from __future__ import annotations

import pages
import pytest

from flake8_keras_graph import engine
from flake8_keras_graph.config import Options
from flake8_keras_graph.records import Finding
from flake8_keras_graph.rules.page import Example


def findings(code: str) -> list[Finding]:
    return engine.check(engine.Source("example.py", code), Options())


def places(code: str) -> set[tuple[int, str]]:
    return {(finding.span.line, finding.code) for finding in findings(code)}


@pytest.mark.parametrize(("code", "example"), pages.BAD)
def test_marked_lines_are_found(code: str, example: Example) -> None:
    assert code in {mark for _, mark in example.marks}
    assert places(example.code) == example.marks


@pytest.mark.parametrize("example", pages.GOOD)
def test_good_examples_are_clean(example: Example) -> None:
    assert places(example.code) == set()


@pytest.mark.parametrize(("code", "example"), pages.BAD)
def test_levels_under_keras_2(code: str, example: Example) -> None:
    claimed = {str(claim.outcome) for claim in example.claims if claim.setting == "tf_keras"}
    levels = {each.level for each in findings(pages.for_tf_keras(example.code)) if each.code == code}
    if claimed == {"staged"}:
        assert levels <= {"note", "warning"}
        assert levels or code == "KG206"  # what is staged is not swallowed
    elif claimed == {"raises"}:
        assert levels in ({"error"}, {pages.RULES[code].level})  # a warning where it depends on the batch
    elif (code, claimed) in [
        ("KG116", {"runs"}),
        ("KG118", {"runs"}),
        ("KG207", {"fresh"}),
        ("KG308", {"runs"}),
        ("KG502", {"runs"}),
    ]:
        assert levels == set()  # it does no harm there
    elif claimed:
        assert levels == {each.level for each in findings(example.code) if each.code == code}
