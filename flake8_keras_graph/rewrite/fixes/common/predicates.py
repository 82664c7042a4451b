"""Tests on tensors: as one boolean tensor, and whether that is visibly a scalar."""

from __future__ import annotations

from collections.abc import Mapping as NamesToValues
from collections.abc import Sequence

import libcst as cst

from flake8_keras_graph import knowledge
from flake8_keras_graph.analysis.values import Dim, Mapping, NoneValue, Seq, Static, Tensor, is_tensor, options
from flake8_keras_graph.rewrite.fixes.common.kinds import NUMBERS, is_floating, kinds
from flake8_keras_graph.rewrite.text.call_text import Spelling, call_text
from flake8_keras_graph.rewrite.text.document import Document, NotFixable
from flake8_keras_graph.rewrite.text.hyperparameters import is_number, number_type
from flake8_keras_graph.rewrite.text.imports import Imports
from flake8_keras_graph.rewrite.text.syntax import code
from flake8_keras_graph.syntax.nodes import walk

_WIDTH = 72  # of a line in a call, some levels deep
_MODULES = ("keras.ops", "keras.backend", "tf", "tf.math", "tf.linalg")
_BOOLEAN = knowledge.bare_names("boolean", modules=_MODULES)
_REDUCTIONS = knowledge.names_where("reduction", modules=_MODULES)
_ELEMENTWISE = knowledge.names_where("elementwise", modules=_MODULES)


def predicate(document: Document, test: cst.BaseExpression, spelling: Spelling) -> str:
    """``test`` as the text of one boolean tensor. Raises NotFixable where Python has to decide a part first."""
    if isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not):
        return f"{spelling.operation('logical_not')}({predicate(document, test.expression, spelling)})"
    if isinstance(test, cst.BooleanOperation):
        _refuse_guard(test)
        if not _is_total(document, test.right) and _decides_first(document, test.left):
            return _in_turn(document, test, spelling)
        name = "logical_and" if isinstance(test.operator, cst.And) else "logical_or"
        sides = [predicate(document, test.left, spelling), predicate(document, test.right, spelling)]
        return call_text(spelling.operation(name), sides, _WIDTH)
    if isinstance(test, cst.Comparison):
        return _comparison(test, spelling)
    if isinstance(test, cst.Call) and _last_name(test.func) in _BOOLEAN:
        return code(test)
    if any(isinstance(part, cst.NamedExpr) for part in walk(test)):
        raise NotFixable("the test binds a name with `:=`")
    return f"{spelling.operation('cast')}({code(test)}, {spelling.dtype('bool')})"


def _in_turn(document: Document, test: cst.BooleanOperation, spelling: Spelling) -> str:
    """``and`` and ``or`` whose second part is computed only where the first asks for it, as Python does."""
    first = predicate(document, test.left, spelling)
    if _is_python(document, test.left):
        first = code(test.left) if is_boolean(test.left) else f"bool({code(test.left)})"
    second = f"lambda: {predicate(document, test.right, spelling)}"
    sides = [second, "lambda: False"] if isinstance(test.operator, cst.And) else ["lambda: True", second]
    return call_text(spelling.operation("cond"), [first, *sides], _WIDTH)


def _decides_first(document: Document, first: cst.BaseExpression) -> bool:
    """Whether ``cond`` can take the first part of an ``and`` or ``or``: a tensor, or what is certainly Python's."""
    return document.imports.keras == 3 and (is_tensor(document.value(first)) or _is_python(document, first))


def _is_python(document: Document, node: cst.BaseExpression) -> bool:
    """Whether ``node`` is certainly a Python value, whose truth is known while tracing."""
    if isinstance(node, cst.Comparison):
        return all(_is_python(document, side) for side in (node.left, *(part.comparator for part in node.comparisons)))
    plain = (Static, NoneValue, Seq, Mapping)
    found = options(document.value(node))
    known = all(isinstance(option, plain) or (isinstance(option, Dim) and option.style == "static") for option in found)
    return known or kinds(document, node) <= NUMBERS


