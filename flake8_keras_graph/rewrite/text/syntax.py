"""Small helpers over libcst nodes: dotted names, names read and bound, attributes of ``self``."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Sequence

import libcst as cst

from flake8_keras_graph.syntax.nodes import children

Statement = cst.BaseStatement
_EMPTY = cst.Module(body=[])


def code(node: cst.CSTNode) -> str:
    """The source text of ``node``, as written."""
    return _EMPTY.code_for_node(node)


def dotted(node: cst.CSTNode | None) -> str:
    """``a.b.c`` for a chain of names, else the empty string."""
    if isinstance(node, cst.Name):
        return node.value
    if isinstance(node, cst.Attribute):
        base = dotted(node.value)
        return f"{base}.{node.attr.value}" if base else ""
    return ""


def own_attribute(node: cst.CSTNode, self_name: str) -> str:
    """``x`` where ``node`` is ``self.x``, else the empty string."""
    if not self_name:
        return ""
    if isinstance(node, cst.Attribute) and isinstance(node.value, cst.Name) and node.value.value == self_name:
        return node.attr.value
    return ""


# Nodes never change, and the same ones are asked about for each fix of a function.
_remembered = functools.lru_cache(maxsize=8192)


@_remembered
def names_read(node: cst.CSTNode) -> frozenset[str]:
    """Names that ``node`` loads (attribute names, keywords and parameters are not names)."""
    reader = _Names()
    reader.see(node)
    return frozenset(reader.read)


@_remembered
def names_bound(node: cst.CSTNode) -> frozenset[str]:
    """Names that ``node`` binds: assignments, loop targets, parameters, imports, definitions, walrus."""
    reader = _Names()
    reader.see(node)
    return frozenset(reader.bound)


def outer_names(nodes: Iterable[cst.CSTNode]) -> set[str]:
    """Names bound by ``nodes`` in the scope they stand in: not inside nested functions or comprehensions."""
    return set().union(*map(_outer_names, nodes))


@_remembered
def _outer_names(node: cst.CSTNode) -> frozenset[str]:
    reader = _Names(nested=False)
    reader.see(node)
    return frozenset(reader.bound)


class _Names:
    """Collects names read and bound, with stores told from loads by their parents.

    No visitor of libcst's: those make each node again as they leave it.
    """

    def __init__(self, nested: bool = True) -> None:
        self.read: set[str] = set()
        self.bound: set[str] = set()
        self._nested = nested

    def see(self, node: cst.CSTNode) -> None:
        """Collect the names in ``node``."""
        collect = getattr(self, f"_see_{type(node).__name__}", None)
        if collect is not None:
            collect(node)
        else:
            for child in children(node):
                self.see(child)

    def _see_Name(self, node: cst.Name) -> None:
        self.read.add(node.value)

    def _see_Attribute(self, node: cst.Attribute) -> None:
        self.see(node.value)

    def _see_Arg(self, node: cst.Arg) -> None:
        self.see(node.value)

    def _see_AssignTarget(self, node: cst.AssignTarget) -> None:
        self._store(node.target)

    def _see_AnnAssign(self, node: cst.AnnAssign) -> None:
        self._store(node.target)
        if node.value is not None:
            self.see(node.value)

    def _see_AugAssign(self, node: cst.AugAssign) -> None:
        self._store(node.target)
        self.see(node.target)
        self.see(node.value)

    def _see_NamedExpr(self, node: cst.NamedExpr) -> None:
        self._store(node.target)
        self.see(node.value)

    def _see_For(self, node: cst.For) -> None:
        self._store(node.target)
        self.see(node.iter)
        self.see(node.body)
        if node.orelse is not None:
            self.see(node.orelse)

    def _see_CompFor(self, node: cst.CompFor) -> None:
        if self._nested:
            self._store(node.target)
        self.see(node.iter)
        for test in node.ifs:
            self.see(test)
        if node.inner_for_in is not None:
            self.see(node.inner_for_in)

    def _see_AsName(self, node: cst.AsName) -> None:
        self._store(node.name)

    def _see_Param(self, node: cst.Param) -> None:
        if self._nested:
            self.bound.add(node.name.value)
        if node.default is not None:
            self.see(node.default)

    def _see_FunctionDef(self, node: cst.FunctionDef) -> None:
        self.bound.add(node.name.value)
        if self._nested:
            for part in (node.params, node.body, *node.decorators):
                self.see(part)

    def _see_ClassDef(self, node: cst.ClassDef) -> None:
        self.bound.add(node.name.value)
        if self._nested:
            self.see(node.body)

    def _see_ImportFrom(self, node: cst.ImportFrom) -> None:
        self._import(node.names)

    def _see_Import(self, node: cst.Import) -> None:
        self._import(node.names)

    def _import(self, names: Sequence[cst.ImportAlias] | cst.ImportStar) -> None:
        if isinstance(names, cst.ImportStar):
            return
        for alias in names:
            if alias.asname is not None:
                self._store(alias.asname.name)
            else:
                self.bound.add(dotted(alias.name).split(".")[0])

    def _store(self, target: cst.CSTNode) -> None:
        if isinstance(target, cst.Name):
            self.bound.add(target.value)
        elif isinstance(target, (cst.Tuple, cst.List)):
            for element in target.elements:
                self._store(element.value)
        elif isinstance(target, cst.StarredElement):
            self._store(target.value)
        else:
            self.see(target)


def is_static(function: cst.FunctionDef) -> bool:
    """Whether ``function`` is a static method."""
    return any(dotted(decorator.decorator) == "staticmethod" for decorator in function.decorators)


def parameters(function: cst.FunctionDef) -> list[cst.Param]:
    """Positional parameters of ``function`` after ``self``, then keyword-only ones."""
    params = function.params
    positional = [*params.posonly_params, *params.params]
    return [*positional[0 if is_static(function) else 1 :], *params.kwonly_params]


def self_name(function: cst.FunctionDef) -> str:
    """What the method calls its instance; empty for a static method, or one without parameters."""
    positional = [*function.params.posonly_params, *function.params.params]
    return positional[0].name.value if positional and not is_static(function) else ""


def super_name(call: cst.Call) -> str:
    """``m`` for ``super().m(...)`` and ``super(Class, self).m(...)``."""
    function = call.func
    if isinstance(function, cst.Attribute) and isinstance(function.value, cst.Call):
        if dotted(function.value.func) == "super":
            return function.attr.value
    return ""


def statements(function: cst.FunctionDef | cst.ClassDef | cst.BaseSuite) -> list[Statement]:
    """The statements of a body, those of a one-line body (``def f(): return 1``) each on a line."""
    suite = function if isinstance(function, cst.BaseSuite) else function.body
    if isinstance(suite, cst.SimpleStatementSuite):
        alone = (small.with_changes(semicolon=cst.MaybeSentinel.DEFAULT) for small in suite.body)
        return [cst.SimpleStatementLine(body=[small]) for small in alone]
    return [line for line in suite.body if isinstance(line, cst.BaseStatement)]


def is_docstring(statement: Statement) -> bool:
    """Whether ``statement`` is nothing but a string."""
    return (
        isinstance(statement, cst.SimpleStatementLine)
        and len(statement.body) == 1
        and isinstance(statement.body[0], cst.Expr)
        and isinstance(statement.body[0].value, (cst.SimpleString, cst.ConcatenatedString))
    )


def expression(text: str) -> cst.BaseExpression:
    """``text`` as a node."""
    return cst.parse_expression(text)


def statement(text: str) -> Statement:
    """``text`` as a node; it holds one statement."""
    parsed = cst.parse_statement(text)
    assert isinstance(parsed, cst.BaseStatement)
    return parsed


def camel(name: str) -> str:
    """``CamelCase`` of ``snake_case``."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_") if part)


