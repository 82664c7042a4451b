"""Recording calls: where they are put, and that the code does the same with them."""

from __future__ import annotations

import ast
from typing import Any

import pytest

from flake8_keras_graph.measure.worker.probe.instrumentation import RECORDER, Site, instrument


class Passing:
    """A recorder that hands everything on and remembers which sites ran."""

    def __init__(self) -> None:
        self.ran: list[int] = []

    def value(self, number: int, value: Any) -> Any:
        self.ran.append(number)
        return value

    test = negated = operand = last = iterate = members = value

    def index(self, number: int, container: Any, value: Any) -> Any:
        self.ran.append(number)
        return container[value]

    def call(self, number: int, function: Any) -> Any:
        self.ran.append(number)
        return function

    def reach(self, number: int) -> None:
        self.ran.append(number)


def _run(text: str, *args: Any, positions: tuple[tuple[int, int], ...] = ()) -> tuple[Any, list[Site], list[Site]]:
    """Result of ``f(*args)``, all sites, and those that ran."""
    tree, sites = instrument(ast.parse(text), text, positions)
    recorder = Passing()
    namespace: dict[str, Any] = {RECORDER: recorder}
    exec(compile(tree, "<test>", "exec"), namespace)
    return namespace["f"](*args), sites, [sites[number] for number in recorder.ran]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("return 1 if x else 2", "if"),
        ("if x:\n        return 1\n    return 2", "if"),
        ("while x:\n        x -= 1\n    return x", "while"),
        ("assert x\n    return x", "assert"),
        ("return x and 5", "bool"),
        ("return not x", "bool"),
        ("return 0 < x < 9", "bool"),
        ("return x in [1, 2]", "bool"),
        ("return [i for i in range(x) if i]", "comprehension"),
        ("for i in range(x):\n        x += i\n    return x", "for"),
        ("return int(x)", "cast"),
        ("a, b = x, x\n    return a", "unpack"),
        ("return [7, 8, 9, 10][x]", "index"),
        ("return {i: i for i in range(x)}", "comprehension"),
        ("return max(j for i in range(x) for j in (i, i))", "comprehension"),
        ("match x:\n        case 3:\n            return 'three'\n    return x", "match"),
        ("try:\n        return 1 if x else 2\n    finally:\n        pass", "if"),
        ("with open('/dev/null'):\n        return 1 if x else 2", "if"),
        ("g = lambda y: 1 if y else 2\n    return g(x)", "if"),
    ],
)
def test_the_code_does_what_it_did(body: str, kind: str) -> None:
    text = f"def f(x):\n    {body}\n"
    plain: dict[str, Any] = {}
    exec(text, plain)
    result, _, ran = _run(text, 3)
    assert result == plain["f"](3)
    assert kind in {site.kind for site in ran}


def test_sites_know_their_place_and_their_function() -> None:
    text = "class A:\n    def call(self, x):\n        if x > 0:\n            return x\n"
    _, sites = instrument(ast.parse(text), text, ())
    assert sites == [Site("if", 3, 8, (3, 11), "A.call")]


def test_columns_are_characters() -> None:
    text = "def f(x):\n    é = 'ü'; y = 1 if x else 2\n    return y\n"
    _, sites, _ = _run(text, 1)
    assert (sites[0].line, sites[0].column) == (2, text.splitlines()[1].index("1 if"))


@pytest.mark.parametrize(
    ("body", "position"),
    [("x.append(1)", (2, 4)), ("x += [1]", (2, 4)), ("print(x)", (2, 4)), ("y = [*x]", (2, 8))],
)
def test_any_place_can_be_asked_for(body: str, position: tuple[int, int]) -> None:
    text = f"def f(x):\n    {body}\n"
    _, _, ran = _run(text, [], positions=(position,))
    assert position in {(site.line, site.column) for site in ran}


def test_code_outside_functions_is_left_alone() -> None:
    text = "A = 1 if True else 2\nclass B:\n    c = [i for i in range(3)]\n"
    tree, sites = instrument(ast.parse(text), text, [(1, 4)])
    assert sites == []
    assert ast.unparse(tree) == ast.unparse(ast.parse(text))


def test_docstrings_and_super_stay() -> None:
    text = '''class A:
    def f(self):
        """Doc."""
        return super().__repr__()
'''
    tree, _ = instrument(ast.parse(text), text, [(3, 8), (4, 15)])
    namespace: dict[str, Any] = {RECORDER: Passing()}
    exec(compile(tree, "<test>", "exec"), namespace)
    assert namespace["A"].f.__doc__ == "Doc."
    assert "object" in namespace["A"]().f()


def test_a_decorator_is_come_to_with_its_function() -> None:
    text = "def f(x):\n    @staticmethod\n    def g():\n        pass\n    return x\n"
    _, _, ran = _run(text, 1, positions=((2, 5),))
    assert [(site.kind, site.line) for site in ran] == [("statement", 2)]
