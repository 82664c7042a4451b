"""Every entry of the tables is called on the installed TensorFlow, Keras and NumPy, and fits what is said of it."""

from __future__ import annotations

import collections

import pytest

pytest.importorskip("tensorflow")

from sampling import calls, entries, probe

from flake8_keras_graph import knowledge

pytestmark = pytest.mark.tensorflow


@pytest.fixture(autouse=True)
def _generator_outside_of_graphs() -> None:
    """Keras makes its generator where it first draws; made in a graph, after a cleared session, it is of no use."""
    import keras

    keras.random.normal((1,))


def _namespaces(*roots: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = collections.defaultdict(dict)
    for name, spec in entries.specs().items():
        if name.partition(".")[0] in roots and (probe.implementations(name) or not probe.is_older()):
            found[name.rpartition(".")[0]][name] = spec
    return dict(found)


TENSOR_NAMESPACES = _namespaces("tf", "keras")


@pytest.mark.parametrize("namespace", sorted(TENSOR_NAMESPACES))
def test_what_comes_back_from_tensorflow_and_keras(namespace: str) -> None:
    entries = TENSOR_NAMESPACES[namespace]
    problems = []
    for name, outcome in probe.check(entries).items():
        problems += [f"{name}: {problem}" for problem in outcome.problems]
        if not outcome.was_called(entries[name]):
            problems.append(f"{name}: not called: {outcome.refused[:3]}")
        refused = outcome.left_out(calls.CALLS.get(name, ()))
        problems += [f"{name}: nothing accepts ({pattern})" for pattern in refused]
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("namespace", sorted(_namespaces("numpy")))
@pytest.mark.filterwarnings("ignore")
def test_what_comes_back_from_numpy(namespace: str) -> None:
    problems = []
    for name, outcome in probe.check_numpy(_namespaces("numpy")[namespace]).items():
        problems += [f"{name}: {problem}" for problem in outcome.problems]
        if not outcome.accepted:
            problems.append(f"{name}: not called: {outcome.refused[:3]}")
    assert not problems, "\n".join(problems)


def test_what_comes_back_from_einops() -> None:
    pytest.importorskip("einops")
    entries = _namespaces("einops")["einops"]
    problems = []
    for name, outcome in probe.check(entries).items():
        problems += [f"{name}: {problem}" for problem in outcome.problems]
        if not outcome.was_called(entries[name]):
            problems.append(f"{name}: not called: {outcome.refused[:3]}")
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize(
    ("name", "count"), [(found.name, count) for found in entries.all_records() for count, _ in found.returns_by_count]
)
def test_what_depends_on_the_number_of_arguments(name: str, count: int) -> None:
    pattern = {1: "x > 0.5", 3: "x > 0.5, x, y"}[count]
    spec = knowledge.returns(name, count)
    assert spec is not None
    assert spec != knowledge.returns(name)
    outcome = probe.check_patterns(name, spec, (pattern,))
    assert not outcome.problems
    assert outcome.accepted


def test_every_sample_call_belongs_to_an_entry() -> None:
    """A table of arguments that nobody uses is a typing error."""
    parts = [name.split(".") for name in entries.specs()]
    names = {".".join(each[-length:]) for each in parts for length in range(1, len(each) + 1)}
    assert (set(calls.CALLS) | set(calls.NUMPY_CALLS)) - names == set()
