"""Expressions of one method in the builder's words: its locals, its local functions, what ``self`` had."""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Sequence

import libcst as cst

from flake8_keras_graph.analysis.values import is_unknown
from flake8_keras_graph.rewrite.functional.read.kinds import Kind, Kinds
from flake8_keras_graph.rewrite.functional.read.layer_classes import (
    IDENTITY_OUTSIDE_TRAINING,
    KNOW_TRAINING,
    Effect,
    layer_classes,
)
from flake8_keras_graph.rewrite.functional.read.model import Method
from flake8_keras_graph.rewrite.functional.write.bindings import Bindings
from flake8_keras_graph.rewrite.functional.write.context import missing, untold_note
from flake8_keras_graph.rewrite.functional.write.expressions import Expressions
from flake8_keras_graph.rewrite.functional.write.fixed_training import fixed, fixed_if_layer
from flake8_keras_graph.rewrite.functional.write.helpers import build_function
from flake8_keras_graph.rewrite.text.syntax import (
    Statement,
    code,
    is_docstring,
    own_attribute,
    parameters,
    self_name,
    snake,
    statements,
    super_name,
)
from flake8_keras_graph.rewrite.text.training import Folder, without_arguments
from flake8_keras_graph.syntax.nodes import walk


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
        policy = self._dtype(attribute)
        if policy is not None:
            return policy
        context.refuse(node, missing(code(node), attribute))
        return node

    def _dtype(self, attribute: str) -> cst.BaseExpression | None:
        """What ``self.dtype`` is in a model that is given no dtype: that of the policy which holds when it is made."""
        name = {"dtype": "variable_dtype"}.get(attribute, attribute)
        if name not in ("variable_dtype", "compute_dtype", "dtype_policy", "_dtype_policy") or self.context.has_dtype:
            return None
        module = "keras.mixed_precision" if self.context.imports.keras == 2 else "keras.config"
        function = "global_policy" if self.context.imports.keras == 2 else "dtype_policy"
        policy = f"{self.context.spelling(module)}.{function}()"
        return cst.parse_expression(policy if "policy" in name else f"{policy}.{name}")

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
        self._note_training(key, call, method)
        if key not in self.context.function_names:
            wanted = f"{snake(method.owner.name.value)}_{name}"
            build_function(type(self), self.context, method, self.kinds, call, self.constructing, (key, wanted))
        return cst.Name(self.context.function_names[key])

    def with_own_training(self, original: cst.Call, call: cst.Call) -> cst.BaseExpression:
        """``call``, which was ``original``, of a layer whose ``training`` is not the model's.

        Keras 3 hands the ``training`` of a functional model to each layer, also to one that was given another.
        """
        context = self.context
        if not self.constructing:
            self._note_use(original.func)
        if context.imports.keras == 2 or self.constructing or self._is_method(original.func):
            return call
        flag = next((each.value for each in call.args if _is_training(each)), None)
        effect = self._effect(original.func)
        if effect == "none" and not is_unknown(self.kinds.value(original.func)):
            context.harmless.add(code(call.func))
        inherited = self._inherited(original, flag, effect)
        if effect == "none" or (flag is None and inherited is None and context.told):
            return call
        if flag is None and inherited is None:
            context.note(original, untold_note(code(original.func)))
        if effect == "object":
            reason = f"`{code(original.func)}` is no layer, and may call some that training changes"
            context.refuse(original, reason)
            return call
        return self._fixed(call, effect, flag or inherited)

    def _fixed(self, call: cst.Call, effect: Effect, flag: cst.BaseExpression | None) -> cst.BaseExpression:
        """``call`` with ``flag`` as the ``training`` of its layer, as outside training where that is None."""
        given = without_arguments(call, _is_training)
        lone = len(given.args) == 1 and not given.args[0].star
        if effect == "identity" and lone and (flag is None or code(flag) in ("False", "None")):
            return given.args[0].value
        if effect == "unknown" and flag is None:
            return given.with_changes(func=fixed_if_layer(self.context, given.func))
        return given.with_changes(func=fixed(self.context, given.func, flag or cst.Name("False")))

    def _inherited(
        self, original: cst.Call, flag: cst.BaseExpression | None, effect: Effect
    ) -> cst.BaseExpression | None:
        """The ``training`` that the call before left to this one, which leaves its own to the next."""
        context = self.context
        if context.leaks(self.kinds.value(original.func)):
            context.carries_elsewhere = True
        told = any(map(_is_training, original.args))
        if told and (self.nested or self.method.name != "call") and (flag is not None or context.carried is not None):
            context.carries_elsewhere = True
        if told:
            context.carried = flag
        elif effect != "none":
            context.inheriting.append(original)
            return context.carried
        return None

    def _note_use(self, node: cst.CSTNode) -> None:
        """Note that the attribute in ``node`` is called or looped over."""
        for part in walk(node):
            attribute = own_attribute(part, self.kinds.self_name)
            if attribute in self.context.names:
                self.context.used.setdefault(attribute, None)

    def _is_method(self, callee: cst.BaseExpression) -> bool:
        """Whether ``callee`` is a method of the model, which became a function."""
        attribute = own_attribute(callee, self.kinds.self_name)
        return bool(attribute) and attribute not in self.context.names

    def _effect(self, callee: cst.BaseExpression) -> Effect:
        """What ``training`` changes of what ``callee`` computes; nothing where it is certainly no layer."""
        context = self.context
        attribute = own_attribute(callee, self.kinds.self_name)
        if attribute in context.plain | context.callables:
            return "none"
        if not attribute and isinstance(callee, cst.Attribute):
            return "none"
        if isinstance(callee, cst.Name) and callee.value not in self.kinds.names:
            value = self.kinds.value(callee)
            return "none" if is_unknown(value) or context.imports.canonical(callee) else context.effect_of(value)
        made = {each.name.value for each in context.generated}
        if isinstance(callee, cst.Call) and code(callee.func) in made:
            return "none"
        return context.effect_of(self.kinds.value(callee))

    def _passes_training(self, call: cst.Call, method: Method) -> bool:
        """Whether ``call`` hands the ``training`` of the model on to ``method``."""
        places = [parameter.name.value for parameter in parameters(method.node)]
        for place, argument in enumerate(call.args):
            name = argument.keyword.value if argument.keyword is not None else "".join(places[place : place + 1])
            if name == "training" and isinstance(argument.value, cst.Name):
                return argument.value.value in self.training
        return False

    def _note_training(self, key: str, call: cst.Call, method: Method) -> None:
        """Note whether ``method``, known by ``key``, is called with the ``training`` of the model."""
        passes = self._passes_training(call, method)
        if self.context.passing.setdefault(key, passes) is not passes:
            self.context.refuse(call, f"`{method.name}` is called with the `training` of the model, and with another")

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
        self._note_training(attribute, call, method)
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


def _is_training(argument: cst.Arg) -> bool:
    return argument.keyword is not None and argument.keyword.value == "training"
