"""One file as a libcst tree with positions and parents: what a fix looks at and changes."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import libcst as cst
from libcst.metadata import CodeRange

from flake8_keras_graph.analysis.reading import FileReading
from flake8_keras_graph.records import Safety
from flake8_keras_graph.rewrite.text.comments import keep_comments
from flake8_keras_graph.rewrite.text.imports import Imports, read_imports
from flake8_keras_graph.rewrite.text.syntax import (
    Statement,
    code,
    is_docstring,
    names_read,
    outer_names,
    statements,
    walk,
)
from flake8_keras_graph.syntax import source


@dataclasses.dataclass(frozen=True, slots=True)
class Document:
    """``parents`` gives the node that holds a node; ``flagged`` where findings of the code at hand start."""

    module: cst.Module
    positions: Mapping[cst.CSTNode, CodeRange]
    parents: Mapping[cst.CSTNode, cst.CSTNode]
    imports: Imports
    flagged: frozenset[tuple[int, int]] = frozenset()

    def start(self, node: cst.CSTNode) -> tuple[int, int]:
        """Line and column where ``node`` starts."""
        start = self.positions[node].start
        return start.line, start.column

    def above(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """The nodes that hold ``node``, nearest first."""
        while node in self.parents:
            node = self.parents[node]
            yield node

    def function(self, node: cst.CSTNode) -> cst.FunctionDef | None:
        """The function that ``node`` stands in."""
        return next((upper for upper in self.above(node) if isinstance(upper, cst.FunctionDef)), None)

    def owner(self, node: cst.CSTNode) -> cst.ClassDef | None:
        """The class that ``node`` stands in."""
        return next((upper for upper in self.above(node) if isinstance(upper, cst.ClassDef)), None)

    def statement(self, node: cst.CSTNode) -> Statement | None:
        """The statement that is, or holds, ``node``."""
        for upper in (node, *self.above(node)):
            if isinstance(upper, (cst.SimpleStatementLine, cst.BaseCompoundStatement)):
                return upper
        return None

    def siblings(self, line: Statement) -> tuple[Sequence[Statement], int]:
        """The statements of the block that holds ``line``, and its place among them."""
        block = self.parents[line]
        # An `elif` stands in its `if`, in no block.
        lines = list(block.body) if isinstance(block, (cst.IndentedBlock, cst.Module)) else []
        return lines, lines.index(line) if line in lines else -1

    def is_flagged(self, *nodes: cst.CSTNode) -> bool:
        """Whether a finding starts where one of ``nodes`` does."""
        return any(self.start(node) in self.flagged for node in nodes)

    def live_after(self, line: Statement) -> set[str]:
        """Names that may be read after ``line`` in its function before they are bound again."""
        holders: list[cst.CSTNode] = []
        for node in (line, *self.above(line)):
            if isinstance(node, (cst.FunctionDef, cst.Lambda, cst.ClassDef)):
                break
            holders.append(node)
        live: set[str] = set()
        for node in reversed(holders):
            if isinstance(node, (cst.SimpleStatementLine, cst.BaseCompoundStatement)):
                lines, place = self.siblings(node)
                if place >= 0:
                    live = live_before(lines[place + 1 :], live)
            if isinstance(node, (cst.For, cst.While, cst.Try, cst.TryStar)) and node is not line:
                live = live | names_read(node)
        return live

    def captured_before(self, node: cst.CSTNode) -> set[str]:
        """Names that functions kept before ``node`` read in the function it stands in, to be called later."""
        function = self.function(node)
        inside = set(walk(node))
        captured: set[str] = set()
        for part in walk(function.body) if function is not None else ():
            if isinstance(part, (cst.FunctionDef, cst.Lambda, cst.GeneratorExp)) and part not in inside:
                if self.start(part) < self.start(node) and not self._is_called_at_once(part):
                    captured |= names_read(part) - outer_names([part.params] if isinstance(part, cst.Lambda) else [])
        return captured

    def _is_called_at_once(self, node: cst.CSTNode) -> bool:
        """Whether a lambda is called, or an argument of an operation, which calls it."""
        holder = self.parents[node]
        if isinstance(holder, cst.Call):
            return holder.func is node
        call = self.parents[holder] if isinstance(holder, cst.Arg) else None
        return isinstance(call, cst.Call) and bool(self.imports.canonical(call.func))

    def declared_outside(self, node: cst.CSTNode) -> set[str]:
        """Names that the function of ``node`` declares as global or nonlocal."""
        function = self.function(node)
        lines = walk(function.body) if function is not None else ()
        return {
            item.name.value for line in lines if isinstance(line, (cst.Global, cst.Nonlocal)) for item in line.names
        }

    def bound_before(self, line: Statement) -> set[str]:
        """Names that have, or may have, a value where ``line`` starts: parameters and bindings above it."""
        function = self.function(line)
        if function is None:
            return set()
        found = {param.name.value for param in _all_params(function.params)}
        for node in (line, *self.above(line)):
            if node is function:
                break
            if isinstance(node, cst.For) and node is not line:
                found |= outer_names([node.with_changes(body=cst.IndentedBlock([]), orelse=None)])
            if isinstance(node, (cst.SimpleStatementLine, cst.BaseCompoundStatement)):
                lines, place = self.siblings(node)
                found |= outer_names(lines[:place]) if place > 0 else set()
        return found


@dataclasses.dataclass(frozen=True, slots=True)
class Change:
    """``replacements`` puts statements or an expression in a node's place; ``imports`` are lines to add."""

    replacements: Mapping[cst.CSTNode, Sequence[cst.CSTNode]]
    safety: Safety
    note: str = ""
    imports: tuple[str, ...] = ()


