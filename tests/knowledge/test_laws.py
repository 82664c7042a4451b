"""What the flags say of functions is tried on the installed libraries: laws of elements, numbers, dtypes and draws."""

from __future__ import annotations

import collections
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

pytest.importorskip("tensorflow")

import keras
import tensorflow as tf
from sampling import entries, laws, probe

from flake8_keras_graph import knowledge

pytestmark = pytest.mark.tensorflow

_TENSORS = ("tensor", "batched", "broadcast")


def _by_namespace() -> dict[str, list[knowledge.ApiRecord]]:
    found: dict[str, list[knowledge.ApiRecord]] = collections.defaultdict(list)
    for each in entries.all_records():
        if each.name.startswith(("tf.", "keras.")) and each.kind == "function" and each.returns in _TENSORS:
            found[each.name.rpartition(".")[0]].append(each)
    return dict(found)


NAMESPACES = _by_namespace()
# They would obey the law on the samples, but it is none of theirs.
NOT_ELEMENTWISE = {
    "a scatter that hits the first row": """
        keras.ops.scatter_update tf.tensor_scatter_nd_max tf.tensor_scatter_nd_min tf.tensor_scatter_nd_update""",
    "a type of its own for what is quantized": "tf.quantization.dequantize",
    "values that nobody set": "keras.ops.empty_like tf.experimental.numpy.empty_like",
}
NO_REDUCTION = {"a clock": "tf.timestamp", "a string": "tf.io.serialize_tensor", "not of elements": "tf.rank"}
# Elementwise with three arguments only.
_WITHOUT_CALLS = {"tf.where", "keras.ops.where"}


def _left_out(reasons: dict[str, str]) -> set[str]:
    return {name for block in reasons.values() for name in block.split()}


def _obeys_elements(found: knowledge.ApiRecord) -> bool:
    tried = [laws.is_elementwise(*each) for each in laws.results(found.name) if laws.names_arrays(each[1])]
    return bool(tried) and all(tried)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("namespace", sorted(NAMESPACES))
def test_elements_are_computed_alone(namespace: str) -> None:
    known = {each.name for each in NAMESPACES[namespace] if "elementwise" in each.flags} - _WITHOUT_CALLS
    candidates = [each for each in NAMESPACES[namespace] if each.returns != "tensor"]
    obeying = {each.name for each in candidates if _obeys_elements(each)}
    assert obeying - _left_out(NOT_ELEMENTWISE) == known


@pytest.mark.parametrize("name", sorted(_WITHOUT_CALLS))
def test_where_with_three_arguments_is_elementwise(name: str) -> None:
    function = probe.resolve(name)
    assert laws.is_elementwise(function, "x > 0.5, x, y", laws.call(function, "x > 0.5, x, y", laws.WHOLE))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("namespace", sorted(NAMESPACES))
def test_reductions_make_one_number(namespace: str) -> None:
    known = {each.name for each in NAMESPACES[namespace] if "reduction" in each.flags}
    obeying = set()
    for each in NAMESPACES[namespace]:
        tried = [laws.is_one_number(*result) for result in laws.results(each.name) if result[1] in {"x", "b", "i"}]
        if each.returns == "tensor" and tried and all(tried):
            obeying.add(each.name)
    assert obeying - _left_out(NO_REDUCTION) == known


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("namespace", sorted(NAMESPACES))
def test_dtypes(namespace: str) -> None:
    booleans, problems = set(), []
    for each in NAMESPACES[namespace]:
        kinds = {result.dtype.kind for _, _, result in laws.results(each.name)}
        if kinds == {"b"}:
            booleans.add(each.name)
        if "integers" in each.flags and not kinds <= {"i", "u"}:
            problems.append(f"{each.name} gives {kinds}")
    assert booleans == {each.name for each in NAMESPACES[namespace] if "boolean" in each.flags}
    assert not problems


def _differs(function: Any, pattern: str, result: np.ndarray, tries: int) -> bool:
    """Whether another call gives something else; a shuffle of few values may leave them as they are."""
    return any(not laws.is_same(result, laws.call(function, pattern, laws.WHOLE)) for _ in range(tries))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("namespace", sorted(NAMESPACES))
def test_draws(namespace: str) -> None:
    """Two calls differ; those of the others do not, unless they change a variable."""
    problems = []
    for each in NAMESPACES[namespace]:
        draws = "draws" in each.flags
        differ = [
            _differs(*result, 10 if draws else 1)
            for result in laws.results(each.name)
            if "variable" not in result[1] and each.name not in _left_out(NO_REDUCTION)
        ]
        if differ and any(differ) != draws:
            problems.append(f"{each.name} {'does not draw' if draws else 'draws'}")
    assert not problems


@pytest.mark.parametrize("name", sorted(knowledge.names_where("grows")))
def test_what_grows_holds_all_elements(name: str) -> None:
    given = "x, y" if name.endswith(".append") else "[x, y], 0" if name == "tf.concat" else "[x, y]"
    for function in probe.implementations(name):
        assert laws.call(function, given, laws.WHOLE).size == 24


@pytest.mark.parametrize("name", sorted(knowledge.names_where("stacks")))
def test_what_stacks(name: str) -> None:
    for function in probe.implementations(name):
        assert laws.call(function, "[x, y]", laws.WHOLE).shape == (2, 3, 4)


