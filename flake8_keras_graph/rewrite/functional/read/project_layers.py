"""Layers that are classes of the project: what in their code keeps a model that has them from being functional."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence

import libcst as cst

from flake8_keras_graph.analysis.reading import FileReading
from flake8_keras_graph.analysis.values import Instance
from flake8_keras_graph.project.index import ClassInfo
from flake8_keras_graph.rewrite.functional.read.kinds import leaves
from flake8_keras_graph.rewrite.functional.read.structures import REASON, depends_on_training
from flake8_keras_graph.rewrite.functional.read.untrained_layers import Place
from flake8_keras_graph.rewrite.functional.write.context import Context
from flake8_keras_graph.rewrite.text.imports import read_imports
from flake8_keras_graph.rewrite.text.syntax import Statement, classes_by_name, code, dotted, statements
from flake8_keras_graph.syntax.nodes import walk


@dataclasses.dataclass(slots=True)
class ProjectLayers:
    """Finds the classes that are constructed, in the file of the model and in others of its project."""

    context: Context
    place: Place
    own: Mapping[str, cst.ClassDef]
    _parsed: dict[str, Place] = dataclasses.field(default_factory=dict)

    @property
    def reading(self) -> FileReading:
        """The model's file."""
        return self.context.imports.reading

    def constructed(self, made: Iterable[cst.CSTNode]) -> Iterator[tuple[cst.Call, cst.ClassDef | None]]:
        """Calls of classes that are not Keras's, each with its class where the project has it."""
        for line in made:
            for part in walk(line):
                if not isinstance(part, cst.Call) or not _names_a_class(part):
                    continue
                path = self.context.imports.canonical(part.func)
                if not path.startswith(("keras.", "tf.")):
                    found = self.find(dotted(part.func))
                    yield part, found[0] if found is not None else None

    def find(self, written: str, place: Place | None = None) -> tuple[cst.ClassDef, Place] | None:
        """The class called ``written`` in a file, the model's own if not given, and the file that it stands in."""
        place = place or self.place
        own = classes_by_name(place.module) if place is not self.place else self.own
        if written in own:
            return own[written], place
        info = self.reading.find_class(written, place.indexed)
        return None if info is None else self.code_of(info)

    def code_of(self, info: ClassInfo) -> tuple[cst.ClassDef, Place] | None:
        """The class ``info`` of the project, and the file that it stands in."""
        if info.module is self.reading.module:
            return (self.own[info.symbol], self.place) if info.symbol in self.own else None
        known = self._parsed.get(info.module.path)
        if known is None:
            module = cst.parse_module(info.module.text)
            known = self._parsed[info.module.path] = Place(
                module, read_imports(self.reading.of(info.module)), info.module
            )
        node = classes_by_name(known.module).get(info.symbol)
        return None if node is None else (node, known)

    def refuse(self, made: Sequence[Statement]) -> None:
        """Note layers that give other outputs in training than outside it."""
        for call, found in self.constructed(made):
            method = _method(found, "call") if found is not None else None
            if method is not None and depends_on_training(statements(method), {"training"}) is not None:
                self.context.refuse(call, f"`{code(call.func)}` {REASON}")

    def called_in_their_own_way(self) -> set[str]:
        """Attributes that hold layers with a ``__call__`` of their own, which Keras would not repeat as it was."""
        cls = self.context.places.reading
        hierarchy = cls.file.hierarchy
        return {
            name
            for name, value in cls.attributes.items()
            for held in leaves(value)
            if isinstance(held, Instance) and hierarchy.method(held.info, "__call__") is not None
        }


def project_layers(context: Context, module: cst.Module) -> ProjectLayers:
    """The layers of the project that the model of ``context``, in ``module``, may construct."""
    return ProjectLayers(context, Place(module, context.imports), classes_by_name(module))


def _names_a_class(call: cst.Call) -> bool:
    return dotted(call.func).rpartition(".")[2].lstrip("_")[:1].isupper()


def _method(node: cst.ClassDef, name: str) -> cst.FunctionDef | None:
    for line in statements(node):
        if isinstance(line, cst.FunctionDef) and line.name.value == name:
            return line
    return None
