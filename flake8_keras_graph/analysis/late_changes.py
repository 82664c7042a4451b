"""Python values that traced code reads and other code of the file changes after the graph was built.

Scripts set an attribute or a global between two calls of ``fit``, callbacks do while one runs: read from the stdlib
tree. What methods of the class itself change is told in ``attributes``.
"""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence

from flake8_keras_graph import knowledge
from flake8_keras_graph.project.hierarchy import Hierarchy
from flake8_keras_graph.project.index import ClassInfo, FunctionInfo, Module, breadth_first, child_nodes, dotted_name
from flake8_keras_graph.project.self_uses import CONSTRUCTING, TRACED

_RUNS = frozenset({"fit", "predict", "evaluate", "train_on_batch", "test_on_batch", "predict_on_batch"})
_NESTED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_CALLBACKS = "keras.callbacks."


@dataclasses.dataclass(frozen=True, slots=True)
class LateChanges:
    """Who changes what: attributes by class and name, and globals by name."""

    attributes: Mapping[ClassInfo, Mapping[str, str]]
    globals: Mapping[str, str]


@dataclasses.dataclass(slots=True)
class _Change:
    """An assignment to an attribute of ``holder``, or to a global where there is none; ``loops`` are around it."""

    holder: str | None
    name: str
    value: ast.expr | None
    line: int
    loops: tuple[ast.AST, ...]


def late_changes(module: Module, hierarchy: Hierarchy) -> LateChanges:
    """What the file changes outside of its traced code, once something was traced."""
    if not any(f".{name}(" in module.text for name in ("fit", "predict", "evaluate", "on_batch")) and (
        "allback" not in module.text and "global " not in module.text
    ):
        return LateChanges({}, {})
    return _Reader(module, hierarchy).read()


class _Reader:
    def __init__(self, module: Module, hierarchy: Hierarchy) -> None:
        self.module, self.hierarchy = module, hierarchy
        self.attributes: dict[ClassInfo, dict[str, str]] = {}
        self.globals: dict[str, str] = {}
        self.nodes = breadth_first(module.tree)
        self.candidates = [info for info in module.classes.values() if hierarchy.kind(info) in {"model", "layer"}]

    def read(self) -> LateChanges:
        functions = dict(self._functions())
        given_to_callbacks = self._lambda_callbacks()
        hooks = _hooks(given_to_callbacks)
        self._script(self.module.tree.body, "the script", frozenset(), True)
        for node, owner in functions.items():
            if owner is not None and self._is_of_keras(owner):
                continue
            is_hook = (owner is not None and self._is_callback(owner)) or node.name in hooks
            told = f"{owner.name}.{node.name}" if owner is not None else node.name
            names = frozenset(name for each in _own(node.body) if isinstance(each, ast.Global) for name in each.names)
            if is_hook:
                self._note(_changes(node.body, names), told)
            else:
                self._script(node.body, told, names, False)
        for call in given_to_callbacks:
            self._note(_changes([each.value for each in call.keywords], frozenset()), "a callback")
        return LateChanges(self.attributes, self.globals)

    def _functions(self) -> Iterator[tuple[ast.FunctionDef | ast.AsyncFunctionDef, ClassInfo | None]]:
        owners = {id(method.node): info for info in self.module.classes.values() for method in info.methods.values()}
        for node in self.nodes:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                yield node, owners.get(id(node))

    def _lambda_callbacks(self) -> list[ast.Call]:
        calls = (node for node in self.nodes if type(node) is ast.Call)
        return [node for node in calls if dotted_name(node.func).endswith("LambdaCallback")]

    def _is_of_keras(self, info: ClassInfo) -> bool:
        """Its methods are looked at as those of the class itself."""
        return self.hierarchy.kind(info) is not None

    def _is_callback(self, info: ClassInfo) -> bool:
        return any(
            isinstance(each, str) and knowledge.canonical(each).startswith(_CALLBACKS)
            for each in self.hierarchy.ancestors(info)
        )

    def _script(self, body: Sequence[ast.stmt], told: str, names: frozenset[str], is_top: bool) -> None:
        """What is changed between two runs; without a run in sight, what a setter of a global may change."""
        runs, compiled = list(_calls(body, _RUNS)), list(_calls(body, {"compile"}))
        changes = list(_changes(body, names, is_top))
        if runs:
            self._note((each for each in changes if _is_between(each, runs, compiled)), told)
        elif not is_top:
            self._note((each for each in changes if each.holder is None), told)

    def _note(self, changes: Iterable[_Change], told: str) -> None:
        for each in changes:
            if each.holder is None:
                initial = self.module.constants.get(each.name)
                if isinstance(initial, ast.Constant) and isinstance(initial.value, (bool, int, float)):
                    self.globals.setdefault(each.name, told)
                continue
            for info in self._holders(each):
                if self._is_plain(info, each):
                    self.attributes.setdefault(info, {}).setdefault(each.name, told)

    def _holders(self, change: _Change) -> Iterable[ClassInfo]:
        """The classes that the object may be of: the one that a variable was made of, else all that have the name."""
        made = {
            node.value.func.id
            for node in self.nodes
            if isinstance(node, ast.Assign)
            and any(isinstance(target, ast.Name) and target.id == change.holder for target in node.targets)
            and isinstance(node.value, ast.Call)
            and isinstance(node.value.func, ast.Name)
        }
        known = [info for info in self.candidates if info.name in made]
        return known or self.candidates

    def _is_plain(self, info: ClassInfo, change: _Change) -> bool:
        """Whether the constructor sets the attribute to a Python value, and traced methods read it as one."""
        constructor = self.hierarchy.method(info, "__init__")
        if constructor is None or self.hierarchy.method(info, change.name) is not None:
            return False
        stored = self.hierarchy.self_uses.of(constructor).stored.get(change.name)
        if not stored or not all(each is not None for each in stored):
            return False
        return all(_starts_plain(constructor, each or "", change.value) for each in stored)


