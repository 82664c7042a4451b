"""Guesses at inputs, made by reading ``call`` first. Runs in the worker.

Nothing here is a fact: whatever is built from a guess is marked as guessed, and only what runs is used.
"""

from __future__ import annotations

import ast
import functools
import inspect
import itertools
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flake8_keras_graph.measure.feeding import Feed, map_tables, tables
from flake8_keras_graph.measure.parameters import parameters

_Shaped = dict[str, Any]
_SEQUENCE: _Shaped = {"shape": [16, 8], "dtype": "float32"}
_IMAGE: _Shaped = {"shape": [32, 32, 3], "dtype": "float32"}
_VECTOR: _Shaped = {"shape": [16], "dtype": "float32"}
_TOKENS: _Shaped = {"shape": [8], "dtype": "int32", "low": 0, "high": 16}
_VOLUME: _Shaped = {"shape": [8, 16, 16, 3], "dtype": "float32"}
_SCALAR: _Shaped = {"shape": [], "dtype": "float32"}
_SQUARE: _Shaped = {"shape": [16, 16], "dtype": "float32", "low": 0, "high": 1}
_NODES: _Shaped = {"shape": [16, 8], "dtype": "float32"}
_TEXTS: _Shaped = {"shape": [], "dtype": "string"}
_NUMBERS: _Shaped = {"shape": [], "dtype": "int32", "low": 0, "high": 16}
_COMMON = (_VECTOR, _SEQUENCE, _IMAGE, _TOKENS, _VOLUME, _SCALAR)
_LARGER = (64, 128, 256)
_MAX_DEPTH = 4
# What only ragged tensors have.
_RAGGED = frozenset({
    "to_tensor", "row_lengths", "row_splits", "flat_values", "nested_row_lengths", "nested_row_splits", "value_rowids",
    "nrows", "bounding_shape", "ragged_rank", "with_values", "with_flat_values",
})  # fmt: skip

# Layer classes, by a part of their name, and the input they take; the first match counts.
_BY_LAYER = (
    ("ConvLSTM2D", {"shape": [4, 16, 16, 3]}), ("Conv3D", _VOLUME), ("Pooling3D", _VOLUME), ("Conv1D", _SEQUENCE),
    ("Pooling1D", _SEQUENCE), ("Conv2D", _IMAGE), ("Pooling2D", _IMAGE), ("SpatialDropout1D", _SEQUENCE),
    ("2D", _IMAGE), ("RNN", _SEQUENCE), ("LSTM", _SEQUENCE), ("GRU", _SEQUENCE), ("Bidirectional", _SEQUENCE),
    ("TimeDistributed", _SEQUENCE), ("Attention", _SEQUENCE), ("Transformer", _SEQUENCE),
    ("RandomFlip", _IMAGE), ("RandomRotation", _IMAGE), ("Rescaling", _IMAGE), ("Resizing", _IMAGE),
    ("TextVectorization", _TEXTS), ("StringLookup", _TEXTS), ("IntegerLookup", _NUMBERS), ("Hashing", _NUMBERS),
    ("CategoryEncoding", _NUMBERS), ("Dense", _VECTOR),
)  # fmt: skip


def call_parameters(instance: Any, method: str = "call") -> list[str]:
    """The parameters of ``call`` that get data: the first one and all without a default."""
    named = [p for p in parameters(getattr(instance, method)) if p.name not in ("self", "training", "mask")]
    return [p.name for index, p in enumerate(named) if index == 0 or p.default is p.empty]


def feed_guesses(instance: Any, method: str = "call") -> Iterator[Feed]:
    """Feeds to try, the one that the reading of ``call`` suggests first, then common shapes for every input."""
    names = call_parameters(instance, method)
    read = _Reading(instance, names, method=method)
    first = _with_nodes({name: read.structure(name) for name in names})
    yield first
    for table in _COMMON:
        alternative = {name: _all_of(table, part) for name, part in first.items()}
        if alternative != first:
            yield alternative
    if set(names) & read.iterated:
        yield from ({name: dict(table) for name in names} for table in _COMMON)
    if len(names) == 1 and len(tables(first)) == 1:
        for table in _COMMON[:4]:
            yield {names[0]: [dict(table), dict(table)]}
    yield from _products(first)
    if any(len(table["shape"]) == 3 for table in tables(first)):
        for size in _LARGER:  # deep networks halve their images often
            yield {name: map_tables(functools.partial(_with_sides, size=size), part) for name, part in first.items()}


