"""Whether two programs compute the same: outputs and gradients, on the same weights and inputs. In the worker.

Tolerance: a rewrite may add numbers in another order. The error of a sum of n terms grows like sqrt(n) times the
unit roundoff u (Higham and Mary, A New Approach to Probabilistic Rounding Error Analysis, 2019, theorem 3.1), and
n = 10 000 terms allow 100 u, relative to the largest magnitude in the tensor.
"""

from __future__ import annotations

import dataclasses
import math
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

_TERMS = 10_000


@dataclasses.dataclass(frozen=True, slots=True)
class Equality:
    """``equal`` with the largest absolute difference; ``reason`` says what differed, or what was not compared."""

    equal: bool
    max_error: float | None
    reason: str = ""


def tolerance(dtype: Any) -> float:
    """Relative to the largest magnitude: sqrt(n) times the unit roundoff, for whole numbers none at all."""
    kind = np.dtype(dtype)
    return math.sqrt(_TERMS) * float(np.finfo(kind).eps) / 2 if kind.kind in "fc" else 0.0


def compare_arrays(original: Sequence[np.ndarray], rewrite: Sequence[np.ndarray], what: str) -> Equality:
    """Equal where every array agrees within its tolerance, and NaN and infinity stand at the same places."""
    if len(original) != len(rewrite):
        return Equality(False, None, f"{what}: {len(original)} against {len(rewrite)} tensors")
    largest = 0.0
    for index, (left, right) in enumerate(zip(original, rewrite, strict=True)):
        if left.shape != right.shape or left.dtype != right.dtype:
            shapes = f"{left.dtype}{list(left.shape)} against {right.dtype}{list(right.shape)}"
            return Equality(False, None, f"{what} {index}: {shapes}")
        if left.dtype.kind not in "fciub":
            if not np.array_equal(left, right):
                return Equality(False, None, f"{what} {index} differ")
            continue
        finite = np.isfinite(left) & np.isfinite(right)
        if not np.array_equal(left[~finite], right[~finite], equal_nan=left.dtype.kind in "fc"):
            return Equality(False, None, f"{what} {index}: not finite at different places")
        if left.size and not finite.any():
            return Equality(False, None, f"{what} {index}: no value is finite, so nothing can be compared")
        error = _largest(np.abs(left[finite].astype("float64") - right[finite].astype("float64")))
        largest = max(largest, error)
        if error > tolerance(left.dtype) * max(1.0, _largest(np.abs(left[finite].astype("float64")))):
            return Equality(False, largest, f"{what} {index} differ by {error:.3g}")
    return Equality(True, largest)


def _largest(values: np.ndarray) -> float:
    return float(values.max()) if values.size else 0.0


@dataclasses.dataclass(frozen=True, eq=False)
class Joined:
    """Several variables of the original that are one of the rewrite, joined along their last axis."""

    parts: tuple[Any, ...]

    @property
    def dtype(self) -> Any:
        return self.parts[0].dtype

    def read_value(self) -> Any:
        """The parts' values, joined."""
        return joined_values([part.read_value() for part in self.parts])


def joined_values(values: Sequence[Any]) -> Any:
    """One tensor of several, along the last axis."""
    import tensorflow as tf

    return tf.concat(list(values), axis=-1)


def parts_of(variable: Any) -> tuple[Any, ...]:
    """The variables of the program behind one side of a pair."""
    return variable.parts if isinstance(variable, Joined) else (variable,)


def gradients(tape: Any, loss: Any, variables: Sequence[Any]) -> list[Any]:
    """The gradients of ``loss`` by each of ``variables``, zeros where none reaches it."""
    import tensorflow as tf

    flat = [part for variable in variables for part in parts_of(variable)]
    none = tf.UnconnectedGradients.ZERO
    found = iter(map(tf.convert_to_tensor, tape.gradient(loss, flat, unconnected_gradients=none)))
    return [
        joined_values([next(found) for _ in variable.parts]) if isinstance(variable, Joined) else next(found)
        for variable in variables
    ]


def joined_pairs(original: Any, rewrite: Any, joins: Sequence[Mapping[str, Any]]) -> Mapping_:
    """The pairs that ``joins`` (records.WeightJoin as messages) declare of two objects.

    Raises LookupError or TypeError where these have no such layers, ValueError where their weights do not correspond.
    """
    pairs: Mapping_ = []
    for join in joins:
        held = _at(original, join["layers"])
        layers = [_weights(layer) for layer in (held.values() if isinstance(held, Mapping) else held)]
        whole = _weights(_at(rewrite, join["into"]))
        if any(len(weights) != len(whole) for weights in layers):
            raise ValueError("the joined layers have not as many weights as the one that they become")
        pairs += [(Joined(tuple(parts)), one) for *parts, one in zip(*layers, whole, strict=True)]
    return pairs


