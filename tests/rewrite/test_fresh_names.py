"""Names that a rewrite adds."""

from __future__ import annotations

import pytest

from flake8_keras_graph.rewrite.text.fresh_names import fresh_name


@pytest.mark.parametrize(
    ("taken", "wanted", "expected"),
    [
        ("", ["x"], "x"),
        ("x", ["x"], "x_2"),
        ("x x_2", ["x"], "x_3"),
        ("x", ["x", "x_layer"], "x_layer"),
        ("x x_layer", ["x", "x_layer"], "x_2"),
        ("Branch Branch2", ["Branch"], "Branch3"),
        ("", ["lambda"], "lambda_2"),
        ("", ["sum"], "sum_2"),
        ("", ["2d", "d"], "d"),
        ("d", ["2d", "d"], "_2d_2"),
        ("x", ["nested[0]"], "nested_0_2"),
        ("x", ["self.a()"], "self_a_2"),
        ("x", ["[]"], "__2"),
    ],
)
def test_fresh_name(taken: str, wanted: list[str], expected: str) -> None:
    assert fresh_name(set(taken.split()), *wanted) == expected