class NotFixable(Exception):
    """Why a finding has no mechanical fix; the message is for the user."""


def read_document(reading: FileReading, flagged: frozenset[tuple[int, int]] = frozenset()) -> Document:
    """The text of a file as a Document. Raises SyntaxError where libcst cannot parse it."""
    text = reading.text
    try:
        parsed = cst.parse_module(text)
    except cst.ParserSyntaxError as error:
        raise SyntaxError(str(error)) from error
    positions = source.positions(parsed, text)
    parents = {child: node for node in positions_nodes(parsed) for child in node.children}
    return Document(parsed, positions, parents, read_imports(reading), flagged)


def positions_nodes(module: cst.Module) -> Iterator[cst.CSTNode]:
    """Every node of ``module``."""
    pending: list[cst.CSTNode] = [module]
    while pending:
        node = pending.pop()
        yield node
        pending.extend(node.children)


def changed_text(document: Document, change: Change) -> str:
    """The text of the file with ``change`` made."""
    replacements, above = keep_comments(change.replacements, document.statement)
    module = document.module.visit(_Replacer(replacements, above))
    assert isinstance(module, cst.Module)
    for line in change.imports:
        module = with_import(module, line)
    return module.code


def with_import(module: cst.Module, line: str) -> cst.Module:
    """``module`` with the import ``line`` after the imports at its top, unless it is there."""
    body = list(module.body)
    texts = [code(statement.with_changes(leading_lines=[])).strip() for statement in body]
    if line in texts:
        return module
    place = 1 if body and is_docstring(body[0]) else 0
    for index, statement in enumerate(body):
        if isinstance(statement, (cst.ClassDef, cst.FunctionDef)):
            break
        if isinstance(statement, cst.SimpleStatementLine) and any(
            isinstance(small, (cst.Import, cst.ImportFrom)) for small in statement.body
        ):
            place = index + 1
    body.insert(place, cst.parse_statement(f"{line}\n", config=module.config_for_parsing))
    return module.with_changes(body=body)


class _Replacer(cst.CSTTransformer):
    def __init__(
        self,
        replacements: Mapping[cst.CSTNode, Sequence[cst.CSTNode]],
        above: Mapping[cst.CSTNode, Sequence[cst.EmptyLine]],
    ) -> None:
        super().__init__()
        self._replacements = replacements
        self._above = above

    def on_leave(self, original_node: cst.CSTNode, updated_node: cst.CSTNode) -> Any:
        made = self._replacements.get(original_node)
        if made is None and original_node in self._above:
            lines = [*getattr(updated_node, "leading_lines", ()), *self._above[original_node]]
            return updated_node.with_changes(leading_lines=lines)
        if made is None:
            return super().on_leave(original_node, updated_node)
        if len(made) == 1:
            return made[0]
        return cst.FlattenSentinel(made) if made else cst.RemoveFromParent()


def live_before(lines: Sequence[Statement], live: set[str]) -> set[str]:
    """Names live before ``lines``, those of ``live`` being live after them."""
    for line in reversed(lines):
        if isinstance(line, cst.SimpleStatementLine):
            live = live - outer_names([line])
        live = live | names_read(line)
    return live


def _all_params(params: cst.Parameters) -> list[cst.Param]:
    stars = [star for star in (params.star_arg, params.star_kwarg) if isinstance(star, cst.Param)]
    return [*params.posonly_params, *params.params, *params.kwonly_params, *stars]


def body_lines(node: cst.If | cst.Else | cst.For | cst.While) -> list[Statement]:
    """The statements under ``node``."""
    return statements(node.body)