def _hooks(callbacks: Iterable[ast.Call]) -> frozenset[str]:
    """Functions that a ``LambdaCallback`` is given."""
    return frozenset(each.value.id for call in callbacks for each in call.keywords if isinstance(each.value, ast.Name))


def starts_plain(constructor: FunctionInfo, stored: Sequence[str | None]) -> bool:
    """Whether a constructor certainly stores Python numbers, booleans or texts: literals, or defaults that are."""
    return bool(stored) and all(each is not None and _starts_plain(constructor, each, None) for each in stored)


def _starts_plain(constructor: FunctionInfo, spelled: str, later: ast.expr | None) -> bool:
    if not spelled.isidentifier() or spelled in {"True", "False"}:
        return spelled != "not"
    arguments = constructor.node.args
    positional = [*arguments.posonlyargs, *arguments.args]
    with_default = positional[len(positional) - len(arguments.defaults) :]
    defaults = dict(zip((each.arg for each in with_default), arguments.defaults, strict=True))
    defaults |= {
        each.arg: value for each, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if value
    }
    default = defaults.get(spelled)
    if default is None:
        return later is not None and spelled in {each.arg for each in positional} and _is_number(later)
    return isinstance(default, (ast.Constant, ast.UnaryOp)) and getattr(default, "value", 0) is not None


def _is_number(node: ast.expr) -> bool:
    """A literal, or arithmetic of one."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, (bool, int, float))
    if isinstance(node, ast.UnaryOp):
        return _is_number(node.operand)
    return isinstance(node, ast.BinOp) and (_is_number(node.left) or _is_number(node.right))


def _own(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Everything that runs when the statements do."""
    for node in body:
        if not isinstance(node, _NESTED):
            yield node
            yield from _own(child_nodes(node))


def _located(body: Iterable[ast.AST], loops: tuple[ast.AST, ...] = ()) -> Iterator[tuple[ast.AST, tuple[ast.AST, ...]]]:
    """What runs when the statements do, with the loops around it."""
    for node in body:
        if isinstance(node, _NESTED):
            continue
        yield node, loops
        inside = (*loops, node) if isinstance(node, (ast.For, ast.While)) else loops
        yield from _located(child_nodes(node), inside)


def _calls(body: Iterable[ast.AST], names: Iterable[str]) -> Iterator[tuple[int, tuple[ast.AST, ...]]]:
    wanted = set(names)
    for node, loops in _located(body):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in wanted:
            yield node.lineno, loops


def _changes(body: Iterable[ast.AST], names: frozenset[str], is_top: bool = False) -> Iterator[_Change]:
    """Assignments to attributes of other objects than ``self``, and to globals."""
    for node, loops in _located(body):
        if isinstance(node, (ast.Assign, ast.AugAssign)):
            value = node.value
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if isinstance(target, ast.Attribute):
                    holder = dotted_name(target.value) or "?"
                    if holder != "self":
                        yield _Change(holder, target.attr, value, node.lineno, loops)
                elif isinstance(target, ast.Name) and (is_top or target.id in names):
                    yield _Change(None, target.id, value, node.lineno, loops)
        elif isinstance(node, ast.Call) and dotted_name(node.func) == "setattr" and len(node.args) == 3:
            name = node.args[1]
            if isinstance(name, ast.Constant) and isinstance(name.value, str):
                yield _Change(dotted_name(node.args[0]) or "?", name.value, node.args[2], node.lineno, loops)


_Located = tuple[int, tuple[ast.AST, ...]]


def _is_between(change: _Change, runs: Sequence[_Located], compiled: Sequence[_Located]) -> bool:
    """Whether something was traced before the change and runs after it, and nothing is compiled in between."""
    for line, loops in runs:
        again = any(loop in loops for loop in change.loops)
        if not again and not (line > change.line and any(before < change.line for before, _ in runs)):
            continue
        if again and any(any(loop in around for loop in change.loops) for _, around in compiled):
            continue
        if not again and any(change.line < at <= line for at, _ in compiled):
            continue
        return True
    return False


def late_methods(info: ClassInfo, hierarchy: Hierarchy) -> frozenset[str]:
    """Attributes that methods bind which run neither to construct the object nor while tracing."""
    return frozenset(
        name
        for each in hierarchy.ancestors(info)
        if isinstance(each, ClassInfo)
        for method in each.methods.values()
        if method.name not in TRACED and method.name not in CONSTRUCTING
        for name in hierarchy.self_uses.bound_by(method)
    )
