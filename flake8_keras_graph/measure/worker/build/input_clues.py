"""What the text of ``call`` tells about the inputs it takes. Runs in the worker, and runs nothing of the model."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flake8_keras_graph import knowledge
from flake8_keras_graph.measure.worker.build.parameters import parameters

Shaped = dict[str, Any]


def _shaped(word: str) -> Shaped:
    """The table of what a layer takes, by a word of ``knowledge.INPUTS``."""
    shape, dtype, bounds = knowledge.INPUTS[word]
    return {"shape": list(shape), "dtype": dtype, **({"low": bounds[0], "high": bounds[1]} if bounds else {})}


SEQUENCE, IMAGE, VECTOR, TOKENS, VOLUME = map(_shaped, ("sequence", "image", "vector", "tokens", "volume"))
NODES = SEQUENCE
SCALAR: Shaped = {"shape": [], "dtype": "float32"}
SQUARE: Shaped = {"shape": [16, 16], "dtype": "float32", "low": 0, "high": 1}
_MAX_DEPTH = 4


def call_parameters(instance: Any, method: str = "call") -> list[str]:
    """The parameters of ``call`` that get data: the first one and all without a default."""
    named = [p for p in parameters(getattr(instance, method)) if p.name not in ("self", "training", "mask")]
    return [p.name for index, p in enumerate(named) if index == 0 or p.default is p.empty]


class Reading:
    """What the text of ``call`` tells about its inputs, with layer objects looked up on the instance.

    ``tables`` are those of parameters, or of what they are unpacked to, that a layer is applied to; ``iterated``
    names what is gone over in a loop.
    """

    def __init__(self, instance: Any, names: Sequence[str], depth: int = 0, method: str = "call") -> None:
        self._instance = instance
        self._depth = depth
        self._keys: dict[str, list[str]] = {}
        self._counts: dict[str, int] = {}
        self.tables: dict[str, Mapping[str, Any]] = {}
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
        """The tensors that a parameter gets: one, or several in a list or a dict."""
        if keys := self._keys.get(name):
            return {key: self.table(f"{name}[{key}]") for key in keys}
        if name in self.iterated and not (name in self.tables or name in self._ranks or name in self._counts):
            return [self.table(f"{name}[0]"), self.table(f"{name}[0]")]
        if count := self._counts.get(name):
            return [self.table(f"{name}[{index}]") for index in range(count)]
        return self.table(name)

    def table(self, leaf: str) -> dict[str, Any]:
        """The tensor at a leaf, which has the name of a parameter or of what it is unpacked to."""
        name = self._called.get(leaf, leaf)
        if leaf in self._ragged:
            return {**self.tables.get(leaf, TOKENS), "ragged": True}
        if leaf in self._sparse:
            return {**self.tables.get(leaf, VECTOR), "sparse": True}
        if "adj" in name and len(self.tables.get(leaf, VECTOR)["shape"]) < 2:
            return dict(SQUARE)
        if leaf in self.tables:
            return dict(self.tables[leaf])
        by_rank = {1: SCALAR, 2: VECTOR, 3: SEQUENCE, 4: IMAGE, 5: VOLUME}
        if re.search(r"(^|_|\[)(ids?|tokens?|indices)\b", name.strip("]")):
            return dict(TOKENS)
        return dict(by_rank.get(self._ranks.get(leaf, 2), VECTOR))

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
        elif (
            isinstance(node, ast.Attribute)
            and node.attr in knowledge.RAGGED_ATTRIBUTES
            and (leaf := self._leaf(node.value))
        ):
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
                if leaf not in self.tables and (table := _input_of(own, self._depth)):
                    self.tables[leaf] = table

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
        return next((_shaped(word) for name in names if (word := _input_word(name))), None)
    if hasattr(layer, "call") and depth < _MAX_DEPTH and (inner := call_parameters(layer)):
        return Reading(layer, inner[:1], depth + 1).tables.get(inner[0])
    return None


def _input_word(name: str) -> str | None:
    """What a class of Keras takes, a word of ``knowledge.INPUTS``."""
    found = knowledge.record(f"keras.layers.{name}")
    return None if found is None else found.input


def _known_input(model: Any) -> Shaped | None:
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
