"""Tests: what decides them, which sides can be reached, and what each side may take for granted."""

from __future__ import annotations

import libcst as cst

from flake8_keras_graph import knowledge
from flake8_keras_graph.analysis.interpreter.access_paths import name_key, shape_key
from flake8_keras_graph.analysis.interpreter.expressions.type_tests import (
    Matcher,
    attribute_matcher,
    is_tensor_option,
    narrowed,
    type_matcher,
)
from flake8_keras_graph.analysis.interpreter.frame import NO_TENSOR, Frame, Refined
from flake8_keras_graph.analysis.interpreter.protocols import (
    AttributeReader,
    Condition,
    Evaluator,
    Refinement,
    Resolver,
)
from flake8_keras_graph.analysis.values import (
    MISSING,
    NONE,
    STATIC,
    UNKNOWN,
    Api,
    Dim,
    Instance,
    Method,
    NoneValue,
    Shape,
    Static,
    Tensor,
    Tensors,
    Value,
    is_tensor,
    is_unknown,
    join_all,
    known_size,
    options,
)

# Operators that ask for equality or identity, and whether for that or its contrary.
_EQUALITY: dict[type[cst.BaseCompOp], bool] = {cst.Is: True, cst.Equal: True, cst.IsNot: False, cst.NotEqual: False}
_MEMBERSHIP = frozenset({cst.In, cst.NotIn})
_NAMED = frozenset({cst.Name, cst.Attribute})
_PYTHON = frozenset({Static, NoneValue, Dim, Shape})
_SIZE_KNOWN = Static(source="shape", type="bool")


