"""Failures of compiling as findings: at their line, unless a finding tells them already."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from flake8_keras_graph.measure.parent.collected import Collected
from flake8_keras_graph.measure.parent.host import Ending
from flake8_keras_graph.measure.parent.session_events import Target
from flake8_keras_graph.measure.parent.variants import Variants
from flake8_keras_graph.records import CodePlace, FindingResult

SOURCE = """\
import keras


class Net(keras.Model):
    def call(self, x):
        if self.holds(x):
            x = x * 2
        return x


class Child(Net):
    pass
"""
WORKS = {"works": True}


def fails(line: int | None, kind: str = "TypeError") -> dict[str, Any]:
    return {"works": False, "error": {"type": kind, "message": "no", "line": line}}


def found(
    folder: Path, compiled: dict[tuple[str, str], Any], detail: str = "", guessed: bool = False, symbol: str = "Net"
) -> list[FindingResult]:
    """What the result of a class says of it besides a KG101 at line 6."""
    path = folder / "m.py"
    path.write_text(SOURCE)
    collected = Collected(Target(str(path), symbol, "model", 3), Variants((), (), {}))
    known = FindingResult("KG101", 0, 6, 8, "confirmed", detail)
    for (step, mode), what in compiled.items():
        list(collected.keep({"event": "compiled", "step": step, "mode": mode, "what": what}))
    list(collected.keep({"event": "spec", "spec": {"guessed": guessed}}))
    list(collected.keep({"event": "finding", "finding": vars_of(known)}))
    first, *others = collected.result(Ending("done"), folder).findings
    assert first.code == "KG101"
    return others


def vars_of(result: FindingResult) -> dict[str, Any]:
    return {name: getattr(result, name) for name in result.__dataclass_fields__}


@pytest.mark.parametrize(
    ("compiled", "told"),
    [
        ({("forward", "graph"): WORKS, ("train", "graph"): WORKS, ("train", "fit"): WORKS}, []),
        ({("forward", "graph"): fails(6)}, ["6 error compiled as fit compiles, it raises TypeError: no"]),
        (
            {("forward", "graph"): fails(6), ("train", "graph"): fails(6)},
            ["6 error compiled as fit compiles, it raises"],
        ),
        (
            {("train", "graph"): fails(8), ("forward", "graph"): fails(6, "ValueError")},
            ["6 error compiled as fit compiles, it raises ValueError", "8 error compiled as fit compiles, it raises"],
        ),
        ({("forward", "graph"): WORKS, ("train", "fit"): fails(7)}, ["7 error in fit it raises TypeError: no"]),
        ({("forward", "graph"): fails(6), ("forward", "xla"): fails(7)}, ["6 error compiled as fit compiles,"]),
        ({("train", "xla"): fails(7)}, ["7 warning compiled by XLA, as fit does on a GPU, it raises TypeError: no"]),
        ({("train", "xla"): fails(None)}, ["5 warning compiled by XLA,"]),  # at its call
        ({("forward", "graph"): {"works": False, "error": "forged"}}, []),
    ],
)
def test_findings(tmp_path: Path, compiled: dict[tuple[str, str], Any], told: list[str]) -> None:
    results = found(tmp_path, compiled)
    said = [f"{r.line} {r.ran_into.level} {r.detail}" for r in results if r.ran_into]
    assert len(said) == len(told)
    assert all(each.startswith(start) for each, start in zip(said, told, strict=True)), said
    assert [(r.code, r.ordinal, r.status) for r in results] == [("KG001", n, "confirmed") for n in range(len(told))]


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({}, 1),
        ({"guessed": True}, 0),
        ({"detail": "compiled as fit compiles, it raises TypeError at line 6: no; a tensor"}, 0),
        ({"detail": "a tensor"}, 1),
    ],
)
def test_not_what_is_guessed_or_told(tmp_path: Path, more: dict[str, Any], told: int) -> None:
    assert len(found(tmp_path, {("forward", "graph"): fails(6)}, **more)) == told


def test_an_inherited_call_is_told_at_the_class(tmp_path: Path) -> None:
    (result,) = found(tmp_path, {("forward", "graph"): fails(None)}, symbol="Child")
    assert result.ran_into is not None
    assert (result.line, result.ran_into.place) == (11, CodePlace("Child"))
