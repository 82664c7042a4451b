"""Names reached by other means than by writing them: what a builder, which has other names and no instance, refuses.

Attributes whose name is written out (``getattr(self, "dense")``) are spelled as attributes first.
"""

from __future__ import annotations

import keyword
from collections.abc import Iterator

import libcst as cst

from flake8_keras_graph.rewrite.text.imports import Imports
from flake8_keras_graph.rewrite.text.syntax import code, dotted, own_attribute
from flake8_keras_graph.syntax.nodes import children

_RUNS_TEXT = frozenset({"eval", "exec"})
_NAMESPACES = frozenset({"globals", "locals"})
_NAMESPACES_WITHOUT_ARGUMENT = frozenset({"vars", "dir"})
_BY_NAME = {
    "getattr": "may reach any attribute: write `self.name`, or keep what it reaches in a list or a dict",
    "setattr": "may set any attribute: write `self.name =`, or keep what it sets in a list or a dict",
    "delattr": "deletes an attribute: a functional model keeps its layers",
    "hasattr": "asks what the instance has, and a function has none: set the attribute to None where it is not used",
}
_FRAMES = ("sys._getframe", "inspect.currentframe", "inspect.stack")


def dynamic_names(node: cst.CSTNode, own: str, imports: Imports) -> Iterator[tuple[cst.CSTNode, str]]:
    """Places in ``node`` that reach names or the instance ``own`` in a way that no builder can follow, and why."""
    if isinstance(node, cst.Call):
        reason = _of_call(node, own, imports)
        if reason:
            yield node, reason
            return
    elif isinstance(node, cst.Attribute):
        if _is_dunder(own_attribute(node, own)):
            yield node, f"`{code(node)}` is about the instance, and a function has none"
        elif not (isinstance(node.value, cst.Name) and node.value.value == own):
            yield from dynamic_names(node.value, own, imports)
        return
    elif isinstance(node, cst.Name):
        if own and node.value == own:
            yield node, f"`{own}` itself is used as a value: a function has none"
        elif node.value in _RUNS_TEXT:
            yield node, f"`{node.value}` runs text, which may name anything: write it as code"
        elif node.value == "__class__":
            yield node, "`__class__` is about the instance, and a function has none"
    elif isinstance(node, cst.Del):
        yield from _deleted(node, own)
        return
    yield from _below(node, own, imports)


def _below(node: cst.CSTNode, own: str, imports: Imports) -> Iterator[tuple[cst.CSTNode, str]]:
    """What is in the parts of ``node`` that are evaluated: not the names of keywords and parameters."""
    if isinstance(node, cst.Arg):
        yield from dynamic_names(node.value, own, imports)
        return
    skipped = [node.name] if isinstance(node, cst.Param) else []
    if isinstance(node, cst.Call) and dotted(node.func) == "super":
        return  # super(Class, self)
    for child in children(node):
        if child not in skipped:
            yield from dynamic_names(child, own, imports)


def _of_call(node: cst.Call, own: str, imports: Imports) -> str:
    name = dotted(node.func).removeprefix("builtins.")
    if name in _RUNS_TEXT:
        return f"`{name}` runs text, which may name anything: write it as code"
    if name in _NAMESPACES or (name in _NAMESPACES_WITHOUT_ARGUMENT and not node.args):
        return f"`{name}()` reaches names dynamically, and a function that builds the model has other names"
    if name in _BY_NAME and node.args and code(node.args[0].value) == own:
        return f"`{name}` {_BY_NAME[name]}"
    path = imports.canonical(node.func) or dotted(node.func)
    return f"`{path}` reads the names of a running function" if path in _FRAMES else ""


def _deleted(node: cst.Del, own: str) -> Iterator[tuple[cst.CSTNode, str]]:
    for target in _parts(node.target):
        name = own_attribute(target, own)
        if name:
            yield target, f"`{code(target)}` is deleted: a functional model keeps its layers"


def _parts(target: cst.BaseExpression) -> list[cst.BaseExpression]:
    if isinstance(target, (cst.Tuple, cst.List)):
        return [element.value for element in target.elements]
    return [target]


def _is_dunder(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")


def deletes_names(line: cst.CSTNode) -> bool:
    """Whether ``line`` only deletes local names, which frees them a little earlier and does nothing else."""
    if not isinstance(line, cst.SimpleStatementLine):
        return False
    targets: list[cst.BaseExpression] = []
    for small in line.body:
        if not isinstance(small, cst.Del):
            return False
        whole = small.target
        targets += _parts(whole)
    return all(isinstance(target, cst.Name) for target in targets)


def spelled_out(module: cst.Module) -> cst.Module:
    """``module`` with ``getattr(self, "dense")`` as ``self.dense`` and ``setattr`` likewise, each line in its place."""
    return module.visit(_SpelledOut())


class _SpelledOut(cst.CSTTransformer):
    """Attributes of the first parameter of methods, where their names are literals."""

    def __init__(self) -> None:
        super().__init__()
        self._own: list[str] = []

    def visit_FunctionDef(self, node: cst.FunctionDef) -> None:
        params = [*node.params.posonly_params, *node.params.params]
        first = params[0].name.value if params else ""
        self._own.append(self._own[-1] if self._own else first)

    def leave_FunctionDef(self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef) -> cst.FunctionDef:
        self._own.pop()
        return updated_node

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        attribute = self._attribute(updated_node, "getattr", 2)
        if attribute is None:
            return updated_node
        return attribute.with_changes(lpar=updated_node.lpar, rpar=updated_node.rpar)

    def leave_Expr(self, original_node: cst.Expr, updated_node: cst.Expr) -> cst.BaseSmallStatement:
        call = updated_node.value
        attribute = self._attribute(call, "setattr", 3) if isinstance(call, cst.Call) else None
        if attribute is None or not isinstance(call, cst.Call):
            return updated_node
        return cst.Assign([cst.AssignTarget(attribute)], call.args[2].value, semicolon=updated_node.semicolon)

    def _attribute(self, call: cst.Call, name: str, count: int) -> cst.Attribute | None:
        if not (self._own and isinstance(call.func, cst.Name) and call.func.value == name):
            return None
        if len(call.args) != count or any(argument.star or argument.keyword for argument in call.args):
            return None
        owner, wanted = call.args[0].value, call.args[1].value
        if "\n" in code(call) or not (isinstance(owner, cst.Name) and owner.value == self._own[-1]):
            return None
        value = wanted.evaluated_value if isinstance(wanted, cst.SimpleString) else None
        if not isinstance(value, str) or not _is_plain(value):
            return None
        return cst.Attribute(owner.with_changes(lpar=[], rpar=[]), cst.Name(value))


def _is_plain(name: str) -> bool:
    """Whether an attribute can be written as ``name``: two underscores would be mangled in a class."""
    return name.isidentifier() and not name.startswith("__") and not keyword.iskeyword(name)
