"""The functions of one file and what stands in them: parents, loops around, what names are bound to, who calls whom."""

from __future__ import annotations

import ast
import collections
import dataclasses
import functools
from collections.abc import Iterator, Mapping
from typing import Any

from flake8_keras_graph import knowledge
from flake8_keras_graph.project.hierarchy import Hierarchy
from flake8_keras_graph.project.index import ClassInfo, Module, dotted_name, node_fields, path_of
from flake8_keras_graph.project.presence import FunctionNode
from flake8_keras_graph.project.self_uses import TRACED
from flake8_keras_graph.records import Span

Loop = ast.For | ast.AsyncFor | ast.While | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
LOOPS = (ast.For, ast.AsyncFor, ast.While, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_KEPT = frozenset({
    ast.Call, ast.Name, ast.Attribute, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.NamedExpr, ast.withitem,
    ast.For, ast.AsyncFor, ast.While, ast.With, ast.comprehension, ast.Return,
})  # fmt: skip
_NESTED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
# Decorators under which a function is still run by Python, as often as it is called.
_PLAIN_DECORATORS = frozenset({
    "abstractmethod", "classmethod", "contextmanager", "property", "staticmethod", "override", "final",
    "overload", "wraps", "configurable", "command", "main", "hookimpl", "no_grad",
})  # fmt: skip
_RUNNERS = frozenset({"Fire", "Process", "Thread", "Timer", "submit"})
_PLAIN_BASES = frozenset({"object", "ABC", "Enum", "Generic", "NamedTuple", "Process", "Protocol", "Thread"})
# Methods of a model that fit, evaluate and predict trace, besides those of every traced class.
_OF_KERAS = TRACED | {
    "build",
    "get_config",
    "from_config",
    "reset_metrics",
    "make_train_function",
    "make_predict_function",
}


@dataclasses.dataclass(eq=False, slots=True)
class Scope:
    """A function, or the module itself; ``owner`` is the class whose method it is, ``outer`` the scope around it."""

    node: ast.Module | FunctionNode
    outer: Scope | None
    owner: ClassInfo | None

    @property
    def name(self) -> str:
        """The function's name; "" for the module."""
        return self.node.name if isinstance(self.node, FunctionNode) else ""

    @property
    def parameters(self) -> list[ast.arg]:
        """All parameters, ``*args`` and ``**kwargs`` left out."""
        if isinstance(self.node, ast.Module):
            return []
        given = self.node.args
        return [*given.posonlyargs, *given.args, *given.kwonlyargs]

    @property
    def self_name(self) -> str:
        """What the method calls its object; "" outside of methods."""
        return self.parameters[0].arg if self.owner is not None and self.parameters else ""


class HostCode:
    """One file as Python runs it. Everything is worked out when it is first asked for."""

    def __init__(self, module: Module, hierarchy: Hierarchy) -> None:
        self.module = module
        self.hierarchy = hierarchy
        self.project = hierarchy.project
        self.parents: dict[ast.AST, ast.AST] = {}
        self.scopes: dict[ast.AST, Scope] = {}
        self.nodes: dict[type[ast.AST], list[Any]] = collections.defaultdict(list)
        self.read_loops: dict[ast.AST, Any] = {}
        self._owners = {info.node: info for info in module.classes.values()}
        self._read(module.tree, Scope(module.tree, None, None))

    def _read(self, tree: ast.AST, scope: Scope) -> None:
        """Note for each node what holds it, and for each function its scope."""
        self.scopes[tree] = scope
        stack: list[tuple[ast.AST, Scope]] = [(tree, scope)]
        parents, nodes = self.parents, self.nodes
        while stack:
            node, around = stack.pop()
            for child in children(node):
                parents[child] = node
                kind = type(child)
                inner = around
                if kind is ast.FunctionDef or kind is ast.AsyncFunctionDef:
                    owner = self._owners.get(node) if isinstance(node, ast.ClassDef) else None
                    inner = self.scopes[child] = Scope(child, around, owner)  # type: ignore[arg-type]
                elif kind in _KEPT:
                    nodes[kind].append(child)
                if kind is not ast.Name and kind is not ast.Constant:
                    stack.append((child, inner))

    @property
    def calls(self) -> list[ast.Call]:
        """Every call of the file."""
        return self.nodes[ast.Call]

    def span(self, first: ast.expr | ast.stmt, last: ast.expr | ast.stmt | None = None) -> Span:
        """Where ``first`` starts and ``last``, or ``first`` itself, ends."""
        return span_of(self.module, first, last)

    def canonical(self, node: ast.expr) -> str:
        """The canonical name of an API, the project's absolute name, or "" where it is no name."""
        name = dotted_name(node)
        return knowledge.canonical(self.project.dotted(self.module, name)) if name else ""

    def scope_of(self, node: ast.AST) -> Scope:
        """The function, or the module, that runs ``node``. A decorator is run by the scope around its function."""
        child = node
        while (holder := self.parents.get(child)) is not None:
            if isinstance(holder, FunctionNode) and child not in holder.decorator_list:
                return self.scopes[holder]
            child = holder
        return self.scopes[self.module.tree]

    def around(self, node: ast.AST) -> Iterator[ast.AST]:
        """What holds ``node`` within its function, nearest first."""
        while (holder := self.parents.get(node)) is not None and not isinstance(holder, _NESTED):
            yield holder
            node = holder

    def loops_around(self, node: ast.AST) -> list[Loop]:
        """The loops of its function that run ``node`` again and again, innermost first."""
        found: list[Loop] = []
        inner = node
        for holder in self.around(node):
            if isinstance(holder, LOOPS) and _is_repeated(inner, holder):
                found.append(holder)
            inner = holder
        return found

    def symbol(self, scope: Scope) -> str:
        """The class that a finding in ``scope`` belongs to, "" outside of classes."""
        at: Scope | None = scope
        while at is not None:
            if at.owner is not None:
                return at.owner.symbol
            at = at.outer
        return ""

    def holder_class(self, scope: Scope) -> tuple[ClassInfo, Scope] | None:
        """The class that ``self`` is of in ``scope`` or a function around it, and the method."""
        at: Scope | None = scope
        while at is not None:
            if at.owner is not None:
                return at.owner, at
            at = at.outer
        return None

    @functools.cached_property
    def bindings(self) -> dict[tuple[Scope, str], list[tuple[ast.expr, tuple[int, ...]]]]:
        """What plain assignments bind a name of a scope to: each value, and which item of it.

        Attributes of ``self`` are bound in the scope of the method that assigns them, as ``self.x``.
        """
        found: dict[tuple[Scope, str], list[tuple[ast.expr, tuple[int, ...]]]] = collections.defaultdict(list)
        for node, targets, value in self._assignments():
            scope = self.scope_of(node)
            for target in targets:
                for name, path in _targets(target):
                    found[scope, name].append((value, path))
        return found

    def _assignments(self) -> Iterator[tuple[ast.AST, list[ast.expr], ast.expr]]:
        for assigned in self.nodes[ast.Assign]:
            yield assigned, assigned.targets, assigned.value
        for annotated in (*self.nodes[ast.AnnAssign], *self.nodes[ast.NamedExpr]):
            if annotated.value is not None:
                yield annotated, [annotated.target], annotated.value
        for item in self.nodes[ast.withitem]:
            if item.optional_vars is not None:
                yield item, [item.optional_vars], item.context_expr

    @functools.cached_property
    def bound_otherwise(self) -> set[tuple[Scope, str]]:
        """Names that are bound by loops, imports, ``del``, augmented assignment: with a value that is not known."""
        found: set[tuple[Scope, str]] = set()
        for kind in (ast.For, ast.AsyncFor, ast.comprehension, ast.AugAssign):
            for node in self.nodes[kind]:
                found |= {(self.scope_of(node), name) for name, _ in _targets(node.target)}
        return found

    def is_bound(self, scope: Scope, name: str) -> bool:
        """Whether ``scope`` binds ``name`` itself."""
        key = (scope, name)
        return key in self.bindings or key in self.bound_otherwise or any(each.arg == name for each in scope.parameters)

    @functools.cached_property
    def functions(self) -> dict[str, list[Scope]]:
        """The file's functions and methods by their names."""
        found: dict[str, list[Scope]] = collections.defaultdict(list)
        for scope in self.scopes.values():
            if scope.name:
                found[scope.name].append(scope)
        return found

    def called_scopes(self, call: ast.Call) -> list[Scope]:
        """The functions of the file that a call may run: by name, or by the name of a method."""
        function = call.func
        if isinstance(function, ast.Name):
            return [each for each in self.functions.get(function.id, ()) if each.owner is None]
        if isinstance(function, ast.Attribute):
            return [each for each in self.functions.get(function.attr, ()) if each.owner is not None]
        return []

    @functools.cached_property
    def callers(self) -> dict[Scope, list[ast.Call]]:
        """The calls in the file that may run each function."""
        found: dict[Scope, list[ast.Call]] = collections.defaultdict(list)
        for call in self.calls:
            for scope in self.called_scopes(call):
                found[scope].append(call)
        return found

    @functools.cached_property
    def _maybe_traced(self) -> set[Scope]:
        """Functions that may run while something traces: decorated, of a Keras class, handed over, called by such."""
        handed = self._names_not_called()
        queue = [scope for scope in self.scopes.values() if scope.name and self._may_be_a_root(scope, handed)]
        nested: dict[Scope, list[Scope]] = collections.defaultdict(list)
        for scope in self.scopes.values():
            if scope.outer is not None:
                nested[scope.outer].append(scope)
        found: set[Scope] = set()
        by_scope: dict[Scope, list[ast.Call]] = collections.defaultdict(list)
        for call in self.calls:
            by_scope[self.scope_of(call)].append(call)
        while queue:
            scope = queue.pop()
            if scope in found:
                continue
            found.add(scope)
            queue += nested[scope]
            for call in by_scope[scope]:
                queue += self.called_scopes(call)
        return found

    def _names_not_called(self) -> set[tuple[str, bool]]:
        """Names used as anything but the function of a call: they may be wrapped. Each with whether it is a method."""
        found: set[tuple[str, bool]] = set()
        for node in (*self.nodes[ast.Name], *self.nodes[ast.Attribute]):
            holder = self.parents[node]
            if isinstance(node.ctx, ast.Load) and not (isinstance(holder, ast.Call) and holder.func is node):
                if _is_run_by_python(node, holder, self.parents):
                    continue
                if isinstance(node, ast.Name):
                    found.add((node.id, False))
                elif path_of(node).partition(".")[0] not in self.module.imports:  # tf.train is no method
                    found.add((node.attr, True))
        return found

    def _may_be_a_root(self, scope: Scope, handed: set[tuple[str, bool]]) -> bool:
        node = scope.node
        assert isinstance(node, FunctionNode)
        if any(not _is_plain(each) for each in node.decorator_list) or (scope.name, scope.owner is not None) in handed:
            return True
        if scope.owner is None:
            return False
        kind = self.hierarchy.kind(scope.owner)
        if kind is None:
            return "step" in scope.name and self._has_foreign_base(scope.owner)
        return kind != "model" or scope.name in _OF_KERAS

    def _has_foreign_base(self, owner: ClassInfo) -> bool:
        """Whether a base of another package, orbit's trainer say, may trace what the class gives it."""
        bases = (each for each in self.hierarchy.ancestors(owner) if isinstance(each, str))
        return any(each.rpartition(".")[2] not in _PLAIN_BASES for each in bases)

    def may_be_traced(self, scope: Scope) -> bool:
        """Whether something may trace the code of ``scope``, so that Python does not run it each time."""
        at: Scope | None = scope
        while at is not None:
            if at in self._maybe_traced:
                return True
            at = at.outer
        return False

    def is_tf_function(self, decorator: ast.expr) -> bool:
        """Whether ``decorator``, or what is called, is ``tf.function``, plain, called, or under ``partial``."""
        if isinstance(decorator, ast.Call) and self.canonical(decorator.func).endswith("partial") and decorator.args:
            decorator = decorator.args[0]
        return self.canonical(decorator) == "tf.function"


def span_of(module: Module, first: ast.expr | ast.stmt, last: ast.expr | ast.stmt | None = None) -> Span:
    """Where ``first`` starts and ``last``, or ``first`` itself, ends."""
    end = last or first
    end_line = end.end_lineno or end.lineno
    return Span(
        first.lineno,
        _column(module, first.lineno, first.col_offset),
        end_line,
        _column(module, end_line, end.end_col_offset or 0),
    )


def _column(module: Module, line: int, offset: int) -> int:
    """In characters; ast counts bytes of UTF-8."""
    text = module.lines[line - 1].encode("utf-8", "surrogatepass")[:offset]
    return len(text.decode("utf-8", "replace"))


def children(node: ast.AST) -> list[ast.AST]:
    """The nodes that ``node`` holds, in order; operators and contexts left out."""
    found: list[ast.AST] = []
    for name in node_fields(type(node)):
        value = getattr(node, name, None)
        if value.__class__ is list:
            found += [item for item in value if item is not None]
        elif value is not None:
            found.append(value)
    return found


def own(scope: ast.AST) -> Iterator[ast.AST]:
    """Everything below ``scope`` that runs when it runs, in the order of the text: nested definitions left out."""
    stack = children(scope)[::-1]
    while stack:
        node = stack.pop()
        if not isinstance(node, _NESTED):
            yield node
            stack += children(node)[::-1]


def _targets(target: ast.expr, path: tuple[int, ...] = ()) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Names and attributes that a target binds, each with the items that lead to it."""
    if isinstance(target, (ast.Tuple, ast.List)):
        for place, item in enumerate(target.elts):
            yield from _targets(item, (*path, place))
    elif isinstance(target, ast.Starred):
        yield from _targets(target.value, (*path, -1))
    elif name := path_of(target):
        yield name, path


def _is_repeated(inner: ast.AST, loop: Loop) -> bool:
    """Whether the part ``inner`` of a loop runs at every iteration: not what is iterated over first, nor ``else``."""
    if isinstance(loop, (ast.For, ast.AsyncFor)):
        return inner in loop.body
    if isinstance(loop, ast.While):
        return inner in loop.body or inner is loop.test
    return inner is not loop.generators[0]


def _is_run_by_python(node: ast.AST, holder: ast.AST, parents: Mapping[ast.AST, ast.AST]) -> bool:
    """Whether a function is handed to what runs it as it is: ``app.run(main)``, ``Thread(target=work)``."""
    call = parents[holder] if isinstance(holder, ast.keyword) else holder
    if not isinstance(call, ast.Call) or node is call.func:
        return False
    path = path_of(call.func)
    return path.endswith("app.run") or path.rpartition(".")[2] in _RUNNERS


def _is_plain(decorator: ast.expr) -> bool:
    return dotted_name(decorator).rpartition(".")[2] in _PLAIN_DECORATORS