def _comparison(test: cst.Comparison, spelling: Spelling) -> str:
    if any(isinstance(part, cst.NamedExpr) for part in walk(test)):
        raise NotFixable("the test binds a name with `:=`")
    if any(isinstance(part.operator, (cst.In, cst.NotIn)) for part in test.comparisons):
        raise NotFixable("`in` looks through a tensor: compare with `==` and reduce with `any`")
    if any(isinstance(part.operator, (cst.Is, cst.IsNot)) for part in test.comparisons):
        raise NotFixable("the test asks for identity, which Python has to decide")
    if len(test.comparisons) == 1:
        return _unwrapped(test)
    left = test.left
    parts = []
    if not all(is_repeatable(part.comparator, spelling.imports) for part in test.comparisons[:-1]):
        raise NotFixable("the middle of the comparison would be computed twice: give it a name")
    for part in test.comparisons:
        parts.append(code(cst.Comparison(left, [part])))
        left = part.comparator
    joined = parts[0]
    for part_text in parts[1:]:
        joined = f"{spelling.operation('logical_and')}({joined}, {part_text})"
    return joined


def _unwrapped(test: cst.Comparison) -> str:
    """The comparison without parentheses around all of it, unless they hold it over several lines."""
    bare = code(test.with_changes(lpar=[], rpar=[]))
    return code(test) if "\n" in bare else bare


def _refuse_guard(test: cst.BooleanOperation) -> None:
    """``x is not None and f(x)``: both sides of a tensor operation are computed, so the guard would be lost."""
    for side in (test.left, test.right):
        for part in walk(side):
            if isinstance(part, (cst.Is, cst.IsNot, cst.NamedExpr)):
                raise NotFixable("a part of the test is for Python to decide: put it in an `if` of its own")
            if isinstance(part, cst.Call) and code(part.func) in ("isinstance", "hasattr", "callable", "len"):
                raise NotFixable("a part of the test is for Python to decide: put it in an `if` of its own")


def is_repeatable(node: cst.CSTNode, imports: Imports) -> bool:
    """Whether ``node`` gives the same however often it is computed: names, numbers and operations that draw nothing."""
    for part in walk(node):
        if isinstance(part, (cst.NamedExpr, cst.Await, cst.Yield)):
            return False
        if isinstance(part, cst.Call):
            name = knowledge.canonical(imports.canonical(part.func))
            known = name.startswith(("keras.ops.", "tf.")) and knowledge.returns(name) is not None
            if not known or knowledge.has(name, "draws"):
                return False
    return True


def computes_more(document: Document, test: cst.BaseExpression) -> bool:
    """Whether the operation for ``test`` computes what Python leaves out, and that may be seen: by an effect or error.

    ``and`` and ``or`` as operations compute both sides, where the first cannot be decided first: a layer draws or
    counts, an item may not be there, a number may be zero, a dtype another one.
    """
    if isinstance(test, cst.UnaryOperation):
        return computes_more(document, test.expression)
    if isinstance(test, cst.Comparison):
        return not _is_total_chain(document, test)
    if not isinstance(test, cst.BooleanOperation):
        return False
    if not _is_total(document, test.right) and not _decides_first(document, test.left):
        return True
    return computes_more(document, test.left) or computes_more(document, test.right)


def _is_total(document: Document, node: cst.BaseExpression) -> bool:
    """Whether ``node`` gives a value whatever it is given, and does nothing else: numbers, reductions, comparisons."""
    if isinstance(node, cst.BaseNumber):
        return True
    if isinstance(node, (cst.Name, cst.Attribute)):
        return kinds(document, node) <= {"tensor", "float", "whole"}
    if isinstance(node, cst.UnaryOperation):
        return isinstance(node.operator, cst.Not) and _is_total(document, node.expression)
    if isinstance(node, cst.BooleanOperation):
        return _is_total(document, node.left) and _is_total(document, node.right)
    if isinstance(node, cst.Comparison):
        sides = [node.left, *(part.comparator for part in node.comparisons)]
        ordered = not any(isinstance(part.operator, (cst.In, cst.NotIn)) for part in node.comparisons)
        return ordered and all(_is_total(document, side) for side in sides) and _are_comparable(document, sides)
    if isinstance(node, cst.Call):
        name = knowledge.canonical(document.imports.canonical(node.func))
        if any(argument.keyword is not None or argument.star for argument in node.args):
            return False
        values = [argument.value for argument in node.args]
        if name in _ELEMENTWISE and not name.endswith(".cast"):
            return all(_is_total(document, value) for value in values) and _are_comparable(document, values)
        return name in _REDUCTIONS and len(values) == 1 and _is_total(document, values[0])
    return False


