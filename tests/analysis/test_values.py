"""What values answer when they are asked, and a part of the interpreter on its own."""

from __future__ import annotations

import libcst as cst
import pytest

from flake8_keras_graph.analysis import events
from flake8_keras_graph.analysis.interpreter.expressions.operators import Operators
from flake8_keras_graph.analysis.interpreter.frame import Frame
from flake8_keras_graph.analysis.interpreter.recorder import Recorder
from flake8_keras_graph.analysis.values import (
    NONE,
    STATIC,
    UNKNOWN,
    Arguments,
    Dim,
    External,
    Mapping,
    Range,
    Seq,
    Shape,
    Static,
    Tensor,
    Tensors,
    Union,
    Value,
    compare,
    constant,
    operate,
)
from flake8_keras_graph.project.project import Project

X = Tensor(True)
INPUTS = Tensors(True)
BATCH = Dim("static", True)
PAIR = Seq("tuple", (constant(1), X))
EMPTY = Seq("list", ())


@pytest.mark.parametrize(
    ("value", "item"),
    [
        (UNKNOWN, UNKNOWN),
        (X, Tensor()),
        (INPUTS, Tensors(True, True)),
        (Seq("list", None, X), X),
        (Seq("tuple", (X, X)), X),
        (PAIR, Union(frozenset({constant(1), X}))),
        (EMPTY, UNKNOWN),
        (Mapping((("a", X),)), constant("a")),
        (Mapping((("a", X),), X), UNKNOWN),
        (Range(3), Static(type="int")),
        (Range(None, True), Static(type="int", source="shape")),
        (Shape("static", True), Dim("static")),
        (Static(source="training"), Static(source="training")),
        (NONE, UNKNOWN),
        (Union(frozenset({X, Seq("list", None, Tensor())})), Tensor()),
    ],
)
def test_an_item_of_iterating(value: Value, item: Value) -> None:
    assert value.iterated() == item


@pytest.mark.parametrize(
    ("value", "index", "item"),
    [
        (PAIR, constant(1), X),
        (PAIR, constant(-1), X),
        (PAIR, constant(2), UNKNOWN),
        (PAIR, Seq("slice", (constant(1), NONE, NONE)), Seq("tuple", (X,))),
        (PAIR, Seq("slice", (NONE, NONE, constant(0))), UNKNOWN),
        (PAIR, UNKNOWN, UNKNOWN),
        (Seq("list", None, X), BATCH, X),
        (Mapping((("a", X),)), constant("a"), X),
        (Mapping((("a", X),)), constant("b"), UNKNOWN),
        (Mapping((("a", X),), STATIC), constant("b"), STATIC),
        (X, Seq("slice", (NONE, NONE, NONE)), X),
        (X, constant(0), Tensor()),
        (X, Seq("tuple", (Seq("slice", (NONE, NONE, NONE)), constant(0))), X),
        (INPUTS, NONE, Tensor(from_data=True)),
        (INPUTS, constant(0), INPUTS),
        (Shape("static", True), constant(0), BATCH),
        (Shape("static", True), constant(False), Dim("static")),
        (Shape("static", True), constant(1), Dim("static")),
        (Shape("ops", True), constant(0), Tensor(rank=0)),
        (Shape("static", True), Seq("slice", (constant(1), NONE, NONE)), Shape("static", False, 1)),
        (Shape("static", True), Seq("slice", (NONE, constant(1), NONE)), Shape("static", True)),
    ],
)
def test_items(value: Value, index: Value, item: Value) -> None:
    assert value.item(index) == item


@pytest.mark.parametrize(
    ("left", "sign", "right", "result"),
    [
        (X, "+", STATIC, X),
        (STATIC, "-", X, X),
        (X, "+", UNKNOWN, Tensor()),
        (X, "@", UNKNOWN, X),
        (UNKNOWN, "@", X, Tensor()),
        (INPUTS, "*", constant(2), Tensor(True, from_data=True)),
        (INPUTS, "+", PAIR, UNKNOWN),
        (PAIR, "+", Seq("tuple", ()), PAIR),
        (Seq("tuple", ()), "+", PAIR, PAIR),
        (Seq("list", None, X), "+", Seq("list", (STATIC,)), Seq("list", None, Union(frozenset({X, STATIC})))),
        (constant(2), "*", Seq("list", (X,)), Seq("list", None, X)),
        (constant(3), "//", constant(2), constant(1)),
        (constant(3), "//", constant(0), STATIC),
        (constant("a"), "+", UNKNOWN, Static(type="str")),
        (UNKNOWN, "+", constant("a"), UNKNOWN),
        (Dim("ops"), "*", constant(2), Dim("ops")),
        (Dim("static"), "*", Dim("ops"), Dim("ops")),
        (Shape("static", True), "+", PAIR, Shape("static", True)),
        (PAIR, "+", Shape("static", True), UNKNOWN),
        (Mapping((("a", X),)), "|", Mapping((("b", X),)), Mapping((("a", X), ("b", X)))),
        (External(name="keras.layers.Dense"), "+", constant(1), UNKNOWN),
    ],
)
def test_operators(left: Value, sign: str, right: Value, result: Value) -> None:
    assert operate(sign, left, right) == result