def _with_sides(table: Mapping[str, Any], size: int) -> _Shaped:
    image = len(table["shape"]) == 3
    return {**table, "shape": [size, size, table["shape"][-1]]} if image else dict(table)


def _with_nodes(feed: Feed) -> Feed:
    """Beside an adjacency matrix of nodes stand vectors of as many nodes."""

    def change(table: Mapping[str, Any]) -> _Shaped:
        return dict(_NODES if table["shape"] == _VECTOR["shape"] else table)

    if not any(table == _SQUARE for part in feed.values() for table in tables(part)):
        return feed
    return {name: map_tables(change, part) for name, part in feed.items()}


def _products(first: Feed) -> Iterator[Feed]:
    """Feeds of several inputs, each with other ranks than were read: the nearest changes first."""
    leaves = tables(first)
    if not 2 <= len(leaves) <= 3:
        return
    options = [[dict(leaf), *_other_ranks(leaf)] for leaf in leaves]
    combinations = sorted(itertools.product(*(range(len(o)) for o in options)), key=sum)
    for chosen in combinations[1:]:
        picked = [option[index] for option, index in zip(options, chosen, strict=True)]
        yield _with_tables(first, picked)


def _with_tables(feed: Feed, new: Sequence[_Shaped]) -> Feed:
    remaining = iter(new)
    return {name: map_tables(lambda _: next(remaining), part) for name, part in feed.items()}


def _other_ranks(table: Mapping[str, Any]) -> list[_Shaped]:
    if str(table.get("dtype", "float32")).startswith("int"):
        return [{**table, "shape": shape} for shape in ([], [8], [1]) if shape != table["shape"]]
    return [dict(t) for t in (_SEQUENCE, _VECTOR, _IMAGE, _SCALAR) if t["shape"] != table["shape"]]


def filled(structure: Any, instance: Any, name: str) -> tuple[Any, bool]:
    """A structure found in the code with its unknown leaves read from ``call``; whether any was."""
    read = _Reading(instance, call_parameters(instance))
    guessed = False

    def fill(part: Any, leaf: str) -> Any:
        nonlocal guessed
        if part is None:
            guessed = True
            return read._table(leaf)
        if isinstance(part, dict) and "shape" not in part:
            return {key: fill(value, f"{leaf}[{key}]") for key, value in part.items()}
        if isinstance(part, list):
            return [fill(value, f"{leaf}[{index}]") for index, value in enumerate(part)]
        known = read._tables.get(leaf, {})
        whole = str(known.get("dtype", "")).startswith("int")
        return {**part, "dtype": "int32", "low": 0, "high": known["high"]} if whole and "low" not in part else part

    return fill(structure, name), guessed


def _all_of(table: _Shaped, structure: Any) -> Any:
    """Every input of the table's kind; what was read to be whole numbers stays so, with one axis at most."""

    def change(leaf: Mapping[str, Any]) -> _Shaped:
        read_as_whole = str(leaf.get("dtype")).startswith("int")
        return {**leaf, "shape": table["shape"][:1]} if read_as_whole else dict(table)

    return map_tables(change, structure)


