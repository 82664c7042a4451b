"""What docstrings and comments say of inputs."""

from __future__ import annotations

from typing import Any

import pytest

from flake8_keras_graph.measure.worker.build.docstrings import inputs_in_docs


def _table(*shape: int) -> dict[str, Any]:
    return {"shape": list(shape), "dtype": "float32"}


_TOKENS = {"shape": [8], "dtype": "int32", "low": 0, "high": 16}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x: Tensor of shape (batch, steps, dim)", {"x": _table(16, 8)}),
        ("x: [batch_size, seq_len, 512] tensor", {"x": _table(16, 512)}),
        ("x (tf.Tensor): features.\n    Of shape `(B, H, W, 3)`.", {"x": _table(32, 32, 3)}),
        (":param x: a tensor with shape [None, 10]", {"x": _table(10)}),
        ("- x: int tensor of shape (batch, length)", {"x": _TOKENS}),
        ("Input shape:\n    3D tensor with shape `(batch, steps, channels)`.", {"x": _table(16, 8)}),
        ("Expects a tensor of shape (N, 7).", {"x": _table(7)}),
        ("x: node features of shape ([batch], nodes, features)", {"x": _table(16, 8)}),
        ("x: list of `[query, value]`\n- query: of shape (B, T, 5)\n- value: of shape (B, 6)", {"x": [_table(16, 5), _table(6)]}),
        ("x: list of [a, b, c]", {"x": [_table(16)] * 3}),
        ("x: of shape (batch, 5)\ny: of shape (batch, 6)", {"x": _table(5), "y": _table(6)}),
        ("Returns:\n    a tensor of shape (batch, 3)", {}),
        ("Output shape: (batch, 3)", {}),
        ("x: node features of shape (nodes, features)", {}),
        ("x: the input (see the paper, section 3)", {}),
        ("It adds x, y and z (or not).", {}),
        ("", {}),
    ],
)  # fmt: skip
def test_shapes(text: str, expected: dict[str, Any]) -> None:
    namespace: dict[str, Any] = {}
    exec(f"class Net:\n    def call(self, x, y=None):\n        {text!r}\n", namespace)
    namespace["Net"].call.__doc__ = text
    assert inputs_in_docs(namespace["Net"](), ["x", "y"]) == expected


class Commented:
    """It has none."""

    def call(
        self,
        x: Any,  # (batch, 4, 5)
        y: Any,  # y: tensor of (batch, 6)
    ) -> Any:
        return x


def test_comments() -> None:
    assert inputs_in_docs(Commented(), ["x", "y"]) == {"x": _table(4, 5), "y": _table(6)}
