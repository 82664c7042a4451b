"""How one file spells an API of Keras or TensorFlow with what it imports; what names mean, its reading says."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Literal

import libcst as cst

from flake8_keras_graph.analysis.reading import FileReading
from flake8_keras_graph.knowledge import canonical
from flake8_keras_graph.rewrite.text.syntax import dotted

# Homes of what is exported elsewhere, or exported there with another meaning: not to be written in a file.
_PRIVATE = ("tensorflow.python.", "tensorflow.compat.v1.", "keras.python.")


@dataclasses.dataclass(frozen=True, slots=True)
class Imports:
    """``names`` maps a local name to the absolute dotted path behind it, with the project's re-exports undone.

    ``keras`` is the version whose code is to be written. ``taken`` are names that stand for something else, so
    that no import may be called so.
    """

    reading: FileReading
    names: Mapping[str, str]
    keras: Literal[2, 3]
    taken: frozenset[str] = frozenset()

    def canonical(self, node: cst.CSTNode | str) -> str:
        """The name that ``knowledge`` has records under for an expression; empty where it was not imported."""
        path = node if isinstance(node, str) else dotted(node)
        head, _, rest = path.partition(".")
        if not head or head not in self.names:
            return ""
        return canonical(self.reading.origin(f"{self.names[head]}.{rest}" if rest else self.names[head]))

    def spelling(self, path: str) -> str:
        """How the file can name the API ``path`` (``keras.ops``, ``tf``) with what it imports; empty if it cannot."""
        public = [(local, canonical(target)) for local, target in self.names.items() if not _is_private(target)]
        found = [local + path[len(known) :] for local, known in public if f"{path}.".startswith(f"{known}.")]
        if path.startswith("keras"):
            found += [f"{local}.{path}" for local, known in public if known == "tf"]
        return min(found, key=lambda text: (text.count("."), len(text)), default="")

    def import_line(self, path: str) -> str:
        """An import that makes the last part of ``path`` usable, from the package the file already uses."""
        module, _, name = path.rpartition(".")
        package = self.package or ("tensorflow.keras" if self.keras == 2 else "keras")
        return f"from {package}{module.removeprefix('keras')} import {name}"

    @property
    def package(self) -> str:
        """The package that the file imports as Keras; empty where it imports none."""
        for package in ("tf_keras", "tensorflow.keras", "keras"):
            if any(f"{target}.".startswith(f"{package}.") for target in self.names.values()):
                return package
        return ""


def read_imports(reading: FileReading) -> Imports:
    """The imports of a file, also those inside ``if``, ``try`` and functions."""
    return Imports(reading, reading.imported, reading.keras_version)


def _is_private(target: str) -> bool:
    """Whether ``target`` is exported under another name; many packages of ``keras.src`` are under their own."""
    if target.startswith(("keras.src.", "tf_keras.src.")):
        return canonical(target).rpartition(".")[2] != target.rpartition(".")[2]
    return f"{target}.".startswith(_PRIVATE)
