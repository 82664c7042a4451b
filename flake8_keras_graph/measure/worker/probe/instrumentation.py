"""Put recording calls into a file's functions, at everything that tests, iterates, casts or indexes a value.

Standard library only. The changed tree does what it did before: every recording call hands its value on.
"""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Iterable, Sequence

from flake8_keras_graph import knowledge

RECORDER = "_keras_graph_recorder"

_PYTHON_CASTS = frozenset[str]().union(
    *(knowledge.bare_names(flag, modules=("builtins",)) for flag in ("casts", "container", "iterates", "of-numbers"))
)
_HOST_VALUES = frozenset({"numpy", "item", "tolist"})


@dataclasses.dataclass(frozen=True, slots=True)
class Site:
    """One recorded place: ``line`` and ``column`` are those of the node, ``inner`` those of the value it looks at.

    Lines are 1-based, columns 0-based characters. ``kind`` names the construct.
    """

    kind: str
    line: int
    column: int
    inner: tuple[int, int]
    function: str = ""


def instrument(tree: ast.Module, text: str, positions: Iterable[tuple[int, int]]) -> tuple[ast.Module, list[Site]]:
    """The changed tree and its sites, whose index is their number in the recording calls.

    ``positions`` (line, column) are recorded in any case, whatever stands there.
    """
    visitor = _Instrument(text, frozenset(positions))
    changed = visitor.visit(tree)
    assert isinstance(changed, ast.Module)
    return ast.fix_missing_locations(changed), visitor.sites


