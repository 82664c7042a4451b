"""Source text of the calls that fixes write, in the file's own spelling, wrapped where they get long."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import libcst as cst

from flake8_keras_graph import knowledge
from flake8_keras_graph.rewrite.text.comments import comments_in
from flake8_keras_graph.rewrite.text.document import NotFixable
from flake8_keras_graph.rewrite.text.imports import Imports
from flake8_keras_graph.rewrite.text.syntax import code

_LINE_LENGTH = 88
_OPERATIONS_2 = knowledge.counterparts("keras.ops")


@dataclasses.dataclass(slots=True)
class Spelling:
    """How a file names operations; ``imports_needed`` collects import lines that it lacks."""

    imports: Imports
    imports_needed: dict[str, None] = dataclasses.field(default_factory=dict)

    def operation(self, name: str) -> str:
        """``keras.ops.<name>``, or TensorFlow's own in a file on Keras 2."""
        if self.imports.keras == 2:
            if name not in _OPERATIONS_2:
                raise NotFixable(f"Keras 2 has no keras.ops.{name}")
            return self.tensorflow(_OPERATIONS_2[name])
        return f"{self._module('keras.ops', 'ops')}.{name}"

    def api(self, path: str) -> str:
        """``keras.random.normal`` and the like: the module ``path`` stands in as the file names it."""
        module, _, name = path.rpartition(".")
        return f"{self._module(module, module.rpartition('.')[2])}.{name}"

    def tensorflow(self, name: str) -> str:
        """``tf.<name>``. Raises NotFixable in a file whose graphs are not TensorFlow's."""
        backend = self.imports.reading.backend
        if backend != "tensorflow":
            raise NotFixable(f"the file chooses the backend {backend}, whose graphs hold no operation of TensorFlow")
        return f"{self._module('tf', 'tf')}.{name}"

    def dtype(self, name: str) -> str:
        """A dtype as an argument."""
        return self.tensorflow(name) if self.imports.keras == 2 else f'"{name}"'

    def _module(self, path: str, name: str) -> str:
        """The module ``path`` as the file names it, else imported as ``name``, or as another where that is taken."""
        found = self.imports.spelling(path)
        if found:
            return found
        if path == "tf":
            wanted, line = "tensorflow", "import tensorflow as tf"
        else:
            wanted, line = f"keras_{name}", self.imports.import_line(path)
        if name in self.imports.taken:
            if wanted in self.imports.taken:
                raise NotFixable(f"`{name}` and `{wanted}` stand for something else in this file")
            name, line = wanted, "import tensorflow" if path == "tf" else f"{line} as {wanted}"
        self.imports_needed[line] = None
        return name


def arguments_by_name(call: cst.Call, parameters: Sequence[str]) -> dict[str, cst.BaseExpression] | None:
    """What a call is given, by the callee's ``parameters`` in their order; None where that is not spelled out."""
    given: dict[str, cst.BaseExpression] = {}
    for place, argument in enumerate(call.args):
        if argument.star or (argument.keyword is None and place >= len(parameters)):
            return None
        given[argument.keyword.value if argument.keyword is not None else parameters[place]] = argument.value
    return given


def call_text(function: str, arguments: Sequence[str], room: int) -> str:
    """``function(arguments)``, one argument to a line where it would not fit in ``room`` columns."""
    flat = f"{function}({', '.join(arguments)})"
    if len(flat) <= room and "\n" not in flat:
        return flat
    inner = "".join(f"    {_indented(argument)},\n" for argument in arguments)
    return f"{function}(\n{inner})"


def _indented(text: str) -> str:
    """``text`` further in, but for strings that hold line ends: spaces would become part of them."""
    in_strings = any(mark in text for mark in ('"""', "'''", "\\\n"))
    return text if in_strings else text.replace("\n", "\n    ")


def room_at(column: int) -> int:
    """How many columns are left in a line from ``column`` on."""
    return _LINE_LENGTH - column


def tuple_text(names: Sequence[str]) -> str:
    """``a`` or ``a, b``."""
    return ", ".join(names)


def value_text(values: Sequence[str]) -> str:
    """``a`` or ``(a, b)``."""
    return values[0] if len(values) == 1 else f"({', '.join(values)})"


def parse_line(text: str) -> cst.BaseStatement:
    """One statement."""
    parsed = cst.parse_statement(text if text.endswith("\n") else text + "\n")
    assert isinstance(parsed, cst.BaseStatement)
    return parsed


def comments_of(*nodes: cst.CSTNode) -> list[cst.EmptyLine]:
    """The comments in and above ``nodes``, each as a line of its own."""
    return [cst.EmptyLine(comment=comment) for node in nodes for comment in comments_in(node)]


def leading_of(node: cst.CSTNode) -> list[cst.EmptyLine]:
    """The empty lines and comments above a statement."""
    return list(getattr(node, "leading_lines", ()))


__all__ = [
    "Spelling",
    "call_text",
    "code",
    "comments_of",
    "leading_of",
    "parse_line",
    "room_at",
    "tuple_text",
    "value_text",
]
