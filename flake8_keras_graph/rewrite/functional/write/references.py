"""Expressions of one method in the builder's words: its locals, its local functions, what ``self`` had."""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Sequence

import libcst as cst

from flake8_keras_graph.rewrite.functional.read.kinds import Kind, Kinds
from flake8_keras_graph.rewrite.functional.read.layer_classes import (
    IDENTITY_OUTSIDE_TRAINING,
    KNOW_TRAINING,
    layer_classes,
)
from flake8_keras_graph.rewrite.functional.read.model import Method
from flake8_keras_graph.rewrite.functional.write.bindings import Bindings
from flake8_keras_graph.rewrite.functional.write.context import missing
from flake8_keras_graph.rewrite.functional.write.expressions import Expressions
from flake8_keras_graph.rewrite.functional.write.helpers import build_function
from flake8_keras_graph.rewrite.text.syntax import (
    Statement,
    code,
    is_docstring,
    own_attribute,
    self_name,
    snake,
    statements,
    super_name,
)
from flake8_keras_graph.rewrite.text.training import Folder


@dataclasses.dataclass(slots=True)
class References(Bindings, abc.ABC):
    """Rewrites expressions; a helper method becomes a local function where it is first called."""

    def __post_init__(self) -> None:
        self.kinds.helper = self._helper_kind

    @abc.abstractmethod
    def block(self, lines: Sequence[Statement], later: set[str]) -> list[Statement]:
        """``lines`` rewritten; ``later`` are the names read after them."""

    def own_lines(self) -> list[Statement]:
        """The statements of the method itself."""
        return [line for line in statements(self.method.node) if not is_docstring(line)]

    def constructed(self, line: Statement) -> Statement:
        """A statement of the constructor, on locals."""
        return self._rewritten(line)

    def constructed_expression(self, node: cst.BaseExpression) -> cst.BaseExpression:
        """An expression of the constructor, on locals."""
        return self._expression(node)

    def _rewritten(self, line: cst.BaseStatement) -> Statement:
        changed = line.visit(Expressions(self.context, self.kinds, self._folder(), self))
        assert isinstance(changed, cst.BaseStatement)
        return changed

    def _expression(self, node: cst.CSTNode) -> cst.BaseExpression:
        changed = node.visit(Expressions(self.context, self.kinds, self._folder(), self))
        assert isinstance(changed, cst.BaseExpression)
        return changed

    def reference(self, node: cst.Attribute, attribute: str) -> cst.BaseExpression:
        """What ``self.<attribute>`` is called in the builder."""
        context = self.context
        if attribute == "add_weight" and self.constructing:
            return node
        if attribute in context.names:
            return cst.Name(context.names[attribute])
        if attribute in context.function_names:
            return cst.Name(context.function_names[attribute])
        method = context.model.method(attribute)
        if method is not None and "property" in method.decorators:
            return self._property(node, method)
        if method is not None:
            return cst.Name(build_function(type(self), context, method, self.kinds, None, self.constructing))
        constants = context.model.constants()
        if attribute in constants:
            context.names[attribute] = context.fresh(attribute.lstrip("_") or attribute, "value")
            context.used_constants[attribute] = constants[attribute]
            return cst.Name(context.names[attribute])
        context.refuse(node, missing(code(node), attribute))
        return node

    def _property(self, node: cst.Attribute, method: Method) -> cst.BaseExpression:
        """A property that is one expression, in place."""
        lines = [line for line in statements(method.node) if not is_docstring(line)]
        small = lines[0].body[0] if len(lines) == 1 and isinstance(lines[0], cst.SimpleStatementLine) else None
        if not isinstance(small, cst.Return) or small.value is None:
            self.context.refuse(node, f"the property `{method.name}` is more than one expression")
            return node
        self.context.refuse_dynamic(small, self_name(method.node))
        kinds = Kinds(self.context.places, self.context.imports, self_name(method.node), {}, self.context.weights)
        value = type(self)(self.context, method, kinds, set(), self.constructing).constructed_expression(small.value)
        simple = isinstance(value, (cst.Name, cst.Attribute, cst.Call, cst.Subscript))
        return value if simple else value.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])

    def super_call(self, call: cst.Call) -> cst.BaseExpression | None:
        """The name of the local function for ``super().method``, where ``call`` calls one of the file."""
        name = super_name(call)
        method = self.context.model.method(name, above=self.method.owner) if name else None
        if method is None:
            return None
        key = f"{method.owner.name.value}.{name}"
        if key not in self.context.function_names:
            wanted = f"{snake(method.owner.name.value)}_{name}"
            build_function(type(self), self.context, method, self.kinds, call, self.constructing, (key, wanted))
        return cst.Name(self.context.function_names[key])

    def _helper_kind(self, call: cst.Call, kinds: Kinds) -> Kind | None:
        """The kind a call of one of the model's methods returns; the method is rewritten at its first call."""
        if self.super_call(call) is not None:
            return "structure" if kinds.any_symbolic(call.args) else "static"
        attribute = own_attribute(call.func, kinds.self_name)
        if not attribute or attribute in self.context.names:
            return None
        method = self.context.model.method(attribute)
        if method is None or "property" in method.decorators:
            return None
        if attribute not in self.context.function_names:
            build_function(type(self), self.context, method, kinds, call, self.constructing)
        return "structure" if kinds.any_symbolic(call.args) else "static"

    def _folder(self) -> Folder:
        return Folder(self.training, self._is_identity, self.context.places.follow)

    def _is_identity(self, callee: cst.BaseExpression) -> bool:
        classes = layer_classes(self.kinds.value(callee))
        return bool(classes) and classes is not None and classes <= IDENTITY_OUTSIDE_TRAINING

    def is_keras(self, callee: cst.BaseExpression) -> bool:
        """Whether ``callee`` is certainly one of Keras's own layers that know ``training``."""
        classes = layer_classes(self.kinds.value(callee))
        return bool(classes) and classes is not None and classes <= KNOW_TRAINING

    def needs_dense(self, callee: cst.BaseExpression, argument: cst.Arg) -> bool:
        """Whether ``argument`` may be marked as sparse where ``callee`` is a layer that is not Keras's own."""
        attribute = own_attribute(callee, self.kinds.self_name)
        name = callee.value if isinstance(callee, cst.Name) else attribute
        if self.context.imports.keras == 2 or self.constructing or not name:
            return False
        if attribute and attribute not in self.context.names and not self._is_layer_function(attribute):
            return False
        if not attribute and not self.kinds.is_layer(callee):
            return False
        classes = layer_classes(self.kinds.value(callee))
        return not classes and self._is_marked(argument.value)
