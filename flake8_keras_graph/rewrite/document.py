"""One file as a libcst tree with positions and parents: what a fix looks at and changes."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import libcst as cst
from libcst.metadata import CodeRange

from flake8_keras_graph import source
from flake8_keras_graph.records import Safety, Span
from flake8_keras_graph.rewrite.imports import Imports, read_imports
from flake8_keras_graph.rewrite.syntax import Statement, code, names_read, outer_names, statements


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
        live: set[str] = set()
        for node in (line, *self.above(line)):
            if isinstance(node, (cst.FunctionDef, cst.Lambda, cst.ClassDef)):
                break
            if isinstance(node, (cst.For, cst.While)) and node is not line:
                live |= names_read(node)
            if isinstance(node, (cst.SimpleStatementLine, cst.BaseCompoundStatement)):
                lines, place = self.siblings(node)
                if place >= 0:
                    live = live_before(lines[place + 1 :], live)
        return live

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


def read_document(text: str, flagged: frozenset[tuple[int, int]] = frozenset()) -> Document:
    """``text`` as a Document. Raises SyntaxError where it does not parse."""
    try:
        parsed = cst.parse_module(text)
    except cst.ParserSyntaxError as error:
        raise SyntaxError(str(error)) from error
    positions = source.positions(parsed, text)
    parents = {child: node for node in positions_nodes(parsed) for child in node.children}
    return Document(parsed, positions, parents, read_imports(parsed), flagged)


def positions_nodes(module: cst.Module) -> Iterator[cst.CSTNode]:
    """Every node of ``module``."""
    pending: list[cst.CSTNode] = [module]
    while pending:
        node = pending.pop()
        yield node
        pending.extend(node.children)


def changed_text(document: Document, change: Change) -> str:
    """The text of the file with ``change`` made."""
    module = document.module.visit(_Replacer(change.replacements))
    assert isinstance(module, cst.Module)
    for line in change.imports:
        module = with_import(module, line)
    return module.code


def with_import(module: cst.Module, line: str) -> cst.Module:
    """``module`` with the import ``line`` after its last top-level import, unless it is there."""
    body = list(module.body)
    texts = [code(statement.with_changes(leading_lines=[])).strip() for statement in body]
    if line in texts:
        return module
    places = [
        index
        for index, statement in enumerate(body)
        if isinstance(statement, cst.SimpleStatementLine)
        and any(isinstance(small, (cst.Import, cst.ImportFrom)) for small in statement.body)
    ]
    body.insert(places[-1] + 1 if places else 0, cst.parse_statement(f"{line}\n", config=module.config_for_parsing))
    return module.with_changes(body=body)


def span_of(document: Document, node: cst.CSTNode) -> Span:
    """Where ``node`` stands."""
    place = document.positions[node]
    return Span(place.start.line, place.start.column, place.end.line, place.end.column)


class _Replacer(cst.CSTTransformer):
    def __init__(self, replacements: Mapping[cst.CSTNode, Sequence[cst.CSTNode]]) -> None:
        super().__init__()
        self._replacements = replacements

    def on_leave(self, original_node: cst.CSTNode, updated_node: cst.CSTNode) -> Any:
        made = self._replacements.get(original_node)
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
