"""Feeds changed as an error asks for: what Keras, TensorFlow and Python say of inputs that do not fit.

Which input is meant is looked up among the values that the failing statement had, and by the shapes in the message.
Runs in the worker.
"""

from __future__ import annotations

import ast
import dataclasses
import functools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from flake8_keras_graph import knowledge
from flake8_keras_graph.measure.worker.build.feeding import Feed, Path, leaves, with_leaves
from flake8_keras_graph.measure.worker.build.layer_inputs import OF_RANK, TOKENS, Shaped
from flake8_keras_graph.measure.worker.build.tracebacks import Raised

_MAX_SIDE = 320
_MAX_SIZE = 1 << 20
_MAX_PARTS = 12
_SHAPE = r"[\[(]([\d, ]*)[\])]"


@dataclasses.dataclass(frozen=True)
class Failed:
    """A feed that raised: the tensors that it was made into, and the project's frames on the way, innermost first."""

    feed: Feed
    made: Mapping[str, Any]
    error: BaseException
    frames: Sequence[Raised] = ()
    batch: int = 4

    @functools.cached_property
    def text(self) -> str:
        return str(self.error)

    @functools.cached_property
    def leaves(self) -> dict[Path, Shaped]:
        return leaves(self.feed)

    @functools.cached_property
    def suspects(self) -> list[Path]:
        """The inputs that the innermost statement which holds any of them names; all of them where none does."""
        tensors = leaves(self.made, lambda part: hasattr(part, "dtype"))
        for frame in self.frames:
            held = [id(each) for _, value in frame.values() for each in _flat(value)]
            if found := [path for path, tensor in tensors.items() if id(tensor) in held and path in self.leaves]:
                return found
        return list(self.leaves)

    def of_shape(self, shape: Sequence[int]) -> list[Path]:
        """The inputs of this shape, the batch among it."""
        return [path for path, table in self.leaves.items() if self.full(table) == list(shape)]

    def of_rank(self, rank: int) -> list[Path]:
        """The suspected inputs with so many axes; others with as many where none of them has."""
        for paths in (self.suspects, self.leaves):
            if found := [path for path in paths if len(self.leaves[path]["shape"]) + 1 == rank]:
                return found
        return []

    def full(self, table: Shaped) -> list[int]:
        """Its shape with the batch."""
        return [self.batch, *table["shape"]]

    def changed(self, paths: Iterable[Path], change: Callable[[Shaped], Shaped | None]) -> Feed | None:
        """The feed with these inputs changed; None where nothing changes."""
        new = {path: changed for path in paths if (changed := change(self.leaves[path])) is not None}
        if any(size is not None and not 0 < size <= _MAX_SIZE for table in new.values() for size in table["shape"]):
            return None
        feed: Feed = with_leaves(self.feed, new)
        return feed if feed != self.feed else None


Correction = Callable[[Failed, "re.Match[str]"], Iterator["Feed | None"]]
_CORRECTIONS: list[tuple[re.Pattern[str], Correction]] = []


def corrections(failed: Failed) -> Iterator[Feed]:
    """The feed changed in each way that the error suggests, the likeliest first; none where it does not say."""
    seen = [failed.feed]
    for pattern, correct in _CORRECTIONS:
        match = pattern.search(failed.text)
        for feed in correct(failed, match) if match is not None else ():
            if feed is not None and feed not in seen:
                seen.append(feed)
                yield feed


def _where(*patterns: str) -> Callable[[Correction], Correction]:
    """Registers a correction for errors that say so."""

    def register(correct: Correction) -> Correction:
        _CORRECTIONS.extend((re.compile(pattern), correct) for pattern in patterns)
        return correct

    return register


# -- the number of axes ---------------------------------------------------------------------------------