class _Instrument(ast.NodeTransformer):
    def __init__(self, text: str, positions: frozenset[tuple[int, int]]) -> None:
        self.sites: list[Site] = []
        self._lines = text.encode("utf-8").splitlines()
        self._positions = positions
        self._functions: list[str] = []
        self._classes: list[str] = []

    # -- places ---------------------------------------------------------------------------------------

    def _position(self, node: ast.AST) -> tuple[int, int]:
        line, offset = getattr(node, "lineno", 0), getattr(node, "col_offset", 0)
        if 0 < line <= len(self._lines):
            offset = len(self._lines[line - 1][:offset].decode("utf-8", "replace"))
        return line, offset

    def _site(self, kind: str, node: ast.AST, inner: ast.AST) -> ast.Constant:
        line, column = self._position(node)
        function = ".".join(self._classes + self._functions)
        self.sites.append(Site(kind, line, column, self._position(inner), function))
        return ast.Constant(len(self.sites) - 1)

    def _record(self, method: str, number: ast.Constant, *values: ast.expr) -> ast.Call:
        recorder = ast.Attribute(ast.Name(RECORDER, ast.Load()), method, ast.Load())
        made = ast.Call(recorder, [number, *values], [])
        return ast.copy_location(made, values[0]) if values else made

    def _wanted(self, node: ast.AST) -> bool:
        return bool(self._functions) and self._position(node) in self._positions

    # -- scopes ---------------------------------------------------------------------------------------

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        self._classes.append(node.name)
        outer, self._functions = self._functions, []
        node.body = [self._statement(statement) for statement in node.body]
        self._functions = outer
        self._classes.pop()
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self._functions.append(node.name)
        node.body = self._block(node.body)
        self._functions.pop()
        return node

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return node

    def _block(self, body: Sequence[ast.stmt]) -> list[ast.stmt]:
        changed: list[ast.stmt] = []
        for statement in body:
            for place in (statement, *getattr(statement, "decorator_list", ())):
                if self._wanted(place):
                    number = self._site("statement", place, place)
                    changed.append(ast.copy_location(ast.Expr(self._record("reach", number)), statement))
            changed.append(self._statement(statement))
        if changed and _is_docstring(body[0]) and changed[0] is not body[0]:
            changed.insert(0, body[0])
        return changed

    def _statement(self, statement: ast.stmt) -> ast.stmt:
        changed = self.visit(statement)
        assert isinstance(changed, ast.stmt)
        return changed

    def generic_visit(self, node: ast.AST) -> ast.AST:
        for name, value in ast.iter_fields(node):
            if isinstance(value, list) and value and isinstance(value[0], ast.stmt) and self._functions:
                setattr(node, name, self._block(value))
            elif isinstance(value, list):
                setattr(node, name, [self.visit(v) if isinstance(v, ast.AST) else v for v in value])
            elif isinstance(value, ast.AST):
                setattr(node, name, self.visit(value))
        return node

    def visit(self, node: ast.AST) -> ast.AST:
        wanted = isinstance(node, ast.expr) and self._wanted(node) and self._plain_load(node)
        before = len(self.sites)
        position = node
        changed = super().visit(node)
        known = {(s.line, s.column) for s in self.sites[before:]}
        if wanted and isinstance(changed, ast.expr) and self._position(position) not in known:
            return self._record("value", self._site("value", position, position), changed)
        assert isinstance(changed, ast.AST)
        return changed

    @staticmethod
    def _plain_load(node: ast.AST) -> bool:
        plain = (ast.BinOp, ast.Compare, ast.UnaryOp, ast.ListComp, ast.Tuple, ast.List, ast.JoinedStr)
        loads = isinstance(node, (ast.Attribute, ast.Subscript, ast.Name)) and isinstance(node.ctx, ast.Load)
        return (isinstance(node, plain) and isinstance(getattr(node, "ctx", ast.Load()), ast.Load)) or loads

    # -- tests ----------------------------------------------------------------------------------------

    def _test(self, node: ast.If | ast.While | ast.IfExp | ast.Assert, kind: str) -> ast.AST:
        if not self._functions:
            return self.generic_visit(node)
        number = self._site(kind, node, node.test)
        self.generic_visit(node)
        node.test = self._recorded_test(number, node.test)
        return node

    def _recorded_test(self, number: ast.Constant, test: ast.expr) -> ast.expr:
        """The test with its value recorded; that of ``not x`` is always a bool, so there it is ``x``."""
        if not (isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)):
            return self._record("test", number, test)
        test.operand = self._record("negated", number, test.operand)
        return test

    def visit_If(self, node: ast.If) -> ast.AST:
        return self._test(node, "if")

    def visit_While(self, node: ast.While) -> ast.AST:
        return self._test(node, "while")

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        return self._test(node, "if")

    def visit_Assert(self, node: ast.Assert) -> ast.AST:
        return self._test(node, "assert")

    def visit_Match(self, node: ast.AST) -> ast.AST:
        subject = getattr(node, "subject", None)
        if not self._functions or not isinstance(subject, ast.expr):
            return self.generic_visit(node)
        number = self._site("match", node, subject)
        self.generic_visit(node)
        setattr(node, "subject", self._record("value", number, getattr(node, "subject")))  # noqa: B009, B010
        return node

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        if not self._functions:
            return self.generic_visit(node)
        number = self._site("bool", node, node.values[0])
        self.generic_visit(node)
        last = len(node.values) - 1  # the last operand is handed on, its truth is not looked at
        node.values = [self._record("operand" if i < last else "last", number, v) for i, v in enumerate(node.values)]
        return node

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        if not self._functions or not isinstance(node.op, ast.Not):
            return self.generic_visit(node)
        number = self._site("bool", node, node.operand)
        self.generic_visit(node)
        node.operand = self._record("test", number, node.operand)
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        membership = any(isinstance(op, (ast.In, ast.NotIn)) for op in node.ops)
        if not self._functions or not (membership or len(node.ops) > 1):
            return self.generic_visit(node)
        number = self._site("bool", node, node.left)
        self.generic_visit(node)
        node.left = self._record("value", number, node.left)
        if membership:
            node.comparators = [self._record("members", number, c) for c in node.comparators]
        return node

    # -- iteration --------------------------------------------------------------------------------------

    def visit_For(self, node: ast.For) -> ast.AST:
        if not self._functions:
            return self.generic_visit(node)
        number = self._site("for", node, node.iter)
        self.generic_visit(node)
        node.iter = self._record("iterate", number, node.iter)
        return node

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> ast.AST:
        if not self._functions:
            return self.generic_visit(node)
        numbers = [self._site("comprehension", node, generator.iter) for generator in node.generators]
        tests = {id(t): self._site("comprehension", node, t) for g in node.generators for t in g.ifs}
        pairs = [(g, [tests[id(t)] for t in g.ifs]) for g in node.generators]
        self.generic_visit(node)
        for number, (generator, test_numbers) in zip(numbers, pairs, strict=True):
            if not generator.is_async:
                generator.iter = self._record("iterate", number, generator.iter)
            generator.ifs = [self._recorded_test(n, t) for n, t in zip(test_numbers, generator.ifs, strict=True)]
        return node

    def visit_ListComp(self, node: ast.ListComp) -> ast.AST:
        return self._comprehension(node)

    def visit_SetComp(self, node: ast.SetComp) -> ast.AST:
        return self._comprehension(node)

    def visit_DictComp(self, node: ast.DictComp) -> ast.AST:
        return self._comprehension(node)

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> ast.AST:
        return self._comprehension(node)

    # -- calls, subscripts, unpacking ---------------------------------------------------------------------

    def visit_Call(self, node: ast.Call) -> ast.AST:
        kind = self._call_kind(node)
        if kind is None:
            return self.generic_visit(node)
        number = self._site(kind, node, node.args[0] if node.args else node)
        self.generic_visit(node)
        if kind == "host" and isinstance(node.func, ast.Attribute):
            node.func.value = self._record("value", number, node.func.value)
        else:
            node.func = self._record("call", number, node.func)
        return node

    def _call_kind(self, node: ast.Call) -> str | None:
        if not self._functions or (isinstance(node.func, ast.Name) and node.func.id in ("super", "locals", "vars")):
            return None
        if isinstance(node.func, ast.Name) and node.func.id in _PYTHON_CASTS:
            return "cast"
        if isinstance(node.func, ast.Attribute) and node.func.attr in _HOST_VALUES and not node.args:
            return "host"
        if isinstance(node.func, ast.Attribute) and _root(node.func) in ("np", "numpy", "onp"):
            return "numpy"
        return "call" if self._wanted(node) else None

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        simple = isinstance(node.slice, (ast.Name, ast.Attribute, ast.Call, ast.BinOp, ast.Subscript))
        if not self._functions or not isinstance(node.ctx, ast.Load) or not simple:
            return self.generic_visit(node)
        number = self._site("index", node, node.slice)
        self.generic_visit(node)
        return self._record("index", number, node.value, node.slice)

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        if not self._functions or not isinstance(node.targets[0], (ast.Tuple, ast.List)):
            return self.generic_visit(node)
        number = self._site("unpack", node, node.value)
        self.generic_visit(node)
        node.value = self._record("value", number, node.value)
        return node


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