class Conditions:
    """Evaluates tests with short circuits, ``not``, ``is None``, ``isinstance`` and ``is_tensor`` understood."""

    def connect(self, evaluator: Evaluator, resolver: Resolver, attributes: AttributeReader) -> None:
        """Hand over the parts that this one asks."""
        self.evaluate = evaluator.evaluate
        self.lookup = resolver.lookup
        self.attribute = attributes.attribute

    def condition(self, frame: Frame, node: cst.BaseExpression) -> Condition:
        """What decides the test ``node``, and what each side may take for granted."""
        if type(node) is cst.BooleanOperation:
            return self._short_circuit_test(frame, node)
        if type(node) is cst.UnaryOperation and type(node.operator) is cst.Not:
            inner = self.condition(frame, node.expression)
            return Condition(inner.value, inner.operand, inner.false, inner.true, _negated(inner))
        if type(node) is cst.Comparison:
            return self._comparison_test(frame, node)
        if type(node) is cst.Call and type(node.func) in _NAMED:
            special = self.type_test(frame, node)
            if special is not None:
                return special
        value = self.evaluate(frame, node)
        key = _key(node)
        true, false = _truthiness(value)
        refined_true = None if true is None else {key: true} if key and true is not value else {}
        refined_false = None if false is None else {key: false} if key and false is not value else {}
        if refined_true is not None and type(node) is cst.Subscript:
            refined_true.update(self._known_shape(frame, node, value))
        return Condition(value, node, refined_true, refined_false, value)

    def _known_shape(self, frame: Frame, node: cst.Subscript, value: Value) -> Refinement:
        """A shape whose batch dimension was seen to be a number is a shape without an unknown one."""
        if type(value) is not Dim or not value.batch:
            return {}
        return _sized(self.evaluate(frame, node.value), node.value)

    def _short_circuit_test(self, frame: Frame, node: cst.BooleanOperation) -> Condition:
        conjunction = type(node.operator) is cst.And
        left = self.condition(frame, node.left)
        entered = left.true if conjunction else left.false
        skipped = left.false if conjunction else left.true
        if entered is None:  # the right side is never evaluated
            return left
        with Refined(frame.env, entered):
            right = self.condition(frame, node.right)
        through = right.true if conjunction else right.false
        merged = None if through is None else {**entered, **through}
        other = right.false if conjunction else right.true
        if skipped is None:
            rest: Refinement | None = None if other is None else {**entered, **other}
        else:
            rest = {}
        decisive = left if is_tensor(left.value) or not is_tensor(right.value) else right
        value = decisive.value
        if not is_tensor(value):
            value = _combine(left.value, right.value)
        plain = right.plain if skipped is None else join_all([left.plain, right.plain])
        if conjunction:
            return Condition(value, decisive.operand, merged, rest, plain)
        return Condition(value, decisive.operand, rest, merged, plain)

    def _comparison_test(self, frame: Frame, node: cst.Comparison) -> Condition:
        value = self.evaluate(frame, node)
        if len(node.comparisons) == 1:
            target = node.comparisons[0]
            positive = _EQUALITY.get(type(target.operator))
            if positive is not None:
                for one, other in ((node.left, target.comparator), (target.comparator, node.left)):
                    if type(other) is cst.Name and other.value == "None":
                        if type(one) is cst.Subscript:
                            return self._item_none_test(frame, node, one, value, positive)
                        if key := _key(one):
                            return self._none_test(frame, node, value, key, positive)
            elif type(target.operator) in _MEMBERSHIP and type(node.left) is cst.Name and node.left.value == "None":
                sized = _sized(self.evaluate(frame, target.comparator), target.comparator)
                absent = type(target.operator) is cst.NotIn
                return Condition(value, node, sized if absent else {}, {} if absent else sized, value)
        return _decided(value, node)

    def _item_none_test(
        self, frame: Frame, node: cst.Comparison, item: cst.Subscript, value: Value, positive: bool
    ) -> Condition:
        known, key = self.evaluate(frame, item), _key(item)
        test = self._none_test(frame, node, value, key, positive, known) if key else _decided(value, node)
        present = test.false if positive else test.true
        if present is not None:
            present.update(self._known_shape(frame, item, known))
        return test

    def _none_test(
        self,
        frame: Frame,
        node: cst.Comparison,
        value: Value,
        key: str,
        positive: bool,
        known: Value | None = None,
    ) -> Condition:
        if known is None:
            known = self._value_of(frame, key)
        rest = [known_size(option) for option in options(known) if type(option) is not NoneValue]
        when_none: Refinement | None = {key: NONE}
        when_not: Refinement | None = {}
        if rest and join_all(rest) != known:
            when_not = {key: join_all(rest)}
        if type(known) is NoneValue:
            when_not = None
        elif value.literal is not MISSING:
            when_none = None
        if positive:
            return Condition(value, node, when_none, when_not, value)
        return Condition(value, node, when_not, when_none, value)

    def _value_of(self, frame: Frame, key: str) -> Value:
        if key in frame.env:
            return frame.env[key]
        root, *rest = key.split(".")
        value = self.lookup(frame, root)
        for name in rest:
            if type(value) is Instance:
                value = self.attribute(frame, value, name, cst.Name(name))
            else:
                return UNKNOWN
        return value

    def type_test(self, frame: Frame, node: cst.Call) -> Condition | None:
        """``isinstance``, ``hasattr`` and ``is_tensor`` understood; None for every other call."""
        callee = self.evaluate(frame, node.func)
        if type(callee) is Method and callee.name == "is_fully_defined" and type(node.func) is cst.Attribute:
            return Condition(_SIZE_KNOWN, node, _sized(callee.receiver, node.func.value), {}, _SIZE_KNOWN)
        if type(callee) is not Api or not node.args:
            return None
        subject = node.args[0].value
        if callee.name in {"builtins.all", "builtins.any"}:
            return self._quantified_test(frame, node, subject, callee.name == "builtins.all")
        matches = self._matcher(frame, node, callee.name)
        if matches is None:
            return None
        return _split(self.evaluate(frame, subject), _key(subject), matches, node)

    def _matcher(self, frame: Frame, node: cst.Call, name: str) -> Matcher | None:
        """What a call of the function ``name`` asks of its first argument; None where it is no type test."""
        if knowledge.has(name, "tensor-test"):
            return is_tensor_option
        if len(node.args) != 2:
            return None
        if name == "builtins.isinstance":
            return type_matcher(self.evaluate(frame, node.args[1].value))
        if name == "builtins.hasattr":
            attribute = self.evaluate(frame, node.args[1].value).literal
            return attribute_matcher(attribute) if isinstance(attribute, str) else None
        return None

    def _quantified_test(
        self, frame: Frame, node: cst.Call, subject: cst.BaseExpression, every: bool
    ) -> Condition | None:
        """``all(x.shape)`` and its like."""
        if type(subject) is cst.GeneratorExp:
            return self._every_dimension_test(frame, node, subject, every)
        if every and (sized := _sized(self.evaluate(frame, subject), subject)):
            return Condition(_SIZE_KNOWN, node, sized, {}, _SIZE_KNOWN)
        return None

    def _every_dimension_test(
        self, frame: Frame, node: cst.Call, items: cst.GeneratorExp, every: bool
    ) -> Condition | None:
        """``all(d is not None for d in x.shape)``, and ``any`` of the contrary."""
        shape = items.for_in.iter
        sized = _sized(self.evaluate(frame, shape), shape)
        if not sized:
            return None
        value = self.evaluate(frame, node)
        return Condition(value, node, sized if every else {}, {} if every else sized, value)


