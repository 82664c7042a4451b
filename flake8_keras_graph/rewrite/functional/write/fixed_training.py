"""Layers that keep a ``training`` of their own in a functional model, which hands each of its layers its own."""

from __future__ import annotations

from collections.abc import Iterable, Set

import libcst as cst

from flake8_keras_graph.rewrite.functional.write.context import Context
from flake8_keras_graph.rewrite.text.operations import keyword_argument
from flake8_keras_graph.rewrite.text.syntax import code, statement
from flake8_keras_graph.syntax.nodes import walk

_LAYER = '''class {name}({base}):
    """Calls a layer with a `training` of its own, whatever the model is called with."""

    def __init__(self, layer, training):
        super().__init__(dtype=layer.dtype_policy, autocast=layer.autocast)
        self.layer = layer
        self.fixed = training
        self.supports_masking = layer.supports_masking

    def build(self, *shapes):
        """The layer is built where it is called."""

    def call(self, inputs, *args, **kwargs):
        return self.layer(inputs, *args, training=self.fixed, **kwargs)

    def compute_mask(self, inputs, mask):
        return self.layer.compute_mask(inputs, mask)
'''
_FUNCTION = '''def {name}(layer):
    """`layer` as outside training, whatever the model is called with; a function as it is."""
    return {fixed}(layer, training=False) if isinstance(layer, {base}) else layer
'''
# Where a name may stand and the layer behind it is not called.
_ITERATING = frozenset({"enumerate", "zip", "reversed", "list", "tuple", "len", "range"})


def fixed(context: Context, layer: cst.BaseExpression, training: cst.BaseExpression) -> cst.BaseExpression:
    """``layer`` with a ``training`` of its own: ``FixedTraining(norm, training=False)``."""
    return cst.Call(cst.Name(fixed_layer(context)), [cst.Arg(layer), keyword_argument("training", training)])


def fixed_if_layer(context: Context, callee: cst.BaseExpression) -> cst.BaseExpression:
    """``callee`` as outside training where it is a layer, which is not known here."""
    if "function" not in context.fixed:
        layer = fixed_layer(context)
        name = context.fixed["function"] = context.fresh("as_in_inference")
        text = _FUNCTION.format(name=name, fixed=layer, base=_base(context))
        context.generated.append(_defined(text))
    return cst.Call(cst.Name(context.fixed["function"]), [cst.Arg(callee)])


def fixed_layer(context: Context) -> str:
    """The name of the layer that gives another a ``training`` of its own; it is written where it is not there yet."""
    if "layer" not in context.fixed:
        name = context.fixed["layer"] = context.fresh_class("FixedTraining")
        context.generated.append(_defined(_LAYER.format(name=name, base=_base(context))))
    return context.fixed["layer"]


def _base(context: Context) -> str:
    return context.spelling("keras.layers") + ".Layer"


def _defined(text: str) -> cst.ClassDef | cst.FunctionDef:
    made = statement(text)
    assert isinstance(made, (cst.ClassDef, cst.FunctionDef))
    return made.with_changes(leading_lines=[cst.EmptyLine(indent=False)] * 2)


