"""Every rule: its code, name and level as designed, its page complete, its documentation up to date."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from pathlib import Path

import pages
import pytest

from flake8_keras_graph.rules import docs, load, new
from flake8_keras_graph.rules.page import SECTIONS

ROOT = Path(__file__).parents[2]

DESIGNED = """
    KG101 tensor-if error
    KG102 tensor-while error
    KG103 tensor-for error
    KG104 tensor-range error
    KG105 tensor-bool error
    KG106 tensor-assert error
    KG107 tensor-comprehension error
    KG108 python-cast error
    KG109 host-value error
    KG110 numpy-on-tensor error
    KG111 state-created-in-call error
    KG112 unpacked-tensor error
    KG113 unknown-dimension error
    KG114 tensor-index error
    KG115 batch-size-in-shape warning
    KG116 state-on-first-call error
    KG117 python-bool-cond error
    KG118 dynamic-initializer error
    KG201 frozen-randomness warning
    KG202 trace-time-effect warning
    KG203 lost-update warning
    KG204 leaked-tensor warning
    KG205 stale-attribute warning
    KG206 swallowed-graph-error warning
    KG207 training-not-passed warning
    KG301 unrolled-loop note
    KG302 growing-concat warning
    KG303 element-loop warning
    KG304 host-callback warning
    KG305 loop-not-for-xla warning
    KG306 separate-heads note
    KG307 unrolled-recurrence warning
    KG308 not-for-xla warning
    KG401 training-branch note
    KG402 argument-branch note
    KG403 shape-branch note
    KG404 function-made-per-call warning
    KG405 python-value-argument warning
    KG501 run-eagerly warning
    KG502 function-on-call warning
    KG503 eager-train-loop warning
    KG504 step-by-step-fit warning
    KG505 eager-inference-loop warning
    KG506 weights-by-hand warning
    KG507 model-in-loop warning
    KG508 dataset-per-element note
"""


def test_the_catalogue_is_the_designed_one() -> None:
    found = [f"{rule.code} {rule.name} {rule.level}" for rule in pages.RULES.values()]
    assert found == [line.strip() for line in DESIGNED.split("\n") if line.strip()]


@pytest.mark.parametrize("code", pages.RULES)
def test_the_page_is_complete(code: str) -> None:
    page = pages.PAGES[code]
    assert page.summary.endswith(".")
    assert "\n" not in page.summary
    assert [name for name in page.sections if ": " not in name] == list(SECTIONS)
    assert all(page.sections.values())
    assert page.bad
    assert page.good
    assert all(example.claims for example in page.bad)
    assert {claim.setting for claim in page.bad[0].claims} & {"fit", "script"}


@pytest.mark.parametrize("code", pages.RULES)
def test_a_rule_is_one_file_named_after_it(code: str) -> None:
    module = load()[code].check.__module__
    assert module.rpartition(".")[2] == pages.RULES[code].name.replace("-", "_")


@pytest.mark.parametrize("code", pages.RULES)
def test_nothing_is_left_of_the_template(code: str) -> None:
    """``python -m flake8_keras_graph.rules.new`` marks what is to be replaced."""
    text = inspect.getsource(sys.modules[load()[code].check.__module__])
    assert not new.PLACEHOLDER.search(text)


def test_the_documentation_is_up_to_date() -> None:
    """``python -m flake8_keras_graph.rules.docs`` writes it."""
    assert (ROOT / "docs" / "rules.md").read_text(encoding="utf-8") == docs.rules_page()


@pytest.mark.parametrize(
    ("name", "written", "held"),
    [("README.md", docs.readme, "| KG101 |"), ("CONTRIBUTING.md", docs.contributing, "| `RangeOver` |")],
)
def test_the_table_in_a_document_is_up_to_date(name: str, written: Callable[[str], str], held: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert written(text) == text
    assert held in text
