"""One file as a libcst tree with positions and parents, and its reading: what a fix looks at, asks and changes."""

from __future__ import annotations

import dataclasses
import functools
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any

import libcst as cst
from libcst.metadata import CodeRange

from flake8_keras_graph import knowledge
from flake8_keras_graph.analysis.reading import ClassReading, FileReading
from flake8_keras_graph.analysis.values import UNKNOWN, Value
from flake8_keras_graph.records import Safety, Span
from flake8_keras_graph.rewrite.text.comments import keep_comments
from flake8_keras_graph.rewrite.text.imports import Imports, read_imports
from flake8_keras_graph.rewrite.text.syntax import Statement, code, is_docstring, names_read, outer_names, statements
from flake8_keras_graph.syntax import source
from flake8_keras_graph.syntax.nodes import children, walk

Position = tuple[int, int]
_LOOKUPS = frozenset({"dir", "eval", "exec", "locals", "vars"})


@dataclasses.dataclass(frozen=True, slots=True)
class Tree:
    """One text, parsed once for all its fixes.

    ``parents`` gives the node that holds a node, ``starting`` the nodes that start at a line and column, outermost
    first; ``names`` are those that the module binds, ``texts`` is the source of each of its statements, with the
    lines above it.
    """

    module: cst.Module
    positions: Mapping[cst.CSTNode, CodeRange]
    parents: Mapping[cst.CSTNode, cst.CSTNode]
    starting: Mapping[Position, Sequence[cst.CSTNode]]
    imports: tuple[cst.Import | cst.ImportFrom, ...]
    names: frozenset[str]
    texts: tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Document:
    """A file as one fix sees it: its tree and its reading, and what holds where the finding stands.

    ``flagged`` is where findings of the code at hand start; ``imports`` is what names mean there.
    """

    tree: Tree
    reading: FileReading
    imports: Imports
    flagged: frozenset[Position] = frozenset()

    @property
    def module(self) -> cst.Module:
        """The whole file."""
        return self.tree.module

    @property
    def positions(self) -> Mapping[cst.CSTNode, CodeRange]:
        """Where each node stands."""
        return self.tree.positions

    @property
    def parents(self) -> Mapping[cst.CSTNode, cst.CSTNode]:
        """The node that holds a node."""
        return self.tree.parents

    def value(self, node: cst.CSTNode) -> Value:
        """What the expression ``node`` may be in any run that ``fit`` traces; UNKNOWN for one that was made anew."""
        return self.reading.value_at(span_of(self, node)) if node in self.positions else UNKNOWN

    def class_reading(self, node: cst.CSTNode) -> ClassReading | None:
        """The innermost class that ``node`` stands in; None outside classes, and in one that is not indexed."""
        holders = [upper for upper in self.above(node) if isinstance(upper, (cst.ClassDef, cst.FunctionDef))]
        while holders and not isinstance(holders[0], cst.ClassDef):
            del holders[0]
        symbol = ".".join(holder.name.value for holder in reversed(holders))
        return self.reading.class_named(symbol) if symbol in self.reading.module.classes else None

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

    def outermost(self, node: cst.CSTNode) -> cst.CSTNode:
        """The statement of the module that is, or holds, ``node``."""
        return next((upper for upper in (node, *self.above(node)) if self.parents.get(upper) is self.module), node)

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
        """Names that functions kept before ``node`` read or rebind in the function it stands in, to be called later.

        In a loop a function that is made behind ``node`` was made before it in the step before.
        """
        function = self.function(node)
        inside = set(walk(node))
        loops = (cst.For, cst.While)
        repeated = {
            part
            for upper in self.above(node)
            if isinstance(upper, loops) and upper not in inside
            for part in walk(upper)
        }
        captured: set[str] = (
            set(names_bound_in(function)) if function is not None and _looks_itself_up(function) else set()
        )
        for part in _functions_in(function) if function is not None else ():
            if part not in inside and (part in repeated or self.start(part) < self.start(node)):
                if not self._is_called_at_once(part):
                    own = outer_names([part.params]) if isinstance(part, cst.Lambda) else set()
                    changed = self.declared_in(part) if isinstance(part, cst.FunctionDef) else frozenset()
                    captured |= (names_read(part) - own) | changed
        return captured

    def is_interruptible(self, node: cst.CSTNode) -> bool:
        """Whether what raises in ``node`` may be caught in its function, which then goes on with what was half made."""
        for upper in self.above(node):
            if isinstance(upper, (cst.FunctionDef, cst.Lambda)):
                return False
            if isinstance(upper, (cst.Try, cst.TryStar)):
                return True
            if isinstance(upper, cst.With):
                calls = (item.item.func for item in upper.items if isinstance(item.item, cst.Call))
                known = [self.imports.canonical(function) for function in calls]
                if len(known) < len(upper.items) or not all(name.startswith(("tf.", "keras.")) for name in known):
                    return True
        return False

    def _is_called_at_once(self, node: cst.CSTNode) -> bool:
        """Whether a lambda is called, or given to an operation that runs it in the graph."""
        holder = self.parents[node]
        if isinstance(holder, cst.Call):
            return holder.func is node
        call = self.parents[holder] if isinstance(holder, cst.Arg) else None
        found = (
            knowledge.record(knowledge.canonical(self.imports.canonical(call.func)))
            if isinstance(call, cst.Call)
            else None
        )
        return found is not None and found.runs is not None

    def declared_outside(self, node: cst.CSTNode) -> set[str]:
        """Names that the function of ``node`` declares as global or nonlocal."""
        function = self.function(node)
        return set() if function is None else set(_declared_outside(function))

    def declared_in(self, function: cst.FunctionDef) -> frozenset[str]:
        """Names that ``function``, or one in it, declares as global or nonlocal."""
        return _declared_outside(function)

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


