"""What holds at one place of a file: the Keras of its class, imports in reach, names that stand for something else."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence
from typing import Literal

import libcst as cst

from flake8_keras_graph.rewrite.text.document import Document, names_bound_in
from flake8_keras_graph.rewrite.text.imports import Imports
from flake8_keras_graph.rewrite.text.syntax import Statement, code, names_bound, outer_names, statements
from flake8_keras_graph.syntax.nodes import children, walk

_SCOPES = (cst.FunctionDef, cst.ClassDef, cst.Lambda)


def document_at(document: Document, node: cst.CSTNode, symbol: str = "") -> Document:
    """``document`` as code at ``node`` sees it; ``symbol`` is the class that reaches code outside of classes."""
    imports = dataclasses.replace(_imports_at(document, node), keras=_keras_version(document, node, symbol))
    return dataclasses.replace(document, imports=imports)


def _keras_version(document: Document, node: cst.CSTNode, symbol: str) -> Literal[2, 3]:
    reading = document.class_reading(node)
    if reading is None and symbol in document.reading.module.classes:
        reading = document.reading.class_named(symbol)
    return document.reading.keras_version if reading is None else reading.keras_version


def _imports_at(document: Document, node: cst.CSTNode) -> Imports:
    """The imports that code at ``node`` can use, and the names that an import added to the file must not take."""
    inside = [upper for upper in document.above(node) if isinstance(upper, (cst.FunctionDef, cst.Lambda))]
    elsewhere: set[str] = set()
    reached: set[str] = set()
    for line in document.tree.imports:
        (reached if _reaches(document, line, inside) else elsewhere).update(names_bound(line))
    shadowed = set().union(*(_local(function) for function in inside))
    imports = document.imports
    hidden = (elsewhere - reached) | shadowed
    kept = {name: path for name, path in imports.names.items() if name not in hidden}
    return dataclasses.replace(imports, names=kept, taken=document.tree.names | reached | shadowed)


def _reaches(document: Document, line: cst.CSTNode, inside: list[cst.FunctionDef | cst.Lambda]) -> bool:
    """Whether what ``line`` imports is bound where the functions ``inside`` run."""
    for upper in document.above(line):
        if isinstance(upper, _SCOPES):
            return upper in inside
        if isinstance(upper, cst.If) and code(upper.test).rpartition(".")[2] == "TYPE_CHECKING":
            return False
    return True


@functools.lru_cache(maxsize=256)
def _local(function: cst.FunctionDef | cst.Lambda) -> frozenset[str]:
    """Names that ``function`` binds by other means than an import."""
    bound = {param.name.value for param in walk(function.params) if isinstance(param, cst.Param)}
    if isinstance(function, cst.Lambda):
        return frozenset(bound)
    lines = statements(function)
    imported = {
        name
        for line in lines
        for part in walk(line)
        if isinstance(part, (cst.Import, cst.ImportFrom))
        for name in names_bound(part)
    }
    return frozenset(bound | (outer_names(lines) - imported))


def scope_of(document: Document, node: cst.CSTNode, name: str) -> cst.FunctionDef | None:
    """The function that binds ``name`` as ``node`` sees it; None for a name of the module, or of a lambda around it."""
    for upper in document.above(node):
        if isinstance(upper, cst.Lambda) and name in _local(upper):
            return None
        if isinstance(upper, cst.FunctionDef) and name in names_bound_in(upper) - _declared_by(upper):
            return upper
    return None


@functools.lru_cache(maxsize=256)
def _declared_by(function: cst.FunctionDef) -> frozenset[str]:
    """Names that ``function`` itself, none in it, declares as global or nonlocal."""
    found: set[str] = set()
    pending: list[cst.CSTNode] = [function.body]
    while pending:
        part = pending.pop()
        if isinstance(part, (cst.Global, cst.Nonlocal)):
            found |= {item.name.value for item in part.names}
        elif not isinstance(part, _SCOPES):
            pending += children(part)
    return frozenset(found)


def bindings_of(function: cst.FunctionDef, name: str) -> Sequence[cst.BaseExpression | None]:
    """What ``function``, or one in it, sets ``name`` to; None for what is no plain assignment."""
    return _bindings(function).get(name, ())


@functools.lru_cache(maxsize=256)
def _bindings(function: cst.FunctionDef) -> dict[str, list[cst.BaseExpression | None]]:
    found: dict[str, list[cst.BaseExpression | None]] = {}
    plain: set[cst.CSTNode] = set()
    for part in walk(function):
        if isinstance(part, cst.Assign):
            for target in part.targets:
                if isinstance(target.target, cst.Name):
                    plain.add(target)
                    found.setdefault(target.target.value, []).append(part.value)
        elif isinstance(part, cst.AugAssign) and isinstance(part.target, cst.Name):
            plain.add(part)
            operator = _BINARY.get(type(part.operator))
            made = cst.BinaryOperation(part.target, operator(), part.value) if operator is not None else None
            found.setdefault(part.target.value, []).append(made)
        elif isinstance(part, (cst.AssignTarget, cst.AnnAssign, cst.AugAssign, cst.For, cst.CompFor, cst.NamedExpr)):
            if part not in plain:
                _add_opaque(found, _target_names(part.target))
        elif isinstance(part, cst.Param):
            _add_opaque(found, [part.name.value])
        elif isinstance(part, (cst.AsName, cst.ImportAlias)):
            _add_opaque(found, sorted(names_bound(part)))
        elif isinstance(part, (cst.FunctionDef, cst.ClassDef)) and part is not function:
            _add_opaque(found, [part.name.value])
    return found


def _add_opaque(found: dict[str, list[cst.BaseExpression | None]], names: Sequence[str]) -> None:
    for name in names:
        found.setdefault(name, []).append(None)


def _target_names(target: cst.CSTNode) -> list[str]:
    if isinstance(target, cst.Name):
        return [target.value]
    if isinstance(target, (cst.Tuple, cst.List)):
        return [name for element in target.elements for name in _target_names(element.value)]
    return []


_BINARY: dict[type[cst.BaseAugOp], type[cst.BaseBinaryOp]] = {
    cst.AddAssign: cst.Add,
    cst.SubtractAssign: cst.Subtract,
    cst.MultiplyAssign: cst.Multiply,
    cst.DivideAssign: cst.Divide,
    cst.FloorDivideAssign: cst.FloorDivide,
    cst.ModuloAssign: cst.Modulo,
    cst.PowerAssign: cst.Power,
    cst.MatrixMultiplyAssign: cst.MatrixMultiply,
}


def returned_values(module: cst.Module, name: str) -> Sequence[cst.BaseExpression]:
    """What the functions and methods called ``name`` return."""
    return _returned(module).get(name, ())


@functools.lru_cache(maxsize=8)
def _returned(module: cst.Module) -> dict[str, list[cst.BaseExpression]]:
    found: dict[str, list[cst.BaseExpression]] = {}
    for function in walk(module):
        if isinstance(function, cst.FunctionDef):
            returns = (part.value for part in walk(function.body) if isinstance(part, cst.Return))
            found.setdefault(function.name.value, []).extend(value for value in returns if value is not None)
    return found


def reads_of(document: Document, function: cst.FunctionDef, name: str) -> Sequence[cst.Name]:
    """Where ``function``, or one in it, reads ``name``; one of that name in a function of its own counts too."""
    return [part for part in _names_in(function).get(name, ()) if _is_read(document, part)]


@functools.lru_cache(maxsize=256)
def _names_in(function: cst.FunctionDef) -> dict[str, list[cst.Name]]:
    found: dict[str, list[cst.Name]] = {}
    for part in walk(function.body):
        if isinstance(part, cst.Name):
            found.setdefault(part.value, []).append(part)
    return found


def _is_read(document: Document, node: cst.Name) -> bool:
    inner: cst.CSTNode = node
    holder = document.parents[inner]
    while isinstance(holder, (cst.Element, cst.StarredElement, cst.Tuple, cst.List)):
        inner, holder = holder, document.parents[holder]
    if isinstance(holder, (cst.AssignTarget, cst.NameItem, cst.AsName, cst.ImportAlias)):
        return False
    if isinstance(holder, cst.Param):
        return holder.default is inner
    if isinstance(holder, (cst.Attribute, cst.Arg)):
        return holder.value is inner
    if isinstance(holder, (cst.For, cst.CompFor, cst.AnnAssign, cst.NamedExpr)):
        return holder.target is not inner
    return not isinstance(holder, (cst.FunctionDef, cst.ClassDef)) or holder.name is not inner


def reaching_value(document: Document, node: cst.CSTNode, name: str) -> cst.BaseExpression | None:
    """What the assignment gives ``name`` that certainly was the last one before ``node``; None where none is known."""
    for upper in (node, *document.above(node)):
        if isinstance(upper, (cst.FunctionDef, cst.Lambda, cst.CompFor, cst.ClassDef)):
            return None
        if not isinstance(upper, (cst.SimpleStatementLine, cst.BaseCompoundStatement)):
            continue
        if upper is not node and isinstance(upper, (cst.For, cst.While, cst.Try, cst.TryStar)):
            if name in outer_names([upper]):
                return None  # by what stands behind ``node``, in the step before, or by what was left half done
        lines, place = document.siblings(upper)
        for line in reversed(lines[: max(place, 0)]):
            if name in outer_names([line]):
                return _plainly_assigned(line)
    return None


def _plainly_assigned(line: Statement) -> cst.BaseExpression | None:
    """What ``line`` sets its one name to; None where it is no such assignment."""
    if not isinstance(line, cst.SimpleStatementLine) or len(line.body) != 1:
        return None
    small = line.body[0]
    if not isinstance(small, cst.Assign) or len(small.targets) != 1:
        return None
    return small.value if isinstance(small.targets[0].target, cst.Name) else None