@_where(r"expected (?:min_|max_)?ndim=(\d+), found ndim=(\d+)")
def _rank_of_layer(failed: Failed, match: re.Match[str]) -> Iterator[Feed | None]:
    wanted, found = int(match[1]), int(match[2])
    shape = re.search(rf"Full shape received: {_SHAPE}", failed.text)
    exact = failed.of_shape(_sizes(shape[1])) if shape else []
    yield failed.changed(exact or failed.of_rank(found), lambda table: with_rank(table, wanted))
    yield failed.changed(failed.suspects, functools.partial(_with_more_axes, more=wanted - found))


@_where(r"expected (?:min_)?ndim=(\d+)(?!, found)")
def _rank_alone(failed: Failed, match: re.Match[str]) -> Iterator[Feed | None]:
    yield failed.changed(failed.suspects, lambda table: with_rank(table, int(match[1])))


@_where(
    r"(?:must be|should be|has to be) (?P<wanted>\d)-dimensional:? ?(?P<shape>[\[(][\d, ]*[\])])",
    r"[Rr]ank (?:>= ?|at least |of )?(?P<wanted>\d)[^\d\[(]*?"
    r"(?:but is|got|but got|found|is|received)[^\d]*?(?P<found>\d)",
    r"vector of size (?P<found>\d+)\. But input\(1\) is a vector of size (?P<wanted>\d+)",
)
def _rank_of_operation(failed: Failed, match: re.Match[str]) -> Iterator[Feed | None]:
    groups = match.groupdict()
    found = len(_sizes(groups["shape"])) if groups.get("shape") else int(groups["found"])
    wanted = int(groups["wanted"])
    yield failed.changed(failed.of_rank(found), lambda table: with_rank(table, wanted))
    yield failed.changed(failed.suspects, functools.partial(_with_more_axes, more=wanted - found))


@_where(
    r"slice index -?\d+ of dimension 0 out of bounds", r"input has only (\d+) dims",
    r"(tuple|list) (assignment )?index out of range", r"Index \d+ out of range", r"ndims must be >= \d",
    r"iterate over a scalar", r"iteration over a 0-d tensor", r"Cannot iterate over", r"Too many indices",
    r"axis[ =]\(?-?\d+\)? (?:is )?out of (?:range|bounds)", r"Expected dimension in the range", r"no dimension -?\d+",
    r"must be in the range \[", r"axis must be (?:between|in)", r"expected rank of at least",
    r"Invalid reduction dimension", r"is out of bounds for array of dimension",
)  # fmt: skip
def _more_axes(failed: Failed, match: re.Match[str]) -> Iterator[Feed | None]:
    for path in failed.suspects:
        yield failed.changed([path], functools.partial(_with_more_axes, more=1))
    yield failed.changed(failed.suspects, functools.partial(_with_more_axes, more=1))
    if "list" in match[0]:
        yield from _more_parts(failed)


def _more_parts(failed: Failed) -> Iterator[Feed | None]:
    """One part more in every list of inputs."""
    for name, part in failed.feed.items():
        if isinstance(part, list) and len(part) < _MAX_PARTS:
            yield {**failed.feed, name: [*part, part[-1]]}


@_where(
    r"not enough values to unpack \(expected (?P<wanted>\d+)(?:, got (?P<found>\d+))?",
    r"too many values to unpack \(expected (?P<wanted>\d+)", r"Number of sequence elements \((?P<found>\d+)\)",
)  # fmt: skip
def _unpacked(failed: Failed, match: re.Match[str]) -> Iterator[Feed | None]:
    groups = match.groupdict()
    wanted = int(groups["wanted"]) if groups.get("wanted") else 0
    found = int(groups["found"]) if groups.get("found") else 0
    if not wanted:
        return
    is_shape = "shape" in _unpacked_text(failed)
    if not is_shape and (name := _unpacked_input(failed)) is not None:
        yield _with_parts(failed.feed, name, wanted)
    for rank in [found] if found else [rank for rank in OF_RANK if rank != wanted]:
        for path in failed.of_rank(rank):
            yield failed.changed([path], lambda table: with_rank(table, wanted))
        yield failed.changed(failed.of_rank(rank), lambda table: with_rank(table, wanted))
    if not is_shape and found != len(failed.feed):
        for each in failed.feed:
            yield _with_parts(failed.feed, each, wanted)


