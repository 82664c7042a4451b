"""Whether a builder makes the model its class makes: same weights, outputs and gradients, on the real TensorFlow."""

from __future__ import annotations

import dataclasses
import itertools
import linecache
import sys
import types
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from libraries import Keras2, Keras3, Library, layers_in, paths_in
from readings import builder_of, reading_of

from flake8_keras_graph.rewrite.functional.builder import FunctionalRewrite

_numbers = itertools.count()


@dataclasses.dataclass(frozen=True, slots=True)
class Tensor:
    """Shape without the batch and dtype of one input; integers are drawn below ``high``."""

    shape: tuple[int | None, ...]
    dtype: str = "float32"
    high: int = 5


@dataclasses.dataclass(frozen=True, slots=True)
class Proof:
    """``error`` is the largest absolute difference of outputs and gradients; ``compared`` how many of each."""

    error: float
    outputs: int
    gradients: int
    weights: int


def namespace_of(text: str) -> dict[str, Any]:
    """The module that ``text`` makes."""
    name = f"proof_of_{next(_numbers)}"
    module = types.ModuleType(name)
    sys.modules[name] = module
    execute(text, module.__dict__)
    return module.__dict__


def execute(text: str, namespace: dict[str, Any]) -> None:
    """Run ``text`` in ``namespace``, its lines known to whoever asks for the source of a function, as AutoGraph does."""
    path = f"proof_source_{next(_numbers)}.py"
    linecache.cache[path] = (len(text), None, text.splitlines(keepends=True), path)
    exec(compile(text, path, "exec"), namespace)


def prove(
    text: str,
    symbol: str,
    inputs: Any,
    args: Sequence[Any] = (),
    kwargs: Mapping[str, Any] | Callable[[], Mapping[str, Any]] | None = None,
    *,
    rewrite: FunctionalRewrite | None = None,
    training: Sequence[bool] = (False, True),
    original_text: str | None = None,
    namespace: dict[str, Any] | None = None,
    fit: bool = False,
) -> Proof:
    """Build ``symbol`` as a class and as a function, copy the weights, compare. Raises where they differ.

    ``inputs`` is a ``Tensor``, or a tuple of them for a ``call`` of several arguments, or a list or dict for
    one structure. ``kwargs`` may be what makes them, so that each model has layers of its own. ``namespace`` is
    the module of the class where it is installed. Random layers start from the same seeds. With ``fit`` both are
    fitted on the same data as well, and evaluated where the class has a step of its own for that.
    """
    import numpy as np

    rewrite = rewrite or builder_of(text, symbol)
    assert rewrite.source is not None, rewrite.refusals
    namespace = namespace_of(original_text or text) if namespace is None else namespace
    library = library_of(text)
    keras = library.keras
    arguments = inputs if isinstance(inputs, tuple) else (inputs,)
    keras.backend.clear_session()
    keras.utils.set_random_seed(7)
    original = namespace[symbol](*args, **_given(kwargs))
    samples = {size: [_sample(argument, size, size) for argument in arguments] for size in (2, 5)}
    _build(library, original, arguments, samples[2])
    keras.backend.clear_session()
    execute(rewrite.source, namespace)
    symbolic = [_symbolic(keras, argument) for argument in arguments]
    built = namespace[rewrite.name](*symbolic, *args, **_given(kwargs))
    pairs = _paired(library, original, built)
    twin = {id(left): right for left, right in pairs}
    twins = [twin[id(variable)] for variable in original.trainable_weights]
    known = names_in(library, original)
    worst, outputs, gradients = 0.0, 0, 0
    for size, in_training in itertools.product(samples, training):
        for left, right in pairs:
            right.assign(left)
        for model in (original, built):
            library.start_random(model, known)
        one = _run(library, original, samples[size], in_training, original.trainable_weights)
        two = _run(library, built, _for_functional(samples[size]), in_training, twins)
        assert len(one[0]) == len(two[0])
        for left, right in itertools.chain(zip(one[0], two[0], strict=True), zip(one[1], two[1], strict=True)):
            assert (left is None) == (right is None)
            if left is not None:
                assert left.shape == right.shape, (left.shape, right.shape)
                assert left.dtype == right.dtype, (left.dtype, right.dtype)
                if left.dtype.kind in "fc":
                    worst = max(worst, float(np.max(np.abs(left - right), initial=0.0)))
                np.testing.assert_allclose(left, right, rtol=1e-4, atol=1e-5)
        _assert_same_state(pairs)
        outputs += len(one[0])
        gradients += sum(gradient is not None for gradient in one[1])
    if fit:
        for left, right in pairs:
            right.assign(left)
        histories = []
        for model, given in ((original, samples[5]), (built, _for_functional(samples[5]))):
            library.start_random(model, known)
            histories.append(_fitted(library, model, given, evaluate="test_step" in text))
        np.testing.assert_allclose(histories[0], histories[1], rtol=1e-4, atol=1e-5)
        _assert_same_state(pairs)
    return Proof(worst, outputs, gradients, len(pairs))


