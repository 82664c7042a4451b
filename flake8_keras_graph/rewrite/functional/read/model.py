"""One Model subclass as written: its bases in the file, its methods, what its constructor does."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping

import libcst as cst

from flake8_keras_graph.rewrite.functional.read.bases import Elsewhere, Foreign
from flake8_keras_graph.rewrite.text.imports import Imports
from flake8_keras_graph.rewrite.text.syntax import classes_by_name, dotted, is_docstring, statements

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
    """``lineage`` is the class and its bases in the project, nearest first; ``base`` the Keras class they end in;
    ``foreign`` those of ``lineage`` that stand in other files.

    ``base`` is None where the bases do not end in Keras's Model; ``stranger`` then names the base that is
    not known.
    """

    name: str
    lineage: tuple[cst.ClassDef, ...]
    base: cst.BaseExpression | None
    stranger: str = ""
    foreign: tuple[Foreign, ...] = ()

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


def find_class(module: cst.Module, imports: Imports, symbol: str, others: Elsewhere | None = None) -> ModelClass:
    """The class ``symbol`` of ``module``; ``others`` finds its bases in other files.

    Raises KeyError where there is none.
    """
    known = classes_by_name(module)
    if symbol not in known:
        raise KeyError(symbol)
    found = _Lineage(known, imports, others)
    found.add_own(symbol)
    return ModelClass(symbol.rpartition(".")[2], tuple(found.classes), found.base, found.stranger, tuple(found.foreign))


@dataclasses.dataclass(slots=True)
class _Lineage:
    """Collects a class and its bases, nearest first."""

    known: Mapping[str, cst.ClassDef]
    imports: Imports
    others: Elsewhere | None
    classes: list[cst.ClassDef] = dataclasses.field(default_factory=list)
    foreign: list[Foreign] = dataclasses.field(default_factory=list)
    base: cst.BaseExpression | None = None
    stranger: str = ""

    def add_own(self, symbol: str) -> None:
        """The class ``symbol`` of the file itself, and its bases."""
        pending = [symbol]
        strangers: list[str] = []
        while pending:
            node = self.known[pending.pop(0)]
            if node in self.classes:
                continue
            self.classes.append(node)
            for argument in node.bases:
                name = dotted(argument.value)
                if self.imports.canonical(name) in KERAS_MODELS:
                    self.base = self.base or argument.value
                elif name in self.known and self.known[name] not in self.classes:
                    pending.append(name)
                elif name != "object":
                    strangers.append(name or "an expression")
        for name in strangers:
            self._add_foreign(name)

    def _add_foreign(self, written: str) -> None:
        """A base in another file, and its own bases."""
        pending = [(written, self.others.reading.module)] if self.others is not None else []
        while pending and self.others is not None:
            name, holder = pending.pop(0)
            path = self.others.path(name, holder)
            if path in KERAS_MODELS:
                self.base = self.base or self.others.expression(name, holder)
                continue
            info = self.others.find(name, holder)
            if name == "object" or any(info is one.info for one in self.foreign):
                continue
            made = self.others.read(info) if info is not None else None
            if made is None or len(made.info.bases) != len(made.info.node.bases):
                self.stranger = self.stranger or name
                continue
            self.foreign.append(made)
            self.classes.append(made.node)
            pending += [(base, made.info.module) for base in made.info.bases]
        if self.others is None:
            self.stranger = self.stranger or written


def _assigned(owner: cst.ClassDef) -> Iterator[tuple[str, cst.BaseExpression]]:
    for line in statements(owner):
        if not isinstance(line, cst.SimpleStatementLine):
            continue
        for small in line.body:
            if isinstance(small, cst.Assign) and isinstance(small.targets[0].target, cst.Name):
                yield small.targets[0].target.value, small.value
            elif isinstance(small, cst.AnnAssign) and isinstance(small.target, cst.Name) and small.value:
                yield small.target.value, small.value