def _unpacked_text(failed: Failed) -> str:
    statement = failed.frames[0].statement if failed.frames else None
    value = getattr(statement, "value", None)
    return ast.unparse(value) if isinstance(value, ast.expr) else ""


def _with_parts(feed: Feed, name: str, count: int) -> Feed | None:
    """The input as a list of so many tensors like its first one."""
    first = next(iter(leaves({name: feed[name]}).values()), None)
    if first is None or count > _MAX_PARTS:
        return None
    old = feed[name] if isinstance(feed[name], list) else []
    return {**feed, name: [*old[:count], *(dict(first) for _ in range(count - len(old)))]}


def _unpacked_input(failed: Failed) -> str | None:
    """The input whose own name the failing statement unpacks."""
    statement = failed.frames[0].statement if failed.frames else None
    value = getattr(statement, "value", None) or getattr(statement, "iter", None)
    if not isinstance(value, ast.Name):
        return None
    held = failed.frames[0].bound.get(value.id)
    ids = {id(each) for each in _flat(held)}
    for name, made in failed.made.items():
        parts = [id(each) for each in _flat(made)]
        if parts and set(parts) <= ids:
            return name
    return value.id if value.id in failed.feed else None


@_where(r"slice index (\d+) of dimension ([1-9]) out of bounds", r"index (\d+) is out of bounds for axis ([1-9])")
def _longer(failed: Failed, match: re.Match[str]) -> Iterator[Feed | None]:
    index, axis = int(match[1]), int(match[2]) - 1
    for factor in (2, 1):  # a loop comes to the next index at once
        for paths in (failed.suspects[:1], failed.suspects):
            yield failed.changed(paths, functools.partial(_with_length, axis=axis, size=max(index * factor, index + 1)))


def _with_length(table: Shaped, axis: int, size: int) -> Shaped | None:
    has_axis = axis < len(table["shape"]) and table["shape"][axis] < size
    return with_size(table, axis, size) if has_axis else None


@_where(r"NoneType|None values not supported|convert a value \(None\)")
def _optional(failed: Failed, match: re.Match[str]) -> Iterator[Feed | None]:
    """What ``call`` may be given besides, where the failing statement had None in its place."""
    first = next(iter(failed.leaves.values()), None)
    for frame in failed.frames:
        if frame.function != "call" or first is None:
            continue
        names = {name for name, value in frame.values() if value is None}
        for name in [name for name in frame.parameters if name in names and name not in failed.feed]:
            sizes = first["shape"][:-1] or first["shape"]
            if "mask" in name:
                yield {**failed.feed, name: {"shape": list(sizes), "dtype": "bool"}}
            yield {**failed.feed, name: dict(first)}
        return


# -- sizes ----------------------------------------------------------------------------------------------


@_where(r"expected axis (-?\d+) of input shape to have value (\d+)")
def _axis_of_layer(failed: Failed, match: re.Match[str]) -> Iterator[Feed | None]:
    axis, size = int(match[1]), int(match[2])
    shape = re.search(rf"received input with shape {_SHAPE}", failed.text)
    exact = failed.of_shape(_sizes(shape[1])) if shape else []
    if axis != 0:
        change = functools.partial(with_size, axis=axis if axis < 0 else axis - 1, size=size)
        yield failed.changed(exact, change)
        if shape and not exact:  # the layer comes after others
            yield _rescaled(failed, _sizes(shape[1])[-1], size)
        yield failed.changed(failed.suspects, change)


