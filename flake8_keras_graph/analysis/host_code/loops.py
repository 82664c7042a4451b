"""One loop of host code: what changes from one iteration to the next, and what depends on what an iteration gave."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterable, Iterator

from flake8_keras_graph.analysis.host_code.scopes import COMPREHENSIONS, HostCode, Loop, Scope, own
from flake8_keras_graph.project.index import path_of

FEW = 5
"""A loop that is known to run fewer times is left alone; TensorFlow warns of retracing from the fifth trace on."""

# What changes a model, so that it gives something else afterwards.
_TRAINING = frozenset({
    "fit", "fit_generator", "train_on_batch", "set_weights", "load_weights", "apply_gradients", "apply",
    "minimize", "compile", "train_step", "assign", "assign_add", "assign_sub", "partial_fit",
})  # fmt: skip


_AS_LONG = {"enumerate", "tqdm", "list", "sorted", "reversed", "items", "values", "keys"}


class LoopReading:
    """Answers what holds of one loop, without what nested functions do."""

    def __init__(self, code: HostCode, loop: Loop, scope: Scope) -> None:
        self.code = code
        self.loop = loop
        self.scope = scope

    @functools.cached_property
    def nodes(self) -> list[ast.AST]:
        """All that runs at every iteration."""
        loop = self.loop
        if isinstance(loop, COMPREHENSIONS):
            first = loop.generators[0]
            parts: list[ast.AST] = [first.target, *first.ifs, *loop.generators[1:]]
            parts += [loop.key, loop.value] if isinstance(loop, ast.DictComp) else [loop.elt]
        else:
            parts = [*loop.body, loop.test if isinstance(loop, ast.While) else loop.target]
        return [node for part in parts for node in (part, *own(part))]

    @functools.cached_property
    def bound(self) -> set[str]:
        """Names, and attributes of objects, that the loop binds."""
        return {path for node in self.nodes for path in _bound_by(node)} | set(self.target)

    @functools.cached_property
    def target(self) -> list[str]:
        """The names of the loop's own variables."""
        loop = self.loop
        if isinstance(loop, ast.While):
            return []
        targets = [each.target for each in loop.generators] if isinstance(loop, COMPREHENSIONS) else [loop.target]
        return [path for target in targets for path in _paths_bound(target)]

    @property
    def iterated(self) -> ast.expr | None:
        """What a ``for`` or a comprehension goes over."""
        if isinstance(self.loop, ast.While):
            return None
        return self.loop.generators[0].iter if isinstance(self.loop, COMPREHENSIONS) else self.loop.iter

    @functools.cached_property
    def trips(self) -> int | None:
        """How often it runs, where that is spelled."""
        return self._length(self.iterated) if self.iterated is not None else None

    def _length(self, node: ast.expr, depth: int = 0) -> int | None:
        if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
            return None if any(isinstance(each, ast.Starred) for each in node.elts) else len(node.elts)
        if isinstance(node, ast.Dict):
            return len(node.keys)
        if isinstance(node, ast.Name) and depth < 3:
            bound = self._constant(node.id)
            return self._length(bound, depth + 1) if bound is not None else None
        if not isinstance(node, ast.Call):
            return None
        name = path_of(node.func).rpartition(".")[2]
        if name in {"range", "trange"}:
            bounds = [self._number(each) for each in node.args]
            if bounds and len(bounds) == len(node.args) and all(each is not None for each in bounds):
                try:
                    return len(range(*[each for each in bounds if each is not None]))
                except ValueError:
                    return None
        if name in _AS_LONG:
            inner = node.args[:1] or ([node.func.value] if isinstance(node.func, ast.Attribute) else [])
            return self._length(inner[0], depth + 1) if inner else None
        if name in {"zip", "take"}:
            lengths = [length for each in node.args if (length := self._length(each, depth + 1)) is not None]
            if name == "take" and node.args:
                number = self._number(node.args[0])
                lengths = [number] if number is not None and number >= 0 else []
            return min(lengths) if lengths else None
        return None

    def _constant(self, name: str) -> ast.expr | None:
        """What the one assignment of the function or the module binds a name to."""
        at: Scope | None = self.scope
        while at is not None:
            if self.code.is_bound(at, name):
                bound = self.code.bindings.get((at, name), [])
                return bound[0][0] if len(bound) == 1 and not bound[0][1] else None
            at = at.outer
        return None

    def _number(self, node: ast.expr) -> int | None:
        if isinstance(node, ast.Name):
            found = self._constant(node.id)
            node = found if found is not None else node
        if isinstance(node, ast.Constant) and isinstance(node.value, int):
            return node.value
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
            value = node.operand.value
            return -value if isinstance(value, int) else None
        return None

    def is_short(self) -> bool:
        """Whether it is known to run few times only."""
        return self.trips is not None and self.trips < FEW

    def reads_bound(self, node: ast.AST) -> bool:
        """Whether ``node`` reads anything that the loop binds."""
        return reads(node, self.bound)

    def assigned(self, path: str) -> list[ast.expr]:
        """The values that the loop assigns to a name as a whole."""
        return [
            node.value
            for node in self.nodes
            if isinstance(node, ast.Assign) and any(path_of(target) == path for target in node.targets)
        ]

    def results_of(self, call: ast.Call) -> set[str]:
        """Names and attributes that hold, or may hold, something made of what ``call`` gives, in any iteration."""
        marked: set[str] = set()
        before = -1
        while len(marked) != before:
            before = len(marked)
            for node in self.nodes:
                marked |= self._marks(node, call, marked)
        return marked

    def _marks(self, node: ast.AST, call: ast.Call, marked: set[str]) -> set[str]:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node is not call:
            given = [*node.args, *(each.value for each in node.keywords)]
            receiver = path_of(node.func.value)
            if receiver and receiver.partition(".")[0] not in self.code.module.imports:
                if any(_is_made_of(each, call, marked) for each in given):
                    return {receiver}
            return set()
        if isinstance(node, (ast.If, ast.While)):
            if _is_made_of(node.test, call, marked):
                inner = [each for part in (*node.body, *node.orelse) for each in (part, *own(part))]
                return {path for each in inner for path in _bound_by(each)}
            return set()
        value = _value_of(node)
        if value is not None and _is_made_of(value, call, marked):
            return set(_bound_by(node))
        return set()

    def depends_on_result(self, call: ast.Call) -> bool:
        """Whether what ``call`` is given may depend on what it gave in an iteration before, or when it ends does."""
        marked = self.results_of(call)
        given = [*call.args, *(each.value for each in call.keywords)]
        if any(reads(each, marked) for each in given):
            return True
        if isinstance(self.loop, ast.While) and reads(self.loop.test, marked):
            return True
        return any(
            isinstance(node, ast.If) and _is_made_of(node.test, call, marked) and _leaves(node) for node in self.nodes
        )

    def changes_models(self) -> bool:
        """Whether the loop trains or loads something, itself or in a function of the file that it calls."""
        return any(isinstance(node, ast.Call) and _trains(self.code, node, 3) for node in self.nodes)


