"""Base classes in other files of the project, with the names of their own file spelled for the file of the model.

Classes are found through imports and read with ``ast``; the one that is needed is parsed with libcst, each global
name in it replaced by how the model's file names the same thing, or by a name that has to be imported.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

import libcst as cst
from libcst.metadata import CodeRange, GlobalScope, MetadataWrapper, PositionProvider, ScopeProvider

from flake8_keras_graph.analysis.reading import FileReading
from flake8_keras_graph.knowledge import canonical
from flake8_keras_graph.project.index import ClassInfo, Module
from flake8_keras_graph.records import Edit, Span
from flake8_keras_graph.rewrite.functional.read.dynamic_names import spelled_out
from flake8_keras_graph.rewrite.text.edits import apply
from flake8_keras_graph.rewrite.text.imports import Imports, read_imports
from flake8_keras_graph.rewrite.text.syntax import classes_by_name, names_bound, names_read


@dataclasses.dataclass(frozen=True, slots=True)
class Foreign:
    """A class of another file as it would read in the model's; ``info`` is where it stands."""

    info: ClassInfo
    node: cst.ClassDef
    positions: Mapping[cst.CSTNode, CodeRange]


@dataclasses.dataclass(slots=True)
class Elsewhere:
    """Classes of other files, for the model's file ``here``.

    ``imported`` collects what has to be imported for them: the target of each new local name and its import line.
    """

    imports: Imports
    taken: set[str]
    imported: dict[str, tuple[str, str]] = dataclasses.field(default_factory=dict)

    @property
    def reading(self) -> FileReading:
        """The model's file."""
        return self.imports.reading

    def find(self, written: str, holder: Module | None = None) -> ClassInfo | None:
        """The class of the project that ``written`` names in ``holder`` (the model's own file if not given)."""
        holder = holder or self.reading.module
        found = self.reading.project.resolve(self.reading.project.dotted(holder, written), holder)
        found = found or self.reading.project.member(holder, written.partition(".")[0])
        return found if isinstance(found, ClassInfo) else None

    def path(self, written: str, holder: Module) -> str:
        """The dotted path behind ``written`` in another file, every spelling of Keras as ``keras``."""
        return canonical(self.reading.project.dotted(holder, written))

    def read(self, info: ClassInfo) -> Foreign | None:
        """The class as it would read here; None where its file cannot be read so."""
        try:
            if not self._is_on_this_keras(info):
                return None
            wrapper = MetadataWrapper(cst.parse_module(info.module.text), unsafe_skip_copy=True)
            edits = list(self._spelled(wrapper, info))
            module = cst.parse_module(apply(info.module.text, edits))
        except (cst.ParserSyntaxError, ValueError):
            return None
        again = MetadataWrapper(spelled_out(module), unsafe_skip_copy=True)
        node = classes_by_name(again.module).get(info.symbol)
        return None if node is None else Foreign(info, node, again.resolve(PositionProvider))

    def _is_on_this_keras(self, info: ClassInfo) -> bool:
        other = read_imports(self.reading.of(info.module))
        named = [any(canonical(t).startswith("keras") for t in one.names.values()) for one in (self.imports, other)]
        return not all(named) or other.keras == self.imports.keras

    def expression(self, written: str, holder: Module) -> cst.BaseExpression:
        """A dotted name of another file as an expression of this one."""
        root, _, rest = written.partition(".")
        spelled = self._spelling(root, holder)
        return cst.parse_expression(f"{spelled}.{rest}" if rest else spelled)

    def imports_with(self, classes: Sequence[Foreign]) -> Imports:
        """The imports of the model's file and those that ``classes`` need.

        They say which Keras it is where the file itself does not.
        """
        names = {**self.imports.names, **{local: target for local, (target, _) in self.imported.items()}}
        return dataclasses.replace(self.imports, names=names, keras=self.keras(classes) or self.imports.keras)

    def keras(self, classes: Sequence[Foreign]) -> Literal[2, 3] | None:
        """The Keras of the files of ``classes``, where the model's file names none."""
        if any(canonical(target).startswith("keras") for target in self.imports.names.values()):
            return None
        return self.reading.of(classes[-1].info.module).keras_version

    def _spelled(self, wrapper: MetadataWrapper, info: ClassInfo) -> Iterator[Edit]:
        """Replacements of the global names in the class."""
        positions = wrapper.resolve(PositionProvider)
        scopes = set(wrapper.resolve(ScopeProvider).values())
        first, last = info.node.lineno, info.node.end_lineno or info.node.lineno
        for scope in scopes:
            if not isinstance(scope, GlobalScope):
                continue
            nodes = {access.node for assignment in scope.assignments for access in assignment.references}
            for node in map(_root, nodes):
                if node is None or node not in positions:
                    continue
                place = positions[node]
                if not first <= place.start.line <= last:
                    continue
                spelled = self._spelling(node.value, info.module)
                if spelled != node.value:
                    span = Span(place.start.line, place.start.column, place.end.line, place.end.column)
                    yield Edit(span, spelled)

    def _spelling(self, name: str, holder: Module) -> str:
        """What the global ``name`` of ``holder`` is called here."""
        target = holder.imports.get(name) or f"{holder.name}.{name}"
        own = [
            local + target[len(known) :]
            for local, known in self.reading.module.imports.items()
            if f"{target}.".startswith(f"{known}.")
        ]
        if target.startswith(f"{self.reading.module.name}."):
            own.append(target[len(self.reading.module.name) + 1 :])
        found = self.imports.spelling(canonical(target)) if name in holder.imports else ""
        if own or found:
            return min([*own, *filter(None, [found])], key=len)
        for local, (known, _) in self.imported.items():
            if known == target:
                return local
        return self._new(name, target)

    def _new(self, name: str, target: str) -> str:
        local, number = name, 2
        while local in self.taken:
            local, number = f"{name}_{number}", number + 1
        self.taken.add(local)
        module, _, last = target.rpartition(".")
        suffix = "" if local == last else f" as {local}"
        line = f"from {module} import {last}{suffix}" if module else f"import {target}{suffix}"
        self.imported[local] = (target, line)
        return local


def _root(node: cst.CSTNode) -> cst.Name | None:
    """The name that a dotted name starts with."""
    while isinstance(node, cst.Attribute):
        node = node.value
    return node if isinstance(node, cst.Name) else None


def elsewhere(reading: FileReading, module: cst.Module, imports: Imports) -> Elsewhere | None:
    """What finds the bases of classes of a file; None where the text is of no file."""
    if not reading.path or not os.path.isdir(os.path.dirname(os.path.abspath(reading.path))):
        return None
    return Elsewhere(imports, set(names_read(module) | names_bound(module)))
