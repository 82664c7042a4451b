"""Records to JSON and back, and data that is not what a record holds."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flake8_keras_graph.records import (
    Comparison,
    Finding,
    FindingEvidence,
    FindingResult,
    Fix,
    ModelResult,
    RankedFinding,
    Report,
    RuleInfo,
    Trial,
)
from flake8_keras_graph.results.codec import CodecError, decode, encode

COMPARISON: dict[str, Any] = {
    "original": "as written",
    "rewrite": "functional",
    "mode": "graph",
    "step": "train",
    "ratio": 1.25,
    "low": None,
    "high": 2,
    "verdict": "slower",
    "same_graph": False,
    "max_error": 0.0,
}

# Few digits, so that the digits that are kept lose nothing.
NUMBERS = st.integers(-799, 799).map(lambda number: number / 8)
OBJECTS = st.dictionaries(st.text(max_size=3), st.none() | st.booleans() | st.text(max_size=3), max_size=3)


def every_field(kind: type[Any], **given_fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    inferred = {field.name: ... for field in dataclasses.fields(kind)}
    return st.builds(kind, **{**inferred, **given_fields})


st.register_type_strategy(float, NUMBERS)
for record in (Comparison, Trial, FindingResult, Fix, FindingEvidence, Finding, RuleInfo, RankedFinding):
    st.register_type_strategy(record, every_field(record))
st.register_type_strategy(
    ModelResult, every_field(ModelResult, spec=st.none() | OBJECTS, compiled=OBJECTS, environment=OBJECTS)
)
st.register_type_strategy(Report, every_field(Report, environment=OBJECTS))


@pytest.mark.parametrize("kind", [ModelResult, Finding])
@given(data=st.data())
@settings(max_examples=50, deadline=None)
def test_there_and_back(kind: type, data: st.DataObject) -> None:
    record = data.draw(st.from_type(kind))
    assert decode(kind, json.loads(json.dumps(encode(record)))) == record


def test_digits_and_what_json_cannot_hold() -> None:
    trial = Trial("as written", "graph", "train", (0.123456789, float("nan")), 10)
    assert encode(trial)["seconds"] == [0.12346, None]


def test_unknown_fields_are_passed_over() -> None:
    assert decode(Comparison, {**COMPARISON, "later": 1}) == decode(Comparison, COMPARISON)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"ratio": "1.25"}, "ratio cannot be '1.25'"),
        ({"ratio": True}, "ratio cannot be 'True'"),
        ({"mode": "sideways"}, "mode cannot be 'sideways'"),
        ({"mode": ["graph"]}, "mode cannot be"),
        ({"original": None}, "original cannot be 'None'"),
        ({"same_graph": 1}, "same_graph cannot be '1'"),
        ({"warnings": "w"}, "warnings cannot be 'w'"),
        ({"warnings": [1]}, "warnings cannot be '1'"),
    ],
)
def test_wrong_type(change: dict[str, Any], told: str) -> None:
    with pytest.raises(CodecError, match=told):
        decode(Comparison, {**COMPARISON, **change})


def test_missing_field() -> None:
    del (data := dict(COMPARISON))["verdict"]
    with pytest.raises(CodecError, match=r"Comparison\.verdict is missing"):
        decode(Comparison, data)


@pytest.mark.parametrize("data", [None, [], "x", 1])
def test_no_object(data: Any) -> None:
    with pytest.raises(CodecError, match="must be an object"):
        decode(Comparison, data)