def _is_total_chain(document: Document, test: cst.Comparison) -> bool:
    """Whether the comparisons behind the first one give a value whatever that gives.

    What is compared with a whole number is no bool, and what is compared with a float is one.
    """
    given = [kinds(document, side) for side in (test.left, *(part.comparator for part in test.comparisons))]
    for position, part in enumerate(test.comparisons[1:], start=2):
        first = next((found for found in given[:position] if found and found <= NUMBERS), frozenset())
        alike = bool(first) and (given[position] == {"whole"} or (given[position] <= NUMBERS and first == {"float"}))
        sides = [test.comparisons[position - 2].comparator, part.comparator]
        if not _is_total(document, part.comparator) or not (alike or _are_comparable(document, sides)):
            return False
    return True


def _are_comparable(document: Document, sides: Sequence[cst.BaseExpression]) -> bool:
    """Whether no comparison of neighbours raises: two numbers, or a tensor of floats and a number."""
    tensors = [side for side in sides if not kinds(document, side) <= NUMBERS]
    return len(tensors) <= 1 and all(is_floating(document, side) for side in tensors)


def is_boolean(node: cst.BaseExpression) -> bool:
    """Whether ``node`` visibly gives booleans, so that Python's ``and`` gives one as well."""
    if isinstance(node, cst.Comparison):
        return True
    if isinstance(node, cst.BooleanOperation):
        return is_boolean(node.left) and is_boolean(node.right)
    if isinstance(node, cst.UnaryOperation):
        return isinstance(node.operator, cst.Not)
    return isinstance(node, cst.Call) and _last_name(node.func) in _BOOLEAN


def is_scalar(document: Document, node: cst.BaseExpression, known: NamesToValues[str, cst.BaseExpression]) -> bool:
    """Whether ``node`` is certainly a scalar: full reductions, numbers and what is computed from them.

    ``known`` gives what is written for names that are assigned once.
    """
    value = document.value(node)
    if (isinstance(value, Tensor) and value.rank == 0) or number_type(document, node):
        return True
    return isinstance(node, cst.BaseNumber) or _is_scalar_by_parts(document, node, known)


def _is_scalar_by_parts(
    document: Document, node: cst.BaseExpression, known: NamesToValues[str, cst.BaseExpression]
) -> bool:
    if isinstance(node, cst.Name):
        rest = {name: value for name, value in known.items() if name != node.value}
        return node.value in known and is_scalar(document, known[node.value], rest)
    if isinstance(node, cst.Attribute):
        return is_number(document, node, node)
    if isinstance(node, cst.Comparison):
        sides = (node.left, *(part.comparator for part in node.comparisons))
        return all(is_scalar(document, side, known) for side in sides)
    if isinstance(node, (cst.BinaryOperation, cst.BooleanOperation)):
        return is_scalar(document, node.left, known) and is_scalar(document, node.right, known)
    if isinstance(node, cst.UnaryOperation):
        return is_scalar(document, node.expression, known)
    if isinstance(node, cst.Call):
        return _scalar_call(document, node, known)
    return False


def _scalar_call(document: Document, node: cst.Call, known: NamesToValues[str, cst.BaseExpression]) -> bool:
    name = document.imports.canonical(node.func)
    if name in _REDUCTIONS:
        return len(node.args) == 1 and node.args[0].keyword is None
    if name in _ELEMENTWISE:
        values = [argument.value for argument in node.args if argument.keyword is None]
        values = values[:1] if name.endswith(".cast") else values
        return bool(values) and all(is_scalar(document, value, known) for value in values)
    return False


def _last_name(node: cst.BaseExpression) -> str:
    return node.attr.value if isinstance(node, cst.Attribute) else code(node)
