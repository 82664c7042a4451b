"""A rule declares its whole life in its file, and no other part of the package knows one rule from another."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from flake8_keras_graph import failure, measured_cost, runs_into, unused_noqa
from flake8_keras_graph.analysis.events import Branch
from flake8_keras_graph.records import Confirmation, Consequence, Remedy, SiteKind
from flake8_keras_graph.rules import docs, load
from flake8_keras_graph.rules.rule import Handling, rule

PACKAGE = Path(failure.__file__).parent
KNOWN_OTHERWISE = (failure.CODE, runs_into.CODE, measured_cost.CODE, unused_noqa.CODE, "KG")
CODE = re.compile(r"KG\d*")
DECLARED: dict[str, Any] = {
    "models_only": False,
    "sites": ("if",),
    "confirmed_by": "a tensor at its site",
    "remedy": "fix",
    "fix": "branch",
}


def constants(node: ast.AST) -> Iterator[ast.Constant]:
    """Texts that stand in an expression, those within f-strings included, docstrings and comments not."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
            continue
        if isinstance(child, ast.Constant) and isinstance(child.value, str):
            yield child
        yield from constants(child)


def modules(folder: Path) -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(folder.rglob("*.py")):
        yield path.relative_to(PACKAGE).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def test_no_code_stands_outside_of_the_rules() -> None:
    """A text that is a code, or how codes begin, is there to be compared with one."""
    found = [
        f"{path}:{each.lineno}: {each.value!r}"
        for path, tree in modules(PACKAGE)
        if not path.startswith("rules/")
        for each in constants(tree)
        if CODE.fullmatch(each.value) and each.value not in KNOWN_OTHERWISE
    ]
    assert not found, "\n".join(found)


def test_no_rule_knows_another() -> None:
    for path, tree in modules(PACKAGE / "rules"):
        named = {each.value for each in constants(tree) if CODE.fullmatch(each.value)}
        assert path in ("rules/docs.py", "rules/backends.py") or len(named) <= 1, path


def test_no_rule_asks_for_models_by_hand() -> None:
    """``models_only`` says it, and the engine does it."""
    compared = [
        f"{path}:{node.lineno}"
        for path, tree in modules(PACKAGE / "rules")
        for node in ast.walk(tree)
        if isinstance(node, ast.Compare) and any(each.value == "model" for each in constants(node))
        if any(isinstance(each, ast.Attribute) and ast.unparse(each) == "event.place.kind" for each in ast.walk(node))
        if not isinstance(node.ops[0], (ast.In, ast.NotIn))  # models and layers, say
    ]
    assert not compared, compared


def check_of(family: str) -> Any:
    """A check as if it stood in a rule's file of that family."""

    def check(event: Branch, facts: object) -> None:
        return None

    check.__module__ = f"flake8_keras_graph.rules.{family}.new_rule"
    return check


def registered(*events: Any, family: str = "breaks", **declared: Any) -> None:
    """Register a new rule, and take it away again."""
    load()
    check = check_of(family)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, check.__module__, docs)  # it must have a docstring, the page
        patch.setattr("flake8_keras_graph.rules.rule.RULES", {})
        rule("KG199", "new-rule", "error", *events, **declared)(check)


def test_a_rule_that_declares_everything_is_registered() -> None:
    registered(Branch, **DECLARED)


@pytest.mark.parametrize("part", DECLARED)
def test_no_part_may_be_left_out(part: str) -> None:
    with pytest.raises(TypeError, match=part):
        registered(Branch, **{name: value for name, value in DECLARED.items() if name != part})


@pytest.mark.parametrize(
    ("events", "changed", "family", "reason"),
    [
        ((), {}, "breaks", "looks at nothing"),
        ((Branch,), {"sites": ()}, "breaks", "name the constructs"),
        ((Branch,), {"sites": ("loop",)}, "breaks", "no sites"),
        ((Branch,), {"confirmed_by": "a guess"}, "breaks", "a guess"),
        ((Branch,), {"remedy": "hope"}, "breaks", "hope"),
        ((Branch,), {"fix": None}, "breaks", "a fix that it does not have"),
        ((Branch,), {"otherwise": Handling(False, "fix", None)}, "breaks", "a fix that it does not have"),
        ((Branch,), {}, "elsewhere", "folder of a family"),
    ],
)
def test_what_is_declared_has_a_meaning(
    events: tuple[Any, ...], changed: dict[str, Any], family: str, reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        registered(*events, family=family, **DECLARED | changed)


def test_codes_begin_as_those_of_their_family() -> None:
    assert set(docs.FAMILIES) == set(get_args(Consequence))
    for code, known in load().items():
        assert code.startswith(docs.FAMILIES[known.consequence][0]), code


def test_no_word_is_without_a_rule() -> None:
    known = load().values()
    remedies = {handling.remedy for each in known for handling in (each.handling, each.otherwise)}
    assert remedies - {None} == set(get_args(Remedy))
    assert {each.confirmed_by for each in known} == set(get_args(Confirmation))
    assert {site for each in known for site in each.sites} == set(get_args(SiteKind))


@pytest.mark.parametrize("code", sorted(load()))
def test_an_advice_is_a_few_words(code: str) -> None:
    """It ends a message of one line, after a semicolon."""
    advice = load()[code].advice
    assert len(advice) <= 72
    assert "\n" not in advice
    assert not advice.endswith(".")
    assert advice[:1] == advice[:1].lower()
