"""What stands outside of traced methods: compile calls, decorators, training loops; read from the stdlib tree."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from flake8_keras_graph import knowledge
from flake8_keras_graph.analysis.frozen import frozen
from flake8_keras_graph.project.hierarchy import Hierarchy, classes_in_order
from flake8_keras_graph.project.index import Module, dotted_name
from flake8_keras_graph.project.presence import FunctionNode
from flake8_keras_graph.project.project import Project
from flake8_keras_graph.records import Span


@frozen(eq=False)
class Site:
    """``symbol`` is the class it belongs to, "" outside of classes."""

    span: Span
    symbol: str


@frozen(eq=False)
class EagerSwitch(Site):
    """``run_eagerly`` turned on: ``how`` spells it."""

    how: str


@frozen(eq=False)
class FunctionOnCall(Site):
    """``@tf.function`` on the ``call`` of a Model; ``keras`` is the version whose trainer runs it."""

    keras: int


@frozen(eq=False)
class EagerLoop(Site):
    """A loop that calls ``model`` under a GradientTape, outside of any traced function."""

    model: str


def find(module: Module, hierarchy: Hierarchy) -> Iterator[Site]:
    """Every site of the file. The text is looked at first: most files have none."""
    if "run_eagerly" in module.text or "run_functions_eagerly" in module.text:
        yield from _eager_switches(module, hierarchy.project)
    if "function" in module.text:
        yield from _functions_on_call(module, hierarchy)
    if "GradientTape" in module.text:
        yield from _EagerLoops(module, hierarchy.project).find()


def _span(module: Module, first: ast.expr | ast.stmt, last: ast.expr | ast.stmt | None = None) -> Span:
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


def _is_true(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


def _eager_switches(module: Module, project: Project) -> Iterator[Site]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call):
            how = _switched_by(node, module, project)
            if how:
                yield EagerSwitch(_span(module, node), "", how)
        elif isinstance(node, ast.Assign) and _is_true(node.value):
            target = node.targets[0]
            if isinstance(target, ast.Attribute) and target.attr == "run_eagerly":
                yield EagerSwitch(_span(module, node), "", f"{ast.unparse(target)} = True")


def _switched_by(node: ast.Call, module: Module, project: Project) -> str:
    if isinstance(node.func, ast.Attribute) and node.func.attr == "compile":
        if any(given.arg == "run_eagerly" and _is_true(given.value) for given in node.keywords):
            return "compile(run_eagerly=True)"
    name = knowledge.canonical(project.dotted(module, dotted_name(node.func)))
    if name in {"tf.config.run_functions_eagerly", "tf.config.experimental_run_functions_eagerly"}:
        given = [*node.args, *(keyword.value for keyword in node.keywords)]
        if given and _is_true(given[0]):
            return f"{dotted_name(node.func)}(True)"
    return ""


def _is_traced_function(decorator: ast.expr, module: Module, project: Project) -> bool:
    return knowledge.canonical(project.dotted(module, dotted_name(decorator))) == "tf.function"


def _functions_on_call(module: Module, hierarchy: Hierarchy) -> Iterator[Site]:
    for info in classes_in_order(module):
        method = info.methods.get("call")
        if method is None or hierarchy.kind(info) != "model":
            continue
        for decorator in method.node.decorator_list:
            if _is_traced_function(decorator, module, hierarchy.project):
                yield FunctionOnCall(_span(module, decorator), info.symbol, hierarchy.keras_version(info))


_Scope = ast.Module | ast.FunctionDef | ast.AsyncFunctionDef
_NESTED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


class _EagerLoops:
    """Training loops of one file, outside of classes and of everything that may be traced."""

    def __init__(self, module: Module, project: Project) -> None:
        self.module = module
        self.project = project
        self.functions = {
            node.name: node for node in module.tree.body if isinstance(node, FunctionNode) and not node.decorator_list
        }
        self.handed_over = _names_not_called(module.tree) | _called_when_decorated(module.tree)

    def find(self) -> Iterator[Site]:
        yield from self._in_scope(self.module.tree)
        for name, node in self.functions.items():
            if name not in self.handed_over:
                yield from self._in_scope(node)

    def _in_scope(self, scope: _Scope) -> Iterator[Site]:
        found = {loop: self._trains(loop, 0) for loop in _own(scope) if isinstance(loop, (ast.For, ast.While))}
        for loop, model in found.items():
            inner = any(found.get(child) for child in _own(loop) if isinstance(child, (ast.For, ast.While)))
            if model and not inner:
                yield EagerLoop(_span(self.module, loop, _header_end(loop)), "", model)

    def _trains(self, node: ast.stmt, depth: int) -> str:
        """The model that is trained in ``node`` itself or in a function of the file that it calls."""
        for child in _own(node):
            if depth and isinstance(child, (ast.For, ast.While)) and self._trains(child, depth):
                return ""  # the loop inside is the one
            if isinstance(child, ast.With) and self._is_tape(child):
                model = _trained(child, node)
                if model:
                    return model
            if isinstance(child, ast.Call) and isinstance(child.func, ast.Name) and depth == 0:
                function = self.functions.get(child.func.id)
                if function is not None and function.name not in self.handed_over:
                    model = self._trains(function, depth + 1)
                    if model:
                        return model
        return ""

    def _is_tape(self, node: ast.With) -> bool:
        return any(
            knowledge.canonical(self.project.dotted(self.module, dotted_name(item.context_expr))) == "tf.GradientTape"
            for item in node.items
        )


def _own(scope: ast.AST) -> Iterator[ast.AST]:
    """Everything below ``scope`` that runs when it runs: nested definitions left out."""
    for child in ast.iter_child_nodes(scope):
        if not isinstance(child, _NESTED):
            yield child
            yield from _own(child)


def _names_not_called(tree: ast.Module) -> set[str]:
    """Names used as anything but the function of a call: they may be wrapped before they run."""
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and id(node) not in called
    }


def _called_when_decorated(tree: ast.Module) -> set[str]:
    """Functions called from a decorated one, or from a class: they may run while tracing."""
    return {
        call.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) or (isinstance(node, FunctionNode) and node.decorator_list)
        for call in ast.walk(node)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
    }


def _trained(tape: ast.With, around: ast.AST) -> str:
    """The model: called under the tape, and its variables are asked for."""
    called = {
        dotted_name(node.func)
        for node in _own(tape)
        if isinstance(node, ast.Call) and isinstance(node.func, (ast.Name, ast.Attribute))
    }
    for node in _own(around):
        if isinstance(node, ast.Attribute) and node.attr in {"trainable_variables", "trainable_weights"}:
            name = dotted_name(node.value)
            if name and name in called:
                return name
    return ""


def _header_end(loop: ast.For | ast.While) -> ast.expr:
    return loop.iter if isinstance(loop, ast.For) else loop.test
