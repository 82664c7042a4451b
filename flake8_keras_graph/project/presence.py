"""Whether a file can hold anything for this linter, from the tree that flake8 has made anyway.

Most files hold no Keras class, and are to cost next to nothing: imports and class headers tell, and this module
imports nothing that flake8 has not.
"""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Iterable, Iterator

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef

KERAS_PACKAGES = frozenset({"keras", "tensorflow", "tf_keras", "keras_core", "tensorflow_core"})
# A metric's ``result`` tells nothing: futures and queries have one as well.
_TELLING = frozenset({"call", "train_step", "test_step", "predict_step", "compute_loss", "update_state"})
_BUILTINS = frozenset(dir(builtins))


def may_have_keras(tree: ast.Module) -> bool:
    """Whether the file can hold anything for this linter; looks at imports and class headers only."""
    if not isinstance(tree, ast.Module):
        return False
    own_call = False
    stdlib: set[str] = set()
    for node in header_statements(tree.body):
        if isinstance(node, ast.Import):
            if any(alias.name.partition(".")[0] in KERAS_PACKAGES for alias in node.names):
                return True
            stdlib.update(
                (alias.asname or alias.name).partition(".")[0]
                for alias in node.names
                if alias.name.partition(".")[0] in sys.stdlib_module_names
            )
        elif isinstance(node, ast.ImportFrom):
            package = (node.module or "").partition(".")[0]
            if not node.level and package in KERAS_PACKAGES:
                return True
            if not node.level and package in sys.stdlib_module_names:
                stdlib.update(alias.asname or alias.name for alias in node.names)
        elif isinstance(node, ast.ClassDef) and not own_call:
            own_call = _calls_itself_a_layer(node, stdlib)
    return own_call


def _calls_itself_a_layer(node: ast.ClassDef, stdlib: set[str]) -> bool:
    """A class that could inherit from Keras through another file: a base of its own, and a ``call``."""
    bases = [_root_name(base) for base in node.bases]
    if not any(base and base not in stdlib and base not in _BUILTINS for base in bases):
        return False
    return any(isinstance(item, FunctionNode) and item.name in _TELLING for item in node.body)


def _root_name(node: ast.expr) -> str | None:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def header_statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Module-level statements, those under ``if``, ``try`` and ``with`` included."""
    for node in body:
        yield node
        if isinstance(node, ast.If):
            yield from header_statements(node.body)
            yield from header_statements(node.orelse)
        elif isinstance(node, ast.Try):
            yield from header_statements(node.body)
            for handler in node.handlers:
                yield from header_statements(handler.body)
            yield from header_statements(node.orelse)
            yield from header_statements(node.finalbody)
        elif isinstance(node, ast.With):
            yield from header_statements(node.body)


def is_of_keras(dotted: str) -> bool:
    return dotted.partition(".")[0] in KERAS_PACKAGES