def read_document(reading: FileReading) -> Document:
    """The text of a file as a Document. Raises SyntaxError where libcst cannot parse it."""
    return Document(_read_tree(reading.text), reading, read_imports(reading))


def _read_tree(text: str) -> Tree:
    try:
        module = cst.parse_module(text)
    except cst.ParserSyntaxError as error:
        raise SyntaxError(str(error)) from error
    positions = source.positions(module, text)
    parents: dict[cst.CSTNode, cst.CSTNode] = {}
    starting: defaultdict[Position, list[cst.CSTNode]] = defaultdict(list)
    imports: list[cst.Import | cst.ImportFrom] = []
    for node in walk(module):
        for child in children(node):
            parents[child] = node
        if node in positions:
            start = positions[node].start
            starting[start.line, start.column].append(node)
        if isinstance(node, (cst.Import, cst.ImportFrom)):
            imports.append(node)
    texts = tuple(map(module.code_for_node, module.body))
    return Tree(module, positions, parents, starting, tuple(imports), frozenset(outer_names(module.body)), texts)


def changed_text(document: Document, change: Change) -> str:
    """The text of the file with ``change`` made; statements of the module that it does not touch stay as they are.

    Raises SyntaxError where a changed statement does not compile.
    """
    replacements, above = keep_comments(change.replacements, document.statement)
    holders = {upper for node in (*replacements, *above) for upper in document.above(node)}
    replacer = _Replacer(replacements, above, holders)
    touched = {document.outermost(node) for node in (*replacements, *above)}
    texts = list(document.tree.texts)
    for index, statement in enumerate(document.module.body):
        if statement in touched:
            texts[index] = _code_of(document.module, statement.visit(replacer))
            compile(texts[index], document.reading.path, "exec", dont_inherit=True)
    for line in change.imports:
        _add_import(document.module, texts, line)
    return _joined(document.module, texts)


def _code_of(module: cst.Module, made: cst.CSTNode | cst.FlattenSentinel[Any] | cst.RemovalSentinel) -> str:
    if isinstance(made, cst.RemovalSentinel):
        return ""
    nodes = [made] if isinstance(made, cst.CSTNode) else made
    return "".join(map(module.code_for_node, nodes))


