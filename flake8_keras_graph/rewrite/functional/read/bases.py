"""Base classes in other files of the project, with the names of their own file spelled for the file of the model.

Classes are found through imports and read with ``ast``; the one that is needed is parsed with libcst, each global
name in it replaced by how the model's file names the same thing, or by a name that has to be imported.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import libcst as cst
from libcst.metadata import GlobalScope, MetadataWrapper, PositionProvider, ScopeProvider

from flake8_keras_graph.analysis.reading import FileReading
from flake8_keras_graph.knowledge import canonical
from flake8_keras_graph.project.index import ClassInfo, Module
from flake8_keras_graph.records import Edit, Span
from flake8_keras_graph.rewrite.functional.read.dynamic_names import spelled_out
from flake8_keras_graph.rewrite.functional.read.places import Places
from flake8_keras_graph.rewrite.text.edits import apply
from flake8_keras_graph.rewrite.text.fresh_names import fresh_name
from flake8_keras_graph.rewrite.text.imports import Imports, read_imports
from flake8_keras_graph.rewrite.text.syntax import classes_by_name, names_bound, names_read
from flake8_keras_graph.syntax.source import positions


@dataclasses.dataclass(slots=True)
class Elsewhere:
    """Classes of other files, for the model's file ``here``.

    ``imported`` collects what has to be imported for them: the target of each new local name and its import line.
    """

    imports: Imports
    places: Places
    taken: set[str]
    imported: dict[str, tuple[str, str]] = dataclasses.field(default_factory=dict)

    @property
    def reading(self) -> FileReading:
        """The model's file."""
        return self.imports.reading

    def read(self, info: ClassInfo) -> cst.ClassDef | None:
        """The class as it would read here; None where its file cannot be read so."""
        if not self._is_on_this_keras(info):
            return None
        text = info.module.text
        try:
            wrapper = MetadataWrapper(cst.parse_module(text), unsafe_skip_copy=True)
            changed = cst.parse_module(apply(text, list(self._spelled(wrapper, info))))
        except (cst.ParserSyntaxError, ValueError):
            return None
        self.places.add(info.module, positions(wrapper.module, text))
        self.places.follow(wrapper.module, changed)
        spelled = spelled_out(changed)
        self.places.follow(changed, spelled)
        return classes_by_name(spelled).get(info.symbol)

    def _is_on_this_keras(self, info: ClassInfo) -> bool:
        """Whether neither the file of ``info`` nor the model's own imports a Keras of another version."""
        if self.reading.options.keras != "auto":
            return True
        other = self.reading.of(info.module)
        packages = ((self.imports.package, self.reading), (read_imports(other).package, other))
        return all(self._version_of(package, reading) == self.imports.keras for package, reading in packages)

    def _version_of(self, package: str, reading: FileReading) -> int:
        """What is imported as Keras has a version; tensorflow.keras is either."""
        if package == "keras":
            return reading.hierarchy.behind(package, reading.module)
        return 2 if package == "tf_keras" else self.imports.keras

    def expression(self, written: str, holder: Module) -> cst.BaseExpression:
        """A dotted name of another file as an expression of this one."""
        root, _, rest = written.partition(".")
        spelled = self._spelling(root, holder)
        return cst.parse_expression(f"{spelled}.{rest}" if rest else spelled)

    def all_imports(self) -> Imports:
        """The imports of the model's file and those that were needed for classes of other files."""
        names = {**self.imports.names, **{local: target for local, (target, _) in self.imported.items()}}
        return dataclasses.replace(self.imports, names=names)

    def _spelled(self, wrapper: MetadataWrapper, info: ClassInfo) -> Iterator[Edit]:
        """Replacements of the global names in the class."""
        places = wrapper.resolve(PositionProvider)
        scopes = set(wrapper.resolve(ScopeProvider).values())
        first, last = info.node.lineno, info.node.end_lineno or info.node.lineno
        for scope in scopes:
            if not isinstance(scope, GlobalScope):
                continue
            nodes = {access.node for assignment in scope.assignments for access in assignment.references}
            for node in map(_root, nodes):
                if node is None or node not in places:
                    continue
                place = places[node]
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
        local = fresh_name(self.taken, name)
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


def elsewhere(module: cst.Module, imports: Imports, places: Places) -> Elsewhere:
    """What reads classes of other files for the file ``module``."""
    return Elsewhere(imports, places, set(names_read(module) | names_bound(module)))
