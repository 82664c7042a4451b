"""The shapes that Keras gives to ``build``, read off the tensors that a builder is given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import libcst as cst

from flake8_keras_graph.rewrite.functional.read.model import Method
from flake8_keras_graph.rewrite.functional.write.context import Context
from flake8_keras_graph.rewrite.text.syntax import Statement, code, names_read, parameters, statements
from flake8_keras_graph.syntax.nodes import walk

_SUFFIX = "_shape"


def shapes_for(
    context: Context, build: Method, call: Method, tensors: Mapping[str, str], made: Sequence[Statement]
) -> list[Statement]:
    """``input_shape = inputs.shape`` for each parameter of ``build`` that its statements, as ``made``, read.

    ``tensors`` maps the parameters of ``call`` to the tensors of the builder. Keras gives a lone parameter the
    shape of the first; several have to be called like the parameters of ``call``, and only Keras 3 knows them.
    """
    params = [parameter.name.value for parameter in parameters(build.node)]
    wanted = [name for name in params if any(name in names_read(line) for line in made)]
    lines: list[Statement] = []
    for name in wanted:
        source = next(iter(tensors)) if len(params) == 1 else name.removesuffix(_SUFFIX)
        if source not in tensors or (len(params) > 1 and (context.imports.keras == 2 or not name.endswith(_SUFFIX))):
            context.refuse(build.node, f"`{name}` of `build` is not the shape of an argument of `call`")
            continue
        shape = _shape(tensors[source], _form(source, call, name, build))
        if shape != name:
            lines.append(cst.parse_statement(f"{name} = {shape}\n"))
    return lines


def _shape(tensor: str, form: str) -> str:
    if form == "dict":
        return f"{{name: tensor.shape for name, tensor in {tensor}.items()}}"
    return f"[tensor.shape for tensor in {tensor}]" if form == "list" else f"{tensor}.shape"


def _form(tensor: str, call: Method, shape: str, build: Method) -> str:
    """Whether ``tensor`` is one, or a list or dict of them, by what ``call`` and ``build`` do with it and its shape."""
    for line in [*statements(call.node), *statements(build.node)]:
        for part in walk(line):
            if _is_key(part, {tensor, shape}):
                return "dict"
    if any(_unpacks(part, {tensor}) for line in statements(call.node) for part in walk(line)):
        return "list"
    nested = any(_is_item_of_item(part, shape) for line in statements(build.node) for part in walk(line))
    return "list" if nested else "tensor"


def _is_key(node: cst.CSTNode, names: set[str]) -> bool:
    """``inputs["a"]`` or ``inputs.items()``."""
    if isinstance(node, cst.Subscript) and code(node.value) in names:
        piece = node.slice[0].slice
        return isinstance(piece, cst.Index) and isinstance(piece.value, cst.SimpleString)
    return isinstance(node, cst.Attribute) and code(node.value) in names and node.attr.value in ("items", "keys", "get")


def _unpacks(node: cst.CSTNode, names: set[str]) -> bool:
    """``a, b = inputs``."""
    if not isinstance(node, cst.Assign) or code(node.value) not in names:
        return False
    return any(isinstance(target.target, (cst.Tuple, cst.List)) for target in node.targets)


def _is_item_of_item(node: cst.CSTNode, name: str) -> bool:
    """``input_shape[0][-1]``."""
    return isinstance(node, cst.Subscript) and isinstance(node.value, cst.Subscript) and code(node.value.value) == name