def _negated(inner: Condition) -> Value:
    if is_tensor(inner.value):
        return inner.value
    return Static(source=inner.value.depends_on, type="bool")


def _decided(value: Value, node: cst.BaseExpression) -> Condition:
    if value.literal is not MISSING:
        return Condition(value, node, {} if value.literal else None, None if value.literal else {}, value)
    return Condition(value, node, {}, {}, value)


def _sized(shape: Value, node: cst.BaseExpression) -> Refinement:
    """``shape``, spelled ``node``, with every dimension known."""
    if type(shape) is not Shape or not shape.has_unknown_size:
        return {}
    key = shape_key(node) or _key(node)
    return {key: shape.known_sizes()} if key else {}


def _key(node: cst.BaseExpression) -> str:
    """The name-table key of a name, a walrus target or a dotted attribute."""
    if type(node) is cst.NamedExpr:
        node = node.target
    return name_key(node)


def _combine(left: Value, right: Value) -> Value:
    """What decides ``left and right`` when neither is certainly a tensor."""
    for one, other in ((left, right), (right, left)):
        if type(one) is Static and one.source and type(other) in _PYTHON:
            return Static(source=one.source, type="bool")
    if is_unknown(left) or is_unknown(right):
        return UNKNOWN
    return UNKNOWN if type(left) is Tensors or type(right) is Tensors else STATIC


def _truthiness(value: Value) -> tuple[Value | None, Value | None]:
    """``value`` where it is true and where it is false; None where it never is."""
    true = [known_size(part) for part in options(value) if part.can_be(True)]
    false = [part for part in options(value) if part.can_be(False)]
    count = len(list(options(value)))
    return (
        None if not true else value if join_all(true) == value else join_all(true),
        None if not false else value if len(false) == count else join_all(false),
    )


def _split(value: Value, key: str, matches: Matcher, node: cst.BaseExpression) -> Condition:
    """The two sides of a type test on ``value``."""
    yes: list[Value] = []
    no: list[Value] = []
    asks_for_tensors = matches(Tensor()) is True
    undecided = False
    for option in options(value):
        answer = matches(option)
        if answer is not False:
            yes.append(narrowed(option, matches))
        if answer is not True:
            no.append(option)
        undecided = undecided or answer is None
    changed_yes, changed_no = join_all(yes), join_all(no)
    true = None if not yes else {key: changed_yes} if key and changed_yes != value else {}
    false = None if not no else {key: changed_no} if key and changed_no != value else {}
    if false is not None and asks_for_tensors and undecided:
        false[NO_TENSOR] = STATIC
    if not yes or not no:
        result = Static(const=bool(yes), type="bool")
    else:
        result = Static(source="type", type="bool")
    return Condition(result, node, true, false, result)
