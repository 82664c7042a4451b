"""KG404: a function under ``tf.function`` that is made at each call, made once instead: moved out to the module."""

from __future__ import annotations

import libcst as cst

from flake8_keras_graph.rewrite.fixes.common.fixer import fixer
from flake8_keras_graph.rewrite.text.document import Change, Document, NotFixable
from flake8_keras_graph.rewrite.text.syntax import names_bound, names_read, outer_names

_NOTE = "what it reads of the module is then as it was when it was traced first"


@fixer(cst.Name, cst.Attribute, cst.Call)
def fix_made_function(document: Document, node: cst.CSTNode) -> Change:
    """The decorated function above the statement of the module that holds it. Raises NotFixable."""
    made = document.parents.get(document.parents[node])
    if not isinstance(made, cst.FunctionDef) or not isinstance(document.parents[node], cst.Decorator):
        raise NotFixable("it does not decorate a function: make it once, outside of the function around it")
    holder = document.outermost(made)
    around = [upper for upper in document.above(made) if isinstance(upper, (cst.FunctionDef, cst.Lambda, cst.ClassDef))]
    name = made.name.value
    local = set().union(*(names_bound(upper) for upper in around)) - {name}
    read = names_read(made) - (names_bound(made) - {name})
    if closed_over := sorted(read & local):
        raise NotFixable(
            f"it reads `{closed_over[0]}`, which the function around it binds: hand it over as an argument"
        )
    if name in document.tree.names:
        raise NotFixable(f"`{name}` stands for something else in this module")
    if not isinstance(holder, (cst.FunctionDef, cst.ClassDef)):
        raise NotFixable("the function around it is not one of the module's")
    comments = [line for line in made.leading_lines if line.comment]
    moved = made.with_changes(leading_lines=[*_blank(holder), *comments])
    kept = _without(holder, made)
    plain = [each for each in document.module.body if not isinstance(each, (cst.FunctionDef, cst.ClassDef))]
    assigned = (read & outer_names(plain)) - set(document.imports.names)
    return Change({holder: [moved, kept]}, "unsafe" if assigned else "safe", _NOTE if assigned else "")


def _blank(holder: cst.FunctionDef | cst.ClassDef) -> list[cst.EmptyLine]:
    """The empty lines that begin what stands above ``holder``."""
    lines = list(holder.leading_lines)
    count = next((place for place, line in enumerate(lines) if line.comment), len(lines))
    return lines[:count]


def _without(holder: cst.FunctionDef | cst.ClassDef, made: cst.FunctionDef) -> cst.CSTNode:
    """``holder`` without the function in it; two lines stay free above."""
    kept = holder.visit(_Removal(made))
    assert isinstance(kept, (cst.FunctionDef, cst.ClassDef))
    comments = [line for line in holder.leading_lines if line.comment]
    return kept.with_changes(leading_lines=[cst.EmptyLine(indent=False), cst.EmptyLine(indent=False), *comments])


class _Removal(cst.CSTTransformer):
    """Takes one function away, and the empty lines above what follows it where it stood first."""

    def __init__(self, made: cst.FunctionDef) -> None:
        super().__init__()
        self.made = made

    def leave_FunctionDef(
        self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef
    ) -> cst.FunctionDef | cst.RemovalSentinel:
        return cst.RemoveFromParent() if original_node is self.made else updated_node

    def leave_IndentedBlock(
        self, original_node: cst.IndentedBlock, updated_node: cst.IndentedBlock
    ) -> cst.IndentedBlock:
        if original_node.body and original_node.body[0] is self.made and updated_node.body:
            first, *others = updated_node.body
            lines = [line for line in getattr(first, "leading_lines", ()) if line.comment]
            return updated_node.with_changes(body=[first.with_changes(leading_lines=lines), *others])
        return updated_node