def _joined(module: cst.Module, texts: Sequence[str]) -> str:
    """The text of a module whose statements are ``texts``."""
    header, footer = ("".join(map(module.code_for_node, lines)) for lines in (module.header, module.footer))
    whole = "".join((header, *texts, footer))
    return whole if module.has_trailing_newline else whole.removesuffix(module.default_newline)


def _add_import(module: cst.Module, texts: list[str], line: str) -> None:
    """Put the import ``line`` below the imports at the top of a module, unless it is there.

    ``texts`` are those of its statements; what is added joins the text of a statement.
    """
    imports = {index: statement for index, statement in enumerate(module.body) if _imports(statement)}
    if any(code(statement.with_changes(leading_lines=[])).strip() == line for statement in imports.values()):
        return
    definitions = (n for n, each in enumerate(module.body) if isinstance(each, (cst.ClassDef, cst.FunctionDef)))
    top = next(definitions, len(module.body))
    place = 1 if module.body and is_docstring(module.body[0]) else 0
    place = max([place, *(index + 1 for index in imports if index < top)])
    added = f"{line}{module.default_newline}"
    if place:
        texts[place - 1] += added
    elif texts:
        texts[0] = added + texts[0]


def span_of(document: Document, node: cst.CSTNode) -> Span:
    """Where ``node`` stands, parentheses left out."""
    place = document.positions[node]
    return Span(place.start.line, place.start.column, place.end.line, place.end.column)


def _imports(statement: cst.CSTNode) -> bool:
    return isinstance(statement, cst.SimpleStatementLine) and any(
        isinstance(small, (cst.Import, cst.ImportFrom)) for small in statement.body
    )


class _Replacer(cst.CSTTransformer):
    def __init__(
        self,
        replacements: Mapping[cst.CSTNode, Sequence[cst.CSTNode]],
        above: Mapping[cst.CSTNode, Sequence[cst.EmptyLine]],
        holders: Set[cst.CSTNode],
    ) -> None:
        super().__init__()
        self._replacements, self._above, self._holders = replacements, above, holders

    def on_visit(self, node: cst.CSTNode) -> bool:
        return node in self._holders  # nothing changes below the others

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


@functools.lru_cache(maxsize=256)
def _functions_in(function: cst.FunctionDef) -> tuple[cst.FunctionDef | cst.Lambda | cst.GeneratorExp, ...]:
    kinds = (cst.FunctionDef, cst.Lambda, cst.GeneratorExp)
    return tuple(part for part in walk(function.body) if isinstance(part, kinds))


@functools.lru_cache(maxsize=256)
def _looks_itself_up(function: cst.FunctionDef) -> bool:
    """Whether ``function`` may read any of its names by what is no name: by ``locals()``, say."""
    calls = (part.func for part in walk(function.body) if isinstance(part, cst.Call))
    return any(isinstance(called, cst.Name) and called.value in _LOOKUPS for called in calls)


@functools.lru_cache(maxsize=256)
def names_bound_in(function: cst.FunctionDef) -> frozenset[str]:
    """Names that ``function`` binds itself: parameters, assignments, imports and definitions."""
    return frozenset(outer_names(statements(function)) | {param.name.value for param in _all_params(function.params)})


@functools.lru_cache(maxsize=256)
def _declared_outside(function: cst.FunctionDef) -> frozenset[str]:
    lines = (line for line in walk(function.body) if isinstance(line, (cst.Global, cst.Nonlocal)))
    return frozenset(item.name.value for line in lines for item in line.names)


def _all_params(params: cst.Parameters) -> list[cst.Param]:
    stars = [star for star in (params.star_arg, params.star_kwarg) if isinstance(star, cst.Param)]
    return [*params.posonly_params, *params.params, *params.kwonly_params, *stars]


def body_lines(node: cst.If | cst.Else | cst.For | cst.While) -> list[Statement]:
    """The statements under ``node``."""
    return statements(node.body)