class _Reading:
    """What the text of ``call`` tells about its inputs, with layer objects looked up on the instance."""

    def __init__(self, instance: Any, names: Sequence[str], depth: int = 0, method: str = "call") -> None:
        self._instance = instance
        self._depth = depth
        self._keys: dict[str, list[str]] = {}
        self._counts: dict[str, int] = {}
        self._tables: dict[str, Mapping[str, Any]] = {}
        self._ranks: dict[str, int] = {}
        self._aliases = {name: name for name in names}
        self._layers: dict[str, Any] = {}
        self._loop_keys: dict[str, list[str]] = {}
        self._called: dict[str, str] = {}
        self._ragged: set[str] = set()
        self._sparse: set[str] = set()
        self.iterated: set[str] = set()
        function = _method_tree(instance, method)
        if function is not None:
            self._read_annotations(function.args)
            for node in function.body:
                self._read(node)

    def structure(self, name: str) -> Any:
        if keys := self._keys.get(name):
            return {key: self._table(f"{name}[{key}]") for key in keys}
        if name in self.iterated and not (name in self._tables or name in self._ranks or name in self._counts):
            return [self._table(f"{name}[0]"), self._table(f"{name}[0]")]
        if count := self._counts.get(name):
            return [self._table(f"{name}[{index}]") for index in range(count)]
        return self._table(name)

    def _table(self, leaf: str) -> dict[str, Any]:
        """The tensor at a leaf, which has the name of a parameter or of what it is unpacked to."""
        name = self._called.get(leaf, leaf)
        if leaf in self._ragged:
            return {**self._tables.get(leaf, _TOKENS), "ragged": True}
        if leaf in self._sparse:
            return {**self._tables.get(leaf, _VECTOR), "sparse": True}
        if "adj" in name and len(self._tables.get(leaf, _VECTOR)["shape"]) < 2:
            return dict(_SQUARE)
        if leaf in self._tables:
            return dict(self._tables[leaf])
        by_rank = {1: _SCALAR, 2: _VECTOR, 3: _SEQUENCE, 4: _IMAGE, 5: _VOLUME}
        if re.search(r"(^|_|\[)(ids?|tokens?|indices)\b", name.strip("]")):
            return dict(_TOKENS)
        return dict(by_rank.get(self._ranks.get(leaf, 2), _VECTOR))

    def _read_annotations(self, arguments: ast.arguments) -> None:
        for argument in arguments.args:
            annotation = ast.unparse(argument.annotation) if argument.annotation is not None else ""
            if "RaggedTensor" in annotation:
                self._ragged.add(argument.arg)
            elif annotation.endswith("SparseTensor"):
                self._sparse.add(argument.arg)

    def _read(self, node: ast.AST) -> None:
        if isinstance(node, (ast.For, ast.comprehension)):
            self._read_loop(node)
        for generator in getattr(node, "generators", ()):  # before the element that uses its variable
            self._read_loop(generator)
        for child in ast.iter_child_nodes(node):
            self._read(child)
        if isinstance(node, ast.Subscript):
            self._read_subscript(node)
        elif isinstance(node, ast.Call):
            self._read_call(node)
        elif isinstance(node, ast.Assign):
            self._read_assignment(node)
        elif isinstance(node, ast.Attribute) and node.attr in _RAGGED and (leaf := self._leaf(node.value)):
            self._ragged.add(leaf)

    def _leaf(self, node: ast.AST) -> str | None:
        if isinstance(node, ast.Name):
            return self._aliases.get(node.id)
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            base = self._leaf(node.value)
            return f"{base}[{node.slice.value!s}]" if base else None
        return None

    def _read_subscript(self, node: ast.Subscript) -> None:
        base = self._leaf(node.value)
        if base and isinstance(node.slice, ast.Name) and node.slice.id in self._loop_keys:
            self._keys[base] = list(dict.fromkeys(self._keys.get(base, []) + self._loop_keys[node.slice.id]))
        if base and isinstance(node.slice, ast.Constant):
            if isinstance(node.slice.value, str):
                keys = self._keys.setdefault(base, [])
                keys += [node.slice.value] if node.slice.value not in keys else []
            elif isinstance(node.slice.value, int) and node.slice.value > 0:
                self._counts[base] = max(self._counts.get(base, 0), node.slice.value + 1)

    def _read_loop(self, node: ast.For | ast.comprehension) -> None:
        for target, source in _loop_pairs(node.target, node.iter):
            attribute = _self_attribute(source)
            items = getattr(self._instance, attribute, None) if attribute else None
            if isinstance(target, ast.Name) and isinstance(source, ast.Name) and (leaf := self._leaf(source)):
                self.iterated.add(leaf)  # several tensors: to go over one is nothing that fit compiles
                self._aliases[target.id] = f"{leaf}[0]"
            if isinstance(target, ast.Name) and _are_names(items):
                self._loop_keys[target.id] = [str(item) for item in items or ()]
            elif isinstance(target, ast.Name) and isinstance(items, Sequence) and items:
                self._layers[target.id] = items[0]
            elif isinstance(target, ast.Name) and isinstance(items, Mapping) and items:
                self._loop_keys[target.id] = [str(key) for key in items]

    def _layer(self, func: ast.expr) -> Any:
        if isinstance(func, ast.Name):
            return self._layers.get(func.id)
        if isinstance(func, ast.Subscript) and (attribute := _self_attribute(func.value)):
            items = getattr(self._instance, attribute, None)
            if isinstance(items, Mapping) and items:
                return next(iter(items.values()))
            return items[0] if isinstance(items, Sequence) and items else None
        attribute = _self_attribute(func)
        return getattr(self._instance, attribute, None) if attribute else None

    def _read_call(self, node: ast.Call) -> None:
        if isinstance(node.func, ast.Attribute) and node.func.attr in ("get", "pop") and node.args:
            self._read_subscript(ast.Subscript(node.func.value, node.args[0], ast.Load()))
        layer = self._layer(node.func)
        for argument in [*node.args, *(k.value for k in node.keywords)] if layer is not None else []:
            for leaf in self._leaves(argument):
                own = self._layer_for(node.func, leaf) or layer
                if leaf not in self._tables and (table := _input_of(own, self._depth)):
                    self._tables[leaf] = table

    def _layer_for(self, func: ast.expr, leaf: str) -> Any:
        """Of layers in a dict, the one under the name of the input that it is applied to."""
        attribute = _self_attribute(func.value) if isinstance(func, ast.Subscript) else None
        items = getattr(self._instance, attribute, None) if attribute else None
        return items.get(leaf.rpartition("[")[2].strip("]")) if isinstance(items, Mapping) else None

    def _leaves(self, node: ast.expr) -> list[str]:
        """The inputs that an expression is: several where it is indexed by the variable of a loop over names."""
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Name):
            base = self._leaf(node.value)
            return [f"{base}[{key}]" for key in self._loop_keys.get(node.slice.id, ())] if base else []
        leaf = self._leaf(node)
        if leaf is None and isinstance(node, (ast.BinOp, ast.UnaryOp)):  # arithmetic keeps the shape of its operand
            leaf = next((found for n in ast.walk(node) if isinstance(n, ast.Name) and (found := self._leaf(n))), None)
        return [leaf] if leaf else []

    def _read_assignment(self, node: ast.Assign) -> None:
        target = node.targets[0]
        shaped = _shape_argument(node.value)
        if isinstance(target, (ast.Tuple, ast.List)):
            leaf = self._leaf(node.value)
            if shaped is not None and (leaf := self._leaf(shaped)):
                self._ranks[leaf] = len(target.elts)
            elif leaf:
                self._counts[leaf] = len(target.elts)
                for index, element in enumerate(target.elts):
                    if isinstance(element, ast.Name):
                        self._aliases[element.id] = f"{leaf}[{index}]"
                        self._called[f"{leaf}[{index}]"] = element.id
        elif isinstance(target, ast.Name):
            applied = any(isinstance(n, ast.Call) and self._layer(n.func) for n in ast.walk(node.value))
            leaves = [leaf for n in _without_shapes(node.value) if (leaf := self._leaf(n))]
            self._aliases.pop(target.id, None)
            if leaves and not applied and shaped is None:
                self._aliases[target.id] = leaves[0]


