"""Where code that is rewritten stood in its file, and so what the analysis knows of its values.

A builder is made of pieces of several files, renamed and put in each other's place; each piece remembers what it was.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import libcst as cst
from libcst.metadata import CodeRange

from flake8_keras_graph.analysis.reading import ClassReading
from flake8_keras_graph.analysis.values import UNKNOWN, Value
from flake8_keras_graph.project.index import Module
from flake8_keras_graph.records import Span
from flake8_keras_graph.syntax.nodes import walk


@dataclasses.dataclass(slots=True)
class Places:
    """Places of nodes, for the class that is rewritten."""

    reading: ClassReading
    _found: dict[cst.CSTNode, tuple[Module, Span]] = dataclasses.field(default_factory=dict)

    def add(self, module: Module, positions: Mapping[cst.CSTNode, CodeRange]) -> None:
        """The nodes of the tree of ``module``, as parsed."""
        for node, place in positions.items():
            self._found[node] = module, Span(place.start.line, place.start.column, place.end.line, place.end.column)

    def follow(self, old: cst.CSTNode, new: cst.CSTNode, added: cst.CSTNode | None = None) -> None:
        """Let ``new``, which was made of ``old`` by replacing parts of it, stand where that stood.

        ``added`` is a part of ``new`` that is something else than what stood there.
        """
        if old is new or new is added:
            return
        if old in self._found:
            self._found.setdefault(new, self._found[old])
        if isinstance(old, cst.Call) and isinstance(new, cst.Call) and len(old.args) != len(new.args):
            self.follow(old.func, new.func, added)
            return
        before, after = old.children, new.children
        if type(old) is type(new) and len(before) == len(after):
            for one, other in zip(before, after, strict=True):
                self.follow(one, other, added)

    def line(self, node: cst.CSTNode) -> tuple[Module, int] | None:
        """The file and the line of ``node``, or of its first part that was in a file; None where none was."""
        place = next((self._found[part] for part in walk(node) if part in self._found), None)
        return None if place is None else (place[0], place[1].line)

    def value(self, node: cst.CSTNode) -> Value:
        """What ``node`` may be when the class is traced; UNKNOWN where that is not known, or it stood in no file."""
        if node not in self._found:
            return UNKNOWN
        module, span = self._found[node]
        return self.reading.value_at(span, module)