def _fitted(library: Library, model: Any, sample: Sequence[Any], evaluate: bool) -> list[float]:
    """The losses of three epochs of ``fit`` on one batch, and perhaps of ``evaluate``; ``sample`` is one argument."""
    import numpy as np
    import tensorflow as tf

    (given,) = sample
    keras, outputs = library.keras, model(given, **library.told(model, False))
    targets = tf.nest.map_structure(lambda output: np.zeros(tuple(output.shape), "float32"), outputs)
    model.compile(keras.optimizers.SGD(0.05), "mse")
    given = tf.nest.map_structure(np.asarray, given)
    history = model.fit(given, targets, batch_size=5, epochs=3, shuffle=False, verbose=0).history
    evaluated = model.evaluate(given, targets, batch_size=5, verbose=0) if evaluate else ()
    return [*history["loss"], *np.atleast_1d(np.asarray(evaluated))]


def _assert_same_state(pairs: Sequence[tuple[Any, Any]]) -> None:
    """The variables hold the same, those that are not trained as well."""
    import numpy as np

    for left, right in pairs:
        if left.dtype not in ("string",):
            np.testing.assert_allclose(left.numpy(), right.numpy(), rtol=1e-4, atol=1e-5)


def _given(kwargs: Mapping[str, Any] | Callable[[], Mapping[str, Any]] | None) -> Mapping[str, Any]:
    return kwargs() if callable(kwargs) else kwargs or {}


def library_of(text: str) -> Library:
    """The Keras that a file imports."""
    return Keras2() if reading_of(text).keras_version == 2 else Keras3()


def _build(library: Library, model: Any, arguments: Sequence[Any], sample: list[Any]) -> None:
    """Create the weights: symbolically, so that both sides of a branch have theirs, else by a call."""
    try:
        model(*(_symbolic(library.keras, argument) for argument in arguments), **library.told(model, True))
    except Exception:
        model.built = False
        model(*sample, **library.told(model, True))


def _sample(argument: Any, size: int, seed: int) -> Any:
    import numpy as np

    if isinstance(argument, dict):
        return {key: _sample(value, size, seed + i) for i, (key, value) in enumerate(argument.items())}
    if isinstance(argument, list):
        return [_sample(value, size, seed + i) for i, value in enumerate(argument)]
    random = np.random.default_rng(seed)
    shape = (size, *(6 if extent is None else extent for extent in argument.shape))
    if argument.dtype.startswith("int"):
        return _tensor(random.integers(0, argument.high, shape).astype(argument.dtype))
    if argument.dtype == "bool":
        return _tensor(random.random(shape) > 0.5)
    return _tensor(random.normal(size=shape).astype(argument.dtype))


def _tensor(value: Any) -> Any:
    import tensorflow as tf

    return tf.constant(value)