def _method_tree(instance: Any, method: str) -> ast.FunctionDef | None:
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(getattr(type(instance), method))))
    except (OSError, TypeError, SyntaxError, AttributeError):
        return None
    found = tree.body[0]
    return found if isinstance(found, ast.FunctionDef) else None


def _are_names(items: Any) -> bool:
    plain = isinstance(items, Sequence) and not isinstance(items, str)
    return plain and bool(items) and all(isinstance(item, str) for item in items)


def _loop_pairs(target: ast.expr, source: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Loop variables with what each runs over, through ``zip``, ``enumerate`` and ``items``."""
    name = getattr(source.func, "id", "") if isinstance(source, ast.Call) else ""
    if isinstance(source, ast.Call) and isinstance(target, (ast.Tuple, ast.List)):
        if name == "zip":
            for one, other in zip(target.elts, source.args, strict=False):
                yield from _loop_pairs(one, other)
        elif name == "enumerate" and len(target.elts) == 2 and source.args:
            yield from _loop_pairs(target.elts[1], source.args[0])
        elif isinstance(source.func, ast.Attribute) and source.func.attr == "items":
            yield target.elts[0], source.func.value
    elif isinstance(source, ast.Call) and isinstance(source.func, ast.Attribute) and source.func.attr == "keys":
        yield target, source.func.value
    else:
        yield target, source


def _self_attribute(node: ast.AST) -> str | None:
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self":
        return node.attr
    return None


def _shape_argument(node: ast.AST) -> ast.expr | None:
    """``x`` of ``x.shape``, ``tf.shape(x)``, ``ops.shape(x)``."""
    if isinstance(node, ast.Attribute) and node.attr == "shape":
        return node.value
    if isinstance(node, ast.Call) and node.args and isinstance(node.func, ast.Attribute) and node.func.attr == "shape":
        return node.args[0]
    return None


def _without_shapes(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes of an expression, but for those of which only the shape is taken."""
    if _shape_argument(node) is None:
        yield node
        for child in ast.iter_child_nodes(node):
            yield from _without_shapes(child)


def _input_of(layer: Any, depth: int) -> Mapping[str, Any] | None:
    """The input that a layer takes, by its class; for a layer of the project, by what its own ``call`` does."""
    names = [base.__name__ for base in type(layer).__mro__]
    if "Embedding" in names:
        return {"shape": [8], "dtype": "int32", "low": 0, "high": int(getattr(layer, "input_dim", 16))}
    nested = layer.layers[:1] if "Sequential" in names and depth < _MAX_DEPTH else ()
    first = next((_input_of(part, depth + 1) for part in nested), None)
    if (known := _known_input(layer)) is not None:
        return {**(first or known), "shape": known["shape"]}
    if "Sequential" in names:
        return first
    if type(layer).__module__.partition(".")[0] in ("keras", "tf_keras"):
        return next((t for part, t in _BY_LAYER if any(part in name for name in names[:3])), None)
    if hasattr(layer, "call") and depth < _MAX_DEPTH and (inner := call_parameters(layer)):
        return _Reading(layer, inner[:1], depth + 1)._tables.get(inner[0])
    return None


def _known_input(model: Any) -> _Shaped | None:
    """The one input of a functional or a sequential model that says what it takes."""
    try:
        symbols = getattr(model, "inputs", None)
    except (ValueError, AttributeError):  # not built
        return None
    if not isinstance(symbols, list) or len(symbols) != 1:
        return None
    symbol = symbols[0]
    dtype = getattr(symbol.dtype, "name", str(symbol.dtype))
    sizes = [int(size or 16) for size in symbol.shape[1:]]
    return {"shape": sizes, "dtype": dtype, **({"low": 0, "high": 16} if dtype.startswith("int") else {})}


_NDIM = re.compile(r"expected (?:min_)?ndim=(\d+)")
_AXIS = re.compile(r"expected axis (-?\d+) of input shape to have value (\d+)")
_MATRIX = re.compile(r"In\[0\]: \[[\d,]*?(\d+)\], In\[1\]: \[(\d+),")
_BROADCAST = re.compile(r"Incompatible shapes: \[([\d,]+)\] vs\. \[([\d,]+)\]")
_UNPACK = re.compile(r"not enough values to unpack \(expected (\d+)")
_OF_RANK = {1: _SCALAR, 2: _VECTOR, 3: _SEQUENCE, 4: _IMAGE, 5: _VOLUME}


def corrected(feed: Feed, error: BaseException) -> Feed | None:
    """The feed changed as the error asks for (rank, size of an axis, count), or None where it does not say."""
    text = str(error)
    if match := _NDIM.search(text):
        wanted = _OF_RANK.get(int(match[1]))
        return _changed(feed, lambda t: {**t, "shape": wanted["shape"]} if wanted else t)
    if (match := _AXIS.search(text)) and int(match[1]) != 0:
        axis, size = int(match[1]), int(match[2])
        return _changed(feed, lambda t: _with_size(t, axis if axis < 0 else axis - 1, size))
    if match := _MATRIX.search(text):
        return _changed(feed, lambda t: _with_size(t, -1, int(match[2])))
    if match := _BROADCAST.search(text):
        last = {int(side.split(",")[-1]) for side in match.groups()}
        return _changed(feed, lambda t: _with_last_of(t, last))
    if (match := _UNPACK.search(text)) and all(len(tables(part)) == 1 for part in feed.values()):
        name, part = next(iter(feed.items()))
        return {**feed, name: [dict(tables(part)[0]) for _ in range(int(match[1]))]}
    return None


def _changed(feed: Feed, change: Any) -> Feed | None:
    changed = {name: map_tables(change, part) for name, part in feed.items()}
    return changed if changed != feed else None


def _with_last_of(table: Mapping[str, Any], last: set[int]) -> dict[str, Any]:
    """Where two shapes did not fit and the last size of one is the table's: the other's instead."""
    if table["shape"] and table["shape"][-1] in last and len(last) == 2:
        return _with_size(table, -1, (last - {table["shape"][-1]}).pop())
    return dict(table)


def _with_size(table: Mapping[str, Any], axis: int, size: int) -> dict[str, Any]:
    shape = list(table["shape"])
    if -len(shape) <= axis < len(shape):
        shape[axis] = size
    return {**table, "shape": shape}
