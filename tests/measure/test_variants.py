"""Which rewrites are asked for, with rewriters that do simple things to the text."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from flake8_keras_graph.analysis.reading import FileReading, read_file
from flake8_keras_graph.config import Options
from flake8_keras_graph.measure.parent.variants import Rewriters, make_variants
from flake8_keras_graph.records import Edit, Finding, Fix, Span, WeightJoin
from flake8_keras_graph.rewrite.text.edits import apply

TEXT = "one\ntwo\nthree\n"
READING = read_file("m.py", TEXT, Options())


@dataclasses.dataclass(frozen=True)
class Rewrite:
    source: str | None
    name: str = "build"
    inputs: tuple[str, ...] = ("x",)
    refusals: tuple[Any, ...] = ()


@dataclasses.dataclass(frozen=True)
class Refusal:
    line: int
    reason: str


def _finding(code: str, line: int) -> Finding:
    return Finding(code, "", "m.py", Span(line, 0, line, 3), "Net", "note")


def _upper(findings: Sequence[Finding], reading: FileReading) -> list[Finding]:
    """A fix for every finding but those of KG9: its first three characters in capitals."""
    lines = reading.text.splitlines()
    return [
        f
        if f.code.startswith("KG9")
        else dataclasses.replace(f, fix=Fix((Edit(f.span, lines[f.span.line - 1][:3].upper()),), "safe"))
        for f in findings
    ]


def _build(reading: FileReading, symbol: str) -> Rewrite:
    return Rewrite(f"def build(x): {reading.text!r}")


def _refuse(reading: FileReading, symbol: str) -> Rewrite:
    text = reading.text
    return Rewrite(f"built from {text!r}") if "ONE" in text else Rewrite(None, refusals=(Refusal(1, "a loop"),))


def _raise(*_: Any) -> Any:
    raise RecursionError("too deep")


def test_each_finding_alone_and_all_together() -> None:
    made = make_variants(READING, "Net", [_finding("KG101", 1), _finding("KG301", 2)], Rewriters(_build, _upper, apply))
    texts = {a["name"]: a["text"] for a in made.asked if a["kind"] == "text"}
    assert texts == {
        "fixed KG101:1": "ONE\ntwo\nthree\n",
        "fixed KG301:2": "one\nTWO\nthree\n",
        "all fixed": "ONE\nTWO\nthree\n",
    }
    assert made.fixed["all fixed"] == ("KG101:1", "KG301:2")


def test_one_fix_needs_no_all_fixed() -> None:
    made = make_variants(READING, "Net", [_finding("KG101", 1), _finding("KG901", 2)], Rewriters(_build, _upper, apply))
    assert [a["name"] for a in made.asked if a["kind"] == "text"] == ["fixed KG101:1"]


def test_the_functional_builder_is_tried_on_the_text_and_then_on_the_fixed_one() -> None:
    made = make_variants(READING, "Net", [_finding("KG101", 1)], Rewriters(_build, _upper, apply))
    functional = [a["text"] for a in made.asked if a["name"] == "functional"]
    assert functional == [None, "ONE\ntwo\nthree\n"]


def test_a_refusal_is_told_and_the_fixed_text_may_do() -> None:
    made = make_variants(READING, "Net", [_finding("KG101", 1)], Rewriters(_refuse, _upper, apply))
    assert made.refusals == ("functional: line 1: a loop",)
    assert [a["source"] for a in made.asked if a["name"] == "functional"] == ["built from 'ONE\\ntwo\\nthree\\n'"]


def test_fixes_that_touch_the_same_text_are_not_combined() -> None:
    made = make_variants(READING, "Net", [_finding("KG101", 1), _finding("KG102", 1)], Rewriters(_build, _upper, apply))
    names = [a["name"] for a in made.asked if a["kind"] == "text"]
    assert names == ["fixed KG101:1", "fixed KG102:1", "all fixed"]  # the same edit twice is one edit


def test_a_rewriter_that_fails_is_a_refusal() -> None:
    made = make_variants(READING, "Net", [_finding("KG101", 1)], Rewriters(_raise, _raise, apply))
    assert made.asked == ()
    assert made.refusals == ("no fix: RecursionError: too deep", "functional: RecursionError: too deep")


def test_the_builder_knows_the_file() -> None:
    """Bases and layers of other files are found from there, in one project, and the options hold."""
    seen = []

    def build(reading: FileReading, symbol: str) -> Rewrite:
        seen.append((symbol, reading.path, reading.options.keras, id(reading.project)))
        return _build(reading, symbol)

    reading = read_file("pkg/m.py", TEXT, Options(keras="2"))
    make_variants(reading, "Net", [_finding("KG101", 1)], Rewriters(build, _upper, apply))
    assert set(seen) == {("Net", "pkg/m.py", "2", id(reading.project))}


@dataclasses.dataclass(frozen=True)
class Remedied:
    title: str
    text: str
    joined: tuple[WeightJoin, ...] = ()
    eagerly: bool = False


def _remedies(reading: FileReading) -> Any:
    """Two ways for KG901, none for KG902, and KG903 fails; no other finding has one."""
    made = [Remedied("wider", "WIDE\n", (WeightJoin(("a",), ("b",)),)), Remedied("wider", "WIDER\n", eagerly=True)]
    return lambda finding: (
        {"KG901": made, "KG902": "too odd"}.get(finding.code, "") if finding.code != "KG903" else 1 / 0
    )


def test_what_has_no_fix_is_compared_with_its_remedy() -> None:
    """In all the ways that it is made; a fix is itself the remedy."""
    findings = [_finding(code, 1) for code in ("KG101", "KG901", "KG902", "KG903")]
    findings = [dataclasses.replace(finding, remedy="fused heads") for finding in findings]
    made = make_variants(READING, "Net", findings, Rewriters(_build, _upper, apply, _remedies), functional=False)
    asked = [(a["name"], a["text"], a["clears"], len(a.get("joined", ())), a["eagerly"]) for a in made.asked]
    assert asked == [
        ("fixed KG101:1", "ONE\ntwo\nthree\n", ["KG101:1"], 0, False),
        ("wider (KG901:1)", "WIDE\n", ["KG901:1"], 1, False),
        ("wider (KG901:1)", "WIDER\n", ["KG901:1"], 0, True),
    ]
    assert made.asked[1]["joined"] == [{"layers": ("a",), "into": ("b",)}]
    assert made.asked[1]["source"].endswith("+WIDE\n")
    assert made.refusals == (
        "remedy of KG902:1: too odd",
        "remedy of KG903:1: ZeroDivisionError: division by zero",
    )
    assert [made.remedies_of(finding) for finding in findings[:3]] == [
        ("fixed KG101:1",),
        ("fixed KG901:1", "wider (KG901:1)"),
        ("fixed KG902:1",),
    ]


def test_a_fix_is_run_eagerly_where_its_remedy_is() -> None:
    finding = dataclasses.replace(_finding("KG101", 1), remedy="function made once")
    rewriters = Rewriters(_build, _upper, apply, eager_remedies=frozenset({"function made once"}))
    [asked] = make_variants(READING, "Net", [finding], rewriters, functional=False).asked
    assert asked["eagerly"] is True
