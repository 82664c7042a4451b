"""Methods in which a class makes its own inputs, as for a summary: ``Model(x, self.call(x))`` of an ``Input``.

Nothing is run here.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from flake8_keras_graph import knowledge
from flake8_keras_graph.analysis.reading import FileReading
from flake8_keras_graph.measure.project.slicing import arguments_of, last_name, literal_arguments
from flake8_keras_graph.project.index import FunctionInfo, walk

_INPUTS = frozenset({"Input", "InputLayer", "KerasTensor", "placeholder"})
_NOT_CALLED = frozenset({"__init__", "build", "call", "__call__", "train_step", "test_step", "predict_step"})


def own_inputs(reading: FileReading, symbol: str, around: Sequence[FileReading]) -> list[dict[str, str]]:
    """The methods that do so and only build, each with the arguments to call it with, as the source of a tuple.

    What a method requires stands in a call of the project; ``around`` are the files to look for one in.
    """
    methods = [
        method
        for info in reading.class_named(symbol).project_lineage
        for name, method in info.methods.items()
        if name not in _NOT_CALLED and _makes_inputs(method.node) and not _acts(method.node)
    ]
    return [found for method in methods for found in _with_arguments(method, around)]


def _makes_inputs(node: ast.AST) -> bool:
    called = {last_name(each.func) for each in walk(node) if isinstance(each, ast.Call)}
    return bool(called & _INPUTS) and bool(called & {"self", "call", "__call__"})


def _acts(node: ast.AST) -> bool:
    """Whether a method that the node calls is known to read, train, write or fetch: what else does is stopped."""
    return any(knowledge.is_acting_method(last_name(each.func)) for each in walk(node) if isinstance(each, ast.Call))


def _with_arguments(method: FunctionInfo, around: Sequence[FileReading]) -> Iterator[dict[str, str]]:
    given = method.node.args
    required = len(given.args) + len(given.posonlyargs) - 1 - len(given.defaults)
    required += sum(default is None for default in given.kw_defaults)
    for reading in around:
        for node in walk(reading.module.tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == method.name:
                text = ast.unparse(arguments_of(node))
                if literal_arguments(text) is not None and (node.args or node.keywords):
                    yield {"method": method.name, "arguments": text}
    if required <= 0:
        yield {"method": method.name, "arguments": "((), {})"}
