"""Every entry of the table of operations: TensorFlow's call and its counterpart give the same numbers."""

from __future__ import annotations

import libcst as cst
import pytest

from flake8_keras_graph.rewrite.text.operation_table import TABLE
from flake8_keras_graph.rewrite.text.operations import convert, dtype_text

pytestmark = pytest.mark.tensorflow

# What a parameter is given; names are made in ``names`` below.
VALUES = {
    "input_tensor": "x", "input": "x", "tensor": "x", "features": "x", "logits": "x", "value": "x", "t": "x",
    "x": "x", "y": "y", "a": "x", "b": "y", "inputs": "[x, y]", "values": "[x, y]", "params": "x",
    "axis": "1", "keepdims": "True", "dtype": "'float32'", "shape": "[2, 3, 4]", "clip_value_min": "-0.5",
    "clip_value_max": "0.5", "indices": "[0, 2]", "depth": "4", "perm": "[1, 0]", "multiples": "[2, 1]",
    "repeats": "2", "num": "4", "k": "2", "sorted": "True", "ord": "2", "alpha": "0.1", "approximate": "True",
    "axes": "1", "condition": "x > 0",
}  # fmt: skip
# Where the general values do not fit the operation.
SPECIAL = {
    "acos": {"x": "x / 4"}, "asin": {"x": "x / 4"}, "math.acos": {"x": "x / 4"}, "math.asin": {"x": "x / 4"},
    "math.log": {"x": "abs(x)"}, "sqrt": {"x": "abs(x)"}, "math.sqrt": {"x": "abs(x)"},
    "math.log1p": {"x": "abs(x)"}, "math.rsqrt": {"x": "abs(x)"}, "pow": {"x": "abs(x)"},
    "math.pow": {"x": "abs(x)"}, "cast": {"dtype": "tf.int32"}, "reshape": {"shape": "[4, 3]"},
    "squeeze": {"input": "x[:, None]"}, "tensordot": {"b": "tf.transpose(y)"},
    "matmul": {"b": "tf.transpose(y)"}, "linalg.matmul": {"b": "tf.transpose(y)"},
    "reverse": {"axis": "[1]"}, "split": {"num_or_size_splits": "2"},
    "einsum": {"equation": "'ij,kj->ik'", "*inputs": "x, y"},
    "math.divide_no_nan": {"y": "tf.zeros_like(y)"}, "logical_not": {"x": "x > 0"},
}  # fmt: skip
for _name in ("logical_and", "logical_or", "math.logical_and", "math.logical_or"):
    SPECIAL[_name] = {"x": "x > 0", "y": "y > 0"}
SPECIAL["math.logical_not"] = SPECIAL["logical_not"]
for _name in ("reduce_all", "reduce_any", "math.reduce_all", "math.reduce_any"):
    SPECIAL[_name] = {"input_tensor": "x > 0"}
OPTIONAL = {
    "axis", "keepdims", "perm", "sorted", "ord", "alpha", "approximate", "num", "k", "dtype", "indices_or_sections",
}  # fmt: skip


def calls(name: str) -> list[str]:
    """A call with all parameters that have a counterpart, and one with the required ones only."""
    operation = TABLE[f"tf.{name}"]
    special = SPECIAL.get(name, {})
    full, least = [], []
    for given, wanted in operation.renamed:
        if wanted in "!-":
            continue
        value = special.get(given) or VALUES[given]
        positional = given.startswith("*") or (given == operation.renamed[0][0])
        full.append(value if positional else f"{given}={value}")
        required = given not in OPTIONAL or (name in ("cast", "concat", "expand_dims", "reverse", "repeat"))
        if required:
            least.append(value if positional or not full[:-1] else f"{given}={value}")
    return list(dict.fromkeys(f"tf.{name}({', '.join(arguments)})" for arguments in (full, least)))


@pytest.mark.parametrize("name", sorted(path.removeprefix("tf.") for path in TABLE))
def test_counterparts_agree(name):
    import keras
    import numpy as np
    import tensorflow as tf

    random = np.random.default_rng(0)
    names = {"tf": tf, "ops": keras.ops}
    names |= {key: tf.constant(random.normal(size=(3, 4)).astype("float32")) for key in ("x", "y")}
    agreed = 0
    for text in calls(name):
        call = cst.parse_expression(text)
        assert isinstance(call, cst.Call)
        converted = convert(call, f"tf.{name}", "ops")
        try:
            expected = eval(text, names)
        except (ValueError, TypeError, tf.errors.InvalidArgumentError):
            continue
        if converted is None:
            continue
        found = eval(cst.Module([]).code_for_node(converted), names)
        flat, other = tf.nest.flatten(expected), tf.nest.flatten(found)
        assert len(flat) == len(other), text
        for left, right in zip(flat, other, strict=True):
            left, right = tf.convert_to_tensor(left).numpy(), tf.convert_to_tensor(right).numpy()
            assert left.shape == right.shape, text
            np.testing.assert_allclose(left, right, rtol=1e-5, atol=1e-6, err_msg=text)
            if left.dtype.kind == "f":
                assert left.dtype == right.dtype, text
        agreed += 1
    assert agreed, f"no call of tf.{name} was converted"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tf.reduce_mean(x, 1, name='m')", "ops.mean(x, 1)"),
        ("tf.matmul(a, b, transpose_b=True)", "ops.matmul(a, ops.swapaxes(b, -1, -2))"),
        ("tf.matmul(a, b, adjoint_b=True)", None),
        ("tf.argmax(x)", "ops.argmax(x, axis=0)"),
        ("tf.gather(x, i, batch_dims=1)", None),
        ("tf.split(x, [1, 3])", None),
        ("tf.cumsum(x, exclusive=True)", None),
        ("tf.unknown(x)", None),
    ],
)
def test_calls_are_written_or_left(text, expected):
    call = cst.parse_expression(text)
    assert isinstance(call, cst.Call)
    path = "tf." + cst.Module([]).code_for_node(call.func).removeprefix("tf.")
    converted = convert(call, path, "ops")
    assert (None if converted is None else cst.Module([]).code_for_node(converted)) == expected


def test_dtypes():
    assert dtype_text("tf.float32") == '"float32"'
    assert dtype_text("tf.nn") == ""
