"""One Model subclass as written: its bases in the file, its methods, what its constructor does."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import libcst as cst

from flake8_keras_graph.rewrite.imports import Imports
from flake8_keras_graph.rewrite.syntax import dotted, is_docstring, statements

KERAS_MODELS = frozenset({"keras.Model", "keras.models.Model", "keras.training.Model", "keras.models.model.Model"})


@dataclasses.dataclass(frozen=True, slots=True)
class Method:
    """A function of a class body and the class that holds it."""

    name: str
    node: cst.FunctionDef
    owner: cst.ClassDef

    @property
    def decorators(self) -> list[str]:
        """Dotted names of the decorators, those called (``@tf.function(...)``) without their arguments."""
        found = []
        for decorator in self.node.decorators:
            target = decorator.decorator
            found.append(dotted(target.func if isinstance(target, cst.Call) else target))
        return found


@dataclasses.dataclass(frozen=True, slots=True)
class ModelClass:
    """``lineage`` is the class and its bases in the file, nearest first; ``base`` the Keras class they end in.

    ``base`` is None where the bases do not end in Keras's Model; ``stranger`` then names the base that is
    not known.
    """

    name: str
    lineage: tuple[cst.ClassDef, ...]
    base: cst.BaseExpression | None
    stranger: str = ""

    def method(self, name: str, above: cst.ClassDef | None = None) -> Method | None:
        """The method ``name`` as ``self.name`` finds it, or as ``super()`` finds it ``above`` a class."""
        start = 0 if above is None else self.lineage.index(above) + 1
        for owner in self.lineage[start:]:
            for node in statements(owner):
                if isinstance(node, cst.FunctionDef) and node.name.value == name:
                    return Method(name, node, owner)
        return None

    def method_names(self) -> set[str]:
        """Names of every function in the class bodies."""
        return {
            node.name.value for owner in self.lineage for node in statements(owner) if isinstance(node, cst.FunctionDef)
        }

    def constants(self) -> dict[str, cst.BaseExpression]:
        """Values assigned in the class bodies, by name, nearest first."""
        found: dict[str, cst.BaseExpression] = {}
        for owner in self.lineage:
            for name, value in _assigned(owner):
                found.setdefault(name, value)
        return found

    def docstring(self) -> cst.BaseStatement | None:
        """The docstring statement of the class itself."""
        body = statements(self.lineage[0])
        return body[0] if body and is_docstring(body[0]) else None


def find_class(module: cst.Module, imports: Imports, symbol: str) -> ModelClass:
    """The class ``symbol`` of ``module``. Raises KeyError where there is none."""
    known = dict(_classes(module, ""))
    if symbol not in known:
        raise KeyError(symbol)
    lineage: list[cst.ClassDef] = []
    pending = [symbol]
    base: cst.BaseExpression | None = None
    stranger = ""
    while pending:
        node = known[pending.pop(0)]
        if node in lineage:
            continue
        lineage.append(node)
        for argument in node.bases:
            name = dotted(argument.value)
            if imports.canonical(name) in KERAS_MODELS:
                base = base or argument.value
            elif name in known and known[name] not in lineage:
                pending.append(name)
            elif name != "object":
                stranger = stranger or name or "an expression"
    return ModelClass(symbol.rpartition(".")[2], tuple(lineage), base, stranger)


def _classes(node: cst.Module | cst.ClassDef, prefix: str) -> Iterator[tuple[str, cst.ClassDef]]:
    """Classes by dotted name, also those under ``if`` and ``try``; not those inside functions."""
    for child in _body(node):
        if isinstance(child, cst.ClassDef):
            name = prefix + child.name.value
            yield name, child
            yield from _classes(child, f"{name}.")


def _body(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    for child in node.children:
        if isinstance(child, cst.ClassDef):
            yield child
        elif isinstance(child, (cst.If, cst.Else, cst.Try, cst.ExceptHandler, cst.IndentedBlock, cst.With)):
            yield from _body(child)


def _assigned(owner: cst.ClassDef) -> Iterator[tuple[str, cst.BaseExpression]]:
    for line in statements(owner):
        if not isinstance(line, cst.SimpleStatementLine):
            continue
        for small in line.body:
            if isinstance(small, cst.Assign) and isinstance(small.targets[0].target, cst.Name):
                yield small.targets[0].target.value, small.value
            elif isinstance(small, cst.AnnAssign) and isinstance(small.target, cst.Name) and small.value:
                yield small.target.value, small.value
