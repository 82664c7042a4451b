"""The linter on the examples of every page: on a bad one the marked lines and nothing else, on a good one nothing."""

from __future__ import annotations

import pytest

from flake8_keras_graph import engine
from flake8_keras_graph.config import Options
from flake8_keras_graph.rules import all_rules
from flake8_keras_graph.rules.page import Example, parse

PAGES = {rule.code: parse(rule.page) for rule in all_rules()}
BAD = [
    pytest.param(code, example, id=f"{code}-{number}")
    for code, page in PAGES.items()
    for number, example in enumerate(page.bad)
]
GOOD = [
    pytest.param(example, id=f"{code}-{number}")
    for code, page in PAGES.items()
    for number, example in enumerate(page.good)
]


def findings(code: str) -> set[tuple[int, str]]:
    found = engine.check(engine.Source("example.py", code), Options())
    return {(finding.span.line, finding.code) for finding in found}


@pytest.mark.parametrize(("code", "example"), BAD)
def test_marked_lines_are_found(code: str, example: Example) -> None:
    assert code in {mark for _, mark in example.marks}
    assert findings(example.code) == example.marks


@pytest.mark.parametrize("example", GOOD)
def test_good_examples_are_clean(example: Example) -> None:
    assert findings(example.code) == set()