@pytest.mark.parametrize(
    ("left", "sign", "right", "result"),
    [
        (NONE, "==", NONE, constant(True)),
        (NONE, "!=", X, Static(type="bool")),
        (X, "==", BATCH, Static(type="bool")),
        (X, ">", constant(0), X),
        (constant(0), "<", X, X),
        (INPUTS, "==", UNKNOWN, UNKNOWN),
        (INPUTS, ">", UNKNOWN, UNKNOWN),
        (INPUTS, ">", constant(0), Tensor(True, from_data=True)),
        (Dim("ops"), "==", constant(1), Dim("ops")),
        (BATCH, "==", constant(1), Static(source="shape", type="bool")),
        (constant(1), "<", constant(2), constant(True)),
        (constant(2), ">", constant(1), constant(True)),
        (constant(1), "<", constant("a"), STATIC),
        (UNKNOWN, "==", PAIR, UNKNOWN),
        (PAIR, "==", PAIR, Static(type="bool")),
    ],
)
def test_comparisons(left: Value, sign: str, right: Value, result: Value) -> None:
    assert compare(sign, left, right) == result


@pytest.mark.parametrize(
    ("receiver", "name", "given", "after", "result"),
    [
        (EMPTY, "append", (X,), Seq("list", (X,)), NONE),
        (Seq("list", (X,)), "insert", (constant(0), STATIC), Seq("list", (STATIC, X)), NONE),
        (Seq("list", (X,)), "extend", (Seq("list", (STATIC,)),), Seq("list", (X, STATIC)), NONE),
        (Seq("list", (STATIC, X)), "pop", (), Seq("list", (STATIC,)), X),
        (Seq("list", (X, X)), "pop", (constant(0),), Seq("list", None, X), X),
        (Mapping((("a", X),)), "get", (constant("a"),), None, X),
        (Mapping((("a", X),)), "get", (constant("b"), STATIC), None, STATIC),
        (Mapping(), "update", (Mapping((("a", X),)),), Mapping((("a", X),)), NONE),
        (Shape("static", True), "as_list", (), None, Shape("static", True)),
        (UNKNOWN, "anything", (), None, UNKNOWN),
    ],
)
def test_methods(receiver: Value, name: str, given: tuple[Value, ...], after: Value | None, result: Value) -> None:
    called = receiver.call_method(name, Arguments(given), repeated=False)
    assert (called.after, called.result) == (after, result)


class Evaluator:
    """Names stand for the values under them; nothing else is evaluated."""

    def __init__(self, **names: Value) -> None:
        self.names = names

    def evaluate(self, frame: Frame, node: cst.BaseExpression) -> Value:
        assert isinstance(node, cst.Name)
        return self.names[node.value]


class Formatter:
    def percent(self, *anything: object) -> Value:
        raise AssertionError

    def format_call(self, *anything: object) -> Value:
        raise AssertionError


@pytest.mark.parametrize(
    ("code", "result", "refused"),
    [
        ("x + n", Tensor(True), []),
        ("x + b", Tensor(True), ["b"]),
        ("b * n", UNKNOWN, ["b"]),
        ("x > b", Tensor(True), ["b"]),
        ("x == b", Static(type="bool"), []),
        ("b > n", UNKNOWN, ["b"]),
        ("b == n", Static(source="shape", type="bool"), []),
    ],
)
def test_operators_need_an_evaluator_alone(code: str, result: Value, refused: list[str]) -> None:
    recorder = Recorder()
    operators = Operators(recorder)
    operators.connect(Evaluator(x=X, b=BATCH, n=constant(2)), Formatter())
    module = Project().add("m.py", "")
    place = events.Place(None, None, None, None, "call")  # type: ignore[arg-type]
    frame = Frame(module, place, {})
    node = cst.parse_expression(code)
    found = (
        operators.evaluate_binary(frame, node)
        if isinstance(node, cst.BinaryOperation)
        else operators.evaluate_comparison(frame, node)
    )  # type: ignore[arg-type]
    assert found == result
    assert [event.operand.value for event in recorder.events] == refused  # type: ignore[attr-defined]