@pytest.mark.parametrize("name", sorted(knowledge.names_where("range")))
def test_what_counts(name: str) -> None:
    for function in probe.implementations(name):
        for arguments in ((3,), (1, 4), (1, 7, 2)):
            assert list(np.asarray(function(*arguments))) == list(range(*arguments))


_DENSE_CALLS = {"cast": (lambda f, x: f(x, "float32")), "where": (lambda f, x: f(x > 0, x, x))}


@pytest.mark.parametrize("name", sorted(knowledge.names_where("dense")))
def test_what_is_never_marked_as_sparse(name: str) -> None:
    short = name.rpartition(".")[2]
    marked, plain = keras.KerasTensor((None, 4), sparse=True), keras.KerasTensor((None, 4))
    function = probe.resolve(name)
    if short in _DENSE_CALLS:
        given = [_DENSE_CALLS[short](function, marked)]
    elif short == "relu":
        given = [function(marked)]
    elif short == "concatenate":
        given = [function([marked, plain])]
    else:
        given = [function(marked, plain), function(marked, 2.0), function(2.0, marked)]
    assert [each.sparse for each in given] == [False] * len(given)


def test_data_dependent() -> None:
    def trace(x: Any) -> Any:
        mask = x > 0
        for name in sorted(knowledge.names_where("data-dependent")):  # noqa: KG203
            arguments = (x, mask) if name == "tf.boolean_mask" else (mask,) if "nonzero" in name else (x[:, 0],)
            first = tf.nest.flatten(probe.resolve(name)(*arguments))[0]
            assert first.shape[0] is None, name
        return x

    tf.function(trace, autograph=False).get_concrete_function(tf.TensorSpec((5, 3), tf.float32))


@pytest.mark.parametrize("name", sorted(knowledge.names_where("tensor-test")))
def test_what_tells_tensors(name: str) -> None:
    function = probe.resolve(name)
    assert function(tf.ones(2))
    assert not function([1.0])


@pytest.mark.parametrize("name", sorted(knowledge.names_where("host-read")))
def test_what_reads_on_the_host(name: str) -> None:
    for function in probe.implementations(name):
        assert isinstance(function(tf.ones(2)), np.ndarray)
        with pytest.raises(Exception, match=r"symbolic|numpy|Graph"):
            tf.function(lambda x, function=function: function(x) is None or x, autograph=False)(tf.ones(2))


def _same_arguments(*modules: str) -> list[str]:
    return sorted(
        name
        for module in modules
        for name in knowledge.names_with_counterpart(module)
        if (found := knowledge.record(name)) is not None and found.counterpart and not found.counterpart.renamed
        if name.rpartition(".")[0] == module
    )


def _pairs(expected: Any, other: Any) -> Iterator[tuple[Any, Any]]:
    """What is compared: part by part, or a shape as a tuple with one as a tensor."""
    parts, others = tf.nest.flatten(expected), tf.nest.flatten(other)
    if len(parts) != len(others):
        parts, others = [expected], [other]
    yield from zip(parts, others, strict=True)


_NOT_COMPARED = {
    "keras.ops.cond": "given functions", "keras.ops.while_loop": "given functions",
    "keras.ops.vectorized_map": "given functions",
}  # fmt: skip
_LISTED = {
    "all": ["b"], "any": ["b"], "logical_not": ["b"], "logical_and": ["b, b"], "logical_or": ["b, b"],
    "shape": ["x"], "take": ["x, [0, 2], axis=1"], "unstack": ["x, axis=0"], "concatenate": ["[x, y], axis=1"],
    "stack": ["[x, y], axis=1"], "where": ["x > 0.5, x, y"], "cast": ["x, 'float32'"], "reshape": ["x, (4, 3)"],
    "clip": ["x, 0.2, 0.7"], "expand_dims": ["x, 1"], "squeeze": ["x[:, None], 1"], "repeat": ["x, 2, axis=1"],
    "swapaxes": ["x, 0, 1"], "tile": ["x, (2, 1)"], "roll": ["x, 1"], "full_like": ["x, 2.0"], "dot": ["x[0], y[0]"],
    "matmul": ["x, np.transpose(y)"], "outer": ["x[0], y[0]"], "tensordot": ["x, np.transpose(y), 1"],
    "arange": ["3", "1, 4"], "power": ["x, 2"], "pow": ["x, 2"],
}  # fmt: skip


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", _same_arguments("keras.backend", "keras.ops", "numpy"))
def test_counterparts_agree(name: str) -> None:
    """Those of tf.*, with their parameters renamed, are compared in tests/rewrite/test_operations.py."""
    found = knowledge.record(name)
    assert found is not None
    assert found.counterpart is not None
    if name in _NOT_COMPARED:
        pytest.skip(_NOT_COMPARED[name])
    arrays = {**laws.ARRAYS, "np": np}
    given = arrays if name.startswith("numpy.") else {**laws.WHOLE, "np": tf}
    agreed = 0
    for pattern in _LISTED.get(name.rpartition(".")[2], ("x", "x, y")):
        try:
            expected = eval(f"_function({pattern})", {**given, "_function": probe.resolve(name)})
            other = eval(
                f"_function({pattern})", {**laws.WHOLE, **given, "_function": probe.resolve(found.counterpart.path)}
            )
        except Exception:
            continue
        for left, right in _pairs(expected, other):
            np.testing.assert_allclose(np.asarray(left), np.asarray(right), rtol=1e-4, err_msg=f"{name}({pattern})")
        agreed += 1
    assert agreed
