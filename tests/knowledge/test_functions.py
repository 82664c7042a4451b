"""What functions given to an API are called with: a function that records its arguments is given to each."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("tensorflow")

import tensorflow as tf
from sampling import calls, entries, fit, probe

from flake8_keras_graph import knowledge
from flake8_keras_graph.knowledge import columns

pytestmark = pytest.mark.tensorflow

FUNCTIONS = {found.name: found for found in entries.all_records() if found.functions}
WRAPPERS = {found.name: found.wraps for found in entries.all_records() if found.wraps}

# API -> a call, ``seen(f)`` being a recording function that gives what f does, and how many arguments it gets.
RECORDED: dict[str, tuple[str, int]] = {
    "keras.backend.foldl": ("seen(lambda a, b: a + b), x, y[0]", 2),
    "keras.backend.foldr": ("seen(lambda a, b: a + b), x, y[0]", 2),
    "keras.backend.map_fn": ("seen(lambda a: a), x", 1),
    "keras.backend.rnn": ("seen(lambda a, states: (a, states)), seq, [tf.zeros([5, 3])]", 2),
    "keras.backend.switch": ("tf.reduce_sum(x) > 0, seen(lambda: x), seen(lambda: y)", 0),
    "keras.ops.associative_scan": ("seen(lambda a, b: a + b), square", 2),
    "keras.ops.cond": ("tf.reduce_sum(x) > 0, seen(lambda: x), seen(lambda: y)", 0),
    "keras.ops.fori_loop": ("0, 3, seen(lambda n, a: a), x", 2),
    "keras.ops.jvp": ("seen(lambda a: tf.sin(a)), (x,), (y,)", 1),
    "keras.ops.map": ("seen(lambda a: a), x", 1),
    "keras.ops.scan": ("seen(lambda a, b: (a, b)), x[0], x", 2),
    "keras.ops.switch": ("count, [seen(lambda a, b: a), seen(lambda a, b: b)], x, y", 2),
    "keras.ops.vectorized_map": ("seen(lambda a: a), x", 1),
    "keras.ops.while_loop": ("seen(lambda a, b: tf.reduce_sum(a) < 0), seen(lambda a, b: (a, b)), (x, y)", 2),
    "keras.tree.map_structure": ("seen(lambda a: a), [x, y]", 1),
    "tf.case": ("[(tf.reduce_sum(x) > 0, lambda: x)], seen(lambda: y)", 0),
    "tf.cond": ("tf.reduce_sum(x) > 0, seen(lambda: x), seen(lambda: y)", 0),
    "tf.foldl": ("seen(lambda a, b: a + b), x, y[0]", 2),
    "tf.foldr": ("seen(lambda a, b: a + b), x, y[0]", 2),
    "tf.map_fn": ("seen(lambda a: a), x", 1),
    "tf.nest.map_structure": ("seen(lambda a: a), [x, y]", 1),
    "tf.ragged.map_flat_values": ("seen(lambda a, b: a), ragged, 1.0", 2),
    "tf.scan": ("seen(lambda a, b: a + b), x, y[0]", 2),
    "tf.switch_case": ("count, [seen(lambda: x), seen(lambda: y)]", 0),
    "tf.vectorized_map": ("seen(lambda a: a), x", 1),
    "tf.while_loop": ("seen(lambda a, b: tf.reduce_sum(a) < 0), seen(lambda a, b: (a, b)), (x, y)", 2),
}
ON_HOST = {
    "tf.numpy_function": "seen(lambda a, b: a), [x, y], tf.float32",
    "tf.py_func": "seen(lambda a, b: a), [x, y], tf.float32",
    "tf.py_function": "seen(lambda a, b: a), [x, y], tf.float32",
}
# Given back as a function, which is called in turn.
CALLED_LATER = {
    "keras.ops.custom_gradient": "seen(lambda a: (a, lambda upstream: upstream)))(x",
    "tf.custom_gradient": "seen(lambda a: (a, lambda upstream: upstream)))(x",
    "tf.grad_pass_through": "seen(lambda a: a))(x",
    "tf.recompute_grad": "seen(lambda a: a))(x",
}


def _recorder(record: list[tuple[Any, ...]]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def seen(body: Callable[..., Any]) -> Callable[..., Any]:
        # The parameters are those of the body: some APIs look at them.
        names = ", ".join(inspect.signature(body).parameters)
        comma = "," if names else ""
        scope = {"body": body, "record": record}
        return eval(f"lambda {names}: (record.append(({names}{comma})), body({names}))[1]", scope)

    return seen


def _record(name: str, call: str) -> list[tuple[Any, ...]]:
    record: list[tuple[Any, ...]] = []

    def trace(**tensors: tf.Tensor) -> None:
        scope = calls.MODULES | tensors | calls.derived(tensors)  # a tape for each trace
        scope |= {"_api": probe.resolve(name), "seen": _recorder(record)}
        eval(f"_api({call})", scope)
        raise probe.Traced

    specs = {sample: given.spec() for sample, given in calls.SAMPLES.items()}
    with contextlib.suppress(probe.Traced):
        tf.function(trace, autograph=False).get_concrete_function(**specs)
    return record


def test_every_api_is_called() -> None:
    assert RECORDED.keys() | ON_HOST.keys() | CALLED_LATER.keys() == FUNCTIONS.keys()
    later = {name for name, found in FUNCTIONS.items() if found.functions[0].gets == ("*call",)}
    assert later == CALLED_LATER.keys()


@pytest.mark.parametrize("name", sorted(RECORDED))
def test_the_arguments_that_functions_get(name: str) -> None:
    call, count = RECORDED[name]
    record = _record(name, call)
    assert record
    for arguments in record:
        assert len(arguments) == count
    for taken in knowledge.takes_function(name):
        assert not taken.host
        if not any(each.startswith("*") for each in taken.gets):
            assert len(taken.gets) == count
        else:
            assert count > 0
        if not any("as:" in each for each in taken.gets):
            assert all(fit.is_tensor(leaf) for arguments in record for leaf in fit.leaves(arguments))


@pytest.mark.parametrize("name", sorted(ON_HOST))
def test_what_runs_on_the_host_is_not_traced(name: str) -> None:
    assert all(taken.host for taken in knowledge.takes_function(name))
    record: list[tuple[Any, ...]] = []
    values = {key: tf.constant(sample.value) for key, sample in calls.SAMPLES.items()}
    scope = calls.MODULES | {"_api": probe.resolve(name), "seen": _recorder(record)}

    @tf.function(autograph=False)
    def step(x: tf.Tensor, y: tf.Tensor) -> Any:
        result = eval(f"_api({ON_HOST[name]})", scope | {"x": x, "y": y})
        assert not record
        return result

    step(values["x"], values["y"])
    step(values["x"], values["y"])
    assert len(record) == 2
    assert all(hasattr(value, "numpy") or fit.WORDS["host"](value) for value in record[0])


@pytest.mark.parametrize("name", sorted(CALLED_LATER))
def test_what_is_called_later(name: str) -> None:
    record = _record(name, CALLED_LATER[name])
    assert record
    assert all(len(arguments) == 1 for arguments in record)


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_where_the_parameters_stand(name: str) -> None:
    parameters = list(inspect.signature(probe.resolve(name)).parameters)
    for taken in FUNCTIONS[name].functions:
        assert parameters[taken.position] == taken.name
        named = {each.partition(":")[2] for each in taken.gets if ":" in each}
        assert named <= dict(FUNCTIONS[name].positions).keys()
    for parameter, position in FUNCTIONS[name].positions:
        assert parameters[position] == parameter
        assert knowledge.parameter_position(name, parameter) == position


def test_specs_name_parameters_whose_place_is_known() -> None:
    for name, spec in entries.specs().items():
        for parameter in (part.partition(":")[2].rstrip(",") for part in spec.strip("()").split() if "like:" in part):
            assert knowledge.parameter_position(name, parameter) is not None


@pytest.mark.parametrize("name", sorted(WRAPPERS))
def test_wrappers_exist_and_their_words_are_explained(name: str) -> None:
    assert callable(probe.resolve(name))
    assert knowledge.wraps_function(name) in columns.WRAPS


@pytest.mark.parametrize(
    ("wrapper", "converted"),
    [("tf.function", True), ("tf.autograph.to_graph", True), ("tf.autograph.experimental.do_not_convert", False)],
)
def test_what_autograph_does_under_a_wrapper(wrapper: str, converted: bool) -> None:
    assert (knowledge.wraps_function(wrapper) == "autograph") == converted

    def body(t: tf.Tensor) -> tf.Tensor:
        if tf.reduce_sum(t) > 0:
            return t
        return -t

    wrapped = probe.resolve(wrapper)(body)
    outer = tf.function(lambda t: wrapped(t))
    if converted:
        assert fit.is_tensor(outer(tf.ones([2])))
    else:
        with pytest.raises(Exception, match="symbolic"):
            outer(tf.ones([2]))
