"""Tests: what decides them, which sides can be reached, and what each side may take for granted."""

from __future__ import annotations

from collections.abc import Callable

import libcst as cst

from flake8_keras_graph import knowledge
from flake8_keras_graph.analysis.interpreter.core import Condition, Core, Refinement
from flake8_keras_graph.analysis.interpreter.frames import Frame
from flake8_keras_graph.analysis.interpreter.keys import name_key, shape_key
from flake8_keras_graph.analysis.values import (
    MISSING,
    NONE,
    STATIC,
    UNKNOWN,
    Api,
    ClassValue,
    Dim,
    External,
    Function,
    Instance,
    Mapping,
    Method,
    NoneValue,
    Range,
    Seq,
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


class Conditions(Core):
    """Evaluates tests with short circuits, ``not``, ``is None``, ``isinstance`` and ``is_tensor`` understood."""

    def condition(self, frame: Frame, node: cst.BaseExpression) -> Condition:
        if type(node) is cst.BooleanOperation:
            return self._short_circuit_test(frame, node)
        if type(node) is cst.UnaryOperation and isinstance(node.operator, cst.Not):
            inner = self.condition(frame, node.expression)
            return Condition(inner.value, inner.operand, inner.false, inner.true, _negated(inner))
        if type(node) is cst.Comparison:
            return self._comparison_test(frame, node)
        if type(node) is cst.Call and isinstance(node.func, (cst.Name, cst.Attribute)):
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
        if not (isinstance(value, Dim) and value.batch):
            return {}
        return _sized(self.evaluate(frame, node.value), node.value)

    def _short_circuit_test(self, frame: Frame, node: cst.BooleanOperation) -> Condition:
        conjunction = isinstance(node.operator, cst.And)
        left = self.condition(frame, node.left)
        entered = left.true if conjunction else left.false
        skipped = left.false if conjunction else left.true
        if entered is None:  # the right side is never evaluated
            return left
        saved = {key: frame.env.get(key) for key in entered}
        frame.env.update(entered)
        right = self.condition(frame, node.right)
        for key, before in saved.items():
            if before is not None:
                frame.env[key] = before
            else:
                frame.env.pop(key, None)
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
        rest = [known_size(option) for option in options(known) if not isinstance(option, NoneValue)]
        when_none: Refinement | None = {key: NONE}
        when_not: Refinement | None = {}
        if rest and join_all(rest) != known:
            when_not = {key: join_all(rest)}
        if isinstance(known, NoneValue):
            when_not = None
        elif isinstance(value, Static) and value.const is not MISSING:
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
            if isinstance(value, (Instance,)):
                value = self.attribute(frame, value, name, cst.Name(name))
            else:
                return UNKNOWN
        return value

    def type_test(self, frame: Frame, node: cst.Call) -> Condition | None:
        """``isinstance``, ``hasattr`` and ``is_tensor`` understood; None for every other call."""
        callee = self.evaluate(frame, node.func)
        if isinstance(callee, Method) and callee.name == "is_fully_defined" and isinstance(node.func, cst.Attribute):
            plain = Static(source="shape", type="bool")
            return Condition(plain, node, _sized(callee.receiver, node.func.value), {}, plain)
        if not isinstance(callee, Api) or not node.args:
            return None
        subject = node.args[0].value
        if callee.name in {"builtins.all", "builtins.any"} and type(subject) is cst.GeneratorExp:
            return self._every_dimension_test(frame, node, subject, callee.name == "builtins.all")
        if callee.name == "builtins.all" and (sized := _sized(self.evaluate(frame, subject), subject)):
            plain = Static(source="shape", type="bool")
            return Condition(plain, node, sized, {}, plain)
        if callee.name == "builtins.isinstance" and len(node.args) == 2:
            value = self.evaluate(frame, subject)
            types = self.evaluate(frame, node.args[1].value)
            return _split(value, _key(subject), _type_matcher(types), node)
        if callee.name == "builtins.hasattr" and len(node.args) == 2:
            value = self.evaluate(frame, subject)
            name = self.evaluate(frame, node.args[1].value)
            if isinstance(name, Static) and isinstance(name.const, str):
                return _split(value, _key(subject), _attribute_matcher(name.const), node)
        if knowledge.has(callee.name, "tensor-test"):
            value = self.evaluate(frame, subject)
            return _split(value, _key(subject), _is_tensor_option, node)
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
    source = inner.value.source if isinstance(inner.value, Static) else ""
    return Static(source=source, type="bool")


def _decided(value: Value, node: cst.BaseExpression) -> Condition:
    if isinstance(value, Static) and value.const is not MISSING:
        return Condition(value, node, {} if value.const else None, None if value.const else {}, value)
    return Condition(value, node, {}, {}, value)


def _sized(shape: Value, node: cst.BaseExpression) -> Refinement:
    """``shape``, spelled ``node``, with every dimension known."""
    if not isinstance(shape, Shape) or shape.style != "static" or not shape.batched:
        return {}
    key = shape_key(node) or _key(node)
    return {key: Shape(shape.style, False, shape.first, why=shape.why)} if key else {}


def _key(node: cst.BaseExpression) -> str:
    """The name-table key of a name, a walrus target or a dotted attribute."""
    if type(node) is cst.NamedExpr:
        node = node.target
    return name_key(node)


def _combine(left: Value, right: Value) -> Value:
    """What decides ``left and right`` when neither is certainly a tensor."""
    for one, other in ((left, right), (right, left)):
        if isinstance(one, Static) and one.source and (isinstance(other, (Static, NoneValue, Dim, Shape))):
            return Static(source=one.source, type="bool")
    if is_unknown(left) or is_unknown(right):
        return UNKNOWN
    return STATIC if not isinstance(left, (Tensors,)) and not isinstance(right, (Tensors,)) else UNKNOWN


def _truthiness(value: Value) -> tuple[Value | None, Value | None]:
    """``value`` where it is true and where it is false; None where it never is."""
    true = [known_size(part) for part in options(value) if _can_be(part, True)]
    false = [part for part in options(value) if _can_be(part, False)]
    count = len(list(options(value)))
    return (
        None if not true else value if join_all(true) == value else join_all(true),
        None if not false else value if len(false) == count else join_all(false),
    )


def _can_be(value: Value, truth: bool) -> bool:
    if isinstance(value, NoneValue):
        return not truth
    if isinstance(value, Static) and value.const is not MISSING and not value.source:
        return bool(value.const) is truth
    if isinstance(value, Seq) and value.kind == "tuple" and value.items is not None:
        return bool(value.items) is truth
    if isinstance(value, (External, Instance, Function, Method, ClassValue)):
        return truth or isinstance(value, (External, Instance))
    return True


_Matcher = Callable[[Value], "bool | None"]


def _split(value: Value, key: str, matches: _Matcher, node: cst.BaseExpression) -> Condition:
    """The two sides of a type test on ``value``."""
    yes: list[Value] = []
    no: list[Value] = []
    for option in options(value):
        answer = matches(option)
        if answer is not False:
            yes.append(_narrowed(option, matches))
        if answer is not True:
            no.append(option)
    changed_yes, changed_no = join_all(yes), join_all(no)
    true = None if not yes else {key: changed_yes} if key and changed_yes != value else {}
    false = None if not no else {key: changed_no} if key and changed_no != value else {}
    if not yes or not no:
        result = Static(const=bool(yes), type="bool")
    else:
        result = Static(source="type", type="bool")
    return Condition(result, node, true, false, result)


def _narrowed(option: Value, matches: _Matcher) -> Value:
    """A structure of tensors that passed a type test is what the test says.

    A tensor that passes the test for a class we do not know may be another sort of object by the same API.
    """
    if isinstance(option, Tensor) and matches(option) is None and not option.variable:
        return UNKNOWN
    if isinstance(option, Dim) and option.batch:  # it is no None
        return known_size(option)
    if isinstance(option, Tensors):
        one = Tensor(option.batched, why=option.why)
        many = Seq("list", None, Tensors(option.batched, why=option.why), why=option.why)
        table = Mapping((), Tensors(option.batched, why=option.why), why=option.why)
        kept = [each for each in (one, many, table) if matches(each) is True]
        if len(kept) == 1:
            return kept[0]
    return option


def _is_tensor_option(option: Value) -> bool | None:
    if isinstance(option, Tensor):
        return True
    if isinstance(option, (Tensors, Dim, Api)) or is_unknown(option):
        return None
    return False


_ON_HOST = frozenset({"numpy", "item", "tolist", "__array__", "detach"})


def _attribute_matcher(name: str) -> _Matcher:
    """``hasattr(_, name)``: a tensor that is being traced has a graph and no value."""

    def matches(option: Value) -> bool | None:
        if isinstance(option, Tensor) and not option.variable:
            if name in _ON_HOST:
                return False
            return True if name in {"shape", "dtype", "graph", "op"} else None
        if name in _ON_HOST and isinstance(option, Tensors):
            return False  # nor has a structure of tensors
        if name == "numpy" and is_unknown(option):
            return False  # code that asks is meant for both modes, and this is a graph
        if isinstance(option, External) and option.name == "tf.Graph" and name == "as_graph_def":
            return True
        if name in {"graph", "as_graph_def"} and is_unknown(option):
            return True  # code that asks is meant for both modes, and this is a graph
        if isinstance(option, Api) and knowledge.returns(f"{option.name}.{name}") is not None:
            return True
        return False if isinstance(option, NoneValue) else None

    return matches


_SEQUENCES = {"builtins.list": "list", "builtins.tuple": "tuple", "builtins.set": "set"}
_PYTHON_TYPES = {"builtins.int", "builtins.float", "builtins.bool", "builtins.str", "builtins.bytes"}
_TENSOR_TYPES = {"tf.Tensor", "keras.KerasTensor", "tf.Variable", "keras.Variable"}
_SPECIAL_TENSORS = {"tf.RaggedTensor", "tf.SparseTensor", "tf.IndexedSlices"}
_ABSTRACT = {
    "collections.abc.Sequence": ("list", "tuple"),
    "collections.abc.Iterable": ("list", "tuple", "set"),
    "typing.Sequence": ("list", "tuple"),
}
_MAPPINGS = {"builtins.dict", "collections.abc.Mapping", "typing.Mapping", "collections.OrderedDict"}


def _type_matcher(types: Value) -> _Matcher:
    """A predicate for ``isinstance(_, types)``: True, False, or None where it is not known."""
    names = list(types.items) if isinstance(types, Seq) and types.items is not None else [types]

    def matches(option: Value) -> bool | None:
        answers = [_matches_one(option, name) for name in names]
        if any(answer is True for answer in answers):
            return True
        return None if not answers or any(answer is None for answer in answers) else False

    return matches


def _matches_one(option: Value, name: Value) -> bool | None:
    if not isinstance(name, Api):
        plain = isinstance(name, ClassValue) and isinstance(option, (Tensor, Seq, Mapping, NoneValue))
        return False if plain else None
    if isinstance(option, NoneValue):
        return name.name == "builtins.object"
    if name.name.startswith("numpy.") and isinstance(option, (Tensor, Tensors, Seq, Mapping, Instance)):
        return False  # Keras has made tensors of arrays
    kinds = (_SEQUENCES[name.name],) if name.name in _SEQUENCES else _ABSTRACT.get(name.name)
    if kinds is not None:
        if isinstance(option, Seq):
            return option.kind in kinds or (None if option.kind == "list" and not option.items else False)
        return False if isinstance(option, (Tensor, Mapping, External, Instance)) else None
    if name.name in _MAPPINGS:
        if isinstance(option, Mapping):
            return True
        return False if isinstance(option, (Tensor, Seq, External, Instance)) else None
    if name.name in _PYTHON_TYPES:
        if isinstance(option, Static) and option.type:
            return "builtins." + option.type == name.name or None
        return False if isinstance(option, (Tensor, Tensors, Seq, Mapping, Instance)) else None
    if name.name in _TENSOR_TYPES:
        if isinstance(option, Tensor):
            return None if option.variable or "Variable" in name.name else True
        return False if isinstance(option, (Static, Seq, Mapping, Range)) else None
    if name.name in _SPECIAL_TENSORS:
        return False if isinstance(option, (Static, Seq, Mapping)) else None
    return None