def _symbolic(keras: Any, argument: Any, name: str | None = None) -> Any:
    if isinstance(argument, dict):
        return {key: _symbolic(keras, value, key) for key, value in argument.items()}
    if isinstance(argument, list):
        return [_symbolic(keras, value) for value in argument]
    return keras.Input(argument.shape, dtype=argument.dtype, name=name)


def _for_functional(sample: list[Any]) -> list[Any]:
    return sample if len(sample) == 1 else [list(sample)]


Owned = tuple[tuple[str, ...], Any]  # the layers that lead to a variable, and the variable


def _by_owner(library: Library, model: Any, known: set[str]) -> dict[tuple[str, str], list[Owned]]:
    """Variables by the name of their layer and their own; empty for what the model itself owns."""
    found: dict[tuple[str, str], list[Owned]] = defaultdict(list)
    paths = paths_in(library, model, known)
    seen: set[int] = set()
    for layer in layers_in(library, model):
        owner = layer.name if layer is not model and not library.is_plain(layer) else ""
        for variable in library.variables(layer):
            if id(variable) not in seen:  # several layers may hold it
                seen.add(id(variable))
                found[owner, library.variable_name(variable)].append((paths[id(layer)], variable))
    return found


def _paired(library: Library, original: Any, built: Any) -> list[tuple[Any, Any]]:
    """Variables of both by the layers that own them; what a generated layer owns was the model's."""
    known = names_in(library, original)
    left, right = _by_owner(library, original, known), _by_owner(library, built, known)
    own = [key for key in left if key not in right]
    rest = [key for key in right if key not in left]
    assert sorted(key[1] for key in own) == sorted(key[1] for key in rest), (own, rest)
    matched = {key: key for key in left if key in right}
    for key in own:
        twin = next(other for other in rest if other[1] == key[1])
        rest.remove(twin)
        matched[key] = twin
    pairs = [pair for one, two in matched.items() for pair in _namesakes(left[one], right[two])]
    counts = (len(pairs), *(len(library.weights(model)) for model in (original, built)))
    assert len(set(counts)) == 1, counts
    return pairs


def names_in(library: Library, model: Any) -> set[str]:
    """The names of the layers of ``model``."""
    return {layer.name for layer in layers_in(library, model) if layer is not model}


def _namesakes(left: list[Owned], right: list[Owned]) -> list[tuple[Any, Any]]:
    """Pairs of variables whose layers have one name: those that the same layers lead to, the others in order."""
    assert len(left) == len(right), (left, right)
    pairs, others = [], list(right)
    for pair in sorted(left, key=lambda owned: owned[0] not in [path for path, _ in right]):
        twin = next((other for other in others if other[0] == pair[0]), others[0])
        others = [other for other in others if other is not twin]
        pairs.append((pair[1], twin[1]))
    return pairs


def _run(
    library: Library, model: Any, sample: list[Any], training: bool, weights: list[Any]
) -> tuple[list[Any], list[Any]]:
    """Outputs, and gradients of a weighted sum of them, as NumPy arrays (None where there is no gradient)."""
    import numpy as np
    import tensorflow as tf

    tf.random.set_seed(3)
    with tf.GradientTape() as tape:
        outputs = tf.nest.flatten(model(*sample, **library.told(model, training)))
        terms = [
            tf.reduce_sum(tf.cast(output, "float32") * _weights_like(np, output))
            for output in outputs
            if output.dtype.is_floating
        ]
        loss = tf.add_n([*terms, *(tf.cast(extra, "float32") for extra in model.losses), tf.constant(0.0)])
    gradients = tape.gradient(loss, library.values(weights))
    return [output.numpy() for output in outputs], [
        None if gradient is None else tf.convert_to_tensor(gradient).numpy() for gradient in gradients
    ]


def _weights_like(np: Any, output: Any) -> Any:
    return np.random.default_rng(11).normal(size=tuple(output.shape)).astype("float32")
