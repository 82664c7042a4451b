"""Functions under ``tf.function`` in host code: made again and again, or called with another Python value each time."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from flake8_keras_graph.analysis.host_code.loops import LoopReading, reading_of
from flake8_keras_graph.analysis.host_code.models import Models
from flake8_keras_graph.analysis.host_code.scopes import HostCode, Loop, Scope
from flake8_keras_graph.analysis.sites import FunctionMade, PythonArgument
from flake8_keras_graph.project.index import FunctionInfo, dotted_name, path_of
from flake8_keras_graph.project.presence import FunctionNode
from flake8_keras_graph.project.self_uses import CONSTRUCTING

MAX_CALLS = 3
"""How many calls may lie between a loop and the function that it makes run again and again."""


class TracedFunctions:
    """Finds them in one file."""

    def __init__(self, code: HostCode, models: Models) -> None:
        self.code = code
        self.models = models

    def made_repeatedly(self) -> Iterator[FunctionMade]:
        """Every ``tf.function`` that a loop makes anew, and that no loop inside calls."""
        for scope in list(self.code.scopes.values()):
            if isinstance(scope.node, FunctionNode) and scope.outer is not None:
                for decorator in scope.node.decorator_list:
                    if self.code.is_tf_function(decorator) and not _holds_a_loop(scope.node):
                        yield from self._found(decorator, scope.node, scope.name)
        for call in self.code.calls:
            if not self._makes(call):
                continue
            holder = self.code.parents[call]
            if isinstance(holder, ast.Call) and holder.func is call and not self._makes(holder):
                yield from self._found(call, holder, "")
            elif (
                isinstance(holder, ast.Assign) and len(holder.targets) == 1 and isinstance(holder.targets[0], ast.Name)
            ):
                yield from self._found(call, holder, holder.targets[0].id)

    def _makes(self, call: ast.Call) -> bool:
        """``tf.function(f)``, ``tf.function(jit_compile=True)(f)``; not a decorator."""
        holder = self.code.parents[call]
        if isinstance(holder, FunctionNode) and call in holder.decorator_list:
            return False
        if isinstance(call.func, ast.Call):
            return self.code.is_tf_function(call.func) and not call.func.args
        return bool(call.args) and self.code.canonical(call.func) == "tf.function"

    def _found(self, shown: ast.expr, made: ast.AST, name: str) -> Iterator[FunctionMade]:
        """``made`` is the definition, assignment or call; ``name`` what it binds."""
        scope = self.code.scope_of(made)
        if self._is_kept(made) or (scope.name and self.code.may_be_traced(scope)):
            return
        around = self.code.loops_around(made)
        if name and not self._is_called_as_often(name, made, scope, around):
            return
        loop = next((each for each in around if not reading_of(self.code, each, scope).is_short()), None)
        by_method = False
        if loop is None:
            if around or not scope.name:
                return
            if not self._is_repeated(scope, MAX_CALLS, set()):
                by_method = self._is_called_by_a_method(scope)
                if not by_method:
                    return
        within = scope.name if loop is None else ""
        yield FunctionMade(self.code.span(shown), self.code.symbol(scope), dotted_name(shown), within, by_method)

    def _is_kept(self, made: ast.AST) -> bool:
        """Whether a test decides that it is made, as in ``if self.step is None``."""
        return any(isinstance(holder, (ast.If, ast.Try)) for holder in self.code.around(made))

    def _is_called_as_often(self, name: str, made: ast.AST, scope: Scope, around: list[Loop]) -> bool:
        """Whether it is only called, in its own function, in no loop inside of those around its making."""
        uses = [
            node
            for node in self.code.nodes[ast.Name]
            if node.id == name and isinstance(node.ctx, ast.Load) and self._sees(self.code.scope_of(node), scope)
        ]
        for node in uses:
            call = self.code.parents[node]
            if not (isinstance(call, ast.Call) and call.func is node) or self.code.scope_of(node) is not scope:
                return False
            if self.code.loops_around(call) != around:
                return False
        return bool(uses) and len(self.code.bindings.get((scope, name), ())) <= 1

    def _sees(self, scope: Scope, outer: Scope) -> bool:
        at: Scope | None = scope
        while at is not None and at is not outer:
            at = at.outer
        return at is outer

    def _is_repeated(self, scope: Scope, depth: int, seen: set[Scope]) -> bool:
        """Whether a loop of the file calls the function, itself or through others."""
        if depth == 0 or scope in seen:
            return False
        seen.add(scope)
        for call in self.code.callers.get(scope, ()):
            caller = self.code.scope_of(call)
            if not self._is_certainly(call, scope, caller):
                continue
            loops = [reading_of(self.code, loop, caller) for loop in self.code.loops_around(call)]
            if any(not loop.is_short() for loop in loops):
                return True
            if not loops and caller.name and self._is_repeated(caller, depth - 1, seen):
                return True
        return False

    def _is_called_by_a_method(self, scope: Scope) -> bool:
        """Whether another method of the file, which constructs nothing, calls this one."""
        if scope.owner is None or scope.name in CONSTRUCTING:
            return False
        callers = ((call, self.code.scope_of(call)) for call in self.code.callers.get(scope, ()))
        return any(
            caller.owner is not None
            and caller is not scope
            and caller.name not in CONSTRUCTING
            and self._is_certainly(call, scope, caller)
            for call, caller in callers
        )

    def _is_certainly(self, call: ast.Call, scope: Scope, caller: Scope) -> bool:
        """Whether the call is one of this very function: by its name, on ``self``, or on an object of its class."""
        if isinstance(call.func, ast.Name):
            return scope.outer is not None and (scope.outer.outer is None or self._sees(caller, scope.outer))
        if not isinstance(call.func, ast.Attribute) or scope.owner is None:
            return False
        info = self.models.class_of(call.func.value, caller)
        if info is None:
            return False
        method = self.code.hierarchy.method(info, scope.name)
        return method is not None and method.node is scope.node

    def given_python_values(self) -> Iterator[PythonArgument]:
        """Every call of a traced function, in a loop, with a Python number or a length that is another each time."""
        for call in self.code.calls:
            loops = self.code.loops_around(call)
            if not loops:
                continue
            scope = self.code.scope_of(call)
            if self.code.may_be_traced(scope):
                continue
            readings = [reading for loop in loops if not (reading := reading_of(self.code, loop, scope)).is_short()]
            given = [*call.args, *(each.value for each in call.keywords)]
            for node in given if readings else ():
                what = self._changes(node, readings)
                if what and self._is_traced(call.func, scope):
                    name = path_of(call.func)
                    yield PythonArgument(
                        self.code.span(call), self.code.symbol(scope), name, ast.unparse(node), what == "length"
                    )
                    break

    def _changes(self, node: ast.expr, readings: list[LoopReading]) -> str:
        """ "number" or "length" where an argument has another Python value, or another length, at each iteration."""
        for reading in readings:
            if _is_number_of(node, self._numbers(reading)):
                return "number"
            if isinstance(node, ast.Subscript) and _grows(node.slice, self._numbers(reading)):
                return "length"
        return ""

    def _numbers(self, reading: LoopReading) -> set[str]:
        """Variables of the loop that are Python numbers: of ``range``, the first of ``enumerate``, counted up."""
        found: set[str] = set()
        loop = reading.loop
        if isinstance(loop, (ast.For, ast.AsyncFor)):
            found |= self._counted(loop.target, loop.iter)
        for node in reading.nodes:
            if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add) and isinstance(node.target, ast.Name):
                start = [value for value, _ in self.code.bindings.get((reading.scope, node.target.id), ())]
                numbers = [
                    each for each in start if isinstance(each, ast.Constant) and type(each.value) in (int, float)
                ]
                if isinstance(node.value, ast.Constant) and start and len(numbers) == len(start):
                    found.add(node.target.id)
        return found

    def _counted(self, target: ast.expr, iterated: ast.expr) -> set[str]:
        while isinstance(iterated, ast.Call) and path_of(iterated.func).rpartition(".")[2] in {"tqdm", "track"}:
            if not iterated.args:
                return set()
            iterated = iterated.args[0]
        if not isinstance(iterated, ast.Call):
            return set()
        name = path_of(iterated.func)
        if isinstance(target, ast.Name) and name in {"range", "trange", "tqdm.trange"}:
            return {target.id}
        if (
            name == "enumerate"
            and isinstance(target, ast.Tuple)
            and target.elts
            and isinstance(target.elts[0], ast.Name)
        ):
            return {target.elts[0].id}
        return set()

    def _is_traced(self, function: ast.expr, scope: Scope) -> bool:
        """Whether ``function`` is under ``tf.function``, without a signature that makes tensors of numbers."""
        decorators = self._decorators(function, scope)
        return any(self.code.is_tf_function(each) and not _has_signature(each) for each in decorators)

    def _decorators(self, function: ast.expr, scope: Scope) -> list[ast.expr]:
        """What decorates a function; a ``tf.function(f)`` that its name is bound to, alone."""
        if isinstance(function, ast.Name):
            at: Scope | None = scope
            while at is not None:
                bound = self.code.bindings.get((at, function.id), [])
                if bound:
                    return [bound[0][0]] if len(bound) == 1 and isinstance(bound[0][0], ast.Call) else []
                inner = [
                    each for each in self.code.functions.get(function.id, ()) if each.outer is at and not each.owner
                ]
                if inner:
                    return list(_decorators_of(inner[-1].node))
                if self.code.is_bound(at, function.id):
                    return []
                at = at.outer
            found = self.code.project.member(self.code.module, function.id)
            return self._elsewhere(found)
        if isinstance(function, ast.Attribute):
            info = self.models.class_of(function.value, scope)
            method = self.code.hierarchy.method(info, function.attr) if info is not None else None
            if method is not None:
                return (
                    list(method.node.decorator_list) if method.module is self.code.module else self._elsewhere(method)
                )
            if info is None:
                made = (value for value, _ in self.models.values(function, scope) if isinstance(value, ast.Call))
                first = next(made, None)
                return [first] if first is not None else []
        return []

    def _elsewhere(self, found: object) -> list[ast.expr]:
        """The decorators of another file's function, as far as they mean here what they mean there."""
        if not isinstance(found, FunctionInfo):
            return []
        return [
            each for each in found.node.decorator_list if dotted_name(each) in {"tf.function", "tensorflow.function"}
        ]


