"""Where a program says how models run: ``run_eagerly`` turned on, ``tf.function`` put on a model's ``call``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Literal

from flake8_keras_graph import knowledge
from flake8_keras_graph.analysis.host_code.scopes import span_of
from flake8_keras_graph.analysis.sites import EagerSwitch, FunctionOnCall
from flake8_keras_graph.project.hierarchy import Hierarchy, classes_in_order
from flake8_keras_graph.project.index import ClassInfo, Module, dotted_name, path_of, walk
from flake8_keras_graph.project.project import Project


def _always_run(tree: ast.AST) -> Iterator[ast.AST]:
    """Every node but those under a test of a setting: who asks for eager runs by one, gets what was asked for."""
    for child in ast.iter_child_nodes(tree):
        is_main = isinstance(child, ast.If) and "__name__" in {
            n.id for n in ast.walk(child.test) if isinstance(n, ast.Name)
        }
        if isinstance(child, ast.If) and not is_main:
            continue
        yield child
        yield from _always_run(child)


def eager_switches(module: Module, project: Project) -> Iterator[EagerSwitch]:
    """Every place of the file that turns ``run_eagerly`` on."""
    for node in _always_run(module.tree):
        if isinstance(node, ast.Call):
            how = _switched_by(node, module, project)
            if how:
                yield EagerSwitch(span_of(module, node), "", how)
        elif isinstance(node, ast.Assign) and _is_true(node.value):
            target = node.targets[0]
            if isinstance(target, ast.Attribute) and target.attr == "run_eagerly":
                yield EagerSwitch(span_of(module, node), "", f"{ast.unparse(target)} = True")


def functions_on_call(module: Module, hierarchy: Hierarchy) -> Iterator[FunctionOnCall]:
    """Every ``@tf.function`` on the ``call`` of a Model."""
    for info in classes_in_order(module):
        method = info.methods.get("call")
        if method is None or hierarchy.kind(info) != "model":
            continue
        for decorator in method.node.decorator_list:
            if _is_traced_function(decorator, module, hierarchy.project):
                yield FunctionOnCall(
                    span_of(module, decorator), info.symbol, hierarchy.keras_version(info),
                    fitted=_fitted(info), is_given_symbols=_is_given_symbols(info),
                )  # fmt: skip


def _fitted(info: ClassInfo) -> Literal["yes", "no", "elsewhere"]:
    """Whether ``fit`` trains an object of the class, as far as its file tells: it may only be defined there."""
    text = info.module.text
    if ".fit(" in text or ".compile(" in text or "def train_step(" in text:
        return "yes"
    if "GradientTape" in text or "apply_gradients" in text:
        return "no"
    made = any(isinstance(node, ast.Call) and dotted_name(node) == info.name for node in walk(info.module.tree))
    return "no" if made else "elsewhere"


def _is_given_symbols(info: ClassInfo) -> bool:
    """Whether a method hands what ``Input`` gave to ``self.call``, past Keras."""
    for method in info.methods.values():
        symbols = {
            path
            for node in walk(method.node)
            if isinstance(node, ast.Assign) and _is_input(node.value)
            for path in map(path_of, node.targets)
        }
        for node in walk(method.node):
            if isinstance(node, ast.Call) and path_of(node.func) == "self.call":
                if any(_is_input(given) or path_of(given) in symbols - {""} for given in node.args):
                    return True
    return False


def _is_input(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and path_of(node.func).rpartition(".")[2] == "Input"


def _is_true(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


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
