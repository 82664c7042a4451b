"""KG102: ``while`` on a tensor, as ``keras.ops.while_loop`` with a bound that XLA can train through."""

from __future__ import annotations

import dataclasses

import libcst as cst

from flake8_keras_graph.rewrite.fixes.common.collected_lists import code_of
from flake8_keras_graph.rewrite.fixes.common.fixer import fixer
from flake8_keras_graph.rewrite.fixes.common.predicates import is_scalar, predicate
from flake8_keras_graph.rewrite.text.call_text import Spelling, call_text, leading_of, parse_line, room_at, tuple_text
from flake8_keras_graph.rewrite.text.document import Change, Document, NotFixable, body_lines
from flake8_keras_graph.rewrite.text.effects import assigned_once, refuse_effects
from flake8_keras_graph.rewrite.text.fresh_names import fresh_name
from flake8_keras_graph.rewrite.text.syntax import Statement, code, names_bound, names_read, outer_names
from flake8_keras_graph.syntax.nodes import walk

_NOTE = "the test has to be a scalar; shapes and dtypes must stay the same from step to step"


@dataclasses.dataclass(frozen=True, slots=True)
class _Bound:
    """How often the loop runs at most: ``limit``, counted by ``counter``, which ``start`` sets to 0."""

    test: cst.BaseExpression
    limit: cst.BaseExpression
    counter: str
    start: Statement


@fixer(cst.While)
def fix_while(document: Document, node: cst.CSTNode) -> Change:
    """The ``while`` at ``node`` in the graph. Raises NotFixable."""
    if not isinstance(node, cst.While) or node.orelse is not None:
        raise NotFixable("only a plain `while` is rewritten")
    function = document.function(node)
    if function is None:
        raise NotFixable("it is not in a function")
    bound = _bound(document, node)
    lines = [line for line in body_lines(node) if not _counts(line, bound.counter)]
    for line in lines:
        refuse_effects(line)
    carried = _carried(document, node, bound, lines)
    spelling = Spelling(document.imports)
    taken = names_read(function) | names_bound(function)
    parameters = ", ".join(carried)
    test = predicate(document, bound.test, spelling)
    step = fresh_name(taken, "step", "loop_step")
    last = parse_line(f"return {tuple_text(carried)}" + ("," if len(carried) == 1 else ""))
    body = cst.FunctionDef(
        cst.Name(step),
        cst.Parameters([cst.Param(cst.Name(name)) for name in carried]),
        cst.IndentedBlock([*lines, last]),
        leading_lines=leading_of(node),
    )
    start = f"({carried[0]},)" if len(carried) == 1 else f"({parameters})"
    target = f"({carried[0]},)" if len(carried) == 1 else tuple_text(carried)
    arguments = [f"lambda {parameters}: {test}", step, start, f"maximum_iterations={code(bound.limit)}"]
    column = document.positions[node].start.column + len(target) + 3
    call = call_text(spelling.operation("while_loop"), arguments, room_at(column))
    line = parse_line(f"{target} = {call}").with_changes(leading_lines=[cst.EmptyLine(indent=False)])
    replaced: dict[cst.CSTNode, list[cst.CSTNode]] = {node: [body, line]}
    if not _is_read_elsewhere(function, node, bound):
        replaced[bound.start] = []
    scalar = is_scalar(document, bound.test, assigned_once(document, node))
    return Change(replaced, "unsafe", _NOTE if not scalar else _NOTE.split("; ")[1], tuple(spelling.imports_needed))


def _bound(document: Document, node: cst.While) -> _Bound:
    """``steps < limit`` beside the tensor test, with ``steps = 0`` before the loop and ``steps += 1`` in it."""
    test = node.test
    if isinstance(test, cst.BooleanOperation) and isinstance(test.operator, cst.And):
        for one, other in ((test.left, test.right), (test.right, test.left)):
            counter = _limited(one)
            if counter is None:
                continue
            name, limit = counter
            siblings, place = document.siblings(node)
            start = next((line for line in siblings[:place][::-1] if code_of(line) == f"{name} = 0"), None)
            counted = [line for line in body_lines(node) if _counts(line, name)]
            if start is None or len(counted) != 1 or name in names_read(other):
                continue
            between = list(siblings[siblings.index(start) + 1 : place])
            if name in outer_names(between) or _reads_besides(node, name) != 1:
                continue
            if names_read(limit) & outer_names(body_lines(node)):
                continue
            return _Bound(other, limit, name, start)
    raise NotFixable("how often it runs at most is not said: XLA cannot train through it (count steps up to a limit)")


def _limited(test: cst.BaseExpression) -> tuple[str, cst.BaseExpression] | None:
    """``steps`` and ``limit`` of ``steps < limit``."""
    if isinstance(test, cst.Comparison) and len(test.comparisons) == 1 and isinstance(test.left, cst.Name):
        part = test.comparisons[0]
        if isinstance(part.operator, cst.LessThan):
            return test.left.value, part.comparator
    return None


def _counts(line: Statement, counter: str) -> bool:
    return code_of(line).replace(" ", "") in (f"{counter}+=1", f"{counter}={counter}+1")


def _reads_besides(node: cst.While, name: str) -> int:
    """How often ``name`` is read in the loop, but for counting."""
    lines = [line for line in body_lines(node) if not _counts(line, name)]
    return sum(isinstance(part, cst.Name) and part.value == name for top in (node.test, *lines) for part in walk(top))


def _carried(document: Document, node: cst.While, bound: _Bound, lines: list[Statement]) -> list[str]:
    """Names that go from step to step, or are read after the loop."""
    live = document.live_after(node)
    if bound.counter in live and bound.counter in _after(document, node):
        raise NotFixable(f"`{bound.counter}` is read after the loop")
    changed = outer_names(lines)
    before = document.bound_before(node)
    order = [part.value for line in lines for part in walk(line) if isinstance(part, cst.Name)]
    carried = [name for name in dict.fromkeys(order) if name in changed and name in before]
    unset = sorted((changed & live) - before)
    if unset:
        raise NotFixable(f"`{unset[0]}` has no value before the loop")
    if not carried:
        raise NotFixable("nothing goes from one step to the next")
    for name in carried:
        if _starts_as_number(document, node, name):
            raise NotFixable(f"`{name}` starts as a Python number: start it as a tensor of the shape and dtype it gets")
    return carried


def _after(document: Document, node: cst.While) -> set[str]:
    siblings, place = document.siblings(node)
    return set().union(*(names_read(line) for line in siblings[place + 1 :])) if place >= 0 else set()


def _starts_as_number(document: Document, node: cst.While, name: str) -> bool:
    siblings, place = document.siblings(node)
    for line in reversed(siblings[:place]):
        if name in outer_names([line]):
            small = line.body[0] if isinstance(line, cst.SimpleStatementLine) else None
            return isinstance(small, cst.Assign) and isinstance(small.value, cst.BaseNumber)
    return False


def _is_read_elsewhere(function: cst.FunctionDef, node: cst.While, bound: _Bound) -> bool:
    uses = sum(isinstance(part, cst.Name) and part.value == bound.counter for part in walk(function.body))
    inside = sum(isinstance(part, cst.Name) and part.value == bound.counter for part in walk(node))
    return uses > inside + 1
