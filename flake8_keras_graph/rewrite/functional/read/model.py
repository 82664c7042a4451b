"""One Model subclass as written: its code and that of its bases, and its methods."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping

import libcst as cst

from flake8_keras_graph.analysis.reading import ClassReading
from flake8_keras_graph.knowledge import canonical
from flake8_keras_graph.project.index import ClassInfo
from flake8_keras_graph.rewrite.functional.read.bases import Elsewhere
from flake8_keras_graph.rewrite.text.syntax import classes_by_name, dotted, is_docstring, statements

# Classes of the standard library that give an instance no method.
_WITHOUT_METHODS = frozenset({"abc.ABC", "object", "typing.Generic"})


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
    """``lineage`` is the class and its bases in the project, in the order of Python's ``__mro__``; ``base`` the Keras
    class they end in.

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


def read_model(reading: ClassReading, module: cst.Module, others: Elsewhere) -> ModelClass:
    """A class of ``module`` with its bases, in Python's order; ``others`` reads those in other files.

    Raises NotAtTop where the class is made inside a function.
    """
    known = classes_by_name(module)
    if reading.symbol not in known:
        raise NotAtTop(
            f"it is made in the function `{reading.symbol.rpartition('.')[0]}`: define it outside any function"
        )
    bases = _Bases(reading, known, others)
    for each in reading.lineage:
        bases.add(each)
    name = reading.info.name
    return ModelClass(name, tuple(bases.classes), bases.keras_model, bases.stranger)


class NotAtTop(Exception):
    """Why a class has no builder that could stand beside it; the message is for the user."""


@dataclasses.dataclass(slots=True)
class _Bases:
    """The code of a class and of what it inherits from, one after the other as its lineage has them."""

    reading: ClassReading
    known: Mapping[str, cst.ClassDef]
    others: Elsewhere
    classes: list[cst.ClassDef] = dataclasses.field(default_factory=list)
    keras_model: cst.BaseExpression | None = None
    stranger: str = ""

    def add(self, ancestor: ClassInfo | str) -> None:
        """The next class of the lineage, or what is known of it by name alone."""
        if isinstance(ancestor, str):
            self._add_by_name(ancestor)
        elif ancestor.module is self.reading.file.module:
            self._add_own(ancestor)
        else:
            self._add_foreign(ancestor)

    def _add_by_name(self, ancestor: str) -> None:
        holder, written = self._as_written(ancestor)
        if canonical(ancestor) == "keras.Model":
            self.keras_model = self.keras_model or self.others.expression(written, holder.module)
        elif ancestor not in _WITHOUT_METHODS:
            self.stranger = self.stranger or written

    def _add_own(self, info: ClassInfo) -> None:
        node = self.known.get(info.symbol)
        if node is None or len(info.bases) != len(node.bases):
            self.stranger = self.stranger or ("an expression" if node is not None else info.name)
        if node is not None:
            self.classes.append(node)

    def _add_foreign(self, info: ClassInfo) -> None:
        made = self.others.read(info)
        if made is None or len(info.bases) != len(info.node.bases):
            self.stranger = self.stranger or self._as_written(info)[1]
        else:
            self.classes.append(made)

    def _as_written(self, ancestor: ClassInfo | str) -> tuple[ClassInfo, str]:
        """The class that names ``ancestor`` among its bases, and the name there."""
        hierarchy = self.reading.file.hierarchy
        for info in self.reading.project_lineage:
            for written in info.bases:
                if hierarchy.resolve_base(info, written) == ancestor:
                    return info, written
        raise AssertionError(f"{ancestor} is a base of nothing")


def _assigned(owner: cst.ClassDef) -> Iterator[tuple[str, cst.BaseExpression]]:
    for line in statements(owner):
        if not isinstance(line, cst.SimpleStatementLine):
            continue
        for small in line.body:
            if isinstance(small, cst.Assign) and isinstance(small.targets[0].target, cst.Name):
                yield small.targets[0].target.value, small.value
            elif isinstance(small, cst.AnnAssign) and isinstance(small.target, cst.Name) and small.value:
                yield small.target.value, small.value