def snake(name: str) -> str:
    """``snake_case`` of ``CamelCase``, as Keras names layers."""
    parts: list[str] = []
    for index, letter in enumerate(name):
        after_lower = index > 0 and not name[index - 1].isupper() and name[index - 1] != "_"
        before_lower = 0 < index < len(name) - 1 and name[index + 1].islower() and name[index - 1] != "_"
        if letter.isupper() and (after_lower or before_lower):
            parts.append("_")
        parts.append(letter.lower())
    return "".join(parts).strip("_")


def classes_by_name(module: cst.Module) -> dict[str, cst.ClassDef]:
    """Classes by dotted name, also those under ``if`` and ``try``; not those inside functions."""
    return dict(_classes(module, ""))


def _classes(node: cst.Module | cst.ClassDef, prefix: str) -> Iterator[tuple[str, cst.ClassDef]]:
    for child in _headers(node):
        name = prefix + child.name.value
        yield name, child
        yield from _classes(child, f"{name}.")


def _headers(node: cst.CSTNode) -> Iterator[cst.ClassDef]:
    for child in children(node):
        if isinstance(child, cst.ClassDef):
            yield child
        elif isinstance(child, (cst.If, cst.Else, cst.Try, cst.ExceptHandler, cst.IndentedBlock, cst.With)):
            yield from _headers(child)