class Unfixed(cst.CSTVisitor):
    """Finds where layers that have to be called as outside training are used in another way: handed on, or called.

    ``names`` are those that hold such layers; what loops over them, or is made equal to them, is added. ``fixing``
    are the names of what gives a layer its ``training``, ``harmless`` what is called and certainly no such layer.
    """

    def __init__(self, names: Set[str], fixing: Set[str], harmless: Set[str]) -> None:
        super().__init__()
        self.names = set(names)
        self.found: list[cst.CSTNode] = []
        self._fixing = fixing
        self._harmless = harmless

    def visit_Call(self, node: cst.Call) -> bool:
        name = node.func.value if isinstance(node.func, cst.Name) else ""
        if name in self._fixing:
            return False
        if isinstance(node.func, cst.Attribute):
            self._see(node.func.value)
        if code(node.func) not in self._harmless:
            node.func.visit(self)
        for argument in node.args:
            if not (name in _ITERATING and self._holds(argument.value)):
                argument.value.visit(self)
        return False

    def visit_Attribute(self, node: cst.Attribute) -> bool:
        if not self._holds(node.value):
            node.value.visit(self)
        return False

    def visit_Name(self, node: cst.Name) -> None:
        self._see(node)

    def visit_Subscript(self, node: cst.Subscript) -> bool:
        if not self._holds(node):
            node.value.visit(self)
        else:
            self.found.append(node)
        for element in node.slice:
            element.visit(self)
        return False

    def visit_For(self, node: cst.For) -> bool:
        self._loop(node.target, node.iter)
        node.body.visit(self)
        if node.orelse is not None:
            node.orelse.visit(self)
        return False

    def visit_CompFor(self, node: cst.CompFor) -> bool:
        self._loop(node.target, node.iter)
        for test in node.ifs:
            test.visit(self)
        return node.inner_for_in is not None

    def visit_ListComp(self, node: cst.ListComp) -> bool:
        return self._comprehension(node)

    def visit_GeneratorExp(self, node: cst.GeneratorExp) -> bool:
        return self._comprehension(node)

    def visit_SetComp(self, node: cst.SetComp) -> bool:
        return self._comprehension(node)

    def visit_DictComp(self, node: cst.DictComp) -> bool:
        node.for_in.visit(self)
        node.key.visit(self)
        node.value.visit(self)
        return False

    def visit_Assign(self, node: cst.Assign) -> bool:
        if self._holds(node.value):
            for target in node.targets:
                if not isinstance(target.target, cst.Attribute):  # set on the model, where nothing calls it
                    self.names |= _names(target.target)
        else:
            node.value.visit(self)
        return False

    def visit_Arg(self, node: cst.Arg) -> bool:
        node.value.visit(self)
        return False

    def visit_Comparison(self, node: cst.Comparison) -> bool:
        return not self._holds(node.left)

    def visit_Param(self, node: cst.Param) -> bool:
        if node.default is not None:
            node.default.visit(self)
        return False

    def _comprehension(self, node: cst.ListComp | cst.GeneratorExp | cst.SetComp) -> bool:
        node.for_in.visit(self)
        node.elt.visit(self)
        return False

    def _loop(self, target: cst.BaseExpression, source: cst.BaseExpression) -> None:
        """Note which names of ``target`` get layers out of ``source``."""
        targets = [part.value for part in target.elements] if isinstance(target, (cst.Tuple, cst.List)) else [target]
        function = code(source.func) if isinstance(source, cst.Call) else ""
        arguments = [argument.value for argument in source.args] if isinstance(source, cst.Call) else []
        if function == "zip" and len(arguments) == len(targets) > 1:
            for one, part in zip(targets, arguments, strict=True):
                self._loop(one, part)
        elif function == "enumerate" and arguments and len(targets) == 2:
            self._loop(targets[1], arguments[0])
        elif function in _ITERATING and arguments:
            self._loop(target, arguments[0])
        elif isinstance(source, cst.Call) and isinstance(source.func, cst.Attribute) and self._holds(source.func.value):
            self.names |= _names(targets[-1] if source.func.attr.value == "items" else target)
        elif self._holds(source):
            self.names |= _names(target)
        else:
            source.visit(self)

    def _see(self, node: cst.BaseExpression) -> None:
        if self._holds(node):
            self.found.append(node)

    def _holds(self, node: cst.BaseExpression) -> bool:
        """Whether ``node`` is one of the names, or an item of what it holds."""
        while isinstance(node, cst.Subscript):
            node = node.value
        return isinstance(node, cst.Name) and node.value in self.names


def unfixed(lines: Iterable[cst.CSTNode], names: Set[str], context: Context) -> cst.CSTNode | None:
    """The first place in ``lines`` where a layer called ``names`` may be called without a ``training`` of its own."""
    visitor = Unfixed(names, frozenset(context.fixed.values()), context.harmless)
    for line in lines:
        line.visit(visitor)
    return visitor.found[0] if visitor.found else None


def _names(target: cst.CSTNode) -> set[str]:
    return {part.value for part in walk(target) if isinstance(part, cst.Name)}
