"""Which attributes hold a cell that ``keras.layers.RNN`` takes: one of Keras's own, or a class of the project."""

from __future__ import annotations

import libcst as cst

from flake8_keras_graph import knowledge
from flake8_keras_graph.analysis.reading import ClassReading
from flake8_keras_graph.analysis.values import External, Instance
from flake8_keras_graph.rewrite.text.document import Document, NotFixable
from flake8_keras_graph.rewrite.text.hyperparameters import values_of
from flake8_keras_graph.rewrite.text.syntax import code, statements
from flake8_keras_graph.syntax.nodes import walk

_OF_KERAS = knowledge.names_where("cell")


def require_cell(document: Document, owner: cst.ClassDef, attribute: str, listed: bool) -> None:
    """Raise NotFixable unless ``self.<attribute>`` of class ``owner`` holds a cell; ``listed``: it is given a list."""
    made = _made(owner, attribute)
    if any(argument.keyword and "dropout" in argument.keyword.value for argument in made.args):
        raise NotFixable("its cell drops values: RNN draws one mask for all steps")
    if "mask_zero=True" in code(owner).replace(" ", "") or "Masking(" in code(owner):
        raise NotFixable("the inputs may have a mask, which RNN honours and the loop does not")
    holder = document.class_reading(made)
    value = holder.attributes.get(attribute) if holder is not None else None
    if isinstance(value, External) and value.name in _OF_KERAS:
        return
    if not isinstance(value, Instance):
        raise NotFixable(f"`{code(made.func)}` is neither a cell of Keras nor a class of the project")
    cell = document.reading.of(value.info.module).class_named(value.info.symbol)
    if not _has_state_size(cell):
        raise NotFixable(f"`{value.info.name}` has no `state_size`, which keras.layers.RNN asks of a cell")
    if not listed:
        raise NotFixable(f"`{value.info.name}` is given its states as they are: RNN gives a list of them")


def _made(owner: cst.ClassDef, attribute: str) -> cst.Call:
    """The call that makes the attribute in the constructor, at its top, once."""
    values = values_of(owner, attribute)
    if len(values) != 1 or values[0][0].name.value != "__init__" or not isinstance(values[0][1], cst.Call):
        raise NotFixable(f"it is not plain in `__init__` what `{attribute}` is: no layer can be made of it there")
    constructor, value = values[0]
    assert isinstance(value, cst.Call)
    if not any(value in walk(line) for line in statements(constructor) if isinstance(line, cst.SimpleStatementLine)):
        raise NotFixable(f"`{attribute}` is not always set: no layer can be made of it")
    return value


def _has_state_size(cell: ClassReading) -> bool:
    """Whether the cell, or what it inherits from in the project, has the attribute, the method or the property."""
    named = "state_size" in cell.attributes or cell.method("state_size") is not None
    return named or any("state_size" in each.attributes for each in cell.project_lineage)
