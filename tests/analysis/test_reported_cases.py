"""The marked lines of every case are reported, and nothing else of what raises or is silently wrong."""

from __future__ import annotations

import re

import pytest

from flake8_keras_graph import engine
from flake8_keras_graph.config import Options

from .reported_cases import CASES, HEADER

MARK = re.compile(r"# expect: (KG\d{3}(?:,KG\d{3})*)")


@pytest.mark.parametrize("source", [source for _, source in CASES.values()], ids=list(CASES))
def test_what_is_marked_is_reported(source: str) -> None:
    text = HEADER + source
    found: dict[int, set[str]] = {}
    for finding in engine.check(engine.Source("module.py", text), Options()):
        found.setdefault(finding.span.line, set()).add(finding.code)
    marked = {
        number: set(mark[1].split(","))
        for number, line in enumerate(text.split("\n"), 1)
        if (mark := MARK.search(line))
    }
    assert marked
    missed = [number for number, codes in marked.items() if not codes & found.get(number, set())]
    extra = {number: codes for number, codes in found.items() if number not in marked and _are_grave(codes)}
    assert (missed, extra) == ([], {})


def _are_grave(codes: set[str]) -> bool:
    return any(code.startswith(("KG1", "KG2")) for code in codes)


@pytest.mark.tensorflow
@pytest.mark.parametrize(("outcome", "source"), CASES.values(), ids=list(CASES))
def test_what_comes_of_it(outcome: str, source: str) -> None:
    names: dict[str, object] = {"__name__": "reported_case"}
    code = compile(HEADER + source, "<case>", "exec", dont_inherit=True)
    exec(code, names)
    assert _outcome(names["run"]) == outcome


def _outcome(run: object) -> str:
    assert callable(run)
    try:
        run()
    except Exception as error:
        return type(error).__name__
    return "runs"