def _at(owner: Any, path: Sequence[str | int]) -> Any:
    """What hangs on ``owner`` at ``path``: the first step is an attribute, others are items or attributes."""
    for index, step in enumerate(path):
        owner = getattr(owner, str(step)) if index == 0 or hasattr(owner, str(step)) else owner[step]
    return owner


def _weights(layer: Any) -> list[Any]:
    return [getattr(weight, "_value", weight) for weight in layer.weights]


Mapping_ = list[tuple[Any, Any]]


def matchings(original: Sequence[Any], rewrite: Sequence[Any]) -> Iterator[Mapping_]:
    """Ways to pair the variables of two programs, the likeliest first; each pairs equal shapes and types.

    By order of creation, then by the ends of their names. Whether a pairing is right is decided by comparing
    outputs and gradients under it, with every variable set to different numbers.
    """
    if [_kind(v) for v in original] == [_kind(v) for v in rewrite]:
        yield list(zip(original, rewrite, strict=True))
    by_name = _by_name(original, rewrite)
    if by_name is not None:
        yield by_name
    by_kind = _by_kind(original, rewrite)
    if by_kind is not None:
        yield by_kind


def _kind(variable: Any) -> tuple[Any, ...]:
    return (tuple(variable.shape), variable.dtype.name)


def _by_name(original: Sequence[Any], rewrite: Sequence[Any]) -> Mapping_ | None:
    """Pairs by the last parts of the names, where these are unique on both sides."""
    ends = [{_end(v.name): v for v in side} for side in (original, rewrite)]
    if len(ends[0]) != len(original) or set(ends[0]) - set(ends[1]):
        return None
    pairs = [(v, ends[1][_end(v.name)]) for v in original]
    return pairs if all(_kind(a) == _kind(b) for a, b in pairs) else None


def _end(name: str) -> str:
    return "/".join(name.partition(":")[0].split("/")[-2:])


def _by_kind(original: Sequence[Any], rewrite: Sequence[Any]) -> Mapping_ | None:
    """Pairs in creation order among variables of one shape and type; what one side has in excess stays alone."""
    left: dict[Any, list[Any]] = {}
    right: dict[Any, list[Any]] = {}
    for side, groups in ((original, left), (rewrite, right)):
        for variable in side:
            groups.setdefault(_kind(variable), []).append(variable)
    pairs: Mapping_ = []
    for kind in {**left, **right}:
        mine, theirs = left.get(kind, []), right.get(kind, [])
        if len(mine) != len(theirs) and not _is_seed_kind(kind):
            return None
        pairs += zip(mine, theirs, strict=False)
    return pairs


def _is_seed_kind(kind: tuple[Any, ...]) -> bool:
    return kind[1] in ("uint32", "int64", "uint64") and kind[0] in ((2,), (3,))


def is_seed(variable: Any) -> bool:
    """Whether the variable is the state of a random generator."""
    return not isinstance(variable, Joined) and _is_seed_kind(_kind(variable))


def shared_seeds() -> list[Any]:
    """The state of the generator that ``keras.random`` uses where no seed is given; it is no model's variable."""
    module = sys.modules.get("keras.src.random.seed_generator")  # not there with tf_keras, which has no such generator
    generator = getattr(module, "global_seed_generator", None)
    return [] if generator is None else [generator().state.value]


def randomise(variables: Sequence[Any], seed: int) -> None:
    """Add positive noise to every floating variable, so that none is like another; statistics stay positive."""
    generator = np.random.default_rng(seed)
    for variable in variables:
        if variable.dtype.is_floating:
            noise = generator.uniform(0.0, 0.1, tuple(variable.shape))
            variable.assign(variable.numpy() + noise.astype(variable.dtype.as_numpy_dtype))


def copy_values(pairs: Sequence[tuple[Any, Any]]) -> None:
    for original, rewrite in pairs:
        rewrite.assign(original.read_value())


class Snapshot:
    """The values of variables, to be put back."""

    def __init__(self, variables: Sequence[Any]) -> None:
        self._values = [(variable, variable.numpy()) for variable in variables]

    def restore(self) -> None:
        for variable, value in self._values:
            variable.assign(value)


def arrays(tensors: Sequence[Any]) -> list[np.ndarray]:
    """NumPy arrays of tensors; bfloat16 as float32, because NumPy knows nothing of its precision."""
    import tensorflow as tf

    return [(tf.cast(t, tf.float32) if t.dtype == tf.bfloat16 else t).numpy() for t in tensors]


def compare_runs(
    original: Callable[[Mapping[str, Any]], Sequence[Any]],
    rewrite: Callable[[Mapping[str, Any]], Sequence[Any]],
    feeds: Sequence[Mapping[str, Any]],
    reset: Callable[[], None],
    what: str,
) -> Equality:
    """Run both on every feed, from the same state each time."""
    largest = 0.0
    for feed in feeds:
        reset()
        left = arrays(original(feed))
        reset()
        right = arrays(rewrite(feed))
        found = compare_arrays(left, right, what)
        if not found.equal:
            return found
        largest = max(largest, found.max_error or 0.0)
    return Equality(True, largest)
