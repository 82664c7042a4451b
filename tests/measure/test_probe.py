"""What counts as a tensor at which place, and what the probe makes of it."""

from __future__ import annotations

import ast
import os
from typing import Any, get_args

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
tf = pytest.importorskip("tensorflow")

from flake8_keras_graph.measure.worker.probe.instrumentation import instrument  # noqa: E402
from flake8_keras_graph.measure.worker.probe.judgement import CONFIRMING, judge, judge_unwatched  # noqa: E402
from flake8_keras_graph.measure.worker.probe.recording import Instrumented, Seen  # noqa: E402
from flake8_keras_graph.records import Confirmation, ProbedFinding, SiteKind  # noqa: E402
from flake8_keras_graph.rules import load  # noqa: E402

pytestmark = pytest.mark.tensorflow


def _seen(body: str, marked: str, code: str, *args: Any) -> tuple[Seen, bool]:
    """What was recorded for a finding at ``marked`` when ``f(*args)`` ran once, and whether it is watched."""
    text = f"import numpy as np\ndef f(x, y=None):\n    {body}\n"
    before = text[: text.index(marked)]
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n") - 1
    finding = ProbedFinding(
        code=code, ordinal=0, line=line, column=column, end_line=line, end_column=column + len(marked),
        sites=list(load()[code].sites), confirmed_by=load()[code].confirmed_by,
    )  # fmt: skip
    instrumented = Instrumented(text, [finding])
    namespace = instrumented.names
    exec(compile(instrumented.transform(ast.parse(text)), "<test>", "exec"), namespace)
    instrumented.recorder.on = True
    namespace["f"](*args)
    return instrumented.seen_of(finding), instrumented.watches(finding)


def _status(body: str, marked: str, code: str, *args: Any) -> tuple[str, str]:
    seen, watched = _seen(body, marked, code, *args)
    assert watched
    outcome = judge(load()[code].confirmed_by, seen, 1)
    return outcome.status, outcome.detail


T = tf.constant([1, 2, 3])
S = tf.constant(2)


@pytest.mark.parametrize(
    ("body", "marked", "code", "args", "status"),
    [
        ("return 1 if x > 1 else 2", "x > 1", "KG101", (S,), "confirmed"),
        ("return 1 if x > 1 else 2", "x > 1", "KG101", (2,), "refuted"),
        ("return 1 if not x > 1 else 2", "not x > 1", "KG101", (S,), "confirmed"),  # ``not`` makes a bool of it
        ("return 1 if not x > 1 else 2", "not x > 1", "KG101", (2,), "refuted"),
        ("if not x:\n        return 1", "if not x", "KG101", (tf.Variable(True),), "confirmed"),
        ("while not x > 0:\n        x = x + 1", "not x", "KG102", (S,), "confirmed"),
        ("return [i for i in (x, x) if not i]", "[i for", "KG107", (S,), "confirmed"),
        ("return 1 if x else 2", "x else", "KG101", ([T],), "refuted"),  # a list of tensors is a Python value
        ("return (1 if x > 1 else 2) if y else 3", "x > 1", "KG101", (S,), "not_reached"),
        ("while x > 0:\n        x = x - 1", "x > 0", "KG102", (S,), "confirmed"),
        ("for i in x:\n        pass", "x:", "KG103", (T,), "confirmed"),
        ("for i in x:\n        pass", "for i in x", "KG103", (T,), "confirmed"),
        ("for i in x:\n        pass", "x:", "KG103", ([T, T],), "refuted"),
        ("for a, b in zip(x, x):\n        pass", "zip(x, x)", "KG103", (T,), "confirmed"),
        ("return x > 0 and y", "x > 0", "KG105", (S,), "confirmed"),
        ("if x and y:\n        return 1", "if x and y", "KG101", (False, S), "not_reached"),
        ("if x and y:\n        return 1", "if x and y", "KG101", (True, S), "confirmed"),
        ("if x and y:\n        return 1", "if x and y", "KG101", (True, 1), "refuted"),
        ("if not (x or y):\n        return 1", "if not (x or y)", "KG101", (True, S), "not_reached"),
        ("return x and y and 1", "x and y", "KG105", (0, S), "not_reached"),
        ("return x and y and 1", "x and y", "KG105", (1, S), "confirmed"),
        ("return x and y and 1", "x and y", "KG105", (1, 2), "refuted"),
        ("return not x", "not x", "KG105", (S,), "confirmed"),
        ("return max(x)", "max(x)", "KG105", ([S, S],), "confirmed"),
        ("return sum(x)", "sum(x)", "KG105", ([S, S],), "refuted"),
        ("return 1 in x", "1 in x", "KG105", ([S],), "confirmed"),
        ("assert x > 0", "assert", "KG106", (S,), "confirmed"),
        ("return [i for i in x]", "[i for", "KG107", (T,), "confirmed"),
        ("return int(x)", "int(x)", "KG108", (S,), "confirmed"),
        ("return len(x)", "len(x)", "KG108", ([T],), "refuted"),
        ("return x.numpy()", "x.numpy()", "KG109", (S,), "confirmed"),
        ("return np.abs(x)", "np.abs(x)", "KG110", (T,), "confirmed"),
        ("return np.abs(x)", "np.abs(x)", "KG110", (3,), "refuted"),
        ("a, b, c = x", "a, b", "KG112", (T,), "confirmed"),
        ("a, b = x", "a, b", "KG112", ([T, T],), "refuted"),
        ("return [1, 2, 3][x]", "[1, 2, 3][x]", "KG114", (S,), "confirmed"),
        ("return x[y]", "x[y]", "KG114", (T, S), "refuted"),
        ("for i in range(x):\n        pass", "for i", "KG301", (3,), "confirmed"),
        ("return [\n        i\n        for i in range(x)\n    ]", "for i in range(x)", "KG301", (3,), "confirmed"),
        ("return sum(\n        i\n        for i in range(x) if i)", "for i in range(x)", "KG301", (3,), "confirmed"),
        ("return 1 if y else 2", "y else", "KG401", (S,), "confirmed"),
    ],
)
def test_status(body: str, marked: str, code: str, args: Any, status: str) -> None:
    found, detail = _status(body, marked, code, *args)
    assert found == status, detail