@_where(r"In\[0\]: \[[\d,]*?(\d+)\], In\[1\]: \[(\d+),", r"inner dimension does not match: (\d+) vs\. (\d+)")
def _matrix(failed: Failed, match: re.Match[str]) -> Iterator[Feed | None]:
    left, right = int(match[1]), int(match[2])
    if right != failed.batch:
        yield failed.changed(_with_last(failed, left), lambda table: with_size(table, -1, right))
    if left != failed.batch:
        yield failed.changed(_with_last(failed, right), lambda table: with_size(table, 0, left))
    yield _rescaled(failed, left, right)


@_where(r"In\[0\] mismatch In\[1\] shape: (\d+) vs\. (\d+)")
def _matrices(failed: Failed, match: re.Match[str]) -> Iterator[Feed | None]:
    left, right = int(match[1]), int(match[2])
    yield failed.changed(_with_last(failed, left), lambda table: with_size(table, -1, right))
    yield failed.changed(failed.suspects[1:], lambda table: with_size(table, 0, left))
    yield failed.changed(failed.suspects, lambda table: {**table, "shape": [left] * len(table["shape"])})


def _with_last(failed: Failed, size: int) -> list[Path]:
    for paths in (failed.suspects, failed.leaves):
        if found := [path for path in paths if failed.leaves[path]["shape"][-1:] == [size]]:
            return found
    return failed.suspects if len(failed.leaves) == 1 else []


@_where(
    rf"Incompatible shapes: {_SHAPE} vs\. {_SHAPE}",
    rf"Received shapes {_SHAPE} and {_SHAPE}",
    rf"shape\[0\] = {_SHAPE} vs\. shape\[1\] = {_SHAPE}",
    rf"shapes? {_SHAPE} and {_SHAPE}",
    rf"values\[0\]\.shape = {_SHAPE} != values\[\d+\]\.shape = {_SHAPE}",
    rf"operands could not be broadcast together with shapes {_SHAPE} {_SHAPE}",
    rf"input_shape=\[{_SHAPE}, {_SHAPE}",
    rf"Shapes must be equal[^\[(]*{_SHAPE}[^\[(]*{_SHAPE}",
    rf"size 0 of [^\[(]*{_SHAPE}[^\[(]*{_SHAPE}",
)
def _two_shapes(failed: Failed, match: re.Match[str]) -> Iterator[Feed | None]:
    one, other = _sizes(match[1]), _sizes(match[2])
    for mine, theirs in ((one, other), (other, one)):
        if theirs[:1] == [failed.batch] or len(mine) == len(theirs):
            for path in failed.of_shape(mine):
                yield failed.changed([path], functools.partial(_with_shape, shape=theirs[1:]))
            yield failed.changed(failed.of_shape(mine), functools.partial(_with_shape, shape=theirs[1:]))
        if len(mine) > 1 and theirs[: len(mine)] == mine:  # it was given one axis more on the way
            for path in failed.of_shape(mine):
                yield failed.changed([path], functools.partial(_with_shape, shape=mine[1:-1]))
    if one and other and one[-1] != other[-1]:
        yield failed.changed(failed.suspects, functools.partial(_with_other, axis=1, sizes={one[-1], other[-1]}))
    for mine, theirs in ((one, other), (other, one)):
        more = len(theirs) - len(mine)
        if more > 0:
            yield failed.changed(failed.of_shape(mine), functools.partial(_with_more_axes, more=more))
    for axis in range(1, min(len(one), len(other))):
        if one[-axis] != other[-axis] and 1 not in (one[-axis], other[-axis]):
            sizes = {one[-axis], other[-axis]}
            yield failed.changed(failed.suspects, functools.partial(_with_other, axis=axis, sizes=sizes))


def _with_other(table: Shaped, axis: int, sizes: set[int]) -> Shaped | None:
    """The table with the other of two sizes on an axis counted from the last, where it has one of them there."""
    if len(table["shape"]) < axis or table["shape"][-axis] not in sizes or len(sizes) != 2:
        return None
    return with_size(table, -axis, (sizes - {table["shape"][-axis]}).pop())