def _holds_a_loop(function: FunctionNode) -> bool:
    """Whether a single run of it may take long enough for its trace to be worth it."""
    return any(isinstance(node, (ast.For, ast.While)) for node in ast.walk(function))


def _decorators_of(node: ast.AST) -> list[ast.expr]:
    return node.decorator_list if isinstance(node, FunctionNode) else []


def _has_signature(decorator: ast.expr) -> bool:
    return any(
        keyword.arg == "input_signature"
        for node in ast.walk(decorator)
        if isinstance(node, ast.Call)
        for keyword in node.keywords
    )


def _is_number_of(node: ast.expr, names: set[str]) -> bool:
    """Whether it is arithmetic on one of ``names`` and on what is spelled."""
    if isinstance(node, ast.Name):
        return node.id in names
    if isinstance(node, ast.BinOp):
        sides = (node.left, node.right)
        return any(_is_number_of(each, names) for each in sides) and all(
            isinstance(each, (ast.Constant, ast.Name, ast.BinOp)) for each in sides
        )
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"int", "float"}:
        return len(node.args) == 1 and _is_number_of(node.args[0], names)
    return False


def _grows(index: ast.expr, names: set[str]) -> bool:
    """``x[:i]``, ``x[:, : i + 1]``: as long as the number says."""
    parts = index.elts if isinstance(index, ast.Tuple) else [index]
    return any(
        isinstance(each, ast.Slice)
        and each.step is None
        and (each.lower is None) != (each.upper is None)
        and _is_number_of(each.lower or each.upper, names)  # type: ignore[arg-type]
        for each in parts
    )
