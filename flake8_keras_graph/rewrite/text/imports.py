"""How one file spells Keras and TensorFlow: what its names stand for, and how to name an API in it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Literal

import libcst as cst

from flake8_keras_graph.project.index import read_module
from flake8_keras_graph.project.presence import is_of_keras
from flake8_keras_graph.rewrite.text.syntax import dotted, walk

_PREFIXES = (
    ("tensorflow.python.keras", "keras"),
    ("tensorflow.compat.v2.keras", "keras"),
    ("tensorflow.compat.v1.keras", "keras"),
    ("tensorflow.compat.v2", "tensorflow"),
    ("tensorflow.keras", "keras"),
    ("tf_keras.src", "keras"),
    ("keras.src", "keras"),
    ("tf_keras", "keras"),
)


@dataclasses.dataclass(frozen=True, slots=True)
class Imports:
    """``names`` maps a local name to the dotted path it was imported from, as written.

    ``taken`` are names that stand for something else, so that no import may be called so.
    """

    names: Mapping[str, str]
    keras: Literal[2, 3]
    taken: frozenset[str] = frozenset()

    def canonical(self, node: cst.CSTNode | str) -> str:
        """The dotted path behind an expression, every spelling of Keras as ``keras``; empty if not imported."""
        path = node if isinstance(node, str) else dotted(node)
        head, _, rest = path.partition(".")
        if not head or head not in self.names:
            return ""
        return canonical(f"{self.names[head]}.{rest}" if rest else self.names[head])

    def spelling(self, path: str) -> str:
        """How the file can name the API ``path`` (``keras.ops``) with what it imports; empty if it cannot."""
        found = [
            local + path[len(canonical(target)) :]
            for local, target in self.names.items()
            if (path + ".").startswith(canonical(target) + ".") and not target.startswith("tensorflow.python.")
        ]
        if path.startswith("keras"):
            found += [f"{local}.{path}" for local, target in self.names.items() if canonical(target) == "tensorflow"]
        return min(found, key=lambda text: (text.count("."), len(text)), default="")

    def import_line(self, path: str) -> str:
        """An import that makes the last part of ``path`` usable, from the package the file already uses."""
        module, _, name = path.rpartition(".")
        package = self._package()
        return f"from {package}{module.removeprefix('keras')} import {name}"

    def _package(self) -> str:
        for package in ("tf_keras", "tensorflow.keras"):
            if any((target + ".").startswith(package + ".") for target in self.names.values()):
                return package
        return "keras"


def canonical(path: str) -> str:
    """``path`` with every spelling of Keras as ``keras`` and of TensorFlow as ``tensorflow``."""
    for prefix, short in _PREFIXES:
        if (path + ".").startswith(prefix + "."):
            return short + path[len(prefix) :]
    return path


def read_imports(module: cst.Module) -> Imports:
    """The imports of ``module``, also those inside ``if``, ``try`` and functions.

    Where there are two for one name of Keras, the one counts that counts for the analysis.
    """
    names = dict(_imported(module))
    indexed = read_module("module.py", module.code, "module").imports
    names |= {name: target for name, target in indexed.items() if is_of_keras(target)}
    legacy = any(target.split(".")[0] == "tf_keras" for target in names.values())
    return Imports(names, 2 if legacy else 3)


def _imported(module: cst.Module) -> Iterator[tuple[str, str]]:
    for node in walk(module):
        if isinstance(node, cst.Import):
            for alias in node.names:
                yield from _plain(alias)
        elif isinstance(node, cst.ImportFrom) and not isinstance(node.names, cst.ImportStar):
            base = "." * len(node.relative) + dotted(node.module)
            for alias in node.names:
                name = dotted(alias.name)
                yield _local(alias) or name, f"{base}.{name}"


def _plain(alias: cst.ImportAlias) -> Iterator[tuple[str, str]]:
    path = dotted(alias.name)
    local = _local(alias)
    yield (local, path) if local else (path.split(".")[0], path.split(".")[0])


def _local(alias: cst.ImportAlias) -> str:
    return dotted(alias.asname.name) if alias.asname is not None else ""
