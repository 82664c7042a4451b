"""When two sets of arrays count as equal. Needs NumPy only."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from flake8_keras_graph.measure.worker.compare.equivalence import compare_arrays, matchings, tolerance


def _array(*values: float, dtype: str = "float32") -> Any:
    return np.array(values, dtype=dtype)


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [
        (_array(1, 2), _array(1, 2), True),
        (_array(1000, 0), _array(1000, 1e-4), True),  # rounding, against the largest magnitude
        (_array(1, 2), _array(1, 2.001), False),
        (_array(1, float("nan")), _array(1, float("nan")), True),
        (_array(1, float("nan")), _array(1, 2), False),
        (_array(1, float("inf")), _array(1, float("-inf")), False),
        (_array(float("nan")), _array(float("nan")), False),  # nothing can be compared
        (_array(1), _array(1, 1), False),
        (_array(1), _array(1, dtype="float64"), False),
        (_array(1, 2, dtype="int32"), _array(1, 3, dtype="int32"), False),
        (_array(1, 2, dtype="bool"), _array(1, 1, dtype="bool"), True),
        (np.array([b"a"]), np.array([b"b"]), False),
        (_array(), _array(), True),
    ],
)
def test_arrays(left: Any, right: Any, equal: bool) -> None:
    assert compare_arrays([left], [right], "outputs").equal is equal


def test_the_largest_error_is_told() -> None:
    found = compare_arrays([_array(1, 1000)], [_array(1, 1000.0001)], "outputs")
    assert found.max_error == pytest.approx(2.0**-13)


def test_numbers_of_tensors_must_agree() -> None:
    found = compare_arrays([_array(1)], [], "outputs")
    assert (found.equal, found.max_error) == (False, None)


def test_tolerance_is_of_the_type() -> None:
    assert tolerance("float64") < tolerance("float32") < tolerance("float16")
    assert tolerance("float32") == pytest.approx(100 * 2.0**-24)
    assert tolerance("int64") == 0


class Variable:
    """As much of a tf.Variable as matching looks at."""

    def __init__(self, name: str, shape: tuple[int, ...], dtype: str = "float32") -> None:
        self.name, self.shape = name, shape
        self.dtype = np.dtype(dtype)


def _first(left: list[Variable], right: list[Variable]) -> list[tuple[str, str]] | None:
    pairs = next(iter(matchings(left, right)), None)
    return None if pairs is None else [(a.name, b.name) for a, b in pairs]


def test_variables_match_in_order_of_creation() -> None:
    left = [Variable("a", (2, 3)), Variable("b", (3,))]
    assert _first(left, [Variable("c", (2, 3)), Variable("d", (3,))]) == [("a", "c"), ("b", "d")]


def test_variables_match_by_name_where_the_order_differs() -> None:
    left = [Variable("m/one/kernel", (2, 2)), Variable("m/two/bias", (2,))]
    right = [Variable("f/two/bias", (2,)), Variable("f/one/kernel", (2, 2))]
    assert _first(left, right) == [("m/one/kernel", "f/one/kernel"), ("m/two/bias", "f/two/bias")]


def test_a_seed_too_many_does_not_matter() -> None:
    left = [Variable("a", (2, 3))]
    right = [Variable("seed", (2,), "uint32"), Variable("b", (2, 3))]
    assert _first(left, right) == [("a", "b")]


def test_other_shapes_do_not_match() -> None:
    assert _first([Variable("a", (2, 3))], [Variable("b", (3, 2))]) is None
    assert _first([Variable("a", (2,))], [Variable("b", (2,)), Variable("c", (2,))]) is None
