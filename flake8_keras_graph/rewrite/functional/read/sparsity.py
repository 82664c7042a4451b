"""Which symbolic tensors Keras takes for sparse: those multiplied by a Python number.

Keras 3 marks ``x * 2.0`` as sparse while building (Multiply.compute_output_spec asks a number whether it is
sparse and takes no answer for yes). A layer whose output Keras can only infer by running it then gets a sparse
placeholder, which TensorFlow's operations refuse. ``convert_to_tensor(x, sparse=False)`` takes the mark away and
is no operation in the graph.
"""

from __future__ import annotations

import libcst as cst

from flake8_keras_graph import knowledge
from flake8_keras_graph.rewrite.functional.read.kinds import SYMBOLIC, Kinds, is_operation

# Operations whose result is never marked, whatever they are given.
_DENSE = knowledge.names_where("dense")


def is_marked(node: cst.CSTNode, kinds: Kinds, marked: set[str]) -> bool:
    """Whether ``node`` may be marked as sparse; ``marked`` are the names that may be."""
    if isinstance(node, cst.Name):
        return node.value in marked
    if isinstance(node, cst.UnaryOperation):
        return is_marked(node.expression, kinds, marked)
    if isinstance(node, cst.IfExp):
        return is_marked(node.body, kinds, marked) or is_marked(node.orelse, kinds, marked)
    if isinstance(node, cst.BinaryOperation):
        if not isinstance(node.operator, (cst.Multiply, cst.MatrixMultiply)):
            return False
        return _product([node.left, node.right], kinds, marked)
    if isinstance(node, cst.Call):
        return _call(node, kinds, marked)
    return False


def _call(node: cst.Call, kinds: Kinds, marked: set[str]) -> bool:
    path = kinds.imports.canonical(node.func)
    name = path.rpartition(".")[2]
    values = [argument.value for argument in node.args]
    if is_operation(path):
        if name == "multiply":
            return _product(values, kinds, marked)
        return not _is_dense(path) and any(is_marked(value, kinds, marked) for value in values)
    return False


def _is_dense(path: str) -> bool:
    """Whether the operation, or its counterpart that is written for it, never gives a marked tensor."""
    found = knowledge.record(knowledge.canonical(path))
    counterpart = found.counterpart if found is not None else None
    return found is not None and (found.name in _DENSE or (counterpart is not None and counterpart.path in _DENSE))


def _product(values: list[cst.BaseExpression], kinds: Kinds, marked: set[str]) -> bool:
    symbolic = [kinds.of(value) in SYMBOLIC for value in values]
    if any(is_marked(value, kinds, marked) for value in values):
        return True
    return any(symbolic) and not all(symbolic)