def reading_of(code: HostCode, loop: Loop, scope: Scope) -> LoopReading:
    """The reading of a loop of ``scope``, made once."""
    if loop not in code.read_loops:
        code.read_loops[loop] = LoopReading(code, loop, scope)
    reading: LoopReading = code.read_loops[loop]
    return reading


def _trains(code: HostCode, call: ast.Call, depth: int) -> bool:
    name = path_of(call.func).rpartition(".")[2] or (call.func.attr if isinstance(call.func, ast.Attribute) else "")
    if name in _TRAINING:
        return True
    if depth == 0:
        return False
    return any(
        isinstance(node, ast.Call) and node is not call and _trains(code, node, depth - 1)
        for scope in code.called_scopes(call)
        for node in own(scope.node)
    )


def reads(node: ast.AST, paths: Iterable[str]) -> bool:
    """Whether ``node`` reads one of ``paths``, a part of one, or what one is a part of."""
    known = set(paths)
    roots = {path.partition(".")[0] for path in known}
    for part in (node, *own(node)):
        if not isinstance(part, (ast.Name, ast.Attribute)):
            continue
        path = path_of(part)
        if path in known:
            return True
        if path and path.partition(".")[0] in roots:
            if any(path.startswith(f"{each}.") for each in known):
                return True
    return False


def _is_made_of(node: ast.expr, call: ast.Call, marked: set[str]) -> bool:
    return node is call or any(part is call for part in own(node)) or reads(node, marked)


def _leaves(node: ast.If) -> bool:
    inner = (each for part in (*node.body, *node.orelse) for each in (part, *own(part)))
    return any(isinstance(each, (ast.Break, ast.Return)) for each in inner)


def _value_of(node: ast.AST) -> ast.expr | None:
    """What a binding statement binds."""
    if isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.NamedExpr)):
        return node.value
    if isinstance(node, (ast.For, ast.AsyncFor, ast.comprehension)):
        return node.iter
    return node.context_expr if isinstance(node, ast.withitem) else None


def _bound_by(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Assign):
        for target in node.targets:
            yield from _paths_bound(target)
    elif isinstance(node, (ast.AugAssign, ast.AnnAssign, ast.NamedExpr, ast.For, ast.AsyncFor, ast.comprehension)):
        yield from _paths_bound(node.target)
    elif isinstance(node, ast.withitem) and node.optional_vars is not None:
        yield from _paths_bound(node.optional_vars)


def _paths_bound(target: ast.expr) -> Iterator[str]:
    """Names and attributes that a target changes; an item of one changes it."""
    if isinstance(target, (ast.Tuple, ast.List)):
        for item in target.elts:
            yield from _paths_bound(item)
    elif isinstance(target, (ast.Starred, ast.Subscript)):
        yield from _paths_bound(target.value)
    elif path := path_of(target):
        yield path