def test_trips_and_branches_are_told() -> None:
    assert "3 iterations" in _status("for i in range(x):\n        pass", "for i", "KG301", 3)[1]
    assert "only ever True" in _status("return 1 if x > 1 else 2", "x > 1", "KG101", S)[1]
    assert "only ever False" in _status("return 1 if not x > 1 else 2", "not x", "KG101", S)[1]


@pytest.mark.parametrize(
    ("body", "marked", "code"),
    [
        ("a, b = divmod(x, 2)", "divmod", "KG101"),
        ("return [i for i in range(x)]", "range(x)", "KG109"),
        ("slice(\n        x, 2)", "slice", "KG104"),
    ],
)
def test_what_a_call_comes_to_elsewhere_is_not_watched(body: str, marked: str, code: str) -> None:
    """That the result of the call is no tensor does not refute that one is tested in it."""
    seen, watched = _seen(body, marked, code, 5)
    assert (seen.times, watched) == (1, False)
    how = load()[code].confirmed_by
    outcome = judge_unwatched(how, seen, 1)
    assert (outcome.status, outcome.detail) == (
        "not_reached",
        "executed once in 1 run, up to code that is not watched",
    )
    assert judge_unwatched(how, Seen(), 1) == judge(how, Seen(), 1)


def test_what_lies_outside_call_is_said_not_to_run() -> None:
    assert "outside call" in judge(load()["KG501"].confirmed_by, Seen(), 5).detail


def test_every_way_to_confirm_is_known_here() -> None:
    assert set(CONFIRMING) == set(get_args(Confirmation))


EVERY_CONSTRUCT = """
def f(x, y):
    if x: pass
    match x:
        case 1: pass
    while x: pass
    for i in x: pass
    assert x
    a, b = x
    return (x and y, [i for i in x], int(x), x.numpy(), np.sum(x), f(x), x[y], x + y)
"""


def test_every_construct_that_a_rule_may_name_is_recorded() -> None:
    places = [(2 + row, column) for row in range(10) for column in range(100)]
    _, sites = instrument(ast.parse(EVERY_CONSTRUCT), EVERY_CONSTRUCT, places)
    assert {site.kind for site in sites} == set(get_args(SiteKind))