@_where(
    r"output size would be negative", r"is <= 0 due to downsampling", r"Negative dimension size",
    r"must be (?:>|greater than) 0.*size", r"would be negative", r"smaller than the kernel",
)  # fmt: skip
def _larger(failed: Failed, match: re.Match[str]) -> Iterator[Feed | None]:
    def enlarge(table: Shaped) -> Shaped | None:
        axes = table["shape"][:-1] if len(table["shape"]) > 1 else table["shape"]
        bigger = [size * 4 if size * 4 <= _MAX_SIDE else size for size in axes]
        return {**table, "shape": [*bigger, *table["shape"][len(axes) :]]}

    yield failed.changed([path for path, table in failed.leaves.items() if table["shape"]], enlarge)


@_where(r"tensor with (\d+) values, but the requested shape (?:has|requires a multiple of) (\d+)")
def _reshaped(failed: Failed, match: re.Match[str]) -> Iterator[Feed | None]:
    values, wanted = int(match[1]), int(match[2])
    for path in failed.suspects:
        table = failed.leaves[path]
        size = _product(failed.full(table))
        if size != values or not table["shape"]:
            continue
        before = size // table["shape"][-1]
        if wanted % before == 0 and 0 < wanted // before <= _MAX_SIZE:
            yield failed.changed([path], functools.partial(with_size, axis=-1, size=wanted // before))
        if 0 < wanted <= _MAX_SIZE:
            yield failed.changed([path], lambda table: with_size(table, -1, wanted))
    for each in dict.fromkeys((wanted * failed.batch, wanted)):  # a number of each row, or of all of them
        yield _rescaled(failed, values, each)


@_where(rf"total size of the tensor must be unchanged\. Received: input_shape={_SHAPE}, target_shape={_SHAPE}")
def _reshaped_by_layer(failed: Failed, match: re.Match[str]) -> Iterator[Feed | None]:
    yield _rescaled(failed, _product(_sizes(match[1])), _product(_sizes(match[2])))


def _rescaled(failed: Failed, found: int, wanted: int) -> Feed | None:
    """The feed with sides so much longer that ``found`` numbers become the wanted ones further on.

    What convolutions and pooling leave of a side is about proportional to it; the next error tells what is missing.
    """

    def rescale(table: Shaped) -> Shaped | None:
        *sides, last = table["shape"]
        new = [round(side * (wanted / found) ** (1 / len(sides))) for side in sides]
        return {**table, "shape": [*new, last]} if new and all(1 < side <= _MAX_SIDE for side in new) else None

    several = [path for path in failed.suspects if len(failed.leaves[path]["shape"]) > 1]
    return failed.changed(several, rescale) if found > 0 and wanted > 0 and found != wanted else None


@_where(r"divisible by (\d+)", r"must be (?:evenly )?divisible by [a-z_ `]*\(?=?(\d+)", r"multiple of (\d+)")
def _multiples(failed: Failed, match: re.Match[str]) -> Iterator[Feed | None]:
    unit = int(match[1])

    def round_up(sizes: Iterable[int]) -> list[int]:
        return [-(-size // unit) * unit for size in sizes]

    if 0 < unit <= _MAX_SIDE:
        yield failed.changed(failed.suspects, lambda t: _with_shape(t, [*round_up(t["shape"][:-1]), *t["shape"][-1:]]))
        yield failed.changed(failed.suspects, lambda t: _with_shape(t, [*t["shape"][:-1], *round_up(t["shape"][-1:])]))


@_where(r"indices\[[\d,]*\] = -?\d+ is not in \[0, (\d+)\)", r"out of range \[0, (\d+)\)", r"\[0, (\d+)\)")
def _numbers_of_rows(failed: Failed, match: re.Match[str]) -> Iterator[Feed | None]:
    for paths in (failed.suspects, list(failed.leaves)):
        yield failed.changed(
            paths, lambda t: {**t, "low": 0, "high": int(match[1])} if is_whole(t) and int(match[1]) else None
        )


@_where(rf"cast TensorSpec\(shape={_SHAPE}.*? to TensorSpec\(shape=\((?P<wanted>[\w, ]*)\), dtype=tf\.(?P<dtype>\w+)")
def _signature(failed: Failed, match: re.Match[str]) -> Iterator[Feed | None]:
    """What the ``input_signature`` of a ``tf.function`` says."""
    wanted = [None if size == "None" else int(size) for size in re.findall(r"\w+", match["wanted"])]
    for path in failed.of_shape(_sizes(match[1])):
        usual = OF_RANK.get(len(wanted), {"shape": ()})["shape"]
        shape = [size or one for size, one in zip(wanted[1:], usual, strict=False)]
        yield failed.changed([path], lambda table: {**with_kind(table, match["dtype"]), "shape": shape})  # noqa: B023


# -- kinds ----------------------------------------------------------------------------------------------


@_where(r"Value for attr '\w+' of (?P<found>\w+) is not in the list of allowed values: (?P<allowed>[\w, ]+)")
def _allowed(failed: Failed, match: re.Match[str]) -> Iterator[Feed | None]:
    allowed = [word.strip() for word in match["allowed"].split(",")]
    whole = not any(word in ("float", "float32") for word in allowed)
    wanted = "string" if allowed == ["string"] else "bool" if allowed == ["bool"] else "int32" if whole else "float32"
    yield from _of_kind(failed, match["found"], wanted)


@_where(
    r"expected to be an? (?P<wanted>\w+) tensor but is an? (?P<found>\w+) tensor",
    r"requested dtype (?P<wanted>\w+) for Tensor with dtype (?P<found>\w+)",
    r"Expected (?P<wanted>float32|int32|int64|bool|string)[^,]* (?:but got|got|passed parameter)"
    r".*?(?P<found>float32|int32|int64|bool|string)",
)
def _expected(failed: Failed, match: re.Match[str]) -> Iterator[Feed | None]:
    yield from _of_kind(failed, match["found"], match["wanted"])
    yield from _of_kind(failed, match["wanted"], match["found"])


@_where(
    r"[Oo]nly integers, slices|indices must be integers|must be of (?:integer|int)",
    r"be an integer tensor|integer types?\b",
)
def _whole(failed: Failed, match: re.Match[str]) -> Iterator[Feed | None]:
    if re.search(r"got ['\"]|not '?str", failed.text):
        return
    yield from _of_kind(failed, "float32", "int32")


def _of_kind(failed: Failed, found: str, wanted: str) -> Iterator[Feed | None]:
    """Inputs of one kind of number as another: the suspected ones each, then all of them."""
    kind = {"float": "float32", "double": "float64", "half": "float16"}
    found, wanted = kind.get(found, found), kind.get(wanted, wanted)
    for paths in (failed.suspects, list(failed.leaves)):
        alike = [path for path in paths if str(failed.leaves[path].get("dtype", "float32")) == found]
        for path in alike[::-1]:
            yield failed.changed([path], lambda table: with_kind(table, wanted))
        yield failed.changed(alike, lambda table: with_kind(table, wanted))


@_where(r"SparseTensor|sparse tensor", r"has no attribute '(dense_shape|indices|values)'")
def _sparse(failed: Failed, match: re.Match[str]) -> Iterator[Feed | None]:
    yield from _each_marked(failed, "sparse")


@_where(r"RaggedTensor|ragged tensor", rf"has no attribute '({'|'.join(sorted(knowledge.RAGGED_ATTRIBUTES))})'")
def _ragged(failed: Failed, match: re.Match[str]) -> Iterator[Feed | None]:
    yield from _each_marked(failed, "ragged")


def _each_marked(failed: Failed, mark: str) -> Iterator[Feed | None]:
    asserted = [path for path in failed.suspects if path and not failed.leaves[path].get(mark)]
    for path in asserted[::-1] or [path for path in failed.leaves if not failed.leaves[path].get(mark)]:
        yield failed.changed([path], lambda table: {**table, mark: True} if table["shape"] else None)


# -- structures -----------------------------------------------------------------------------------------


@_where(r"^['\"]?([\w./ -]+)['\"]?$", r"[Oo]nly integers, slices.*got '([\w./ -]+)'", r"KeyError: '([\w./ -]+)'")
def _key(failed: Failed, match: re.Match[str]) -> Iterator[Feed | None]:
    key = match[1]
    if not isinstance(failed.error, (KeyError, TypeError)) or key == "None":
        return
    for name, part in failed.feed.items():
        if "shape" in part if isinstance(part, dict) else False:
            if not isinstance(failed.error, KeyError):
                yield {**failed.feed, name: {key: part}}
        elif isinstance(part, dict) and key not in part:
            like = next(iter(leaves({name: part}).values()), dict(OF_RANK[2]))
            missing = [each for each in _keys_beside(key, failed.frames) if each not in part]
            yield {**failed.feed, name: {**part, **{each: dict(like) for each in missing}}}


def _keys_beside(key: str, frames: Sequence[Raised]) -> list[str]:
    """The texts among which a local name or an attribute of the object has the key: a loop takes each of them."""
    for frame in frames[:1]:
        own = getattr(frame.bound.get("self"), "__dict__", {})
        for value in [*frame.bound.values(), *own.values()]:
            if isinstance(value, (list, tuple)) and key in value and all(isinstance(each, str) for each in value):
                return list(value)
    return [key]


# -- changes of one table -------------------------------------------------------------------------------


def is_whole(table: Shaped) -> bool:
    """Whether the table is of whole numbers."""
    return str(table.get("dtype", "float32")).startswith(("int", "uint"))


def with_rank(table: Shaped, rank: int) -> Shaped | None:
    """The table with so many axes, the batch among them; None where that is none, or too many."""
    wanted = OF_RANK.get(rank)
    if wanted is None or rank == len(table["shape"]) + 1:
        return None
    if is_whole(table) or table.get("sparse"):
        return {**table, "shape": [8] * (rank - 1)}
    return {**table, "shape": list(wanted["shape"])}


def _with_shape(table: Shaped, shape: Sequence[int]) -> Shaped:
    return {**table, "shape": list(shape)}


def _with_more_axes(table: Shaped, more: int) -> Shaped | None:
    return with_rank(table, len(table["shape"]) + 1 + more)


def with_size(table: Shaped, axis: int, size: int) -> Shaped | None:
    """The table with another size on one axis, not counting the batch; None where it has no such axis."""
    shape = list(table["shape"])
    if not -len(shape) <= axis < len(shape) or not 0 < size <= _MAX_SIZE:
        return None
    shape[axis] = size
    return {**table, "shape": shape}


def with_kind(table: Shaped, dtype: str) -> Shaped:
    """The table with another kind of numbers, its bounds those of this kind."""
    rest = {key: value for key, value in table.items() if key not in ("low", "high", "dtype")}
    bounds = {"low": 0, "high": TOKENS["high"]} if dtype.startswith(("int", "uint")) else {}
    return {**rest, "dtype": dtype, **bounds}


def _sizes(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", text)]


def _product(sizes: Iterable[int]) -> int:
    return functools.reduce(lambda one, other: one * other, sizes, 1)


def _flat(value: Any, depth: int = 0) -> Iterator[Any]:
    """A tensor, or those in lists and dicts."""
    if depth > 3:
        return
    if isinstance(value, Mapping):
        for part in value.values():
            yield from _flat(part, depth + 1)
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from _flat(part, depth + 1)
    else:
        yield value
